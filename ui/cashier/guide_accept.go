package cashier

import (
	"context"
	"errors"
	"net/http"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Events of the acceptance.
type (
	wrote     rune     // a character of a person, or the end of one
	fielded   int      // a field is to be written in: its place among the choices
	despite   struct{} // what fails is known; once more: it is not
	signed    struct{} // the till is accepted
	accepting struct { // the desk's answer
		lane desk.Lane
		err  error
	}
)

// acceptance is the deed.
type acceptance desk.Acceptance

func (a acceptance) do(ctx context.Context, d Door) event {
	l, err := d.AcceptLane(ctx, desk.Acceptance(a))
	return accepting{l, err}
}

// writing tells whether a person's letters mean something.
func (s State) writing() bool {
	return s.Shown == nil && s.Page == GuidePage && s.Guide.Step == AcceptStep && s.Guide.Done == nil && s.Order == nil
}

// remarking tells which of the two fields is written in: the marked one, and the name where none is.
func (s State) remarking() bool { return s.marked().name == "field remark" }

// write takes a character into the field.
func (s State) write(r rune) State {
	if !s.writing() {
		return s
	}
	field, most := &s.Guide.Name, voucher.MaxTechnician
	if s.remarking() {
		field, most = &s.Guide.Remark, voucher.MaxNote
	} else {
		s.Mark = 0
	}
	text, k := []rune(*field), Key(r)
	switch {
	case k == Clear:
		text = nil
	case k == Back:
		text = text[:max(0, len(text)-1)]
	case len(text) < most && voucher.Plain(string(r)+".", 2) != ".", r == ' ' && len(text) > 0 && len(text) < most:
		text = append(text, r)
	}
	*field, s.Trouble = string(text), nil
	return s
}

// writeAll takes what was pasted.
func (s State) writeAll(text string) State {
	for _, r := range voucher.Plain(text, voucher.MaxNote) {
		s = s.write(r)
	}
	return s
}

// sign asks the desk for the record. It looks at this PC once more, which takes up to 15 s.
func (s State) sign() State {
	g := s.Guide
	if !s.writing() {
		return s
	}
	s.Trouble = nil
	name := voucher.Plain(g.Name, voucher.MaxTechnician)
	switch {
	case !s.lane().Ready:
		s.Trouble = &guide.laneFirst
	case name == "":
		s.Trouble = &guide.nameFirst
	case len(g.bad()) > 0 && !g.Despite:
		s.Trouble = &guide.badFirst
	default:
		s.Mark = 0
		s.Order = acceptance{Technician: name, Note: voucher.Plain(g.Remark, voucher.MaxNote), Despite: g.bad(), PIN: s.Tech.PIN}
	}
	return s
}

func (s State) accept(e accepting) State {
	s.Order = nil
	switch {
	case s.Page != GuidePage:
		return s
	case e.err != nil:
		t := behindPIN(acceptTrouble, e.err)
		s.Trouble, s.Mark = &t, 0
		return s.refusedFor(e.err)
	}
	s.Guide.Lane, s.Guide.Done, s.Mark = e.lane, e.lane.Accepted, 0
	return s
}

// refusedFor checks this PC again where the desk took no acceptance: it looked once more, and what fails now has to be seen
// before it can be said to be known.
func (s State) refusedFor(err error) State {
	refusal := new(desk.Error)
	if errors.As(err, &refusal) && refusal.Status == http.StatusConflict {
		s.Guide.Check = s.Guide.Check.again()
	}
	return s
}

// record is the acceptance as it stands: that of this guide, else the newest that the till has.
func (s State) record() *desk.Accepted {
	if now := s.View.Accepted; now != nil && (s.Guide.Done == nil || now.Record == s.Guide.Done.Record) {
		return now
	}
	return s.Guide.Done
}

func (s State) acceptChoices(last choice) []choice {
	g := s.Guide
	switch {
	case g.Done != nil:
		return []choice{{"leave", say.backToSale, turned(SalePage)}, last}
	case s.Order != nil:
		return []choice{stayHere, last}
	}
	out := []choice{{"field name", guide.name, fielded(0)}, {"field remark", guide.remark, fielded(1)}}
	if len(g.bad()) > 0 {
		out = append(out, choice{"despite", sworn(guide.despite, g.Despite), despite{}})
	}
	return append(out, choice{"accept", guide.accept, signed{}}, last)
}

// sworn says by a sign whether it was said.
func sworn(t voucher.Text, said bool) voucher.Text {
	sign := "○ "
	if said {
		sign = "● "
	}
	return tx(sign+t.Zh, sign+t.En)
}
