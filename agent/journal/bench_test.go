package journal_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"hexiao/agent/journal"
)

// BenchmarkAsk reports how long a cashier waits for the disk. Run it with -benchtime=2000x.
func BenchmarkAsk(b *testing.B) {
	j, err := journal.Open(b.TempDir(), till, journal.Options{})
	must(b, err)
	defer j.Close()
	took := make([]time.Duration, 0, b.N)
	for n := range uint64(b.N) {
		began := time.Now()
		_, err := j.Ask(sold(n))
		took = append(took, time.Since(began))
		must(b, err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// BenchmarkOpen reports how long an agent with 100,000 settled sales takes to start, and what they take of memory.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	j, err := journal.Open(dir, till, journal.Options{})
	must(b, err)
	must(b, j.Fill(sold(0), 100_000))
	must(b, j.Close())
	var before, after runtime.MemStats
	b.ResetTimer()
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		j, err := journal.Open(dir, till, journal.Options{})
		must(b, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if got := j.State().Last; got != 100_000 {
			b.Fatal(got)
		}
		must(b, j.Close())
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
}
