package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Options of Open; the zero value is good.
type Options struct {
	Log     *slog.Logger     // nil: nothing is logged
	MaxSize int64            // most bytes of the file; 0: 256 MiB
	Now     func() time.Time // the PC's clock; nil: time.Now
	// Check looks whether the bbolt file at a path can be read to its end, and should do so in another process: of 200 files
	// that were cut off while they were written without syncs, bbolt v1.5.0 panicked on 49, hung on 10 and faulted on 1
	// (measured 2026-11-22). It has a minute. An error that wraps ErrDamaged has the file made again; any other is Open's.
	// nil: CheckFile.
	Check func(ctx context.Context, path string) error
	Mono  func() time.Duration // time since any fixed instant, on a clock nobody can set, best SinceBoot; nil: the monotonic part of Now
	sys   *system              // nil: that of this PC
	Disk  *Memory              // in place of the folder's files, for a rehearsal; nil: the files
}

// Open opens the journal of a folder, and makes both when they are not there. It waits up to 2 s for another process to
// leave. With Options.Disk the folder is not looked at. Errors: ErrLocked, ErrOther, ErrDamaged, ErrFull, or what the
// system said.
func Open(dir string, terminal voucher.TerminalID, o Options) (*Journal, error) {
	o = o.filled()
	if o.Disk != nil {
		return shrunk(open(terminal, o, func(first []put, sound func(reader) error) (disk, error) {
			d, err := openMemory(o.Disk, o.MaxSize, first)
			if err == nil {
				err = sound(d)
			}
			return d, err
		}))
	}
	if err := MakeFolder(dir, 0o700); err != nil {
		return nil, full(err)
	}
	unlock, err := lock(filepath.Join(dir, lockName), lockWait)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, full(err))
	}
	return shrunk(openLocked(terminal, o, unlock, func(first []put, sound func(reader) error) (disk, error) {
		return openFiles(dir, o, first, sound)
	}))
}

func openLocked(terminal voucher.TerminalID, o Options, unlock func() error, at opener) (*Journal, error) {
	j, err := open(terminal, o, at)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	j.unlock = unlock
	return j, nil
}

// filled is the options with what they leave out.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxSize == 0 {
		o.MaxSize = 256 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Check == nil {
		o.Check = CheckFile
	}
	if o.sys == nil {
		o.sys = newSystem()
	}
	return o
}

const lockName = "journal.lock"

// lock tries for so long to take the folder.
func lock(path string, wait time.Duration) (unlock func() error, err error) {
	end := time.After(wait)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		unlock, err := tryLock(path)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-end:
			return nil, err
		case <-again.C:
		}
	}
}

// opener opens a disk, which is made with the contents of a new journal when there is none, and has all of it read.
type opener func(first []put, sound func(reader) error) (disk, error)

// open reads a disk, which is made with the contents of a new journal when there is none.
func open(terminal voucher.TerminalID, o Options, at opener) (*Journal, error) {
	made, err := wire.Marshal(owner{format, terminal, firstEpoch})
	if err != nil {
		return nil, err
	}
	var f *fold
	d, err := at([]put{named(keyOwner, made)}, func(r reader) (err error) {
		f, err = refold(r, terminal)
		return err
	})
	if err != nil {
		return nil, err
	}
	j := &Journal{
		log: o.Log, now: readings(o), unlock: func() error { return nil }, pending: make(chan struct{}, 1),
		disk: d, fold: f, clock: clock{kept: f.clock}, heard: f.hub,
		onSettled: func([]Sale) {}, onLaw: func() {}, owed: map[uint64]bool{},
	}
	if f.queued > 0 {
		j.signal()
	}
	return j, nil
}

// shrunk lets go what is old and gives its room back. A disk that is full does not keep a till from starting.
func shrunk(j *Journal, err error) (*Journal, error) {
	if err != nil {
		return nil, err
	}
	if err = j.prune(); err == nil {
		err = j.disk.tidy()
	}
	if errors.Is(err, ErrBroken) {
		return nil, errors.Join(err, j.Close())
	}
	if err != nil {
		j.log.Warn("journal not made smaller", "err", err)
	}
	return j, nil
}

// readings makes both clocks out of Options. The monotonic one never runs backwards, whatever Now does.
func readings(o Options) func() reading {
	born, last := o.Now(), time.Duration(0)
	return func() reading {
		now := o.Now()
		if o.Mono != nil {
			return reading{now.Round(0), o.Mono()}
		}
		last = max(last, now.Sub(born))
		return reading{now.Round(0), last}
	}
}

// refold reads a whole disk into memory.
func refold(d reader, terminal voucher.TerminalID) (*fold, error) {
	f := newFold()
	if err := d.each([]string{inMeta, inRecords, inOutcomes, inAcks, inSpent, inPast}, func(p put) error {
		if p.room == inRecords && f.owner.Terminal != terminal {
			return nil // said below, better than by the first record
		}
		return f.take(p)
	}); err != nil {
		return nil, err
	}
	f.settleHolders()
	switch {
	case f.owner.Format == 0:
		return nil, fmt.Errorf("%s: %w: it does not say whose it is", d, ErrDamaged)
	case f.owner.Format > format:
		return nil, fmt.Errorf("%s %w", d, errNewer)
	case f.owner.Terminal != terminal:
		return nil, fmt.Errorf("%s: %w: %s, not %s", d, ErrOther, f.owner.Terminal, terminal)
	case f.stored != f.tip:
		return nil, fmt.Errorf("%s: %w: it ends at record %d and should at %d", d, ErrDamaged, f.tip.Number, f.stored.Number)
	}
	return f, nil
}
