package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// backup copies the book as it is.
func (h *hub) backup() string {
	h.t.Helper()
	h.stop()
	dir, err := os.MkdirTemp(filepath.Dir(h.dir), "backup")
	h.must(err)
	h.must(os.CopyFS(dir, os.DirFS(h.dir)))
	h.open()
	return dir
}

// putBack makes a backup the hub's book.
func (h *hub) putBack(dir string) {
	h.t.Helper()
	h.stop()
	copied, err := os.MkdirTemp(filepath.Dir(dir), "book")
	h.must(err)
	h.must(os.CopyFS(copied, os.DirFS(dir)))
	h.dir = copied
	h.open()
}

// restore puts a backup back as a person does: the hub has a new generation.
func (h *hub) restore(dir string) {
	h.t.Helper()
	h.putBack(dir)
	h.restored++
	h.must(h.Restore(context.Background(), h.made(byte(h.restored)+1)))
}

func (h *hub) recovery() Recovery {
	h.t.Helper()
	r, err := h.Recovery(context.Background())
	h.must(err)
	return r
}

// papers is what the till holds of the hub's, beside its records.
func (t *till) papers() (lent, named *wire.Signed) {
	t.h.t.Helper()
	ctx := context.Background()
	info, err := t.h.Terminal(ctx, t.id)
	t.h.must(err)
	if info.Grant != nil {
		lent = &wire.Signed{Raw: info.Grant.Raw, Sig: info.Grant.Sig}
	}
	body, err := t.h.Law(ctx, t.id)
	t.h.must(err)
	law, err := wire.Seal(body, hubKey, wire.ForLaw)
	t.h.must(err)
	return lent, &law
}

// file keeps the hub's papers on the till's disk.
func (t *till) file() { t.lent, t.named = t.papers(); t.lease = t.serial() }

func (t *till) serial() uint32 {
	info, err := t.h.Terminal(context.Background(), t.id)
	t.h.must(err)
	return info.Lease.Serial
}

// greets says hello as a till does that comes to a hub of another generation.
func (t *till) greets() Met {
	t.h.t.Helper()
	said := t.hello()
	if !bytes.Equal(t.generation, t.h.Generation()) {
		said.Lent, said.Named = t.lent, t.named
	}
	m := t.says(said)
	t.keep(m.Turn, 1)
	return m
}

// prove sends again what the hub lacks, each frame with the ack that answered it.
func (t *till) prove(last uint64) {
	t.h.t.Helper()
	for _, ack := range t.acks {
		first, end := ack.Outcomes[0].ID.Number, ack.Outcomes[len(ack.Outcomes)-1].ID.Number
		if end <= last || ack.Epoch != t.epoch {
			continue
		}
		b := t.batch(int(max(first, last+1))-1, int(end))
		b.Proof = &ack
		got, err := t.h.Receive(context.Background(), b)
		t.h.must(err)
		for _, o := range got.Outcomes {
			if was := ack.Outcomes[o.ID.Number-first]; !reflect.DeepEqual(o, was) {
				t.h.t.Fatalf("what was %+v is %+v now", was, o)
			}
		}
	}
}

