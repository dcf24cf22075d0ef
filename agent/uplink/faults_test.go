package uplink_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// TestFaults puts one fault into the first connections; afterwards the hub behaves, and everything must agree.
func TestFaults(t *testing.T) {
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signedBy := func(key ed25519.PrivateKey, act func(*visit)) func(*visit) {
		return func(v *visit) {
			h := hub{authority: v.hub.authority, t: v.hub.t, epoch: 1, key: key, device: v.hub.device, law: v.hub.law, lease: v.hub.lease, judge: v.hub.judge}
			act(&visit{hub: &h, ws: v.ws})
		}
	}
	onRecords := func(do func(v *visit, m wire.Records)) func(*visit) {
		return inside(func(v *visit) {
			v.talk(func(m wire.Message) bool {
				recs, ok := m.(wire.Records)
				if !ok {
					v.answer(m)
					return true
				}
				do(v, recs)
				return false
			})
		})
	}
	raw := func(frame ...byte) func(*visit) {
		return inside(func(v *visit) {
			v.ws.WriteMessage(websocket.BinaryMessage, frame)
			v.next()
			v.next()
		})
	}
	cases := []struct {
		name    string
		script  []func(*visit)
		problem string // a word of what the till is told; empty: any
		within  time.Duration
	}{
		{"the line is cut before the challenge", []func(*visit){func(*visit) {}}, "was cut", 2 * time.Second},
		{"the line is cut after the hello", []func(*visit){func(v *visit) { v.challenge() }}, "was cut", 2 * time.Second},
		{"the line is cut before the records are taken", []func(*visit){onRecords(func(v *visit, m wire.Records) {})}, "was cut", 2 * time.Second},
		{"the records are taken, and the ack is lost", []func(*visit){onRecords(func(v *visit, m wire.Records) { v.record(m) })}, "was cut", 2 * time.Second},
		{"the ack is lost three times", []func(*visit){
			onRecords(func(v *visit, m wire.Records) { v.record(m) }), onRecords(func(v *visit, m wire.Records) { v.record(m) }), onRecords(func(v *visit, m wire.Records) { v.record(m) }),
		}, "was cut", 5 * time.Second},
		{"the ack is cut in the middle", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			frame, _ := wire.Encode(wire.Ack{Signed: v.seal(v.record(m), wire.ForAck)})
			head := binary.BigEndian.AppendUint16([]byte{0x82, 126}, uint16(len(frame)))
			v.ws.NetConn().Write(append(head, frame[:len(frame)/2]...))
		})}, "was cut", 2 * time.Second},
		{"the hub does not answer the hello", []func(*visit){func(v *visit) { v.challenge(); v.next() }}, "does not answer", 7 * time.Second},
		{"the hub says nothing at all", []func(*visit){func(v *visit) { v.next() }}, "does not answer", 7 * time.Second},
		{"the hub falls silent", []func(*visit){inside(func(v *visit) { v.talk(func(wire.Message) bool { return true }) })}, "does not answer", 35 * time.Second},
		{"everything is signed by another key", []func(*visit){signedBy(wrong, (*visit).behave)}, "not signed", 2 * time.Second},
		{"the ack is signed by another key", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			ack := v.record(m)
			s, _ := wire.Seal(ack, wrong, wire.ForAck)
			v.send(wire.Ack{Signed: s})
			v.next()
		})}, "not signed", 2 * time.Second},
		{"a pulse's signature is put under an ack", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			v.send(wire.Ack{Signed: v.seal(v.record(m), wire.ForPulse)})
			v.next()
		})}, "not signed", 2 * time.Second},
		{"garbage", []func(*visit){raw(0xff, 0xff, 0xff)}, "cannot be read", 2 * time.Second},
		{"an empty frame", []func(*visit){raw()}, "cannot be read", 2 * time.Second},
		{"a text message", []func(*visit){inside(func(v *visit) { v.ws.WriteMessage(websocket.TextMessage, []byte("hello")); v.next() })}, "cannot be read", 2 * time.Second},
		{"a frame beyond the limit", []func(*visit){inside(func(v *visit) { v.ws.WriteMessage(websocket.BinaryMessage, make([]byte, wire.MaxDown+1)); v.next() })}, "cannot be read", 3 * time.Second},
		{"a second challenge", []func(*visit){func(v *visit) { v.challenge(); v.challenge() }}, "cannot be read", 2 * time.Second},
		{"a challenge that is too short to be one", []func(*visit){func(v *visit) { v.send(wire.Challenge{Nonce: []byte("sign this")}); v.next() }}, "cannot be read", 2 * time.Second},
		{"a farewell that asks for a minute", []func(*visit){func(v *visit) {
			v.send(wire.Bye{Text: voucher.Text{Zh: "重启", En: "restarting"}, After: 60_000})
		}}, "restarting", 62 * time.Second},
		{"a law for another terminal", []func(*visit){func(v *visit) {
			v.challenge()
			v.send(wire.Welcome{})
			law := v.hub.law
			law.Terminal = "T000002"
			v.send(wire.Law{Signed: v.seal(law, wire.ForLaw)})
			v.talk(func(wire.Message) bool { return true })
		}}, "belongs to another terminal", 2 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.askMany(1, 30)
				r.run(func() {
					time.Sleep(c.within)
					synctest.Wait()
					r.agreed(30)
					if l := r.last(); !l.Online {
						t.Errorf("line: %+v", l)
					}
				})
				if !slices.ContainsFunc(r.lines, func(l uplink.Line) bool {
					return !l.Online && strings.Contains(l.Problem.En, c.problem) && (l.Problem.Zh != "" || c.problem == "")
				}) {
					t.Errorf("nobody was told of %q: %+v", c.problem, r.lines)
				}
			}, c.script...)
		})
	}
}

