package main

import "golang.org/x/sys/windows"

// browse opens an address in the browser that the user has chosen; false when there is none.
func browse(_ func(string) string, address string) bool {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return false
	}
	file, err := windows.UTF16PtrFromString(address)
	return err == nil && windows.ShellExecute(0, verb, file, nil, nil, windows.SW_SHOWNORMAL) == nil
}
