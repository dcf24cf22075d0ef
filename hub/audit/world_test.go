package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"math/rand/v2"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var start = time.Date(2026, 12, 11, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))

// world is a hub whose book a test fills as real terminals would: with records that are signed and chained.
type world struct {
	t      testing.TB
	hub    *ledger.Ledger
	book   *book.Book
	key    ed25519.PrivateKey
	now    time.Time
	r      *rand.Rand
	tills  []*till
	serial voucher.Serial
}

type till struct {
	w    *world
	id   voucher.TerminalID
	key  ed25519.PrivateKey
	n    uint64
	head [32]byte

	records []*voucher.Record
	raw     [][]byte
}

func seed(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

// county fills the book of a folder with at least so many redemptions, and what else comes of sales besides, and seals it.
func county(t testing.TB, dir string, redemptions int) {
	w := &world{t: t, key: seed(1), now: start.Add(time.Hour), r: rand.New(rand.NewPCG(1, 2)), serial: 1}
	var err error
	if w.book, err = book.Open(dir, book.Options{}); err != nil {
		t.Fatal(err)
	}
	w.hub, err = ledger.Open(context.Background(), w.book, ledger.Options{
		Inline: true, Now: func() time.Time { return w.now }, Ratchet: []byte("r"),
		Sign: func(raw []byte) []byte { return wire.Sign(raw, w.key, wire.ForLease) },
		Seal: func(raw []byte) []byte { return wire.Sign(raw, w.key, ledger.ForSeal) },
	})
	w.must(err)
	w.found(redemptions + redemptions/8) // three sales in forty are no redemption, or not for long
	for done := 0; done < redemptions; {
		done += w.frame(redemptions - done)
		w.now = w.now.Add(time.Duration(w.r.IntN(1000)) * time.Millisecond)
	}
	w.must(w.hub.SealNow(context.Background()))
	w.must(w.book.Close())
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) found(vouchers int) {
	ctx := context.Background()
	w.must(w.hub.Found(ctx, ledger.HubMade{Generation: []byte{1}, Key: w.key.Public().(ed25519.PublicKey), Issuing: wire.Key{ID: 1, Public: seed(2).Public().(ed25519.PublicKey)}}))
	money := voucher.Fen(vouchers+20_000) * 30_00
	_, _, err := w.hub.Apply(ctx, voucher.Campaign{
		ID: "c", Number: 9, Name: voucher.Text{Zh: "券", En: "v"}, Area: voucher.Area{Code: "410423"}, Zone: "Asia/Shanghai", Budget: money,
		StockAt: voucher.AtClaim, Person: voucher.Unlimited,
		Offline: voucher.Offline{Bears: voucher.FundBears, Reserve: 100_000_00, Count: 100, Sum: 2500_00, Age: 72 * time.Hour, Patience: time.Second},
		Phases:  []voucher.Phase{{No: 1, Start: start, End: start.AddDate(0, 1, 0), Budget: money}},
		Tiers:   []voucher.Tier{{No: 1, ID: "t", Trade: voucher.Supermarket, Face: 10_00, Threshold: 50_00, Stock: []uint32{uint32(vouchers + 1000)}}},
	})
	w.must(err)
	_, _, err = w.hub.SetMerchants(ctx, []voucher.Merchant{{Code: "M1", Name: "店", Trade: voucher.Supermarket, Status: voucher.MerchantActive}})
	w.must(err)
	for i := range 8 {
		key, secret := seed(byte(10+i)), [32]byte{byte(i), 1}
		w.must(w.hub.MakeToken(ctx, ledger.TokenMade{Hash: secret[:], Merchant: "M1", Expires: w.now.AddDate(1, 0, 0).UnixMilli()}))
		e, err := w.hub.Enrol(ctx, ledger.Enrolment{Hash: secret, Key: key.Public().(ed25519.PublicKey)})
		w.must(err)
		w.tills = append(w.tills, &till{w: w, id: e.ID, key: key})
		_, err = w.hub.TopUp(ctx, e.ID)
		w.must(err)
	}
}

// issue puts vouchers out, and gives their codes without a signature: nobody here scans them.
func (w *world) issue(n int) []voucher.Body {
	v, bodies := ledger.VouchersIssued{Phase: 1, Tier: 1}, make([]voucher.Body, n)
	for i := range bodies {
		bodies[i] = voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: 1, Serial: w.serial}
		v.Vouchers = append(v.Vouchers, ledger.Issued{Serial: w.serial, Sight: voucher.Sight{byte(w.serial)}})
		w.serial++
	}
	w.must(w.hub.Issue(context.Background(), v))
	return bodies
}

// frame sends one frame of some terminal: mostly redemptions, a few acceptances offline, reversals, voids, doubles and
// bills that are too small. It gives how many redemptions stand at least.
func (w *world) frame(most int) (stand int) {
	t := w.tills[w.r.IntN(len(w.tills))]
	n := min(most, 1+w.r.IntN(wire.MaxRecords/2))
	for _, b := range w.issue(n) {
		s := &voucher.Redemption{Voucher: b, Sight: voucher.Sight{byte(b.Serial)}, Bill: 58_00}
		switch w.r.IntN(40) {
		case 0:
			t.record(voucher.Record{Kind: voucher.Accept, Sale: s, Lease: 1})
		case 1:
			of := t.record(voucher.Record{Kind: voucher.Ask, Sale: s})
			t.record(voucher.Record{Kind: voucher.Reverse, Of: of})
		case 2:
			s.Bill = 49_99
			t.record(voucher.Record{Kind: voucher.Ask, Sale: s})
		case 3:
			t.record(voucher.Record{Kind: voucher.Ask, Sale: s})
			t.record(voucher.Record{Kind: voucher.Accept, Sale: s, Lease: 1}) // a case
			stand++
		default:
			t.record(voucher.Record{Kind: voucher.Ask, Sale: s})
			stand++
		}
	}
	t.send()
	if w.r.IntN(50) == 0 {
		w.must(tell(w.hub.TopUp(context.Background(), t.id)))
	}
	return stand
}

func tell[A any](_ A, err error) error { return err }

func (t *till) record(r voucher.Record) uint64 {
	t.n++
	r.ID, r.Prev = voucher.RedemptionID{Terminal: t.id, Epoch: 1, Number: t.n}, t.head
	r.At, r.Heard, r.Sure = t.w.now.UnixMilli(), t.w.now.UnixMilli(), true
	raw, err := wire.EncodeRecord(&r)
	t.w.must(err)
	t.head = wire.Hash(raw)
	t.records, t.raw = append(t.records, &r), append(t.raw, raw)
	return t.n
}

func (t *till) send() {
	b := ledger.Batch{Terminal: t.id, Records: t.records, Raw: t.raw, Sig: wire.Sign(t.head[:], t.key, wire.ForRecords)}
	_, err := t.w.hub.Receive(context.Background(), b)
	t.w.must(err)
	t.records, t.raw = nil, nil
}
