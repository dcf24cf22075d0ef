package drivers_test

import (
	"errors"
	"testing"

	"hexiao/drivers"
)

func TestParseUSB(t *testing.T) {
	cases := []struct {
		address string
		want    drivers.USB
		isUSB   bool
		fails   bool
	}{
		{"/dev/ttyUSB0", drivers.USB{}, false, false},
		{"COM3", drivers.USB{}, false, false},
		{"usb:0c2e:0B61", drivers.USB{Vendor: "0C2E", Product: "0B61"}, true, false},
		{"usb:0403:6001:A1:B2", drivers.USB{Vendor: "0403", Product: "6001", Serial: "A1:B2"}, true, false},
		{"usb:0403", drivers.USB{}, true, true},
		{"usb:403:6001", drivers.USB{}, true, true},
		{"usb:0x04:6001", drivers.USB{}, true, true},
	}
	for _, c := range cases {
		got, isUSB, err := drivers.ParseUSB(c.address)
		if got != c.want || isUSB != c.isUSB || (err != nil) != c.fails {
			t.Errorf("%s: %+v %v %v, want %+v %v, fails %v", c.address, got, isUSB, err, c.want, c.isUSB, c.fails)
		}
		if c.isUSB && !c.fails {
			again, _, err := drivers.ParseUSB(got.String())
			if again != got || err != nil {
				t.Errorf("%s: written as %s, which reads as %+v (%v)", c.address, got, again, err)
			}
		}
	}
}

func TestUSBMatchesAndChooses(t *testing.T) {
	anySerial := drivers.USB{Vendor: "0C2E", Product: "0B61"}
	one := drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: "A1"}
	if !anySerial.Matches("0c2e", "0b61", "B2") || one.Matches("0c2e", "0b61", "B2") || !one.Matches("0C2E", "0B61", "A1") || one.Matches("0C2E", "0B62", "A1") {
		t.Error("a device is told apart by its ids and, when given, by its serial number")
	}
	if path, err := one.Choose([]string{"/dev/ttyACM0"}); path != "/dev/ttyACM0" || err != nil {
		t.Errorf("one match: %s, %v", path, err)
	}
	for code, paths := range map[string][]string{"missing": nil, "ambiguous": {"/dev/ttyACM0", "/dev/ttyACM1"}} {
		_, err := one.Choose(paths)
		var p drivers.Problem
		if !errors.As(err, &p) || p.Code != code {
			t.Errorf("%d matches: %v, want the problem %s", len(paths), err, code)
		}
	}
}
