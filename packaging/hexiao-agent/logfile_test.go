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

// TestALogWhoseFolderWasAwayGoesOn: what was written meanwhile is lost, and nothing else.
func TestALogWhoseFolderWasAwayGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	make := func() {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	make()
	l, err := openLog(filepath.Join(dir, "agent.log"), 10)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fmt.Fprintln(l, "123456789")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(l, "lost")
	fmt.Fprintln(l, "lost, too")
	make()
	fmt.Fprintln(l, "kept")
	if got := contents(t, filepath.Join(dir, "agent.log")); got != "kept\n" {
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
