package ledger

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// The machine plays tills that ask, accept inside and outside their leases, confirm, reverse, void, surrender, send late,
// in pieces and twice, copies of their disks, persons who decide cases, lane vouchers, leases recalled and written off, a hub that restarts, and time that passes, for both
// ways of stock. After each step it holds the
// guarantees: G1 (also checked at every entry), G2, G3, and that the book folds into the same state.
func TestGuaranteesHoldInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := law(rapid.SampledFrom([]voucher.StockAt{voucher.AtClaim, voucher.AtRedemption}).Draw(t, "stock at"), rapid.Uint32Range(0, 12).Draw(t, "units"))
		if rapid.Bool().Draw(t, "fund bears") {
			c.Offline.Bears, c.Offline.Reserve = voucher.FundBears, 150_00
		}
		m := newMachine(t, c)
		defer func() { m.stop() }()
		t.Repeat(map[string]func(*rapid.T){
			"issue": m.issueOne, "ask": m.askOne, "accept": m.acceptOne, "undo": m.undoOne, "surrender": m.surrenderOne,
			"lane": m.laneOne, "copy": m.copyOne, "decide": m.decideOne, "report": m.reportOne, "write off": m.writeOffOne,
			"send": m.send, "send again": m.sendAgain, "top up": m.topUp, "later": m.later, "restart": func(t *rapid.T) { m.restart() },
			"": m.check,
		})
		m.refold()
	})
}

type machine struct {
	*hub
	law   voucher.Campaign
	tills []*till
	codes []voucher.Code
	who   []signer
}

func newMachine(t *rapid.T, c voucher.Campaign) *machine {
	m := &machine{hub: newHub(t, tempDir(t)), law: c}
	m.begin(c)
	for i, merchant := range []voucher.MerchantID{"M1", "M1", "M2"} {
		m.tills = append(m.tills, m.till(merchant, byte(i+1)))
	}
	m.who = []signer{m.signer("li"), m.signer("wang")}
	return m
}

func (m *machine) issueOne(t *rapid.T) {
	tier := voucher.TierNo(rapid.IntRange(1, 2).Draw(t, "tier"))
	code := voucher.Sign(voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: tier, Serial: m.next}, issuing)
	err := m.Issue(context.Background(), VouchersIssued{Phase: 1, Tier: tier, Vouchers: []Issued{{Serial: code.Body.Serial, Sight: code.Sight()}}})
	if err == nil {
		m.next++
		m.codes = append(m.codes, code)
	}
}

// laneOne gives a till a lane voucher, which from then on is scanned at any till like any other.
func (m *machine) laneOne(t *rapid.T) {
	code, no, err := m.LaneVoucher(context.Background(), rapid.SampledFrom(m.tills).Draw(t, "till").id, uint32(m.next), signLane)
	m.must(err)
	if no == voucher.OK {
		m.next++
		m.codes = append(m.codes, code)
	}
}

func (m *machine) pick(t *rapid.T) (*till, voucher.Code) {
	if len(m.codes) == 0 {
		t.Skip("nothing issued")
	}
	return rapid.SampledFrom(m.tills).Draw(t, "till"), rapid.SampledFrom(m.codes).Draw(t, "code")
}

func bill(t *rapid.T) voucher.Fen {
	return rapid.SampledFrom([]voucher.Fen{49_99, 50_00, 120_00}).Draw(t, "bill")
}

func (m *machine) askOne(t *rapid.T) {
	till, code := m.pick(t)
	n := till.ask(code, bill(t))
	switch rapid.IntRange(0, 3).Draw(t, "then") {
	case 0:
		till.about(voucher.Reverse, n)
	case 1:
		till.record(voucher.Record{Kind: voucher.Confirm, Of: n, Lease: m.serial(till)})
	}
}

func (m *machine) serial(till *till) uint32 {
	info, err := m.Terminal(context.Background(), till.id)
	m.must(err)
	return info.Lease.Serial
}

