package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// record notes in which order parts end.
type record struct {
	mu    sync.Mutex // guards ended
	ended []string
}

// until is a part that ends some time after it is told to.
func (r *record) until(name string, after time.Duration) part {
	return part{name, func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(after)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ended = append(r.ended, name)
		return nil
	}}
}

func TestPartsEndInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := together(ctx, r.until("desk", 3*time.Second), r.until("terminal", 2*time.Second), r.until("uplink", 0)); err != nil {
			t.Error(err)
		}
		if !slices.Equal(r.ended, []string{"desk", "terminal", "uplink"}) {
			t.Error(r.ended)
		}
	})
}

func TestOnePartsFailureEndsAll(t *testing.T) {
	for name, ends := range map[string]error{"it fails": errors.New("no more"), "it ends by itself": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				failing := part{"terminal", func(context.Context) error { time.Sleep(time.Minute); return ends }}
				err := together(t.Context(), r.until("desk", time.Second), failing, r.until("uplink", 0))
				if err == nil || ends != nil && !errors.Is(err, ends) {
					t.Error(err)
				}
				if !slices.Equal(r.ended, []string{"desk", "uplink"}) {
					t.Error(r.ended)
				}
			})
		})
	}
}
