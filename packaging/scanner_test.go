package packaging

import (
	"context"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// TestAScannerSurvivesUnplugging takes the scanner from a real agent and plugs it in again at another device under the
// same name: the till says so, goes on without it, and reads it again.
func TestAScannerSurvivesUnplugging(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	issued, err := hub.Issue(ctx, "supermarket-10", 2, "")
	check(t, err)
	c := newCashier(ctx, t, s, hub, "till", "M0001")
	check(t, c.watch.View(20*time.Second, "the hub", func(v desk.View) bool { return v.Hub.Online }))
	for i, v := range issued {
		if i == 1 {
			c.till.Scanner.Unplug()
			check(t, c.watch.View(20*time.Second, "the missing scanner", func(v desk.View) bool {
				return !v.Scanners[0].Connected && v.Scanners[0].Problem.Zh != "" && v.Scanners[0].Problem.En != ""
			}))
			check(t, c.till.Scanner.Replug())
			check(t, c.watch.View(20*time.Second, "the scanner again", func(v desk.View) bool { return v.Scanners[0].Connected }))
		}
		if a, err := c.answer(ctx, v); err != nil || a.Answer != voucher.Final {
			t.Fatalf("scan %d: %s %s, %v", i+1, a.Answer, a.Reason, err)
		}
	}
}
