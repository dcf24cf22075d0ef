//go:build linux

package powercut_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// hub is a book of a county's entries and the views that follow it. It decides nothing.
type hub struct {
	*script
	dir   string
	book  *book.Book
	views *store.Store
	log   *slog.Logger

	issued voucher.Serial // the newest voucher
	last   uint64         // record of the one terminal
	head   [32]byte       // of its chain
	good   []uint64       // its records that are not undone
}

func (h *hub) open() (err error) {
	if h.book, err = book.Open(filepath.Join(h.dir, "book"), book.Options{SegmentBytes: 24 << 10}); err != nil {
		return err
	}
	return h.openViews()
}

func (h *hub) openViews() (err error) {
	h.views, err = store.Open(context.Background(), filepath.Join(h.dir, "views.db"), store.Options{Log: h.log})
	return err
}

func (h *hub) close() error { return errors.Join(h.views.Close(), h.book.Close()) }

func (h *hub) seen() string {
	at, head := h.book.Head()
	return fmt.Sprintf("%d entries, head %x", at, head[:6])
}

func driveViews(folder string, s *script) error {
	h := &hub{script: s, dir: filepath.Join(folder, "hub")}
	if err := s.step(h.open, h.seen); err != nil {
		return err
	}
	act := h.act
	if at, _ := h.book.Head(); at == 0 {
		if err := s.step(h.begin, h.seen); err != nil {
			return err
		}
	} else {
		act = h.goOn
	}
	for range s.steps(110) {
		if err := s.step(act, h.seen); err != nil {
			return err
		}
	}
	return h.close()
}

// begin enters the campaign, a merchant and its terminal.
func (h *hub) begin() error {
	c := voucher.Campaign{
		ID: "lushan", Number: 7, Zone: "Asia/Shanghai", StockAt: voucher.AtClaim, Revision: 1,
		Phases: []voucher.Phase{{No: 1, Start: noon.Add(-time.Hour), End: noon.Add(48 * time.Hour)}},
		Tiers:  []voucher.Tier{{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 1000, Threshold: 5000, Stock: []uint32{1000}}},
	}
	m := voucher.Merchant{Code: "M1", Name: "店", Trade: voucher.Supermarket, Status: voucher.MerchantActive}
	return h.append(
		&ledger.Entry{Hub: &ledger.HubMade{Generation: make([]byte, 16), Key: make([]byte, 32)}},
		&ledger.Entry{Campaign: &ledger.CampaignApplied{Campaign: c}},
		&ledger.Entry{Merchant: &ledger.MerchantSet{Merchant: m}},
		&ledger.Entry{Terminal: &ledger.TerminalEnrolled{ID: till, Merchant: "M1", Key: make([]byte, 32), Token: make([]byte, 32)}})
}

// act is one thing that a hub does: a group for the book, a catching up of the views, or a new start.
func (h *hub) act() error {
	switch n := h.IntN(100); {
	case n < 25:
		return h.append(h.issue())
	case n < 60:
		group := []*ledger.Entry{}
		for range 1 + h.IntN(5) {
			group = append(group, h.sell())
		}
		return h.append(group...)
	case n < 68 && len(h.good) > 0:
		return h.append(h.undo())
	case n < 95:
		return h.views.CatchUp(context.Background(), h.book)
	case n < 97:
		return errors.Join(h.views.Close(), h.openViews())
	}
	return errors.Join(h.close(), h.open())
}

// goOn is what a hub does that came back after a power cut.
func (h *hub) goOn() error {
	h.issued += 1 << 30 // vouchers that were not seen before
	return errors.Join(h.append(h.issue()), h.views.CatchUp(context.Background(), h.book))
}

func (h *hub) append(entries ...*ledger.Entry) error {
	var group [][]byte
	for _, e := range entries {
		e.At = noon.UnixMilli()
		raw, err := e.Encode()
		if err != nil {
			return err
		}
		group = append(group, raw)
	}
	_, err := h.book.Append(group...)
	return err
}

func (h *hub) issue() *ledger.Entry {
	e := ledger.VouchersIssued{Phase: 1, Tier: 1}
	for range 1 + h.IntN(4) {
		h.issued++
		e.Vouchers = append(e.Vouchers, ledger.Issued{Serial: h.issued})
	}
	return &ledger.Entry{Issued: &e}
}

func (h *hub) sell() *ledger.Entry {
	r := sold(1 + h.Uint64N(uint64(h.issued)+1))
	e := h.received(voucher.Record{Kind: voucher.Accept, Sale: &r}, voucher.Redeemed)
	h.good = append(h.good, h.last)
	return e
}

func (h *hub) undo() *ledger.Entry {
	i := h.IntN(len(h.good))
	of := h.good[i]
	h.good = append(h.good[:i], h.good[i+1:]...)
	return h.received(voucher.Record{Kind: voucher.Void, Of: of}, voucher.Undone)
}

