package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/desk"
)

// findings runs the doctor and gives the state of each check.
func findings(t *testing.T, args ...string) (states map[string]string, texts map[string]string, code int) {
	t.Helper()
	d := do(t, append([]string{"doctor", "--json"}, args...)...)
	states, texts = map[string]string{}, map[string]string{}
	for line := range strings.Lines(d.out) {
		var f desk.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Text.Zh == "" || f.Text.En == "" {
			t.Fatalf("%s: %v", line, err)
		}
		if states[f.Check] != desk.Bad {
			states[f.Check], texts[f.Check] = f.State, f.Text.En+" -> "+f.Next.En
		}
	}
	return states, texts, d.code
}

func TestDoctorOnAHealthyTill(t *testing.T) {
	dir, _ := enrolled(t)
	lent(t, dir, 10)
	path := filepath.Join(t.TempDir(), "scanner")
	newScanner(t, path)
	states, texts, code := findings(t, "--data", dir, "--scanner", path)
	for check, want := range map[string]string{"folder": desk.Fine, "identity": desk.Fine, "agent": desk.Worse, "journal": desk.Fine, "hub": desk.Fine, "clock": desk.Fine, "scanner": desk.Fine} {
		if states[check] != want {
			t.Errorf("%s is %q: %s", check, states[check], texts[check])
		}
	}
	if code != 0 && states["disk"] != desk.Bad {
		t.Errorf("exit %d", code)
	}
	a := start(t, dir, "--scanner", path)
	states, texts, _ = findings(t, "--data", dir)
	if states["agent"] != desk.Fine || states["journal"] != desk.Fine || !strings.Contains(texts["agent"], a.URL()) {
		t.Errorf("with a running agent: %v %v", states, texts)
	}
	doIn(t, "zh_CN.UTF-8", "doctor", "--data", dir).want(t, 0, "服务在运行")
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	dir, h := enrolled(t)
	for _, c := range []struct {
		name, check, state, says string
		args                     func(t *testing.T) []string
	}{
		{"no folder", "folder", desk.Bad, "enrol first", func(t *testing.T) []string { return []string{"--data", filepath.Join(dir, "none")} }},
		{"not enrolled", "identity", desk.Bad, "not enrolled", func(t *testing.T) []string { return []string{"--data", t.TempDir()} }},
		{"a scanner that is not there", "scanner", desk.Bad, "/dev/nothing-there", func(t *testing.T) []string {
			return []string{"--data", dir, "--scanner", "/dev/nothing-there"}
		}},
		{"a USB scanner that is not there", "scanner", desk.Bad, "usb:FFFF:FFFF", func(t *testing.T) []string { return []string{"--data", dir, "--scanner", "usb:ffff:ffff"} }},
		{"a HID POS scanner that is not there", "scanner", desk.Bad, "usb:FFFF:FFFE", func(t *testing.T) []string {
			file := filepath.Join(t.TempDir(), "agent.toml")
			write(t, file, "[[scanner]]\nkind = \"hidpos\"\npath = \"usb:ffff:fffe\"\n")
			return []string{"--data", dir, "--config", file}
		}},
		{"no scanner at all", "scanner", desk.Worse, "no scanner is set up", func(t *testing.T) []string { return []string{"--data", dir} }},
		{"a key that others can read", "identity", desk.Bad, "chmod 600", func(t *testing.T) []string {
			open, _ := enrolled(t)
			if err := os.Chmod(filepath.Join(open, "device.key"), 0o644); err != nil {
				t.Fatal(err)
			}
			return []string{"--data", open}
		}},
		{"a key that is gone", "identity", desk.Bad, "enrol again", func(t *testing.T) []string {
			keyless, _ := enrolled(t)
			if err := os.Remove(filepath.Join(keyless, "device.key")); err != nil {
				t.Fatal(err)
			}
			return []string{"--data", keyless}
		}},
		{"a journal that is no journal", "journal", desk.Bad, "damaged", func(t *testing.T) []string {
			broken, _ := enrolled(t)
			if err := os.WriteFile(filepath.Join(broken, "journal.db"), []byte(strings.Repeat("not bbolt ", 5000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{"--data", broken}
		}},
		{"a journal that was damaged and made again", "journal_unproven", desk.Worse, "compared with the hub", func(t *testing.T) []string {
			again, _ := enrolled(t)
			lent(t, again, 1)
			if err := os.Remove(filepath.Join(again, "journal.db")); err != nil {
				t.Fatal(err)
			}
			lent(t, again, 1) // which opens it
			return []string{"--data", again}
		}},
		{"a hub that is gone", "hub", desk.Bad, "refuses the connection", func(t *testing.T) []string {
			h.Close()
			return []string{"--data", dir}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			states, texts, code := findings(t, c.args(t)...)
			if states[c.check] != c.state || !strings.Contains(texts[c.check], c.says) {
				t.Errorf("%s is %q: %s", c.check, states[c.check], texts[c.check])
			}
			if c.state == desk.Bad && code != 1 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

func TestDoctorTellsAnotherHubFromOurs(t *testing.T) {
	dir, h := enrolled(t)
	other := newHub(t)
	raw, err := os.ReadFile(filepath.Join(dir, "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	raw = []byte(strings.ReplaceAll(string(raw), h.URL, other.URL))
	if err := os.WriteFile(filepath.Join(dir, "identity.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if states, texts, _ := findings(t, "--data", dir); states["hub"] != desk.Bad || !strings.Contains(texts["hub"], "not the hub") {
		t.Errorf("%q: %s", states["hub"], texts["hub"])
	}
}

// TestDoctorChecksTheRestWhenTheSettingsCannotBeRead: the agent does not start with such a file, which is why one asks.
func TestDoctorChecksTheRestWhenTheSettingsCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"cut off", "desk = \"127", "line 1"},
		{"an unknown key", "[[scanner]]\npath = \"/dev/ttyUSB0\"\nspeed = 9600\n", "scanner.speed"},
		{"saved as GBK", "# \xd7\xf3\xb1\xdf\n", "not UTF-8"},
		{"a scanner without a path", "[[scanner]]\n", "has no path"},
		{"a mode that no line has", "[[scanner]]\npath = \"/dev/ttyUSB0\"\nmode = \"9600\"\n", "line mode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, _ := enrolled(t)
			write(t, filepath.Join(dir, "agent.toml"), c.text)
			states, texts, code := findings(t, "--data", dir)
			if states["settings"] != desk.Bad || !strings.Contains(texts["settings"], c.says) || states["hub"] != desk.Fine || code != 1 {
				t.Errorf("exit %d, settings %q: %s, hub %q", code, states["settings"], texts["settings"], states["hub"])
			}
			if text, told := texts["scanner"]; told {
				t.Errorf("of scanners that nobody knows: %s", text)
			}
		})
	}
	dir, _ := enrolled(t)
	do(t, "doctor", "--data", dir, "--config", filepath.Join(dir, "none.toml")).want(t, 2, "no settings file")
	do(t, "doctor", "--data", dir, "--scanner", "/dev/a", "--scanner", "/dev/a").want(t, 2, "two scanners")
}
