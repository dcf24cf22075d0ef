package journal_test

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// TestManyAtOnce lets counters, a line and readers use one journal at the same time. Each voucher is taken once, the
// lease is not overdrawn, and the chain holds.
func TestManyAtOnce(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, journal.Options{})
	law, lease := lawBody(1, voucher.AtClaim), leaseOf(1, 20)
	lease.Until = 1 << 50
	adopt(t, j, law, lease)
	var told atomic.Int64
	j.OnSettled(func(s []journal.Sale) { told.Add(int64(len(s))) })

	var accepted, asked atomic.Int64
	var counters, others sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		counters.Go(func() {
			for serial := range uint64(60) {
				if serial%2 == 0 {
					if _, reason, err := j.Accept(sold(serial)); err == nil && reason == voucher.OK {
						accepted.Add(1)
					}
				} else if _, err := j.Ask(sold(serial)); err == nil {
					asked.Add(1)
				}
			}
		})
	}
	for _, do := range []func(){
		func() { settleAll(t, j) },
		func() {
			j.Hear(noon)
			j.Stamp()
			j.State()
			j.Waiting()
			j.Spent(1)
			j.Day(noon, noon)
		},
		func() { must(t, j.Export(io.Discard)); must(t, j.Verify()) },
	} {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					do()
				}
			}
		})
	}
	counters.Wait()
	close(done)
	others.Wait()
	settleAll(t, j)
	s := j.State()
	if accepted.Load() != 20 || asked.Load() != 30 || s.Used.Count != 20 || s.Last != 50 || s.Queued != 0 || told.Load() != 50 {
		t.Fatalf("%d accepted, %d asked, %d told; %+v", accepted.Load(), asked.Load(), told.Load(), s)
	}
	must(t, j.Verify())
}

// settleAll redeems everything that waits.
func settleAll(t *testing.T, j *journal.Journal) {
	var words []voucher.Outcome
	last := j.State().Settled
	for _, raw := range j.Unsettled(last, 100) {
		r, err := wire.DecodeRecord(raw)
		must(t, err)
		last = r.ID.Number
		words = append(words, word(last, voucher.Redeemed, voucher.OK))
	}
	ack, raw := ackOf(t, last, words...)
	must(t, j.Settle(ack, raw))
}
