package main

import (
	"log/slog"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// front gets the window out of the way and back, by the system's own means: Fyne knows neither.
type front struct {
	app fyne.App
	log *slog.Logger
	own placing // Fyne's thread alone
}

// aside minimises the window. On Fyne's thread.
func (f *front) aside() { f.do("put the window aside", f.own.aside) }

// back brings the window back: for a person wherever it is, else only when it was put aside, so that an answer takes no
// keys away from another program that merely lies in front. It may be called from any goroutine but Fyne's.
func (f *front) back(person bool) {
	fyne.Do(func() {
		f.do("bring the window back", func(window uintptr) error { return f.own.back(window, person) })
	})
}

func (f *front) do(what string, how func(window uintptr) error) {
	for _, w := range f.app.Driver().AllWindows() {
		native, ok := w.(driver.NativeWindow)
		if !ok {
			continue
		}
		native.RunNative(func(context any) {
			if window := handle(context); window != 0 {
				if err := how(window); err != nil {
					f.log.Warn(what, "error", err)
				}
			}
		})
	}
}
