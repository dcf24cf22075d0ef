package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// clerk asks a real ledger for what tills and people ask, at random.
type clerk struct {
	*world
	ledger *ledger.Ledger
	chance *rand.Rand
	tills  []*till
	issued []voucher.Serial

	persons map[string]ed25519.PrivateKey
}

// till keeps one terminal's chain.
type till struct {
	id   voucher.TerminalID
	last uint64
	head [32]byte
}

func newClerk(t *testing.T, stock voucher.StockAt, seed uint64) *clerk {
	t.Helper()
	c := &clerk{world: emptyWorld(t), chance: rand.New(rand.NewPCG(seed, 1))}
	c.now = monday.Add(time.Hour)
	var err error
	c.ledger, err = ledger.Open(t.Context(), c.book, ledger.Options{Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.ledger.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	law := campaign()
	law.StockAt = stock
	law.Area.Code = "410423"
	law.Offline = voucher.Offline{Bears: voucher.FundBears, Reserve: 700_00, Count: 20, Sum: 400_00, Age: 24 * time.Hour, Patience: time.Second}
	law.Payments = voucher.DefaultPayments()
	c.want(c.ledger.Found(ctx, ledger.HubMade{Generation: make([]byte, 16), Key: make([]byte, 32)}))
	_, _, err = c.ledger.Apply(ctx, law)
	c.want(err)
	_, _, err = c.ledger.SetMerchants(ctx, []voucher.Merchant{
		{Code: "M1", Name: "a", Trade: voucher.Supermarket, Status: voucher.MerchantActive}, {Code: "M2", Name: "b", Trade: voucher.Dining, Status: voucher.MerchantActive}})
	c.want(err)
	c.persons = map[string]ed25519.PrivateKey{}
	for i, name := range []string{"li", "wang"} {
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i)}, 32))
		c.persons[name] = key
		c.want(c.ledger.AddPerson(ctx, ledger.PersonSet{Name: name, Key: key.Public().(ed25519.PublicKey)}))
	}
	for i := range 3 {
		c.enrol(byte(i), voucher.MerchantID(fmt.Sprintf("M%d", i%2+1)))
	}
	return c
}

func (c *clerk) want(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *clerk) enrol(no byte, m voucher.MerchantID) {
	hash := wire.HashSecret([]byte{no})
	c.want(c.ledger.MakeToken(context.Background(), ledger.TokenMade{Hash: hash[:], Merchant: m, Expires: c.now.Add(time.Hour).UnixMilli()}))
	e, err := c.ledger.Enrol(context.Background(), ledger.Enrolment{Hash: hash, Key: make([]byte, 32)})
	c.want(err)
	c.tills = append(c.tills, &till{id: e.ID})
}

// work does one thing; a refusal is an answer.
func (c *clerk) work() {
	ctx := context.Background()
	c.now = c.now.Add(time.Duration(c.chance.IntN(3000)) * time.Second)
	at := c.tills[c.chance.IntN(len(c.tills))]
	switch c.chance.IntN(9) {
	case 8:
		c.decide()
	case 0:
		v := ledger.VouchersIssued{Phase: voucher.PhaseNo(1 + c.chance.IntN(2)), Tier: voucher.TierNo(1 + c.chance.IntN(2))}
		for range 5 {
			id := voucher.Serial(c.chance.Uint64())
			v.Vouchers = append(v.Vouchers, ledger.Issued{Serial: id})
			c.issued = append(c.issued, id)
		}
		c.ledger.Issue(ctx, v)
	case 1:
		c.ledger.TopUp(ctx, at.id)
	default:
		c.batch(at)
	}
}

// decide has one of the cases decided, as the rule proposes or otherwise.
func (c *clerk) decide() {
	ctx := context.Background()
	sum, err := c.ledger.Summary(ctx)
	c.want(err)
	if sum.Cases == 0 {
		return
	}
	info, err := c.ledger.Case(ctx, 1+c.chance.Uint64N(sum.Cases))
	c.want(err)
	verdict := []voucher.CaseVerdict{voucher.Pay, voucher.Refuse, voucher.Revoke}[c.chance.IntN(3)]
	if verdict == voucher.Revoke && c.chance.IntN(4) > 0 {
		return // a terminal that is out for good makes the rest of the day dull
	}
	in := ledger.Decision{Case: info.Number, Verdict: verdict, Reason: "看过了", By: ledger.Signature{Name: "root", Console: true}}
	if c.ledger.Decide(ctx, in); verdict == info.Rule.Propose {
		return
	}
	for name, key := range c.persons {
		body := ledger.DecisionBody{Generation: make([]byte, 16), Case: in.Case, Verdict: verdict, Reason: in.Reason}
		signed, err := wire.Seal(body, key, ledger.ForDecision)
		c.want(err)
		in.By = ledger.Signature{Name: name, Signed: signed}
		c.ledger.Decide(ctx, in)
	}
}

// batch sends some records; now and then they are of a second chain.
func (c *clerk) batch(at *till) {
	b := ledger.Batch{Terminal: at.id}
	was := *at
	for range 1 + c.chance.IntN(6) {
		r, raw := c.record(at)
		b.Records, b.Raw = append(b.Records, r), append(b.Raw, raw)
	}
	if _, err := c.ledger.Receive(context.Background(), b); !errors.Is(err, ledger.ErrGap) { // of a second chain that ran ahead
		c.want(err)
	}
	if c.chance.IntN(80) == 0 {
		*at = was // the next ones are another chain under the same numbers: the terminal is frozen for good
	}
}

