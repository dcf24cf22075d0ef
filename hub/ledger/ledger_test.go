package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var (
	start   = time.Date(2023, 12, 11, 0, 0, 0, 0, time.UTC)
	issuing = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	hubKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
)

func law(stock voucher.StockAt, units uint32) voucher.Campaign {
	return voucher.Campaign{
		ID: "test", Number: 9, Name: voucher.Text{Zh: "测试", En: "test"}, Area: voucher.Area{Code: "410423"}, Zone: "Asia/Shanghai",
		Budget: 1_000_000_00, StockAt: stock, Person: voucher.PerTradeAndPhase,
		Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 8, Sum: 200_00, Age: 24 * time.Hour, Patience: time.Second},
		Phases:  []voucher.Phase{{No: 1, Start: start, End: start.Add(7 * 24 * time.Hour), Budget: 700_000_00}},
		Tiers: []voucher.Tier{
			{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 10_00, Threshold: 50_00, Stock: []uint32{units}},
			{No: 2, ID: "supermarket-20", Trade: voucher.Supermarket, Face: 20_00, Threshold: 100_00, Stock: []uint32{units}},
		},
	}
}

// tester is what both kinds of test have.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Error(...any)
}

// hub is a ledger over a real book, with a clock that the test moves.
type hub struct {
	*Ledger
	t    tester
	dir  string
	book *book.Book
	now  time.Time
	stop func()
	next voucher.Serial
	said []Change

	single bool // it decides in the caller's goroutine

	restored int
	codes    []voucher.Code
}

func newHub(t tester, dir string) *hub {
	h := &hub{t: t, dir: dir, now: start.Add(time.Hour), next: 1}
	h.open()
	return h
}

func (h *hub) open() {
	var err error
	if h.book, err = book.Open(h.dir, book.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.Ledger, err = Open(ctx, h.book, h.options(h.single))
	if err != nil {
		h.t.Fatal(err)
	}
	if h.single {
		h.stop = func() { cancel(); h.must(h.book.Close()) }
		return
	}
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.stop = func() {
		cancel()
		<-done
		if err := h.book.Close(); err != nil {
			h.t.Error(err)
		}
	}
}

func (h *hub) options(inline bool) Options {
	return Options{Now: func() time.Time { return h.now }, Sign: func(raw []byte) []byte { return wire.Sign(raw, hubKey, wire.ForLease) },
		Changed: func(c Change) { h.said = append(h.said, c) }, Ratchet: []byte("ratchet"), Inline: inline}
}

// restart is a hub that was ended and starts anew on its book.
func (h *hub) restart() { h.stop(); h.open() }

func (h *hub) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) made(generation byte) HubMade {
	return HubMade{Generation: []byte{generation}, Key: hubKey.Public().(ed25519.PublicKey), Issuing: wire.Key{ID: 1, Public: issuing.Public().(ed25519.PublicKey)}}
}

func (h *hub) begin(c voucher.Campaign) {
	ctx := context.Background()
	h.must(h.Found(ctx, h.made(1)))
	_, _, err := h.Apply(ctx, c)
	h.must(err)
	for _, code := range []voucher.MerchantID{"M1", "M2"} {
		_, _, err = h.SetMerchants(ctx, []voucher.Merchant{{Code: code, Name: string(code), Trade: voucher.Supermarket, Status: voucher.MerchantActive}})
		h.must(err)
	}
}

func (h *hub) issue(tier voucher.TierNo) voucher.Code {
	h.t.Helper()
	code := voucher.Sign(voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: tier, Serial: h.next}, issuing)
	h.next++
	h.must(h.Issue(context.Background(), VouchersIssued{Phase: 1, Tier: tier, Vouchers: []Issued{{Serial: code.Body.Serial, Sight: code.Sight()}}}))
	return code
}

