package drivers

import "os"

// Concerns is concerns.
var Concerns = concerns

// Uevents is a listener to the kernel's events with another line than the kernel's.
type Uevents struct{ of *uevents }

// NewUevents gives one that listens to what is opened.
func NewUevents(listen func() (*os.File, error)) Uevents { return Uevents{newUevents(listen)} }

// Follow is a watch by it alone; false when it cannot listen.
func (u Uevents) Follow() (news <-chan struct{}, leave func(), ok bool) {
	n := newTold()
	ok = u.of.follow(n)
	return n, func() { u.of.leave(n) }, ok
}

// Named gives the names in events of inotify.
func Named(raw []byte) []string { return named(raw) }
