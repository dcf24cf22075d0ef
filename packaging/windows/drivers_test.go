package windows

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRoomsUnderWine runs the drivers' own tests, those for Windows among them, and what the window asks of Windows, on a screen.
func TestRoomsUnderWine(t *testing.T) {
	screen := openScreen(t)
	w := newWine(t, screen.Display)
	under := filepath.Join(w.programs, "under-wine")
	check(t, os.WriteFile(under, []byte(fmt.Sprintf("#!/bin/sh\n%s exec wine \"$@\"\n", strings.Join(w.environment(), " "))), 0o755))
	under = "-exec=" + under
	rooms(t, []string{"CGO_ENABLED=0"}, under, "./drivers/...")
	rooms(t, []string{"CGO_ENABLED=1", "CC=x86_64-w64-mingw32-gcc"}, under, "-run=Clipboard", "./packaging/hexiao-till")
}

// rooms runs tests that are built for Windows.
func rooms(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-v", "-count=1"}, args...)...)
	cmd.Dir = filepath.Join(built, "..")
	cmd.Env = append(append(os.Environ(), "GOOS=windows"), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("ok")) || bytes.Contains(line, []byte("SKIP")) {
			t.Logf("%s", bytes.TrimSpace(line))
		}
	}
	if bytes.Contains(out, []byte("NOT TESTED")) || bytes.Contains(out, []byte("no tests to run")) && len(env) > 1 {
		t.Errorf("something was not tested:\n%s", out)
	}
}
