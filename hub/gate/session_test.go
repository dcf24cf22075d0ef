package gate_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestAGoodSession(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	c := l.connect()
	if len(c.Nonce) != 32 || !bytes.Equal(c.Generation, generation) || c.HubTime == 0 {
		t.Fatalf("%+v", c)
	}
	l.greet(l.hello(c))
	if w := expect[wire.Welcome](l); w.State != voucher.TerminalGood || w.Last != 0 {
		t.Fatalf("%+v", w)
	}
	law := l.adopt(expect[wire.Law](l))
	if law.Campaign.ID != "test" || law.Merchant.Name != "鲁山超市" || len(law.Keys) != 1 || law.Keys[0].ID != 1 {
		t.Fatalf("%+v", law)
	}
	l.borrow(expect[wire.Lease](l))
	code := h.issue()
	l.record(voucher.Ask, code, 58_00)
	l.record(voucher.Ask, code, 58_00)
	l.record(voucher.Accept, h.issue(), 49_99)
	l.send(l.frame(0))
	ack := l.ack()
	head := l.head()
	if ack.Last != 3 || !bytes.Equal(ack.Head, head[:]) || ack.Terminal != l.id || len(ack.Outcomes) != 3 {
		t.Fatalf("%+v", ack)
	}
	for i, want := range []struct {
		result voucher.Result
		reason voucher.Reason
	}{{voucher.Redeemed, voucher.OK}, {voucher.Rejected, voucher.AlreadyRedeemed}, {voucher.Disputed, voucher.BelowThreshold}} {
		if o := ack.Outcomes[i]; o.Result != want.result || o.Reason != want.reason {
			t.Errorf("record %d: %+v, want %v", i+1, o, want)
		}
	}
	l.send(wire.Status{Queued: 3, Oldest: time.Now().Add(-2 * time.Minute).UnixMilli(), Lease: 1})
	expect[wire.Pulse](l)
	live, known := h.gate.Live(l.id)
	if !known || !live.Connected || live.Queued != 3 || live.Version != "till1" || time.Since(live.Oldest) < time.Minute || time.Since(live.LastReport) > time.Minute {
		t.Errorf("%v %+v", known, live)
	}
	if v := h.metric(`hexiao_records_total{kind="ask",reason="already_redeemed",result="rejected",tier="supermarket-10"}`); v != "1" {
		t.Errorf("the refusal is counted %q times", v)
	}
}

func TestAskedTwiceAnsweredTheSame(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	l.record(voucher.Ask, h.issue(), 58_00)
	l.send(l.frame(0))
	first := l.ack()
	l.ws.Close() // the till never saw it, let us say
	if w := l.enter(); w.Last != 1 {
		t.Fatalf("%+v", w)
	}
	l.send(l.frame(0))
	if again := l.ack(); again.Outcomes[0] != first.Outcomes[0] {
		t.Fatalf("%+v, then %+v", first, again)
	}
	if v := h.metric(`hexiao_records_total{kind="ask",reason="ok",result="redeemed",tier="supermarket-10"}`); v != "1" {
		t.Errorf("one redemption is counted %q times", v)
	}
}

func TestAGapIsNamedAndNothingIsTaken(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	code := h.issue()
	l.record(voucher.Ask, code, 1)
	l.record(voucher.Ask, code, 58_00)
	l.send(l.frame(1))
	if ack := l.ack(); ack.Last != 0 || len(ack.Outcomes) != 0 {
		t.Fatalf("%+v", ack)
	}
	l.send(l.frame(0))
	if ack := l.ack(); ack.Last != 2 || ack.Outcomes[1].Result != voucher.Redeemed {
		t.Fatalf("%+v", ack)
	}
}

func TestABacklogOfFourFramesInFlight(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	code := h.issue()
	for i := range wire.MaxFlight {
		for range wire.MaxRecords {
			l.record(voucher.Ask, code, 58_00)
		}
		l.send(l.frame(i * wire.MaxRecords))
	}
	for i := range wire.MaxFlight {
		if ack := l.ack(); ack.Last != uint64(i+1)*wire.MaxRecords || len(ack.Outcomes) != wire.MaxRecords {
			t.Fatalf("ack %d: last %d, %d outcomes", i, ack.Last, len(ack.Outcomes))
		}
	}
}

