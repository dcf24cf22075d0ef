package book

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

// small is a book of many segments: most groups below fill a tenth of one.
var small = Options{SegmentBytes: smallestSegment}

// diary is what a caller of the book knows: the bodies that were acknowledged, and the group whose Append failed.
type diary struct {
	kept, doubtful [][]byte
}

// contents of a book, every hash checked by the public rule.
func contents(b *Book) ([][]byte, error) {
	var all [][]byte
	var hash Hash
	err := b.Read(context.Background(), 0, func(e Entry) error {
		all = append(all, bytes.Clone(e.Body))
		if hash = hash.Next(e.Body); e.Hash != hash || e.At != Position(len(all)) {
			return fmt.Errorf("entry %d has position %d and hash %s instead of %s", len(all), e.At, e.Hash, hash)
		}
		return nil
	})
	if at, head := b.Head(); err == nil && (at != Position(len(all)) || head != hash) {
		err = fmt.Errorf("the head is %d %s after %d entries and %s", at, head, len(all), hash)
	}
	return all, err
}

// matches settles the doubt: the doubtful group must be there whole or not at all.
func (d *diary) matches(b *Book) error {
	got, err := contents(b)
	if err != nil {
		return err
	}
	both := append(d.kept[:len(d.kept):len(d.kept)], d.doubtful...)
	switch {
	case same(got, d.kept):
	case same(got, both):
		d.kept = both
	default:
		return fmt.Errorf("the book has %d entries, %d were acknowledged and %d in doubt, or their bodies differ", len(got), len(d.kept), len(d.doubtful))
	}
	d.doubtful = nil
	return nil
}

func same(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (d *diary) append(b *Book, group [][]byte) error {
	_, err := b.Append(group...)
	b.preparing.Wait() // so that the machine's steps come in the same order each time
	if err != nil {
		d.doubtful = group
		return err
	}
	d.kept = append(d.kept, group...)
	return nil
}

func randomGroup(rng *rand.Rand) [][]byte {
	group := make([][]byte, 1+rng.IntN(6))
	for i := range group {
		group[i] = make([]byte, rng.IntN([]int{1, 40, 200, 900}[rng.IntN(4)]))
		for j := range group[i] {
			group[i][j] = byte(rng.Uint32())
		}
	}
	return group
}

// day is a life of a book: groups, now and then a close and an open, once a group longer than a segment.
func day(m *machine, d *diary, rng *rand.Rand) error {
	for n := range 3 {
		b, err := open(m, small)
		if err != nil {
			return err
		}
		for range 12 {
			if err := d.append(b, randomGroup(rng)); err != nil {
				return errors.Join(err, b.Close())
			}
		}
		if n == 1 {
			if err := d.append(b, [][]byte{{1}, bytes.Repeat([]byte{2}, 20_000), {3}}); err != nil {
				return errors.Join(err, b.Close())
			}
		}
		if err := b.Close(); err != nil {
			return err
		}
	}
	return nil
}

func daySteps(t *testing.T, seed uint64) int {
	m, d := newMachine(), &diary{}
	if err := day(m, d, rand.New(rand.NewPCG(seed, 0))); err != nil {
		t.Fatal(err)
	}
	if n := len(m.files()); n < 3 {
		t.Fatalf("the day filled only %d segments", n)
	}
	return m.steps
}

func TestPowerCutAtAnyStepLosesNothingAcknowledged(t *testing.T) {
	for seed := range uint64(3) {
		steps := daySteps(t, seed)
		for off := 1; off <= steps; off++ {
			for _, keep := range []float64{0, 0.3, 0.7, 1} {
				m, d, chance := newMachine(), &diary{}, rand.New(rand.NewPCG(seed, uint64(off)))
				m.off = off
				if err := day(m, d, rand.New(rand.NewPCG(seed, 0))); err == nil {
					t.Fatal("the power did not fail")
				}
				if err := afterPowerCut(m.cut(chance, keep), d, chance, keep); err != nil {
					t.Fatalf("seed %d, power off at step %d, %.0f%% of the rest on disk: %v", seed, off, 100*keep, err)
				}
			}
		}
	}
}

// afterPowerCut starts, loses power while starting, starts again, goes on, and loses power once more.
func afterPowerCut(m *machine, d *diary, chance *rand.Rand, keep float64) error {
	m.off = 1 + chance.IntN(12)
	if b, err := open(m, small); err == nil {
		if err := d.matches(b); err != nil && !errors.Is(err, errNoPower) {
			return fmt.Errorf("first start: %w", err)
		}
	} else if !errors.Is(err, errNoPower) {
		return fmt.Errorf("first start: %w", err)
	}
	for range 2 {
		m = m.cut(chance, keep)
		b, err := open(m, small)
		if err != nil {
			return err
		}
		if err := errors.Join(d.matches(b), d.append(b, randomGroup(chance))); err != nil {
			return err
		}
	}
	b, err := open(m.cut(chance, 0), small)
	if err != nil {
		return fmt.Errorf("last start: %w", err)
	}
	if err := errors.Join(d.matches(b), b.Close()); err != nil {
		return fmt.Errorf("last start: %w", err)
	}
	return errors.Join(verify(context.Background(), b.disk), allSealed(b.disk))
}

// allSealed says whether each segment but the last vouches for its successor.
func allSealed(d Disk) error {
	segs, err := loadSegments(d)
	for i := range segs {
		if (segs[i].state == stateShut) != (i < len(segs)-1) {
			err = errors.Join(err, fmt.Errorf("segment %d of %d has state %d", i+1, len(segs), segs[i].state))
		}
	}
	return err
}

// After a kill the kernel still has what the process wrote, and the next start reads it there: it must not vouch for it
// before it is on disk.
func TestPowerCutAfterAKillLosesNothingAcknowledged(t *testing.T) {
	steps := daySteps(t, 0)
	for off := 1; off <= steps; off++ {
		for later := 1; later <= 8; later++ {
			m, d, chance := newMachine(), &diary{}, rand.New(rand.NewPCG(uint64(later), uint64(off)))
			m.off = off
			if err := day(m, d, rand.New(rand.NewPCG(0, 0))); err == nil {
				t.Fatal("the process was not killed")
			}
			m.off = m.steps + later
			if b, err := open(m, small); err == nil {
				if err := d.matches(b); err != nil && !errors.Is(err, errNoPower) {
					t.Fatalf("killed at step %d: %v", off, err)
				}
			}
			b, err := open(m.cut(chance, 0.5), small)
			if err == nil {
				err = d.matches(b)
			}
			if err != nil {
				t.Fatalf("killed at step %d, power off %d steps after the next start: %v", off, later, err)
			}
		}
	}
}

func TestFailedStepBreaksTheBookUntilItIsOpenedAgain(t *testing.T) {
	for seed := range uint64(3) {
		steps := daySteps(t, seed)
		for broken := 1; broken <= steps; broken++ {
			m, d, chance := newMachine(), &diary{}, rand.New(rand.NewPCG(seed, uint64(broken)))
			m.broken = broken
			err := day(m, d, rand.New(rand.NewPCG(seed, 0)))
			if err != nil && !errors.Is(err, syscall.EIO) {
				t.Fatalf("seed %d, step %d fails: %v", seed, broken, err)
			}
			if err := afterFailure(m, d, chance); err != nil {
				t.Fatalf("seed %d, step %d failed: %v", seed, broken, err)
			}
		}
	}
}

// afterFailure starts the process again on a machine that runs on: what the first start found and said must survive a
// loss of power, even where the kernel believed it to be on disk already.
func afterFailure(m *machine, d *diary, chance *rand.Rand) error {
	m.restart()
	b, err := open(m, small)
	if err != nil {
		return err
	}
	if err := d.matches(b); err != nil {
		return err
	}
	b, err = open(m.cut(chance, 0), small)
	if err != nil {
		return fmt.Errorf("after the power cut: %w", err)
	}
	if err := d.matches(b); err != nil {
		return fmt.Errorf("after the power cut: %w", err)
	}
	return b.Close()
}

func TestBrokenBookRefusesAndSaysWhy(t *testing.T) {
	m, d := newMachine(), &diary{}
	b := must(open(m, small))(t)
	if err := d.append(b, [][]byte{{1}}); err != nil {
		t.Fatal(err)
	}
	m.broken = m.steps + 2 // the sync
	err := d.append(b, [][]byte{{2}})
	if !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.EIO) {
		t.Errorf("the append whose sync fails: %v", err)
	}
	writes := m.writes
	if _, err := b.Append([]byte{3}); !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.EIO) {
		t.Errorf("the append after it: %v", err)
	}
	if m.writes != writes {
		t.Error("a broken book was written to")
	}
	if at, _ := b.Head(); at != 1 {
		t.Errorf("the head of a broken book is %d", at)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if m.writes != writes {
		t.Error("a broken book was marked when it was closed")
	}
}

