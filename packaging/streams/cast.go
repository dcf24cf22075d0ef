package streams

import (
	"fmt"
	"math"
	"slices"
)

// known checks the names in the options.
func (o *Options) known() error {
	for _, name := range o.Patterns {
		if !slices.Contains(Patterns(), name) {
			return fmt.Errorf("pattern %q is not known", name)
		}
	}
	for _, name := range o.Honest {
		if !slices.Contains(Oddities(), name) {
			return fmt.Errorf("honest kind %q is not known", name)
		}
	}
	return nil
}

// Patterns are the names of what crooks do.
func Patterns() []string {
	var names []string
	for i := range patterns {
		names = append(names, patterns[i].name)
	}
	return names
}

// Oddities are the names of what honest shops do that looks odd.
func Oddities() []string {
	var names []string
	for i := range oddities {
		names = append(names, oddities[i].name)
	}
	return names
}

// castOdd makes some honest shops odd: three to five of a kind, fewer in a small county.
func (w *county) castOdd(c chance, wanted []string) {
	for i := range oddities {
		k := &oddities[i]
		if wanted != nil && !slices.Contains(wanted, k.name) {
			continue
		}
		n := c.whole(3, 5)
		if w.merchants < 300 {
			n = c.whole(1, 3)
		}
		for j := range n {
			s := w.plain(c, func(s *shop) bool { return k.fit == nil || k.fit(w, s) })
			if s == nil {
				break
			}
			s.kind, s.level = k.name, 1+(j*5/n+c.IntN(2))%5
			k.make(&odd{w: w, c: newChance(w.seed, "odd "+k.name+s.id), s: s, x: float64(s.level-1) / 4})
			if k.single {
				break
			}
		}
	}
}

// plain is a shop that is neither odd nor crooked yet; nil when there is none that fits.
func (w *county) plain(c chance, fit func(*shop) bool) *shop {
	from := c.IntN(len(w.shops))
	for i := range w.shops {
		s := w.shops[(from+i*7919)%len(w.shops)]
		if s.kind == "" && fit(s) {
			return s
		}
	}
	return nil
}

// part is a pattern at a level.
type part struct {
	*pattern
	level int
}

// castCrooks fills the parts until about as many shops are crooked as the county draws.
func (w *county) castCrooks(c chance, o *Options) {
	left := int(math.Round(w.crooked * float64(w.merchants)))
	if o.Each > 0 {
		left = len(w.shops)
	}
	for _, p := range w.parts(c, o) {
		if left < p.shops {
			continue
		}
		if a := w.cast(c, p); a != nil {
			w.acts = append(w.acts, a)
			left -= len(a.shops)
		}
	}
}

// parts are the parts in the order in which they are given away: all patterns once, then again.
func (w *county) parts(c chance, o *Options) []part {
	rounds := 5
	if o.Each > 0 {
		rounds = o.Each
	}
	all := make([][]part, rounds)
	for i := range patterns {
		p := &patterns[i]
		if o.Patterns != nil && !slices.Contains(o.Patterns, p.name) {
			continue
		}
		levels := c.Perm(5)
		for r := range all {
			all[r] = append(all[r], part{p, 1 + levels[r%5]})
		}
	}
	for r := range all {
		shuffle(c, all[r])
	}
	return slices.Concat(all...)
}

// cast finds shops for a part; nil when the county has none.
func (w *county) cast(c chance, p part) *act {
	a := &act{w: w, pattern: p.pattern, level: p.level}
	a.x = min(1, max(0, float64(p.level-1)/4+c.between(-0.08, 0.08)))
	share := p.share[0] * math.Pow(p.share[1]/p.share[0], a.x)
	for len(a.shops) < p.shops {
		s := w.suited(c, a, share)
		if s == nil {
			for _, s := range a.shops {
				s.kind, s.crook = "", false
			}
			return nil
		}
		s.kind, s.crook, s.level = p.name, true, p.level
		a.shops = append(a.shops, s)
	}
	a.c = newChance(w.seed, fmt.Sprint("crook ", p.name, a.shop().id))
	a.n = a.size(share)
	if a.c.yes(0.55) {
		a.reach = a.c.between(2000, 11000)
	}
	if p.empty {
		for _, s := range a.shops {
			s.pull, s.truant = 0, true
		}
	}
	return a
}

// suited is a plain shop at which a share of the trade is a number of fakes that can be noticed and can be had.
func (w *county) suited(c chance, a *act, share float64) *shop {
	need := float64(a.count[0]) * (1 - share) / share
	for _, slack := range []float64{1, 2, 5, 1000} {
		s := w.plain(c, func(s *shop) bool {
			return slices.Contains(a.trades, s.trade) && (a.fit == nil || a.fit(a, s)) &&
				s.expect*slack >= need && s.expect <= slack*(6*need+30)
		})
		if s != nil {
			return s
		}
	}
	return nil
}

// size is how many fakes there are at each shop.
func (a *act) size(share float64) int {
	if a.empty {
		return a.count[0] + int(a.x*float64(a.count[1]-a.count[0]))
	}
	n := share / (1 - share) * a.shop().expect
	return int(max(float64(a.count[0]), min(float64(a.count[1]), n)))
}
