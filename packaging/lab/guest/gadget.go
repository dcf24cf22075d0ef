//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	gadgets = "/sys/kernel/config/usb_gadget"
	maker   = "hexiao lab"
)

// gadget is a USB device that the guest itself plays, on one of the two ports of a bus that exists in software only (dummy_hcd).
type gadget struct {
	name                    string
	vendor, product, serial string // ids as "1eab"; no serial number when empty
	functions               []function
	port                    int // 0 or 1

	dir string
}

// function is what the device can do, with its attributes in configfs (Documentation/ABI/testing/configfs-usb-gadget-*).
type function struct {
	kind       string // "acm.0"
	attributes map[string]string
}

// gadgetBus brings up the bus anew. What an earlier scenario did to it does not reach the next: reconnecting has left it broken before.
func gadgetBus(functions ...string) error {
	if err := unload("dummy_hcd"); err != nil {
		return fmt.Errorf("unload dummy_hcd: %w", err)
	}
	if err := load(append([]string{"dummy_hcd num=2", "libcomposite"}, functions...)...); err != nil {
		return err
	}
	err := unix.Mount("configfs", "/sys/kernel/config", "configfs", 0, "")
	if err != nil && !errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("mount configfs: %w", err)
	}
	return nil
}

// make describes the device to the kernel; it is not plugged in yet.
func (g *gadget) make() error {
	g.dir = filepath.Join(gadgets, g.name)
	files := map[string]string{
		"idVendor": "0x" + g.vendor, "idProduct": "0x" + g.product,
		"strings/0x409/manufacturer": maker, "strings/0x409/product": g.name,
	}
	if g.serial != "" {
		files["strings/0x409/serialnumber"] = g.serial
	}
	folders := []string{"", "strings/0x409", "configs/c.1"}
	for _, f := range g.functions {
		folders = append(folders, "functions/"+f.kind)
		for name, value := range f.attributes {
			files["functions/"+f.kind+"/"+name] = value
		}
	}
	for _, folder := range folders {
		if err := os.Mkdir(filepath.Join(g.dir, folder), 0o755); err != nil {
			return fmt.Errorf("gadget %s: %w", g.name, err)
		}
	}
	for name, value := range files {
		if err := g.write(name, value); err != nil {
			return err
		}
	}
	for _, f := range g.functions {
		if err := os.Symlink(filepath.Join(g.dir, "functions", f.kind), filepath.Join(g.dir, "configs/c.1", f.kind)); err != nil {
			return fmt.Errorf("gadget %s: %w", g.name, err)
		}
	}
	return nil
}

// plug plugs the device in.
func (g *gadget) plug() error { return g.write("UDC", fmt.Sprintf("dummy_udc.%d", g.port)) }

// unplug draws it.
func (g *gadget) unplug() error { return g.write("UDC", "\n") }

// remove draws the device and forgets it, in the order that configfs demands.
func (g *gadget) remove() {
	_ = g.unplug()
	for _, f := range g.functions {
		_ = os.Remove(filepath.Join(g.dir, "configs/c.1", f.kind))
		_ = os.Remove(filepath.Join(g.dir, "functions", f.kind))
	}
	for _, folder := range []string{"configs/c.1", "strings/0x409", ""} {
		_ = os.Remove(filepath.Join(g.dir, folder))
	}
}

// read gives an attribute.
func (g *gadget) read(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(g.dir, name))
	return strings.TrimSpace(string(b)), err
}

func (g *gadget) write(name, value string) error {
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0); err != nil {
		return fmt.Errorf("gadget %s: %w", g.name, err)
	}
	return nil
}

// serialGadget is a scanner that shows a CDC-ACM serial port.
func serialGadget(name, serial string, port int) *gadget {
	return &gadget{name: name, vendor: "1eab", product: "0c06", serial: serial, port: port,
		functions: []function{{kind: fmt.Sprintf("acm.%d", port)}}}
}

// farEnd opens the port at the device's end. It has to be opened anew after each plugging in.
func (g *gadget) farEnd() (*os.File, error) {
	number, err := g.read("functions/" + g.functions[0].kind + "/port_num")
	if err != nil {
		return nil, err
	}
	return openRaw("/dev/ttyGS" + number)
}

// say sends from the device's end.
func (g *gadget) say(data string) error {
	f, err := g.farEnd()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(data)
	return err
}
