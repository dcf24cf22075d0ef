//go:build unix

package main

import (
	"os"
	"syscall"
)

// keepOwner gives a new file to whom the old one belongs, where the system lets us.
func keepOwner(file, of string) {
	if info, err := os.Stat(of); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			os.Chown(file, int(stat.Uid), int(stat.Gid))
		}
	}
}

// syncFolder returns when a folder's names are on disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
