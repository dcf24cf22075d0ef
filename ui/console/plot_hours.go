package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// declared tells for each hour of the day whether the shop said that it is open then.
func (f *CaseFile) declared() (open [24]bool, known bool) {
	for h := f.Open; h < f.Close; h++ {
		open[h%24] = true
	}
	return open, f.Close > f.Open
}

// hours shows when the merchant redeems, against what it declared and what its peers do.
func (t *teller) hours() figure {
	f := figure{ID: "hours", Title: t.say("hours_title")}
	var n split
	var by [24]split
	outside := 0
	open, known := t.declared()
	for i := range t.Rows {
		h := t.Rows[i].Time.In(china).Hour()
		by[h].add(&t.Rows[i])
		n.add(&t.Rows[i])
		if known && !open[h] {
			outside++
		}
	}
	if n.all() == 0 {
		f.SVG = blank(f.ID, f.Title, t.say("none"))
		return f
	}
	if known {
		f.Notes = append(f.Notes, t.say("hours_declared", t.clock(t.Open), t.clock(t.Close), outside, n.all(), t.percent(float64(outside)/float64(n.all()))))
	} else {
		f.Notes = append(f.Notes, t.say("hours_unknown"))
	}
	peers, most := t.peers(n.all()), 1.0
	if peers == nil {
		f.Notes = append(f.Notes, t.say("peers_unknown"))
	}
	for h := range by {
		most = max(most, float64(by[h].all()))
		if peers != nil {
			most = max(most, peers[h])
		}
	}
	d := &drawing{height: plotHeight}
	y := t.bars(d, most)
	slot := (plotBox.right - plotBox.left) / 24
	for h := range by {
		x := plotBox.left + float64(h)*slot
		if known && open[h] {
			d.rect("open", x, plotBox.top, slot, plotBox.bottom-plotBox.top)
		}
		stack(d, x+1.5, slot-3, y, by[h])
		if h%3 == 0 {
			d.text("tick", "middle", x+slot/2, plotBox.bottom+17, strconv.Itoa(h))
		}
	}
	more := [][3]string{}
	if peers != nil {
		steps(d, peers, slot, y)
		more = append(more, [3]string{"peers", "m-6 0h12", t.say("peers")})
	}
	if known {
		more = append(more, [3]string{"open", "", t.say("open")})
	}
	d.line("axis", plotBox.left, plotBox.bottom, plotBox.right, plotBox.bottom)
	t.legendOf(d, [2]string{"bar", ""}, [2]string{"badbar", ""}, n, more...)
	f.SVG = d.picture(f.ID, f.Title, strings.Join(f.Notes, " "))
	f.Table = t.hourTable(by, open, known, n.all())
	return f
}

// peers gives what the merchant's redemptions would be by hour if they came as its peers' do; nil when that is not known.
func (t *teller) peers(all int) []float64 {
	sum, p := 0.0, make([]float64, 24)
	for h, share := range t.PeerHours {
		sum += share
		p[h] = share * float64(all)
	}
	if !(sum > 0) {
		return nil
	}
	for h := range p {
		p[h] /= sum
	}
	return p
}

func (t *teller) clock(hour int) string {
	if hour > 24 {
		return t.say("next_day", hour-24)
	}
	return fmt.Sprintf("%d:00", hour)
}

func (t *teller) hourTable(by [24]split, open [24]bool, known bool, all int) table {
	tab := table{Head: []string{t.say("hour"), t.say("declared"), t.say("redemptions"), t.say("of_these_suspected"), t.say("peers_expected")}}
	peers := t.peers(all)
	for h, c := range by {
		is, expected := "—", "—"
		if known {
			is = map[bool]string{true: t.say("is_open"), false: t.say("is_closed")}[open[h]]
		}
		if peers != nil {
			expected = fmt.Sprintf("%.1f", peers[h])
		}
		tab.Rows = append(tab.Rows, []string{fmt.Sprintf("%d:00–%d:59", h, h), is, strconv.Itoa(c.all()), strconv.Itoa(c.suspected), expected})
	}
	return tab
}

// bars draws an axis of counts and gives the height of one.
func (t *teller) bars(d *drawing, most float64) func(float64) float64 {
	step := nice(most, 5)
	top := math.Ceil(most/step) * step
	y := func(n float64) float64 { return plotBox.bottom - n/top*(plotBox.bottom-plotBox.top) }
	for n := 0.0; n <= top; n += step {
		d.line("grid", plotBox.left, y(n), plotBox.right, y(n))
		d.text("tick", "end", plotBox.left-5, y(n)+4, strconv.Itoa(int(n)))
	}
	return y
}

// stack draws a bar, the suspected on top of the others.
func stack(d *drawing, x, w float64, y func(float64) float64, c split) {
	plain, all := y(float64(c.plain)), y(float64(c.all()))
	d.rect("bar", x, plain, w, plotBox.bottom-plain)
	d.rect("badbar", x, all, w, plain-all)
}

// steps draws a line over the bars.
func steps(d *drawing, by []float64, slot float64, y func(float64) float64) {
	d.WriteString(`<path class="peers" d="M`)
	for h, n := range by {
		x := plotBox.left + float64(h)*slot
		if h > 0 {
			d.WriteString("L")
		}
		d.WriteString(num(x) + " " + num(y(n)) + "H" + num(x+slot))
	}
	d.WriteString(`"/>`)
}
