package drivers

import "time"

// Watch tells that devices may have come or gone. It never says which: whoever hears it looks.
type Watch interface {
	// Changed gets something after each change; it holds one, and more are the same news.
	Changed() <-chan struct{}
	// Pace is how often to look beside, for changes that the system did not tell of.
	Pace() time.Duration
	// Arm follows the folders of the address again, which may have come or gone themselves. It is called before each look.
	Arm()
	// Close ends the watch; its goroutines have ended when it returns.
	Close()
}

const (
	// paceWatched is for events that were lost: the kernel drops them when its queue is full, and sends none into a container.
	paceWatched = 5 * time.Second
	// paceAlone is where nothing can be watched. A look is a stat, or a walk through a dozen links of /sys; it opens no device.
	paceAlone = time.Second
)

// told is a channel that holds one piece of news.
type told chan struct{}

func newTold() told { return make(told, 1) }

func (t told) tell() {
	select {
	case t <- struct{}{}:
	default:
	}
}

// alone watches nothing.
type alone struct{}

func (alone) Changed() <-chan struct{} { return nil }
func (alone) Pace() time.Duration      { return paceAlone }
func (alone) Arm()                     {}
func (alone) Close()                   {}