func (h *hub) pools() map[voucher.TierID]Pool {
	s, err := h.Summary(context.Background())
	h.must(err)
	all := map[voucher.TierID]Pool{}
	for _, p := range s.Pools {
		all[p.Tier] = p
	}
	return all
}

// till makes chained records as a terminal does.
type till struct {
	h    *hub
	id   voucher.TerminalID
	key  byte
	raw  [][]byte
	head [32]byte
	sent int

	epoch      uint32
	ratchet    wire.Ratchet   // on its disk
	generation []byte         // of the hub that it last heard
	acks       []wire.AckBody // as they came
	settled    uint64         // records up to this one have had the hub's word
	lease      uint32         // serial
	lent       *wire.Signed   // the lease and the law, as received
	named      *wire.Signed
}

func (h *hub) till(merchant voucher.MerchantID, key byte) *till {
	h.t.Helper()
	ctx := context.Background()
	secret := bytes.Repeat([]byte{key}, 32)
	h.must(h.MakeToken(ctx, TokenMade{Hash: secret, Merchant: merchant, Expires: h.now.Add(24 * time.Hour).UnixMilli()}))
	e, err := h.Enrol(ctx, Enrolment{Hash: [32]byte(secret), Key: []byte{key}, Version: "test"})
	h.must(err)
	_, err = h.TopUp(ctx, e.ID)
	h.must(err)
	return &till{h: h, id: e.ID, key: key, epoch: 1, generation: h.Generation()}
}

func (t *till) record(r voucher.Record) uint64 {
	r.ID = voucher.RedemptionID{Terminal: t.id, Epoch: t.epoch, Number: uint64(len(t.raw)) + 1}
	r.Prev, r.At, r.Sure = t.head, t.h.now.UnixMilli(), true
	raw, err := wire.EncodeRecord(&r)
	t.h.must(err)
	t.raw, t.head = append(t.raw, raw), wire.Hash(raw)
	return r.ID.Number
}

func sale(code voucher.Code, bill voucher.Fen) *voucher.Redemption {
	return &voucher.Redemption{Voucher: code.Body, Sight: code.Sight(), Bill: bill}
}

func (t *till) ask(code voucher.Code, bill voucher.Fen) uint64 {
	return t.record(voucher.Record{Kind: voucher.Ask, Sale: sale(code, bill)})
}

func (t *till) accept(code voucher.Code, bill voucher.Fen) uint64 {
	return t.record(voucher.Record{Kind: voucher.Accept, Sale: sale(code, bill), Lease: 1})
}

func (t *till) about(kind voucher.Kind, of uint64) uint64 {
	return t.record(voucher.Record{Kind: kind, Of: of, Lease: 1})
}

// batch is records from..to as a frame.
func (t *till) batch(from, to int) Batch {
	b := Batch{Terminal: t.id, Sig: []byte("sig")}
	for _, raw := range t.raw[from:to] {
		r, err := wire.DecodeRecord(raw)
		if err != nil {
			r = &voucher.Record{ID: voucher.RedemptionID{Terminal: t.id, Epoch: t.epoch}}
			if id, prev, err := wire.ReadLink(raw); err == nil {
				r.ID, r.Prev = id, prev
			}
		}
		b.Records, b.Raw = append(b.Records, r), append(b.Raw, raw)
	}
	return b
}

// sync sends what was not sent and gives the last outcome.
func (t *till) sync() voucher.Outcome {
	t.h.t.Helper()
	ack, err := t.h.Receive(context.Background(), t.batch(t.sent, len(t.raw)))
	t.h.must(err)
	t.sent = len(t.raw)
	if ack.Last != uint64(t.sent) || !bytes.Equal(ack.Head, t.head[:]) {
		t.h.t.Fatalf("the hub holds %d records, %d were sent", ack.Last, t.sent)
	}
	return ack.Outcomes[len(ack.Outcomes)-1]
}

