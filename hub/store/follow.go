package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"hexiao/hub/book"
)

// lazy is how long Follow lets entries gather for one transaction. 250 ms is what the measured shape had (performance
// notes of 2026-10, section 3): a reader who needs the newest does not wait for it but lets the views catch up.
const lazy = 250 * time.Millisecond

// When folding fails (a full disk) it is tried again after so long, twice as long each time, up to the second.
const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// Follow folds what comes into the book, from when it is called until ctx ends or changed is closed; each signal on
// changed says that there may be more. The views are not the truth, so a failure does not end it: it is logged once, and
// tried again until it is gone. It returns early only when the book or the store is closed.
func (s *Store) Follow(ctx context.Context, b *book.Book, changed <-chan struct{}) error {
	failing := time.Duration(0)
	for {
		err := s.CatchUp(ctx, b)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, os.ErrClosed), errors.Is(err, errClosed):
			return fmt.Errorf("follow the book: %w", err)
		case err != nil && failing == 0:
			s.o.Log.Error("views cannot follow the book", "position", s.Position(), "cause", err)
			failing = firstRetry
		case err != nil:
			failing = min(2*failing, lastRetry)
		case failing > 0:
			s.o.Log.Info("views follow the book again", "position", s.Position())
			failing = 0
		}
		if more := Wait(ctx, changed, s.wake, lazy, failing); !more {
			return ctx.Err()
		}
	}
}

// Wait is how one who folds the book behind the ledger waits: for a signal on changed or wake (nil: none) and then for gather,
// the time that entries get to come together; or, where failing is not 0, for that pause after a failure. It is false at the
// end, when ctx is over or changed is closed.
func Wait(ctx context.Context, changed, wake <-chan struct{}, gather, failing time.Duration) bool {
	pause := failing
	if failing == 0 {
		pause = gather
		select {
		case <-ctx.Done():
			return false
		case <-wake:
		case _, open := <-changed:
			if !open {
				return false
			}
		}
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// CatchUp folds everything that is in the book now, for a reader who needs the newest. It blocks while that takes: a
// moment beside a running Follow, a minute or less for a million redemptions from the beginning.
//
// Views that are damaged, that have come further than the book goes, or whose hash is not the book's at their position
// are set aside and begun anew.
func (s *Store) CatchUp(ctx context.Context, b *book.Book) error {
	select {
	case s.folding <- struct{}{}:
		defer func() { <-s.folding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.fold(ctx, b)
	if unusable(err) || errors.Is(err, errOtherBook) {
		if err := s.beginAnew(ctx, err); err != nil {
			return fmt.Errorf("begin views anew: %w", err)
		}
		err = s.fold(ctx, b)
	}
	if err != nil {
		return fmt.Errorf("fold views after entry %d: %w", s.Position(), err)
	}
	return nil
}

// errOtherBook: the views are of another book, or of a later state of this one.
var errOtherBook = errors.New("the views are not of this book, or the book has lost entries that they have seen")

// fold needs folding held: nobody else changes views then.
func (s *Store) fold(ctx context.Context, b *book.Book) error {
	if s.damaged.Load() {
		return errDamaged
	}
	s.mu.RLock()
	v := s.views
	s.mu.RUnlock()
	if v == nil {
		return errClosed
	}
	f := &folding{views: v, done: func(at book.Position) {
		s.at.Store(uint64(at))
		s.o.Folded(at)
	}}
	return f.run(ctx, b)
}
