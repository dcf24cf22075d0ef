//go:build !windows

package main

import (
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// settled is how long a browser is looked at: one that has not failed by then is open, or has handed the address to one
// that is. Whoever ends at once with an error (xdg-open without a browser behind it) is passed over.
const settled = 1500 * time.Millisecond

// browse opens an address in the first browser that takes it; false when there is none.
func browse(getenv func(string) string, address string) bool {
	for _, line := range browsers(getenv) {
		if start(line, address) {
			return true
		}
	}
	return false
}

// browsers are command lines; the address goes where %s stands, or to the end. What $BROWSER names comes first (a list
// with colons, as in Debian's sensible-browser).
func browsers(getenv func(string) string) (lines [][]string) {
	for wish := range strings.SplitSeq(getenv("BROWSER"), ":") {
		if line := strings.Fields(wish); len(line) > 0 {
			lines = append(lines, line)
		}
	}
	return append(lines, []string{"xdg-open"}, []string{"x-www-browser"},
		[]string{"chromium", "--app=%s"}, []string{"chromium-browser", "--app=%s"}, []string{"google-chrome", "--app=%s"}, []string{"firefox"})
}

// start starts one browser, in a session of its own, so that it outlives this program and the terminal it was started in.
// What it says is not kept: it may name the address, and the token with it.
func start(line []string, address string) bool {
	path, err := exec.LookPath(line[0])
	if err != nil {
		return false
	}
	cmd := exec.Command(path, with(line[1:], address)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if cmd.Start() != nil {
		return false
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the browser, or with this program
	enough := time.NewTimer(settled)
	defer enough.Stop()
	select {
	case err := <-ended:
		return err == nil
	case <-enough.C:
		return true
	}
}

func with(args []string, address string) (all []string) {
	put := false
	for _, a := range args {
		put = put || strings.Contains(a, "%s")
		all = append(all, strings.ReplaceAll(a, "%s", address))
	}
	if !put {
		all = append(all, address)
	}
	return all
}
