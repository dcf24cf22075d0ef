package rehearsal

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// technicians come to tills in the middle of everything: they do a lane test and accept the till when it has passed. What a test
// leaves behind must touch no stock, no money and no lease, whatever happens to its records.
func (w *world) technicians() {
	for _, m := range w.tills {
		for range w.lanes.between(0, 2) {
			if w.scene.county && w.lanes.in(90) {
				continue
			}
			w.queue.at(time.Duration(w.lanes.Int64N(int64(w.scene.span))), func() { w.visit(m, &laneVisit{}) })
		}
	}
}

// laneVisit is one visit of a technician.
type laneVisit struct {
	looks   int
	life    int    // of the process that was asked last
	scanned string // the code that this process was shown
}

// visit does the next thing that a technician does, and comes back until the test has passed or patience is over.
func (w *world) visit(m *machine, v *laneVisit) {
	if v.looks++; v.looks > 40 || m.shut {
		w.met("technician gives up")
		return
	}
	if m.on && !m.asleep && m.id.Terminal != "" && w.goesOn(m, v) {
		return
	}
	w.queue.after(w.lanes.span(time.Second, 2*time.Minute), func() { w.visit(m, v) })
}

// goesOn tells whether the visit is over.
func (w *world) goesOn(m *machine, v *laneVisit) (over bool) {
	if v.life != m.life {
		v.life, v.scanned = m.life, ""
	}
	switch l := m.core.Lane(); l.State {
	case desk.LaneNone, desk.LaneOver:
		if l.State == desk.LaneOver {
			w.met("lane test failed")
		}
		m.step(func() { m.core.BeginLane(m.beat()) })
	case desk.LaneRunning:
		if l.Code != "" && l.Code != v.scanned && len(m.scans) == 0 {
			v.scanned = l.Code
			if other := w.tills[w.lanes.IntN(len(w.tills))]; other != m && w.lanes.in(25) && other.on && !other.asleep && other.id.Terminal != "" && len(other.scans) == 0 {
				w.met("lane voucher scanned at another till")
				w.scanLane(other, l.Code)
			}
			w.scanLane(m, l.Code)
		}
	case desk.LanePassed:
		w.met("lane test passed")
		m.step(func() {
			if _, err := m.core.AcceptLane(voucher.Handover{Technician: "王工", System: "rehearsal"}); err == nil {
				w.met("till accepted")
			}
		})
		return true
	}
	return false
}

func (w *world) scanLane(m *machine, code string) {
	m.step(func() {
		m.scans = append(m.scans, &sale{lane: true})
		if m.core.Scan(code, "scanner", m.beat()) != nil {
			m.scans = m.scans[:len(m.scans)-1]
		}
	})
}

// tested takes the answer to a lane voucher: it says nothing of money, is never PROVISIONAL, and FINAL only when the hub has said so.
func (w *world) tested(m *machine, a desk.Answer) {
	w.note("%s shows %s %s for lane test %s", m.name, a.Answer, a.Reason, a.Redemption)
	id, _ := voucher.ParseRedemptionID(a.Redemption)
	switch {
	case a.Answer == voucher.Provisional:
		w.fail("G2", "lane test %s was accepted without the hub", a.Redemption)
	case a.Face != 0 || a.Pay != 0 || a.Bill != 0:
		w.fail("G13", "lane test %s speaks of %d, %d and %d fen", a.Redemption, a.Bill, a.Face, a.Pay)
	case a.Answer == voucher.Final && !w.audit.redeemed[id]:
		w.fail("G5", "lane test %s is FINAL and the hub has never said so", a.Redemption)
	}
}

// takeLane takes a lane voucher that a terminal was given.
func (t *tally) takeLane(e *ledger.LaneIssued) {
	s := t.terminals[e.Terminal]
	if s == nil || t.vouchers[e.Serial] != nil {
		t.w.fail("G3", "lane voucher %s for %s: no such terminal, or issued before", e.Serial, e.Terminal)
		return
	}
	t.vouchers[e.Serial] = &paper{Issued: ledger.Issued{Serial: e.Serial, Sight: e.Sight}, phase: voucher.LanePhase, tier: voucher.LaneTier, lane: e.Terminal}
}

// usesLane holds that a lane voucher has moved nothing.
func (t *tally) usesLane(n *ring) {
	t.w.met("lane voucher redeemed")
	if n.draw != ledger.NoDraw {
		t.w.fail("G1", "lane test %s took a unit", n.record.ID)
	}
}

// hands holds that a handover is honoured when, and only when, the lane test that it names is this terminal's, and was redeemed and
// voided. That it was of the same day too is true of every till here.
func (t *tally) hands(s *station, n *ring) {
	lane := n.record.Handover.Lane
	of := t.ring(lane)
	real := of != nil && lane.Terminal == s.id && of.record.Kind == voucher.Ask && of.record.Sale.Voucher.Lane() && of.outcome.Result == voucher.Redeemed && of.undone
	if honoured := n.outcome.Result == voucher.Noted; honoured != real {
		t.w.fail("G16", "handover %s names %s, honoured %v", n.record.ID, lane, honoured)
	}
	t.w.met("handover recorded")
}
