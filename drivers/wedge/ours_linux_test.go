package wedge_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hexiao/drivers"
	"hexiao/drivers/wedge"
)

// What the agent types must not come back to it: its own keyboard is neither found nor listed nor read by its path.
func TestOurOwnKeyboardIsNoScanner(t *testing.T) {
	sys := t.TempDir()
	add := func(event, name string) {
		for file, text := range map[string]string{"name": name, "id/vendor": "0000", "id/product": "0000", "capabilities/key": "fffffffffffffffe"} {
			path := filepath.Join(sys, event, "device", file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	add("event4", "Some scanner")
	add("event5", wedge.Ours)
	there, err := wedge.ListIn(sys, "/dev/input")
	if err != nil || len(there) != 1 || there[0].Path != "/dev/input/event4" {
		t.Errorf("listed %+v, %v", there, err)
	}
	path, err := wedge.FindIn(drivers.USB{Vendor: "0000", Product: "0000"}, sys, "/dev/input")
	if err != nil || path != "/dev/input/event4" {
		t.Errorf("found %s, %v", path, err)
	}
	node := filepath.Join(t.TempDir(), "event5")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := node + "-by-path"
	if err := os.Symlink(node, link); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{node, link} {
		var p drivers.Problem
		if !errors.As(wedge.NotOurs(address, sys), &p) || p.Code != "not_a_scanner" {
			t.Errorf("%s is taken for a scanner", address)
		}
	}
	if err := wedge.NotOurs(filepath.Join(t.TempDir(), "event4"), sys); err != nil {
		t.Error(err)
	}
}
