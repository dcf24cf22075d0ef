package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var (
	update = flag.Bool("update", false, "write the golden frames anew: a changed frame is a changed protocol")
	key    = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	public = key.Public().(ed25519.PublicKey)
)

func record() *voucher.Record {
	return &voucher.Record{
		ID: voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 7}, Prev: [32]byte{1, 2, 3}, Kind: voucher.Accept,
		At: 1702267200000, Heard: 1702267100000, Sure: true, Lease: 2, WallClock: 1702267200123, SpentAt: 1702267000000,
		Sale: &voucher.Redemption{Voucher: voucher.Body{Key: 1, Campaign: 1, Phase: 1, Tier: 1, Serial: 99, Holder: [8]byte{9}},
			Sight: voucher.Sight{5}, Bill: 58_00, Order: "A-1"},
	}
}

// paid is a record that says who paid, and where the bill came from.
func paid() *voucher.Record {
	r := record()
	r.Sale.Payer, r.Sale.Source = voucher.Payer{6}, voucher.BillOfDisplay
	return r
}

// messages holds one of each, with every field set.
func messages(t testing.TB) []wire.Message {
	raw, err := wire.EncodeRecord(record())
	if err != nil {
		t.Fatal(err)
	}
	signed := wire.Signed{Raw: []byte{0xa0}, Sig: bytes.Repeat([]byte{4}, 64)}
	return []wire.Message{
		wire.Challenge{Nonce: bytes.Repeat([]byte{1}, 32), HubTime: 1702267200000, Generation: bytes.Repeat([]byte{2}, 16)},
		wire.Hello{Signed: signed},
		wire.Welcome{State: voucher.TerminalFrozen, Last: 7, Head: bytes.Repeat([]byte{6}, 32), Order: &signed},
		wire.Law{Signed: signed},
		wire.Lease{Signed: signed},
		wire.Records{Raw: [][]byte{raw}, Sig: bytes.Repeat([]byte{4}, 64), Proof: &signed},
		wire.Ack{Signed: signed},
		wire.Status{Queued: 3, Oldest: 1702267200000, Lease: 2, Used: voucher.Use{Count: 1, Sum: 10_00, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 2, Units: 1}}}, Turn: 4, Tick: 5, Spent: 6},
		wire.Pulse{Signed: signed},
		wire.Recall{Signed: signed},
		wire.Spent{Signed: signed},
		wire.Welcome{State: voucher.TerminalFrozen, Last: 7, Head: bytes.Repeat([]byte{6}, 32), Order: &signed, Lanes: true},
		wire.LaneAsk{},
		wire.Lane{Signed: signed},
		wire.Bye{Text: voucher.Text{Zh: "再见", En: "bye"}, After: 5000, Fatal: true},
	}
}

