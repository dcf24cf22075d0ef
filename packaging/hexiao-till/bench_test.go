//go:build !windows

package main

import (
	"image/color"
	"slices"
	"testing"
	"time"

	"hexiao/agent/desk"
)

// BenchmarkKeyToAnswer measures from a scanner's last key, given to the X server by XTEST a millisecond after the one
// before, to the first pixel of FINAL in the picture that Xvfb keeps in memory, which is looked at 5,000 times a second. In between lie the window, the desk, the
// agent's journal with its sync, the hub with its own, and the painting by software OpenGL: all real, all on this machine.
// `make bench` runs it 200 times; n bills of 58 yuan, each with a code of its own.
func BenchmarkKeyToAnswer(b *testing.B) {
	s := newShop(b, b.N)
	p := s.open("a window", idleGround)
	look := s.x.spot(b, onGround)
	took := make([]time.Duration, 0, b.N)
	for range b.N {
		check(b, s.agent.Desk.SetBill(s.ctx, desk.Bill{Fen: 58_00, Source: "pos"}))
		s.wait("bill", func(v desk.View) bool { return v.Bill.Fen == 58_00 && !v.Busy })
		s.pace(s.voucher().Code)
		s.hit(keyReturn)
		began := time.Now()
		await(b, look, p, grounds[final].ground)
		took = append(took, time.Since(began))
		s.hit(keyEscape)
		s.sync()
		await(b, look, p, idleGround)
	}
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "ms-median")
	b.ReportMetric(at(0.99), "ms-p99")
	b.ReportMetric(at(1), "ms-max")
	b.ReportMetric(0, "ns/op") // with what lies between two scans
}

// await looks at a pixel until it is of a ground, or of that ground under the flash with which an answer begins.
func await(b *testing.B, look spot, p *till, ground color.NRGBA) {
	b.Helper()
	again := time.NewTicker(200 * time.Microsecond)
	defer again.Stop()
	for late := time.Now().Add(20 * time.Second); time.Now().Before(late); <-again.C {
		if c := look.colour(); near(c, ground) || near(c, flashed(ground)) {
			return
		}
	}
	p.kill()
	b.Fatalf("the screen stays at %v: %s", look.colour(), p.says.String())
}
