//go:build unix

package office

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// BenchmarkWatchShare says what part of the hub's work the watch is, in processor time: beside what a redemption costs
// otherwise (its frame read, the terminal's signature verified, decided, written, acked with a signature, and folded into
// the views). The garbage collector runs between the measurements: its work is done by threads of its own and would fall to
// one side or the other by chance (4.5 to 8 % in equal runs). What each side gives it to do is shown beside, in bytes. Run
// with -benchtime=30000x for one record to a frame (each moves the clock, and the phase ends), 100000x for fifty.
func BenchmarkWatchShare(b *testing.B) {
	for _, records := range []int{1, 50} {
		b.Run(fmt.Sprintf("%d to a frame", records), func(b *testing.B) { share(b, records) })
	}
}

func share(b *testing.B, perFrame int) {
	s := newStreet(b, 9)
	ctx := context.Background()
	frames := s.frames(b.N, perFrame)
	s.must(s.Views.CatchUp(ctx, s.Book))
	s.must(s.Watch.CatchUp(ctx))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	b.ResetTimer()
	var hub, watch cost
	folded := time.Now()
	for i, f := range frames {
		hub.of(func() { s.takes(f) })
		if time.Since(folded) < watchLazy && i < len(frames)-1 { // entries gather so long, see Watch.Run and store.Follow
			continue
		}
		hub.of(func() { s.must(s.Views.CatchUp(ctx, s.Book)) })
		watch.of(func() { s.must(s.Watch.CatchUp(ctx)) })
		runtime.GC()
		folded = time.Now()
	}
	n := float64(b.N)
	b.ReportMetric(float64(hub.time.Nanoseconds())/n, "hub-ns/op")
	b.ReportMetric(float64(watch.time.Nanoseconds())/n, "watch-ns/op")
	b.ReportMetric(float64(hub.bytes)/n, "hub-B/op")
	b.ReportMetric(float64(watch.bytes)/n, "watch-B/op")
	b.ReportMetric(100*float64(watch.time)/float64(hub.time), "%-of-hub")
}

// cost is processor time, and memory asked for.
type cost struct {
	time  time.Duration
	bytes uint64
}

func (c *cost) of(work func()) {
	before, began := asked(), spent()
	work()
	c.time += spent() - began
	c.bytes += asked() - before
}

// asked is how many bytes this process has allocated so far.
func asked() uint64 {
	one := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(one)
	return one[0].Value.Uint64()
}

// frames are n redemptions of vouchers that were claimed by one person each, at the street's tills in turn.
func (s *street) frames(n, perFrame int) (all [][]byte) {
	s.t.Helper()
	law, err := os.ReadFile("../../packaging/hexiao-hub/lushan.toml")
	s.must(err)
	law = bytes.ReplaceAll(law, []byte("[3500, 1500]"), []byte(fmt.Sprintf("[%d, 1500]", 3500+n)))
	law = bytes.ReplaceAll(law, []byte("budget_yuan = "), []byte("budget_yuan = 9999"))
	if c, err := s.applyCampaign(context.Background(), ApplyCampaign{File: File{Name: "l.toml", Data: law}, Start: "2023-12-11T00:00:00+08:00"}); err != nil || !c.Changed {
		s.t.Fatalf("%v %+v", err, c)
	}
	sales := make([]*voucher.Redemption, n)
	for i := range sales {
		at := voucher.Place{Lat: 33.7 + s.chance.Float64()/10, Lon: 112.85 + s.chance.Float64()/10}
		sales[i] = s.claim(fmt.Sprintf("person %d", i), fmt.Sprintf("phone %d", i), &at)
		sales[i].Bill, sales[i].Payer = voucher.Fen(50_00+s.chance.IntN(60_00)), voucher.Payer{byte(i), byte(i >> 8), byte(i >> 16)}
	}
	for len(sales) > 0 {
		t := s.tills[len(all)%len(s.tills)]
		some := sales[:min(perFrame, len(sales))]
		sales = sales[len(some):]
		s.later(20 * time.Second)
		for _, sale := range some {
			t.record(voucher.Record{Kind: voucher.Ask, Sale: sale})
		}
		sig := wire.Sign(t.head[:], tillKey(t), wire.ForRecords)
		frame, err := wire.Encode(wire.Records{Raw: t.raw, Sig: sig})
		s.must(err)
		all, t.queue, t.raw = append(all, frame), nil, nil
	}
	return all
}

func tillKey(t *streetTill) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(t.id[len(t.id)-1])}, 32))
}

// takes does what the gate does with a frame.
func (s *street) takes(frame []byte) {
	m, err := wire.Decode(frame)
	s.must(err)
	r := m.(wire.Records)
	batch := ledger.Batch{Raw: r.Raw, Sig: r.Sig}
	for _, raw := range r.Raw {
		record, err := wire.DecodeRecord(raw)
		s.must(err)
		batch.Records, batch.Terminal = append(batch.Records, record), record.ID.Terminal
	}
	head := wire.Hash(r.Raw[len(r.Raw)-1])
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{batch.Terminal[len(batch.Terminal)-1]}, 32)).Public().(ed25519.PublicKey)
	if !wire.Verify(head[:], r.Sig, key, wire.ForRecords) {
		s.t.Fatal("the signature does not hold")
	}
	ack, err := s.Ledger.Receive(context.Background(), batch)
	s.must(err)
	if _, err := wire.Seal(ack, s.Keys.Hub(), wire.ForAck); err != nil || ack.Outcomes[0].Result != voucher.Redeemed {
		s.t.Fatalf("%v %+v", err, ack)
	}
}

// spent is the processor time of this process so far.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWatchFromTheBeginning says what a hub that starts again does for each redemption of its book, and what it keeps.
func BenchmarkWatchFromTheBeginning(b *testing.B) {
	s := newStreet(b, 9)
	frames := s.frames(b.N, 50)
	for _, f := range frames {
		s.takes(f)
	}
	s.Watch = s.NewWatch(nil, nil)
	s.Watch.quiet = true
	before := inUse()
	b.ResetTimer()
	s.must(s.Watch.CatchUp(context.Background()))
	b.StopTimer()
	b.ReportMetric(float64(inUse()-before)/float64(b.N), "kept-bytes/op")
	runtime.KeepAlive(frames)
	runtime.KeepAlive(s)
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
