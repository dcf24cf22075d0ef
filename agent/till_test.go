package agent_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const terminal voucher.TerminalID = "T000001"

// Keys are made from fixed seeds: of the codes, of a forger, of the hub.
var (
	codeKey  = key("codes")
	falseKey = key("forger")
	hubKey   = key("hub")
)

func key(of string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(of))
	return ed25519.NewKeyFromSeed(seed[:])
}

const patience = 1500 * time.Millisecond

// newLaw is a small campaign: a dining and a fuel tier, two phases of a week, the first begun an hour ago.
func newLaw() wire.LawBody {
	start := time.Now().Add(-time.Hour)
	week := 7 * 24 * time.Hour
	return wire.LawBody{
		Revision: 1, Terminal: terminal, HubTime: time.Now().UnixMilli(),
		Keys:     []wire.Key{{ID: 1, Public: codeKey.Public().(ed25519.PublicKey)}},
		Merchant: voucher.Merchant{Code: "M0001", Name: "春来饭店", Trade: voucher.Dining, Status: voucher.MerchantActive},
		Campaign: voucher.Campaign{
			ID: "lushan", Number: 7, Name: voucher.Text{Zh: "冬日送暖", En: "Winter Warmth"}, Zone: "Asia/Shanghai",
			StockAt: voucher.AtClaim, Payments: voucher.DefaultPayments(),
			Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 10, Sum: 100_00, Age: week, Patience: patience},
			Phases:  []voucher.Phase{{No: 1, Start: start, End: start.Add(week)}, {No: 2, Start: start.Add(week), End: start.Add(2 * week)}},
			Tiers: []voucher.Tier{
				{No: 1, ID: "dining-10", Trade: voucher.Dining, Face: 10_00, Threshold: 50_00, Stock: []uint32{100, 100}},
				{No: 2, ID: "fuel-20", Trade: voucher.Fuel, Face: 20_00, Threshold: 200_00, Stock: []uint32{100, 100}},
			},
		},
	}
}

// newLease lends n acceptances for a day.
func newLease(n uint64) voucher.Lease {
	return voucher.Lease{Terminal: terminal, Epoch: 1, Serial: 1, Campaign: "lushan", Granted: time.Now().UnixMilli(),
		Until: time.Now().Add(24 * time.Hour).UnixMilli(), Count: n, Sum: voucher.Fen(n) * 10_00,
		Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: n}}}
}

// body is a dining voucher of the first phase.
func body(serial voucher.Serial) voucher.Body {
	return voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: serial}
}

func code(serial voucher.Serial) string { return voucher.Sign(body(serial), codeKey).Text() }

func signedBy(serial voucher.Serial, change func(*voucher.Body), k ed25519.PrivateKey) string {
	b := body(serial)
	change(&b)
	return voucher.Sign(b, k).Text()
}

// bench is one till on a real journal, with a hub by hand. It is used inside a synctest bubble.
type bench struct {
	*agent.Terminal
	t       *testing.T
	journal *journal.Journal
	dir     string
	now     func() time.Time
	config  agent.Config
	stop    func() error
	law     wire.LawBody
	hub     *hub
}

// newBench makes a till that has heard the law and the hub's time, and has a lease of three. Change it before start.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: inMemory(t), now: time.Now, hub: newHub()}
	b.open()
	b.law = newLaw()
	return b
}

// inMemory is a folder that no disk slows down, where the system has one: what a disk keeps is not tried here.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "till")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (b *bench) open() {
	b.t.Helper()
	j, err := journal.Open(b.dir, terminal, journal.Options{Now: func() time.Time { return b.now() }})
	if err != nil {
		b.t.Fatal(err)
	}
	b.journal = j
}

func (b *bench) adoptLaw(change func(*wire.LawBody)) {
	b.t.Helper()
	if change != nil {
		change(&b.law)
	}
	raw, err := wire.Seal(b.law, hubKey, wire.ForLaw)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.journal.AdoptLaw(raw, b.law); err != nil {
		b.t.Fatal(err)
	}
	b.law.Revision++
}

func (b *bench) adoptLease(l voucher.Lease) {
	b.t.Helper()
	raw, err := wire.Seal(l, hubKey, wire.ForLease)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.journal.AdoptLease(raw, l); err != nil {
		b.t.Fatal(err)
	}
}

// start runs the till; b.stop ends it and closes the journal.
func (b *bench) start() {
	b.t.Helper()
	b.config.Journal, b.config.Version = b.journal, "test"
	b.config.Closes = agent.OpenCloses(b.dir, b.journal, slog.New(slog.DiscardHandler))
	b.Terminal = agent.NewTerminal(b.config)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Terminal.Run(ctx) }()
	b.stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		if err := b.journal.Close(); err != nil {
			b.t.Error(err)
		}
		return err
	}
	b.t.Cleanup(func() { b.stop() })
	synctest.Wait()
}

// ready is a till with law, lease and time, online or not.
func ready(t *testing.T, online bool) *bench {
	t.Helper()
	b := newBench(t)
	b.journal.Hear(time.Now())
	b.adoptLaw(nil)
	b.adoptLease(newLease(3))
	b.start()
	b.Line(online, time.Now(), voucher.Text{})
	return b
}

