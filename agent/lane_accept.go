package agent

import (
	"errors"
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// AcceptLane records a handover of this test, with what the till knows of it. The same asked again after a lost answer is the same
// record. Errors: desk.ErrNoLane, ErrNotYet, ErrNoRoom, ErrNotKept, ErrStopping.
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
	if errors.Is(err, journal.ErrRenewing) || errors.Is(err, journal.ErrUnproven) { // no fault of the disk
		return fmt.Errorf("%w: %w", desk.ErrNotYet, err)
	}
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
