package uplink

import (
	"time"

	"hexiao/hub/wire"
)

// How long to wait before the next attempt. Full jitter, so that a thousand tills do not come back in one second: any
// length between nothing and a bound that doubles (2.6 of the reliability notes; AWS Architecture Blog, "Exponential
// Backoff And Jitter", 2015).
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
	seldom      = 5 * time.Minute // when trying again as it is will not help
	longestBye  = time.Hour       // a hub that asks for more is not taken at its word
	goodLine    = 10 * time.Second
)

// backoff counts attempts that failed. random gives a number in [0, 1).
type backoff struct {
	random func() float64
	tries  int
}

// good says that the hub let us in and the line then lasted so long. A line that is cut again soon after is not counted
// as if nothing had been wrong: a hub that falls over under its tills must not be run over by them.
func (b *backoff) good(lasted time.Duration) {
	if lasted >= goodLine {
		b.tries = 0
	}
	b.tries = min(b.tries, 2)
}

func (b *backoff) next() time.Duration {
	bound := longestWait
	if b.tries < 6 {
		bound = firstWait << b.tries
	}
	b.tries++
	return time.Duration(b.random() * float64(bound))
}

// after is how long to wait after a farewell: what the hub asked for, and the jitter on top.
func (b *backoff) after(bye wire.Bye) time.Duration {
	wait := time.Duration(min(max(bye.After, 0), longestBye.Milliseconds())) * time.Millisecond
	if bye.Fatal {
		wait = max(wait, seldom)
	}
	return wait + b.next()
}