func TestWhatTerminalsHoldBringsARestoredHubBack(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		t.Run(string(stock), func(t *testing.T) {
			h := newHub(t, filepath.Join(t.TempDir(), "book"))
			defer func() { h.stop() }()
			h.begin(bears(law(stock, 100), 1000_00))
			a, b := h.till("M1", 1), h.till("M2", 2)
			early := h.issue(1)
			a.meet()
			a.ask(h.issue(1), 58_00)
			a.deliver(0, 1)
			saved := h.backup()

			b.meet()
			late := h.issue(1)
			b.ask(late, 58_00)          // issued after the backup
			b.ask(early, 58_00)         // issued before, redeemed after
			b.accept(h.issue(1), 58_00) // out of the lease
			b.ask(h.issue(1), 49_99)    // rejected
			b.accept(h.issue(1), 49_99) // disputed
			b.about(voucher.Void, 2)    // and early is good again
			b.about(voucher.Confirm, 1) // noted; of a lease's unit
			_, err := b.deliver(0, 7)
			h.must(err)
			a.about(voucher.Void, 1)
			a.ask(early, 58_00)
			a.accept(h.issue(1), 58_00)
			a.deliver(1, 4)
			h.now = h.now.Add(12 * time.Hour)
			a.keep(1, 2)
			b.keep(1, 2)
			a.file()
			b.file()
			before, sum := h.pools(), h.summary()

			h.restore(saved)
			if r := h.recovery(); !r.Recovering || len(r.Waiting) != 2 {
				t.Fatalf("%+v", r)
			}
			for _, till := range []*till{b, a} {
				m := till.greets()
				if m.State != voucher.TerminalGood || !m.Recovering || m.Turn < 2 {
					t.Fatalf("%+v", m)
				}
				till.prove(m.Last)
			}
			if r := h.recovery(); r.Recovering || len(r.Waiting) != 0 {
				t.Fatalf("%+v", r)
			}
			after, again := h.pools(), h.summary()
			for id, p := range before {
				// Vouchers that nobody used are unknown to the restored hub; those of them that carried a unit have freed it.
				q := after[id]
				if q.Redeemed != p.Redeemed || q.Disputed != p.Disputed || q.Leased != p.Leased {
					t.Errorf("%s: %+v, restored %+v", id, p, q)
				}
			}
			if again.Redeemed != sum.Redeemed || again.Open != sum.Open || again.Reserve != sum.Reserve {
				t.Errorf("%+v, restored %+v", sum, again)
			}
			h.refold()
			h.audit()
		})
	}
}

func (h *hub) summary() Summary {
	s, err := h.Summary(context.Background())
	h.must(err)
	return s
}

// lastSaid is the newest change that was told. It is told after the answer, and before the next request is decided.
func (h *hub) lastSaid() Change {
	h.summary()
	return h.said[len(h.said)-1]
}

// audit holds that an auditor finds nothing.
func (h *hub) audit() Audited {
	h.t.Helper()
	done, err := Audit(context.Background(), h.book.Read, func(a Autograph) error {
		if a.For == wire.ForLease && !wire.Verify(a.Raw, a.Sig, a.Key, a.For) {
			return errors.New("not signed")
		}
		return nil
	})
	h.must(err)
	return done
}

func TestNothingUnprovenIsDecidedBeforeAllHaveReported(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a, b := h.till("M1", 1), h.till("M2", 2)
	codes := []voucher.Code{h.issue(1), h.issue(1), h.issue(1)}
	saved := h.backup()
	a.meet()
	a.ask(codes[0], 58_00)
	a.deliver(0, 1)
	a.file()
	b.file()
	h.restore(saved)

	a.ask(codes[1], 58_00)
	a.accept(codes[2], 58_00)
	m := a.greets()
	proof := a.acks[0]
	batch := a.batch(0, 1)
	batch.Proof = &proof
	ack, err := h.Receive(context.Background(), batch)
	if err != nil || len(ack.Outcomes) != 1 || m.Last != 0 {
		t.Fatalf("%v %+v", err, ack)
	}
	ack, err = h.Receive(context.Background(), a.batch(1, 3))
	if !errors.Is(err, ErrRecovering) || len(ack.Outcomes) != 0 || ack.Last != 1 || len(ack.BookHead) != 32 {
		t.Fatalf("%v %+v", err, ack)
	}
	h.now = h.now.Add(20 * time.Hour) // its lease has nearly ended
	if g, err := h.TopUp(context.Background(), a.id); g != nil || err != nil {
		t.Fatal("a lease during the recovery", err)
	}
	err = h.Issue(context.Background(), VouchersIssued{Phase: 1, Tier: 1, Vouchers: []Issued{{Serial: 77}}})
	if no, ok := err.(*Refusal); !ok || no.Code != "recovering" {
		t.Fatal("issued during the recovery", err)
	}
	h.restart()
	if r := h.recovery(); !r.Recovering || !reflect.DeepEqual(r.Waiting, []voucher.TerminalID{b.id}) {
		t.Fatalf("%+v", r)
	}
	b.greets()
	if r := h.recovery(); r.Recovering {
		t.Fatalf("%+v", r)
	}
	ack, err = h.Receive(context.Background(), a.batch(1, 3))
	if err != nil || len(ack.Outcomes) != 2 || ack.Outcomes[0].Result != voucher.Redeemed || ack.Outcomes[1].Result != voucher.Redeemed {
		t.Fatalf("%v %+v", err, ack)
	}
	h.refold()
	h.audit()
}