func (m *machine) acceptOne(t *rapid.T) {
	till, code := m.pick(t)
	s := sale(code, bill(t))
	switch rapid.IntRange(0, 9).Draw(t, "false") {
	case 0:
		s.Sight = voucher.Sight{1} // the serial is known, the code was never seen
	case 1:
		s.Voucher.Serial = 1 << 40 // never issued
	}
	till.record(voucher.Record{Kind: voucher.Accept, Sale: s, Lease: m.serial(till)})
}

func (m *machine) undoOne(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	if len(till.raw) == 0 {
		t.Skip("no records")
	}
	kind := rapid.SampledFrom([]voucher.Kind{voucher.Void, voucher.Reverse, voucher.Confirm}).Draw(t, "kind")
	till.about(kind, uint64(rapid.IntRange(1, len(till.raw)).Draw(t, "of")))
}

func (m *machine) surrenderOne(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	till.record(voucher.Record{Kind: voucher.Surrender, Lease: m.serial(till)})
	till.sync()
}

// copyOne lets a copy of a till's disk send another record under the number of one that was sent. The till is frozen then,
// so it is done seldom.
func (m *machine) copyOne(t *rapid.T) {
	till, code := m.pick(t)
	if till.sent == 0 || rapid.IntRange(0, 4).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	n := rapid.IntRange(1, till.sent).Draw(t, "of")
	other := *till
	other.raw, other.head = append([][]byte{}, till.raw[:n-1]...), [32]byte{}
	if n > 1 {
		other.head = wire.Hash(till.raw[n-2])
	}
	first := sale(code, bill(t))
	first.Order = "copy" // or it would be the very same record
	other.record(voucher.Record{Kind: voucher.Accept, Sale: first, Lease: 1})
	other.ask(code, bill(t))
	other.about(voucher.Confirm, uint64(n)+1)
	_, err := m.Receive(context.Background(), other.batch(n-1, n+2))
	m.must(err)
}

// decideOne has a case decided, by the operator where one is enough, else by two persons. A refusal is an answer.
func (m *machine) decideOne(t *rapid.T) {
	s, err := m.Summary(context.Background())
	m.must(err)
	if s.Cases == 0 {
		t.Skip("no cases")
	}
	n := rapid.Uint64Range(1, s.Cases).Draw(t, "case")
	info, err := m.Case(context.Background(), n)
	m.must(err)
	verdict := rapid.SampledFrom([]voucher.CaseVerdict{voucher.Pay, voucher.Refuse, voucher.Revoke, voucher.Resume}).Draw(t, "verdict")
	if verdict == info.Rule.Propose && rapid.Bool().Draw(t, "console") {
		m.decides(byConsole(n, verdict))
		return
	}
	for _, p := range m.who {
		m.decides(p.decides(t, n, verdict, "x"))
	}
}

func (m *machine) send(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	if till.sent == len(till.raw) {
		t.Skip("nothing to send")
	}
	to := rapid.IntRange(till.sent+1, len(till.raw)).Draw(t, "to")
	_, err := m.Receive(context.Background(), till.batch(till.sent, to))
	m.must(err)
	till.sent = to
}

func (m *machine) sendAgain(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	if till.sent == 0 {
		t.Skip("nothing was sent")
	}
	at, _ := m.book.Head()
	from := rapid.IntRange(0, till.sent-1).Draw(t, "from")
	_, err := m.Receive(context.Background(), till.batch(from, till.sent))
	m.must(err)
	if now, _ := m.book.Head(); now != at {
		t.Fatalf("what was sent again wrote %d entries", now-at)
	}
}

func (m *machine) topUp(t *rapid.T) {
	_, err := m.TopUp(context.Background(), rapid.SampledFrom(m.tills).Draw(t, "till").id)
	m.must(err)
}