func TestStrangersAreToldWhyAndSentAway(t *testing.T) {
	h := open(t)
	good := h.till("M1", 1)
	for _, c := range []struct {
		name, says string
		change     func(*till, *wire.HelloBody)
	}{
		{"a terminal that never enrolled", "no terminal \"T009999\"", func(_ *till, b *wire.HelloBody) { b.Terminal = "T009999" }},
		{"another key", "key of this PC", func(l *till, _ *wire.HelloBody) { l.key = key(99) }},
		{"the nonce of another connection", "another connection", func(_ *till, b *wire.HelloBody) { b.Nonce = bytes.Repeat([]byte{1}, 32) }},
		{"a later protocol", "update the program", func(_ *till, b *wire.HelloBody) { b.Protocol = 2 }},
		{"no name", "which terminal", func(_ *till, b *wire.HelloBody) { b.Terminal = "" }},
		{"epoch 0", "which terminal", func(_ *till, b *wire.HelloBody) { b.Epoch = 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &till{h: h, t: t, id: good.id, key: good.key}
			b := l.hello(l.connect())
			c.change(l, &b)
			l.greet(b)
			bye, code, err := l.farewell()
			if err != nil || !bye.Fatal || code != websocket.ClosePolicyViolation || !strings.Contains(bye.Text.En, c.says) || bye.Text.Zh == "" {
				t.Fatalf("%+v %d %v", bye, code, err)
			}
		})
	}
}

func TestARevokedTerminalComesInAndHearsIt(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	h.must(h.ledger.SetTerminal(context.Background(), l.id, voucher.TerminalRevoked, "stolen"))
	l.greet(l.hello(l.connect()))
	if w := expect[wire.Welcome](l); w.State != voucher.TerminalRevoked {
		t.Fatalf("%+v", w)
	}
	if law := l.adopt(expect[wire.Law](l)); law.State != voucher.TerminalRevoked {
		t.Fatalf("%+v", law)
	}
	l.record(voucher.Ask, h.issue(), 58_00)
	l.send(l.frame(0))
	if ack := l.ack(); ack.Outcomes[0].Reason != voucher.TerminalIsRevoked {
		t.Fatalf("%+v", ack) // what it kept while nobody knew still comes up, and is answered
	}
}