// again sends record n once more and gives its outcome.
func (t *till) again(n int) voucher.Outcome {
	t.h.t.Helper()
	ack, err := t.h.Receive(context.Background(), t.batch(n-1, n))
	t.h.must(err)
	return ack.Outcomes[0]
}

func TestOutcomes(t *testing.T) {
	type want struct {
		result voucher.Result
		reason voucher.Reason
	}
	ok, noted, undone := want{voucher.Redeemed, voucher.OK}, want{voucher.Noted, voucher.OK}, want{voucher.Undone, voucher.OK}
	for _, c := range []struct {
		name string
		play func(h *hub, a, b *till) voucher.Outcome
		want want
	}{
		{"a good voucher", func(h *hub, a, b *till) voucher.Outcome { a.ask(h.issue(1), 58_00); return a.sync() }, ok},
		{"one fen below the threshold", func(h *hub, a, b *till) voucher.Outcome { a.ask(h.issue(1), 49_99); return a.sync() }, want{voucher.Rejected, voucher.BelowThreshold}},
		{"a voucher never issued", func(h *hub, a, b *till) voucher.Outcome {
			a.ask(voucher.Sign(voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: 1, Serial: 77777}, issuing), 58_00)
			return a.sync()
		}, want{voucher.Rejected, voucher.UnknownVoucher}},
		{"a serial somebody knows without having seen the code", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			a.record(voucher.Record{Kind: voucher.Ask, Sale: &voucher.Redemption{Voucher: code.Body, Bill: 58_00}})
			return a.sync()
		}, want{voucher.Rejected, voucher.Forged}},
		{"a serial somebody knows, accepted offline", func(h *hub, a, b *till) voucher.Outcome {
			a.record(voucher.Record{Kind: voucher.Accept, Sale: &voucher.Redemption{Voucher: h.issue(1).Body, Bill: 58_00}, Lease: 1})
			return a.sync()
		}, want{voucher.Disputed, voucher.Forged}},
		{"a serial somebody knows, accepted by a suspended merchant: the holder's own use after that", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			h.must(h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "test"))
			a.record(voucher.Record{Kind: voucher.Accept, Sale: &voucher.Redemption{Voucher: code.Body, Bill: 58_00}, Lease: 1})
			a.sync()
			b.ask(code, 58_00)
			return b.sync()
		}, ok},
		{"a serial somebody knows, accepted offline: the holder's own use after that", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			a.record(voucher.Record{Kind: voucher.Accept, Sale: &voucher.Redemption{Voucher: code.Body, Bill: 58_00}, Lease: 1})
			a.sync()
			b.ask(code, 58_00)
			return b.sync()
		}, ok},
		{"a tier changed to a dearer one", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			s := sale(code, 100_00)
			s.Voucher.Tier = 2
			a.record(voucher.Record{Kind: voucher.Ask, Sale: s})
			return a.sync()
		}, want{voucher.Rejected, voucher.Forged}},
		{"used twice at one till", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			a.ask(code, 58_00)
			a.ask(code, 58_00)
			return a.sync()
		}, want{voucher.Rejected, voucher.AlreadyRedeemed}},
		{"accepted offline within the lease", func(h *hub, a, b *till) voucher.Outcome { a.accept(h.issue(1), 58_00); return a.sync() }, ok},
		{"accepted offline at two tills", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			a.accept(code, 58_00)
			b.accept(code, 58_00)
			a.sync()
			return b.sync()
		}, want{voucher.Disputed, voucher.AlreadyRedeemed}},
		{"accepted offline below the threshold by a false till", func(h *hub, a, b *till) voucher.Outcome { a.accept(h.issue(1), 1_00); return a.sync() }, want{voucher.Disputed, voucher.BelowThreshold}},
		{"accepted offline without a lease", func(h *hub, a, b *till) voucher.Outcome {
			a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(h.issue(1), 58_00)})
			return a.sync()
		}, want{voucher.Disputed, voucher.OfflineLimit}},
		{"accepted offline once more than the lease has", func(h *hub, a, b *till) voucher.Outcome {
			for range 9 {
				a.accept(h.issue(1), 58_00)
			}
			return a.sync()
		}, want{voucher.Disputed, voucher.OfflineLimit}},
		{"accepted after the lease had ended", func(h *hub, a, b *till) voucher.Outcome {
			h.now = h.now.Add(25 * time.Hour)
			a.accept(h.issue(1), 58_00)
			return a.sync()
		}, want{voucher.Disputed, voucher.OfflineLimit}},
		{"accepted on the last day, heard of after the phase", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			h.now = start.Add(7*24*time.Hour - time.Hour)
			_, err := h.TopUp(context.Background(), a.id)
			h.must(err)
			a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(code, 58_00), Lease: 2})
			h.now = h.now.Add(10 * time.Hour)
			return a.sync()
		}, ok},
		{"accepted after the phase, by a till's own trusted time", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			h.now = start.Add(7 * 24 * time.Hour)
			a.accept(code, 58_00)
			return a.sync()
		}, want{voucher.Disputed, voucher.Expired}},
		{"reversed because nobody was shown it", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Reverse, a.ask(h.issue(1), 58_00))
			return a.sync()
		}, undone},
		{"reversed after it had been refused", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Reverse, a.ask(h.issue(1), 1_00))
			return a.sync()
		}, noted},
		{"used again after a reversal", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			a.about(voucher.Reverse, a.ask(code, 58_00))
			a.sync()
			b.ask(code, 58_00)
			return b.sync()
		}, ok},
		{"voided", func(h *hub, a, b *till) voucher.Outcome {
			n := a.ask(h.issue(1), 58_00)
			a.sync()
			a.about(voucher.Void, n)
			return a.sync()
		}, undone},
		{"voided twice", func(h *hub, a, b *till) voucher.Outcome {
			n := a.ask(h.issue(1), 58_00)
			a.about(voucher.Void, n)
			a.about(voucher.Void, n)
			return a.sync()
		}, noted},
		{"an offline acceptance voided", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Void, a.accept(h.issue(1), 58_00))
			return a.sync()
		}, undone},
		{"an offline acceptance cannot be reversed as if nobody had seen it", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Reverse, a.accept(h.issue(1), 58_00))
			return a.sync()
		}, noted},
		{"confirmed after the hub had recorded it", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Confirm, a.ask(h.issue(1), 58_00))
			return a.sync()
		}, noted},
		{"confirmed though another till was first", func(h *hub, a, b *till) voucher.Outcome {
			code := h.issue(1)
			b.ask(code, 58_00)
			b.sync()
			a.about(voucher.Confirm, a.ask(code, 58_00))
			return a.sync()
		}, want{voucher.Disputed, voucher.AlreadyRedeemed}},
		{"confirmed twice", func(h *hub, a, b *till) voucher.Outcome {
			n := a.ask(h.issue(1), 58_00)
			a.about(voucher.Confirm, n)
			a.about(voucher.Confirm, n)
			return a.sync()
		}, noted},
		{"a Void of a Void", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Void, a.about(voucher.Void, a.ask(h.issue(1), 58_00)))
			return a.sync()
		}, noted},
		{"a Confirm of an acceptance", func(h *hub, a, b *till) voucher.Outcome {
			a.about(voucher.Confirm, a.accept(h.issue(1), 58_00))
			return a.sync()
		}, noted},
		{"a suspended merchant's ask", func(h *hub, a, b *till) voucher.Outcome {
			h.must(h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "test"))
			a.ask(h.issue(1), 58_00)
			return a.sync()
		}, want{voucher.Rejected, voucher.MerchantNotActive}},
		{"a revoked terminal's offline acceptance", func(h *hub, a, b *till) voucher.Outcome {
			h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalRevoked, "test"))
			a.accept(h.issue(1), 58_00)
			return a.sync()
		}, want{voucher.Disputed, voucher.TerminalIsRevoked}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, t.TempDir())
			defer func() { h.stop() }()
			h.begin(law(voucher.AtClaim, 100))
			got := c.play(h, h.till("M1", 1), h.till("M2", 2))
			if (want{got.Result, got.Reason}) != c.want {
				t.Fatalf("result %d %s, want %d %s", got.Result, got.Reason, c.want.result, c.want.reason)
			}
			if (got.Result == voucher.Disputed) != (got.Case != 0) || (got.Reason == voucher.AlreadyRedeemed) == got.Winner.IsZero() {
				t.Fatalf("a dispute needs a case, a used voucher its winner: %+v", got)
			}
			h.refold()
		})
	}
}

