// Package tone makes the sounds of the four answers, which the window and the plain page play: four short patterns that nobody
// can take for each other. It is pure, and knows the answers and nothing else.
package tone

import (
	"math"
	"time"

	"hexiao/hub/voucher"
)

// Rate is how many samples make a second of sound, in one channel.
const Rate = 44100

// loudest is the highest sample of a sound at full volume, of 1: headroom for players that resample.
const loudest = 0.84

// Sound is one of the four answers as it is heard.
type Sound struct {
	Answer   voucher.Answer
	Practice bool // softer, with three ticks behind it: nothing was redeemed
}

// note is a stretch of one pitch; 0 hertz is silence.
type note struct {
	hertz float64
	long  time.Duration
	tap   bool      // struck and dying away at once, like a knock
	over  []float64 // the strength of each overtone, of 1, from the second harmonic on
	level float64   // of 1
}

const ms = time.Millisecond

// The patterns differ in everything that an ear can hold on to: FINAL is three quick notes upwards, high; PROVISIONAL two
// long ones downwards, in the middle, like a door bell; REFUSED two low ones that buzz; SCAN AGAIN two equal taps.
// The overtones of the low ones are what a small loudspeaker, which gives little below 300 Hz, is left with.
var (
	bright = []float64{0.35, 0.2, 0.1}
	round  = []float64{0.12}
	buzz   = []float64{0.1, 0.6, 0.1, 0.4, 0.05, 0.25}

	final       = []note{sing(1046.5, 75, bright), rest(12), sing(1318.5, 75, bright), rest(12), sing(1568, 230, bright)}
	provisional = []note{sing(587.3, 270, round), rest(70), sing(440, 330, round)}
	refused     = []note{sing(196, 150, buzz), rest(45), sing(147, 380, buzz)}
	again       = []note{knock(880), rest(110), knock(880)}
	practised   = []note{rest(140), tick, rest(45), tick, rest(45), tick}

	tick = note{hertz: 2637, long: 22 * ms, tap: true, level: 0.8}
)

func sing(hertz float64, milliseconds int, over []float64) note {
	return note{hertz: hertz, long: time.Duration(milliseconds) * ms, over: over, level: 1}
}

func rest(milliseconds int) note { return note{long: time.Duration(milliseconds) * ms} }

func knock(hertz float64) note {
	return note{hertz: hertz, long: 70 * ms, tap: true, over: []float64{0.3}, level: 1}
}

// notes are the sound's; an answer of a later version is heard like a refusal, which makes the cashier look.
func (s Sound) notes() []note {
	notes := refused
	switch s.Answer {
	case voucher.Final:
		notes = final
	case voucher.Provisional:
		notes = provisional
	case voucher.ScanAgain:
		notes = again
	}
	if s.Practice {
		notes = append(notes[:len(notes):len(notes)], practised...)
	}
	return notes
}

// Samples is the sound at a volume of 0 (nothing at all) to 100, which is an ear's scale: half of it is a quarter of the
// amplitude. It begins and ends at rest, so that nothing clicks.
func (s Sound) Samples(volume int) []int16 {
	share := float64(min(max(volume, 0), 100)) / 100
	level := loudest * share * share
	if s.Practice {
		level *= 0.4
	}
	if level == 0 {
		return nil
	}
	var all []int16
	for _, n := range s.notes() {
		for _, x := range n.samples() {
			all = append(all, int16(math.Round(x*level*math.MaxInt16)))
		}
	}
	return all
}

// How fast a note comes and goes: slower than a click, faster than a breath.
const (
	attack  = 5 * ms
	release = 14 * ms
	dying   = 18 * ms // of a tap: the time after which a third is left
)

// samples is the note from -1 to 1.
func (n note) samples() []float64 {
	count := int(n.long.Seconds() * Rate)
	out := make([]float64, count)
	if n.hertz == 0 {
		return out
	}
	whole := 1.0
	for _, o := range n.over {
		whole += o
	}
	for i := range out {
		turn := 2 * math.Pi * n.hertz * float64(i) / Rate
		x := math.Sin(turn)
		for k, o := range n.over {
			x += o * math.Sin(turn*float64(k+2))
		}
		out[i] = n.level * x / whole * n.envelope(i, count)
	}
	return out
}

// envelope is how much of the note there is at a sample: none at both ends.
func (n note) envelope(i, count int) float64 {
	rise := slope(float64(i) / (attack.Seconds() * Rate))
	fall := slope(float64(count-1-i) / (release.Seconds() * Rate))
	if n.tap {
		fall *= math.Exp(-float64(i) / (dying.Seconds() * Rate))
	}
	return rise * fall
}

// slope goes smoothly from 0 to 1 and stays there.
func slope(x float64) float64 { return (1 - math.Cos(math.Pi*min(max(x, 0), 1))) / 2 }
