package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hexiao/packaging/lab/line"
)

var someRows = []line.Row{
	{Device: "FTDI scanner", Event: "plugged in", Seen: "bound: /dev/ttyUSB0", Took: 1237*time.Millisecond + 400*time.Microsecond},
	{Device: "FTDI scanner", Event: "a code", Seen: "18 characters, whole", Took: 400 * time.Microsecond},
	{Device: "printer", Event: "a slip in 中文", Seen: "nothing came", Took: 30 * time.Second, Failed: true},
	{Device: "printer", Event: "paper"},
}

func TestTable(t *testing.T) {
	var b strings.Builder
	table(&b, someRows)
	const want = `device        event         seen                  took
FTDI scanner  plugged in    bound: /dev/ttyUSB0   1.237s
              a code        18 characters, whole  0s
printer       a slip in 中文  FAIL: nothing came    30s
              paper
`
	if b.String() != want {
		t.Errorf("the table is\n%swant\n%s", &b, want)
	}
}

func TestFailuresAreCounted(t *testing.T) {
	if n := failures(someRows); n != 1 {
		t.Errorf("%d failures in %v", n, someRows)
	}
}

func TestASkippedLabFailsInCIOnly(t *testing.T) {
	for ci, want := range map[string]int{"": 0, "true": 1} {
		t.Setenv("CI", ci)
		if code := skip(errors.New("no QEMU")); code != want {
			t.Errorf("with CI=%q it ends with %d, want %d", ci, code, want)
		}
	}
}
