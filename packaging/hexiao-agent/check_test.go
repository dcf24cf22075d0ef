package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/agent/journal"
)

// TestMain lets the test's own file be the program, for children.
func TestMain(m *testing.M) {
	if os.Getenv("HEXIAO_AGENT_IS_TESTED") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestJournalIsReadInAChildFirst(t *testing.T) {
	t.Setenv("HEXIAO_AGENT_IS_TESTED", "1")
	dir, _ := enrolled(t)
	lent(t, dir, 1)
	file := filepath.Join(dir, "journal.db")
	p := program{streams: streams{self: os.Args[0]}}
	if err := p.checkInChild(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := p.checkInChild(t.Context(), file+".not"); err == nil || errors.Is(err, journal.ErrDamaged) || !strings.Contains(err.Error(), file+".not") {
		t.Fatalf("a file that is not there: %v", err)
	}
	raw, err := os.ReadFile(file)
	if err == nil {
		clear(raw[2*os.Getpagesize():])
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.checkInChild(t.Context(), file); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("a damaged file: %v", err)
	}
}

// The child is played by a script here, because bbolt dies of few files for certain.
func TestChildThatComesToNoEndHasMetDamage(t *testing.T) {
	dir, _ := enrolled(t)
	lent(t, dir, 1)
	file := filepath.Join(dir, "journal.db")
	for name, c := range map[string]struct {
		script  string
		damaged bool
	}{
		"it dies":                        {"echo begun; kill -SEGV $$", true},
		"it ends in a panic":             {"echo begun; exit 2", true},
		"it hangs":                       {"echo begun; exec sleep 60", true},
		"it cannot look":                 {"echo begun; echo 'no permission' >&2; exit 1", false},
		"it finds the file whole":        {"echo begun; echo whole", false},
		"another keeps its output open":  {"echo begun; echo whole; exec sleep 3 &", false},
		"it is not the program any more": {"echo usage; exit 2", false},
		"it is not a program at all":     {"", false},
		"it cannot be started":           {"exit 127", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := program{streams: streams{self: filepath.Join(t.TempDir(), "child")}}
			if c.script != "" {
				if err := os.WriteFile(p.self, []byte("#!/bin/sh\n"+c.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			wait := time.Minute
			if name == "it hangs" {
				wait = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			err := p.checkInChild(ctx, file)
			if c.damaged != errors.Is(err, journal.ErrDamaged) {
				t.Fatal(err)
			}
			if name == "it cannot look" && (err == nil || !strings.Contains(err.Error(), "no permission")) {
				t.Fatal(err)
			}
		})
	}
}

func TestCheckIsNotForPeople(t *testing.T) {
	if d := do(t, "journal", "--help"); strings.Contains(d.out, "check-file") {
		t.Fatal(d.out)
	}
}
