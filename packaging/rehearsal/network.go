package rehearsal

import (
	"slices"
	"time"

	"hexiao/hub/gate"
)

// network is the wires between the tills and the hub. Inside one connection everything comes in order, as TCP has it:
// what is lost there is late. Two connections of one till overtake each other.
type network struct {
	w       *world
	c       chance
	latency time.Duration // usual, one way
	jitter  time.Duration
	lossy   int // of a hundred frames, how many have to be sent again
	lines   int
}

// ends are the lines of one till that something may still come on.
type ends struct {
	open  []*line
	swept int // how many were left when they were last looked through
}

// keep remembers a line, and now and then forgets those on which nothing waits and nobody talks: when there are twice as
// many as there were.
func (e *ends) keep(l *line) {
	if len(e.open) >= 2*e.swept {
		e.open = slices.DeleteFunc(e.open, func(o *line) bool {
			return !o.atTill && !o.atHub && len(o.up.parked) == 0 && len(o.down.parked) == 0
		})
		e.swept = max(len(e.open), 4)
	}
	e.open = append(e.open, l)
}

// line is one connection; each end has a view of its own on whether it is open.
type line struct {
	w                       *world
	no                      int
	till                    *machine
	life                    int // of the till's process that made it
	up, down                way
	talk                    *gate.Talk
	atTill                  bool // open as the till sees it
	atHub                   bool
	hubLife                 int
	admitted                int // counts the lines that the hub has taken
	heardAtHub, heardAtTill time.Duration
}

// way is one direction of a line.
type way struct {
	last   time.Duration // when the newest frame arrives: nothing overtakes it
	dead   bool          // nothing arrives any more, and nobody is told
	parked []func()      // what waits for a cut to end
}

// reach is what a till's place in the world lets through.
type reach struct{ up, down int } // how many cuts are in force each way

// carry brings something along a way, unless that is dead.
func (n *network) carry(l *line, y *way, cut int, arrive func()) {
	switch {
	case y.dead:
	case cut > 0:
		y.parked = append(y.parked, arrive)
	default:
		n.deliver(y, arrive)
	}
}

func (n *network) deliver(y *way, arrive func()) {
	d := n.latency + time.Duration(n.c.Int64N(int64(n.jitter)+1))
	if n.lossy > 0 && n.c.in(n.lossy) {
		d += n.c.span(200*time.Millisecond, 20*time.Second) // sent again, perhaps several times
	}
	y.last = max(y.last, n.w.queue.now+d)
	n.w.queue.at(y.last, func() {
		if !y.dead {
			arrive()
		}
	})
}

// freed lets what was parked go on.
func (n *network) freed(y *way) {
	parked := y.parked
	y.parked = nil
	for _, arrive := range parked {
		n.deliver(y, arrive)
	}
}

// toHub and toTill carry one frame.
func (l *line) toHub(frame []byte) {
	l.w.net.carry(l, &l.up, l.till.reach.up, func() {
		if l.atHub && l.hubLife == l.w.hub.life {
			l.heardAtHub = l.w.queue.now
			l.w.hub.hear(l, frame)
		}
	})
}

func (l *line) toTill(frame []byte) {
	l.w.net.carry(l, &l.down, l.till.reach.down, func() {
		if l.atTill && l.life == l.till.life {
			l.heardAtTill = l.w.queue.now
			l.till.hear(l, frame)
		}
	})
}

// leaveTill closes the line at the till; the hub hears of it when that arrives.
func (l *line) leaveTill() {
	if !l.atTill {
		return
	}
	l.atTill = false
	l.w.net.carry(l, &l.up, l.till.reach.up, func() { l.w.hub.lost(l) })
}

// leaveHub closes the line at the hub.
func (l *line) leaveHub() {
	if !l.atHub {
		return
	}
	l.atHub = false
	l.w.net.carry(l, &l.down, l.till.reach.down, func() {
		if l.atTill && l.life == l.till.life {
			l.till.lost(l)
		}
	})
}

// kill makes the line half open: neither end is told.
func (l *line) kill() { l.up.dead, l.down.dead = true, true }

// refused is what a call meets where nothing listens.
func (l *line) refused() {
	l.w.net.carry(l, &l.down, l.till.reach.down, func() {
		if l.atTill && l.life == l.till.life {
			l.till.lost(l)
		}
	})
}
