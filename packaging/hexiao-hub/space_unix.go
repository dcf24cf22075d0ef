//go:build !windows

package main

import "golang.org/x/sys/unix"

// freeSpace is how many bytes this user may still write to a folder's disk.
func freeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return s.Bavail * uint64(s.Bsize), err
}
