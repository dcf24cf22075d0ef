package powercut

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Recorder is a disk in memory, mounted as a folder, that writes down what is done to it. There is nothing behind it: what
// is not recorded cannot be read again either, so that no write can pass it by.
//
// Whoever works in the folder is another process than the one that mounted it: a process that waits for itself inside a
// page fault (bbolt maps its file) can stand still for good.
type Recorder struct {
	folder string
	server *fuse.Server

	mu   sync.Mutex // guards everything below, and makes the order of events that of what happened
	log  *Log
	live *Image
	last FileID
}

// Mount mounts an empty disk, or one that holds base, on an empty folder. ErrNoFUSE wraps what stands in the way.
func Mount(folder string, base *Image) (*Recorder, error) {
	r := &Recorder{folder: folder, log: &Log{Base: base}, live: base.Clone()}
	r.last = r.live.highest()
	server, err := fs.Mount(folder, &node{r: r, id: Root}, &fs.Options{
		MountOptions: fuse.MountOptions{FsName: "powercut", Name: "powercut", DirectMount: true},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFUSE, err)
	}
	r.server = server
	return r, keepFromChildren()
}

// keepFromChildren closes the line to the kernel in child processes: with it in their hands the mount would outlive this
// process, and whoever waits in it would wait for ever. go-fuse leaves that out where it mounts without fusermount.
func keepFromChildren() error {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		to, _ := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if fd, err := strconv.Atoi(e.Name()); err == nil && to == "/dev/fuse" {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// Mark is how many events there have been. Whoever has just been told that something is on disk asks for it: a power cut
// at or behind this number must not take it.
func (r *Recorder) Mark() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.log.Events)
}

// Close unmounts the disk and gives what was recorded. Nobody may have anything open in it.
func (r *Recorder) Close() (*Log, error) {
	if err := r.server.Unmount(); err != nil {
		return nil, errors.Join(fmt.Errorf("unmount %s: %w", r.folder, err), syscall.Unmount(r.folder, syscall.MNT_DETACH))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log, nil
}

// record does what the event says and writes it down. mu is held.
func (r *Recorder) record(e Event) {
	r.live.apply(&e)
	r.log.Events = append(r.log.Events, e)
}

// node is a file or folder of the mounted disk. It does what is recorded and nothing else: links, preallocation, copies
// inside the kernel and whatever else go-fuse offers are refused, because it has no method for them.
type node struct {
	fs.Inode
	r  *Recorder
	id FileID
}

// OnAdd hangs what the disk held before into the mounted tree.
func (n *node) OnAdd(ctx context.Context) {
	for name, id := range n.r.live.Folders[n.id] {
		mode := uint32(fuse.S_IFDIR)
		if n.r.live.isFile(id) {
			mode = fuse.S_IFREG
		}
		n.AddChild(name, n.child(ctx, id, mode), true)
	}
}

func (n *node) child(ctx context.Context, id FileID, mode uint32) *fs.Inode {
	return n.NewPersistentInode(ctx, &node{r: n.r, id: id}, fs.StableAttr{Mode: mode, Ino: uint64(id)})
}

func (n *node) path() string { return n.Path(n.Root()) }

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	n.attr(&out.Attr)
	return 0
}

func (n *node) attr(a *fuse.Attr) {
	a.Mode, a.Nlink, a.Ino = fuse.S_IFDIR|0o700, 1, uint64(n.id)
	a.Uid, a.Gid = uint32(os.Getuid()), uint32(os.Getgid())
	if b, file := n.r.live.Files[n.id]; file {
		a.Mode, a.Size, a.Blocks = fuse.S_IFREG|0o600, uint64(len(b)), uint64(len(b)+Sector-1)/Sector
	}
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		n.r.record(Event{Kind: Size, File: n.id, Path: n.path(), Offset: int64(size)})
	}
	n.attr(&out.Attr)
	return 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	if flags&syscall.O_TRUNC != 0 {
		n.r.record(Event{Kind: Size, File: n.id, Path: n.path()})
	}
	return nil, 0, 0
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, to []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	b := n.r.live.Files[n.id]
	from := min(offset, int64(len(b)))
	return fuse.ReadResultData(to[:copy(to, b[from:])]), 0
}

func (n *node) Write(_ context.Context, _ fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	n.r.record(Event{Kind: Write, File: n.id, Path: n.path(), Offset: offset, Data: slices.Clone(data)})
	return uint32(len(data)), 0
}

// Fsync is of a file or a folder, and with or without the times of the file.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	kind := SyncFolder
	if n.r.live.isFile(n.id) {
		kind = Sync
	}
	n.r.record(Event{Kind: kind, File: n.id, Path: n.path()})
	return 0
}

// Flush comes when a file is closed, which makes nothing durable.
func (n *node) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	const room = 16 << 30 / 4096
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail, out.Files, out.Ffree = room, room, room, room, room
	return 0
}

func (n *node) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	in, errno := n.make(ctx, name, Make, fuse.S_IFREG, out)
	return in, nil, 0, errno
}

func (n *node) Mkdir(ctx context.Context, name string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, MakeFolder, fuse.S_IFDIR, out)
}

func (n *node) make(ctx context.Context, name string, kind Kind, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.r.mu.Lock()
	if _, there := n.r.live.list(n.id)[name]; there {
		n.r.mu.Unlock()
		return nil, syscall.EEXIST
	}
	n.r.last++
	id := n.r.last
	n.r.record(Event{Kind: kind, File: id, Path: path.Join(n.path(), name), Dir: n.id, Name: name})
	(&node{r: n.r, id: id}).attr(&out.Attr)
	n.r.mu.Unlock()
	return n.child(ctx, id, mode), 0
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno { return n.remove(name) }

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno { return n.remove(name) }

func (n *node) remove(name string) syscall.Errno {
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	id, there := n.r.live.list(n.id)[name]
	switch {
	case !there:
		return syscall.ENOENT
	case len(n.r.live.Folders[id]) > 0:
		return syscall.ENOTEMPTY
	}
	n.r.record(Event{Kind: Remove, File: id, Path: path.Join(n.path(), name), Dir: n.id, Name: name})
	return 0
}

func (n *node) Rename(_ context.Context, from string, to fs.InodeEmbedder, name string, flags uint32) syscall.Errno {
	dir, ok := to.(*node)
	if !ok || flags != 0 {
		return syscall.EINVAL
	}
	n.r.mu.Lock()
	defer n.r.mu.Unlock()
	id, there := n.r.live.list(n.id)[from]
	if !there {
		return syscall.ENOENT
	}
	n.r.record(Event{Kind: Rename, File: id, Path: path.Join(dir.path(), name), Dir: dir.id, Name: name, FromDir: n.id, From: from})
	return 0
}
