package uplink_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// surrenders gives the leases that the hub got back.
func (h *hub) surrenders() (leases []uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, raw := range h.chain {
		if r, err := wire.DecodeRecord(raw); err == nil && r.Kind == voucher.Surrender {
			leases = append(leases, r.Lease)
		}
	}
	return leases
}

func TestARecallIsAnsweredWithASurrender(t *testing.T) {
	good := wire.RecallBody{Terminal: till, Epoch: 1, Lease: 1}
	for _, c := range []struct {
		name   string
		change func(*wire.RecallBody)
		want   int
	}{
		{"of the lease in force", func(*wire.RecallBody) {}, 1},
		{"of an earlier lease", func(b *wire.RecallBody) { b.Lease = 0 }, 0},
		{"of a lease that has not come", func(b *wire.RecallBody) { b.Lease = 2 }, 0},
		{"of another epoch", func(b *wire.RecallBody) { b.Epoch = 2 }, 0},
		{"for another terminal", func(b *wire.RecallBody) { b.Terminal = "T000002" }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := good
			c.change(&body)
			bubble(t, func(t *testing.T, r *rig) {
				r.visitOnce()
				if got := r.hub.surrenders(); len(got) != c.want || c.want > 0 && got[0] != 1 {
					t.Errorf("given back: %v", got)
				}
				if s := r.journal.State(); int(s.Given) != c.want || s.Queued != 0 {
					t.Errorf("%+v", s)
				}
			}, inside(func(v *visit) {
				v.send(wire.Recall{Signed: v.seal(body, wire.ForRecall)})
				v.send(wire.Recall{Signed: v.seal(body, wire.ForRecall)}) // it asks again before the answer has come
				v.talk(func(m wire.Message) bool { v.answer(m); return true })
			}))
		})
	}
}

func TestARecallMustBeSigned(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.visitOnce()
		if s := r.journal.State(); s.Given != 0 || s.Last != 0 {
			t.Errorf("%+v", s)
		}
	}, inside(func(v *visit) {
		v.send(wire.Recall{Signed: v.seal(wire.RecallBody{Terminal: till, Epoch: 1, Lease: 1}, wire.ForPulse)})
		v.next()
	}))
}

// A till that may not redeem keeps no units from others.
func TestALawThatShutsTheTillOutIsAnsweredWithASurrender(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*wire.LawBody)
		want   int
	}{
		{"good", func(*wire.LawBody) {}, 0},
		{"frozen", func(l *wire.LawBody) { l.State = voucher.TerminalFrozen }, 1},
		{"revoked", func(l *wire.LawBody) { l.State = voucher.TerminalRevoked }, 1},
		{"suspended", func(l *wire.LawBody) { l.Merchant.Status = voucher.MerchantSuspended }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.visitOnce()
				r.hub.law.Revision++
				c.change(&r.hub.law)
				r.run(func() { time.Sleep(25 * time.Second); synctest.Wait() })
				if got := r.hub.surrenders(); len(got) != c.want {
					t.Errorf("given back: %v", got)
				}
			})
		})
	}
}
