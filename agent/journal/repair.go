package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hexiao/hub/wire"
)

// checkWait is how long the look at the bbolt file may take. One with 100,000 sales takes less than a second.
const checkWait = 60 * time.Second

// openFiles opens the files of a folder and brings them together, or makes them with the contents of a new journal. sound
// reads all of it; when it says ErrDamaged, the bbolt file is made again from the tape and read once more.
//
// Nothing is deleted but what holds no more than another file. A file that cannot be used is renamed.
func openFiles(dir string, o Options, first []put, sound func(reader) error) (*files, error) {
	d := newFiles(dir, o)
	err := d.begin(o, first, sound)
	if err != nil {
		return nil, errors.Join(full(err), d.close())
	}
	return d, nil
}

func newFiles(dir string, o Options) *files {
	return &files{
		sys: o.sys, log: o.Log, now: o.Now,
		bolt: boltFile{path: filepath.Join(dir, "journal.db"), max: o.MaxSize, sys: o.sys},
		tape: tape{path: filepath.Join(dir, "journal.log"), sys: o.sys},
	}
}

func (d *files) begin(o Options, first []put, sound func(reader) error) error {
	seen, err := d.tape.scan()
	if err != nil {
		return err
	}
	if seen.newer {
		return fmt.Errorf("%s %w", d.tape.path, errNewer)
	}
	missing, err := d.openBolt(o.Check, sound)
	if err == nil && !missing {
		err = d.align(seen, sound)
	}
	switch {
	case missing && seen.missing:
		return errors.Join(d.create(first), sound(&d.bolt))
	case !missing && !errors.Is(err, ErrDamaged):
		return err
	case missing:
		err = fmt.Errorf("%s is missing", d.bolt.path)
	}
	if cannot := seen.failed; cannot != nil || unreadable(err) && (seen.missing || seen.lossy()) {
		return errors.Join(err, cannot) // what cannot be read today may be read tomorrow: no journal is made of less
	}
	return d.rebuild(seen, first, err, sound)
}

// openBolt checks the bbolt file, opens it and reads all of it.
func (d *files) openBolt(check func(context.Context, string) error, sound func(reader) error) (missing bool, err error) {
	switch info, err := os.Stat(d.bolt.path); {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case info.Size() < twoPages: // of an empty one bbolt would make a new one
		return false, fmt.Errorf("%s: %w: it has %d bytes", d.bolt.path, ErrDamaged, info.Size())
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWait)
	defer cancel()
	if err := check(ctx, d.bolt.path); err != nil {
		return false, err
	}
	if err := d.bolt.open(); err != nil {
		return false, err
	}
	d.told = d.bolt.mark
	return false, sound(&d.bolt)
}

// create makes a new journal: bbolt first, because a tape that is missing is made from it.
func (d *files) create(first []put) error {
	r := &replica{contents{}, d.bolt.path, mark{}}
	r.take(first)
	if err := d.makeBolt(r); err != nil {
		return err
	}
	return d.tape.rewrite(d.told, d.bolt.all)
}

// makeBolt makes the bbolt file with what it must hold, in the place of one that was set aside or never was.
func (d *files) makeBolt(r *replica) error {
	fresh, err := d.bolt.build(r.mark, r.in)
	if err == nil {
		err = d.setAside(d.bolt.path)
	}
	if err == nil {
		err = d.sys.replace(fresh, d.bolt.path)
	}
	if err == nil {
		err = d.bolt.open()
	}
	if err != nil {
		return fmt.Errorf("make %s: %w", d.bolt.path, err)
	}
	d.told = d.bolt.mark
	return nil
}

// setAside keeps a file that cannot be used under another name.
func (d *files) setAside(path string) error {
	to, err := d.sys.setAside(path, d.now())
	if err == nil && to != "" {
		d.log.Warn("damaged file kept", "file", path, "kept_as", to)
	}
	return err
}

// align brings a tape to the state of a bbolt file that is sound, or bbolt to that of the tape where this is ahead.
func (d *files) align(seen scanned, sound func(reader) error) error {
	ahead, known := seen.after(d.bolt.mark)
	switch {
	case d.bolt.old:
		return errors.Join(d.adopt(seen), sound(&d.bolt))
	case known && len(ahead) > 0:
		return d.catchUp(seen, ahead, sound)
	case known && seen.whole():
		return d.tape.open(seen.end) // what a torn write left behind it is cut off
	case seen.missing, seen.whole() && !seen.tail && seen.last().batch < d.bolt.mark.batch:
		d.log.Warn("the second journal lacks what the first has, it is made again", "file", d.tape.path)
		return d.tape.rewrite(d.told, d.bolt.all)
	case seen.last().batch < d.bolt.mark.batch, known:
		d.log.Error("the second journal is damaged, it is made again", "file", d.tape.path)
		return d.replaceTape()
	}
	r, err := d.further(seen, sound)
	if err != nil {
		return err
	}
	return d.remake(r, seen, !seen.missing, errors.New("the second journal says something else"), sound)
}

