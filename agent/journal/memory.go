package journal

import (
	"bytes"
	"fmt"
	"sync"
)

// Memory is a disk without files, for a rehearsal in which PCs are played: it can be copied, put back, made to fail and
// be full. A batch is on it whole or not at all; what torn files do is tried on files. The zero value is an empty disk.
// It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex // guards everything below
	rooms contents
	bytes int64
	life  int // counts the journals that were opened on it
	steps int
	full  bool
	fails map[int]error
}

// Clone is another disk with the same contents and no faults: what was on it at this moment.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{rooms: m.rooms.clone(), bytes: m.bytes}
}

// Restore puts back what another disk holds, as a backup does. A journal that is open on this one must be opened again.
func (m *Memory) Restore(from *Memory) {
	from = from.Clone()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rooms, m.bytes, m.life = from.rooms, from.bytes, m.life+1
}

// Steps counts what was asked of the disk so far: each opening, each batch and each reading.
func (m *Memory) Steps() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.steps
}

// FailAt makes the n-th step from now on fail with an error, once; 1 is the next. A nil error takes that back.
func (m *Memory) FailAt(n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails == nil {
		m.fails = map[int]error{}
	}
	if m.fails[m.steps+n] = err; err == nil {
		delete(m.fails, m.steps+n)
	}
}

// SetFull makes the disk full, or gives it room again.
func (m *Memory) SetFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// memoryDisk is a Memory as one journal has it open.
type memoryDisk struct {
	*Memory
	life int
	max  int64
}

// openMemory opens it, and puts the given contents on it when it is empty. A journal that has it open already loses it,
// as a process does that is gone: a rehearsal ends one by opening the next.
func openMemory(m *Memory, max int64, first []put) (*memoryDisk, error) {
	m.mu.Lock()
	m.life++
	d := &memoryDisk{m, m.life, max}
	err := d.step()
	empty := len(m.rooms) == 0
	if empty {
		m.rooms = contents{}
	}
	m.mu.Unlock()
	if err == nil && empty {
		err = d.write(first)
	}
	return d, err
}

func (d *memoryDisk) String() string { return "the disk in memory" }

// step is taken before everything; the lock is held.
func (d *memoryDisk) step() error {
	if d.life != d.Memory.life {
		return ErrClosed
	}
	d.steps++
	if err, fails := d.fails[d.steps]; fails {
		delete(d.fails, d.steps)
		return fmt.Errorf("%s: %w", d, full(err))
	}
	return nil
}

func (d *memoryDisk) write(batch []put) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	size := d.bytes
	for _, p := range batch {
		size += int64(p.weight() - put{p.room, p.key, d.rooms.get(p.room, p.key)}.weight())
	}
	if d.full || size > d.max {
		return fmt.Errorf("%s: %w", d, ErrFull)
	}
	for _, p := range batch {
		d.rooms.put(p)
	}
	d.bytes = size
	return nil
}

func (d *memoryDisk) each(rooms []string, take func(put) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	return d.rooms.each(rooms, take)
}

func (d *memoryDisk) get(room string, key []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return nil, err
	}
	return bytes.Clone(d.rooms.get(room, key)), nil
}

func (d *memoryDisk) check() error { return nil }

func (d *memoryDisk) tidy() error { return nil }

func (d *memoryDisk) fill() (used, limit int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes, d.max
}

func (d *memoryDisk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.life == d.Memory.life {
		d.Memory.life++
	}
	return nil
}