// refold holds that the book folds into the very state that decided.
func (h *hub) refold() {
	h.t.Helper()
	var live string
	h.must(h.tell(context.Background(), func(d *draft) error { live = dump(d.state); return nil }))
	s, err := fold(context.Background(), h.book)
	h.must(err)
	if again := dump(s); again != live {
		h.t.Fatalf("the book folds into another state:\n%s\n%s", live, again)
	}
}

// lives lists the terminal's epochs in order.
func dump(s *state) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %d %d %s %+v\n", s.position, s.at, s.cases, s.redeemed, s.campaign)
	for _, p := range s.sortedPools() {
		fmt.Fprintf(&b, "%v %+v\n", p, *s.pools[p])
	}
	fmt.Fprintf(&b, "%+v %x\n", s.recovery, s.hub.Generation)
	for _, id := range slices.Sorted(maps.Keys(s.terminals)) {
		t := s.terminals[id]
		fmt.Fprintf(&b, "%s %q %d %d %d %v %v\n", t.ID, t.state, t.setAt, t.fork, t.epoch, t.reported, t.awaited)
		fmt.Fprintf(&b, "%d %+v %v %s %+v\n", t.since, t.pace, t.proposed, t.lane, t.lanes)
		for _, e := range t.lives() {
			fmt.Fprintf(&b, "%d %+v %+v %v %d %d %d %v\n", e.epoch, e.lease, e.used, e.untils, len(e.strays), e.turn, e.confirmed, e.closed != nil)
			fmt.Fprintf(&b, " %v %v %v %d\n", e.copied, e.grant != nil, e.written != nil, e.open)
			for _, l := range e.chain {
				fmt.Fprintf(&b, " %x %+v %d %d %v %v %v\n", l.hash[:4], l.outcome, l.units, l.confirm, l.taken != nil, l.paid, l.of)
			}
		}
	}
	fmt.Fprintf(&b, "%d %d %d %d %d\n", s.claims, s.paid, s.open, s.kept, len(s.signers))
	for n := range s.cases {
		if c := s.dossiers[n+1]; c != nil {
			opened, _ := wire.Marshal(c.CaseOpened)
			fmt.Fprintf(&b, "%x %s %d %d %v %s %v\n", opened, c.merchant, c.units, c.claim, c.proposed, c.void, c.undone)
			if c.ruling != nil {
				fmt.Fprintf(&b, " %+v\n", *c.ruling)
			}
		}
	}
	for n := voucher.Serial(1); int(n) <= len(s.vouchers); n++ {
		if v := s.vouchers[n]; v != nil {
			fmt.Fprintf(&b, "%s %d %v %s\n", v.Serial, v.standing, v.disputed, v.by)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(s.lanes)) {
		fmt.Fprintf(&b, "lane %s %d %v %s\n", n, s.lanes[n].standing, s.lanes[n].disputed, s.lanes[n].by)
	}
	fmt.Fprintf(&b, "%d\n", s.watched)
	for n := range s.cases {
		if c := s.inquiries[n+1]; c != nil {
			told := s.told(c)
			told.Alerts = nil
			fmt.Fprintf(&b, "%+v\n", told)
			for _, a := range c.alerts {
				fmt.Fprintf(&b, " %+v\n", *a)
			}
		}
	}
	fmt.Fprintf(&b, "%v %v %d\n", s.spent.at, s.spent.numbers, s.numbers.Len())
	return b.String()
}

