package main

import (
	"path/filepath"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
)

// portUSB finds what a serial port hangs on; zero when it is on no USB.
func portUSB(path string) drivers.USB {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return drivers.USB{}
	}
	ports, _ := serialport.List() // without /sys nothing is known
	for _, p := range ports {
		if p.Path == real {
			return p.USB
		}
	}
	return drivers.USB{}
}
