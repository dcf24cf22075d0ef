package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestADayAtATillWithoutItsHub(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 2)
	h.Close() // enrolled, and then the line is down
	a := start(t, dir, "--verbose")

	d := do(t, "redeem", "--data", dir, "--bill", "58.00", "--order", "A-1", "--json", code(1)).want(t, 3, "")
	var first desk.Answer
	if err := json.Unmarshal([]byte(d.out), &first); err != nil || first.Answer != voucher.Provisional || first.Pay != 48_00 || first.Redemption != "T000001-1-1" {
		t.Errorf("%s, %v", d.out, err)
	}
	do(t, "redeem", "--data", dir, "--bill", "58.00", "--order", "A-1", code(1)).want(t, 3, "T000001-1-1")
	do(t, "redeem", "--data", dir, "--bill", "58.00", code(1)).want(t, 4, "this till")
	do(t, "redeem", "--data", dir, "--bill", "49.99", code(2)).want(t, 4, "¥0.01 short")
	do(t, "redeem", "--data", dir, "--bill", "58", "281234567890123456").want(t, 5, "Alipay")
	do(t, "redeem", "--data", dir, "--bill", "58", code(2)[:70]).want(t, 5, "incomplete")
	do(t, "redeem", "--data", dir, "--bill", "58", code(2)).want(t, 3, "offline")
	do(t, "redeem", "--data", dir, "--bill", "58", code(3)).want(t, 4, "no more without it")
	do(t, "void", "--data", dir, "T000001-1-2").want(t, 3, "Voided")
	do(t, "void", "--data", dir, "T000001-1-99").want(t, 4, "no such redemption")

	books := func(when string) {
		t.Helper()
		d := do(t, "status", "--data", dir, "--json").want(t, 0, `"queued":3`)
		if strings.Contains(d.out, `"running":true`) != (when == "running") {
			t.Errorf("%s: %s", when, d.out)
		}
		doIn(t, "zh_CN.UTF-8", "status", "--data", dir).want(t, 0, "待报中心：3 条")
		do(t, "journal", "verify", "--data", dir).want(t, 0, "whole")
		list := do(t, "journal", "list", "--data", dir, "--json").want(t, 0, `"state":"provisional"`)
		if n := strings.Count(list.out, "\n"); n != 2 || !strings.Contains(list.out, `"state":"voided"`) {
			t.Errorf("%s: %d lines: %s", when, n, list.out)
		}
		do(t, "journal", "list", "--data", dir, "--day", "2023-12-11").want(t, 0, "")
		do(t, "journal", "list", "--data", dir, "--day", "yesterday").want(t, 2, "2023-12-11")
		export := do(t, "journal", "export", "--data", dir).want(t, 0, `"kind":"void"`)
		if n := strings.Count(export.out, "\n"); n != 3 || strings.Contains(export.out, code(1)) {
			t.Errorf("%s: %d lines: %s", when, n, export.out)
		}
		file := filepath.Join(t.TempDir(), "journal.ndjson")
		do(t, "journal", "export", "--data", dir, "--out", file).want(t, 0, "")
		if raw, err := os.ReadFile(file); err != nil || string(raw) != export.out {
			t.Errorf("%s: %v", when, err)
		}
		do(t, "journal", "export", "--data", dir, "--out", file).want(t, 1, "is there already")
	}
	books("running")
	if code := a.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, a.log)
	}
	if _, err := desk.Find(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the address is left behind: %v", err)
	}
	books("ended")
	for _, secret := range []string{code(1), code(2), code(2)[:70], "281234567890123456", token(t, dir)} {
		if strings.Contains(a.log.String(), secret) {
			t.Errorf("%s stands in the log:\n%s", secret[:8], a.log)
		}
	}
}

