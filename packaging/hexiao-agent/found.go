package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hexiao/agent/desk"
	"hexiao/drivers"
)

// kindOfDevice is where devices of one kind are found.
type kindOfDevice struct {
	kind   string
	list   func() ([]drivers.Plugged, error) // opens nothing
	likely func(drivers.Plugged) bool        // it looks like what its kind says
}

// scannerMakers are the USB vendor ids of makers of scanners; the udev rules of the package have the same list with its
// source, and a test compares them.
var scannerMakers = []string{"05E0", "05F9", "080C", "0536", "0C2E", "065A", "076D", "1EAB", "27DD"}

func madeForCodes(p drivers.Plugged) bool { return slices.Contains(scannerMakers, p.USB.Vendor) }

func always(drivers.Plugged) bool { return true }

// found says what is plugged in and might be set up, and what of it is. It opens nothing.
func (m pc) found(c config) []desk.Found {
	all := []desk.Found{}
	for _, k := range m.kinds {
		there, err := k.list()
		if err != nil {
			continue // the system has no devices of this kind
		}
		for _, p := range there {
			f := desk.Found{Kind: k.kind, Path: p.Path, Address: address(k.kind, p, there), Name: oneLine(p.Product), Likely: k.likely(p)}
			f.SetUp = c.nameOf(k.kind, p)
			f.InUseBy = strings.Join(namesOf(m.holders(p.Path)), ", ")
			all = append(all, f)
		}
	}
	return all
}

// address is what to write so that the same device is meant after it was plugged in again: its ids where they are its own,
// else its socket. A printer is written to by its path.
func address(kind string, p drivers.Plugged, there []drivers.Plugged) string {
	if kind == desk.PrinterDevice || p.USB.Vendor == "" {
		return p.Path
	}
	ids := drivers.USB{Vendor: p.USB.Vendor, Product: p.USB.Product, Serial: p.USB.Serial}
	if path, err := ids.Pick(there); err == nil && path == p.Path {
		return ids.String()
	}
	if p.USB.Socket != "" {
		return drivers.USB{Socket: p.USB.Socket}.String()
	}
	return p.Path
}

// nameOf is what the settings call a device; empty when it is not set up.
func (c config) nameOf(kind string, p drivers.Plugged) string {
	for _, s := range c.Scanners {
		if s.Kind == kind && means(s.Path, p) {
			return s.Name
		}
	}
	if kind == desk.PrinterDevice && c.Printer != nil && means(c.Printer.To, p) {
		return c.Printer.To
	}
	return ""
}

// means tells whether an address of the settings is that of a device.
func means(written string, p drivers.Plugged) bool {
	if usb, isUSB, err := drivers.ParseUSB(written); isUSB {
		return err == nil && usb.Is(p.USB)
	}
	if written == p.Path {
		return true
	}
	real, err := filepath.EvalSymlinks(written)
	if err != nil {
		return false
	}
	info, err := os.Lstat(p.Path)
	return err == nil && info.Mode()&os.ModeSymlink == 0 && real == p.Path
}
