package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
)

const thePIN = "246813"

// atBench is a running agent whose settings can be changed, and its file.
func atBench(t *testing.T, raw string, flags ...string) (a *started, file string) {
	t.Helper()
	dir, h := enrolled(t)
	h.Close()
	file = filepath.Join(dir, "agent.toml")
	if raw != "" {
		write(t, file, raw)
	}
	if err := desk.LeavePIN(dir, thePIN); err != nil {
		t.Fatal(err)
	}
	return start(t, dir, flags...), file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// until waits for a view.
func (a *started) until(t *testing.T, what string, so func(desk.View) bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	events := a.Events(t.Context())
	for {
		select {
		case e := <-events:
			if e.View != nil && so(*e.View) {
				return
			}
		case <-late:
			t.Fatalf("%s did not come\n%s", what, a.log)
		}
	}
}

func TestDevicesAreSetUpWithoutARestart(t *testing.T) {
	left, right := filepath.Join(t.TempDir(), "left"), filepath.Join(t.TempDir(), "right")
	newScanner(t, left)
	master := newScanner(t, right)
	a, file := atBench(t, "# 这台 / this till\npatience = \"1s\" # short\n\n[[scanner]]\npath = \""+left+"\" # the left one\n")
	a.until(t, "the first scanner", func(v desk.View) bool { return len(v.Scanners) == 1 && v.Scanners[0].Connected })
	since := strings.Count(a.log.String(), "scanner state changed")

	now, err := a.Setup(t.Context())
	if err != nil || now.File != file || len(now.Scanners) != 1 || now.Scanners[0].Kind != "" || now.Fixed.En != "" || now.Restart {
		t.Fatalf("%+v, %v", now, err)
	}
	now.Scanners = append(now.Scanners, desk.ScannerSetup{Path: right, Name: "右"})
	if now, err = a.SetUp(t.Context(), thePIN, now.DeviceSetup); err != nil || len(now.Scanners) != 2 || now.Restart {
		t.Fatalf("%+v, %v", now, err)
	}
	a.until(t, "both", func(v desk.View) bool {
		return len(v.Scanners) == 2 && v.Scanners[0].Connected && v.Scanners[1].Connected
	})
	if said := strings.Count(a.log.String(), "scanner state changed"); said != since+1 {
		t.Errorf("the first scanner was touched: %d states instead of %d\n%s", said, since+1, a.log)
	}
	if text := read(t, file); !strings.HasPrefix(text, "# 这台 / this till\npatience = \"1s\" # short\n") || !strings.Contains(text, "# the left one\n") {
		t.Errorf("the file is\n%s", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if h := heard(t, a, func() { master.WriteString("6901234567892\r") }); h.Device != "右" || h.Kind != "goods_barcode" {
		t.Errorf("heard %+v", h)
	}
	now.Scanners = now.Scanners[1:]
	if _, err := a.SetUp(t.Context(), thePIN, now.DeviceSetup); err != nil {
		t.Fatal(err)
	}
	a.until(t, "only the other", func(v desk.View) bool {
		return len(v.Scanners) == 1 && v.Scanners[0].Name == "右" && v.Scanners[0].Connected
	})
	if left := matches(t, file+".*"); len(left) > 0 {
		t.Errorf("beside the file are %v", left)
	}
	if code := a.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, a.log)
	}
}

// heard has something scanned and gives what was heard of it.
func heard(t *testing.T, a *started, scan func()) desk.Heard {
	t.Helper()
	late := time.After(20 * time.Second)
	events := a.Events(t.Context())
	<-events // from here on nothing is missed
	scan()
	for {
		select {
		case e := <-events:
			if e.Heard != nil {
				return *e.Heard
			}
		case <-late:
			t.Fatalf("no scan was heard\n%s", a.log)
		}
	}
}

func matches(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestADisplayIsTappedWithoutARestart: the amount is read from then on, and no longer when the tap was taken away.
func TestADisplayIsTappedWithoutARestart(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	pos := newScanner(t, from)
	newScanner(t, to)
	a, _ := atBench(t, "")
	now, err := a.SetUp(t.Context(), thePIN, desk.DeviceSetup{Display: &desk.DisplaySetup{From: from, To: to, Show: true}})
	if err != nil || now.Restart {
		t.Fatalf("%+v, %v", now, err)
	}
	a.until(t, "both ports", func(v desk.View) bool { return len(v.Devices) == 2 && v.Devices[0].Connected && v.Devices[1].Connected })
	if _, err := pos.WriteString("\x1bQA58.00\r\x1bs2"); err != nil {
		t.Fatal(err)
	}
	a.until(t, "the amount", func(v desk.View) bool { return v.Bill.Fen == 58_00 && v.Bill.Source == "display" })
	if now, err = a.SetUp(t.Context(), thePIN, desk.DeviceSetup{}); err != nil || now.Restart || now.Display != nil {
		t.Fatalf("%+v, %v", now, err)
	}
	a.until(t, "no device", func(v desk.View) bool { return len(v.Devices) == 0 })
	if code := a.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, a.log)
	}
}

