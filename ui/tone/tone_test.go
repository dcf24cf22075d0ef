package tone_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui/tone"
)

var answers = []voucher.Answer{voucher.Final, voucher.Provisional, voucher.Refused, voucher.ScanAgain}

// stretch is a part of a sound between two silences.
type stretch struct {
	samples []int16
	hertz   float64 // the strongest pitch
	long    time.Duration
}

// listen cuts a sound where it is silent for 5 ms, and finds each piece's pitch, as an ear does.
func listen(samples []int16) (tones []stretch) {
	const quiet, gap = 40, tone.Rate / 200
	begin, silent := -1, 0
	for i, x := range append(slices.Clone(samples), make([]int16, gap)...) {
		switch loud := x > quiet || x < -quiet; {
		case loud && begin < 0:
			begin, silent = i, 0
		case loud:
			silent = 0
		case begin >= 0:
			if silent++; silent == gap {
				tones = append(tones, hear(samples[begin:min(i-gap+1, len(samples))]))
				begin = -1
			}
		}
	}
	return tones
}

func hear(samples []int16) stretch {
	best, strongest := 0.0, 0.0
	for hertz := 60.0; hertz < 5000; hertz *= 1.01 {
		if p := power(samples, hertz); p > strongest {
			best, strongest = hertz, p
		}
	}
	return stretch{samples, best, time.Duration(len(samples)) * time.Second / tone.Rate}
}

// power is Goertzel's: how much of one pitch there is.
func power(samples []int16, hertz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/tone.Rate)
	var a, b float64
	for _, x := range samples {
		a, b = float64(x)+c*a-b, a
	}
	return a*a + b*b - c*a*b
}

// loudness is the mean level in decibels below full scale, of the stretches that tone.
func loudness(tones []stretch) float64 {
	sum, n := 0.0, 0
	for _, t := range tones {
		for _, x := range t.samples {
			v := float64(x) / math.MaxInt16
			sum += v * v
		}
		n += len(t.samples)
	}
	return 10 * math.Log10(sum/float64(n))
}

func of(a voucher.Answer) []stretch { return listen(tone.Sound{Answer: a}.Samples(100)) }

func TestFinalRisesQuicklyAndHigh(t *testing.T) {
	tones := of(voucher.Final)
	if len(tones) != 3 {
		t.Fatalf("%d tones, want 3", len(tones))
	}
	for i, n := range tones {
		if n.hertz < 1000 || i > 0 && n.hertz < 1.1*tones[i-1].hertz {
			t.Errorf("tone %d is at %.0f Hz: not rising, or not high", i+1, n.hertz)
		}
	}
	if tones[0].long > 100*time.Millisecond || tones[1].long > 100*time.Millisecond {
		t.Errorf("the first two tones last %s and %s", tones[0].long, tones[1].long)
	}
}

func TestProvisionalIsUnlikeFinal(t *testing.T) {
	tones := of(voucher.Provisional)
	if len(tones) != 2 || tones[1].hertz > 0.9*tones[0].hertz {
		t.Fatalf("%d tones, not two that fall", len(tones))
	}
	for _, n := range tones {
		if n.hertz > 0.7*of(voucher.Final)[0].hertz || n.hertz < 350 {
			t.Errorf("a tone at %.0f Hz is not in the middle, well below FINAL's lowest", n.hertz)
		}
		if n.long < 2*of(voucher.Final)[0].long {
			t.Errorf("a tone of %s is not long", n.long)
		}
	}
}

func TestRefusedIsLowAndStillHeardOnASmallLoudspeaker(t *testing.T) {
	for _, n := range of(voucher.Refused) {
		if n.hertz > 250 {
			t.Errorf("a tone at %.0f Hz is not low", n.hertz)
		}
		if p := power(n.samples, 3*n.hertz); p < 0.1*power(n.samples, n.hertz) {
			t.Error("there is nothing above 300 Hz for a loudspeaker that gives no less")
		}
	}
}

