package rehearsal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"hexiao/hub/book"
)

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

// errPower: the power failed at this step or before.
var errPower = errors.New("the power is off")

// platter is the hub's disk. What was written is seen at once, and on the disk after a sync; when the power fails any of
// the sectors in between may be on it, and the names up to some change. As on Linux, a sync that fails lets the next one
// leave out what it should have written.
type platter struct {
	files   []named // in order of creation, as the running system sees them
	durable []named // as the disk has them
	pending []func([]named) []named

	steps  int           // changes and syncs so far
	faults map[int]error // of steps to come
	off    bool          // nothing works until the next start
	cutOff bool          // because the power failed: what was not synced may be gone
	room   int64         // bytes there is room for; 0: no limit
}

type named struct {
	name string
	file *blocks
}

// blocks is the contents of one file.
type blocks struct {
	cache, disk []byte
	dirty       []bool // sectors of cache that the next sync writes
}

var _ book.Disk = (*platter)(nil)

// failAt makes the n-th step from now on fail; 1 is the next. With errPower it is the last.
func (p *platter) failAt(n int, err error) {
	if p.faults == nil {
		p.faults = map[int]error{}
	}
	p.faults[p.steps+n] = err
}

// heal takes all faults away.
func (p *platter) heal() { p.faults = nil }

func (p *platter) alive() error {
	if p.off {
		return errPower
	}
	return nil
}

func (p *platter) step() error {
	if p.off {
		return errPower
	}
	p.steps++
	err := p.faults[p.steps]
	p.off, p.cutOff = err == errPower || err == errKilled, err == errPower
	return err
}

func find(files []named, name string) (int, *blocks) {
	for i, f := range files {
		if f.name == name {
			return i, f.file
		}
	}
	return -1, nil
}

func (p *platter) Path(name string) string { return "book/" + name }

func (p *platter) Names() ([]string, error) {
	names := make([]string, 0, len(p.files))
	for _, f := range p.files {
		names = append(names, f.name)
	}
	return names, p.alive()
}

func (p *platter) Open(name string, _ bool) (book.File, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	_, f := find(p.files, name)
	if f == nil {
		return nil, fmt.Errorf("open %s: %w", name, os.ErrNotExist)
	}
	return &handle{p, f}, nil
}

func (p *platter) Create(name string) (book.File, error) {
	f := &blocks{}
	return &handle{p, f}, p.change(func(files []named) []named {
		if i, _ := find(files, name); i >= 0 {
			files = slices.Delete(slices.Clone(files), i, i+1)
		}
		return append(slices.Clip(files), named{name, f})
	})
}

func (p *platter) Rename(from, to string) error {
	return p.change(func(files []named) []named {
		i, f := find(files, from)
		if f == nil {
			return files
		}
		files = slices.Delete(slices.Clone(files), i, i+1)
		if j, _ := find(files, to); j >= 0 {
			files = slices.Delete(files, j, j+1)
		}
		return append(files, named{to, f})
	})
}

func (p *platter) Remove(name string) error {
	return p.change(func(files []named) []named {
		i, _ := find(files, name)
		if i < 0 {
			return files
		}
		return slices.Delete(slices.Clone(files), i, i+1)
	})
}

// change does something to the names: at once as the system sees it, on the disk after a sync. The step in which the
// power fails may have begun.
func (p *platter) change(do func([]named) []named) error {
	was := p.off
	err := p.step()
	if err == nil || p.off && !was {
		p.files = do(p.files)
		p.pending = append(p.pending, do)
	}
	return err
}

func (p *platter) Sync() error {
	if err := p.step(); err != nil {
		return err
	}
	for _, do := range p.pending {
		p.durable = do(p.durable)
	}
	p.pending = nil
	return nil
}

func (p *platter) used() int64 {
	var used int64
	for _, f := range p.files {
		used += int64(len(f.file.cache))
	}
	return used
}

// cut is what the disk holds when it comes back after a power cut. keep says of each sector that was not synced whether
// it got there, and how many of the names' changes.
func (p *platter) cut(keep func() bool) *platter {
	names := p.durable
	for _, do := range p.pending {
		if !keep() {
			break
		}
		names = do(names)
	}
	back := &platter{steps: p.steps}
	for _, f := range names {
		f.file.land(keep)
		back.put(f.name, f.file.disk)
	}
	return back
}

// copied is another disk with what the system sees on this one now: what a kill leaves, or a backup takes.
func (p *platter) copied() *platter {
	to := &platter{steps: p.steps}
	for _, f := range p.files {
		to.put(f.name, f.file.cache)
	}
	return to
}

// put lays a file down as if it had always been there.
func (p *platter) put(name string, contents []byte) {
	f := named{name, &blocks{slices.Clone(contents), slices.Clone(contents), make([]bool, sectors(len(contents)))}}
	p.files, p.durable = append(p.files, f), append(p.durable, f)
}

func sectors(n int) int { return (n + sectorBytes - 1) / sectorBytes }

// land brings those dirty sectors to the disk that keep says.
func (b *blocks) land(keep func() bool) {
	for s, dirty := range b.dirty {
		if !dirty || !keep() {
			continue
		}
		from, to := s*sectorBytes, min((s+1)*sectorBytes, len(b.cache))
		if grow := to - len(b.disk); grow > 0 {
			b.disk = append(b.disk, make([]byte, grow)...)
		}
		copy(b.disk[from:to], b.cache[from:to])
		b.dirty[s] = false
	}
}

// handle is an open file.
type handle struct {
	p *platter
	b *blocks
}

func (h *handle) Close() error { return nil }

func (h *handle) Size() (int64, error) { return int64(len(h.b.cache)), h.p.alive() }

func (h *handle) ReadAt(b []byte, offset int64) (int, error) {
	if err := h.p.alive(); err != nil {
		return 0, err
	}
	if offset > int64(len(h.b.cache)) {
		return 0, io.EOF
	}
	n := copy(b, h.b.cache[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) WriteAt(b []byte, offset int64) (int, error) {
	was := h.p.off
	err := h.p.step()
	if was {
		return 0, err
	}
	if err == syscall.EIO {
		b = b[:max(0, (int(offset)+len(b)/2)/sectorBytes*sectorBytes-int(offset))] // it stops between two sectors
	}
	grow := offset + int64(len(b)) - int64(len(h.b.cache))
	if room := h.p.room; grow > 0 && room > 0 && h.p.used()+grow > room {
		return 0, syscall.ENOSPC
	}
	h.b.write(b, int(offset))
	return len(b), err
}

func (b *blocks) write(what []byte, offset int) {
	if grow := offset + len(what) - len(b.cache); grow > 0 {
		b.cache = append(b.cache, make([]byte, grow)...)
		b.dirty = append(b.dirty, make([]bool, sectors(len(b.cache))-len(b.dirty))...)
	}
	copy(b.cache[offset:], what)
	for s := offset / sectorBytes; s < sectors(offset+len(what)); s++ {
		b.dirty[s] = true
	}
}

func (h *handle) Sync() error {
	err := h.p.step()
	switch {
	case err == nil:
		h.b.land(func() bool { return true })
	case !h.p.off:
		clear(h.b.dirty) // the kernel takes them for written, and the disk has not got them
	}
	return err
}
