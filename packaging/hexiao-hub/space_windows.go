package main

import "golang.org/x/sys/windows"

// freeSpace is how many bytes this user may still write to a folder's disk.
func freeSpace(dir string) (bytes uint64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	return bytes, windows.GetDiskFreeSpaceEx(name, &bytes, nil, nil)
}