// further is the one of two files that goes further, where the tape knows of other batches than bbolt does: one of them is
// of another time or place. A bbolt file that is older than where the tape begins has nothing that the tape has not.
func (d *files) further(seen scanned, sound func(reader) error) (*replica, error) {
	if seen.whole() && seen.last().batch > d.bolt.mark.batch {
		if r, err := d.tape.replay(seen.frames); err == nil && sound(r) == nil {
			return r, nil
		}
	}
	return d.copyOf()
}

// replaceTape sets a tape aside that cannot be used and makes it again from bbolt.
func (d *files) replaceTape() error {
	if err := d.setAside(d.tape.path); err != nil {
		return err
	}
	return d.tape.rewrite(d.told, d.bolt.all)
}

// copyOf is what bbolt holds.
func (d *files) copyOf() (*replica, error) {
	r := &replica{contents{}, d.bolt.path, d.bolt.mark}
	err := d.bolt.all(func(p put) error {
		r.put(p.clone())
		return nil
	})
	return r, err
}

// ahead is what bbolt would hold with the batches that only the tape has.
func (d *files) ahead(frames []found) (*replica, error) {
	r, err := d.copyOf()
	if err == nil {
		err = d.tape.batches(frames, func(f found, batch []put) error { return r.follow(f.mark, batch) })
	}
	return r, err
}

// catchUp does in bbolt what the tape is ahead: one batch is what a crash between the two leaves. More than one means
// that bbolt lost what it had.
func (d *files) catchUp(seen scanned, ahead []found, sound func(reader) error) error {
	if len(ahead) > 1 {
		r, err := d.ahead(ahead)
		if err != nil {
			return err
		}
		return d.remake(r, seen, seen.lossy(), fmt.Errorf("it lacks %d batches that the second journal has", len(ahead)), sound)
	}
	if err := d.tape.batches(ahead, func(f found, batch []put) error {
		_, err := d.bolt.commit(batch, func(sum uint64) (mark, error) {
			if sum != f.sum {
				return f.mark, fmt.Errorf("%w: batch %d does not lead where it should", ErrDamaged, f.batch)
			}
			return f.mark, nil
		})
		return err
	}); err != nil {
		return err
	}
	d.told = d.bolt.mark
	if err := sound(&d.bolt); err != nil {
		return err
	}
	if seen.whole() {
		return d.tape.open(seen.end)
	}
	return d.replaceTape()
}

// left is what the tape holds without a gap. One that holds nothing leaves a new journal.
func (d *files) left(seen scanned, first []put) (*replica, error) {
	r, err := d.tape.replay(seen.prefix())
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, err
	}
	if len(r.contents) == 0 {
		r.take(first)
	}
	return r, nil
}

// rebuild makes the bbolt file again from what is left.
func (d *files) rebuild(seen scanned, first []put, cause error, sound func(reader) error) error {
	r, err := d.left(seen, first)
	if err != nil {
		return err
	}
	return d.remake(r, seen, seen.missing || seen.lossy(), cause, sound)
}

// lossy tells whether the tape holds something that nothing can be made of.
func (s *scanned) lossy() bool { return !s.missing && (!s.whole() || s.tail || !s.ended) }

// remake makes both files again. The journal is unproven from then on: nobody knows what else it held. lost says that there
// was more of it than could be read; a tape that holds some of that is kept.
func (d *files) remake(r *replica, seen scanned, lost bool, cause error, sound func(reader) error) error {
	if err := d.shut(); err != nil {
		d.log.Warn("damaged journal not closed", "error", err)
	}
	doubt, err := doubtPut(d.now(), cause, lost)
	if err != nil {
		return err
	}
	r.take([]put{doubt})
	if err := sound(r); err != nil { // of another terminal, or by a newer version: then nothing is touched
		return err
	}
	d.log.Error("the journal is made again from what is left of it", "file", d.bolt.path, "cause", cause,
		"from", r.name, "batches", r.mark.batch)
	if err := d.makeBolt(r); err != nil {
		return err
	}
	if lost && !seen.missing {
		return d.replaceTape()
	}
	return d.tape.rewrite(d.told, d.bolt.all)
}

// adopt takes over a journal from before there was a tape.
func (d *files) adopt(seen scanned) error {
	r, err := d.copyOf()
	if err != nil {
		return err
	}
	var o owner
	if err := wire.Unmarshal(r.get(inMeta, []byte(keyOwner)), &o); err != nil || o.Format >= format {
		return fmt.Errorf("%s: %w: it has no mark", d.bolt.path, ErrDamaged)
	}
	o.Format = format
	value, err := wire.Marshal(o)
	if err != nil {
		return err
	}
	d.bolt.mark = mark{0, r.sum()}
	if _, err := d.bolt.commit([]put{named(keyOwner, value)}, func(sum uint64) (mark, error) { return mark{1, sum}, nil }); err != nil {
		return err
	}
	d.told = d.bolt.mark
	d.log.Info("a second journal is kept from now on", "file", d.tape.path)
	if seen.missing {
		return d.tape.rewrite(d.told, d.bolt.all)
	}
	return d.replaceTape()
}