func bodies() []any {
	outcome := voucher.Outcome{ID: record().ID, Result: voucher.Disputed, Reason: voucher.AlreadyRedeemed, Winner: voucher.RedemptionID{Terminal: "T000002", Epoch: 1, Number: 1}, Case: 4, At: 1702267200000}
	start := time.Unix(1702224000, 0)
	signed, ratchet, yes, why := wire.Signed{Raw: []byte{0xa0}, Sig: []byte{4}}, wire.Ratchet{Turn: 1, Tick: 2, Secret: []byte{3}}, true, voucher.AlreadyRedeemed
	campaign := voucher.Campaign{
		ID: "c", Number: 1, Name: voucher.Text{Zh: "券", En: "v"}, Area: voucher.Area{Code: "410423", Name: voucher.Text{Zh: "鲁山县", En: "Lushan"}, Boundary: []voucher.Place{{Lat: 33.5, Lon: 112.25}}},
		Zone: "Asia/Shanghai", Budget: 1, StockAt: voucher.AtClaim, Person: voucher.Unlimited,
		Offline:  voucher.Offline{Bears: voucher.FundBears, Reserve: 1, Count: 2, Sum: 3, Face: 4, Age: time.Hour, Patience: time.Second, Grace: time.Minute},
		Phases:   []voucher.Phase{{No: 1, Start: start, End: start.Add(time.Hour), Budget: 1}},
		Tiers:    []voucher.Tier{{No: 1, ID: "t", Trade: voucher.Fuel, Face: 1, Threshold: 2, Stock: []uint32{3}}},
		Payments: []voucher.PaymentScheme{{Name: "p", Title: voucher.Text{Zh: "付", En: "pay"}, From: "25", To: "30", Shortest: 16, Longest: 24, Before: "fp"}},
		Revision: 2,
		Rules:    []voucher.CaseRule{{Kind: voucher.Conflict, Reason: &why, Bears: voucher.FundBears, InLease: &yes, OneOwner: &yes, Fresh: time.Hour, Propose: voucher.Pay, Tell: voucher.Text{Zh: "付", En: "paid"}}},
	}
	return []any{
		&wire.HelloBody{Nonce: []byte{1}, Protocol: 1, Terminal: "T000001", Epoch: 1, Last: 2, Head: []byte{3}, Law: 4, Lease: 5, Version: "v",
			Generation: []byte{6}, Ratchet: ratchet, Settled: 7, Lent: &signed, Named: &signed, Spent: 8, Lost: true},
		&wire.LawBody{Revision: 9, Campaign: campaign, Keys: []wire.Key{{ID: 1, Public: []byte{2}}}, Merchant: voucher.Merchant{Code: "M1", Name: "店", Trade: voucher.Fuel, Township: "x", USCC: "u", Place: &voucher.Place{Lat: 1, Lon: 2}, Open: "07:00", Close: "26:00", Status: voucher.MerchantActive}, Terminal: "T000001", State: voucher.TerminalFrozen, Place: &voucher.Place{Lat: 1, Lon: 2}, HubTime: 3, Device: []byte{4}, Payers: []byte{5}},
		&wire.AckBody{Terminal: "T000001", Epoch: 1, Last: 2, Head: []byte{3}, Outcomes: []voucher.Outcome{outcome}, HubTime: 4, Ratchet: ratchet, Book: 5, BookHead: []byte{6}, Answered: []byte{7}},
		&wire.PulseBody{HubTime: 1, Ratchet: ratchet},
		&wire.RecallBody{Terminal: "T000001", Epoch: 1, Lease: 2},
		&wire.OrderBody{Terminal: "T000001", Epoch: 2, HubTime: 3},
		&wire.SpentBody{Campaign: "c", Generation: []byte{1}, From: 2, To: 3, At: 4, Add: []byte{5}, Remove: []byte{6}},
		&voucher.Lease{Terminal: "T000001", Epoch: 1, Serial: 2, Campaign: "c", Granted: 3, Until: 4, Count: 5, Sum: 6, Face: 7, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 2, Units: 3}}},
		record(),
		paid(),
		&wire.LaneBody{Terminal: "T000001", Code: "HX1", Reason: voucher.OtherTerminal, HubTime: 1},
		&voucher.Handover{Technician: "王工", Note: "n", Version: "v", System: "linux/amd64",
			Fittings: []voucher.Fitting{{Kind: "scanner", Name: "左", USB: "0C2E:0B61", Connected: true}}, Checks: []voucher.Check{{Check: "disk", State: "ok"}},
			Despite: []string{"printer"}, Lane: record().ID, Steps: []voucher.LaneTime{{Step: "scan", MS: 5}}},
	}
}

func TestEveryMessageReadsBack(t *testing.T) {
	for _, m := range messages(t) {
		frame, err := wire.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.Decode(frame)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%T: %v\n got %+v\nwant %+v", m, err, back, m)
		}
	}
	for _, b := range bodies() {
		raw, err := wire.Marshal(b)
		back := reflect.New(reflect.TypeOf(b).Elem())
		if err == nil {
			err = wire.Unmarshal(raw, back.Interface())
		}
		again, _ := wire.Marshal(back.Interface())
		if err != nil || !bytes.Equal(raw, again) || hasZero(reflect.ValueOf(b).Elem()) {
			t.Errorf("%T: %v\n%x\n%x", b, err, raw, again)
		}
	}
}

// hasZero finds a field the samples forgot, which would hide a lost field from the round trip.
func hasZero(v reflect.Value) bool {
	for i := range v.NumField() {
		if v.Field(i).IsZero() && v.Type().Field(i).Name != "Of" && v.Type().Field(i).Name != "Handover" {
			return true
		}
	}
	return false
}