func TestBadFramesEndTheirOwnSessionOnly(t *testing.T) {
	h := open(t)
	other := h.till("M2", 77)
	other.enter()
	for i, c := range []struct {
		name string
		code int
		send func(*till)
	}{
		{"a signature that does not hold", websocket.ClosePolicyViolation, func(l *till) {
			f := l.frame(0)
			f.Sig = bytes.Clone(f.Sig)
			f.Sig[5] ^= 1
			l.send(f)
		}},
		{"a chain that breaks inside the frame", websocket.ClosePolicyViolation, func(l *till) {
			f := l.frame(0)
			f.Raw = [][]byte{f.Raw[0], f.Raw[0], f.Raw[2]}
			l.send(f)
		}},
		{"a record that does not hold the hash of the one before", websocket.ClosePolicyViolation, func(l *till) {
			twin := &till{h: l.h, t: l.t, id: l.id, key: l.key}
			twin.record(voucher.Ask, voucher.Code{}, 2)
			f := l.frame(0)
			f.Raw = append([][]byte{twin.raw[0]}, f.Raw[1:]...)
			l.send(f)
		}},
		{"a number left out, the hashes in order", websocket.ClosePolicyViolation, func(l *till) {
			r, err := wire.DecodeRecord(l.raw[2])
			l.h.must(err)
			r.ID.Number, r.Prev = 4, l.head()
			raw, err := wire.EncodeRecord(r)
			l.h.must(err)
			l.raw = append(l.raw, raw)
			r.ID.Number, r.Prev = 6, l.head()
			raw, err = wire.EncodeRecord(r)
			l.h.must(err)
			l.raw = append(l.raw, raw)
			l.send(l.frame(0))
		}},
		{"a record left out", websocket.ClosePolicyViolation, func(l *till) {
			f := l.frame(0)
			f.Raw = [][]byte{f.Raw[0], f.Raw[2]}
			l.send(f)
		}},
		{"records of another terminal, signed with this one's key", websocket.ClosePolicyViolation, func(l *till) {
			foreign := &till{h: l.h, t: l.t, id: other.id, key: l.key}
			foreign.record(voucher.Ask, voucher.Code{}, 1)
			l.send(foreign.frame(0))
		}},
		{"no records", websocket.ClosePolicyViolation, func(l *till) { l.send(wire.Records{Sig: make([]byte, 64)}) }},
		{"more records than may be in one frame", websocket.ClosePolicyViolation, func(l *till) {
			for len(l.raw) <= wire.MaxRecords {
				l.record(voucher.Ask, voucher.Code{}, 1)
			}
			l.send(l.frame(0))
		}},
		{"a frame above the limit", websocket.CloseMessageTooBig, func(l *till) {
			l.sendRaw(websocket.BinaryMessage, make([]byte, wire.MaxUp+1))
		}},
		{"a text frame", websocket.CloseUnsupportedData, func(l *till) { l.sendRaw(websocket.TextMessage, []byte(`{"hello":1}`)) }},
		{"bytes that mean nothing", websocket.ClosePolicyViolation, func(l *till) { l.sendRaw(websocket.BinaryMessage, []byte{0xff, 0xff, 0xff}) }},
		{"an empty frame", websocket.ClosePolicyViolation, func(l *till) { l.sendRaw(websocket.BinaryMessage, nil) }},
		{"a second hello", websocket.ClosePolicyViolation, func(l *till) { l.greet(l.hello(wire.Challenge{Nonce: make([]byte, 32)})) }},
		{"the hub's own words", websocket.ClosePolicyViolation, func(l *till) { l.send(wire.Welcome{}) }},
		{"a report every millisecond", websocket.ClosePolicyViolation, func(l *till) {
			for range 80 {
				l.send(wire.Status{})
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := h.till("M1", byte(i+1))
			l.t = t
			l.enter()
			for range 3 {
				l.record(voucher.Ask, voucher.Code{}, 1)
			}
			c.send(l)
			bye, code, err := l.farewell()
			if err != nil || code != c.code || bye.Text.Zh == "" || bye.Text.En == "" {
				t.Fatalf("%+v %d %v", bye, code, err)
			}
			if info, err := h.ledger.Terminal(context.Background(), l.id); err != nil || info.Last != 0 {
				t.Errorf("%v %+v", err, info)
			}
			other.pulse()
		})
	}
}

func TestBeforeTheHelloNothingElseIsHeard(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.record(voucher.Ask, h.issue(), 58_00)
	for _, m := range []wire.Message{l.frame(0), wire.Status{}} {
		l.connect()
		l.send(m)
		if bye, _, err := l.farewell(); err != nil || !bye.Fatal {
			t.Errorf("%T: %+v %v", m, bye, err)
		}
	}
}

func TestSilenceInsteadOfAHello(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.HelloWait = 30 * time.Millisecond })
	l := h.till("M1", 1)
	l.connect()
	if m, err := l.next(); err == nil {
		t.Fatalf("%T", m)
	}
	until(t, "the end is counted", func() bool { return h.metric(`hexiao_session_ends_total{why="silent"}`) == "1" })
}

func TestSilenceAfterTheHello(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.ReadWait = 50 * time.Millisecond })
	l := h.till("M1", 1)
	l.enter()
	if m, err := l.next(); err == nil {
		t.Fatalf("%T", m)
	}
	until(t, "it is off the list", func() bool { live, _ := h.gate.Live(l.id); return !live.Connected })
}

