package rehearsal

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"
)

// chance is one stream of randomness. A seed has several, one for each subject, so that a run with a fault taken away
// draws everything else as before: that is what makes a failure shrink.
type chance struct {
	*rand.Rand
	bytes io.Reader
}

// stream gives the stream of a subject.
func stream(seed uint64, subject string) chance {
	h := fnv.New64a()
	io.WriteString(h, subject)
	pcg := rand.NewPCG(seed, h.Sum64())
	c := chance{Rand: rand.New(pcg)}
	c.bytes = byteStream{c.Rand}
	return c
}

// byteStream makes bytes of a stream of numbers.
type byteStream struct{ r *rand.Rand }

func (b byteStream) Read(p []byte) (int, error) {
	for i := 0; i < len(p); {
		for n := b.r.Uint64(); n != 0 && i < len(p); n >>= 8 {
			p[i] = byte(n)
			i++
		}
	}
	return len(p), nil
}

// read gives n random bytes.
func (c chance) read(n int) []byte {
	b := make([]byte, n)
	io.ReadFull(c.bytes, b)
	return b
}

// in tells whether something happens that does so in so many of a hundred cases.
func (c chance) in(hundred int) bool { return c.IntN(100) < hundred }

// between gives a number from least to most.
func (c chance) between(least, most int) int { return least + c.IntN(most-least+1) }

// span gives a length from least to most, to the millisecond, with short ones as likely as long ones: each doubling has
// the same share.
func (c chance) span(least, most time.Duration) time.Duration {
	doublings := 0
	for d := max(least, time.Millisecond); d < most; d *= 2 {
		doublings++
	}
	low := max(least, time.Millisecond) << c.IntN(max(doublings, 1))
	d := low + time.Duration(c.Int64N(int64(low)))
	return min(d, most).Truncate(time.Millisecond)
}

// pick gives one of several.
func pick[T any](c chance, of ...T) T { return of[c.IntN(len(of))] }
