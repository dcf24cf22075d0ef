package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hexiao/agent/desk"
)

const aFile = `# 这台收银机 / this till
desk = "127.0.0.1:7373"   # the door

# 左边 / the left one
[[scanner]]
kind = "serial"  # 串口
path = "/dev/ttyUSB0"     # where
mode = "9600 8N1"
name = "左"

# a thought that stands by itself

[[scanner]]
path = "usb:0C2E:0B61" # no name

[printer] # 小票
to = "/dev/usb/lp0"
width = 48 # characters
# the end
`

func TestEditingKeepsWhatIsNotChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*desk.DeviceSetup)
		old    []string // and what becomes of each, one after the other
	}{
		{"nothing", func(*desk.DeviceSetup) {}, nil},
		{"a value", func(d *desk.DeviceSetup) { d.Scanners[0].Path = "COM3" }, []string{`"/dev/ttyUSB0"     # where`, `'COM3'     # where`}},
		{"a name that was left out", func(d *desk.DeviceSetup) { d.Scanners[1].Name = "右" }, []string{"# no name\n", "# no name\nname = '右'\n"}},
		{"a value taken away", func(d *desk.DeviceSetup) { d.Scanners[0].Mode = "" }, []string{"mode = \"9600 8N1\"\n", ""}},
		{"a number", func(d *desk.DeviceSetup) { d.Printer.Width = 32 }, []string{"width = 48 #", "width = 32 #"}},
		{"truth", func(d *desk.DeviceSetup) { d.Printer.Each = true }, []string{"width = 48 # characters\n", "width = 48 # characters\neach = true\n"}},
		{"a scanner taken away", func(d *desk.DeviceSetup) { d.Scanners = d.Scanners[1:] },
			[]string{"# 左边 / the left one\n[[scanner]]\nkind = \"serial\"  # 串口\npath = \"/dev/ttyUSB0\"     # where\nmode = \"9600 8N1\"\nname = \"左\"\n", ""}},
		{"a scanner more", func(d *desk.DeviceSetup) {
			d.Scanners = append(d.Scanners, desk.ScannerSetup{Kind: "evdev", Path: "usb:1EAB:0001"})
		},
			[]string{"# no name\n", "# no name\n\n[[scanner]]\nkind = 'evdev'\npath = 'usb:1EAB:0001'\n"}},
		{"a printer taken away", func(d *desk.DeviceSetup) { d.Printer = nil }, []string{"[printer] # 小票\nto = \"/dev/usb/lp0\"\nwidth = 48 # characters\n", ""}},
		{"a display", func(d *desk.DeviceSetup) { d.Display = &desk.DisplaySetup{From: "COM4", Kind: "led8n"} },
			[]string{"# the end\n", "# the end\n\n[display]\nfrom = 'COM4'\nkind = 'led8n'\n"}},
		{"a passing on", func(d *desk.DeviceSetup) { d.PassOn = &desk.PassOnSetup{To: "type", End: "none"} },
			[]string{"# the end\n", "# the end\n\n[pass_on]\nto = 'type'\nend = 'none'\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			edited := strings.NewReplacer(c.old...).Replace(aFile)
			for _, as := range []struct{ mark, ends string }{{"", "\n"}, {"", "\r\n"}, {"\ufeff", "\r\n"}} { // the last as Windows' Notepad saves it
				raw, want := as.mark+strings.ReplaceAll(aFile, "\n", as.ends), as.mark+edited
				have, next := changed(t, []byte(raw), c.change)
				got, err := edit([]byte(raw), have, next)
				if text := strings.ReplaceAll(string(got), "\r\n", "\n"); err != nil || text != want || !says(got, next) {
					t.Errorf("%v\n%s\nwant\n%s", err, text, want)
				}
			}
		})
	}
}

// TestALastLineWithoutAnEnd is no reason to write into it.
func TestALastLineWithoutAnEnd(t *testing.T) {
	for _, raw := range []string{"", "# nothing", `desk = "127.0.0.1:1"`, "[[scanner]]\npath = 'a'", "[[scanner]]\npath = 'a' # why", "[printer]\nto = 'COM1'\nwidth = 32"} {
		have, next := changed(t, []byte(raw), func(d *desk.DeviceSetup) {
			for i := range d.Scanners {
				d.Scanners[i].Name = "左"
			}
			d.Scanners = append(d.Scanners, desk.ScannerSetup{Path: "b"}, desk.ScannerSetup{Path: "c"})
			d.Printer = &desk.PrinterSetup{To: "COM1", Each: true}
		})
		got, err := edit([]byte(raw), have, next)
		if err != nil || !says(got, next) || strings.Count(string(got), "#") != strings.Count(raw, "#") {
			t.Errorf("%q became %v\n%s", raw, err, got)
		}
	}
}

func changed(t *testing.T, raw []byte, change func(*desk.DeviceSetup)) (have, next config) {
	t.Helper()
	have, err := parseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	d := have.setup()
	change(&d)
	return have, have.with(d)
}

// TestOtherShapesAreNotEdited: what the editor does not know how to change it leaves alone and says so, or what comes of it is
// found not to say what was meant.
func TestOtherShapesAreNotEdited(t *testing.T) {
	for _, raw := range []string{
		`printer = {to = "COM4"}`, "printer.to = 'COM4'", `scanner = [{path = "a"}, {path = "b"}]`, "[printer]\nto='COM4'\n[other]\n",
	} {
		have, err := parseConfig([]byte(raw))
		if err != nil && !strings.Contains(raw, "other") {
			t.Fatal(err)
		}
		next := have
		next.Printer = &slipPrinter{To: "COM5"}
		if got, err := edit([]byte(raw), have, next); err == nil && says(got, next) && !strings.Contains(raw, "other") {
			t.Errorf("%s became\n%s", raw, got)
		}
	}
}

// TestAnyChangeIsSaid: whatever the devices were and become, the edited file says what they become.
func TestAnyChangeIsSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, next := anyDevices(t, "have"), anyDevices(t, "next")
		raw := anew(have)
		if !says(raw, have) {
			t.Fatalf("written anew it is not the same:\n%s", raw)
		}
		got, err := edit(raw, have, next)
		if err != nil || !says(got, next) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, raw, got)
		}
		again, err := edit(got, mustParse(t, got), next)
		if err != nil || string(again) != string(got) {
			t.Fatalf("the same once more: %v\n%s\nbecame\n%s", err, got, again)
		}
	})
}

func mustParse(t *rapid.T, raw []byte) config {
	c, err := parseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anyDevices(t *rapid.T, which string) (c config) {
	word := rapid.SampledFrom([]string{"", "a", "左'边", `C:\"x"`, "usb:0C2E:0B61", "# no comment", "[[scanner]]", "x = 1"})
	for i := range rapid.IntRange(0, 4).Draw(t, which) {
		s := scanner{Kind: word.Draw(t, "kind"), Path: word.Draw(t, "path"), Mode: word.Draw(t, "mode"), Name: string(rune('a'+i)) + word.Draw(t, "name")}
		c.Scanners = append(c.Scanners, s)
	}
	if rapid.Bool().Draw(t, "printer") {
		c.Printer = &slipPrinter{To: word.Draw(t, "to"), Width: rapid.SampledFrom([]int{0, 32}).Draw(t, "width"), Each: rapid.Bool().Draw(t, "each")}
	}
	if rapid.Bool().Draw(t, "display") {
		c.Display = &display{From: word.Draw(t, "from"), Kind: word.Draw(t, "kind")}
	}
	return c
}
