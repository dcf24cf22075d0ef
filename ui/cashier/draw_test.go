package cashier

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// BenchmarkDraw is how long Fyne's thread is kept by one Draw, without the painting: keys and touches wait meanwhile.
func BenchmarkDraw(b *testing.B) {
	for _, name := range []string{"ready", "final", "provisional-shop", "refused", "list", "shift", "settings", "practice-ready"} {
		b.Run(name, func(b *testing.B) {
			test.NewTempApp(b)
			w := New(fyne.CurrentApp(), nil, Options{Lang: "zh", Keys: newKeys(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
			defer w.window.Close()
			w.face.later = func(time.Duration, func()) {}
			w.window.Resize(small)
			for _, c := range scenes {
				if c.name != name {
					continue
				}
				for _, lang := range []string{"zh", "en"} { // what texts measure is remembered from one Draw to the next
					w.face.show(scene(lang, c.events))
				}
				for b.Loop() {
					w.face.show(scene("zh", c.events))
				}
			}
		})
	}
}
