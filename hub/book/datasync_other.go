//go:build !linux

package book

import "os"

// datasync is FlushFileBuffers on Windows and F_FULLFSYNC on macOS.
func datasync(f *os.File) error { return f.Sync() }
