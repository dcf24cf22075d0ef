package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// grown is a world with enough in it for a few hundred pages.
func grown(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	var ids []voucher.Serial
	for i := range 1000 {
		ids = append(ids, voucher.Serial(i)*0x9e3779b97f4a7c15)
	}
	w.issue(1, 1, ids...)
	for _, id := range ids {
		w.sell("T1", voucher.Ask, id, voucher.Redeemed)
	}
	return w
}

// foldedOnce is the dump of views folded from the book in one go.
func (w *world) foldedOnce() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "once.db")
	s := open(w.t, path)
	catchUp(w.t, s, w.book)
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
	return dump(w.t, path)
}

func TestViewsThatCannotBeUsedAreFoldedAgain(t *testing.T) {
	for _, c := range []struct {
		says  string
		harm  func(t *testing.T, path string)
		aside bool
	}{
		{"missing", func(t *testing.T, path string) { remove(t, path) }, false},
		{"empty", func(t *testing.T, path string) { rewrite(t, path, func([]byte) []byte { return nil }) }, false},
		{"no database", func(t *testing.T, path string) {
			rewrite(t, path, func([]byte) []byte { return []byte(strings.Repeat("hello", 1000)) })
		}, true},
		{"cut in half", func(t *testing.T, path string) {
			rewrite(t, path, func(b []byte) []byte { return b[:len(b)/2] })
		}, true},
		{"zeros from the fifth page on", func(t *testing.T, path string) {
			rewrite(t, path, func(b []byte) []byte { clear(b[4*4096:]); return b })
		}, true},
		{"another program's", func(t *testing.T, path string) {
			remove(t, path)
			change(t, path, `CREATE TABLE voucher (x)`)
		}, true},
		{"another program's, with other tables", func(t *testing.T, path string) {
			remove(t, path)
			change(t, path, `CREATE TABLE other (x)`)
		}, true},
		{"of a later version", func(t *testing.T, path string) {
			change(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, true},
		{"without a table", func(t *testing.T, path string) { change(t, path, `DROP TABLE position`) }, true},
		{"without its row of the position", func(t *testing.T, path string) { change(t, path, `DELETE FROM position`) }, true},
		{"with zeros in each of its first pages", func(t *testing.T, path string) {
			rewrite(t, path, func(b []byte) []byte {
				for at := 4096 + 12; at+512 < 6*4096; at += 4096 {
					clear(b[at : at+512])
				}
				return b
			})
		}, true},
		{"at a position below zero", func(t *testing.T, path string) { change(t, path, `UPDATE position SET at = -1`) }, true},
		{"with a campaign that cannot be read", func(t *testing.T, path string) { change(t, path, `UPDATE campaign SET law = '{'`) }, true},
		{"of another book of the same length", func(t *testing.T, path string) {
			change(t, path, `UPDATE position SET hash = randomblob(32)`)
		}, true},
		{"one entry further than the book", func(t *testing.T, path string) { change(t, path, `UPDATE position SET at = at + 1`) }, true},
		{"much further than the book", func(t *testing.T, path string) { change(t, path, `UPDATE position SET at = at + 1000`) }, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := grown(t)
			if err := w.caughtUp().Close(); err != nil {
				t.Fatal(err)
			}
			want := w.foldedOnce()
			if dump(t, w.views()) != want {
				t.Fatal("the views are not what a fold in one go gives, even before any harm")
			}
			c.harm(t, w.views())
			s := open(t, w.views())
			catchUp(t, s, w.book)
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("damaged still: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if dump(t, w.views()) != want {
				t.Error("the views are not what a fold in one go gives")
			}
			if _, err := os.Stat(w.views() + ".aside"); (err == nil) != c.aside {
				t.Errorf("set aside: %v, want %v", err == nil, c.aside)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func rewrite(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// What a query finds is mended by the next catching up, without a new start.
func TestDamageFoundWhileRunningIsMended(t *testing.T) {
	w := grown(t)
	if err := w.caughtUp().Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, w.views())
	rewriteInPlace(t, w.views())
	if _, err := s.Redemptions(t.Context(), store.Filter{}); err == nil || !strings.Contains(err.Error(), "made anew") {
		t.Fatalf("a query of damaged views: %v", err)
	}
	catchUp(t, s, w.book)
	all, err := s.Redemptions(t.Context(), store.Filter{})
	if err != nil || len(all) != 1000 {
		t.Errorf("%d records, %v", len(all), err)
	}
}

// rewriteInPlace fills the second half with nonsense, under the feet of whoever has the file open.
func rewriteInPlace(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	half := info.Size() / 8192 * 4096
	if _, err := f.WriteAt([]byte(strings.Repeat("\xff", int(info.Size()-half))), half); err != nil {
		t.Fatal(err)
	}
}

// A book that has lost entries is a matter for a person: it must be said aloud.
func TestABookBehindItsViewsIsSaidAloud(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	w.caughtUp().Close()
	other := newWorld(t)
	other.write()
	var log strings.Builder
	s, err := store.Open(t.Context(), w.views(), store.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	catchUp(t, s, other.book)
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "lost entries") {
		t.Errorf("log: %s", log.String())
	}
	if _, err := s.Voucher(t.Context(), 1, noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a voucher of the other book is still there: %v", err)
	}
}

func TestAFoldThatIsEndedGoesOnWhereItWas(t *testing.T) {
	w := grown(t)
	var more []voucher.Serial
	for i := range 45_000 {
		more = append(more, voucher.Serial(i)*0x9e3779b97f4a7c15+1)
	}
	for i := 0; i < len(more); i += 5000 {
		w.issue(2, 2, more[i:i+5000]...)
	}
	w.write()
	want := w.foldedOnce()
	ctx, stop := context.WithCancel(t.Context())
	var at []book.Position
	s, err := store.Open(t.Context(), w.views(), store.Options{Folded: func(upTo book.Position) {
		at = append(at, upTo)
		if len(at) == 2 {
			stop()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	head, _ := w.book.Head()
	if err := s.CatchUp(ctx, w.book); !errors.Is(err, context.Canceled) || s.Position() == 0 || s.Position() == head {
		t.Fatalf("ended at %d of %d with %v", s.Position(), head, err)
	}
	catchUp(t, s, w.book)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if dump(t, w.views()) != want {
		t.Error("the views are not what a fold in one go gives")
	}
}

func TestAnEntryOfALaterVersionStopsTheViewsAndNamesIt(t *testing.T) {
	w := newWorld(t)
	w.write()
	if _, err := w.book.Append([]byte{0xa1, 0x18, 0x63, 0x01}); err != nil {
		t.Fatal(err)
	}
	s := open(t, w.views())
	err := s.CatchUp(t.Context(), w.book)
	if !errors.Is(err, ledger.ErrEntry) || !strings.Contains(err.Error(), "entry 7 of the book") {
		t.Errorf("got %v", err)
	}
	if s.Position() != 0 {
		t.Errorf("half a transaction is in the views: at %d", s.Position())
	}
}

func TestViewsMayStandAnywhere(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	w.write()
	for _, name := range []string{"a b", "100%", "a?b=c", "a#b", "鲁山", "a%20b", "a&b;c"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s := open(t, filepath.Join(dir, name+".db"))
		catchUp(t, s, w.book)
		if _, err := os.Stat(filepath.Join(dir, name+".db")); err != nil {
			t.Errorf("%s: the file is elsewhere: %v", name, err)
		}
	}
}

func TestViewsAreForTheirOwnerOnly(t *testing.T) {
	w := newWorld(t)
	w.caughtUp()
	for _, name := range []string{"views.db", "views.db-wal", "views.db-shm"} {
		info, err := os.Stat(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
	}
}

func TestAFolderThatCannotBeWrittenToIsNoReasonToSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "views.db")
	if _, err := store.Open(t.Context(), path, store.Options{}); err == nil || !strings.Contains(err.Error(), "views.db") {
		t.Errorf("got %v", err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	w := newWorld(t)
	s := w.caughtUp()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, err := s.Merchants(t.Context()); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("asked after the end: %v", err)
	}
	if err := s.CatchUp(t.Context(), w.book); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("folded after the end: %v", err)
	}
}
