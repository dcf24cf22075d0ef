package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// renew implements disk: the files of an epoch get names with its number, and new ones begin with the given contents.
// Each step leaves what the next opening brings together: while only the bbolt file has its new name, it is made again
// from the tape, and the epoch is the old one still; once the new bbolt file is there, a tape that knows nothing of it is
// made again. After an error behind the first step the files must be opened anew.
func (d *files) renew(epoch uint32, first []put) error {
	if err := d.mend(); err != nil {
		return err
	}
	r := &replica{contents{}, d.bolt.path, mark{batch: d.told.batch}}
	r.take(first)
	fresh, err := d.bolt.build(r.mark, r.in)
	if err != nil {
		return full(err)
	}
	if err := d.exchange(epoch, fresh); err != nil {
		d.lost = fmt.Errorf("%w: %w", ErrBroken, err)
		return errors.Join(d.lost, d.shut())
	}
	return nil
}

// exchange puts a fresh bbolt file in the place of the old one, and a fresh tape beside it.
func (d *files) exchange(epoch uint32, fresh string) error {
	if err := d.shut(); err != nil {
		return err
	}
	if err := d.keep(d.bolt.path, epoch); err != nil {
		return err
	}
	if err := d.sys.replace(fresh, d.bolt.path); err != nil {
		return err
	}
	if err := d.bolt.open(); err != nil {
		return err
	}
	d.told = d.bolt.mark
	if err := d.keep(d.tape.path, epoch); err != nil {
		return err
	}
	return d.tape.rewrite(d.told, d.bolt.all)
}

// keep gives a file of a closed epoch the name it has from then on.
func (d *files) keep(path string, epoch uint32) error {
	name := fmt.Sprintf("%s.epoch-%d", path, epoch)
	to := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			d.log.Info("file of the closed epoch kept", "file", path, "kept_as", to)
			return d.sys.replace(path, to)
		}
		to = fmt.Sprintf("%s-%d", name, n)
	}
}

// renew implements disk.
func (d *memoryDisk) renew(_ uint32, first []put) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	fresh, size := contents{}, int64(0)
	for _, p := range first {
		fresh.put(p)
		size += int64(p.weight())
	}
	if d.full || size > d.max {
		return fmt.Errorf("%s: %w", d, ErrFull)
	}
	d.rooms, d.bytes = fresh, size
	return nil
}