func TestFullDiskStopsBeforeAnythingIsHarmed(t *testing.T) {
	m, d, rng := newMachine(), &diary{}, rand.New(rand.NewPCG(1, 1))
	m.room = 3*smallestSegment + 5000
	var warnings strings.Builder
	o := Options{SegmentBytes: smallestSegment, Log: slog.New(slog.NewTextHandler(&warnings, nil))}
	b := must(open(m, o))(t)
	var err error
	for err == nil {
		err = d.append(b, randomGroup(rng))
	}
	if !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is full: %v", err)
	}
	if !strings.Contains(warnings.String(), "could not be prepared") {
		t.Errorf("nobody was warned before; the log is %q", &warnings)
	}
	if got, want := m.used(), 3*smallestSegment; got != want {
		t.Errorf("%d bytes are in use, %d for three segments", got, want)
	}
	if len(d.kept) < 50 {
		t.Fatalf("only %d entries before the disk was full", len(d.kept))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = must(open(m, o))(t)
	if err := d.matches(b); err != nil {
		t.Errorf("opened while the disk is still full: %v", err)
	}
	b.Close()
	m.room = 0
	b = must(open(m.cut(rng, 0), o))(t)
	if err := errors.Join(d.matches(b), d.append(b, randomGroup(rng)), d.matches(b)); err != nil {
		t.Errorf("opened with space: %v", err)
	}
}

// TestCloseEndsThePreparation catches a preparation before its first step.
func TestCloseEndsThePreparation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		b := must(open(m, small))(t)
		m.hold = make(chan struct{})
		must(b.Append(make([]byte, 5000)))(t)
		closed := false
		go func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Error("Close left a goroutine behind")
		}
		close(m.hold)
		synctest.Wait()
		if !closed || m.seen[spareName] != nil {
			t.Error("the preparation went on")
		}
	})
}

func TestGroupIsOneWriteAndOneSync(t *testing.T) {
	m := newMachine()
	b := must(open(m, Options{}))(t)
	group := make([][]byte, 4096)
	for i := range group {
		group[i] = make([]byte, 174)
	}
	writes, syncs := m.writes, m.syncs
	b.prepareAt = 1 << 40 // no preparation meanwhile
	if _, err := b.Append(group...); err != nil {
		t.Fatal(err)
	}
	if m.writes-writes != 1 || m.syncs-syncs != 1 {
		t.Errorf("%d writes and %d syncs", m.writes-writes, m.syncs-syncs)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
