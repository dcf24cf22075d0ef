package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// files is the disk of a till: the bbolt file, which finds one value among many, and the tape, which is so plain that
// little can happen to it. Each batch is on the tape before it is in bbolt, and in both before anybody is told.
type files struct {
	sys  *system
	log  *slog.Logger
	now  func() time.Time
	bolt boltFile
	tape tape
	told mark  // what both hold, and what was told
	torn []put // what stood in bbolt before a write that failed
	lost error // why the files must be opened anew, nil while they need not
}

func (d *files) String() string { return d.bolt.path }

// write implements disk. A write that failed may stand in one of the files all the same; as its caller is told that
// nothing happened, it is taken back.
func (d *files) write(batch []put) error {
	if err := d.mend(); err != nil {
		return err
	}
	end := d.tape.end
	old, err := d.bolt.commit(batch, func(sum uint64) (mark, error) {
		m := mark{d.told.batch + 1, sum}
		raw, err := encodeFrame(isBatch, m, batch)
		if err != nil {
			return m, err
		}
		return m, d.tape.append(raw)
	})
	if err == nil {
		d.told = d.bolt.mark
		if d.tape.end > d.bolt.max && d.tape.end > 4*d.bolt.live+tidyTape { // an agent that is never started anew
			if err := d.tidied("the second journal is written anew", d.rewriteTape); err != nil {
				d.log.Error("journal not opened again", "error", err) // the next write tries again, and says so
			}
		}
		return nil
	}
	d.torn, d.tape.end = old, end
	return errors.Join(err, d.shut(), d.mend())
}

// mend opens the files again after a failed write and makes sure that they hold what was last told, and no more.
func (d *files) mend() error {
	if d.lost != nil {
		return d.lost
	}
	if d.bolt.db != nil {
		return nil
	}
	err := d.tape.open(d.tape.end)
	if err == nil {
		err = d.bolt.open()
	}
	if err == nil {
		err = d.takeBack()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBroken, full(err)), d.shut())
	}
	d.torn = nil
	return nil
}

// takeBack undoes the failed write where bbolt holds it after all. A file that holds something else is not the one that
// was written to.
func (d *files) takeBack() error {
	if d.bolt.mark == d.told {
		return nil
	}
	if d.bolt.mark.batch != d.told.batch+1 {
		return fmt.Errorf("%s: %w: it is not the file that was written to", d.bolt.path, ErrDamaged)
	}
	_, err := d.bolt.commit(d.torn, func(sum uint64) (mark, error) {
		if sum != d.told.sum {
			return d.told, fmt.Errorf("%w: it holds something else than was written", ErrDamaged)
		}
		return d.told, nil
	})
	return err
}

func (d *files) each(rooms []string, take func(put) error) error {
	if err := d.mend(); err != nil {
		return err
	}
	return d.bolt.each(rooms, take)
}

// get implements disk. It does not mend: reading goes on while the disk cannot be written.
func (d *files) get(room string, key []byte) ([]byte, error) {
	if d.bolt.db == nil {
		return nil, ErrBroken
	}
	return d.bolt.get(room, key)
}

// check implements disk: bbolt's own look at its pages, and that the tape says the same as bbolt.
func (d *files) check() error {
	if err := d.mend(); err != nil {
		return err
	}
	if err := d.bolt.check(); err != nil {
		return err
	}
	s, err := d.tape.scan()
	if err != nil {
		return err
	}
	if !s.whole() || s.tail {
		return errors.Join(fmt.Errorf("%s: %w", d.tape.path, ErrDamaged), s.failed)
	}
	if s.last().mark != d.told { // what the frames say needs no look: each has its checksum, and the marks follow each other
		return fmt.Errorf("%s: %w: it says something else than %s", d.tape.path, ErrDamaged, d.bolt.path)
	}
	return nil
}

// shut closes the files until mend.
func (d *files) shut() error { return errors.Join(d.bolt.close(), d.tape.close()) }

func (d *files) close() error { return d.shut() }