func TestAskedTwiceAnsweredTheSame(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	code := h.issue(1)
	a.ask(code, 58_00)
	a.ask(code, 58_00)
	a.about(voucher.Void, 1)
	first, err := h.Receive(context.Background(), a.batch(0, 3))
	h.must(err)
	before := h.book
	at, _ := before.Head()
	for range 2 {
		h.now = h.now.Add(time.Hour)
		again, err := h.Receive(context.Background(), a.batch(0, 3))
		if err != nil || !reflect.DeepEqual(again.Outcomes, first.Outcomes) {
			t.Fatalf("%v\n%+v\n%+v", err, first.Outcomes, again.Outcomes)
		}
		if now, _ := h.book.Head(); now != at {
			t.Fatalf("asking again wrote %d entries", now-at)
		}
		h.restart()
	}
}

func TestAGapIsNamedAndNothingAfterItTaken(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	for range 3 {
		a.ask(h.issue(1), 58_00)
	}
	ack, err := h.Receive(context.Background(), a.batch(1, 3))
	if !errors.Is(err, ErrGap) || ack.Last != 0 || len(ack.Outcomes) != 0 {
		t.Fatalf("%v %+v", err, ack)
	}
	if a.sync(); a.sent != 3 {
		t.Fatal("the records were not taken in order afterwards")
	}
}