func TestScanAgainIsTwoEqualTaps(t *testing.T) {
	tones := of(voucher.ScanAgain)
	if len(tones) != 2 || !slices.Equal(tones[0].samples, tones[1].samples) || tones[0].long > 80*time.Millisecond {
		t.Fatalf("%d tones, not two equal taps", len(tones))
	}
}

// Whatever two answers are compared, the ear has the beginning and the rhythm to go by.
func TestNoTwoAnswersSoundAlike(t *testing.T) {
	for i, a := range answers {
		for _, b := range answers[i+1:] {
			one, other := of(a), of(b)
			if r := ratio(one[0].hertz, other[0].hertz); r < 1.15 {
				t.Errorf("%s and %s begin at nearly the same pitch: %.0f and %.0f Hz", a, b, one[0].hertz, other[0].hertz)
			}
			if r := ratio(one[0].long.Seconds(), other[0].long.Seconds()); r < 1.25 && len(one) == len(other) {
				t.Errorf("%s and %s have the same rhythm", a, b)
			}
		}
	}
}

func ratio(a, b float64) float64 { return max(a, b) / min(a, b) }

func TestSoundsAreShortLoudAndClean(t *testing.T) {
	for _, a := range answers {
		for _, practice := range []bool{false, true} {
			t.Run(fmt.Sprint(a, practice), func(t *testing.T) {
				s := tone.Sound{Answer: a, Practice: practice}.Samples(100)
				if long := time.Duration(len(s)) * time.Second / tone.Rate; long > time.Second || !practice && long > 700*time.Millisecond {
					t.Errorf("lasts %s", long)
				}
				if top := max(slices.Max(s), -slices.Min(s)); float64(top) > 0.9*math.MaxInt16 || top < 6000 {
					t.Errorf("its highest sample is %d", top)
				}
				for _, x := range append(slices.Clone(s[:10]), s[len(s)-10:]...) {
					if x > 300 || x < -300 {
						t.Errorf("it begins or ends with a click: %d", x)
					}
				}
				level := loudness(listen(s))
				if !practice && (level < -21 || level > -5) {
					t.Errorf("%.1f dB", level)
				}
				t.Logf("%d ms, %.1f dB, %d tones", len(s)*1000/tone.Rate, level, len(listen(s)))
			})
		}
	}
}

func TestPracticeIsSofterAndHasAMark(t *testing.T) {
	for _, a := range answers {
		earnest, practice := of(a), listen(tone.Sound{Answer: a, Practice: true}.Samples(100))
		if len(practice) != len(earnest)+3 {
			t.Errorf("%s has %d tones in practice, want three ticks more than %d", a, len(practice), len(earnest))
			continue
		}
		if by := loudness(earnest) - loudness(practice[:len(earnest)]); by < 6 {
			t.Errorf("%s is only %.1f dB softer in practice", a, by)
		}
	}
}

func TestVolume(t *testing.T) {
	s := tone.Sound{Answer: voucher.Final}
	if n := len(s.Samples(0)) + len(s.Samples(-5)); n != 0 {
		t.Errorf("%d samples at volume 0", n)
	}
	if !slices.Equal(s.Samples(100), s.Samples(900)) {
		t.Error("there is more than full volume")
	}
	last := math.Inf(-1)
	for _, volume := range []int{10, 25, 50, 75, 100} {
		level := loudness(listen(s.Samples(volume)))
		if level < last+2 {
			t.Errorf("volume %d gives %.1f dB after %.1f", volume, level, last)
		}
		last = level
	}
}

func TestAnAnswerOfALaterVersionMakesOneLook(t *testing.T) {
	if !slices.Equal(tone.Sound{Answer: "LATER"}.Samples(50), tone.Sound{Answer: voucher.Refused}.Samples(50)) {
		t.Error("it does not sound like a refusal")
	}
}

func TestWAV(t *testing.T) {
	wav := tone.WAV([]int16{1, -2, 300})
	want := "RIFF\x2a\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00data\x06\x00\x00\x00\x01\x00\xfe\xff\x2c\x01"
	if string(wav) != want {
		t.Errorf("% x\nwant\n% x", wav, want)
	}
}