func TestATerminalHasReportedWhenItHasShownAllItHad(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	code := h.issue(1)
	saved := h.backup()
	a.meet()
	a.ask(code, 58_00)
	a.deliver(0, 1)
	h.now = h.now.Add(12 * time.Hour)
	a.keep(1, 2) // brings a second lease
	a.file()
	if a.lease != 2 {
		t.Fatalf("lease %d", a.lease)
	}
	h.restore(saved)
	lent := a.lent
	a.lent = nil
	a.prove(a.greets().Last)
	if r := h.recovery(); !r.Recovering {
		t.Fatal("the lease that it says it has was not shown, and nobody waits for it")
	}
	h.restore(saved)
	a.lent = lent
	m := a.greets()
	if r := h.recovery(); !r.Recovering {
		t.Fatal("its records are not there, and nobody waits for them")
	}
	a.prove(m.Last)
	if r := h.recovery(); r.Recovering {
		t.Fatalf("%+v", r)
	}
}

// A voucher that was redeemed, undone, and redeemed elsewhere, all after the backup: the terminals report in any order.
func TestWhatWasGivenBackInBetweenIsTakenInAnyOrder(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		for _, later := range []voucher.Kind{voucher.Ask, voucher.Accept} {
			for _, first := range []string{"who undid it reports first", "who has it reports first", "who undid it reports in two parts", "who undid it never reports"} {
				t.Run(fmt.Sprint(stock, later, first), func(t *testing.T) {
					h := newHub(t, filepath.Join(t.TempDir(), "book"))
					defer func() { h.stop() }()
					h.begin(law(stock, 40))
					a, b := h.till("M1", 1), h.till("M2", 2)
					a.file()
					b.file()
					saved := h.backup()
					code := h.issue(1)
					a.ask(code, 58_00)
					a.deliver(0, 1)
					a.about(voucher.Void, 1)
					a.deliver(1, 2)
					b.record(voucher.Record{Kind: later, Sale: sale(code, 58_00), Lease: 1})
					b.deliver(0, 1)
					before := h.pools()["supermarket-10"]
					h.restore(saved)
					switch first {
					case "who undid it reports first":
						a.prove(a.greets().Last)
						b.prove(b.greets().Last)
					case "who has it reports first":
						b.prove(b.greets().Last)
						a.prove(a.greets().Last)
					default:
						a.greets()
						part := a.batch(0, 1)
						part.Proof = &a.acks[0]
						_, err := h.Receive(context.Background(), part)
						h.must(err)
						b.prove(b.greets().Last)
						if first == "who undid it never reports" {
							h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalRevoked, "lost"))
							break
						}
						a.prove(a.greets().Last)
					}
					if r := h.recovery(); r.Recovering {
						t.Fatalf("%+v", r)
					}
					after, s := h.pools()["supermarket-10"], h.summary()
					standing, by, err := h.Voucher(context.Background(), code.Body.Serial)
					h.must(err)
					if first == "who undid it never reports" {
						info, err := h.Case(context.Background(), 1)
						if err != nil || s.Cases != 1 || info.Kind != voucher.Conflict || after.Redeemed != 1 || by.Terminal != a.id {
							t.Fatalf("%v, %d cases, %+v, by %s", err, s.Cases, after, by)
						}
					} else if s.Cases != 0 || after != before || standing != voucher.StandingRedeemed || by.Terminal != b.id {
						t.Fatalf("%d cases, %+v, restored %+v, by %s", s.Cases, before, after, by)
					}
					h.refold()
					h.audit()
				})
			}
		}
	}
}

