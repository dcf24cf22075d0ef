package journal

import (
	"fmt"

	"hexiao/hub/wire"
)

// write keeps a batch and what the stamp says of time, in one transaction: the one way to the disk. Memory follows after
// the commit. On an error nothing has happened.
func (j *Journal) write(batch []put, s Stamp) error {
	if j.closed {
		return ErrClosed
	}
	clock, err := wire.Marshal(j.clock.after(s))
	if err != nil {
		return err
	}
	turned, err := j.turned()
	if err != nil {
		return err
	}
	batch = append(append(batch, turned...), named(keyClock, clock))
	if err := j.disk.write(batch); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	for _, p := range batch {
		if err := j.fold.take(p); err != nil {
			panic(err) // the batch was made here and checked before it was written
		}
	}
	j.clock.kept, j.told = j.fold.clock, j.now().mono
	return nil
}
