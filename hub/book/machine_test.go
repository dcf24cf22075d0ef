package book

import (
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"syscall"
)

// machine is a disk in memory that does what real ones do and cannot be asked to: it loses power at a chosen step and
// keeps any part of what was not synced, in sectors of 512 bytes; it fails a chosen step; it is full.
//
// As on Linux, a sync that fails drops the pages from what the next sync would write, though reading still shows them.
type machine struct {
	mu      sync.Mutex
	seen    map[string]*inode // what the running system sees
	durable map[string]*inode // what the disk knows
	pending []func(map[string]*inode)

	steps  int           // changes and syncs so far
	off    int           // power fails in this step; 0 for never
	broken int           // this step fails with EIO
	room   int           // bytes there is room for; 0 for no limit
	hold   chan struct{} // create waits until it is closed
	writes int
	syncs  int
}

type inode struct {
	cache, disk []byte
	dirty       map[int]bool // sectors of cache that the next sync writes
}

var errNoPower = errors.New("the power is off")

func newMachine() *machine {
	return &machine{seen: map[string]*inode{}, durable: map[string]*inode{}}
}

// step counts a change or a sync and says how it ends.
func (m *machine) step() error {
	m.steps++
	switch {
	case m.off > 0 && m.steps >= m.off:
		return errNoPower
	case m.steps == m.broken:
		return syscall.EIO
	}
	return nil
}

func (m *machine) alive() error {
	if m.off > 0 && m.steps >= m.off {
		return errNoPower
	}
	return nil
}

func (m *machine) Path(name string) string { return "/book/" + name }

func (m *machine) Names() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for name := range m.seen {
		all = append(all, name)
	}
	return all, m.alive()
}

func (m *machine) Open(name string, _ bool) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.alive(); err != nil {
		return nil, err
	}
	if m.seen[name] == nil {
		return nil, os.ErrNotExist
	}
	return &handle{m, m.seen[name]}, nil
}

func (m *machine) Create(name string) (File, error) {
	if m.hold != nil {
		<-m.hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := &inode{dirty: map[int]bool{}}
	return &handle{m, n}, m.change(func(names map[string]*inode) { names[name] = n })
}

func (m *machine) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.change(func(names map[string]*inode) {
		if n := names[from]; n != nil {
			names[to] = n
			delete(names, from)
		}
	})
}

func (m *machine) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.change(func(names map[string]*inode) { delete(names, name) })
}

// change is in memory at once and on disk after a sync, or before it if the power fails.
func (m *machine) change(do func(map[string]*inode)) error {
	err := m.step()
	if err == nil || err == errNoPower {
		do(m.seen)
		m.pending = append(m.pending, do)
	}
	return err
}

func (m *machine) Sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	for _, do := range m.pending {
		do(m.durable)
	}
	m.pending = nil
	return nil
}

type handle struct {
	m *machine
	n *inode
}

func (h *handle) Close() error { return nil }

func (h *handle) Size() (int64, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	return int64(len(h.n.cache)), h.m.alive()
}

func (h *handle) ReadAt(b []byte, offset int64) (int, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.m.alive(); err != nil {
		return 0, err
	}
	if offset > int64(len(h.n.cache)) {
		return 0, io.EOF
	}
	n := copy(b, h.n.cache[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) WriteAt(b []byte, offset int64) (int, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.m.writes++
	err := h.m.step()
	if err == syscall.EIO {
		half := (int(offset) + len(b)/2) / sector * sector // a write may stop between two sectors
		b = b[:max(half-int(offset), 0)]
	}
	grow := int(offset) + len(b) - len(h.n.cache)
	if grow > 0 && h.m.room > 0 && h.m.used()+grow > h.m.room {
		fits := max(h.m.room-h.m.used(), 0)
		h.n.cache = append(h.n.cache, make([]byte, fits)...) // it writes zeros
		return fits, syscall.ENOSPC
	}
	if grow > 0 {
		h.n.cache = append(h.n.cache, make([]byte, grow)...)
	}
	copy(h.n.cache[offset:], b)
	for s := int(offset) / sector; s*sector < int(offset)+len(b); s++ {
		h.n.dirty[s] = true
	}
	return len(b), err
}

func (m *machine) used() int {
	used := 0
	for _, n := range m.seen {
		used += len(n.cache)
	}
	return used
}

func (h *handle) Sync() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.m.syncs++
	switch err := h.m.step(); err {
	case nil:
		h.n.write(func() bool { return true })
		return nil
	case syscall.EIO:
		clear(h.n.dirty)
		return err
	default:
		return err
	}
}

// write brings those dirty sectors to the disk that keep says.
func (n *inode) write(keep func() bool) {
	for s := range len(n.cache)/sector + 1 {
		if !n.dirty[s] || !keep() {
			continue
		}
		end := min((s+1)*sector, len(n.cache))
		if grow := end - len(n.disk); grow > 0 {
			n.disk = append(n.disk, make([]byte, grow)...)
		}
		copy(n.disk[s*sector:end], n.cache[s*sector:end])
		delete(n.dirty, s)
	}
}

// cut ends the power and returns the machine as it starts again, with the share of unsynced sectors and names that keep
// says: 0 none, 1 all, and between them each by chance. Names are kept in the order in which they were changed, as a
// file system with a journal does.
func (m *machine) cut(rng *rand.Rand, keep float64) *machine {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps++
	m.off = m.steps
	chance := func() bool { return rng.Float64() < keep }
	for _, do := range m.pending {
		if !chance() {
			break
		}
		do(m.durable)
	}
	again := newMachine()
	for _, name := range slices.Sorted(maps.Keys(m.durable)) {
		m.durable[name].write(chance)
		again.put(name, m.durable[name].disk)
	}
	return again
}

// put gives the disk a file as if it had always been there.
func (m *machine) put(name string, contents []byte) {
	n := &inode{cache: append([]byte{}, contents...), disk: append([]byte{}, contents...), dirty: map[int]bool{}}
	m.seen[name], m.durable[name] = n, n
}

// restart is a start of the process without a loss of power: what the kernel has in memory is still there.
func (m *machine) restart() { m.off, m.broken = 0, 0 }

// files are the contents as the running system sees them.
func (m *machine) files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]byte{}
	for name, n := range m.seen {
		all[name] = append([]byte{}, n.cache...)
	}
	return all
}

func machineWith(files map[string][]byte) *machine {
	m := newMachine()
	for name, contents := range files {
		m.put(name, contents)
	}
	return m
}
