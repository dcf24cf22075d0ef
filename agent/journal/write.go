package journal

import (
	"bytes"
	"errors"
	"fmt"

	"hexiao/hub/wire"
)

// write keeps a batch and what the stamp says of time, in one transaction: the one way to the disk. Memory follows after
// the commit. On an error nothing has happened.
func (j *Journal) write(batch []put, s Stamp) error {
	if j.closed {
		return ErrClosed
	}
	if err := j.mend(); err != nil {
		return err
	}
	clock, err := wire.Marshal(j.clock.after(s))
	if err != nil {
		return err
	}
	batch = append(batch, named(keyClock, clock))
	undo, err := j.disk.write(batch)
	if err != nil {
		return j.failed(undo, err)
	}
	for _, p := range batch {
		if err := j.fold.take(p); err != nil {
			panic(err) // the batch was made here and checked before it was written
		}
	}
	j.clock.kept, j.told = j.fold.clock, j.now().mono
	return nil
}

// failed brings disk and memory together after a write that failed. A commit that failed in its last sync may stand in
// the file all the same; as its caller was told that nothing happened, it is taken back.
func (j *Journal) failed(undo []put, cause error) error {
	j.undo = undo
	if err := j.disk.close(); err != nil {
		j.log.Error("journal closed after a failed write", "err", err)
	}
	if err := j.mend(); err != nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("write journal: %w", cause)
}

// mend opens the file again after a failed write and makes sure that it holds what memory holds. bbolt is not asked to
// go on after an error: its maps of pages may be of the transaction that failed.
func (j *Journal) mend() error {
	if j.undo == nil && j.disk.db != nil {
		return nil
	}
	if j.disk.db == nil {
		if err := j.disk.open(); err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	if err := j.takeBack(); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBroken, err), j.disk.close())
	}
	if err := j.same(); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBroken, err), j.disk.close())
	}
	j.undo = nil
	return nil
}

// takeBack undoes the failed write where the file holds it after all.
func (j *Journal) takeBack() error {
	for _, p := range j.undo {
		value, err := j.disk.get(p.room, p.key)
		if err != nil {
			return err
		}
		if !bytes.Equal(value, p.value) {
			_, err = j.disk.write(j.undo)
			return err
		}
	}
	return nil
}

// same compares the end of the chain on disk with memory's: a commit is whole or absent, so the rest agrees with it.
func (j *Journal) same() error {
	value, err := j.disk.get(inMeta, []byte(keyTip))
	if err != nil {
		return err
	}
	var t tip
	if value != nil {
		if err := wire.Unmarshal(value, &t); err != nil {
			return err
		}
	}
	if t != j.fold.tip {
		return fmt.Errorf("%w: the file ends at record %d, memory at %d", ErrDamaged, t.Number, j.fold.tip.Number)
	}
	return nil
}