func TestCompressionIsNotSpoken(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	answer, err := l.dial(http.Header{"X-Test": {"compress"}})
	if err != nil || answer.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Fatal(err, answer.Header)
	}
	c := expect[wire.Challenge](l)
	l.greet(l.hello(c))
	expect[wire.Welcome](l)
	// A frame that says it is compressed all the same: FIN, RSV1, binary, masked, 2 bytes.
	if _, err := l.ws.NetConn().Write([]byte{0xc2, 0x82, 0, 0, 0, 0, 1, 2}); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = l.next()
	}
	if !websocket.IsCloseError(err, websocket.CloseProtocolError) {
		t.Fatal(err)
	}
}

func TestPagesInABrowserStayOutside(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	for _, origin := range []string{"https://" + h.addr, "https://evil.example", "null", ""} {
		answer, err := l.dial(http.Header{"Origin": {origin}})
		if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %v %v", origin, answer, err)
		}
	}
	q, _ := http.NewRequest("POST", "https://"+h.addr+"/v1/enrol", strings.NewReader("{}"))
	q.Header.Set("Origin", "https://evil.example")
	r, err := h.http.Do(q)
	if err != nil || r.StatusCode != http.StatusForbidden {
		t.Fatal(r, err)
	}
	r.Body.Close()
}

func TestTheNewestConnectionOfATerminalWins(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	twin := &till{h: h, t: t, id: l.id, key: l.key}
	twin.enter()
	bye, code, err := l.farewell()
	if err != nil || bye.After < 1000 || bye.Fatal || code != websocket.ClosePolicyViolation {
		t.Fatalf("%+v %d %v", bye, code, err)
	}
	twin.pulse()
	if live, _ := h.gate.Live(l.id); !live.Connected || len(h.gate.Connected()) != 1 {
		t.Errorf("%+v %v", live, h.gate.Connected())
	}
}

func TestAPingIsAnsweredAndAFloodIsNot(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	pong := make(chan string, 1)
	l.ws.SetPongHandler(func(s string) error { pong <- s; return nil })
	h.must(l.ws.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second)))
	l.pulse()
	if s := <-pong; s != "there?" {
		t.Fatal(s)
	}
	l.ws.SetPongHandler(func(string) error { return nil })
	for range 50 {
		if l.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
			break
		}
	}
	until(t, "the flood is cut off", func() bool { return h.metric(`hexiao_session_ends_total{why="bad_frame"}`) == "1" })
}

func TestTheHubLeavesTimeToReadItsFarewell(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.Linger = 300 * time.Millisecond })
	l := h.till("M1", 1)
	l.connect()
	l.send(wire.Status{})
	if _, _, err := l.farewell(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := io.Copy(io.Discard, l.ws.NetConn()); time.Since(began) < 100*time.Millisecond {
		t.Errorf("the line was cut after %v (%v)", time.Since(began), err)
	}
}

func TestALeaseThatWasLostOnTheWayIsSentAgain(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	had := l.lease.Serial
	l.ws.Close()
	l.lease = voucher.Lease{}
	l.greet(l.hello(l.connect()))
	expect[wire.Welcome](l)
	if l.borrow(expect[wire.Lease](l)); l.lease.Serial != had {
		t.Fatalf("lease %d, want %d", l.lease.Serial, had)
	}
}

