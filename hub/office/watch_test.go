package office

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// street is a hub with some shops, one of them a crook's, on a clock of its own. Everything but the hub's keys follows from
// the seed.
type street struct {
	t      testing.TB
	dir    string
	now    atomic.Int64 // milliseconds since 1970
	chance *rand.Rand
	serial voucher.Serial
	tills  []*streetTill

	*Office
	end func()
}

// streetTill makes chained records as a terminal does.
type streetTill struct {
	s        *street
	merchant voucher.MerchantID
	id       voucher.TerminalID
	n        uint64
	head     [32]byte
	queue    []*voucher.Record
	raw      [][]byte
	sales    []uint64
}

const shops = "code,name,trade,township,uscc,lat,lon,open,close,status\n" +
	"M1,一店,supermarket,东镇,,33.74,112.91,07:00,22:00,active\nM2,二店,supermarket,东镇,,33.741,112.92,07:30,25:15,active\n" +
	"M3,三店,supermarket,西镇,,33.76,112.88,,,active\nM4,四店,supermarket,西镇,,,,06:00,21:00,active\n"

func newStreet(t testing.TB, seed uint64) *street {
	s := &street{t: t, dir: t.TempDir(), chance: rand.New(rand.NewPCG(seed, 7)), serial: voucher.Serial(seed << 40)}
	s.now.Store(time.Date(2023, 12, 11, 9, 0, 0, 0, china).UnixMilli())
	s.open()
	t.Cleanup(func() { s.end() })
	data, err := os.ReadFile("../../packaging/hexiao-hub/lushan.toml")
	s.must(err)
	_, err = s.applyCampaign(t.Context(), ApplyCampaign{File: File{Name: "lushan.toml", Data: data}, Start: "2023-12-11T00:00:00+08:00"})
	s.must(err)
	_, err = s.importMerchants(t.Context(), File{Name: "m.csv", Data: []byte(shops)})
	s.must(err)
	for i := range 4 {
		s.enrol(byte(i), voucher.MerchantID(fmt.Sprintf("M%d", i+1)))
	}
	return s
}

func (s *street) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// open opens the folder, as a hub that starts, with a watch that has seen nothing.
func (s *street) open() {
	var err error
	s.Office, err = Open(context.Background(), s.dir, Settings{Now: func() time.Time { return time.UnixMilli(s.now.Load()) }})
	s.must(err)
	s.Watch = s.NewWatch(nil, nil)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	o := s.Office
	go func() { defer close(ended); o.Ledger.Run(ctx) }()
	s.end = func() {
		stop()
		<-ended
		if err := o.Close(); err != nil {
			s.t.Error(err)
		}
	}
	s.must(s.Begin(ctx))
}

func (s *street) restart() { s.end(); s.open() }

func (s *street) enrol(key byte, m voucher.MerchantID) {
	ctx, secret := context.Background(), bytes.Repeat([]byte{key}, 32)
	s.must(s.Ledger.MakeToken(ctx, ledger.TokenMade{Hash: secret, Merchant: m, Expires: s.now.Load() + 1000}))
	e, err := s.Ledger.Enrol(ctx, ledger.Enrolment{Hash: [32]byte(secret), Key: bytes.Repeat([]byte{key}, 32)})
	s.must(err)
	_, err = s.Ledger.TopUp(ctx, e.ID)
	s.must(err)
	s.tills = append(s.tills, &streetTill{s: s, merchant: m, id: e.ID})
}

func (s *street) later(most time.Duration) {
	s.now.Add(int64(time.Duration(s.chance.Int64N(int64(most))) / time.Millisecond))
}

// claim issues a voucher to somebody.
func (s *street) claim(person, device string, at *voucher.Place) *voucher.Redemption {
	s.serial += 1 + voucher.Serial(s.chance.IntN(1000))
	hash := func(name string) []byte {
		h := wire.HashSecret([]byte(name))
		return h[:]
	}
	sight := voucher.Sight{byte(s.serial)}
	s.must(s.Ledger.Issue(context.Background(), ledger.VouchersIssued{Phase: 1, Tier: 1, Person: hash(person), Device: hash(device)[:16], At: at,
		Vouchers: []ledger.Issued{{Serial: s.serial, Sight: sight}}}))
	return &voucher.Redemption{Voucher: voucher.Body{Key: 1, Campaign: 1, Phase: 1, Tier: 1, Serial: s.serial}, Sight: sight, Source: voucher.BillTyped}
}

func (t *streetTill) record(r voucher.Record) uint64 {
	t.n++
	r.ID, r.Prev = voucher.RedemptionID{Terminal: t.id, Epoch: 1, Number: t.n}, t.head
	r.At, r.Heard, r.Sure = t.s.now.Load(), t.s.now.Load(), true
	raw, err := wire.EncodeRecord(&r)
	t.s.must(err)
	t.head = wire.Hash(raw)
	t.queue, t.raw = append(t.queue, &r), append(t.raw, raw)
	return t.n
}

