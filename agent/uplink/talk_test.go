package uplink_test

import (
	"bytes"
	"testing"
	"time"

	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// line is both ends of a conversation in one thread: what the terminal sends is answered at once by the good hub of the
// other tests, without a socket.
type line struct {
	*rig
	talk *uplink.Talk
	end  visit
}

func newLine(t *testing.T) *line {
	r := newRig(t)
	t.Cleanup(func() { must(t, r.journal.Close()) })
	l := &line{rig: r, talk: uplink.NewTalk(r.config.Identity, r.journal, "test"), end: visit{hub: r.hub}}
	return l
}

// take hands the terminal a message and gives what it sends.
func (l *line) take(m wire.Message) []wire.Message {
	l.t.Helper()
	frame, err := wire.Encode(m)
	must(l.t, err)
	out, err := l.talk.Take(frame)
	must(l.t, err)
	return l.read(out)
}

func (l *line) read(frames [][]byte) (all []wire.Message) {
	l.t.Helper()
	for _, frame := range frames {
		m, err := wire.Decode(frame)
		must(l.t, err)
		all = append(all, m)
	}
	return all
}

func (l *line) pump() []wire.Message {
	l.t.Helper()
	out, err := l.talk.Pump()
	must(l.t, err)
	return l.read(out)
}

func (l *line) pulse() wire.Message {
	return wire.Pulse{Signed: l.end.seal(wire.PulseBody{HubTime: time.Now().UnixMilli()}, wire.ForPulse)}
}

func TestATalkNeedsNoSocketAndNoGoroutine(t *testing.T) {
	l := newLine(t)
	l.askMany(1, 3)
	if out, err := l.talk.Report(); out != nil || err != nil || l.talk.Open() {
		t.Fatalf("before the challenge it says %x, %v", out, err)
	}
	hello, ok := l.take(wire.Challenge{Nonce: bytes.Repeat([]byte{7}, 32)})[0].(wire.Hello)
	if !ok || l.talk.Open() || len(l.pump()) != 0 {
		t.Fatal("it says more than hello, or is open, before it was let in")
	}
	var b wire.HelloBody
	must(t, hello.Open(&b, l.hub.device, wire.ForHello))

	first := l.take(wire.Welcome{State: voucher.TerminalGood})
	if _, ok := first[0].(wire.Status); !ok || len(first) != 2 || !l.talk.Open() {
		t.Fatalf("after the welcome it says %+v", first)
	}
	l.ask(4)
	for _, m := range append(first[1:], l.pump()...) {
		l.take(wire.Ack{Signed: l.end.seal(l.end.record(m.(wire.Records)), wire.ForAck)})
	}
	l.agreed(4)
	if out := l.take(l.pulse()); len(out) != 0 {
		t.Fatalf("a pulse is answered with %+v", out)
	}
}

func TestATalkEndsWithTheHubsFarewell(t *testing.T) {
	l := newLine(t)
	frame, err := wire.Encode(wire.Bye{Text: voucher.Text{Zh: "稍后", En: "later"}, After: 9000})
	must(t, err)
	_, err = l.talk.Take(frame)
	if bye, ok := uplink.Farewell(err); !ok || bye.After != 9000 || bye.Text.En != "later" {
		t.Fatal(err)
	}
	if _, ok := uplink.Farewell(wire.ErrFrame); ok {
		t.Fatal("a bad frame is taken for a farewell")
	}
}

// What the hub has answered and this disk has kept is said soon: until then a copy of the disk as it was before, which
// believes that nobody was shown the sale, could take back what was FINAL without anybody's noticing.
func TestAnAnswerThatIsOnDiskIsSaidSoon(t *testing.T) {
	l := newLine(t)
	l.take(wire.Challenge{Nonce: bytes.Repeat([]byte{7}, 32)})
	l.take(wire.Welcome{State: voucher.TerminalGood})
	if l.talk.Untold() {
		t.Fatal("it wants to say what it has just said")
	}
	l.ask(1)
	body := l.end.record(l.pump()[0].(wire.Records))
	body.Ratchet = wire.Ratchet{Turn: 1, Tick: 4, Secret: []byte("secret")}
	l.take(wire.Ack{Signed: l.end.seal(body, wire.ForAck)})
	if !l.talk.Untold() {
		t.Fatal("it has kept the answer and does not want to say so")
	}
	out, err := l.talk.Report()
	must(t, err)
	if s, ok := l.read(out)[0].(wire.Status); !ok || s.Turn != 1 || s.Tick != 4 || l.talk.Untold() {
		t.Fatalf("%+v", s)
	}
}