func TestASecondChainFreezesTheTerminalAndKeepsBoth(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	clone := *a
	clone.raw = append([][]byte{}, a.raw...)
	one, two := h.issue(1), h.issue(1)
	a.accept(one, 58_00)
	a.sync()
	clone.accept(two, 60_00)
	clone.accept(h.issue(1), 60_00)
	ack, err := h.Receive(context.Background(), clone.batch(0, 2))
	h.must(err)
	for i, o := range ack.Outcomes {
		if o.Result != voucher.Disputed || o.Reason != voucher.TerminalIsFrozen || o.Case != uint64(i)+2 {
			t.Fatalf("case 1 is about the terminal, and each acceptance has its own: %+v", o)
		}
	}
	info, err := h.Terminal(context.Background(), a.id)
	if err != nil || info.State != voucher.TerminalFrozen || info.Last != 1 {
		t.Fatalf("%v %+v", err, info)
	}
	if last := h.said[len(h.said)-1]; len(last.Terminals) != 1 || last.Terminals[0] != a.id {
		t.Fatalf("nobody was told to tell the terminal: %+v", h.said)
	}
	at, _ := h.book.Head()
	_, err = h.Receive(context.Background(), clone.batch(0, 2))
	h.must(err)
	if now, _ := h.book.Head(); now != at {
		t.Fatal("the same second chain again wrote entries")
	}
	a.accept(two, 58_00)
	if o := a.sync(); o.Result != voucher.Disputed || o.Reason != voucher.TerminalIsFrozen || o.Case != 4 {
		t.Fatalf("what the frozen terminal accepted is a case of its own: %+v", o)
	}
	h.refold()
}

// A terminal that has the law of a hub of an earlier version, without the key of payers, gets it again.
func TestTheLawWithTheKeyOfPayersIsNewer(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	before, err := h.Law(context.Background(), a.id)
	h.must(err)
	h.o.Payers = []byte("key")
	with, err := h.Law(context.Background(), a.id)
	h.must(err)
	h.must(h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "x"))
	after, err := h.Law(context.Background(), a.id)
	h.must(err)
	if len(before.Payers) > 0 || string(with.Payers) != "key" || with.Revision <= before.Revision || after.Revision <= with.Revision {
		t.Fatalf("%d, with the key %d, after a change %d", before.Revision, with.Revision, after.Revision)
	}
}
