package printer_test

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"hexiao/drivers/printer"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ to, mode, wrong string }{
		{"/dev/usb/lp0", "", ""},
		{"/dev/lp1", "", ""},
		{"/dev/ttyUSB0", "115200 8N1", ""},
		{"COM3", "", ""},
		{"usb:0416:5011", "", ""},
		{"tcp:192.168.1.50:9100", "", ""},
		{"tcp:192.168.1.50", "", ""},
		{"tcp:printer.shop:9101", "", ""},
		{"tcp:[fe80::1]:9100", "", ""},
		{"", "", "to"},
		{"  ", "", "to"},
		{"tcp:", "", "tcp:192.168.1.50:9100"},
		{"tcp::9100", "", "tcp:192.168.1.50:9100"},
		{"tcp:host:0", "", "tcp:192.168.1.50:9100"},
		{"tcp:host:port", "", "tcp:192.168.1.50:9100"},
		{"tcp:fe80::1", "", "tcp:192.168.1.50:9100"},
		{"usb:04:5011", "", "usb:VID:PID"},
		{"/dev/ttyUSB0", "fast", "9600 8N1"},
		{"/dev/usb/lp0", "9600 8N1", "mode"},
		{"tcp:192.168.1.50", "9600 8N1", "mode"},
	} {
		_, err := printer.New(printer.Options{To: c.to, Mode: c.mode})
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q %q: %v", c.to, c.mode, err)
		}
	}
}

func TestPortStatus(t *testing.T) {
	for status, code := range map[int]string{0x18: "", 0: "", 0x38: "no_paper", 0x30: "no_paper", 0x10: "failed", 0x08: "offline"} {
		if is, bad := printer.PortTrouble("/dev/usb/lp0", status); is.Code != code || bad != (code != "") {
			t.Errorf("%#x: %v %v", status, is.Code, bad)
		}
	}
}

func TestSlowly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := newMachine()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.(*net.TCPConn).SetReadBuffer(1)
			m.serve(one{c})
			c.Close()
		}
	}()
	x := run(t, "tcp:"+l.Addr().String())
	long := strings.Repeat("慢", 2000)
	if err := x.print(long); err != nil {
		t.Fatal(err)
	}
	if p := m.paper(t, 1); !slices.Equal(p.lines, []string{long}) {
		t.Errorf("%d lines", len(p.lines))
	}
}

type one struct{ io.ReadWriter }

func (o one) Read(b []byte) (int, error) { return o.ReadWriter.Read(b[:1]) }
