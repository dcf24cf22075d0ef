package agent

import (
	"context"
	"errors"
	"fmt"
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

// laneAnswered notes an answer that is no.
func (t *Core) laneAnswered(a desk.Answer) {
	if l := t.lane; l.waitsFor(desk.LaneAnswer) && a.Voucher == l.code.Body.Serial.String() && a.Answer != voucher.Final {
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

// Lane tells how far the lane test is, with its code while that waits to be scanned.
func (t *Core) Lane() desk.Lane {
	l := t.laneView()
	if t.lane.waitsFor(desk.LaneScan) {
		l.Code = t.lane.code.Text()
	}
	return l
}

// laneView is Lane without its code.
func (t *Core) laneView() desk.Lane {
	v := desk.Lane{State: desk.LaneNone, Steps: []desk.LaneStep{}, Accepted: t.accepted()}
	l := t.lane
	if l == nil {
		return v
	}
	v.State, v.Begun = l.state(), &l.begun
	if l.code != (voucher.Code{}) {
		until := t.in(l.code.Body.LaneUntil())
		v.Until = &until
	}
	if l.sale != (id{}) {
		v.Redemption = l.sale.String()
	}
	v.Ready = t.laneReady() == nil
	steps := l.steps
	if print := t.lanePrint(); print.name != "" {
		steps = append(slices.Clone(steps), print)
	}
	for _, s := range steps {
		v.Steps = append(v.Steps, t.sayLane(s))
	}
	return v
}

// lanePrint is the step that nothing waits for: there is one where a printer is set up, once there is something to print.
func (t *Core) lanePrint() laneStep {
	printer := func(d desk.Device) bool { return d.Kind == desk.PrinterDevice }
	if t.printed.name != "" || !slices.ContainsFunc(t.devices, printer) {
		return t.printed
	}
	s := laneStep{name: desk.LanePrint, state: desk.LaneTodo}
	if t.lane.steps[2].state == desk.LaneDone {
		s.state = desk.LaneNow
	}
	return s
}

func (t *Core) sayLane(s laneStep) desk.LaneStep {
	out := desk.LaneStep{Name: s.name, State: s.state, MS: s.ms}
	if !s.at.IsZero() {
		out.At = &s.at
	}
	d := desk.LaneDetails{Offline: !t.hub.Online, Scanner: t.lane.scanner}
	if s.state == desk.LaneFailed {
		d = t.lane.details
	}
	return out.Say(d)
}

// laneOf is what a view shows of a lane test: one that runs, or is over since less than LaneFresh.
func (t *Core) laneOf() *desk.Lane {
	if t.lane == nil {
		return nil
	}
	if at, over := t.lane.over(); over && t.at().Sub(at) >= desk.LaneFresh {
		return nil
	}
	v := t.laneView()
	return &v
}

// laneReady: a test has passed within the hour.
func (t *Core) laneReady() error {
	if t.lane == nil || t.lane.state() != desk.LanePassed {
		return desk.ErrNoLane
	}
	if at, _ := t.lane.over(); t.at().Sub(at) >= desk.LaneFresh {
		return desk.ErrNoLane
	}
	return nil
}

// AcceptLane records a handover of this test, with what the till knows of it. The same asked again after a lost answer is the same
// record. Errors: desk.ErrNoLane, ErrNoRoom, ErrNotKept, ErrStopping.
func (t *Core) AcceptLane(h voucher.Handover) (desk.Lane, error) {
	if t.stopping {
		return desk.Lane{}, desk.ErrStopping
	}
	if err := t.laneReady(); err != nil {
		return desk.Lane{}, err
	}
	h.Version, h.Lane = t.version, t.lane.sale
	for _, s := range t.lane.steps {
		h.Steps = append(h.Steps, voucher.LaneTime{Step: s.name, MS: s.ms})
	}
	h = h.Plain()
	if was, there := t.journal.Handed(); there && was.Lane == h.Lane && was.Technician == h.Technician && was.Note == h.Note {
		return t.Lane(), nil
	}
	if err := t.journal.Handover(h); err != nil {
		return desk.Lane{}, t.notAccepted(err)
	}
	t.wrote()
	t.log.Info("till accepted by a technician", "technician", h.Technician, "redemption", h.Lane.String())
	return t.Lane(), nil
}

func (t *Core) notAccepted(err error) error {
	t.failed(err)
	if errors.Is(err, journal.ErrFull) {
		return fmt.Errorf("%w: %w", desk.ErrNoRoom, err)
	}
	return fmt.Errorf("%w: %w", desk.ErrNotKept, err)
}

// accepted is the newest handover of this till; nil for none.
func (t *Core) accepted() *desk.Accepted {
	h, there := t.journal.Handed()
	if !there {
		return nil
	}
	a := &desk.Accepted{Record: h.ID.String(), Technician: h.Technician, Note: h.Note, Lane: h.Lane.String(), At: t.in(h.At), State: "waiting"}
	if o := h.Outcome; o != nil {
		at := t.in(time.UnixMilli(o.At))
		a.Hub, a.State = &at, "acked"
		if o.Result != voucher.Noted {
			a.State = "rejected"
		}
	}
	return a
}

var _ desk.Lanes = (*Terminal)(nil)

// laned is the answer to a letter about the lane test.
type laned struct {
	lane desk.Lane
	err  error
}

func (t *Terminal) askLane(ctx context.Context, letter func(now time.Time) (desk.Lane, error)) (desk.Lane, error) {
	l, err := ask(ctx, t, func(now time.Time, answer func(laned)) {
		lane, no := letter(now)
		answer(laned{lane, no})
	})
	if err == nil {
		err = l.err
	}
	return l.lane, err
}

// Lane implements desk.Lanes.
func (t *Terminal) Lane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.Lane(), nil })
}

// BeginLane implements desk.Lanes.
func (t *Terminal) BeginLane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, t.core.BeginLane)
}

// EndLane implements desk.Lanes.
func (t *Terminal) EndLane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.EndLane(), nil })
}

// LanePrinted implements desk.Lanes.
func (t *Terminal) LanePrinted(ctx context.Context, redemption string) error {
	_, err := t.askLane(ctx, func(time.Time) (desk.Lane, error) {
		t.core.LanePrinted(redemption)
		return desk.Lane{}, nil
	})
	return err
}

// AcceptLane implements desk.Lanes.
func (t *Terminal) AcceptLane(ctx context.Context, h voucher.Handover) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.AcceptLane(h) })
}
