package uplink_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func (h *hub) spent(from, to uint64, serials ...uint32) wire.SpentBody {
	var n wire.Numbers
	n.Add(serials...)
	raw, err := n.Bytes()
	must(h.t, err)
	return wire.SpentBody{Campaign: h.law.Campaign.ID, Generation: h.gen, From: from, To: to, At: time.Now().UnixMilli(), Add: raw}
}

// What was used elsewhere comes down with the version that the terminal says it has, and is refused when the line is cut.
func TestTheSetOfUsedVouchersComesDown(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.hub.gen = bytes.Repeat([]byte{1}, 16)
		r.run(func() { time.Sleep(15 * time.Second); synctest.Wait() })
		r.run(func() { synctest.Wait() })
		r.hub.restore(0, 2) // versions begin anew
		r.run(func() { synctest.Wait() })
		var said []uint64
		for _, s := range r.hub.statuses {
			said = append(said, s.Spent)
		}
		if want := []uint64{0, 12, 12, 12, 12, 0, 0}; !slices.Equal(said, want) { // at the begin, every 10 s and at the end
			t.Errorf("statuses said versions %v", said)
		}
		for i, want := range []uint64{0, 12, 0} {
			if got := r.hub.hellos[i].Spent; got != want {
				t.Errorf("hello %d said version %d", i+1, got)
			}
		}
		for serial, want := range map[uint64]voucher.Reason{1: voucher.AlreadyRedeemed, 2: voucher.AlreadyRedeemed, 3: voucher.OK} {
			if _, reason, err := r.journal.Accept(redemption(serial)); err != nil || reason != want {
				t.Errorf("voucher %d: %v, %v", serial, reason, err)
			}
		}
	}, inside(func(v *visit) {
		v.send(wire.Spent{Signed: v.seal(v.hub.spent(0, 10, 1), wire.ForSpent)})
		v.send(wire.Spent{Signed: v.seal(v.hub.spent(10, 12, 2), wire.ForSpent)})
		v.talk(func(m wire.Message) bool { v.answer(m); return true })
	}))
}

func TestASetThatIsNotSignedIsNotTaken(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.visitOnce()
		if s := r.journal.State().Spent; s.Version != 0 || s.At != 0 {
			t.Errorf("%+v", s)
		}
	}, inside(func(v *visit) {
		v.send(wire.Spent{Signed: v.seal(v.hub.spent(0, 10, 1), wire.ForLaw)})
		v.next()
	}))
}
