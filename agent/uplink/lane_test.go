package uplink_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// enters lets a new conversation in and gives what the terminal says after the welcome.
func (l *line) enters(lanes bool) []wire.Message {
	l.t.Helper()
	l.talk = uplink.NewTalk(l.config.Identity, l.journal, "test")
	l.take(wire.Challenge{Nonce: bytes.Repeat([]byte{7}, 32)})
	return l.take(wire.Welcome{State: voucher.TerminalGood, Lanes: lanes})
}

// laneAsks counts the questions for a lane voucher.
func laneAsks(all []wire.Message) (n int) {
	for _, m := range all {
		if _, ok := m.(wire.LaneAsk); ok {
			n++
		}
	}
	return n
}

func TestALaneVoucherIsAskedForOnceInAConversation(t *testing.T) {
	l := newLine(t)
	if n := laneAsks(l.enters(true)); n != 0 {
		t.Fatalf("nobody wants one, and it is asked for %d times", n)
	}
	l.journal.WantLane()
	if n := laneAsks(l.pump()) + laneAsks(l.pump()) + laneAsks(l.take(l.pulse())); n != 1 {
		t.Errorf("asked %d times", n)
	}
	if n := laneAsks(l.enters(true)); n != 1 { // the answer was lost with the line
		t.Errorf("on a new line asked %d times", n)
	}
	body := wire.LaneBody{Terminal: l.config.Identity.Terminal, Code: "HX1", HubTime: time.Now().UnixMilli()}
	l.take(wire.Lane{Signed: l.end.seal(body, wire.ForLane)})
	if came, known := l.journal.Lane(); came == nil || *came != body || !known || l.journal.LaneWish() != 0 {
		t.Errorf("%+v", came)
	}
	if n := laneAsks(l.enters(true)); n != 0 {
		t.Errorf("answered, and asked %d times", n)
	}
	l.journal.WantLane()
	if n := laneAsks(l.pump()); n != 1 {
		t.Errorf("wanted anew, and asked %d times", n)
	}
}

func TestAnEarlierHubIsNeverAskedForALaneVoucher(t *testing.T) {
	l := newLine(t)
	l.journal.WantLane()
	if n := laneAsks(l.enters(false)) + laneAsks(l.pump()); n != 0 {
		t.Errorf("asked %d times: an earlier hub would end the connection", n)
	}
	if _, known := l.journal.Lane(); known {
		t.Error("the till believes that it gives them")
	}
}

func TestAFalseLaneVoucherIsNotTaken(t *testing.T) {
	l := newLine(t)
	l.enters(true)
	l.journal.WantLane()
	l.pump()
	body := wire.LaneBody{Terminal: l.config.Identity.Terminal, Code: "HX1"}
	give := func(m wire.Message) error {
		frame, err := wire.Encode(m)
		must(t, err)
		_, err = l.talk.Take(frame)
		return err
	}
	if err := give(wire.Lane{Signed: l.end.seal(body, wire.ForPulse)}); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("signed for something else: %v", err)
	}
	body.Terminal = "T999999"
	if err := give(wire.Lane{Signed: l.end.seal(body, wire.ForLane)}); !errors.Is(err, journal.ErrOther) {
		t.Errorf("another terminal's: %v", err)
	}
	if came, _ := l.journal.Lane(); came != nil {
		t.Errorf("%+v", came)
	}
}
