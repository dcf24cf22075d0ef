package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hexiao/hub/voucher"
)

// looked is the disk of one who only looks: what the files hold, or would hold once they were brought together. Nothing
// on the disk is changed, not even by repairing it.
type looked struct {
	reader
	find   func(room string, key []byte) ([]byte, error)
	damage error // what is wrong with the files; nil when nothing is
	shut   func() error
}

var errLook = errors.New("the journal was opened only to look at it")

// Look opens the journal of a folder only to read it: nothing on the disk is changed. What Open would make of the files is
// shown; damage is not repaired but named by Verify. Whatever would write gives an error. Errors are Open's, without
// ErrDamaged and ErrFull.
func Look(dir string, terminal voucher.TerminalID, o Options) (*Journal, error) {
	o = o.filled()
	unlock, path := fine, filepath.Join(dir, lockName)
	if _, err := os.Stat(path); err == nil { // it is not made: it would belong to whoever looks
		if unlock, err = lock(path, lockWait); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	return openLocked(terminal, o, unlock, func(first []put, sound func(reader) error) (disk, error) { return lookFiles(dir, o, first, sound) })
}

// lookFiles reads the files of a folder as openFiles would, and leaves them as they are.
func lookFiles(dir string, o Options, first []put, sound func(reader) error) (*looked, error) {
	d := newFiles(dir, o)
	d.bolt.read = true
	l, err := d.look(o, first, sound)
	if err != nil {
		return nil, errors.Join(err, d.shut())
	}
	return l, nil
}

func (d *files) look(o Options, first []put, sound func(reader) error) (*looked, error) {
	seen, err := d.tape.scan()
	if err != nil {
		return nil, err
	}
	if seen.newer {
		return nil, fmt.Errorf("%s %w", d.tape.path, errNewer)
	}
	missing, err := d.openBolt(o.Check, sound)
	switch {
	case missing && seen.missing:
		r := &replica{contents{}, d.bolt.path, mark{}}
		r.take(first)
		return d.lookAt(r, nil, sound)
	case missing:
		return d.lookAtTape(seen, first, fmt.Errorf("%s: %w: it is missing", d.bolt.path, ErrDamaged), sound)
	case errors.Is(err, ErrDamaged):
		return d.lookAtTape(seen, first, err, sound)
	case err != nil:
		return nil, err
	}
	ahead, known := seen.after(d.bolt.mark)
	if !known || len(ahead) == 0 {
		l := &looked{reader: &d.bolt, find: d.bolt.get, shut: d.bolt.close}
		if !d.bolt.old && (!known || seen.lossy() && !seen.whole()) {
			l.damage = fmt.Errorf("%s: %w", d.tape.path, ErrDamaged)
		}
		return l, nil
	}
	r, err := d.ahead(ahead)
	if err != nil {
		return nil, err
	}
	if len(ahead) > 1 {
		err = fmt.Errorf("%s: %w: %s has more", d.bolt.path, ErrDamaged, d.tape.path)
	}
	return d.lookAt(r, err, sound)
}

func (d *files) lookAtTape(seen scanned, first []put, damage error, sound func(reader) error) (*looked, error) {
	r, err := d.left(seen, first)
	if err != nil {
		return nil, err
	}
	return d.lookAt(r, damage, sound)
}

// lookAt shows what the files would be made to hold. With damage the journal would be unproven.
func (d *files) lookAt(r *replica, damage error, sound func(reader) error) (*looked, error) {
	if damage != nil {
		doubt, err := doubtPut(d.now(), damage, false)
		if err != nil {
			return nil, err
		}
		r.take([]put{doubt})
	}
	find := func(room string, key []byte) ([]byte, error) { return bytes.Clone(r.get(room, key)), nil }
	return &looked{r, find, damage, d.shut}, sound(r)
}

func (l *looked) write([]put) error                           { return errLook }
func (l *looked) renew(uint32, []put) error                   { return errLook }
func (l *looked) get(room string, key []byte) ([]byte, error) { return l.find(room, key) }
func (l *looked) tidy() error                                 { return nil }
func (l *looked) fill() (used, limit int64)                   { return 0, 0 }
func (l *looked) check() error                                { return l.damage }
func (l *looked) close() error                                { return l.shut() }