// reportOne has a till report; asked for its lease it writes a surrender, which goes out when it sends.
func (m *machine) reportOne(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	r, err := m.Report(context.Background(), till.id, 1, wire.Status{Lease: m.serial(till)})
	m.must(err)
	if r.Recall != nil {
		till.record(voucher.Record{Kind: voucher.Surrender, Lease: r.Recall.Lease})
	}
}

// writeOffOne has two persons write off what a till has left, or only the first of them.
func (m *machine) writeOffOne(t *rapid.T) {
	till := rapid.SampledFrom(m.tills).Draw(t, "till")
	if rapid.IntRange(0, 4).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	body, no := m.statement(till.id, rapid.Bool().Draw(t, "past"), rapid.Bool().Draw(t, "release"), "lost")
	if no != "" {
		t.Skip(no)
	}
	for _, p := range m.who[:rapid.IntRange(1, 2).Draw(t, "persons")] {
		if _, no := m.writesOff(p.sign(m.t, body, ForWriteOff)); no != "" {
			t.Fatal(no)
		}
	}
}

func (m *machine) later(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "hours")) * time.Hour)
}

func (m *machine) check(t *rapid.T) {
	m.must(m.tell(context.Background(), func(d *draft) error { m.holds(t, d.state); return nil }))
}

func (m *machine) holds(t *rapid.T, s *state) {
	redeemed, live, lent, written := map[voucher.Serial]int{}, map[pool]int64{}, map[pool]int64{}, map[pool]int64{}
	var sum, open, kept voucher.Fen
	for _, till := range s.terminals {
		for _, e := range till.lives() {
			in, money := lent, &open
			if e.written != nil {
				in, money = written, &kept
			}
			if e.written == nil || !e.written.Release {
				*money += max(0, e.lease.Sum-e.used.Sum)
				for _, p := range e.lease.Pools {
					in[pool{p.Phase, p.Tier}] += max(0, int64(p.Units)-int64(voucher.Units(e.used.Pools, p.Phase, p.Tier)))
				}
			}
			for _, l := range e.chain {
				if l.taken != nil && l.outcome.Result == voucher.Redeemed {
					redeemed[l.taken.Serial]++
					live[l.taken.pool]++
					sum += s.tier(l.taken.tier).Face
				}
			}
		}
	}
	disputed, returned := map[pool]int64{}, map[pool]int64{}
	var claims, paid voucher.Fen
	for _, c := range s.dossiers {
		if c.sale == nil {
			continue
		}
		at := pool{c.sale.Voucher.Phase, c.sale.Voucher.Tier}
		switch r := c.ruling; {
		case r == nil:
			claims += c.claim
			if c.units != NoDraw {
				disputed[at]++
			}
		case r.From == FromReserve:
			paid += r.Paid
		case c.undone:
		case r.Verdict == voucher.Pay:
			live[at]++
			sum += r.Paid
			if v := s.vouchers[c.sale.Voucher.Serial]; v != nil && v.by == c.Record {
				redeemed[v.Serial]++
			}
		case c.units == FromVoucher && c.void.IsZero():
			returned[at]++
		}
	}
	if p := s.pools[pool{voucher.LanePhase, voucher.LaneTier}]; p != nil {
		t.Fatalf("lane vouchers have a pool: %+v", *p)
	}
	for serial, n := range redeemed {
		if n > 1 {
			t.Fatalf("voucher %s is redeemed %d times (G3)", serial, n)
		}
	}
	for at, u := range s.pools {
		if err := u.check(at); err != nil || u.redeemed != live[at] || u.redeemed > u.stock {
			t.Fatalf("%v: %+v, %d live redemptions (G1, G2)", err, *u, live[at])
		}
		if u.leased != lent[at] || u.writtenOff != written[at] {
			t.Fatalf("%d units are leased and %d written off, the terminals have %d and %d", u.leased, u.writtenOff, lent[at], written[at])
		}
		if u.disputed != disputed[at] {
			t.Fatalf("%d units are disputed, the open cases hold %d", u.disputed, disputed[at])
		}
		if m.law.StockAt == voucher.AtClaim && u.issued-returned[at] > u.stock {
			t.Fatalf("%d issued of %d, %d came back from refused cases (G2)", u.issued, u.stock, returned[at])
		}
	}
	if sum != s.redeemed {
		t.Fatalf("redeemed %s, the vouchers say %s", s.redeemed, sum)
	}
	if open != s.open || kept != s.kept || claims != s.claims || paid != s.paid {
		t.Fatalf("open leases %s, claims %s, paid %s are counted as %s, %s, %s", open, claims, paid, s.open, s.claims, s.paid)
	}
	if reserve := m.law.Offline.Reserve; m.law.Offline.Bears == voucher.FundBears && s.committed() > reserve || paid > reserve {
		t.Fatalf("%s lent, %s claimed and %s paid of a reserve of %s (G2)", open, claims, paid, reserve)
	}
}

