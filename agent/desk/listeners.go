package desk

import (
	"context"
	"sync"
)

// Listeners are those who watch a Counter. The zero value has none; it is safe for concurrent use, and waits for nobody.
type Listeners struct {
	mu      sync.Mutex // guards what follows
	readers map[chan Event]struct{}
	ended   bool
}

// Join gives a reader its first event and every one that is told from now on; the channel is closed when ctx ends, when
// more than room events wait in it, or with End. Once that was, it gets the first event only.
func (l *Listeners) Join(ctx context.Context, room int, first Event) <-chan Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := make(chan Event, room)
	events <- first
	if l.ended {
		close(events)
		return events
	}
	if l.readers == nil {
		l.readers = map[chan Event]struct{}{}
	}
	l.readers[events] = struct{}{}
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.giveUp(events)
	})
	return events
}

// giveUp lets a reader go; what it has not read yet it still finds in its channel. The lock is held.
func (l *Listeners) giveUp(events chan Event) {
	if _, reads := l.readers[events]; reads {
		delete(l.readers, events)
		close(events)
	}
}

// Tell gives everybody an event; who has no room left for it is given up.
func (l *Listeners) Tell(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for events := range l.readers {
		select {
		case events <- e:
		default:
			l.giveUp(events)
		}
	}
}

// End lets everybody go.
func (l *Listeners) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for events := range l.readers {
		l.giveUp(events)
	}
}
