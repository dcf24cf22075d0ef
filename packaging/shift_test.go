package packaging

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/packaging/stage"
)

// closer sells at one till and closes a shift behind each sale or two, and keeps every slip.
type closer struct {
	till  *stage.Till
	rand  *rand.Rand
	codes []stage.Voucher
	slips map[int]string // of the closes that were answered, by number
	doubt int            // number of the close that was under way when the agent died; 0 for none
	wrong int            // slips that the till does not stand by
}

// slip is what is printed of a closed shift.
func slip(s desk.Shift) string {
	return fmt.Sprintf("from %d until %d, %s to %s, %d sales for %d", s.From.UnixMilli(), s.Until.UnixMilli(), s.First, s.Last, s.Standing.Count, s.Standing.Bill)
}

// work goes on until the agent is gone.
func (c *closer) work(ctx context.Context) error {
	for {
		if len(c.codes) > 0 && c.rand.IntN(3) > 0 {
			v := c.codes[0]
			c.codes = c.codes[1:]
			if _, err := c.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: v.Code}); err != nil {
				return err
			}
		}
		s, err := c.till.Desk.Shift(ctx)
		if err != nil {
			return err
		}
		c.doubt = s.Number
		if s, err = c.till.Desk.CloseShift(ctx, s.Number); err != nil {
			return err
		}
		c.slips[s.Number], c.doubt = slip(s), 0
	}
}

// look compares the slips with what the till says of them now, and asks for the close that was in doubt once more.
func (c *closer) look(ctx context.Context, t *testing.T) {
	t.Helper()
	if c.doubt > 0 {
		s, err := c.till.Desk.CloseShift(ctx, c.doubt)
		check(t, err)
		c.slips[c.doubt], c.doubt = slip(s), 0
	}
	running, err := c.till.Desk.Shift(ctx)
	check(t, err)
	if running.Number != len(c.slips)+1 {
		t.Errorf("shift %d runs behind %d slips", running.Number, len(c.slips))
	}
	for number, was := range c.slips {
		s, err := c.till.Desk.CloseShift(ctx, number)
		if err != nil || slip(s) != was {
			c.wrong++
			t.Errorf("shift %d: on the slip %s; now %s, %v", number, was, slip(s), err)
		}
	}
}

// sold counts the sales in all shifts as they stand now.
func (c *closer) sold(ctx context.Context, t *testing.T) (n int) {
	t.Helper()
	running, err := c.till.Desk.Shift(ctx)
	check(t, err)
	n = running.Standing.Count
	for number := range c.slips {
		s, err := c.till.Desk.CloseShift(ctx, number)
		check(t, err)
		if s.Later != nil {
			s.Standing = s.Later.Standing
		}
		n += s.Standing.Count
	}
	return n
}

// TestKilledWhileShiftsAreClosed kills an agent with -9 while it closes shifts, 20 times (HEXIAO_KILLS): each close that was
// answered is there with the same sums, the one that was under way is closed once, and every sale is in one shift.
func TestKilledWhileShiftsAreClosed(t *testing.T) {
	n := kills(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+time.Duration(n)*2*time.Second)
	defer cancel()
	s, hub := raise(ctx, t)
	issued, err := hub.Issue(ctx, "supermarket-10", 1000, "")
	check(t, err)
	till, err := s.EnrolAt(ctx, hub, hub.Address, "till", "M0001")
	check(t, err)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &closer{till: till, rand: rand.New(rand.NewPCG(seed, 0)), codes: issued, slips: map[int]string{}}
	doubts := 0
	for range n {
		check(t, till.Run())
		killed := time.AfterFunc(time.Duration(1+c.rand.IntN(100))*time.Millisecond, till.Kill)
		if err := c.work(ctx); !errors.Is(err, desk.ErrUnreachable) {
			t.Fatalf("work ended with %v", err)
		}
		killed.Stop()
		<-till.Ended()
		if c.doubt > 0 {
			doubts++
		}
		check(t, till.Run())
		c.look(ctx, t)
		till.Kill()
	}
	check(t, till.Run())
	defer func() { till.Stop() }()
	until(ctx, t, "an empty queue", func() bool {
		v, err := till.Desk.Status(ctx)
		return err == nil && v.Hub.Online && v.Queued == 0
	})
	lines, err := till.Desk.Day(ctx, "")
	check(t, err)
	stand := 0
	for _, l := range lines {
		if l.State == "final" {
			stand++
		}
	}
	sold := c.sold(ctx, t)
	if sold != stand {
		t.Errorf("%d sales stand in the day's list, and %d in the shifts", stand, sold)
	}
	t.Logf("figures: %d kills while shifts were closed, %d in the middle of a close: %d closes, %d of them other ones later; %d sales, %d of them in the shifts", n, doubts, len(c.slips), c.wrong, stand, sold)
}
