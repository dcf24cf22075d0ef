package agent_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// offlineTill is a till on a real disk, without its hub, that was lent more than a benchmark can use.
func offlineTill(b *testing.B) *agent.Terminal {
	b.Helper()
	j, err := journal.Open(b.TempDir(), terminal, journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	law, lease := newLaw(), newLease(1<<40)
	for _, adopt := range []func() error{
		func() error {
			raw, err := wire.Seal(law, hubKey, wire.ForLaw)
			if err != nil {
				return err
			}
			return j.AdoptLaw(raw, law)
		},
		func() error {
			raw, err := wire.Seal(lease, hubKey, wire.ForLease)
			if err != nil {
				return err
			}
			return j.AdoptLease(raw, lease)
		},
	} {
		if err := adopt(); err != nil {
			b.Fatal(err)
		}
	}
	j.Hear(time.Now())
	t := agent.NewTerminal(agent.Config{Journal: j})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- t.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-ended; j.Close() })
	return t
}

// BenchmarkProvisional is one acceptance from the request to the answer: read, verified, judged, on disk.
func BenchmarkProvisional(b *testing.B) {
	till := offlineTill(b)
	for serial := voucher.Serial(1); b.Loop(); serial++ { // making a code is 25 us of each
		if a := till.Redeem(context.Background(), desk.Sale{Bill: 58_00, Code: code(serial)}); a.Answer != voucher.Provisional {
			b.Fatal(brief(a))
		}
	}
}

// BenchmarkRefusal is one answer of the law alone, without the disk.
func BenchmarkRefusal(b *testing.B) {
	till := offlineTill(b)
	scan := code(1)
	for b.Loop() {
		if a := till.Redeem(context.Background(), desk.Sale{Bill: 49_99, Code: scan}); a.Reason != voucher.BelowThreshold {
			b.Fatal(brief(a))
		}
	}
}

// BenchmarkShift adds up a shift of 1,000 sales.
func BenchmarkShift(b *testing.B) {
	const sales = 1000
	till := offlineTill(b)
	for serial := range voucher.Serial(sales) {
		till.Redeem(context.Background(), desk.Sale{Bill: 58_00, Code: code(serial + 1)})
	}
	for b.Loop() {
		if s, err := till.Shift(context.Background()); err != nil || s.Standing.Count != sales {
			b.Fatal(s, err)
		}
	}
}

// BenchmarkSignature is the part of both that the code's signature takes.
func BenchmarkSignature(b *testing.B) {
	c, err := voucher.ParseCode(code(1))
	if err != nil {
		b.Fatal(err)
	}
	public := codeKey.Public().(ed25519.PublicKey)
	for b.Loop() {
		if !c.Genuine(public) {
			b.Fatal("not genuine")
		}
	}
}
