package office

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
)

// Watch is the cash-out detector behind the ledger. It folds the book from its first entry and follows it; what its
// detector says goes back to the ledger, which knows the last entry whose alert was dealt with, so that a hub that starts
// again opens nothing twice. It keeps nobody waiting: the ledger answers terminals before the watch has seen anything.
// All methods but Run may be called by many at once.
type Watch struct {
	office  *Office
	log     *slog.Logger
	quiet   bool          // tell the ledger of nothing: for a command that only looks
	folding chan struct{} // holds one token while somebody folds; taken before mu
	inbox   inbox

	mu      sync.Mutex // guards what is below
	at      book.Position
	events  *Events
	shops   registryOf
	begun   bool // an event was taken
	live    *lookout
	shadow  *lookout // nil without rules for it
	pending []ledger.Suspected
	settled bool // it was looked what other rules than the newest alert's make of the book
}

// NewWatch makes a watch that has seen nothing. Shadow is a second set of rules that is tried beside those in force: it
// opens no cases. Nil: none.
func (o *Office) NewWatch(shadow *cashout.Rules, log *slog.Logger) *Watch {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &Watch{office: o, log: log, folding: make(chan struct{}, 1), live: newLookout(cashout.DefaultRules())}
	if shadow != nil {
		w.shadow = newLookout(*shadow)
	}
	w.shops.at = map[string]int{}
	w.events = NewEvents(w.declare, w.take)
	w.events.Law = w.govern
	o.writes.Store(&w.inbox)
	return w
}

// How long entries may gather before they are folded, and how long it is waited after a failure. An alert is in the book
// within a second of its event (issue 4).
const (
	watchLazy  = 200 * time.Millisecond
	watchRetry = 10 * time.Second
)

// Run follows the book until ctx ends or changed is closed; each signal on changed says that there may be more. What fails
// is logged once and tried again: nobody's voucher waits for the watch. It ends early only with the ledger or the book.
func (w *Watch) Run(ctx context.Context, changed <-chan struct{}) error {
	head, _ := w.office.Book.Head()
	w.log.Info("cash-out watch folds the book from its beginning", "entries", uint64(head), "rules", w.version())
	began, first, failing := time.Now(), true, time.Duration(0)
	for {
		err := w.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ledger.ErrStopped), errors.Is(err, os.ErrClosed):
			return err
		case err != nil && failing == 0:
			w.log.Error("cash-out watch cannot follow the book", "position", uint64(w.Position()), "cause", err)
		case err == nil && failing > 0:
			w.log.Info("cash-out watch follows the book again", "position", uint64(w.Position()))
		case err == nil && first:
			w.log.Info("cash-out watch has come to the end of the book", "position", uint64(w.Position()), "took", time.Since(began).Round(time.Millisecond))
			first = false
		}
		if failing = 0; err != nil {
			failing = watchRetry
		}
		if more := store.Wait(ctx, changed, nil, watchLazy, failing); !more {
			return ctx.Err()
		}
	}
}

func (w *Watch) version() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live.rules.Version
}

// Position is how far into the book the watch has come.
func (w *Watch) Position() book.Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// CatchUp folds everything that is in the book now, and tells the ledger of what came of it. It blocks while that takes: a
// moment beside a running Run, some seconds for a million entries from the beginning.
func (w *Watch) CatchUp(ctx context.Context) error {
	select {
	case w.folding <- struct{}{}:
		defer func() { <-w.folding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := w.follow(ctx); err != nil {
		return fmt.Errorf("cash-out watch after entry %d: %w", w.Position(), err)
	}
	if err := w.tell(ctx); err != nil || w.quiet || w.settled {
		return err
	}
	w.settled = true
	return w.anew(ctx)
}

// follow takes what the ledger has handed over, and reads from the book what it has not.
func (w *Watch) follow(ctx context.Context) error {
	for _, g := range w.inbox.take() {
		if g.first > w.Position()+1 {
			break
		}
		for i := 0; i < len(g.entries); i += ahead {
			if err := w.addSome(g.first+book.Position(i), g.entries[i:min(i+ahead, len(g.entries))]); err != nil {
				return err
			}
		}
	}
	if head, _ := w.office.Book.Head(); head == w.Position() {
		return nil
	}
	return w.office.Book.Read(ctx, w.Position(), w.entry)
}

func (w *Watch) entry(e book.Entry) error {
	entry, err := ledger.DecodeEntry(e.Body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.add(e.At, &entry)
}

// addSome takes the next entries, at most ahead of them.
func (w *Watch) addSome(first book.Position, some []ledger.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expect(some)
	for i := range some {
		if err := w.add(first+book.Position(i), &some[i]); err != nil {
			return err
		}
	}
	return nil
}

// add takes the next entry; one that was taken before it leaves alone. The lock is held.
func (w *Watch) add(at book.Position, e *ledger.Entry) error {
	if at <= w.at {
		return nil
	}
	if err := w.events.Add(at, e); err != nil {
		return err
	}
	w.at = at
	return nil
}
