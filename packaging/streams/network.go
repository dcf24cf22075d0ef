package streams

import (
	"cmp"
	"slices"
)

// outage is a time in which a shop has no line. What is taken in it, and until the queue has gone up, is heard at done.
type outage struct{ from, to, done int64 }

// cutLines draws the outages of every shop, and those of whole towns.
func (w *county) cutLines(c chance) {
	for _, s := range w.shops {
		for phase := range w.starts {
			s.net = append(s.net, w.drops(c, phase, s.dropped, s.droppedMinutes)...)
		}
	}
	for _, t := range w.towns {
		if c.yes(0.2) {
			from := w.starts[c.IntN(2)] + c.Int64N(int64(w.days)*day)
			w.cutTown(c, t, from, from+c.seconds(0.7, 6)*hour+c.Int64N(hour))
		}
	}
	for _, s := range w.shops {
		s.tidyNet()
	}
}

func (w *county) drops(c chance, phase int, aWeek, minutes float64) (cuts []outage) {
	if aWeek <= 0 {
		return nil
	}
	for t := w.starts[phase]; ; {
		t += int64(c.gap(float64(7*day) / aWeek))
		if t >= w.end(phase) {
			return cuts
		}
		to := t + int64(60*c.skewed(minutes, 0.8))
		cuts = append(cuts, outage{t, to, to + c.seconds(3, 95)})
		t = to
	}
}

func (w *county) cutTown(c chance, t *town, from, to int64) {
	for _, s := range w.shops {
		if s.town == t && c.yes(0.85) {
			s.net = append(s.net, outage{from, to, to + c.seconds(5, 240)})
		}
	}
}

// tidyNet puts outages in order and joins those that touch, so that a shop's records always arrive in the order of their times.
func (s *shop) tidyNet() {
	slices.SortFunc(s.net, func(a, b outage) int { return cmp.Compare(a.from, b.from) })
	var net []outage
	for _, o := range s.net {
		if n := len(net); n > 0 && o.from <= net[n-1].done {
			net[n-1].to, net[n-1].done = max(net[n-1].to, o.to), max(net[n-1].done, o.done)
			continue
		}
		net = append(net, o)
	}
	s.net = net
}

// heard is when the hub learns of what happens at t, and whether the line was down.
func (s *shop) heard(t int64) (arrival int64, offline bool) {
	i, _ := slices.BinarySearchFunc(s.net, t, func(o outage, t int64) int {
		if o.done <= t {
			return -1
		}
		return 1
	})
	if i < len(s.net) && s.net[i].from <= t {
		return s.net[i].done, true
	}
	return t, false
}
