//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"os"
)

// posDescriptor describes a scanner of the bar code page as the usual ones do (HID POS usage tables 1.02; Access-IS LSR118, appendix B): report 2
// of 64 bytes with length, three bytes of AIM, 56 of data, two reserved, and a last one that says whether more follows.
var posDescriptor = []byte{
	0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01,
	0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x95, 0x03, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02,
	0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x95, 0x02, 0x81, 0x03, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, 0xC0,
}

const (
	posLength = 64
	posRoom   = 56
)

// posReports cuts a code into the reports that bring it.
func posReports(text string) (reports [][]byte) {
	for rest := []byte(text); len(rest) > 0; {
		n := min(posRoom, len(rest))
		r := make([]byte, posLength)
		r[0], r[1] = 2, byte(n)
		copy(r[2:], "]Q1")
		copy(r[5:], rest[:n])
		if rest = rest[n:]; len(rest) > 0 {
			r[posLength-1] = 1
		}
		reports = append(reports, r)
	}
	return reports
}

// What linux/uhid.h numbers.
const (
	uhidDestroy = 1
	uhidCreate2 = 11
	uhidInput2  = 12
)

// uhidDevice is a HID device that the guest plays without a bus.
type uhidDevice struct{ file *os.File }

// newUHID plugs in a HID device with those ids, which claims to hang on USB.
func newUHID(name, serial string, vendor, product uint32, descriptor []byte) (*uhidDevice, error) {
	f, err := os.OpenFile("/dev/uhid", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	create := struct {
		Kind                              uint32
		Name                              [128]byte
		Phys, Unique                      [64]byte
		Size, Bus                         uint16
		Vendor, Product, Version, Country uint32
		Descriptor                        [4096]byte
	}{Kind: uhidCreate2, Size: uint16(len(descriptor)), Bus: busUSB, Vendor: vendor, Product: product}
	copy(create.Name[:], name)
	copy(create.Unique[:], serial)
	copy(create.Descriptor[:], descriptor)
	d := &uhidDevice{f}
	if err := d.write(create); err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

// report sends an input report.
func (d *uhidDevice) report(r []byte) error {
	input := struct {
		Kind uint32
		Size uint16
		Data [4096]byte
	}{Kind: uhidInput2, Size: uint16(len(r))}
	copy(input.Data[:], r)
	return d.write(input)
}

// unplug draws the device.
func (d *uhidDevice) unplug() {
	_ = d.write(uint32(uhidDestroy))
	d.file.Close()
}

// write hands the kernel one event, which it takes in one piece only.
func (d *uhidDevice) write(event any) error {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, event); err != nil {
		return err
	}
	_, err := d.file.Write(b.Bytes())
	return err
}
