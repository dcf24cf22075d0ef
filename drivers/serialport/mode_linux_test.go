package serialport_test

import (
	"strings"
	"testing"

	"go.bug.st/serial"
	"hexiao/drivers/serialport"
)

func TestNewRefusesWrongOptions(t *testing.T) {
	cases := []struct {
		name    string
		options serialport.Options
		says    string
	}{
		{"no address", serialport.Options{}, "address"},
		{"half a USB address", serialport.Options{Address: "usb:0403"}, "usb:VID:PID"},
		{"speed without frame", serialport.Options{Address: "/dev/ttyS0", Mode: "9600"}, "9600 8N1"},
		{"speed of nothing", serialport.Options{Address: "/dev/ttyS0", Mode: "0 8N1"}, "0 8N1"},
		{"nine data bits", serialport.Options{Address: "/dev/ttyS0", Mode: "9600 9N1"}, "5-8"},
		{"four data bits", serialport.Options{Address: "/dev/ttyS0", Mode: "9600 4N1"}, "5-8"},
		{"parity of X", serialport.Options{Address: "/dev/ttyS0", Mode: "9600 8X1"}, "N/E/O/M/S"},
		{"three stop bits", serialport.Options{Address: "/dev/ttyS0", Mode: "9600 8N3"}, "1/2"},
		{"something behind", serialport.Options{Address: "/dev/ttyS0", Mode: "9600 8N1 x"}, "8N1"},
	}
	for _, c := range cases {
		if _, err := serialport.New(c.options); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a sentence with %q", c.name, err, c.says)
		}
	}
}

func TestModeReachesThePort(t *testing.T) {
	for mode, want := range map[string]serial.Mode{
		"":            {BaudRate: 9600, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit},
		"9600 8N1":    {BaudRate: 9600, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit},
		" 115200 7e2": {BaudRate: 115200, DataBits: 7, Parity: serial.EvenParity, StopBits: serial.TwoStopBits},
		"2400  8O1":   {BaudRate: 2400, DataBits: 8, Parity: serial.OddParity, StopBits: serial.OneStopBit},
	} {
		c := newCounter(t, serialport.Options{Mode: mode})
		c.plug()
		got := make(chan serial.Mode, 1)
		c.port.SetOpen(func(path string, m *serial.Mode) (serial.Port, error) {
			got <- *m
			return serial.Open(path, m)
		})
		c.run()
		if m := <-got; m != want {
			t.Errorf("mode %q: %+v, want %+v", mode, m, want)
		}
	}
}
