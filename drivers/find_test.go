package drivers_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/drivers"
)

func TestAnAddressIsReadInOneOfThreeWays(t *testing.T) {
	for address, want := range map[string]bool{"usb:0C2E:0B61": true, "usb-path:0000:00:14.0-1": true, "/dev/ttyACM0": false, "COM3": false} {
		if _, isUSB, err := drivers.ParseAddress(address, "write one"); err != nil || isUSB != want {
			t.Errorf("%s: of USB %v, %v", address, isUSB, err)
		}
	}
	for _, address := range []string{"", " \t"} {
		if _, _, err := drivers.ParseAddress(address, "请写路径 / write a path"); err == nil || !strings.Contains(err.Error(), "请写路径 / write a path") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAFinderLooksAnewEachTime(t *testing.T) {
	// No t.TempDir: under Wine 8 its end fails ("Invalid function").
	path := filepath.Join(os.TempDir(), fmt.Sprintf("ttyACM-%d", os.Getpid()))
	t.Cleanup(func() { os.Remove(path) })
	there := []drivers.Plugged{}
	failed := errors.New("no /sys")
	var broken error
	usb := drivers.USB{Vendor: "0C2E", Product: "0B61"}
	list := func() ([]drivers.Plugged, error) { return there, broken }
	byPath, byUSB := drivers.Finder(path, drivers.USB{}, false, list), drivers.Finder(usb.String(), usb, true, list)
	for name, find := range map[string]func() (string, error){path: byPath, usb.String(): byUSB} {
		var p drivers.Problem
		if _, err := find(); !errors.As(err, &p) || p.Code != "missing" || !strings.Contains(p.ZH, name) {
			t.Errorf("nothing is there: %v", err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	there = []drivers.Plugged{{Path: path, USB: usb}, {Path: "/dev/ttyACM1", USB: drivers.USB{Vendor: "0403", Product: "6001"}}}
	for _, find := range []func() (string, error){byPath, byUSB} {
		if got, err := find(); got != path || err != nil {
			t.Errorf("found %s, %v", got, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	var p drivers.Problem
	if _, err := byPath(); !errors.As(err, &p) || p.Code != "missing" {
		t.Errorf("gone again: %v", err)
	}
	broken = failed
	if _, err := byUSB(); !errors.Is(err, failed) {
		t.Errorf("the list failed: %v", err)
	}
}
