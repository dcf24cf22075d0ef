package powercut

import (
	"fmt"
	"path"
	"slices"
)

// FileID names a file or folder for as long as it is recorded, whatever it is called meanwhile.
type FileID uint64

// Root is the folder that was mounted.
const Root FileID = 1

// Kind is what happened to the disk.
type Kind uint8

// The kinds.
const (
	Write      Kind = iota + 1 // Data at Offset of File
	Size                       // File cut or extended to Offset
	Make                       // File made, empty, as Name in Dir
	MakeFolder                 // File is a folder, made as Name in Dir
	Rename                     // File is no longer From in FromDir but Name in Dir
	Remove                     // File is no longer Name in Dir
	Sync                       // of File, contents and size
	SyncFolder                 // of File, a folder: its entries
	Lie                        // a Sync or SyncFolder that did nothing, see Log.Without
)

var kindNames = [...]string{Write: "write", Size: "size", Make: "make", MakeFolder: "make folder", Rename: "rename",
	Remove: "remove", Sync: "sync", SyncFolder: "sync folder", Lie: "lying sync"}

// Event is one thing that happened. Which fields are meant is said with the kinds.
type Event struct {
	Kind    Kind
	File    FileID
	Path    string // the file's path below the root when it happened
	Dir     FileID
	Name    string
	FromDir FileID
	From    string
	Offset  int64
	Data    []byte
}

// String is the event in words, for whoever looks at a failure.
func (e *Event) String() string {
	switch e.Kind {
	case Write:
		return fmt.Sprintf("write %s %d+%d", e.Path, e.Offset, len(e.Data))
	case Size:
		return fmt.Sprintf("size %s %d", e.Path, e.Offset)
	case Rename:
		return fmt.Sprintf("rename %s from %s", e.Path, e.From)
	}
	return kindNames[e.Kind] + " " + e.Path
}

// entry tells whether the event changes what a folder lists.
func (e *Event) entry() bool {
	return e.Kind == Make || e.Kind == MakeFolder || e.Kind == Rename || e.Kind == Remove
}

func (e *Event) sync() bool { return e.Kind == Sync || e.Kind == SyncFolder }

// Log is all that happened to a disk, in order. It is not changed once it is there, so many may cut it at once.
type Log struct {
	Base   *Image // what the disk held before, all of it durable; nil for an empty one
	Events []Event
}

// Without is the log of a disk that lies: the syncs of the paths that lie picks, and of the folders among them, did
// nothing. The root's path is ".". Events keep their places.
func (l *Log) Without(lie func(path string) bool) *Log {
	lying := &Log{Base: l.Base, Events: slices.Clone(l.Events)}
	for i := range lying.Events {
		if e := &lying.Events[i]; e.sync() && lie(path.Clean(e.Path)) {
			e.Kind = Lie
		}
	}
	return lying
}