func TestASetupThatWillNotDoChangesNothing(t *testing.T) {
	const raw = "[[scanner]]\npath = \"/dev/nothing-there\" # 没有\n"
	a, file := atBench(t, raw)
	path := func(p string) desk.ScannerSetup { return desk.ScannerSetup{Path: p} }
	for _, c := range []struct {
		name, pin string
		d         desk.DeviceSetup
		status    int
		says      string
	}{
		{"a wrong PIN", "999999", desk.DeviceSetup{}, http.StatusForbidden, "PIN"},
		{"no path", thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Name: "x"}}}, http.StatusBadRequest, "path"},
		{"a kind nobody knows", thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Path: "x", Kind: "laser"}}}, http.StatusBadRequest, "laser"},
		{"a line that cannot be", thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Path: "x", Mode: "fast"}}}, http.StatusBadRequest, "9600 8N1"},
		{"no USB address", thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{path("usb:1")}}, http.StatusBadRequest, "usb:VID:PID"},
		{"two of one name", thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{path("x"), path("x")}}, http.StatusBadRequest, "x"},
		{"a printer to nowhere", thePIN, desk.DeviceSetup{Printer: &desk.PrinterSetup{Width: 48}}, http.StatusBadRequest, "[printer]"},
		{"a paper nobody makes", thePIN, desk.DeviceSetup{Printer: &desk.PrinterSetup{To: "COM3", Width: 33}}, http.StatusBadRequest, "width"},
		{"a display that feeds itself", thePIN, desk.DeviceSetup{Display: &desk.DisplaySetup{From: "COM3", To: "COM3"}}, http.StatusBadRequest, "[display]"},
		{"an end that is none", thePIN, desk.DeviceSetup{PassOn: &desk.PassOnSetup{To: "type", End: "tab"}}, http.StatusBadRequest, "tab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := a.SetUp(t.Context(), c.pin, c.d)
			e, ok := errors.AsType[*desk.Error](err)
			if !ok || e.Status != c.status || !strings.Contains(e.Text.Zh, c.says) || !strings.Contains(e.Text.En, c.says) {
				t.Errorf("%v", err)
			}
		})
	}
	if text := read(t, file); text != raw {
		t.Errorf("the file is\n%s", text)
	}
	v, err := a.Status(t.Context())
	if err != nil || len(v.Scanners) != 1 || v.Scanners[0].Name != "/dev/nothing-there" {
		t.Errorf("%+v, %v", v.Scanners, err)
	}
}

func TestAFileInAnotherShapeIsKeptBesideTheNewOne(t *testing.T) {
	for name, raw := range map[string]string{
		"scanners in one line": "scanner = [{path = \"/dev/nothing-there\"}] # 一行写完\npatience = \"1s\"\n",
		"none, said so":        "scanner = []\npatience = \"1s\"\n", // another section would be the second of its name
	} {
		t.Run(name, func(t *testing.T) {
			a, file := atBench(t, raw)
			if _, err := a.SetUp(t.Context(), thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Path: "/dev/nothing-else"}}}); err != nil {
				t.Fatal(err)
			}
			kept := matches(t, file+".before-*")
			if len(kept) != 1 || read(t, kept[0]) != raw {
				t.Errorf("kept are %v", kept)
			}
			c, err := parseConfig([]byte(read(t, file)))
			if err != nil || len(c.Scanners) != 1 || c.Scanners[0].Path != "/dev/nothing-else" || time.Duration(c.Patience) != time.Second {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestWhatWasStartedWithFlagsIsFixed(t *testing.T) {
	a, file := atBench(t, "", "--scanner", "/dev/nothing-there")
	now, err := a.Setup(t.Context())
	if err != nil || !strings.Contains(now.Fixed.Zh, "--scanner") || !strings.Contains(now.Fixed.En, file) || len(now.Scanners) != 1 {
		t.Errorf("%+v, %v", now, err)
	}
	_, err = a.SetUp(t.Context(), thePIN, desk.DeviceSetup{})
	if e, ok := errors.AsType[*desk.Error](err); !ok || e.Status != http.StatusConflict || e.Text != now.Fixed {
		t.Errorf("%v", err)
	}
	if left := matches(t, file); len(left) > 0 {
		t.Errorf("written: %v", left)
	}
}

// TestTheNamedFileIsWritten: the one of --config, through the link that the package makes, and where there was none.
func TestTheNamedFileIsWritten(t *testing.T) {
	real := filepath.Join(t.TempDir(), "real.toml")
	link := filepath.Join(t.TempDir(), "link.toml")
	write(t, real, "# empty / 空\n")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	a, file := atBench(t, "", "--config", link)
	now, err := a.SetUp(t.Context(), thePIN, desk.DeviceSetup{Printer: &desk.PrinterSetup{To: "/dev/usb/lp0"}})
	if err != nil || now.File != link || now.Printer == nil || !now.Restart {
		t.Fatalf("%+v, %v", now, err)
	}
	if text := read(t, real); text != "# empty / 空\n\n[printer]\nto = '/dev/usb/lp0'\n" {
		t.Errorf("%s", text)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if left := matches(t, file); len(left) > 0 {
		t.Errorf("the data folder's was written, too: %v", left)
	}
	if now, err = a.SetUp(t.Context(), thePIN, desk.DeviceSetup{}); err != nil || now.Restart {
		t.Errorf("set back to what runs: %+v, %v", now, err)
	}
	b, file := atBench(t, "")
	if _, err := b.SetUp(t.Context(), thePIN, desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Path: "/dev/nothing-there"}}}); err != nil {
		t.Fatal(err)
	}
	if text := read(t, file); text != "\n[[scanner]]\npath = '/dev/nothing-there'\n" {
		t.Errorf("%q", text)
	}
}
