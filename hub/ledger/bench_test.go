package ledger

import (
	"context"
	"os"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// tempDir is a folder for one try of a rapid test: in memory where there is such a place, because what is tried here is
// the deciding and not the disk.
func tempDir(t *rapid.T) string {
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "hexiao-ledger-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// BenchmarkReceive redeems vouchers one by one from 256 terminals at once, each durable before its answer.
func BenchmarkReceive(b *testing.B) {
	h := newHub(b, b.TempDir())
	defer func() { h.stop() }()
	c := law(voucher.AtClaim, uint32(b.N))
	c.Budget = voucher.Fen(b.N+1) * 30_00 // one voucher of each tier
	c.Phases[0].Budget = c.Budget
	h.begin(c)
	const terminals = 256
	tills := make([]*till, terminals)
	for i := range tills {
		secret := [32]byte{byte(i), byte(i >> 8), 1}
		h.must(h.MakeToken(context.Background(), TokenMade{Hash: secret[:], Merchant: "M1", Expires: h.now.AddDate(0, 0, 1).UnixMilli()}))
		e, err := h.Enrol(context.Background(), Enrolment{Hash: secret, Key: []byte{byte(i)}})
		h.must(err)
		tills[i] = &till{h: h, id: e.ID, epoch: 1}
	}
	codes := make([]voucher.Code, b.N)
	for from := 0; from < b.N; from += MaxIssue {
		v := VouchersIssued{Phase: 1, Tier: 1}
		for i := from; i < min(b.N, from+MaxIssue); i++ {
			codes[i] = voucher.Sign(voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: 1, Serial: voucher.Serial(i + 1)}, issuing)
			v.Vouchers = append(v.Vouchers, Issued{Serial: codes[i].Body.Serial, Sight: codes[i].Sight()})
		}
		h.must(h.Issue(context.Background(), v))
	}
	for i, code := range codes {
		tills[i%terminals].ask(code, 58_00)
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for _, t := range tills {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range t.raw {
				r, _ := wire.DecodeRecord(t.raw[i])
				if _, err := h.Receive(context.Background(), Batch{Terminal: t.id, Records: []*voucher.Record{r}, Raw: t.raw[i : i+1]}); err != nil {
					b.Error(err)
				}
			}
		}()
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "redemptions/s")
}
