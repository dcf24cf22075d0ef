package drivers_test

import (
	"errors"
	"strings"
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
		{"usb-path:0000:00:14.0-1.4", drivers.USB{Socket: "0000:00:14.0-1.4"}, true, false},
		{"usb-path:", drivers.USB{}, true, true},
		{"usb-path:/dev/serial/by-path/pci-0000", drivers.USB{}, true, true},
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
	there := []drivers.Plugged{{Path: "/dev/ttyACM0", USB: one}, {Path: "/dev/ttyACM1", USB: one}}
	if path, err := one.Pick(there[:1]); path != "/dev/ttyACM0" || err != nil {
		t.Errorf("one match: %s, %v", path, err)
	}
	for code, matches := range map[string][]drivers.Plugged{"missing": nil, "ambiguous": there} {
		_, err := one.Pick(matches)
		var p drivers.Problem
		if !errors.As(err, &p) || p.Code != code {
			t.Errorf("%d matches: %v, want the problem %s", len(matches), err, code)
		}
	}
}

// A cradle with two ports, or a scanner with two keyboards: an address that is offered for both would lead nowhere.
func TestPortsThatNoUSBAddressTellsApart(t *testing.T) {
	same := drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: "A1", Socket: "0000:00:14.0-1"}
	there := []drivers.Plugged{{Path: "/dev/ttyACM0", USB: same}, {Path: "/dev/ttyACM1", USB: same}}
	for _, named := range []drivers.USB{{Vendor: "0C2E", Product: "0B61"}, same, {Socket: same.Socket}} {
		_, err := named.Pick(there)
		var p drivers.Problem
		if !errors.As(err, &p) || p.Code != "ambiguous" {
			t.Fatalf("%v, want the problem ambiguous", err)
		}
		for _, said := range []string{p.ZH, p.EN} {
			if !strings.Contains(said, "/dev/ttyACM0, /dev/ttyACM1") || !strings.Contains(said, "/dev/serial/by-id") || strings.Contains(said, " = ") {
				t.Errorf("%q", said)
			}
		}
	}
}

func TestTwoEqualScannersAreToldApart(t *testing.T) {
	plugged := func(path, serial, socket string) drivers.Plugged {
		return drivers.Plugged{Path: path, USB: drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: serial, Socket: socket}}
	}
	other := drivers.Plugged{Path: "/dev/ttyUSB0", USB: drivers.USB{Vendor: "0403", Product: "6001", Serial: "FT1", Socket: "0000:00:14.0-9"}}
	cases := []struct {
		name  string
		there []drivers.Plugged
		want  []string // the addresses that the sentence offers, in the order of the devices
	}{
		{"by their serial numbers", []drivers.Plugged{plugged("/dev/ttyACM0", "A1", "0000:00:14.0-1"), other, plugged("/dev/ttyACM1", "B2", "0000:00:14.0-2")},
			[]string{"usb:0C2E:0B61:A1", "usb:0C2E:0B61:B2"}},
		{"by their sockets when they have none", []drivers.Plugged{plugged("/dev/ttyACM0", "", "0000:00:14.0-1"), other, plugged("/dev/ttyACM1", "", "0000:00:14.0-2.4")},
			[]string{"usb-path:0000:00:14.0-1", "usb-path:0000:00:14.0-2.4"}},
		{"by their sockets when the maker gave all the same number", []drivers.Plugged{plugged("/dev/ttyACM0", "00000000", "dummy_hcd.0-1"), plugged("/dev/ttyACM1", "00000000", "dummy_hcd.1-1")},
			[]string{"usb-path:dummy_hcd.0-1", "usb-path:dummy_hcd.1-1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := drivers.USB{Vendor: "0C2E", Product: "0B61"}.Pick(c.there)
			var p drivers.Problem
			if !errors.As(err, &p) || p.Code != "ambiguous" {
				t.Fatalf("%v, want the problem ambiguous", err)
			}
			n := 0
			for _, there := range c.there {
				if there == other {
					continue
				}
				if said := there.Path + " = " + c.want[n]; !strings.Contains(p.EN, said) || !strings.Contains(p.ZH, said) {
					t.Errorf("%q does not offer %s", p.EN, said)
				}
				usb, _, err := drivers.ParseUSB(c.want[n])
				if err != nil {
					t.Fatal(err)
				}
				if path, err := usb.Pick(c.there); path != there.Path || err != nil {
					t.Errorf("%s leads to %q, %v; want %s", c.want[n], path, err, there.Path)
				}
				n++
			}
			if n != len(c.want) {
				t.Errorf("%d devices looked at, want %d", n, len(c.want))
			}
		})
	}
}
