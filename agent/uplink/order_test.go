package uplink_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ordering is a hub that welcomes with an order, and then does something else than talk.
func ordering(epoch uint32, p wire.Purpose, then func(v *visit)) func(*visit) {
	return func(v *visit) {
		if !v.challenge() {
			return
		}
		order := v.seal(wire.OrderBody{Terminal: till, Epoch: epoch, HubTime: time.Now().UnixMilli()}, p)
		head := v.hub.tip()
		v.send(wire.Welcome{State: voucher.TerminalGood, Last: uint64(len(v.hub.chain)), Head: head[:], Order: &order})
		then(v)
	}
}

func (v *visit) listen() { v.talk(func(m wire.Message) bool { v.answer(m); return true }) }

// newLife empties the fake hub's chain: it has nothing of the new epoch.
func (h *hub) newLife() { h.mu.Lock(); h.chain, h.words, h.epoch = nil, nil, h.epoch+1; h.mu.Unlock() }

func TestAnOrderIsObeyedWhenEverythingIsAnswered(t *testing.T) {
	for _, c := range []struct {
		name   string
		queued uint64
	}{{"nothing waits", 0}, {"records wait", 250}} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.askMany(1, 3)
				r.visitOnce()
				r.askMany(10, c.queued)
				r.run(func() {
					synctest.Wait()
					s := r.journal.State()
					if s.Epoch != 2 || s.Last != 0 || s.Law == nil {
						t.Fatalf("%+v", s)
					}
					for n := uint64(1); n <= 3+c.queued; n++ {
						id := voucher.RedemptionID{Terminal: till, Epoch: 1, Number: n}
						if sale, ok := r.journal.Find(id); !ok || sale.State() != "final" {
							t.Fatalf("record %d of the old epoch: %+v", n, sale)
						}
					}
					if len(r.hub.hellos) != 3 || r.hub.hellos[2].Epoch != 2 || r.hub.hellos[2].Last != 0 || r.hub.hellos[2].Ratchet.Turn != 0 {
						t.Errorf("hellos %+v", r.hub.hellos)
					}
					if !r.last().Online {
						t.Errorf("line %+v", r.last())
					}
				})
				if w := r.wires.waits(); len(w) != 2 || w[1] != 0 {
					t.Errorf("waits %v", w)
				}
			}, (*visit).behave, ordering(2, wire.ForOrder, (*visit).listen), func(v *visit) { v.hub.newLife(); v.behave() })
		})
	}
}

func TestOrdersThatAreNotObeyed(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(*visit)
	}{
		{"one that is not signed for that", ordering(2, wire.ForAck, (*visit).listen)},
		{"one that was obeyed before", ordering(1, wire.ForOrder, (*visit).listen)},
		{"one of a hub that does not answer", ordering(2, wire.ForOrder, func(v *visit) { v.talk(func(wire.Message) bool { return true }) })},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.ask(1)
				r.visitOnce()
				if s := r.journal.State(); s.Epoch != 1 || s.Last != 1 {
					t.Errorf("%+v", s)
				}
			}, c.act)
		})
	}
}

// What is sold between the order and the new epoch goes into the new one.
func TestATillThatSellsWhileAnOrderWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.ask(1)
		r.run(func() {
			synctest.Wait() // the hub has not answered yet
			if _, err := r.journal.Ask(redemption(2)); err != journal.ErrRenewing {
				t.Errorf("a sale in the old epoch: %v", err)
			}
			time.Sleep(3 * time.Second)
			r.ask(3)
			synctest.Wait()
			if s, ok := r.journal.Sale(1); !ok || s.ID.Epoch != 2 || s.State() != "final" {
				t.Errorf("%+v", s)
			}
		})
	}, ordering(2, wire.ForOrder, func(v *visit) {
		v.talk(func(m wire.Message) bool {
			if _, records := m.(wire.Records); records {
				time.Sleep(2 * time.Second)
			}
			v.answer(m)
			return true
		})
	}), func(v *visit) { v.hub.newLife(); v.behave() })
}
