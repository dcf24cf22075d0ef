package journal

import bolt "go.etcd.io/bbolt"

// The tape is written anew when it is more than four times as long as what lives in it, and bbolt when more than half of
// its pages are free. Below these sizes nothing is gained.
const (
	tidyTape = 1 << 20
	tidyBolt = 4 << 20
)

// tidy implements disk. What cannot be tidied stays as it is; the error is that the files could not be opened again.
func (d *files) tidy() error {
	err := d.mend()
	if err == nil && d.bolt.wasted() {
		err = d.tidied("the journal's first file is written anew", d.rewriteBolt)
	}
	if err == nil && d.tape.end > 4*d.bolt.live+tidyTape {
		err = d.tidied("the second journal is written anew", d.rewriteTape)
	}
	return err
}

func (d *files) tidied(what string, rewrite func() error) error {
	d.log.Info(what, "first", d.bolt.size(), "second", d.tape.end, "live", d.bolt.live)
	if err := rewrite(); err != nil {
		d.log.Warn("journal not tidied", "error", err)
		if err := d.shut(); err != nil {
			d.log.Warn("journal not closed", "error", err)
		}
	}
	return d.mend()
}

func (d *files) rewriteTape() error { return d.tape.rewrite(d.told, d.bolt.all) }

func (d *files) rewriteBolt() error {
	fresh, err := d.bolt.build(d.told, func(write func([]put) error) error { return inBatches(d.bolt.all, write) })
	if err == nil {
		err = d.shut()
	}
	if err == nil {
		err = d.sys.replace(fresh, d.bolt.path)
	}
	return err
}

// fill implements disk: of the two files, the fuller one by its limit counts.
func (d *files) fill() (used, limit int64) { return d.bolt.used(), d.bolt.max }

// size is how much of the file was ever in use, bytes; 0 while it is not open.
func (b *boltFile) size() (size int64) {
	if b.db != nil {
		b.db.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	}
	return size
}

// used is how much of the file is in use, bytes.
func (b *boltFile) used() int64 {
	if b.db == nil {
		return 0
	}
	return b.size() - int64(b.db.Stats().FreePageN)*int64(b.db.Info().PageSize)
}

// wasted tells whether most of the file is free.
func (b *boltFile) wasted() bool { return b.size() > tidyBolt && 2*b.used() < b.size() }
