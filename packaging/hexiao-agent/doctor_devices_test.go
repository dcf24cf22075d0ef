package main

import (
	"io"
	"net"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

// plugged makes devices that are there.
func plugged(kind string, all ...drivers.Plugged) func(*pc) {
	return func(m *pc) {
		m.kinds = []kindOfDevice{{kind, func() ([]drivers.Plugged, error) { return all, nil }, func(drivers.Plugged) bool { return true }}}
	}
}

func TestTheDoctorLooksAtScanners(t *testing.T) {
	dir, _ := enrolled(t)
	usb := func(path, serial, socket string) drivers.Plugged {
		return drivers.Plugged{Path: path, Product: "1950g", USB: drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: serial, Socket: socket}}
	}
	set := config{Scanners: []scanner{{Path: "usb:0C2E:0B61", Name: "左"}}}
	names(t, looked(t, dir, config{}, nil), "scanner", desk.Worse, "no scanner is set up, wizard|没有设置扫码枪, 向导")
	names(t, looked(t, dir, set, plugged("serial")), "scanner", desk.Bad, "usb:0C2E:0B61, plug it in|usb:0C2E:0B61, 插好")
	other := drivers.Plugged{Path: "/dev/ttyACM0", Product: "HR52", USB: drivers.USB{Vendor: "1EAB", Product: "0006"}}
	names(t, looked(t, dir, set, plugged("serial", other)), "scanner", desk.Bad, "There is now: usb:1EAB:0006 HR52|usb:1EAB:0006 HR52")
	names(t, looked(t, dir, config{}, plugged("serial", other)), "scanner", desk.Worse, "HR52, not set up, wizard|HR52, 没有设置, 向导")
	names(t, looked(t, dir, config{}, plugged("evdev", other)), "wedge", desk.Worse, `types like a keyboard, Caps Lock, kind = "evdev"|像键盘一样打字, 独占`)
	equal := plugged("serial", usb("/dev/ttyACM0", "", "0000:00:14.0-1"), usb("/dev/ttyACM1", "", "0000:00:14.0-2"))
	names(t, looked(t, dir, set, equal), "scanner", desk.Bad, "usb-path:0000:00:14.0-1, usb-path:0000:00:14.0-2, wizard|usb-path:0000:00:14.0-2, 向导")
	found := pcWith(equal).found(config{})
	if len(found) != 2 || found[0].Address != "usb-path:0000:00:14.0-1" || found[1].Address != "usb-path:0000:00:14.0-2" {
		t.Errorf("found %+v", found)
	}
	apart := pcWith(plugged("serial", usb("/dev/ttyACM0", "A", "x-1"), usb("/dev/ttyACM1", "B", "x-2"))).found(mustCheck(t, config{Scanners: []scanner{{Path: "usb:0C2E:0B61:B", Name: "右"}}}))
	if len(apart) != 2 || apart[0].Address != "usb:0C2E:0B61:A" || apart[0].SetUp != "" || apart[1].SetUp != "右" {
		t.Errorf("found %+v", apart)
	}
}

func pcWith(change func(*pc)) pc {
	m := thisPC(nothing)
	change(&m)
	return m
}

func mustCheck(t *testing.T, c config) config {
	t.Helper()
	whole, err := c.checked()
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// TestTheDoctorTellsWhatTheAgentSaysOfItsDevices: those without a path of their own, and those of other settings.
func TestTheDoctorTellsWhatTheAgentSaysOfItsDevices(t *testing.T) {
	problem := voucher.Text{Zh: "没有 /dev/uinput", En: "there is no /dev/uinput"}
	view := &desk.View{Devices: []desk.Device{{Kind: desk.PassOnDevice, Name: "typing", Problem: problem}, {Kind: desk.PrinterDevice, Name: "COM3", Connected: true},
		{Kind: desk.DisplayDevice, Name: "COM4"}, {Kind: desk.DisplayDevice, Name: "COM5"}}}
	found := unlisted(config{Display: &display{From: "COM4"}}.targets(), view)
	if len(found) != 3 {
		t.Errorf("%+v", found)
	}
	names(t, found, "pass_on", desk.Bad, "no /dev/uinput, restart|没有 /dev/uinput, 重启")
	names(t, found, "printer", desk.Fine, "COM3 is connected|COM3 已连接")
	names(t, found, "display", desk.Bad, "COM5 is not connected|COM5 未连接")
}

func TestTheDoctorKnocksAtAPrinterOnTheNetwork(t *testing.T) {
	dir, _ := enrolled(t)
	to := func(address string) config { return config{Printer: &slipPrinter{To: "tcp:" + address}} }
	names(t, looked(t, dir, to(silent(t)), nil), "printer", desk.Fine, "reports no fault|没有报告故障")
	names(t, looked(t, dir, to(strings.TrimPrefix(closed(t), "http://")), nil), "printer", desk.Bad, "it is on, print --test|开机, print --test")
	names(t, looked(t, dir, config{Printer: &slipPrinter{To: "/dev/usb/lp77"}}, nil), "printer", desk.Bad, "/dev/usb/lp77|/dev/usb/lp77")
	names(t, looked(t, dir, config{Display: &display{From: "/dev/ttyS77"}}, nil), "display", desk.Bad, "/dev/ttyS77|/dev/ttyS77")
	names(t, looked(t, dir, config{PassOn: &passOn{To: "/dev/ttyS78"}}, nil), "pass_on", desk.Bad, "/dev/ttyS78|/dev/ttyS78")
}

// answering is a printer on the network that answers what is asked of it (DLE EOT n), by n.
func answering(t *testing.T, answers map[byte]byte) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ask := make([]byte, 3)
			for _, err = io.ReadFull(c, ask); err == nil; _, err = io.ReadFull(c, ask) {
				c.Write([]byte{answers[ask[2]]})
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

// TestTheDoctorTellsAPrintersFault: in the printer's words and with the cure, in both languages.
func TestTheDoctorTellsAPrintersFault(t *testing.T) {
	dir, _ := enrolled(t)
	const well, offline = 0x12, 0x1a
	for _, c := range []struct {
		name    string
		answers map[byte]byte
		words   string
	}{
		{"the cover is open", map[byte]byte{1: offline, 2: well | 0x04, 4: well}, "The cover of printer, is open, close it|盖子开着, 合上盖子, 再打印"},
		{"the roll has ended", map[byte]byte{1: offline, 2: well | 0x20, 4: well | 0x60}, "is out of paper, put in a roll|缺纸, 换上纸卷"},
		{"the knife is jammed", map[byte]byte{1: offline, 2: well | 0x40, 4: well}, "reports a fault, switch it off|报故障, 取出卡住的纸"},
		{"switched offline", map[byte]byte{1: offline, 2: well, 4: well}, "is offline, online or feed button|处于脱机状态, 联机键"},
	} {
		t.Run(c.name, func(t *testing.T) {
			names(t, looked(t, dir, config{Printer: &slipPrinter{To: "tcp:" + answering(t, c.answers)}}, nil), "printer", desk.Bad, c.words)
		})
	}
	ready := map[byte]byte{1: well, 2: well, 4: well}
	names(t, looked(t, dir, config{Printer: &slipPrinter{To: "tcp:" + answering(t, ready)}}, nil), "printer", desk.Fine, "reports no fault|没有报告故障")
}