func TestWhoNeverReportsIsRevoked(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 40))
	a, gone := h.till("M1", 1), h.till("M2", 2)
	saved := h.backup()
	h.restore(saved)
	a.greets()
	h.must(h.SetTerminal(context.Background(), gone.id, voucher.TerminalRevoked, "stolen"))
	if r := h.recovery(); r.Recovering || len(r.Waiting) != 0 {
		t.Fatalf("%+v", r)
	}
	h.refold()
}

func TestAHubWithoutTerminalsHasRecoveredAtOnce(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 40))
	h.restore(h.backup())
	if r := h.recovery(); r.Recovering || r.Restores != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestATerminalThatTheBookHasLostIsEnteredAgain(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	saved := h.backup()
	h.must(h.tell(context.Background(), func(d *draft) error {
		d.add(Entry{Merchant: &MerchantSet{Merchant: voucher.Merchant{Code: "M9", Name: "late", Trade: voucher.Supermarket, Status: voucher.MerchantActive}}})
		return nil
	}))
	a := h.till("M9", 1)
	a.meet()
	a.accept(h.issue(1), 58_00)
	a.deliver(0, 1)
	a.file()
	before := h.pools()["supermarket-10"]
	h.restore(saved)

	ctx := context.Background()
	said := a.hello()
	if _, err := h.Device(ctx, said); !errors.Is(err, ErrUnknownTerminal) {
		t.Fatal("a stranger was let in:", err)
	}
	forged := *a.named
	forged.Sig = wire.Sign(forged.Raw, issuing, wire.ForLaw)
	said.Named = &forged
	if _, err := h.Device(ctx, said); !errors.Is(err, ErrUnknownTerminal) {
		t.Fatal("a law that this hub never signed let somebody in:", err)
	}
	said.Named = a.named
	key, err := h.Device(ctx, said)
	if err != nil || !bytes.Equal(key, []byte{1}) {
		t.Fatalf("%v %x", err, key)
	}
	said.Terminal = "T000099"
	if _, err := h.Device(ctx, said); !errors.Is(err, ErrUnknownTerminal) {
		t.Fatal("another terminal's law let somebody in:", err)
	}
	m := a.greets()
	a.prove(m.Last)
	if after := h.pools()["supermarket-10"]; after.Redeemed != before.Redeemed || after.Leased != before.Leased {
		t.Fatalf("%+v, restored %+v", before, after)
	}
	if fresh := h.till("M1", 2); fresh.id == "T000002" || !strings.HasPrefix(string(fresh.id), "T") {
		t.Fatalf("a new terminal is called %s, as one may be that the book has lost", fresh.id)
	}
	h.refold()
	h.audit()
}

