package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLogKeepsItsLastLinesAndTheirDiskSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.log")
	const most = 1000
	l, err := openLog(path, most)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	now, before := contents(t, path), contents(t, path+".old")
	if len(now) > most || len(before) > most {
		t.Errorf("the files have %d and %d bytes, %d are allowed each", len(now), len(before), most)
	}
	lines := strings.Split(strings.TrimSpace(before+now), "\n")
	for i, line := range lines {
		if want := fmt.Sprintf("line %d", 500-len(lines)+i); line != want {
			t.Fatalf("line %d of both files is %q, want %q", i, line, want)
		}
	}
	if len(lines) < 100 {
		t.Errorf("only %d lines are left", len(lines))
	}
}

func TestALogThatIsOpenedAgainGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.log")
	for _, line := range []string{"first\n", "second\n"} {
		l, err := openLog(path, 1000)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(l, line)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := contents(t, path); got != "first\nsecond\n" {
		t.Errorf("the log holds %q", got)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
