package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
)

// archive is a disk image in memory, in the "newc" form of cpio that the kernel unpacks at its start
// (Documentation/driver-api/early-userspace/buffer-format.rst). It is not compressed: the emulated machine would take seconds to undo that.
type archive struct {
	bytes.Buffer
	inode int
	made  map[string]bool
}

func newArchive() *archive { return &archive{made: map[string]bool{".": true}} }

const (
	cpioFolder = 0o040000
	cpioFile   = 0o100000
	cpioLink   = 0o120000
)

// file adds a file, and the folders above it.
func (a *archive) file(name string, mode fs.FileMode, data []byte) {
	a.folder(path.Dir(name))
	a.entry(name, cpioFile|uint32(mode.Perm()), data)
}

// link adds a symbolic link.
func (a *archive) link(name, to string) {
	a.folder(path.Dir(name))
	a.entry(name, cpioLink|0o777, []byte(to))
}

// folder adds a folder and those above it, once.
func (a *archive) folder(name string) {
	if a.made[name] {
		return
	}
	a.made[name] = true
	a.folder(path.Dir(name))
	a.entry(name, cpioFolder|0o755, nil)
}

// end closes the archive and gives its bytes.
func (a *archive) end() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.Bytes()
}

func (a *archive) entry(name string, mode uint32, data []byte) {
	a.inode++
	fmt.Fprintf(a, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
	a.WriteString(name)
	a.WriteByte(0)
	a.pad()
	a.Write(data)
	a.pad()
}

func (a *archive) pad() {
	for a.Len()%4 != 0 {
		a.WriteByte(0)
	}
}
