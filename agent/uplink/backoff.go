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
	ownTrouble  = 30 * time.Second // where it is this PC's own disk: each connection costs the hub an entry of its book
	lossSpread  = 5 * time.Second  // over which terminals come back to a hub that fell over
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

// lost is how long to wait when a good line broke off without a farewell. It may be the hub that fell over, and all its
// terminals then lost it in the same instant: with the usual first wait they were all back within the second after (300
// of 300, measured 2026-11-22). Where it is the shop's own line, half a minute of silence went before, and a few seconds
// more do not matter.
func (b *backoff) lost() time.Duration {
	b.tries++
	return time.Duration(b.random() * float64(lossSpread))
}

// after is how long to wait after a farewell: what the hub asked for, and the jitter on top.
func (b *backoff) after(bye wire.Bye) time.Duration {
	wait := time.Duration(min(max(bye.After, 0), longestBye.Milliseconds())) * time.Millisecond
	if bye.Fatal {
		wait = max(wait, seldom)
	}
	return wait + b.next()
}
