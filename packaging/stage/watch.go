package stage

import (
	"context"
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Watcher follows a till's desk as its window does. One goroutine at a time uses it.
type Watcher struct {
	events <-chan desk.Event
	last   desk.View // as far as events were read
}

// Watch begins to follow; it ends with ctx.
func (t *Till) Watch(ctx context.Context) *Watcher {
	return &Watcher{events: t.Desk.Events(ctx)}
}

// Until gives the first event that is wanted, and what was seen of it within the time given.
func (w *Watcher) Until(within time.Duration, what string, wanted func(desk.Event) bool) (desk.Event, error) {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		select {
		case e, open := <-w.events:
			if !open {
				return e, fmt.Errorf("the desk's events ended before %s", what)
			}
			if e.View != nil {
				w.last = *e.View
			}
			if wanted(e) {
				return e, nil
			}
		case <-late.C:
			return desk.Event{}, fmt.Errorf("no %s within %s", what, within)
		}
	}
}

// Answer gives the next answer to a scan; later outcomes of earlier scans are passed over.
func (w *Watcher) Answer(within time.Duration) (desk.Answer, error) {
	e, err := w.Until(within, "answer", func(e desk.Event) bool { return e.Answer != nil && !e.Answer.Replaced })
	if err != nil {
		return desk.Answer{}, err
	}
	return *e.Answer, nil
}

// Terminal is the till's, as far as events were read.
func (w *Watcher) Terminal() voucher.TerminalID { return w.last.Terminal }

// View waits for a state of the till; the state that was last seen counts.
func (w *Watcher) View(within time.Duration, what string, wanted func(desk.View) bool) error {
	if wanted(w.last) {
		return nil
	}
	_, err := w.Until(within, what, func(e desk.Event) bool { return e.View != nil && wanted(*e.View) })
	return err
}