func TestFramesStayAsTheyAre(t *testing.T) {
	var got strings.Builder
	for _, m := range messages(t) {
		frame, _ := wire.Encode(m)
		fmt.Fprintf(&got, "%T %s\n", m, hex.EncodeToString(frame))
	}
	for _, b := range bodies() {
		raw, _ := wire.Marshal(b)
		fmt.Fprintf(&got, "%T %s\n", b, hex.EncodeToString(raw))
	}
	if *update {
		os.MkdirAll("testdata", 0o755)
		os.WriteFile("testdata/frames.golden", []byte(got.String()), 0o644)
	}
	want, err := os.ReadFile("testdata/frames.golden")
	if err != nil || got.String() != string(want) {
		t.Fatalf("a frame has changed, and with it the protocol (%v):\n%s", err, got.String())
	}
}

func TestASignatureHoldsForItsPurposeOnly(t *testing.T) {
	s, err := wire.Seal(wire.PulseBody{HubTime: 5}, key, wire.ForPulse)
	if err != nil {
		t.Fatal(err)
	}
	var b wire.PulseBody
	if err := s.Open(&b, public, wire.ForPulse); err != nil || b.HubTime != 5 {
		t.Fatal(err, b)
	}
	if err := s.Open(&b, public, wire.ForAck); !errors.Is(err, wire.ErrSignature) {
		t.Error("it holds for another purpose:", err)
	}
	s.Raw = append(bytes.Clone(s.Raw), 0)
	if err := s.Open(&b, public, wire.ForPulse); !errors.Is(err, wire.ErrSignature) {
		t.Error("it holds for other bytes:", err)
	}
	if err := s.Open(&b, nil, wire.ForPulse); !errors.Is(err, wire.ErrSignature) {
		t.Error("it holds without a key:", err)
	}
}

func TestDecodeRecordWantsWholeRecords(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*voucher.Record)
	}{
		{"no terminal", func(r *voucher.Record) { r.ID.Terminal = "" }},
		{"number 0", func(r *voucher.Record) { r.ID.Number = 0 }},
		{"a kind from the future", func(r *voucher.Record) { r.Kind = 99 }},
		{"an acceptance of nothing", func(r *voucher.Record) { r.Sale = nil }},
		{"a sale about another record", func(r *voucher.Record) { r.Of = 3 }},
		{"a void of nothing", func(r *voucher.Record) { r.Kind, r.Sale = voucher.Void, nil }},
		{"a void of itself", func(r *voucher.Record) { r.Kind, r.Sale, r.Of = voucher.Void, nil, 7 }},
		{"a void with a sale", func(r *voucher.Record) { r.Kind, r.Of = voucher.Void, 3 }},
		{"a handover of nothing", func(r *voucher.Record) { r.Kind, r.Sale = voucher.Handed, nil }},
		{"a handover by nobody", func(r *voucher.Record) {
			r.Kind, r.Sale, r.Handover = voucher.Handed, nil, &voucher.Handover{Lane: r.ID}
		}},
		{"a sale with a handover", func(r *voucher.Record) { r.Handover = &voucher.Handover{Technician: "a", Lane: r.ID} }},
		{"an order of 65 bytes", func(r *voucher.Record) { r.Sale.Order = strings.Repeat("x", 65) }},
	} {
		r := record()
		c.change(r)
		raw, err := wire.EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wire.DecodeRecord(raw); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTokenReadsBackAndNamesWhatIsWrong(t *testing.T) {
	token := wire.NewToken([32]byte{1, 2})
	if back, err := wire.ParseToken(" " + token.Text() + "\n"); back != token || err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%v %s %+v", token, token, token), token.Text()[5:20]) {
		t.Error("a printed token shows itself")
	}
	text := []byte(token.Text())
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] = 'A' + (bad[i]+1)%26
		if bad[i] == text[i] {
			continue
		}
		if back, err := wire.ParseToken(string(bad)); !errors.Is(err, wire.ErrToken) {
			t.Fatalf("character %d changed: %v %v", i, back, err)
		}
	}
	if _, err := wire.ParseToken(string(text[:30])); !errors.Is(err, wire.ErrToken) {
		t.Error("half a token was read")
	}
}