// FuzzSession holds that a session answers any frame with a request or a farewell, and requests nothing of the ledger
// that the terminal's key does not vouch for.
func FuzzSession(f *testing.F) {
	nonce := bytes.Repeat([]byte{7}, 32)
	device := key(2)
	l := &till{h: &hub{t: f}, t: f, id: "T000001", key: device}
	l.record(voucher.Ask, voucher.Code{}, 58_00)
	l.record(voucher.Accept, voucher.Code{}, 58_00)
	for _, m := range []wire.Message{l.frame(0), l.frame(1), wire.Status{Queued: 1}, wire.Bye{}} {
		frame, err := wire.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame, true, false)
		f.Add(frame, true, true)
		f.Add(frame, false, false)
	}
	foreign := &till{h: l.h, t: f, id: "T000002", key: device}
	foreign.record(voucher.Ask, voucher.Code{}, 58_00)
	stray, _ := wire.Encode(foreign.frame(0))
	f.Add(stray, true, true)
	signed, _ := wire.Seal(l.hello(wire.Challenge{Nonce: nonce}), device, wire.ForHello)
	hello, _ := wire.Encode(wire.Hello{Signed: signed})
	f.Add(hello, false, false)
	f.Fuzz(func(t *testing.T, frame []byte, inside, sign bool) {
		if m, err := wire.Decode(frame); err == nil && sign {
			frame = signAnew(m, frame, device)
		}
		s := gate.NewSession(key(1), nonce, func(voucher.TerminalID, uint32, uint64, uint64) []byte { return []byte("secret") })
		now := time.UnixMilli(1702267200000)
		if inside {
			if _, err := s.Hear(hello, now); err != nil {
				t.Fatal(err)
			}
			if err := s.Prove(device.Public().(ed25519.PublicKey)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Welcome(met(), now); err != nil {
				t.Fatal(err)
			}
		}
		q, err := s.Hear(frame, now)
		if err != nil {
			if bye, ok := err.(*gate.Farewell); !ok || bye.Bye.Text.Zh == "" || bye.Bye.Text.En == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if b := q.Deliver; b != nil {
			head := wire.Hash(b.Raw[len(b.Raw)-1])
			if !inside || !wire.Verify(head[:], b.Sig, device.Public().(ed25519.PublicKey), wire.ForRecords) || len(b.Raw) != len(b.Records) || b.Terminal != "T000001" {
				t.Fatalf("%+v", b)
			}
			for i, r := range b.Records {
				if r.ID.Terminal != b.Terminal || i > 0 && r.Prev != wire.Hash(b.Raw[i-1]) {
					t.Fatalf("record %d: %+v", i, r)
				}
			}
		} else if inside == (q.Report == nil) || inside == (q.Identify != nil) {
			t.Fatalf("inside %v: %+v", inside, q)
		}
	})
}

// signAnew signs records as the terminal would, so that the fuzzer gets past the signature, to the chain.
func signAnew(m wire.Message, frame []byte, device ed25519.PrivateKey) []byte {
	r, ok := m.(wire.Records)
	if !ok || len(r.Raw) == 0 {
		return frame
	}
	head := wire.Hash(r.Raw[len(r.Raw)-1])
	r.Sig = wire.Sign(head[:], device, wire.ForRecords)
	frame, _ = wire.Encode(r)
	return frame
}

func met() ledger.Met {
	return ledger.Met{TerminalInfo: ledger.TerminalInfo{TerminalEnrolled: ledger.TerminalEnrolled{ID: "T000001", Merchant: "M1"}, Epoch: 1}, Turn: 1}
}

// A hub's clock that is set back takes no terminal for one that reports too often.
func TestReportsOfAHubWhoseClockIsSetBack(t *testing.T) {
	h := open(t)
	device := key(9)
	now := time.Date(2026, 12, 11, 12, 0, 0, 0, time.UTC)
	s := gate.NewSession(h.keys.Hub(), make([]byte, 32), h.ledger.Secret)
	frame := func(m wire.Message) []byte {
		f, err := wire.Encode(m)
		h.must(err)
		return f
	}
	hello, err := wire.Seal(wire.HelloBody{Nonce: make([]byte, 32), Protocol: wire.Protocol, Terminal: "T000001", Epoch: 1}, device, wire.ForHello)
	h.must(err)
	_, err = s.Hear(frame(wire.Hello{Signed: hello}), now)
	h.must(err)
	h.must(s.Prove(device.Public().(ed25519.PublicKey)))
	_, err = s.Welcome(met(), now)
	h.must(err)
	for n := range 50 {
		if _, err := s.Hear(frame(wire.Status{}), now); err != nil {
			t.Fatalf("report %d: %v", n, err)
		}
		if now = now.Add(10 * time.Second); n == 25 {
			now = now.Add(-2 * time.Hour)
		}
	}
}
