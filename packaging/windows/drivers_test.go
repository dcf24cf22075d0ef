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

// TestDriversUnderWine runs the drivers' own tests, those for Windows among them, on a screen.
func TestDriversUnderWine(t *testing.T) {
	screen := openScreen(t)
	w := newWine(t, screen.Display)
	under := filepath.Join(w.programs, "under-wine")
	check(t, os.WriteFile(under, []byte(fmt.Sprintf("#!/bin/sh\n%s exec wine \"$@\"\n", strings.Join(w.environment(), " "))), 0o755))
	cmd := exec.Command("go", "test", "-v", "-count=1", "-exec", under, "./drivers/...")
	cmd.Dir = filepath.Join(built, "..")
	cmd.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("ok")) || bytes.Contains(line, []byte("SKIP")) {
			t.Logf("%s", bytes.TrimSpace(line))
		}
	}
	if bytes.Contains(out, []byte("NOT TESTED")) {
		t.Errorf("something was not tested:\n%s", out)
	}
}
