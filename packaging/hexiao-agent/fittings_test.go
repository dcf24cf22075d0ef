package main

import (
	"testing"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/drivers"
	"hexiao/hub/voucher"
)

func TestUSBIdsOfAnAddress(t *testing.T) {
	usb := func(path, serial, socket string) drivers.Plugged {
		return drivers.Plugged{Path: path, USB: drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: serial, Socket: socket}}
	}
	for _, kind := range []string{"serial", "hidpos", "evdev", "camera", desk.PrinterDevice} {
		m := pcWith(plugged(kind, usb("/dev/x0", "A1", "pci-1"), usb("/dev/x1", "", "pci-2"), drivers.Plugged{Path: "/dev/x2"}))
		for address, want := range map[string]string{
			"/dev/x0": "0C2E:0B61:A1", "usb-path:pci-1": "0C2E:0B61:A1", "usb:0c2e:0b61:A1": "0C2E:0B61:A1", "/dev/x1": "0C2E:0B61", "usb-path:pci-2": "0C2E:0B61",
			"usb:0C2E:0B61": "0C2E:0B61", "usb:05f9:1111:Z": "05F9:1111:Z", "usb-path:pci-9": "", "/dev/x2": "", "/dev/none": "", "COM3": "", "usb:bad": "", "": "",
		} {
			if got := m.usbOf(kind, address); got != want {
				t.Errorf("%s %s: %q, want %q", kind, address, got, want)
			}
		}
		if got := m.usbOf("another kind", "/dev/x0"); got != "" {
			t.Errorf("a device of another kind: %q", got)
		}
	}
}

// TestFittingsAreThoseThatAreSetUpNow: not those of the agent's start.
func TestFittingsAreThoseThatAreSetUpNow(t *testing.T) {
	record, err := journal.Open(t.TempDir(), "T000001", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	at := func(path string) config {
		return config{Scanners: []scanner{{Kind: "hidpos", Path: path, Name: "左"}}}
	}
	a := &service{program: &program{streams: streams{getenv: func(string) string { return "" }}}, config: at("usb:1111:2222")}
	a.terminal = agent.NewTerminal(agent.Config{Journal: record, Scanners: a.scannersSetUp()})
	b := newBench(a, nil)
	b.now = at("usb:0C2E:0B61:A1")
	want := voucher.Fitting{Kind: "scanner", Name: "左", USB: "0C2E:0B61:A1"}
	if got := b.fittings(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
