//go:build !windows

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui/tone"
)

// What fills the window is heard, as loud as the technician has set it at the agent.
func TestAnswersAreHeard(t *testing.T) {
	bin, heard := t.TempDir(), filepath.Join(t.TempDir(), "heard")
	check(t, os.WriteFile(filepath.Join(bin, "aplay"), []byte("#!/bin/sh\n/bin/cp \"$2\" "+heard+".new && /bin/mv "+heard+".new "+heard+"\n"), 0o700))
	x := openDisplay(t)
	counter := newCounter()
	counter.told[0].View.Settings = desk.Settings{Volume: 40}
	p := openWith(t, []string{"DISPLAY=" + x.display, "PATH=" + bin}, counter.serve(t)...)
	idle(t, x, p)
	counter.answer(grounds[provisional].answer)
	want := tone.WAV(tone.Sound{Answer: voucher.Provisional}.Samples(40))
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(20 * time.Second); ; <-again.C {
		got, err := os.ReadFile(heard)
		if err == nil && bytes.Equal(got, want) {
			break
		}
		if time.Now().After(late) || err == nil {
			t.Fatalf("%d bytes were played, %v; want PROVISIONAL at volume 40", len(got), err)
		}
	}
	p.stop(t)
}
