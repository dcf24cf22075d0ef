package book_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"hexiao/hub/book"
)

// redemptionBytes is the length of a redemption's record, measured with the prototypes.
const redemptionBytes = 174

// BenchmarkAppend gives beside the mean the median and the 99th percentile of one append, in microseconds.
func BenchmarkAppend(b *testing.B) {
	for _, entries := range []int{1, 16, 256, 4096} {
		b.Run(fmt.Sprintf("group of %d", entries), func(b *testing.B) {
			k, err := book.Open(b.TempDir(), book.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer k.Close()
			group := bodies(entries)
			b.ReportAllocs()
			took := make([]time.Duration, 0, 1<<16)
			for b.Loop() {
				begin := time.Now()
				if _, err := k.Append(group...); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-us")
			b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-us")
			b.ReportMetric(float64(entries*len(took))/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkRead reads a million entries with all checks.
func BenchmarkRead(b *testing.B) {
	const million = 1_000_000
	k, _ := longBook(b, b.TempDir(), million)
	defer k.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		n := 0
		if err := k.Read(context.Background(), 0, func(book.Entry) error { n++; return nil }); err != nil || n != million {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkFollow reads what one append has added to a book that is already long, as the views do.
func BenchmarkFollow(b *testing.B) {
	k, last := longBook(b, b.TempDir(), 100_000)
	defer k.Close()
	b.ResetTimer()
	for range b.N {
		if err := k.Read(context.Background(), last-10, func(book.Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenNew makes the folder and the first segment.
func BenchmarkOpenNew(b *testing.B) {
	for b.Loop() {
		openAndClose(b, b.TempDir())
	}
}

// BenchmarkOpenLong opens a book whose last segment, of 64 MiB, is nearly full.
func BenchmarkOpenLong(b *testing.B) {
	dir := b.TempDir()
	k, _ := longBook(b, dir, 590_000)
	if err := k.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		openAndClose(b, dir)
	}
}

func openAndClose(b *testing.B, dir string) {
	k, err := book.Open(dir, book.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := k.Close(); err != nil {
		b.Fatal(err)
	}
}

// longBook has so many entries, in groups of 100.
func longBook(b *testing.B, dir string, entries book.Position) (*book.Book, book.Position) {
	k, err := book.Open(dir, book.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for group := bodies(100); ; {
		last, err := k.Append(group...)
		if err != nil {
			b.Fatal(err)
		}
		if last >= entries {
			return k, last
		}
	}
}

func bodies(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, redemptionBytes)
		copy(all[i], fmt.Sprintf("redemption %d", i))
	}
	return all
}
