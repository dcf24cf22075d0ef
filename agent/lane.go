package agent

import (
	"slices"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// laneTest is one lane test. What has become of its redemption stands in the journal, so that a test goes on where it was
// when the agent was killed; only the times of its steps are then lost.
type laneTest struct {
	begun   time.Time // the till's trusted time
	ended   bool      // by a person
	code    voucher.Code
	scanner string // that has read the code
	sale    id     // zero before it was scanned
	steps   []laneStep
	details desk.LaneDetails // of the step that failed
	said    *desk.Answer     // the answer to the scan, where it was no
}

// laneStep is a step; those behind the first that is not done have not begun.
type laneStep struct {
	name  string
	state string
	began time.Time // by the driver's clock; zero: before this program was started
	at    time.Time // trusted, when it was done or had failed
	ms    int64
}

func newLane(begun, now time.Time) *laneTest {
	l := &laneTest{begun: begun}
	for _, name := range []string{desk.LaneCode, desk.LaneScan, desk.LaneAnswer, desk.LaneRecord, desk.LaneVoid} {
		l.steps = append(l.steps, laneStep{name: name, state: desk.LaneTodo})
	}
	l.steps[0].state, l.steps[0].began = desk.LaneNow, now
	return l
}

// step is the one that something is awaited of; nil when the test is over.
func (l *laneTest) step() *laneStep {
	if l == nil || l.ended {
		return nil
	}
	i := slices.IndexFunc(l.steps, func(s laneStep) bool { return s.state == desk.LaneNow })
	if i < 0 {
		return nil
	}
	return &l.steps[i]
}

// waitsFor tells whether the test runs and waits for a step.
func (l *laneTest) waitsFor(name string) bool {
	s := l.step()
	return s != nil && s.name == name
}

// done ends the step that is awaited, and begins the next.
func (l *laneTest) done(at, now time.Time) {
	s := l.step()
	s.state, s.at = desk.LaneDone, at
	if !s.began.IsZero() {
		s.ms = max(1, now.Sub(s.began).Milliseconds())
	}
	for i := range l.steps {
		if l.steps[i].state == desk.LaneTodo {
			l.steps[i].state, l.steps[i].began = desk.LaneNow, now
			return
		}
	}
}

func (l *laneTest) fail(at time.Time, d desk.LaneDetails) {
	s := l.step()
	s.state, s.at, l.details = desk.LaneFailed, at, d
}

func (l *laneTest) state() string {
	last := l.steps[len(l.steps)-1]
	switch {
	case l.ended:
		return desk.LaneEnded
	case last.state == desk.LaneDone:
		return desk.LanePassed
	case l.step() == nil:
		return desk.LaneOver
	}
	return desk.LaneRunning
}

// over is when it passed, failed or was ended; false while it runs.
func (l *laneTest) over() (at time.Time, over bool) {
	at = l.begun
	for _, s := range l.steps {
		if s.at.After(at) {
			at = s.at
		}
	}
	return at, l.step() == nil
}

// BeginLane begins a lane test: the hub is asked for a voucher. One that runs goes on. The error is desk.ErrStopping.
func (t *Core) BeginLane(now time.Time) (desk.Lane, error) {
	if t.stopping {
		return desk.Lane{}, desk.ErrStopping
	}
	if t.lane.step() == nil {
		t.lane, t.printed = newLane(t.at(), now), laneStep{}
		t.journal.WantLane()
		t.log.Info("lane test begun")
		t.Look(now)
	}
	return t.Lane(), nil
}

// EndLane ends a lane test that runs. Its voucher stays good until its hour is over, and is worth nothing.
func (t *Core) EndLane() desk.Lane {
	if t.lane.step() != nil {
		t.lane.ended = true
		t.journal.DropLane()
		t.log.Info("lane test ended by hand")
	}
	return t.Lane()
}

// Look brings the lane test on as far as it has come. Whoever drives the Core calls it after each step.
func (t *Core) Look(now time.Time) {
	for s := t.lane.step(); s != nil; s = t.lane.step() {
		t.laneGoesOn(s, now)
		if t.lane.step() == s {
			return
		}
	}
}

func (t *Core) laneGoesOn(s *laneStep, now time.Time) {
	l := t.lane
	switch s.name {
	case desk.LaneCode:
		t.laneCode(now)
	case desk.LaneScan:
		if !t.at().Before(l.code.Body.LaneUntil()) {
			l.fail(t.at(), desk.LaneDetails{Ended: true})
		}
	case desk.LaneAnswer:
		t.laneAnswer(now)
	case desk.LaneRecord:
		if sale, ok := t.journal.Find(l.sale); ok && sale.Outcome != nil && (!t.current(l.sale) || t.journal.State().Acked >= l.sale.Number) {
			l.done(t.at(), now)
		}
	case desk.LaneVoid:
		t.laneVoid(now)
	}
}

// laneCode waits for the hub's voucher.
func (t *Core) laneCode(now time.Time) {
	came, known := t.journal.Lane()
	switch {
	case came == nil && t.hub.Online && !known:
		t.lane.fail(t.at(), desk.LaneDetails{Old: true})
	case came == nil:
	case came.Reason != voucher.OK:
		t.lane.fail(t.at(), desk.LaneDetails{Refused: came.Reason})
	default:
		code, err := voucher.ParseCode(came.Code)
		if err != nil || !code.Body.Lane() {
			t.log.Error("the hub's lane voucher cannot be read", "error", err)
			t.lane.fail(t.at(), desk.LaneDetails{Refused: voucher.DamagedScan})
			return
		}
		t.lane.code = code
		t.lane.done(t.at(), now)
	}
}

// laneHeard notes that a scanner has read the test's code.
func (t *Core) laneHeard(q request, code voucher.Code, now time.Time) {
	if l := t.lane; l.waitsFor(desk.LaneScan) && l.code.Body == code.Body {
		l.scanner, l.said = q.source, nil
		l.done(t.at(), now)
	}
}

// laneSold notes the redemption that the scan has led to.
func (t *Core) laneSold(s journal.Sale) {
	if l := t.lane; l.waitsFor(desk.LaneAnswer) && l.code.Body == s.Redemption.Voucher {
		l.sale = s.ID
	}
}

// laneAnswered notes an answer that is no. Busy, once there is a redemption, is the answer to another scan of its code.
func (t *Core) laneAnswered(a desk.Answer) {
	l := t.lane
	if !l.waitsFor(desk.LaneAnswer) || a.Voucher != l.code.Body.Serial.String() || a.Answer == voucher.Final {
		return
	}
	if a.Reason != voucher.Busy || l.sale == (id{}) {
		l.said = &a
	}
}

// laneAnswer waits for FINAL.
func (t *Core) laneAnswer(now time.Time) {
	l := t.lane
	if l.said != nil {
		l.fail(t.at(), desk.LaneDetails{Answer: desk.Said{Message: l.said.Message, Next: l.said.Next}})
		return
	}
	if s, ok := t.journal.Find(l.sale); ok && s.State() == "final" {
		l.done(t.at(), now)
	}
}

// laneVoid voids the redemption and waits for the hub's word on that.
func (t *Core) laneVoid(now time.Time) {
	l := t.lane
	s, ok := t.journal.Find(l.sale)
	switch {
	case !ok:
		l.fail(t.at(), desk.LaneDetails{})
	case !s.Voided && !t.stopping:
		t.voidLane(now)
	case s.Undone != nil && s.Undone.Result == voucher.Undone:
		t.log.Info("lane test passed", "redemption", l.sale.String())
		l.done(t.at(), now)
	case s.Undone != nil:
		a := t.standing(s)
		l.fail(t.at(), desk.LaneDetails{Answer: desk.Said{Message: a.Message, Next: a.Next}})
	}
}

func (t *Core) voidLane(now time.Time) {
	l := t.lane
	t.Void(l.sale, func(a desk.Answer) {
		if s, ok := t.journal.Find(l.sale); t.lane == l && l.waitsFor(desk.LaneVoid) && (!ok || !s.Voided) {
			l.fail(t.at(), desk.LaneDetails{Answer: desk.Said{Message: a.Message, Next: a.Next}})
		}
	}, now)
}

// wakeLane finds the lane test that an earlier life of the program has left in the journal.
func (t *Core) wakeLane() {
	for _, s := range t.journal.Day(t.journal.Stamp().At.Add(-desk.LaneFresh), time.Unix(1<<40, 0)) {
		if !s.Redemption.Voucher.Lane() || s.State() != "final" && s.State() != "voided" {
			continue
		}
		l := newLane(t.in(s.At), time.Time{})
		for range 3 { // code, scan and answer: it is FINAL
			l.done(t.in(s.At), time.Time{})
		}
		if o := s.Undone; o != nil && o.Result == voucher.Undone { // the whole way: it passed then, and not now
			for range 2 {
				l.done(t.in(time.UnixMilli(o.At)), time.Time{})
			}
		}
		l.sale = s.ID
		t.lane = l
	}
}

// LanePrinted notes that a slip of a redemption was printed.
func (t *Core) LanePrinted(redemption string) {
	if l := t.lane; l != nil && l.sale != (id{}) && l.sale.String() == redemption {
		t.printed = laneStep{name: desk.LanePrint, state: desk.LaneDone, at: t.at()}
	}
}