// putBack without a Restore is a disk that lost the end of the book.
func TestABookThatLostItsEndIsNoticed(t *testing.T) {
	for _, c := range []struct {
		name string
		say  func(h *hub, a *till)
	}{
		{"by a secret that it never gave out", func(h *hub, a *till) { a.greets() }},
		{"by an ack that it never wrote", func(h *hub, a *till) {
			a.ratchet = wire.Ratchet{} // as of a till that knows no ratchet
			b := a.batch(0, 1)
			b.Proof = &a.acks[0]
			_, err := h.Receive(context.Background(), b)
			h.must(err)
		}},
		{"by a lease that it never granted", func(h *hub, a *till) {
			lent, err := wire.Seal(voucher.Lease{Terminal: a.id, Epoch: 1, Serial: a.serial() + 1, Campaign: "lushan", Count: 3, Sum: 60_00}, hubKey, wire.ForLease)
			h.must(err)
			said := a.hello()
			said.Ratchet, said.Lent, said.Lease = wire.Ratchet{}, &lent, a.serial()+1
			a.says(said)
			if info, err := h.Terminal(context.Background(), a.id); err != nil || info.Lease.Count != 3 {
				h.t.Fatalf("%v: it was not taken over: %+v", err, info.Lease)
			}
		}},
		{"by a terminal that it never enrolled", func(h *hub, a *till) {
			late := &till{h: h, id: "T000009", epoch: 1}
			body := wire.LawBody{Terminal: late.id, Device: []byte{9}, Merchant: voucher.Merchant{Code: "M1"}}
			law, err := wire.Seal(body, hubKey, wire.ForLaw)
			h.must(err)
			said := late.hello()
			said.Named = &law
			late.says(said)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, filepath.Join(t.TempDir(), "book"))
			defer func() { h.stop() }()
			h.begin(law(voucher.AtClaim, 40))
			a := h.till("M1", 1)
			code := h.issue(1)
			saved := h.backup()
			a.meet()
			a.ask(code, 58_00)
			a.deliver(0, 1)
			a.file()
			was := h.Generation()
			h.putBack(saved)
			c.say(h, a)
			if r := h.recovery(); r.Restores != 1 || bytes.Equal(was, h.Generation()) || len(h.Generation()) != 16 {
				t.Fatalf("%+v, generation %x", r, h.Generation())
			}
			if last := h.lastSaid(); !last.Hub {
				t.Fatalf("nobody was told: %+v", last)
			}
			h.refold()
		})
	}
}

// A hub that recovers loses the end of its book again, with the lease that a terminal had shown it: the terminal believes
// that this generation has it, and would not show it again.
func TestABookThatLostItsEndWhileItRecoveredIsNoticed(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 40))
	a, b := h.till("M1", 1), h.till("M2", 2)
	saved := h.backup()
	a.meet()
	_, err := h.TopUp(context.Background(), a.id)
	h.must(err)
	a.file()
	h.restore(saved)
	again := h.backup()
	a.greets()
	h.putBack(again)
	a.greets() // it shows no lease: this generation has heard of it
	if r := h.recovery(); r.Restores != 2 {
		t.Fatalf("%+v", r)
	}
	a.greets()
	b.greets()
	if r := h.recovery(); r.Recovering {
		t.Fatalf("%+v", r)
	}
	h.refold()
}

func TestAProofIsForTheRecordsItAnswered(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(h *hub, a *till, b *Batch)
	}{
		{"another record under the same number", func(h *hub, a *till, b *Batch) {
			other := &till{h: h, id: a.id, epoch: 1}
			other.ask(h.codes[1], 120_00)
			proof := b.Proof
			*b = other.batch(0, 1)
			b.Proof = proof
		}},
		{"another terminal's ack", func(h *hub, a *till, b *Batch) { b.Proof.Terminal = "T000002" }},
		{"an ack of another epoch", func(h *hub, a *till, b *Batch) { b.Proof.Epoch = 2 }},
		{"an ack for a second chain", func(h *hub, a *till, b *Batch) { b.Proof.Answered = nil }},
		{"an ack for other numbers", func(h *hub, a *till, b *Batch) { b.Proof.Outcomes[0].ID.Number = 7 }},
		{"an ack for nothing", func(h *hub, a *till, b *Batch) { b.Proof.Outcomes = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, filepath.Join(t.TempDir(), "book"))
			defer func() { h.stop() }()
			h.begin(law(voucher.AtClaim, 40))
			a := h.till("M1", 1)
			h.till("M2", 2) // never reports
			h.codes = []voucher.Code{h.issue(1), h.issue(1)}
			saved := h.backup()
			a.ask(h.codes[0], 58_00)
			a.deliver(0, 1)
			h.restore(saved)
			b := a.batch(0, 1)
			b.Proof = &a.acks[0]
			c.change(h, a, &b)
			ack, err := h.Receive(context.Background(), b)
			if !errors.Is(err, ErrRecovering) || ack.Last != 0 {
				t.Fatalf("%v %+v", err, ack)
			}
		})
	}
}