func TestStockAtRedemption(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 4))
	a, b := h.till("M1", 1), h.till("M2", 2)
	if p := h.pools()["supermarket-10"]; p.Leased != 2 || p.Free != 2 {
		// a is lent half of the 4 free units; b an equal share of half of the 2 that are left, which is less than one.
		t.Fatalf("%+v", p)
	}
	b.ask(h.issue(1), 58_00)
	b.ask(h.issue(1), 58_00)
	if o := b.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("%+v", o)
	}
	b.ask(h.issue(1), 58_00)
	if o := b.sync(); o.Reason != voucher.OutOfStock {
		t.Fatalf("the rest is lent, and %+v", o)
	}
	n := a.ask(h.issue(1), 58_00)
	if o := a.sync(); o.Reason != voucher.OutOfStock {
		t.Fatalf("%+v", o)
	}
	a.about(voucher.Confirm, n)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("a takes it from its lease, and %+v", o)
	}
	a.about(voucher.Void, n)
	a.sync()
	if p := h.pools()["supermarket-10"]; p.Leased != 1 || p.Free != 1 || p.Redeemed != 2 {
		t.Fatalf("a voided unit is free again: %+v", p)
	}
	a.record(voucher.Record{Kind: voucher.Surrender, Lease: 1})
	a.sync()
	if p := h.pools()["supermarket-10"]; p.Leased != 0 || p.Free != 2 {
		t.Fatalf("what was surrendered is free again: %+v", p)
	}
	h.refold()
}

func TestExpiryOfALeaseFreesNothing(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 4))
	a := h.till("M1", 1)
	code := h.issue(1)
	a.accept(code, 58_00)
	h.now = h.now.Add(48 * time.Hour)
	if p := h.pools()["supermarket-10"]; p.Leased != 2 {
		t.Fatalf("the lease ended and its units were freed: %+v", p)
	}
	raw, _ := wire.DecodeRecord(a.raw[0])
	raw.At = h.now.Add(-47 * time.Hour).UnixMilli()
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("made in time, heard of late: %+v", o)
	}
}

func TestTokens(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	ctx := context.Background()
	token := func(n byte) [32]byte {
		hash := [32]byte{n}
		h.must(h.MakeToken(ctx, TokenMade{Hash: hash[:], Merchant: "M1", Expires: h.now.Add(24 * time.Hour).UnixMilli()}))
		return hash
	}
	code := func(err error) string {
		if no, ok := err.(*Refusal); ok && no.Text.Zh != "" && no.Text.En != "" {
			return no.Code
		}
		return "no refusal"
	}
	good := token(1)
	first, err := h.Enrol(ctx, Enrolment{Hash: good, Key: []byte("key")})
	h.must(err)
	if again, err := h.Enrol(ctx, Enrolment{Hash: good, Key: []byte("key")}); err != nil || again.ID != first.ID {
		t.Fatalf("the answer was lost, and asking again gives %v %v", again, err)
	}
	_, err = h.Enrol(ctx, Enrolment{Hash: good, Key: []byte("other")})
	if code(err) != "token_used" {
		t.Errorf("used by another device: %v", err)
	}
	_, err = h.Enrol(ctx, Enrolment{Hash: [32]byte{99}, Key: []byte("key")})
	if code(err) != "token_unknown" {
		t.Errorf("of another hub: %v", err)
	}
	late := token(2)
	h.now = h.now.Add(24 * time.Hour)
	if _, err = h.Enrol(ctx, Enrolment{Hash: late, Key: []byte("key")}); code(err) != "token_expired" {
		t.Errorf("expired: %v", err)
	}
	suspended := token(3)
	h.must(h.SetMerchantStatus(ctx, "M1", voucher.MerchantSuspended, "test"))
	if _, err = h.Enrol(ctx, Enrolment{Hash: suspended, Key: []byte("key")}); code(err) != "merchant_suspended" {
		t.Errorf("suspended: %v", err)
	}
	if err = h.MakeToken(ctx, TokenMade{Hash: make([]byte, 32), Merchant: "nobody"}); code(err) != "unknown_merchant" {
		t.Errorf("unknown merchant: %v", err)
	}
}