func TestHowLongASilentHubIsWaitedFor(t *testing.T) {
	const jitter, loss = 250 * time.Millisecond, 2500 * time.Millisecond // half of the first bound, and of that after a good line
	silent := func(v *visit) { v.talk(func(wire.Message) bool { return true }) }
	for _, c := range []struct {
		name string
		act  func(*visit)
		want time.Duration
	}{
		{"for its challenge", silent, 5*time.Second + jitter},
		{"for its welcome", func(v *visit) { v.challenge(); silent(v) }, 5*time.Second + jitter},
		{"for any word, once we are in", func(v *visit) { v.challenge(); v.welcome(); silent(v) }, 30*time.Second + loss},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.run(func() { time.Sleep(time.Minute); synctest.Wait() })
				if w := r.wires.waits(); len(w) != 1 || w[0] != c.want {
					t.Errorf("waits %v, want %v", w, c.want)
				}
			}, c.act)
		})
	}
}

func TestNothingUnsignedIsAdopted(t *testing.T) {
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	var evil []func(*visit)
	for _, say := range []func(v *visit) wire.Message{
		func(v *visit) wire.Message { return wire.Law{Signed: v.forged(v.hub.law, wrong, wire.ForLaw)} },
		func(v *visit) wire.Message { return wire.Lease{Signed: v.forged(v.hub.lease, wrong, wire.ForLease)} },
		func(v *visit) wire.Message { return wire.Lease{Signed: v.forged(v.hub.lease, v.hub.key, wire.ForLaw)} },
		func(v *visit) wire.Message {
			return wire.Pulse{Signed: v.forged(wire.PulseBody{HubTime: 1 << 45}, wrong, wire.ForPulse)}
		},
		func(v *visit) wire.Message {
			good := v.forged(v.hub.law, v.hub.key, wire.ForLaw)
			good.Raw[len(good.Raw)/2] ^= 1
			return wire.Law{Signed: good}
		},
	} {
		evil = append(evil, func(v *visit) {
			if v.challenge() {
				v.send(wire.Welcome{})
				v.send(say(v))
				v.talk(func(wire.Message) bool { return true })
			}
		})
	}
	silent := func(v *visit) { v.next() }
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() {
			time.Sleep(20 * time.Second)
			synctest.Wait()
			if got := r.hub.count(func(h *hub) int { return h.visits }); got <= len(evil) {
				t.Errorf("only %d connections", got)
			}
		})
		if s := r.journal.State(); s.Law != nil || s.Lease.Serial != 0 {
			t.Errorf("adopted: %+v", s)
		}
		if s := r.journal.Stamp(); !s.Heard.IsZero() {
			t.Errorf("believed: %+v", s)
		}
	}, append(evil, slices.Repeat([]func(*visit){silent}, 50)...)...)
}

func (v *visit) forged(body any, key ed25519.PrivateKey, p wire.Purpose) wire.Signed {
	s, err := wire.Seal(body, key, p)
	must(v.hub.t, err)
	return s
}
