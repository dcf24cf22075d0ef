package main

import (
	"strings"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
)

// portUSB is the USB device that a COM port belongs to; nothing where it hangs on none, or is not there.
func portUSB(port string) drivers.USB {
	all, err := serialport.List()
	if err != nil {
		return drivers.USB{}
	}
	for _, p := range all {
		if strings.EqualFold(p.Path, port) {
			return p.USB
		}
	}
	return drivers.USB{}
}