func TestCampaignsAreAppliedWholeOrNotAtAll(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	c := law(voucher.AtClaim, 4)
	h.begin(c)
	ctx := context.Background()
	if got, changed, err := h.Apply(ctx, c); err != nil || changed || got.Revision != 1 {
		t.Fatalf("the same again: %v %v %d", err, changed, got.Revision)
	}
	h.issue(1)
	for _, x := range []struct {
		name, code string
		change     func(*voucher.Campaign)
	}{
		{"another campaign", "other_campaign", func(c *voucher.Campaign) { c.ID = "other" }},
		{"less stock than is out", "stock_in_use", func(c *voucher.Campaign) { c.Tiers[0].Stock = []uint32{0} }},
		{"another face value for vouchers that are out", "tier_in_use", func(c *voucher.Campaign) { c.Tiers[0].Face = 11_00 }},
		{"another way of stock", "tier_in_use", func(c *voucher.Campaign) { c.StockAt = voucher.AtRedemption }},
		{"a bad campaign", "bad_campaign", func(c *voucher.Campaign) { c.Budget = -1 }},
	} {
		bad := law(voucher.AtClaim, 4)
		x.change(&bad)
		if _, _, err := h.Apply(ctx, bad); err == nil || err.(*Refusal).Code != x.code {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	more := law(voucher.AtClaim, 5)
	if got, changed, err := h.Apply(ctx, more); err != nil || !changed || got.Revision != 2 || h.pools()["supermarket-10"].Free != 4 {
		t.Fatalf("more stock: %v %v %d %+v", err, changed, got.Revision, h.pools())
	}
	h.refold()
}

func TestOnePersonOneVoucherPerTradeAndPhase(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	issue := func(serial voucher.Serial, tier voucher.TierNo, person string) error {
		return h.Issue(context.Background(), VouchersIssued{Phase: 1, Tier: tier, Person: []byte(person), Vouchers: []Issued{{Serial: serial}}})
	}
	h.must(issue(1, 1, "li"))
	if err := issue(2, 2, "li"); err == nil || err.(*Refusal).Code != "person_limit" {
		t.Fatalf("another tier of the same trade: %v", err)
	}
	h.must(issue(2, 2, "wang"))
	h.restart()
	if err := issue(3, 1, "wang"); err == nil || err.(*Refusal).Code != "person_limit" {
		t.Fatalf("forgotten over a restart: %v", err)
	}
}

func TestAFailedBookStopsTheLedger(t *testing.T) {
	h := newHub(t, t.TempDir())
	h.begin(law(voucher.AtClaim, 4))
	h.must(h.book.Close())
	err := h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "x")
	if err == nil {
		t.Fatal("answered though nothing is on disk")
	}
	<-h.ended
	if err := h.SetMerchantStatus(context.Background(), "M2", voucher.MerchantSuspended, "x"); err != ErrStopped || h.Running() {
		t.Fatalf("%v, running %v", err, h.Running())
	}
}