// again ends the till as a kill would from the journal's side (nothing more is written), and starts it anew.
func (b *bench) again() {
	b.t.Helper()
	if err := b.journal.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.stop()
	b.open()
	b.start()
}

// listen collects what one reader hears; call it after synctest.Wait.
func (b *bench) listen() func() []desk.Answer {
	ctx, cancel := context.WithCancel(context.Background())
	events := b.Watch(ctx)
	b.t.Cleanup(cancel)
	return func() (answers []desk.Answer) {
		synctest.Wait()
		for {
			select {
			case e, open := <-events:
				if !open {
					return answers
				}
				if e.Answer != nil {
					answers = append(answers, *e.Answer)
				}
			default:
				return answers
			}
		}
	}
}

// later asks for a sale and gives its answer when it is there.
func (b *bench) later(s desk.Sale) func() desk.Answer {
	answered := make(chan desk.Answer, 1)
	go func() { answered <- b.Redeem(context.Background(), s) }()
	synctest.Wait()
	return func() desk.Answer { return <-answered }
}

func (b *bench) view(code string) (v desk.View, warned bool) {
	synctest.Wait()
	v = b.View()
	for _, w := range v.Warnings {
		if w.Code == code {
			warned = true
			if w.Text.Zh == "" || w.Text.En == "" || w.Next.Zh == "" || w.Next.En == "" || w.Since.IsZero() {
				b.t.Errorf("the warning says too little: %+v", w)
			}
		}
	}
	return v, warned
}

// hub is the other side by hand: it takes the records in order and has the last word, the first claim winning.
type hub struct {
	epoch   uint32
	last    uint64 // records up to here are in its book
	claimed map[voucher.Serial]voucher.RedemptionID
	spoken  map[uint64]voucher.Outcome
	reject  map[voucher.Serial]voucher.Reason
	dispute map[voucher.Serial]uint64 // case numbers
	paid    map[uint64]bool           // sales it pays for
	keeps   bool                      // it cannot read what takes something back
}

func newHub() *hub {
	return &hub{epoch: 1, claimed: map[voucher.Serial]voucher.RedemptionID{}, spoken: map[uint64]voucher.Outcome{},
		reject: map[voucher.Serial]voucher.Reason{}, dispute: map[voucher.Serial]uint64{}, paid: map[uint64]bool{}}
}

// take reads what the journal has to send and decides it, telling nobody yet.
func (h *hub) take(t *testing.T, j *journal.Journal) {
	t.Helper()
	for _, raw := range j.Unsettled(h.last, 1000) {
		r, err := wire.DecodeRecord(raw)
		if err != nil {
			t.Fatal(err)
		}
		if r.ID.Number != h.last+1 {
			t.Fatalf("record %s after number %d", r.ID, h.last)
		}
		h.last = r.ID.Number
		h.spoken[h.last] = h.decide(t, r, raw)
	}
}

func (h *hub) decide(t *testing.T, r *voucher.Record, raw []byte) voucher.Outcome {
	o := voucher.Outcome{ID: r.ID, At: time.Now().UnixMilli(), Result: voucher.Noted}
	switch r.Kind {
	case voucher.Ask, voucher.Accept:
		serial := r.Sale.Voucher.Serial
		winner, taken := h.claimed[serial]
		switch {
		case taken:
			o.Result, o.Reason, o.Winner = voucher.Rejected, voucher.AlreadyRedeemed, winner
		case h.reject[serial] != voucher.OK:
			o.Result, o.Reason = voucher.Rejected, h.reject[serial]
		default:
			o.Result, h.claimed[serial], h.paid[r.ID.Number] = voucher.Redeemed, r.ID, true
		}
		if o.Result == voucher.Rejected && r.Kind == voucher.Accept && h.dispute[serial] != 0 {
			o.Result, o.Case = voucher.Disputed, h.dispute[serial]
		}
	case voucher.Reverse, voucher.Void:
		if h.keeps {
			o.Result, o.Reason, o.Case = voucher.Disputed, voucher.Unreadable, 7
			break
		}
		if h.paid[r.Of] {
			o.Result = voucher.Undone
			delete(h.paid, r.Of)
			for serial, id := range h.claimed {
				if id.Terminal == terminal && id.Number == r.Of {
					delete(h.claimed, serial)
				}
			}
		}
	}
	return o
}

// say gives the till all that was decided and not said yet.
func (h *hub) say(t *testing.T, j *journal.Journal) {
	t.Helper()
	state := j.State()
	ack := wire.AckBody{Terminal: terminal, Epoch: h.epoch, Last: h.last}
	for n := state.Settled + 1; n <= h.last; n++ {
		ack.Outcomes = append(ack.Outcomes, h.spoken[n])
	}
	raw, err := wire.Seal(ack, hubKey, wire.ForAck)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Settle(ack, raw); err != nil {
		t.Fatal(err)
	}
}

// answer is take and say.
func (b *bench) answer() {
	b.t.Helper()
	synctest.Wait()
	b.hub.take(b.t, b.journal)
	b.hub.say(b.t, b.journal)
	synctest.Wait()
}

func brief(a desk.Answer) string { return fmt.Sprintf("%s %s %s", a.Answer, a.Reason, a.Redemption) }
