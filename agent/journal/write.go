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
	old, err := j.disk.write(batch)
	if err != nil {
		j.torn = torn{batch[:len(old)], old}
		return j.failed(err)
	}
	for _, p := range batch {
		if err := j.fold.take(p); err != nil {
			panic(err) // the batch was made here and checked before it was written
		}
	}
	j.clock.kept, j.told = j.fold.clock, j.now().mono
	return nil
}

// torn is a write that failed: what it was to put, and what stood there before. It is empty when disk and memory are
// one.
type torn struct{ batch, old []put }

// failed brings disk and memory together after a write that failed. A commit that failed in its last sync may stand in
// the file all the same; as its caller was told that nothing happened, it is taken back.
func (j *Journal) failed(cause error) error {
	if err := j.disk.close(); err != nil {
		j.log.Error("journal not closed after a failed write", "err", err)
	}
	if err := j.mend(); err != nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("write journal: %w", cause)
}

// mend opens the file again after a failed write and makes sure that it holds what memory holds. bbolt is not asked to
// go on after an error: its maps of pages may be of the transaction that failed.
func (j *Journal) mend() error {
	if j.disk.db != nil {
		return nil
	}
	err := j.disk.open()
	if err == nil {
		err = j.takeBack()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBroken, err), j.disk.close())
	}
	j.torn = torn{}
	return nil
}

// takeBack undoes the failed write where the file holds it after all. A file that holds part of it is no file of ours.
func (j *Journal) takeBack() error {
	stands, gone := true, true
	for i, p := range j.torn.batch {
		value, err := j.disk.get(p.room, p.key)
		if err != nil {
			return err
		}
		stands = stands && bytes.Equal(value, p.value)
		gone = gone && bytes.Equal(value, j.torn.old[i].value)
	}
	switch {
	case gone:
		return nil
	case !stands:
		return fmt.Errorf("%w: %s holds something else than was written", ErrDamaged, j.disk.path)
	}
	_, err := j.disk.write(j.torn.old)
	return err
}
