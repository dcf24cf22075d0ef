package serialport_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"hexiao/drivers/serialport"
)

// inherited is what a child of this process has open beside its three standard files, as links of /proc.
func inherited(t *testing.T) []string {
	t.Helper()
	child := exec.Command("/bin/sh", "-c", "for f in /proc/$$/fd/*; do readlink $f; done; true")
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// A child that outlives a restart of the agent would hold the scanner's port, and take its bytes.
func TestAChildDoesNotInheritThePort(t *testing.T) {
	before := inherited(t)
	c := newCounter(t, serialport.Options{})
	c.plug()
	path, err := os.Readlink(c.link)
	if err != nil {
		t.Fatal(err)
	}
	c.run()
	c.connected()
	if after := inherited(t); len(after) != len(before) || strings.Contains(strings.Join(after, " "), path) {
		t.Errorf("a child has %v open, and before the port was opened %v", after, before)
	}
	c.send("HX1AAA\r")
	c.read("HX1AAA")
}

// Children that are started just when a port is being opened do not inherit it either.
func TestAChildThatStartsWhileThePortIsOpened(t *testing.T) {
	c, l := lineTo(t)
	c.plug()
	path, err := os.Readlink(c.link)
	if err != nil {
		t.Fatal(err)
	}
	enough, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-enough:
				ended <- nil
				return
			default:
			}
			p, err := l.Open()
			if err != nil {
				ended <- err
				return
			}
			p.Close()
		}
	}()
	for range 30 {
		if has := inherited(t); strings.Contains(strings.Join(has, " "), path) {
			t.Errorf("a child has %v open", has)
			break
		}
	}
	close(enough)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
