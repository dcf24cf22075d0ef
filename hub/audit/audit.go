// Package audit proves a book, or shows where it is false: it derives chain, signatures, leases, outcomes and sums anew
// from the entries alone, and exports a book so that somebody else can do the same without the hub. It must not know what
// the hub thinks (its views, its memory, its keys' private halves), nor change anything. hub/office calls it for
// `hexiao-hub audit`.
package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/wire"
)

// ErrUnsealed: the newest entries stand behind the last seal. A hub that was stopped in order has sealed everything; so
// either it was not, and its next start will, or the end of the book was cut off.
var ErrUnsealed = errors.New("the newest entries are not sealed: start the hub and stop it in order, then audit again; if that does not help the end of the book was cut off (最新的记录没有封签：请启动中心并正常停止后再审计；如仍如此，账本末尾可能被截断)")

// Reader is a book, or a bundle of one.
type Reader interface {
	Read(ctx context.Context, from book.Position, f func(book.Entry) error) error
}

// Verify goes through a whole book. It reads it twice: first chain and seals, which is quick and finds nearly every change,
// then every decision and signature, on all cores. The error names the first entry that is wrong; it wraps
// ledger.ErrAudit, ErrUnsealed, or is what the book says of damage. It blocks for about ten seconds per million
// redemptions' signatures and core.
func Verify(ctx context.Context, b Reader) (ledger.Audited, error) {
	if err := seals(ctx, b); err != nil {
		return ledger.Audited{}, err
	}
	checks := newChecks(ctx)
	done, err := ledger.Audit(checks.ctx, b.Read, checks.take)
	if wrong := checks.end(); wrong != nil {
		return done, wrong // what stopped the reading follows from it, or stands behind it
	}
	if err == nil && done.Unsealed > 0 {
		err = fmt.Errorf("%d entries: %w", done.Unsealed, ErrUnsealed)
	}
	return done, err
}

// seals looks at the chain and at the hub's signatures under it, and at nothing else.
func seals(ctx context.Context, b Reader) error {
	var key []byte
	var before book.Hash
	return b.Read(ctx, 0, func(e book.Entry) error {
		defer func() { before = e.Hash }()
		if e.At > 1 && !ledger.MaybeSeal(e.Body) {
			return nil
		}
		entry, err := ledger.DecodeEntry(e.Body)
		switch s := entry.Seal; {
		case err != nil:
			return fmt.Errorf("entry %d: %w", e.At, err)
		case e.At == 1 && entry.Hub == nil:
			return fmt.Errorf("entry %d: %w: a book begins with the hub's key", e.At, ledger.ErrAudit)
		case e.At == 1:
			key = entry.Hub.Key
		case s != nil && (s.At != e.At-1 || string(s.Head) != string(before[:]) || !s.Genuine(key)):
			return fmt.Errorf("entry %d: %w: the hub has not signed the book as it stands here", e.At, ledger.ErrAudit)
		}
		return nil
	})
}

// checks verifies signatures beside the reading; the false one that stands first in the book is the finding.
type checks struct {
	ctx  context.Context
	stop context.CancelFunc
	jobs chan []ledger.Autograph
	work *errgroup.Group
	lot  []ledger.Autograph

	mu    sync.Mutex // guards wrong
	wrong *ledger.Autograph
}

const perLot = 256 // signatures handed over at once: some 10 ms of work

func newChecks(ctx context.Context) *checks {
	c := &checks{jobs: make(chan []ledger.Autograph, 2*runtime.NumCPU()), work: &errgroup.Group{}}
	c.ctx, c.stop = context.WithCancel(ctx)
	for range runtime.NumCPU() {
		c.work.Go(func() error {
			for lot := range c.jobs {
				c.verify(lot)
			}
			return nil
		})
	}
	return c
}

func (c *checks) take(s ledger.Autograph) error {
	if c.lot = append(c.lot, s); len(c.lot) < perLot {
		return nil
	}
	c.jobs <- c.lot
	c.lot = make([]ledger.Autograph, 0, perLot)
	return nil
}

func (c *checks) verify(lot []ledger.Autograph) {
	for i := range lot {
		if s := &lot[i]; len(s.Key) != 32 || !wire.Verify(s.Raw, s.Sig, s.Key, s.For) {
			c.found(s)
			return
		}
	}
}

// found keeps the earliest, and ends the reading: what stands behind it is not asked any more.
func (c *checks) found(s *ledger.Autograph) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrong == nil || s.At < c.wrong.At {
		c.wrong = s
	}
	c.stop()
}

// end waits for all and gives the finding.
func (c *checks) end() error {
	c.jobs <- c.lot
	close(c.jobs)
	c.work.Wait()
	c.stop()
	if c.wrong == nil {
		return nil
	}
	return fmt.Errorf("entry %d: %w: the signature of %s does not hold", c.wrong.At, ledger.ErrAudit, c.wrong.Of)
}
