package streams

import (
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"sort"
)

// chance is one stream of randomness. A county has several, one for each subject, so that a pattern taken away leaves the
// rest of the world as it was.
type chance struct{ *rand.Rand }

func newChance(seed uint64, subject string) chance {
	h := fnv.New64a()
	io.WriteString(h, subject)
	return chance{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// mix is splitmix64: no two numbers give the same.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (c chance) between(lo, hi float64) float64 { return lo + (hi-lo)*c.Float64() }

// whole is a number from lo to hi, both included.
func (c chance) whole(lo, hi int) int { return lo + c.IntN(hi-lo+1) }

func (c chance) seconds(lo, hi float64) int64 { return int64(c.between(lo, hi)) }

func (c chance) yes(p float64) bool { return c.Float64() < p }

func (c chance) normal(sd float64) float64 { return sd * c.NormFloat64() }

func (c chance) skewed(median, sigma float64) float64 {
	return median * math.Exp(sigma*c.NormFloat64())
}

func (c chance) gap(mean float64) float64 { return mean * c.ExpFloat64() }

// share is a number between 0 and 1 around mid; at a spread of 1 most lie within a factor of three.
func (c chance) share(mid, spread float64) float64 {
	mid = min(max(mid, 0.001), 0.999)
	return 1 / (1 + (1-mid)/mid*math.Exp(-spread*c.NormFloat64()))
}

// count is how often something happens that happens mean times on average.
func (c chance) count(mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+c.normal(math.Sqrt(mean)))))
	}
	n, left := 0, c.ExpFloat64()
	for ; left < mean; n++ {
		left += c.ExpFloat64()
	}
	return n
}

func one[T any](c chance, of []T) T { return of[c.IntN(len(of))] }

func shuffle[T any](c chance, s []T) {
	c.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

// weights draws indices, each in proportion to its weight.
type weights struct{ upTo []float64 }

func (w *weights) add(x float64) { w.upTo = append(w.upTo, w.sum()+max(0, x)) }

func (w *weights) sum() float64 {
	if len(w.upTo) == 0 {
		return 0
	}
	return w.upTo[len(w.upTo)-1]
}

// draw must not be asked where the sum is 0.
func (w *weights) draw(c chance) int {
	x := c.Float64() * w.sum()
	i := sort.Search(len(w.upTo), func(i int) bool { return w.upTo[i] > x })
	return min(i, len(w.upTo)-1)
}

func weighed(xs ...float64) *weights {
	w := &weights{}
	for _, x := range xs {
		w.add(x)
	}
	return w
}