// What seems free to a restored hub may be lent: until every terminal has said so, the stock cannot shrink.
func TestStockCannotShrinkBeforeAllHaveReported(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 8))
	a := h.till("M1", 1)
	a.file()
	h.restore(h.backup())
	shrink := func() error {
		_, _, err := h.Apply(context.Background(), law(voucher.AtRedemption, 7))
		return err
	}
	if no, ok := shrink().(*Refusal); !ok || no.Code != "recovering" {
		t.Fatalf("a smaller stock in the recovery: %v", no)
	}
	a.greets()
	h.must(shrink())
	h.refold()
	h.audit()
}

// A terminal takes no law that is not newer than its own: those of a restored hub are, though its book is shorter.
func TestLawsOfARestoredHubAreNewer(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	saved := h.backup()
	ctx, newest := context.Background(), uint64(0)
	for range 3 {
		for range 5 {
			h.must(h.SetMerchantStatus(ctx, "M1", voucher.MerchantSuspended, "x"))
			h.must(h.SetMerchantStatus(ctx, "M1", voucher.MerchantActive, "x"))
		}
		body, err := h.Law(ctx, a.id)
		h.must(err)
		if body.Revision <= newest {
			t.Fatalf("revision %d after %d", body.Revision, newest)
		}
		newest = body.Revision
		h.now = h.now.Add(time.Minute)
		h.restore(saved)
	}
}

func TestRestoreKeepsTheHubsKey(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	ctx := context.Background()
	other := h.made(5)
	other.Key = issuing.Public().(ed25519.PublicKey)
	for code, made := range map[string]HubMade{"other_hub": other, "bad_request": h.made(1)} {
		if no, ok := h.Restore(ctx, made).(*Refusal); !ok || no.Code != code {
			t.Errorf("%s: %v", code, no)
		}
	}
}

// An ack whose last records were of a second chain proves those before them, and no more.
func TestAnAckProvesWhatWasOnTheChain(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 9))
	a := h.till("M1", 1)
	h.till("M2", 2) // and is waited for
	codes := []voucher.Code{h.issue(1), h.issue(1), h.issue(1)}
	saved := h.backup()
	a.meet()
	a.ask(codes[0], 58_00)
	other := a.image()
	a.ask(codes[1], 58_00)
	_, err := a.deliver(0, 2)
	h.must(err)
	other.ask(codes[2], 58_00)
	ack, err := h.Receive(context.Background(), other.batch(0, 2))
	h.must(err)
	if first := wire.Hash(other.raw[0]); len(ack.Outcomes) != 2 || !bytes.Equal(ack.Answered, first[:]) {
		t.Fatalf("%+v", ack)
	}
	h.restore(saved)
	other.greets()
	for _, c := range []struct {
		name     string
		from, to int
		want     error
	}{
		{"the record of the second chain", 0, 2, ErrRecovering},
		{"the record that is in both", 0, 1, nil},
	} {
		b := other.batch(c.from, c.to)
		b.Proof = &ack
		if got, err := h.Receive(context.Background(), b); !errors.Is(err, c.want) || err == nil && got.Outcomes[0] != ack.Outcomes[0] {
			t.Fatalf("%s: %v %+v", c.name, err, got)
		}
	}
	h.refold()
}

// Written off, a terminal owes a restored hub no lease any more: nobody waits for what two persons have given up.
func TestARestoredHubWaitsForNoLeaseThatWasWrittenOff(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	a.meet()
	saved := h.backup()
	a.file()
	h.restore(saved)
	h.writtenOff(a.id, false, true)
	h.restore(h.backup())
	said := a.hello()
	said.Lease = a.serial() + 5
	a.says(said)
	if r := h.recovery(); r.Recovering {
		t.Fatalf("%+v", r)
	}
	h.refold()
}
