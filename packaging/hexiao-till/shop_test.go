//go:build !windows

package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/packaging/stage"
)

// shop is a real hub, a real agent behind a line of its own, and a display on which its window is opened. Its programs lie
// in build/bin; `make whole` and `make bench` build them before.
type shop struct {
	testing.TB
	ctx   context.Context
	hub   *stage.Hub
	line  *stage.Line
	agent *stage.Till
	x     *xvfb
	*hands
	codes []stage.Voucher
}

func newShop(t testing.TB, vouchers int) *shop {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s := &shop{TB: t, ctx: ctx, x: openDisplay(t)}
	s.hands = newHands(t, s.x)
	st := &stage.Stage{Programs: "../../build/bin", Folder: t.TempDir()}
	var err error
	s.hub, err = st.StartHub()
	check(t, err)
	t.Cleanup(s.hub.Kill)
	check(t, s.hub.Begin(ctx, "../testdata/large.toml", "../hexiao-hub/merchants-sample.csv"))
	s.line, err = stage.NewLine(s.hub.Address, 1)
	check(t, err)
	ended := make(chan struct{})
	go func() { defer close(ended); s.line.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	s.agent, err = st.EnrolAt(ctx, s.hub, s.line.Address, "till", "M0001")
	check(t, err)
	// The hub is waited for as long as a busy machine takes, and a trial needs: every answer here is to be FINAL.
	check(t, os.WriteFile(filepath.Join(s.agent.Data(), "agent.toml"), []byte("patience = \"25s\"\n"), 0o600))
	check(t, s.agent.Run())
	t.Cleanup(s.agent.Kill)
	s.wait("line to the hub", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 })
	s.codes, err = s.hub.Issue(ctx, "supermarket-10", vouchers, "")
	check(t, err)
	return s
}

// wait waits for a state of the till.
func (s *shop) wait(what string, wanted func(desk.View) bool) {
	s.Helper()
	if err := until(s.ctx, s.agent.Desk, wanted); err != nil {
		s.Fatalf("no %s: %v", what, err)
	}
}

// voucher is the next one that nobody has seen.
func (s *shop) voucher() stage.Voucher {
	v := s.codes[0]
	s.codes = s.codes[1:]
	return v
}

// args are the program's for this shop's agent.
func (s *shop) args() []string {
	return []string{"--desk", s.agent.Desk.URL(), "--lang", "zh", "--fullscreen", "--token-file", filepath.Join(s.agent.Data(), "desk.token")}
}

// open opens the window and waits until it shows one of some grounds.
func (s *shop) open(what string, grounds ...color.NRGBA) *till {
	s.Helper()
	p := open(s, s.x, s.args()...)
	s.shows(p, what, grounds...)
	return p
}

// fresh opens the window and puts away what it may show of an earlier sale.
func (s *shop) fresh() *till {
	s.Helper()
	p := s.open("a window", append(slices.Clone(either), grounds[refused].ground)...)
	s.hit(keyEscape)
	s.sync()
	s.shows(p, "a window ready for a scan", idleGround)
	return p
}

func (s *shop) shows(p *till, what string, grounds ...color.NRGBA) {
	s.Helper()
	s.x.until(s, p.ended, what, func(m *image.NRGBA) bool {
		for _, g := range grounds {
			if share(m, g) > 0.2 {
				return true
			}
		}
		return false
	})
}

// listens waits until the window has the keyboard.
func (s *shop) listens(p *till, what string) {
	s.Helper()
	s.x.until(s, p.ended, what, func(*image.NRGBA) bool { return s.focused() })
}

// bill types the amount and waits until the agent has it, with no other amount before.
func (s *shop) bill() {
	s.Helper()
	s.billBy(s.hands)
}

func (s *shop) billBy(h *hands) {
	s.Helper()
	check(s, s.agent.Desk.SetBill(s.ctx, desk.Bill{Source: "pos"}))
	h.write("58")
	s.wait("bill", func(v desk.View) bool { return v.Bill.Fen == 58_00 })
}

// lines are what the till's list says about a voucher: its redemptions in order.
func (s *shop) lines(v stage.Voucher) (states []string) {
	s.Helper()
	day, err := s.agent.Desk.Day(s.ctx, "")
	check(s, err)
	for _, l := range day {
		if l.Voucher == v.ID && l.Redemption != "" && l.State != "refused" {
			states = append(states, l.State)
		}
	}
	return states
}

// settled waits until what the window has begun, if anything, is over, and the hub has it.
func (s *shop) settled() {
	s.Helper()
	s.wait("rest", func(v desk.View) bool { return !v.Busy && v.Queued == 0 })
}

// until asks the desk again and again.
func until(ctx context.Context, d *desk.Client, wanted func(desk.View) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		v, err := d.Status(ctx)
		if err != nil || wanted(v) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the till stays at %+v", v)
		}
	}
}
