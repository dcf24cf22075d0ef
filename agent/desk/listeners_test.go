package desk_test

import (
	"context"
	"testing"
	"testing/synctest"

	"hexiao/agent/desk"
)

func TestListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l desk.Listeners
		first := desk.Event{Type: desk.ViewEvent, View: &desk.View{Queued: 1}}
		e := func(n uint64) desk.Event {
			return desk.Event{Type: desk.ViewEvent, View: &desk.View{Queued: n}}
		}
		ctx, cancel := context.WithCancel(t.Context())
		leaves := l.Join(ctx, 9, first)
		slow := l.Join(t.Context(), 2, first) // room for two, of which one is taken by the first
		stays := l.Join(t.Context(), 9, first)
		l.Tell(e(2))
		cancel()
		synctest.Wait()
		l.Tell(e(3)) // for which the slow one has no room
		l.End()
		l.Tell(e(4))
		for name, c := range map[string]struct {
			events <-chan desk.Event
			want   uint64
		}{"one that left": {leaves, 2}, "a slow one": {slow, 2}, "one that stayed": {stays, 3}, "one that came late": {l.Join(t.Context(), 9, first), 1}} {
			n := uint64(0)
			for e := range c.events { // each is closed
				if n++; e.View.Queued != n {
					t.Errorf("%s: event %d comes as number %d", name, e.View.Queued, n)
				}
			}
			if n != c.want {
				t.Errorf("%s heard %d events, want %d", name, n, c.want)
			}
		}
	})
}
