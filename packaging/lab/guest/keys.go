//go:build linux

package main

import "fmt"

// key is a key of a US keyboard: its code in Linux and on USB (HID Usage Tables, page 7), and whether Shift is held.
type key struct {
	code  uint16
	usage byte
	shift bool
}

const (
	codeShift  = 42
	usageShift = 0x02 // its bit in the first byte of a boot keyboard's report
)

// keyboardRows are the rows of keys that scanners type with: the Linux code of the first key, and the keys in order.
var keyboardRows = []struct {
	from uint16
	keys string
}{{2, "1234567890"}, {16, "qwertyuiop"}, {30, "asdfghjkl"}, {44, "zxcvbnm"}}

// keyOf finds the key for a character: digits, letters and Enter.
func keyOf(c byte) (key, error) {
	if c == '\r' {
		return key{28, 40, false}, nil
	}
	lower := c
	if 'A' <= c && c <= 'Z' {
		lower += 'a' - 'A'
	}
	for _, row := range keyboardRows {
		for i := range len(row.keys) {
			if row.keys[i] == lower {
				return key{row.from + uint16(i), usageOf(lower), lower != c}, nil
			}
		}
	}
	return key{}, fmt.Errorf("no scanner of the lab types %q", c)
}

func usageOf(c byte) byte {
	switch {
	case c == '0':
		return 39
	case c <= '9':
		return c - '1' + 30
	}
	return c - 'a' + 4
}
