package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// following is a store that follows the world's book; folded hears each position.
type following struct {
	*world
	*store.Store
	changed chan struct{}
	folded  chan book.Position
	ended   chan error
	stop    context.CancelFunc
	log     strings.Builder
}

func (w *world) follow(t *testing.T) *following {
	t.Helper()
	w.write()
	f := &following{world: w, changed: make(chan struct{}, 1), folded: make(chan book.Position, 1000), ended: make(chan error, 1)}
	var err error
	f.Store, err = store.Open(t.Context(), w.views(), store.Options{
		Log:    slog.New(slog.NewTextHandler(&f.log, nil)),
		Folded: func(upTo book.Position) { f.folded <- upTo },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	go func() { f.ended <- f.Follow(ctx, w.book, f.changed) }()
	t.Cleanup(func() {
		stop()
		f.Store.Close()
	})
	return f
}

// until waits for the views to have come to the book's head.
func (f *following) until(t *testing.T) {
	t.Helper()
	head, _ := f.book.Head()
	for at := range f.folded {
		if at == head {
			return
		}
	}
}

func (f *following) signal() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func TestFollowFoldsWhatIsThereAndWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.issue(1, 1, 1)
		f := w.follow(t)
		f.until(t)
		for range 3 {
			w.sell("T1", voucher.Ask, 1, voucher.Rejected)
			w.write()
			f.signal()
			f.until(t)
		}
		f.stop()
		if err := <-f.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		w.book.Close()
	})
}

func TestFollowEndsWhenNoMoreSignalsCanCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.follow(t)
		f.until(t)
		close(f.changed)
		if err := <-f.ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		w.book.Close()
	})
}

func TestFollowEndsWithTheBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.follow(t)
		f.until(t)
		w.book.Close()
		f.signal()
		if err := <-f.ended; !errors.Is(err, os.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
	})
}

// Somebody else holds the file's write lock, longer than a writer waits; it is said once, and when it is over.
func TestFollowGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.follow(t)
		f.until(t)
		other, err := sql.Open("sqlite", w.views())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		other.SetMaxOpenConns(1)
		if _, err := other.Exec(`BEGIN IMMEDIATE`); err != nil {
			t.Fatal(err)
		}
		w.sell("T1", voucher.Ask, 1, voucher.Rejected)
		w.write()
		f.signal()
		for range 3 { // each waits for the lock in vain, then for the next try
			if err := f.CatchUp(t.Context(), w.book); err == nil {
				t.Fatal("folded although the file is locked")
			}
		}
		if _, err := other.Exec(`ROLLBACK`); err != nil {
			t.Fatal(err)
		}
		f.until(t)
		synctest.Wait()
		f.stop()
		<-f.ended
		w.book.Close()
		if log := f.log.String(); strings.Count(log, "cannot follow the book") != 1 || strings.Count(log, "follow the book again") != 1 {
			t.Errorf("log:\n%s", log)
		}
	})
}

// An entry that cannot be read stays: the views stand still, and that is said once however often it is tried.
func TestFollowSaysOnceThatItCannotGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.follow(t)
		f.until(t)
		at := f.Position()
		if _, err := w.book.Append([]byte{0xff}); err != nil {
			t.Fatal(err)
		}
		f.signal()
		time.Sleep(time.Hour) // of the bubble: some sixty tries
		if err := f.CatchUp(t.Context(), w.book); !errors.Is(err, ledger.ErrEntry) {
			t.Fatalf("got %v", err)
		}
		f.stop()
		<-f.ended
		w.book.Close()
		if f.Position() != at || strings.Count(f.log.String(), "cannot follow the book") != 1 {
			t.Errorf("at %d, was %d; log:\n%s", f.Position(), at, f.log.String())
		}
	})
}

// Readers see, beside a writer, one moment's state each: the sums always go with the records.
func TestReadersBesideTheWriter(t *testing.T) {
	w := newWorld(t)
	const vouchers = 400
	for i := range vouchers {
		w.issue(1, 1, voucher.Serial(i))
	}
	f := w.follow(t)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if !f.consistent(t) {
					return
				}
			}
		})
	}
	for i := range vouchers {
		id := w.sell("T1", voucher.Ask, voucher.Serial(i), voucher.Redeemed)
		if i%3 == 0 {
			w.about("T1", voucher.Reverse, id.Number, voucher.Undone)
		}
		if i%20 == 0 {
			w.write()
			f.signal()
			if err := f.CatchUp(t.Context(), w.book); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.write()
	catchUp(t, f.Store, w.book)
	close(done)
	readers.Wait()
	m, err := f.Merchant(t.Context(), "M1")
	if want := int64(vouchers - (vouchers+2)/3); err != nil || m.Redeemed != want {
		t.Errorf("%d count, want %d, %v", m.Redeemed, want, err)
	}
	f.stop()
	<-f.ended
}

func (f *following) consistent(t *testing.T) bool {
	m, err := f.Merchant(t.Context(), "M1")
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("merchant: %v", err)
		return false
	}
	if m.Face != voucher.Fen(m.Redeemed)*10_00 {
		t.Errorf("%d redeemed for %s", m.Redeemed, m.Face)
		return false
	}
	for _, id := range []voucher.Serial{0, 1, 2} {
		v, err := f.Voucher(t.Context(), id, noon)
		if err == nil && (v.State == "redeemed") != (v.Redemption != "") {
			t.Errorf("half a redemption: %+v", v)
			return false
		}
	}
	return true
}
