package desk_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"hexiao/agent/desk"
)

// record is a desk.Journal by hand.
type record struct {
	lines   int
	damaged error
	stop    error // Export fails at the end
}

func (r record) Verify() error { return r.damaged }

func (r record) Export(w io.Writer) error {
	for i := range r.lines {
		fmt.Fprintf(w, `{"number":%d}`+"\n", i+1)
	}
	return r.stop
}

func journalDesk(t *testing.T, r record) *desk.Client {
	t.Helper()
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Journal: r, Token: token, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(s.Close)
	return desk.NewClient(s.URL, token)
}

func TestTheJournalAsAWhole(t *testing.T) {
	c := journalDesk(t, record{lines: 3000})
	if err := c.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	var got strings.Builder
	if err := c.Export(t.Context(), &got); err != nil || strings.Count(got.String(), "\n") != 3000 || !strings.HasSuffix(got.String(), `{"number":3000}`+"\n") {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
}

func TestAJournalThatIsNotWhole(t *testing.T) {
	c := journalDesk(t, record{lines: 3000, damaged: errors.New("record 7 is gone"), stop: errors.New("record 7 is gone")})
	if err := c.Verify(t.Context()); !errors.Is(err, desk.ErrNotWhole) || !strings.Contains(err.Error(), "record 7") {
		t.Error(err)
	}
	if err := c.Export(t.Context(), io.Discard); err == nil {
		t.Error("a part was taken for the whole")
	}
}

func TestADeskWithoutAJournal(t *testing.T) {
	c := desk.NewClient(newDesk(t, newCounter()).URL, token)
	refusal := new(desk.Error)
	if err := c.Verify(t.Context()); !errors.As(err, &refusal) || refusal.Status != 404 {
		t.Error(err)
	}
	if err := c.Export(t.Context(), io.Discard); !errors.As(err, &refusal) || refusal.Status != 404 {
		t.Error(err)
	}
}
