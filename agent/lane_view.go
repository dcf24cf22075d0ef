package agent

import (
	"slices"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

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