func (h *hub) received(r voucher.Record, result voucher.Result) *ledger.Entry {
	h.last++
	r.ID, r.Prev, r.At = voucher.RedemptionID{Terminal: till, Epoch: 1, Number: h.last}, h.head, noon.UnixMilli()
	raw, err := wire.EncodeRecord(&r)
	if err != nil {
		panic(err) // a mistake in this test
	}
	h.head = wire.Hash(raw)
	return &ledger.Entry{Received: &ledger.RecordReceived{Raw: raw, Merchant: "M1",
		Outcome: voucher.Outcome{ID: r.ID, Result: result, At: noon.UnixMilli()}}}
}

// openViews opens the book, and the views, which may be older or gone but must never say anything else than the book.
func openViews(at job) (r report) {
	var said alarms
	h := &hub{dir: filepath.Join(at.Folder, "hub"), log: slog.New(&said)}
	if r.failed("open", h.open()) {
		return r
	}
	r.Seen = h.seen()
	if h.views.Position() == 0 {
		r.Notes = append(r.Notes, "views begun anew")
	}
	r.failed("look", errors.Join(h.agree(at.Folder), h.views.Check(context.Background()), said.err))
	err := h.append(&ledger.Entry{Issued: &ledger.VouchersIssued{Phase: 1, Tier: 1, Vouchers: []ledger.Issued{{Serial: 1 << 40}}}})
	r.failed("write", errors.Join(err, h.views.CatchUp(context.Background(), h.book), h.close()))
	if r.failed("again", h.open()) {
		return r
	}
	head, _ := h.book.Head()
	if got := h.views.Position(); got != head {
		r.failed("again", fmt.Errorf("the views are at %d, the book at %d", got, head))
	}
	r.failed("again", errors.Join(said.err, h.close()))
	return r
}

// agree lets the views catch up, and compares them with views that are folded from the book's beginning.
func (h *hub) agree(folder string) error {
	if err := h.views.CatchUp(context.Background(), h.book); err != nil {
		return err
	}
	have, err := seenViews(h.views)
	if err != nil {
		return err
	}
	want, err := h.folded(folder)
	if err == nil && have != want {
		err = fmt.Errorf("the views say something else than the book: %s, and not %s", have, want)
	}
	return err
}

// foldedOnce is what views say that are folded from a book's beginning, by where the book stands. Many states have the same
// book, and a process opens one after the other.
var foldedOnce = map[string]string{}

func (h *hub) folded(folder string) (string, error) {
	if once := foldedOnce[h.seen()]; once != "" {
		return once, nil
	}
	dir, err := os.MkdirTemp(folder, "fresh-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	fresh, err := store.Open(context.Background(), filepath.Join(dir, "views.db"), store.Options{})
	if err != nil {
		return "", err
	}
	defer fresh.Close()
	if err := fresh.CatchUp(context.Background(), h.book); err != nil {
		return "", err
	}
	says, err := seenViews(fresh)
	foldedOnce[h.seen()] = says
	return says, err
}

// seenViews is all that the views can be asked for.
func seenViews(v *store.Store) (string, error) {
	ctx, sum := context.Background(), sha256.New()
	out := json.NewEncoder(sum)
	records, err1 := v.Redemptions(ctx, store.Filter{})
	merchants, err2 := v.Merchants(ctx)
	terminals, err3 := v.Terminals(ctx)
	days, err4 := v.Summary(ctx, "", "")
	cases, err5 := v.Cases(ctx)
	err := errors.Join(err1, err2, err3, err4, err5, out.Encode([]any{records, merchants, terminals, days, cases}))
	vouchers := 0
	for serial := voucher.Serial(1); err == nil; serial++ {
		var row store.VoucherRow
		if row, err = v.Voucher(ctx, serial, noon); errors.Is(err, store.ErrNotFound) {
			err = nil
			break
		}
		out.Encode(row)
		vouchers++
	}
	return fmt.Sprintf("up to %d: %d records, %d vouchers, all %x", v.Position(), len(records), vouchers, sum.Sum(nil)[:6]), err
}

// alarms keeps what was logged as an error: that the book has lost what the views have seen, where nothing was lost.
type alarms struct{ err error }

func (*alarms) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (a *alarms) WithAttrs([]slog.Attr) slog.Handler         { return a }
func (a *alarms) WithGroup(string) slog.Handler              { return a }
func (a *alarms) Handle(_ context.Context, r slog.Record) error {
	a.err = errors.New("false alarm: " + r.Message)
	r.Attrs(func(at slog.Attr) bool { a.err = fmt.Errorf("%w %s", a.err, at); return true })
	return nil
}
