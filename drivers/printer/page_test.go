package printer_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hexiao/drivers/printer"
)

var update = flag.Bool("update", false, "write the golden pages anew")

func TestPagesAreAsTheyWere(t *testing.T) {
	for _, width := range []int{32, 42, 48} {
		file := filepath.Join("testdata", fmt.Sprintf("test.%d.escpos", width))
		got := printer.Page(printer.TestPage(width, "/dev/usb/lp0"))
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(want, got) {
			t.Errorf("%s differs (%v): %q", file, err, got)
		}
		p, err := develop(got)
		if err != nil || p.cuts != 1 {
			t.Fatalf("%v, %d cuts", err, p.cuts)
		}
		if want := []string{"[2x2] 核销小票", "[1x2] 打印机测试 / printer test", "/dev/usb/lp0", printer.Ruler(width)}; !slices.Equal(p.lines[:4], want) {
			t.Errorf("it looks like\n%s", p)
		}
		if !strings.Contains(p.String(), "/ as ??: ??\n") {
			t.Errorf("a character that no printer has:\n%s", p)
		}
		for _, l := range p.lines[2:] {
			if n := len(printer.Page([]printer.Line{{Text: l}})) - len(printer.Page([]printer.Line{{}})); n > width {
				t.Errorf("%q has %d columns of %d", l, n, width)
			}
		}
	}
}

func TestRuler(t *testing.T) {
	if got := printer.Ruler(32); got != "12345678911234567892123456789312" {
		t.Error(got)
	}
}

// hostile are texts that a merchant, an order or a campaign could bear, and what may come out of them.
var hostile = []struct{ name, text, out string }{
	{"initialize", "a\x1b@b", "a?@b"},
	{"kick the drawer", "\x1bp\x00\x19\xfa", "?p????"},
	{"cut", "\x1dV\x00", "?V?"},
	{"ask the printer", "\x10\x04\x01", "???"},
	{"leave Chinese", "\x1c.", "?."},
	{"lines of its own", "a\r\n=== FINAL ===\n", "a??=== FINAL ===?"},
	{"C1", "\u009b2J\u0085", "??2J??"},
	{"right to left", "\u202eabc\u200f", "??abc??"},
	{"zero width", "a\u200bb\ufeffc", "a??b??c"},
	{"bytes that are no text", "店\xff\xfe\x81", "店??????"},
	{"a trail byte that is a backslash", "俓亅", "俓亅"}, // 83 5C, 81 5C
	{"four bytes in GB18030", "𠀀ĂAéṽ", "????Aé??"},   // é is a pair of GBK's, the others are not
	{"emoji", "店😀", "店??"},
	{"private use", "\ue000\ue5e5", "????"},
	{"delete", "a\x7fb", "a??b"},
	{"the sign of the yuan", "¥5", "??5"},
	{"the euro", "€", "€"},
}

func TestTextIsNeverACommand(t *testing.T) {
	for _, c := range hostile {
		for _, l := range []printer.Line{{Text: c.text}, {Text: c.text, Large: true}, {Text: c.text, Strong: true}} {
			p, err := develop(printer.Page([]printer.Line{l, {Text: "behind"}}))
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if len(p.lines) != 2 || strings.TrimPrefix(strings.TrimPrefix(p.lines[0], "[2x2] "), "[1x2] ") != c.out || p.lines[1] != "behind" {
				t.Errorf("%s prints %q, want %q", c.name, p.lines, c.out)
			}
		}
	}
}

// FuzzPage: whatever text comes, a printer finds in the page the commands that it would find without it, and as many lines.
func FuzzPage(f *testing.F) {
	for _, c := range hostile {
		f.Add(c.text, "店", true, false)
	}
	f.Fuzz(func(t *testing.T, a, b string, large, strong bool) {
		lines := func(a, b string) []printer.Line {
			return []printer.Line{{Text: a, Large: large}, {Text: b, Strong: strong}, {Text: a + b}}
		}
		got, err := develop(printer.Page(lines(a, b)))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := develop(printer.Page(lines("", "")))
		if !slices.Equal(got.commands, want.commands) || len(got.lines) != 3 || got.cuts != 1 {
			t.Errorf("%q and %q: %v, %q", a, b, got.commands, got.lines)
		}
	})
}
