package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// files is the disk of a till: the files of its folder.
type files struct {
	bolt boltFile
	torn torn
}

// torn is a write that failed: what it was to put, and what stood there before. It is empty when all is as it was told.
type torn struct{ batch, old []put }

// openFiles opens the files, and makes them with the given contents when they are not there.
func openFiles(path string, max int64, first []put) (*files, error) {
	d := &files{bolt: boltFile{path: path, max: max}}
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		if err := d.bolt.create(first); err != nil {
			return nil, fmt.Errorf("make %s: %w", path, full(err))
		}
	case err == nil && info.Size() < twoPages: // of an empty one bbolt would make a new one
		return nil, fmt.Errorf("%s: %w: it has %d bytes", path, ErrDamaged, info.Size())
	}
	return d, d.bolt.open()
}

func (d *files) String() string { return d.bolt.path }

// write implements disk. A commit that failed in its last sync may stand in the file all the same; as its caller is told
// that nothing happened, it is taken back.
func (d *files) write(batch []put) error {
	if err := d.mend(); err != nil {
		return err
	}
	old, err := d.bolt.write(batch)
	if err == nil {
		return nil
	}
	d.torn = torn{batch[:len(old)], old}
	return errors.Join(err, d.bolt.close(), d.mend())
}

// mend opens the file again after a failed write and makes sure that it holds what was last told.
func (d *files) mend() error {
	if d.bolt.db != nil {
		return nil
	}
	err := d.bolt.open()
	if err == nil {
		err = d.takeBack()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrBroken, err), d.bolt.close())
	}
	d.torn = torn{}
	return nil
}

// takeBack undoes the failed write where the file holds it after all. A file that holds part of it is no file of ours.
func (d *files) takeBack() error {
	stands, gone := true, true
	for i, p := range d.torn.batch {
		value, err := d.bolt.get(p.room, p.key)
		if err != nil {
			return err
		}
		stands = stands && bytes.Equal(value, p.value)
		gone = gone && bytes.Equal(value, d.torn.old[i].value)
	}
	switch {
	case gone:
		return nil
	case !stands:
		return fmt.Errorf("%w: %s holds something else than was written", ErrDamaged, d.bolt.path)
	}
	_, err := d.bolt.write(d.torn.old)
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

func (d *files) check() error {
	if err := d.mend(); err != nil {
		return err
	}
	return d.bolt.check()
}

func (d *files) close() error { return d.bolt.close() }
