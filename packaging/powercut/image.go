package powercut

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Image is a disk at one moment: what its folders list, and what its files hold. A file that no folder lists is lost, or
// open still by whoever made it.
type Image struct {
	Files   map[FileID][]byte
	Folders map[FileID]map[string]FileID
}

// NewImage is an empty disk.
func NewImage() *Image {
	return &Image{Files: map[FileID][]byte{}, Folders: map[FileID]map[string]FileID{Root: {}}}
}

// Clone is a copy that shares nothing.
func (im *Image) Clone() *Image {
	if im == nil {
		return NewImage()
	}
	c := &Image{Files: make(map[FileID][]byte, len(im.Files)), Folders: make(map[FileID]map[string]FileID, len(im.Folders))}
	for id, b := range im.Files {
		c.Files[id] = slices.Clone(b)
	}
	for id, names := range im.Folders {
		c.Folders[id] = maps.Clone(names)
	}
	return c
}

// apply does to the disk what the event says.
func (im *Image) apply(e *Event) {
	switch e.Kind {
	case Write:
		im.write(e.File, e.Offset, e.Data)
	case Size:
		im.resize(e.File, e.Offset)
	case Make:
		im.touch(e.File)
		im.list(e.Dir)[e.Name] = e.File
	case MakeFolder:
		im.list(e.Dir)[e.Name] = e.File
		im.list(e.File)
	case Rename:
		delete(im.list(e.FromDir), e.From)
		im.list(e.Dir)[e.Name] = e.File
	case Remove:
		delete(im.list(e.Dir), e.Name)
	}
}

// touch makes sure that there is such a file.
func (im *Image) touch(id FileID) {
	if !im.isFile(id) {
		im.Files[id] = []byte{}
	}
}

func (im *Image) isFile(id FileID) bool {
	_, is := im.Files[id]
	return is
}

// list is what a folder lists; of one that is not there yet, nothing.
func (im *Image) list(id FileID) map[string]FileID {
	if im.Folders[id] == nil {
		im.Folders[id] = map[string]FileID{}
	}
	return im.Folders[id]
}

func (im *Image) resize(id FileID, size int64) {
	b := im.Files[id]
	if have := int64(len(b)); size > have {
		b = append(b, make([]byte, size-have)...)
	}
	im.Files[id] = b[:size:size]
}

func (im *Image) write(id FileID, offset int64, data []byte) {
	if end := offset + int64(len(data)); end > int64(len(im.Files[id])) {
		im.resize(id, end)
	}
	copy(im.Files[id][offset:], data)
}

// highest is the largest number that is taken.
func (im *Image) highest() FileID {
	top := Root
	for id := range im.Files {
		top = max(top, id)
	}
	for id := range im.Folders {
		top = max(top, id)
	}
	return top
}

// WriteTo lays the disk's tree into a folder, which must be there and empty.
func (im *Image) WriteTo(folder string) error { return im.writeFolder(Root, folder) }

func (im *Image) writeFolder(id FileID, at string) error {
	for name, child := range im.Folders[id] {
		to := filepath.Join(at, name)
		var err error
		if im.isFile(child) {
			err = os.WriteFile(to, im.Files[child], 0o600)
		} else {
			err = errors.Join(os.Mkdir(to, 0o700), im.writeFolder(child, to))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Walk calls f for each file that can be reached, in the order of paths. The bytes are not to be changed.
func (im *Image) Walk(f func(path string, id FileID, contents []byte)) { im.walk(Root, "", f) }

func (im *Image) walk(id FileID, at string, f func(string, FileID, []byte)) {
	for _, name := range slices.Sorted(maps.Keys(im.Folders[id])) {
		child := im.Folders[id][name]
		if im.isFile(child) {
			f(path.Join(at, name), child, im.Files[child])
			continue
		}
		im.walk(child, path.Join(at, name), f)
	}
}

// Remove takes a path away, a file or a whole folder: somebody's hand, or what a repair of the file system took. It tells
// whether there was one.
func (im *Image) Remove(at string) bool {
	dir, name := path.Split(path.Clean(at))
	id := Root
	for _, part := range splitPath(dir) {
		id = im.Folders[id][part]
	}
	_, ok := im.Folders[id][name]
	delete(im.Folders[id], name)
	return ok
}

func splitPath(dir string) []string {
	dir = path.Clean(dir)
	if dir == "." {
		return nil
	}
	parent, name := path.Split(dir)
	return append(splitPath(parent), name)
}
