package journal

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// contents is all that is kept, in memory: room, key, value. A value in it is never changed, only replaced.
type contents map[string]map[string][]byte

func (c contents) get(room string, key []byte) []byte { return c[room][string(key)] }

// put does a put, and gives what stood there before.
func (c contents) put(p put) (old put) {
	old = put{p.room, p.key, c.get(p.room, p.key)}
	if c[p.room] == nil {
		c[p.room] = map[string][]byte{}
	}
	if p.value == nil {
		delete(c[p.room], string(p.key))
	} else {
		c[p.room][string(p.key)] = bytes.Clone(p.value)
	}
	return old
}

// take does a batch, and gives by how much it changes mark.sum.
func (c contents) take(batch []put) (sum uint64) {
	for _, p := range batch {
		sum += p.sum() - c.put(p).sum()
	}
	return sum
}

func (c contents) clone() contents {
	rooms := make(contents, len(c))
	for name, room := range c {
		rooms[name] = maps.Clone(room)
	}
	return rooms
}

func (c contents) each(rooms []string, take func(put) error) error {
	for _, name := range rooms {
		for _, key := range slices.Sorted(maps.Keys(c[name])) {
			if err := take(put{name, []byte(key), c[name][key]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rooms are all rooms there are, meta first.
func (c contents) rooms() []string {
	rooms := []string{inMeta}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if name != inMeta {
			rooms = append(rooms, name)
		}
	}
	return rooms
}

// replica is what a damaged disk must have held.
type replica struct {
	contents
	name string
	mark mark
}

func (r *replica) String() string { return r.name }

// take does a batch.
func (r *replica) take(batch []put) {
	r.mark = mark{r.mark.batch + 1, r.mark.sum + r.contents.take(batch)}
}

// sum is mark.sum of all of it.
func (c contents) sum() (sum uint64) {
	for name, room := range c {
		for key, value := range room {
			sum += put{name, []byte(key), value}.sum()
		}
	}
	return sum
}

// in puts all of it into another place.
func (c contents) in(write func([]put) error) error {
	return inBatches(func(take func(put) error) error { return c.each(c.rooms(), take) }, write)
}

// inBatches writes what comes one by one some thousands at a time.
func inBatches(each func(take func(put) error) error, write func([]put) error) error {
	const most = 10_000
	var batch []put
	if err := each(func(p put) error {
		batch = append(batch, p.clone())
		if len(batch) < most {
			return nil
		}
		err := write(batch)
		batch = nil
		return err
	}); err != nil {
		return err
	}
	return write(batch)
}

// replay does what frames of the tape say, from an empty disk on. A batch that does not lead where it should ends it; the
// error wraps ErrDamaged then, and what came before stands.
func (t *tape) replay(frames []found) (*replica, error) {
	r, snapshot, sum := &replica{contents{}, t.path, mark{}}, contents{}, uint64(0)
	err := t.batches(frames, func(f found, batch []put) error {
		if f.kind == isBatch {
			return r.follow(f.mark, batch)
		}
		sum += snapshot.take(batch)
		if f.kind == isLast {
			return r.begin(f.mark, snapshot, sum)
		}
		return nil
	})
	return r, err
}

func (r *replica) begin(m mark, snapshot contents, sum uint64) error {
	if sum != m.sum {
		return r.astray(m)
	}
	r.contents, r.mark = snapshot, m
	return nil
}

func (r *replica) follow(m mark, batch []put) error {
	old := make([]put, 0, len(batch))
	sum := r.mark.sum
	for _, p := range batch {
		before := r.put(p)
		old, sum = append(old, before), sum+p.sum()-before.sum()
	}
	if sum == m.sum {
		r.mark = m
		return nil
	}
	for _, p := range slices.Backward(old) {
		r.put(p)
	}
	return r.astray(m)
}

func (r *replica) astray(m mark) error {
	return fmt.Errorf("%s: %w: batch %d does not lead where it should", r.name, ErrDamaged, m.batch)
}
