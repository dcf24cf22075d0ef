package display_test

import (
	"strings"
	"testing"
	"time"

	"hexiao/drivers/display"
)

// A total is told once it stands still, and once.
func TestWhenATotalIsTold(t *testing.T) {
	noon := time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		steps []any // what comes, or how long nothing does
		want  []int64
	}{
		{"a total", []any{two("合计 58.00", ""), time.Second}, []int64{58_00}},
		{"not before the line is silent", []any{two("合计 58.00", ""), 240 * time.Millisecond}, nil},
		{"half a message in the meantime", []any{"\x0c\x1bQATOTAL 5", 200 * time.Millisecond, "8.00\r", time.Second}, []int64{58_00}},
		{"the light follows after a tenth of a second", []any{"\x1bQA58.00\r", 100 * time.Millisecond, "\x1bs2", time.Second}, []int64{58_00}},
		{"the light follows too late", []any{"\x1bQA58.00\r", 300 * time.Millisecond, "\x1bs2", time.Second}, nil},
		{"received and change end it", []any{two("合计 58.00", ""), time.Second, two("实收 100.00", ""), time.Second, two("找零 42.00", ""), time.Second}, []int64{58_00, 0}},
		{"the first article of the next sale ends it", []any{two("合计 58.00", ""), time.Second, two("可口可乐", "3.50"), time.Second}, []int64{58_00, 0}},
		{"a clear ends it", []any{two("合计 58.00", ""), time.Second, "\x0c", time.Second}, []int64{58_00, 0}},
		{"zero ends it", []any{"\x1bs2\x1bQA58.00\r", time.Second, "\x1bs2\x1bQA0.00\r", time.Second}, []int64{58_00, 0}},
		{"a clear before each message is none", []any{two("合计 58.00", ""), time.Second, two("合计 61.50", ""), time.Second}, []int64{58_00, 61_50}},
		{"written again", []any{two("合计 58.00", ""), time.Second, two("合计 58.00", ""), time.Second}, []int64{58_00}},
		{"the next customer pays the same", []any{two("合计 58.00", ""), time.Second, "\x0c", time.Second, two("合计 58.00", ""), time.Second}, []int64{58_00, 0, 58_00}},
		{"left standing for three minutes", []any{two("合计 58.00", ""), time.Second, 3 * time.Minute}, []int64{58_00, 0}},
		{"and written again then", []any{two("合计 58.00", ""), time.Second, 3 * time.Minute, two("合计 58.00", ""), time.Second}, []int64{58_00, 0}},
		{"articles only", []any{two("可口可乐", "3.50"), time.Second, two("可口可乐", "3.50"), time.Second}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, now := display.NewWatcher(), noon
			var told []int64
			for _, s := range c.steps {
				pause, silent := s.(time.Duration)
				if !silent {
					w.Came(s.(string), now)
					continue
				}
				for end := now.Add(pause); now.Before(end); {
					now = now.Add(min(40*time.Millisecond, end.Sub(now)))
					if fen, news := w.Silent(now); news {
						told = append(told, fen)
					}
				}
			}
			if len(told) != len(c.want) {
				t.Fatalf("told %v, want %v", told, c.want)
			}
			for i := range told {
				if told[i] != c.want[i] {
					t.Fatalf("told %v, want %v", told, c.want)
				}
			}
		})
	}
}

func TestALineThatWentAwayEndsTheTotal(t *testing.T) {
	w, now := display.NewWatcher(), time.Now()
	w.Came(two("合计 58.00", ""), now)
	if fen, news := w.Silent(now.Add(time.Second)); !news || fen != 58_00 {
		t.Fatalf("%d, %v", fen, news)
	}
	if fen, news := w.Lost(); !news || fen != 0 {
		t.Errorf("the line is away: %d, %v", fen, news)
	}
	if _, news := w.Lost(); news {
		t.Error("told twice")
	}
	w.Came("\x1bQB \r", now.Add(2*time.Second)) // the rest of a screen that nobody saw
	if fen, news := w.Silent(now.Add(3 * time.Second)); news {
		t.Errorf("after that: %d", fen)
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	bill := func(int64) {}
	for _, c := range []struct {
		name string
		o    display.Options
		says string
	}{
		{"no port of the POS", display.Options{To: "/dev/ttyS1", Bill: bill}, "address"},
		{"the same port twice", display.Options{From: "/dev/ttyS1", To: "/dev/ttyS1", Bill: bill}, "from"},
		{"a kind that does not exist", display.Options{From: "/dev/ttyS1", Kind: "vfd", Bill: bill}, "led8n"},
		{"a mode that does not exist", display.Options{From: "/dev/ttyS1", Mode: "fast", Bill: bill}, "9600 8N1"},
		{"nobody to tell", display.Options{From: "/dev/ttyS1"}, "Bill"},
	} {
		if _, err := display.New(c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a sentence with %q", c.name, err, c.says)
		}
	}
}
