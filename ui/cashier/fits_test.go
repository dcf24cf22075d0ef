package cashier

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Each text lies inside the window, none over another, none is cut and none smaller than can be read: on every screen, in
// both languages, on the small screen also with the largest letters, names and sums.
func TestEverythingFits(t *testing.T) {
	test.NewTempApp(t)
	w := open(t, State{Lang: "zh"}, small.Width, small.Height)
	for _, c := range []struct {
		size    fyne.Size
		percent int
		large   bool
	}{
		{small, 100, false}, {small, 100, true}, {small, 150, false}, {small, 150, true},
		{fyne.NewSize(1024, 768), 120, true}, {fyne.NewSize(1920, 1080), 100, false}, {fyne.NewSize(3840, 2160), 150, true},
	} {
		for _, scened := range scenes {
			for _, lang := range []string{"zh", "en"} {
				s := scene(lang, scened.events)
				s.View.Settings.TextSize = c.percent
				if c.large {
					s = enlarged(s)
				}
				w.turnTo(s, c.size)
				if wrong := misfits(w.face, c.size); len(wrong) > 0 {
					t.Errorf("%s %s at %.0fx%.0f, %d %%, large %v:\n\t%s", scened.name, lang, c.size.Width, c.size.Height, c.percent, c.large, strings.Join(wrong, "\n\t"))
				}
			}
		}
	}
}

// waits are the words that end in dots because something goes on.
var waits = []voucher.Text{say.undoing, say.closing, say.loading, say.pinWaits, guide.checking, guide.looking, guide.saving, guide.laneAsk, guide.signing}

// misfits finds what is not as it should be. A line's letters fill about two thirds of its height; the rest is air that may
// be shared.
func misfits(f *face, size fyne.Size) []string {
	var out []string
	all := f.texts()
	for i, a := range all {
		ink := a.at.inset(0, a.at.h/6)
		if ink.x < 0 || ink.y < 0 || ink.x+ink.w > size.Width+0.5 || ink.y+ink.h > size.Height {
			out = append(out, fmt.Sprintf("%q leaves the window: %+v", a.text, ink))
		}
		going := slices.ContainsFunc(waits, func(w voucher.Text) bool { return w.In(f.state.Lang) == a.text })
		if strings.HasSuffix(a.text, "…") && !going {
			out = append(out, fmt.Sprintf("%q is cut", a.text))
		}
		if a.size < least {
			out = append(out, fmt.Sprintf("%q is written with %.1f, less than %d", a.text, a.size, int(least)))
		}
		for _, b := range all[i+1:] {
			if over(ink, b.at.inset(0, b.at.h/6)) {
				out = append(out, fmt.Sprintf("%q lies over %q", b.text, a.text))
			}
		}
	}
	return out
}

func over(a, b box) bool {
	const hair = 0.5
	return a.x+a.w > b.x+hair && b.x+b.w > a.x+hair && a.y+a.h > b.y+hair && b.y+b.h > a.y+hair
}

// enlarged has the longest names that a registry takes (100 characters) and a campaign's list has room for, and the largest sums that the law allows.
func enlarged(s State) State {
	s.View.Merchant = strings.Repeat("鲁山县尧山镇惠民生活超市有限责任公司一店", 5)
	s.View.Campaign = voucher.Text{Zh: strings.Repeat("“冬日送暖”消费券", 4), En: strings.Repeat("Winter Warmth vouchers ", 4)}
	if s.View.Bill.Fen != 0 {
		s.View.Bill.Fen = voucher.MaxBill
	}
	most := func(a *desk.Answer) {
		if a.Bill != 0 {
			a.Bill, a.Face, a.Pay = voucher.MaxBill, voucher.MaxBill-1, voucher.MaxBill
		}
	}
	if s.Shown != nil {
		shown := *s.Shown
		most(&shown.Answer)
		s.Shown = &shown
	}
	if s.Last != nil {
		last := *s.Last
		most(&last.Answer)
		s.Last = &last
	}
	s.Day.Lines = slices.Clone(s.Day.Lines)
	for i := range s.Day.Lines {
		most(&s.Day.Lines[i].Answer)
		s.Day.Lines[i].Order = strings.Repeat("8", voucher.MaxOrder)
	}
	return s
}

// At 800 by 600, the screen of an old till, texts may be cut but must not lie over each other.
func TestNothingIsCoveredOnAnOldScreen(t *testing.T) {
	test.NewTempApp(t)
	size := fyne.NewSize(800, 600)
	w := open(t, State{Lang: "zh"}, size.Width, size.Height)
	for _, c := range scenes {
		for _, lang := range []string{"zh", "en"} {
			w.turnTo(scene(lang, c.events), size)
			for _, wrong := range misfits(w.face, size) {
				if !strings.HasSuffix(wrong, "is cut") {
					t.Errorf("%s %s: %s", c.name, lang, wrong)
				}
			}
		}
	}
}