func (c *clerk) record(at *till) (*voucher.Record, []byte) {
	at.last++
	r := &voucher.Record{ID: voucher.RedemptionID{Terminal: at.id, Epoch: 1, Number: at.last}, Prev: at.head, Sure: c.chance.IntN(5) > 0,
		At: c.now.Add(-time.Duration(c.chance.IntN(1000)) * time.Second).UnixMilli(), Lease: uint32(1 + c.chance.IntN(4))}
	r.Kind = voucher.Kind(1 + c.chance.IntN(6))
	if at.last == 1 || len(c.issued) == 0 {
		r.Kind = voucher.Surrender
	}
	switch r.Kind {
	case voucher.Ask, voucher.Accept:
		body := voucher.Body{Campaign: 1, Phase: 1, Tier: voucher.TierNo(1 + c.chance.IntN(2)), Serial: c.issued[c.chance.IntN(len(c.issued))]}
		r.Sale = &voucher.Redemption{Voucher: body, Bill: voucher.Fen(100_00 * (1 + c.chance.IntN(3)))}
	case voucher.Confirm, voucher.Reverse, voucher.Void:
		r.Of = at.last - 1 - uint64(c.chance.IntN(min(4, int(at.last-1))))
	}
	raw, err := wire.EncodeRecord(r)
	c.want(err)
	at.head = wire.Hash(raw)
	return r, raw
}

// What the views say is what the ledger that decided says: each voucher, and the money.
func TestTheViewsAgreeWithTheLedger(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("stock at %s, chance %d", stock, seed), func(t *testing.T) {
				c := newClerk(t, stock, seed)
				s := open(t, c.views())
				seen := map[string]int{}
				for range 4 {
					for range 100 {
						c.work()
					}
					catchUp(t, s, c.book)
					c.compare(s, seen)
				}
				if seen["redeemed"] == 0 || seen["disputed"] == 0 || seen["issued"] == 0 || seen["pay"] == 0 || seen["refuse"] == 0 || seen["reserve"] == 0 || seen["stray"] == 0 {
					t.Errorf("too little happened: %v", seen)
				}
			})
		}
	}
}

func (c *clerk) compare(s *store.Store, seen map[string]int) {
	c.t.Helper()
	ctx := context.Background()
	for _, id := range c.issued {
		standing, by, err := c.ledger.Voucher(ctx, id)
		c.want(err)
		row, err := s.Voucher(ctx, id, monday)
		if standing == voucher.StandingAbsent {
			continue // refused, out of stock
		}
		c.want(err)
		used := row.State == "redeemed" || row.State == "disputed"
		if seen[row.State]++; used != (standing == voucher.StandingRedeemed) || used && row.Redemption != by.String() {
			c.t.Fatalf("voucher %s: the ledger says %d by %s, the views %+v", id, standing, by, row)
		}
	}
	sum, err := c.ledger.Summary(ctx)
	c.want(err)
	rows, err := s.Summary(ctx, "", "")
	c.want(err)
	var face voucher.Fen
	var count, redeemed int64
	for _, row := range rows {
		face += row.Face
		count += row.Count
	}
	for _, p := range sum.Pools {
		redeemed += p.Redeemed
	}
	if face != sum.Redeemed || count != redeemed {
		c.t.Fatalf("the ledger counts %d for %s, the views %d for %s", redeemed, sum.Redeemed, count, face)
	}
	c.compareCases(s, sum, seen)
}

func (c *clerk) compareCases(s *store.Store, sum ledger.Summary, seen map[string]int) {
	c.t.Helper()
	ctx := context.Background()
	cases, err := s.Cases(ctx)
	c.want(err)
	if uint64(len(cases)) != sum.Cases {
		c.t.Fatalf("the ledger has %d cases, the views %d", sum.Cases, len(cases))
	}
	var reserve voucher.Fen
	open := 0
	for _, row := range cases {
		file, err := s.Case(ctx, row.Number)
		c.want(err)
		info, err := c.ledger.Case(ctx, row.Number)
		c.want(err)
		told, verdict := info.Rule.Tell, voucher.CaseVerdict("")
		if info.Ruling != nil {
			told, verdict = info.Ruling.Tell, info.Ruling.Verdict
		} else {
			open++
		}
		if row.Verdict != verdict || file.Told != told || row.Propose != info.Rule.Propose || file.Voided == "" && file.Rule.Propose != row.Propose || (file.Voided == "") != info.Void.IsZero() || info.Ruling != nil && row.Paid != info.Ruling.Paid {
			c.t.Fatalf("case %d: the ledger has %+v, the views %+v", row.Number, info, file)
		}
		if info.Ruling == nil && len(file.Signed) != len(info.Proposed) {
			c.t.Fatalf("case %d: %d have signed, the views say %d", row.Number, len(info.Proposed), len(file.Signed))
		}
		reserve += row.Reserve
		seen[string(verdict)]++
		if row.Reserve > 0 {
			seen["reserve"]++
		}
		if len(file.Strays) > 0 && row.Kind != "fork" {
			seen["stray"]++
		}
	}
	if reserve != sum.Reserve.Paid || open != sum.Open {
		c.t.Fatalf("the ledger paid %s of the reserve and has %d open cases, the views %s and %d", sum.Reserve.Paid, sum.Open, reserve, open)
	}
}
