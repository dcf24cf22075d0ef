// Package driverstest is what the tests of the drivers' rooms have in common: waiting for what must come, with a limit. Nothing but tests imports it.
package driverstest

import (
	"os"
	"runtime"
	"testing"
	"time"

	"hexiao/drivers"
)

// Soon is how long a test waits for what must come; no test waits for it to pass.
const Soon = 20 * time.Second

// Next gives what comes next, and ends the test when nothing does.
func Next[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(Soon):
		t.Fatalf("never came: %s", what)
		panic("unreachable")
	}
}

// Reads wants whole scans of these texts, from the device called "counter".
func Reads(t testing.TB, scans <-chan drivers.Scan, want ...string) {
	t.Helper()
	for _, w := range want {
		if s := Next(t, scans, "a scan"); s.Text != w || s.Damaged || s.Device != "counter" {
			t.Errorf("read %q (%v), want %q", s.Text, s, w)
		}
	}
}

// State waits for a state: "connected", "away", or the code of a problem.
func State(t testing.TB, states <-chan drivers.State, want string) drivers.State {
	t.Helper()
	var last drivers.State
	for limit := time.After(Soon); ; {
		select {
		case last = <-states:
			if last.Problem.Code == want || want == "connected" && last.Connected || want == "away" && !last.Connected {
				return last
			}
		case <-limit:
			t.Fatalf("never %s; last state %+v", want, last)
		}
	}
}

// Within ends the test when something that may block, such as writing to a line that nobody reads, does not end.
func Within(t testing.TB, what string, do func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	if err := Next(t, done, what); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Settles waits until there are no more goroutines than before.
func Settles(t testing.TB, before int) {
	t.Helper()
	for limit := time.Now().Add(Soon); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(limit) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

// Link has a link lead to a device file at once, whatever it led to before.
func Link(t testing.TB, link, file string) {
	t.Helper()
	fresh := link + ".new"
	if err := os.Symlink(file, fresh); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, link); err != nil {
		t.Fatal(err)
	}
}