// FuzzDecode has an oracle: what is read encodes again and reads the same.
func FuzzDecode(f *testing.F) {
	for _, m := range messages(f) {
		frame, _ := wire.Encode(m)
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := wire.Decode(frame)
		if err != nil {
			if !errors.Is(err, wire.ErrFrame) {
				t.Fatal(err)
			}
			return
		}
		again, err := wire.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := wire.Decode(again); err != nil {
			t.Fatalf("%v: %x", err, again)
		} else if third, _ := wire.Encode(back); !bytes.Equal(again, third) {
			t.Fatalf("%x\n%x", again, third)
		}
	})
}

// A link is read of what is no record of this version, and of nothing that has no ID.
func TestReadLink(t *testing.T) {
	r := record()
	r.Kind = 99
	raw, err := wire.EncodeRecord(r)
	if err != nil {
		t.Fatal(err)
	}
	if id, prev, err := wire.ReadLink(raw); err != nil || id != r.ID || prev != r.Prev {
		t.Fatalf("%v %x %v", id, prev, err)
	}
	r.ID.Number = 0
	nameless, _ := wire.EncodeRecord(r)
	for _, raw := range [][]byte{nameless, raw[:len(raw)-1], nil, []byte("junk")} {
		if _, _, err := wire.ReadLink(raw); !errors.Is(err, wire.ErrFrame) {
			t.Errorf("%x: %v", raw, err)
		}
	}
}

// FuzzDecodeRecord holds that a record that is read has an ID and a known kind, and that its hash is of its bytes.
func FuzzDecodeRecord(f *testing.F) {
	raw, _ := wire.EncodeRecord(record())
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := wire.DecodeRecord(raw)
		if err != nil {
			return
		}
		if r.ID.Number == 0 || r.Kind < voucher.Ask || r.Kind > voucher.Handed || r.Of >= r.ID.Number {
			t.Fatalf("%+v", r)
		}
		if wire.Hash(raw) == wire.Hash(append([]byte{0}, raw...)) {
			t.Fatal("two byte strings, one hash")
		}
	})
}

// Tills and hub are never updated on the same day: what the first version sent is still read.
func TestFramesOfTheFirstVersionAreStillRead(t *testing.T) {
	old, err := os.ReadFile("testdata/frames-1.golden")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for line := range strings.Lines(string(old)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(name, "wire.") {
			continue
		}
		frame, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.Decode(frame)
		if err != nil || fmt.Sprintf("%T", m) != name {
			t.Errorf("%s: read as %T, %v", name, m, err)
		}
		read++
	}
	if read != 10 {
		t.Fatalf("%d frames in the file", read)
	}
}

// A handover as long as may be still goes into a frame.
func TestTheLongestHandoverFitsAFrame(t *testing.T) {
	long := strings.Repeat("\U00020bb7", 1000)
	h := voucher.Handover{Technician: long, Note: long, Version: long, System: long, Lane: record().ID}
	for range 100 {
		h.Fittings = append(h.Fittings, voucher.Fitting{Kind: long, Name: long, USB: long, Connected: true})
		h.Checks = append(h.Checks, voucher.Check{Check: long, State: long})
		h.Despite = append(h.Despite, long)
		h.Steps = append(h.Steps, voucher.LaneTime{Step: long, MS: 1 << 40})
	}
	h = h.Plain()
	r := record()
	r.Kind, r.Sale, r.Lease, r.SpentAt, r.Handover = voucher.Handed, nil, 0, 0, &h
	raw, err := wire.EncodeRecord(r)
	if err != nil || len(raw) > wire.MaxUp-2048 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	if back, err := wire.DecodeRecord(raw); err != nil || len(back.Handover.Checks) != 64 {
		t.Errorf("%v", err)
	}
}

// A terminal of before lane tests reads a welcome that offers them, and knows nothing of it.
func TestAnEarlierTerminalReadsAWelcomeThatOffersLanes(t *testing.T) {
	frame, err := wire.Encode(wire.Welcome{State: voucher.TerminalFrozen, Last: 7, Lanes: true})
	if err != nil {
		t.Fatal(err)
	}
	var earlier struct {
		State voucher.TerminalState `cbor:"1,keyasint"`
		Last  uint64                `cbor:"2,keyasint"`
		Head  []byte                `cbor:"3,keyasint"`
		Order *wire.Signed          `cbor:"4,keyasint,omitempty"`
	}
	if err := wire.Unmarshal(frame[1:], &earlier); err != nil || earlier.State != voucher.TerminalFrozen || earlier.Last != 7 {
		t.Errorf("%+v, %v", earlier, err)
	}
}