func (t *streetTill) send() (last voucher.Outcome) {
	if len(t.queue) == 0 {
		return last
	}
	ack, err := t.s.Ledger.Receive(context.Background(), ledger.Batch{Terminal: t.id, Records: t.queue, Raw: t.raw, Sig: []byte("sig")})
	t.s.must(err)
	t.queue, t.raw = nil, nil
	return ack.Outcomes[len(ack.Outcomes)-1]
}

// sell has one customer at a till: with a line or without, sometimes voided.
func (t *streetTill) sell(sale *voucher.Redemption) {
	kind, lease := voucher.Ask, uint32(0)
	if t.s.chance.IntN(8) == 0 {
		kind, lease = voucher.Accept, 1
	}
	n := t.record(voucher.Record{Kind: kind, Sale: sale, Lease: lease})
	t.sales = append(t.sales, n)
	if kind == voucher.Ask || t.s.chance.IntN(3) > 0 {
		t.send()
	}
	switch t.s.chance.IntN(20) {
	case 0:
		t.record(voucher.Record{Kind: voucher.Void, Of: n})
	case 1:
		t.record(voucher.Record{Kind: voucher.Reverse, Of: n})
	}
}

// honest is a customer like others; false is one that nobody has seen.
func (s *street) honest(i int) {
	if now := time.UnixMilli(s.now.Load()).In(china); now.Hour() < 8 || now.Hour() >= 20 { // all shops are open by day
		s.now.Store(time.Date(now.Year(), now.Month(), now.Day()+now.Hour()/20, 8, 0, 0, 0, china).UnixMilli())
	}
	at := voucher.Place{Lat: 33.7 + s.chance.Float64()/10, Lon: 112.85 + s.chance.Float64()/10}
	sale := s.claim(fmt.Sprintf("person %d", i), fmt.Sprintf("phone %d", i), &at)
	s.later(20 * time.Minute)
	sale.Bill = voucher.Fen(50_00 + s.chance.IntN(60_00))
	if s.chance.IntN(3) > 0 {
		sale.Payer = voucher.Payer{1, byte(i), byte(i >> 8)}
	}
	s.tills[s.chance.IntN(4)].sell(sale)
}

func (s *street) false(i int) {
	sale := s.claim(fmt.Sprintf("name %d", i), fmt.Sprintf("farm %d", i%2), &voucher.Place{Lat: 33.76, Lon: 112.88})
	s.later(40 * time.Second)
	sale.Bill, sale.Payer = 50_00, voucher.Payer{9, byte(i % 2)}
	s.tills[2].sell(sale)
}

// play sells for some days; now and then calls between.
func (s *street) play(between func(i int)) {
	for i := range 400 {
		s.honest(i)
		if i > 150 && i%3 == 0 {
			s.false(i)
		}
		if i%10 == 0 {
			for _, t := range s.tills {
				t.send()
			}
		}
		between(i)
	}
	s.must(s.Watch.CatchUp(context.Background()))
}

// alerts are those in the book, as the detector writes them, with their explanation.
func (s *street) alerts() string {
	s.t.Helper()
	var all strings.Builder
	s.must(s.Book.Read(context.Background(), 0, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		if err == nil && entry.Suspected != nil {
			raw, _ := wire.Marshal(entry.Suspected.Parts)
			fmt.Fprintf(&all, "%+v %x\n", alertLine(entry.Suspected, true), raw)
		}
		return err
	}))
	return all.String()
}

func TestAlertsAreTheSameForAHubThatRanOnAndOneThatWasRestarted(t *testing.T) {
	calm := newStreet(t, 1)
	calm.play(func(i int) {
		if i%7 == 0 {
			calm.must(calm.Watch.CatchUp(context.Background()))
		}
	})
	want := calm.alerts()
	if strings.Count(want, "\n") < 2 || !strings.Contains(want, "Merchant:M3") || strings.Contains(want, "Merchant:M1") {
		t.Fatalf("the street does not show what it should:\n%s", want)
	}
	for _, c := range []struct {
		name    string
		between func(s *street, i int)
	}{
		{"restarted often, also before the watch has seen the newest", func(s *street, i int) {
			if i%25 == 24 {
				s.restart()
			}
			if i%60 == 0 {
				s.must(s.Watch.CatchUp(context.Background()))
			}
		}},
		{"killed between an alert and the ledger", func(s *street, i int) {
			if i%30 == 0 {
				s.must(s.Book.Read(context.Background(), s.Watch.at, s.Watch.entry)) // seen, and not told
				s.restart()
			}
		}},
		{"a watch that the ledger's entries do not reach, now and then", func(s *street, i int) {
			if i%13 == 0 {
				s.Watch.inbox.take()
			}
			if i%5 == 0 {
				s.must(s.Watch.CatchUp(context.Background()))
			}
		}},
		{"a watch that comes at the very end", func(*street, int) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStreet(t, 1)
			s.play(func(i int) { c.between(s, i) })
			if got := s.alerts(); got != want {
				t.Fatalf("other alerts:\n%s\nwant\n%s", got, want)
			}
			s.restart()
			s.must(s.Watch.CatchUp(context.Background()))
			if got := s.alerts(); got != want {
				t.Fatalf("a restart has raised alerts again:\n%s", got)
			}
		})
	}
}