func token(t *testing.T, dir string) string {
	t.Helper()
	token, err := desk.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASecondAgentOnTheSameFolder(t *testing.T) {
	dir, _ := enrolled(t)
	a := start(t, dir)
	do(t, "run", "--data", dir, "--desk", "127.0.0.1:0").want(t, 1, "another hexiao-agent runs on the folder")
	doIn(t, "zh_CN.UTF-8", "run", "--data", dir, "--desk", "127.0.0.1:0").want(t, 1, "已有另一个 hexiao-agent")
	if _, err := a.Status(t.Context()); err != nil {
		t.Errorf("the first one suffered: %v", err)
	}
}

func TestAddressesThatTheDeskCannotHave(t *testing.T) {
	dir, _ := enrolled(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	do(t, "run", "--data", dir, "--desk", l.Addr().String()).want(t, 1, "another program has this address")
	do(t, "run", "--data", dir, "--desk", "0.0.0.0:7373").want(t, 1, "loopback")
	do(t, "run", "--data", dir, "--scanner", "/dev/ttyUSB0", "--scanner", "/dev/ttyUSB0").want(t, 2, "two scanners")
}

// A folder that takes no new file must not keep the till from running: the window would not hear why.
func TestAnAgentThatCannotLeaveItsAddress(t *testing.T) {
	dir, _ := enrolled(t)
	if err := os.Mkdir(filepath.Join(dir, "desk.url"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "desk.url", "in the way"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, []string{"run", "--data", dir, "--desk", "127.0.0.1:0"}, streams{getenv: func(string) string { return "" }, in: strings.NewReader(""), out: in, err: io.Discard})
	}()
	var ready struct{ Desk string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.NewClient(ready.Desk, token(t, dir)).Status(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
}

// scanner is a serial scanner on a pseudo-terminal, under a name of its own.
func newScanner(t *testing.T, path string) *os.File {
	t.Helper()
	master, own, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); own.Close() })
	if err := os.Symlink(own.Name(), path); err != nil {
		t.Fatal(err)
	}
	return master
}

func TestAScannerOnASerialLine(t *testing.T) {
	dir, h := enrolled(t)
	lent(t, dir, 2)
	h.Close()
	path := filepath.Join(t.TempDir(), "scanner")
	master := newScanner(t, path)
	a := start(t, dir, "--scanner", path, "--scanner", "/dev/nothing-there")
	events := a.Events(t.Context())
	if err := a.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: "pos"}); err != nil {
		t.Fatal(err)
	}
	wait := func(what string, so func(desk.Event) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case e := <-events:
				if so(e) {
					return
				}
			case <-late:
				t.Fatalf("%s did not come\n%s", what, a.log)
			}
		}
	}
	wait("both scanners' states", func(e desk.Event) bool {
		if e.View == nil || len(e.View.Scanners) != 2 {
			return false
		}
		missing, there := e.View.Scanners[0], e.View.Scanners[1]
		return there.Connected && there.Name == path && !missing.Connected && missing.Problem.Zh != ""
	})
	if _, err := master.WriteString(code(1)[:70] + "\r"); err != nil {
		t.Fatal(err)
	}
	wait("the damaged scan's answer", func(e desk.Event) bool { return e.Answer != nil && e.Answer.Reason == voucher.DamagedScan })
	if _, err := master.WriteString("]Q1" + strings.ToLower(code(1)) + "\r\n"); err != nil {
		t.Fatal(err)
	}
	wait("the acceptance", func(e desk.Event) bool {
		return e.Answer != nil && e.Answer.Answer == voucher.Provisional && e.Answer.Pay == 48_00
	})
	do(t, "doctor", "--data", dir).want(t, 1, "/dev/nothing-there")
}

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, file, en, zh string }{
		{"a key that is not known", "desk = \"127.0.0.1:7373\"\npatiense = \"1s\"\n", `line 2, column 1: "patiense" is not known`, "第 2 行第 1 列"},
		{"a key of a scanner that is not known", "[[scanner]]\npath = \"x\"\nspeed = 9600\n", `line 3, column 1: "scanner.speed" is not known`, "第 3 行"},
		{"half a file", "[[scanner\n", "line 1", "第 1 行"},
		{"a patience that is no time", "patience = \"soon\"\n", "line 1, column 12", "第 1 行第 12 列"},
		{"a patience of an hour", "patience = \"1h\"\n", "between 0.1s and 30s", "0.1s 到 30s"},
		{"GB18030, as old editors save it", "[[scanner]]\npath = \"COM3\"\nname = \"\xd7\xf3\"\n", "save it again as UTF-8", "编码选 UTF-8"},
		{"a wrong kind behind Notepad's mark", "\xef\xbb\xbf[[scanner]]\npath = \"x\"\nkind = \"hid\"\n", `not "hid"`, `不是 "hid"`},
		{"a scanner without a path", "[[scanner]]\nmode = \"9600 8N1\"\n", "scanner 1 has no path", "没有 path"},
		{"a scanner of another kind", "[[scanner]]\npath = \"x\"\nkind = \"hid\"\n", `not "hid"`, `不是 "hid"`},
		{"a kind of another system", "[[scanner]]\npath = \"x\"\nkind = \"rawinput\"\n", "on this system", "在本系统上"},
		{"a mode for a keyboard", "[[scanner]]\npath = \"x\"\nkind = \"evdev\"\nmode = \"9600 8N1\"\n", "has no mode", "没有 mode"},
		{"a mode for a scanner in HID POS mode", "[[scanner]]\npath = \"usb:0C2E:0B8F\"\nkind = \"hidpos\"\nmode = \"9600 8N1\"\n", "has no mode", "没有 mode"},
		{"half a mode of a line", "[[scanner]]\npath = \"/dev/ttyUSB0\"\nname = \"l\"\nmode = \"9600\"\n", `[[scanner]] l: line mode "9600"`, "应写成如 9600 8N1"},
		{"half an address", "[[scanner]]\nkind = \"hidpos\"\npath = \"usb:0C2E\"\n", "[[scanner]] usb:0C2E: device address", "应写成 usb:VID:PID"},
		{"half a mode of the display", "[display]\nfrom = \"/dev/ttyS1\"\nmode = \"2400\"\n", `[display]: line mode "2400"`, "应写成如 9600 8N1"},
		{"half a mode of where codes go on to", "[pass_on]\nto = \"/dev/ttyS1\"\nmode = \"2400\"\n", `[pass_on]: line mode "2400"`, "应写成如 9600 8N1"},
		{"a printer nowhere", "[printer]\nwidth = 32\n", "[printer]: printer address is empty", "请写 to"},
		{"a printer at half an address", "[printer]\nto = \"tcp:192.168.1.50:port\"\n", "tcp:HOST:PORT", "tcp:地址:端口"},
		{"a width of no paper", "[printer]\nto = \"/dev/usb/lp0\"\nwidth = 40\n", "32, 42 or 48, not 40", "32、42 或 48，不是 40"},
		{"slips in French", "[printer]\nto = \"/dev/usb/lp0\"\nlang = \"fr\"\n", `not "fr"`, `不是 "fr"`},
		{"a key of the printer that is not known", "[printer]\nto = \"/dev/usb/lp0\"\ndrawer = true\n", `"printer.drawer" is not known`, "第 3 行"},
		{"two scanners of one name", "[[scanner]]\npath = \"x\"\n[[scanner]]\npath = \"y\"\nname = \"x\"\n", "two scanners are called x", "两把扫码枪都叫 x"},
		{"one scanner under two names", "[[scanner]]\npath = \"/dev/hidraw0\"\nname = \"l\"\n[[scanner]]\npath = \"/dev/hidraw0\"\nname = \"r\"\n", "two scanners have the path /dev/hidraw0", "两把扫码枪的 path 都是 /dev/hidraw0"},
		{"one scanner in two spellings", "[[scanner]]\npath = \"usb:0C2E:0B61\"\n[[scanner]]\npath = \"usb:0c2e:0b61\"\n", "or by its socket (usb-path:)", "序列号或插口（usb-path:）"},
		{"passing on to nowhere", "[pass_on]\nend = \"enter\"\n", "[pass_on] has no to", "[pass_on] 没有 to"},
		{"passing on with another end", "[pass_on]\nto = \"type\"\nend = \"tab\"\n", `not "tab"`, `不是 "tab"`},
		{"a mode for typing", "[pass_on]\nto = \"type\"\nmode = \"9600 8N1\"\n", "has no mode", "没有 mode"},
		{"passing on to the scanner", "[[scanner]]\npath = \"COM3\"\n[pass_on]\nto = \"COM3\"\n", "port COM3 is named by [[scanner]] and by [pass_on] to", "端口 COM3 同时写在"},
		{"passing on to the scanner in other letters", "[[scanner]]\npath = \"COM3\"\n[pass_on]\nto = \"com3\"\n", "port com3 is named by [[scanner]] and by [pass_on] to", "只能用于一处"},
		{"a display without the POS's port", "[display]\nto = \"COM5\"\n", "[display] has no from", "[display] 没有 from"},
		{"a display of no known kind", "[display]\nfrom = \"COM4\"\nkind = \"vfd\"\n", `not "vfd"`, `不是 "vfd"`},
		{"a display that feeds itself", "[display]\nfrom = \"COM4\"\nto = \"COM4\"\n", "cannot be the same port", "不能是同一个端口"},
		{"an answer on no display", "[display]\nfrom = \"COM4\"\nshow = true\n", "show needs to", "没有 to"},
		{"slips on the scanner's port", "[[scanner]]\npath = \"COM3\"\n[printer]\nto = \"COM3\"\n", "port COM3 is named by [[scanner]] and by [printer] to", "端口 COM3 同时写在"},
		{"slips on the display's port", "[display]\nfrom = \"COM4\"\nto = \"COM5\"\n[printer]\nto = \"COM5\"\n", "port COM5 is named by [display] to and by [printer] to", "只能用于一处"},
		{"a display on the port that codes go on to", "[pass_on]\nto = \"COM4\"\n[display]\nfrom = \"COM4\"\n", "port COM4 is named by", "只能用于一处"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(dir, "bad.toml")
			if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			do(t, "run", "--data", dir, "--config", file).want(t, 2, c.en)
			doIn(t, "zh_CN.UTF-8", "run", "--data", dir, "--config", file).want(t, 2, c.zh)
		})
	}
	do(t, "run", "--data", dir, "--config", filepath.Join(dir, "none.toml")).want(t, 2, "no settings file")
}

