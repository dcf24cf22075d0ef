// Package memory keeps the window's small. Fyne paints each text once and keeps the picture for a minute after it was last
// seen; a till shows new sums all day, and at ten sales a second these are hundreds of megabytes (measured: 655 MB after a
// thousand sales, of which none is a leak). Main imports the package for its effect; it knows nothing of Fyne.
//
// Fyne reads the time from the environment while it is initialised, which is before main and before anything that imports
// Fyne. Go initialises packages in the order of their import paths, each as soon as what it imports is ready (language
// specification, Program initialization, since Go 1.21): this one needs syscall only, so that it always comes first.
package memory

import "syscall"

// keep is how long a picture that nobody sees is kept. Fyne looks at what is on the screen ten seconds before that time is
// over, so that less than ten would make it look at every frame.
const keep = "12s"

func init() {
	if _, set := syscall.Getenv("FYNE_CACHE"); !set {
		syscall.Setenv("FYNE_CACHE", keep)
	}
}