func TestAStreamOfTheBookReplaysToTheSameAlerts(t *testing.T) {
	s := newStreet(t, 2)
	s.play(func(i int) { s.must(s.Watch.CatchUp(context.Background())) })
	dir := t.TempDir()
	in := WantStream{File: filepath.Join(dir, "s.ndjson"), Registry: filepath.Join(dir, "r.ndjson")}
	done, err := s.exportStream(t.Context(), in)
	if err != nil || done.Shops != 4 {
		t.Fatalf("%+v %v", done, err)
	}
	stream, err := os.ReadFile(in.File)
	s.must(err)
	if again, err := s.exportStream(t.Context(), in); err == nil {
		t.Fatalf("it was written over: %+v", again)
	}
	registry, err := os.Open(in.Registry)
	s.must(err)
	defer registry.Close()
	known, err := ReadShops(registry)
	s.must(err)
	var out bytes.Buffer
	r := Replay{Stream: bytes.NewReader(stream), Shops: known, Alerts: &out, Explain: true, Now: time.Now, Fault: func(f *BadLine) { t.Error(f) }}
	sum, err := r.Run(t.Context())
	if err != nil || sum.Events != done.Events || sum.Skipped > 0 || len(sum.Unknown) > 0 {
		t.Fatalf("%+v %v", sum, err)
	}
	var replayed, live []string
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(line, `"level":"watch"`) {
			replayed = append(replayed, line)
		}
	}
	s.must(s.Book.Read(context.Background(), 0, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		if err == nil && entry.Suspected != nil {
			live = append(live, lineOf(t, entry.Suspected))
		}
		return err
	}))
	if len(live) == 0 || !slices.Equal(live, replayed) {
		t.Fatalf("live:\n%s\nreplayed:\n%s", strings.Join(live, ""), strings.Join(replayed, ""))
	}
}

func TestTheInboxHoldsSoManyAndNoMore(t *testing.T) {
	var b inbox
	for i := range 3 * maxInbox / 1000 {
		b.add(book.Position(i*1000+1), make([]ledger.Entry, 1000))
	}
	held := 0
	for _, g := range b.take() {
		held += len(g.entries)
	}
	if held == 0 || held > maxInbox || b.take() != nil {
		t.Fatalf("%d entries", held)
	}
}

func lineOf(t *testing.T, s *ledger.Suspected) string {
	t.Helper()
	var out bytes.Buffer
	if err := writeLine(&out, alertLine(s, true)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every event that the fold tells of reads back from its line as it was.
func TestEventsReadBackFromTheirLines(t *testing.T) {
	s := newStreet(t, 3)
	s.play(func(int) {})
	var lines bytes.Buffer
	var want []cashout.Event
	count := map[cashout.Kind]int{}
	v := NewEvents(nil, func(g *Sight) {
		want = append(want, g.Event)
		count[g.Kind]++
		s.must(WriteSight(&lines, g))
	})
	last, head := s.Book.Head()
	s.must(v.Read(t.Context(), &until{s.Book, last, head}))
	if count[cashout.Claim] < 400 || count[cashout.Redeem] < 400 || count[cashout.Void] < 20 {
		t.Fatalf("%v", count)
	}
	in := NewStream(&lines)
	for i, w := range want {
		var got cashout.Event
		if err := in.Next(&got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if got != w {
			t.Fatalf("line %d reads as\n%+v\nwas\n%+v", i+1, got, w)
		}
	}
}

// The watch that runs beside the work ends with its context, and has told by then what one that is driven by hand tells.
func TestTheWatchRunsBesideTheWork(t *testing.T) {
	s := newStreet(t, 1)
	ctx, stop := context.WithCancel(context.Background())
	changed, ended := make(chan struct{}, 1), make(chan error, 1)
	w := s.Watch
	go func() { ended <- w.Run(ctx, changed) }()
	s.play(func(i int) {
		select {
		case changed <- struct{}{}:
		default:
		}
		if i%50 == 0 {
			if _, err := s.screening(ctx, WantScreening{}); err != nil {
				t.Fatal(err)
			}
		}
	})
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	calm := newStreet(t, 1)
	calm.play(func(int) {})
	if got, want := s.alerts(), calm.alerts(); got != want || want == "" {
		t.Fatalf("other alerts:\n%s\nwant\n%s", got, want)
	}
}

// person enters somebody, once, and gives what signs for that person.
func (s *street) person(name string) func(raw []byte, purpose wire.Purpose) []byte {
	s.t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte(name[:1]), 32))
	err := s.Ledger.AddPerson(context.Background(), ledger.PersonSet{Name: name, Key: key.Public().(ed25519.PublicKey)})
	if no := (*Refusal)(nil); err != nil && (!errors.As(err, &no) || no.Code != "person_known") {
		s.t.Fatal(err)
	}
	return func(raw []byte, purpose wire.Purpose) []byte { return wire.Sign(raw, key, purpose) }
}