func TestTheSampleIsReadAndFlagsGoBeforeIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "agent.toml"), []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := settings{}.load(dir)
	if err != nil || c.Desk != defaultDesk || time.Duration(c.Patience) != 1500*time.Millisecond || len(c.Scanners) != 1 ||
		c.Scanners[0] != (scanner{Kind: "serial", Path: "/dev/ttyUSB0", Mode: "9600 8N1", Name: "左边的扫码枪"}) ||
		*c.PassOn != (passOn{To: "type", End: "enter"}) ||
		*c.Display != (display{From: "/dev/ttyS1", To: "/dev/ttyUSB1", Mode: "2400 8N1", Kind: "led8n", Show: true}) ||
		*c.Printer != (slipPrinter{To: "/dev/usb/lp0", Width: 32, Lang: "zh"}) {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = settings{desk: "127.0.0.1:0", scanners: []string{"COM3"}}.load(dir)
	if err != nil || c.Desk != "127.0.0.1:0" || len(c.Scanners) != 1 || c.Scanners[0] != (scanner{Kind: "serial", Path: "COM3", Name: "COM3"}) {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := (settings{}).load(t.TempDir()); err != nil || c.Desk != defaultDesk || c.Patience != 0 || c.Scanners != nil || c.Printer != nil {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	if d := do(t, "run", "--help"); !strings.Contains(d.out, sample) {
		t.Error("the help does not show the sample")
	}
}
