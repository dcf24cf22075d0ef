package cashier

import (
	"image/color"
	"math"
	"testing"
)

// contrast is WCAG 2.1's, of two opaque colours.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

var palettes = map[string]palette{"idle": idle, "waiting": waiting, "final": final, "offline": offline, "refused": refused,
	"again": again, "voided": voided, "away": away}

func TestEveryTextStandsOutFromItsGround(t *testing.T) {
	for name, p := range palettes {
		for what, pair := range map[string][2]color.NRGBA{
			"ink on ground": {p.ink, p.ground}, "ink on bar": {p.ink, p.bar}, "ink on card": {p.ink, p.card}, "ink on a pressed card": {p.ink, p.press},
			"soft on ground": {p.soft, p.ground}, "soft on bar": {p.soft, p.bar}, "soft on card": {p.soft, p.card}, "soft on a pressed card": {p.soft, p.press},
			"ink on caution": {offline.ink, caution}, "soft on caution": {offline.soft, caution},
		} {
			if got := contrast(pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s: %s is %.2f:1, AA asks for 4.5:1", name, what, got)
			}
		}
	}
}

func TestPracticeStandsOut(t *testing.T) {
	for name, c := range map[string]color.NRGBA{"the band": practiceGround, "the stripes": practiceStripe} {
		if got := contrast(practiceInk, c); got < 7 {
			t.Errorf("the word of practice on %s is %.2f:1, want 7:1", name, got)
		}
	}
	for name, p := range palettes {
		r, g, b := int(p.ground.R)-int(practiceGround.R), int(p.ground.G)-int(practiceGround.G), int(p.ground.B)-int(practiceGround.B)
		if r*r+g*g+b*b < 60*60 {
			t.Errorf("practice has nearly the ground of %s", name)
		}
	}
}

// Every state of a line has a word and a sign of its own.
func TestNoLineIsToldByColourAlone(t *testing.T) {
	signs, words := map[string]string{}, map[string]string{}
	for _, state := range []string{"final", "provisional", "disputed", "refused", "reversed", "voided", "waiting"} {
		i := stateIcon(state)
		for _, lang := range []string{"zh", "en"} {
			w := stateWord(state).In(lang)
			if other, twice := words[w]; twice {
				t.Errorf("%s and %s are both %q", state, other, w)
			}
			words[w] = state
		}
		if other, twice := signs[i.body]; twice {
			t.Errorf("%s and %s have the same sign", state, other)
		}
		signs[i.body] = state
	}
}

// Whoever sees no colours reads the signs: each state has a drawing of its own.
func TestNoStateIsToldByColourAlone(t *testing.T) {
	drawn := map[string]string{}
	tell := func(state string, i icon) {
		if other, twice := drawn[i.name+i.body]; twice {
			t.Errorf("%s and %s have the same sign", state, other)
		}
		drawn[i.name+i.body] = state
	}
	for _, name := range []string{"final", "provisional-shop", "refused", "again-damaged", "undone"} {
		tell(name, scene("zh", eventsOf(t, name)).Shown.icon())
	}
	up, down := folded(sees(online())), folded(sees(unplug(cutOff())))
	tell("online", up.hubSign().icon)
	tell("offline", down.hubSign().icon)
	tell("scanner", up.scannerSign().icon)
	tell("unplugged", down.scannerSign().icon)
	if up.hubSign().alarm || up.scannerSign().alarm || !down.hubSign().alarm || !down.scannerSign().alarm {
		t.Error("an alarm stands where all is well, or does not stand where it is not")
	}
}

func TestNoTwoAnswersLookAlike(t *testing.T) {
	answers := map[string]palette{"final": final, "offline": offline, "refused": refused, "again": again}
	for a, p := range answers {
		for b, q := range answers {
			dr, dg, db := int(p.ground.R)-int(q.ground.R), int(p.ground.G)-int(q.ground.G), int(p.ground.B)-int(q.ground.B)
			if a != b && dr*dr+dg*dg+db*db < 80*80 {
				t.Errorf("%s and %s have nearly the same ground", a, b)
			}
		}
	}
}
