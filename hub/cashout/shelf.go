package cashout

// shelf keeps what is looked up again within some days and forgets what is not, so that memory grows with what is going
// on and not with time: what nobody touched for two turns is gone.
type shelf[V any] struct{ young, old Table[V] }

func (s *shelf[V]) get(key uint64) (V, bool) {
	v, here := s.young.Get(key)
	if !here {
		if v, here = s.old.Get(key); here {
			s.young.Put(key, v)
		}
	}
	return v, here
}

func (s *shelf[V]) put(key uint64, v V) { s.young.Put(key, v) }

// turn makes room for as many again at once: growing to it would put each in its place twice.
func (s *shelf[V]) turn() {
	s.young, s.old = Table[V]{slots: make([]slot[V], len(s.young.slots))}, s.young
}

// len is how many entries are kept; one that was touched since the turn may be there twice.
func (s *shelf[V]) len() int { return s.young.n + s.old.n }

// Table is a hash table in one piece, for keys that are hashes or drawn by chance: a look-up touches one line of memory, a
// map three. (A province, four million entries per table: 135,000 events a second with maps.) Nothing is taken out of it.
// The zero value is empty. It is not safe for concurrent use.
type Table[V any] struct {
	slots []slot[V]
	n     int
}

type slot[V any] struct {
	key uint64 // 0: empty
	v   V
}

// place is where the search for a key begins.
func (f *Table[V]) place(key uint64) int {
	return int(key * 0x9E3779B97F4A7C15 >> 20 & uint64(len(f.slots)-1))
}

// find gives the place of a key, or the empty one where it would stand.
func (f *Table[V]) find(key uint64) *slot[V] {
	for i := f.place(key); ; i = (i + 1) & (len(f.slots) - 1) {
		if s := &f.slots[i]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// Get gives what was put under a key; the key 0 is never there.
func (f *Table[V]) Get(key uint64) (v V, here bool) {
	if f.n == 0 || key == 0 {
		return v, false
	}
	s := f.find(key)
	return s.v, s.key != 0
}

// Put keeps a value, and does nothing for the key 0.
func (f *Table[V]) Put(key uint64, v V) {
	if key == 0 {
		return
	}
	if f.n*4 >= len(f.slots)*3 {
		f.grow()
	}
	s := f.find(key)
	if s.key == 0 {
		s.key = key
		f.n++
	}
	s.v = v
}

func (f *Table[V]) grow() {
	before := f.slots
	times := 4 // while it is small: each doubling puts all in their places again
	if len(before) >= 1<<18 {
		times = 2
	}
	f.slots = make([]slot[V], max(64, times*len(before)))
	for i := range before {
		if before[i].key != 0 {
			*f.find(before[i].key) = before[i]
		}
	}
}

// turnAfter is how often shelves turn, in seconds. A voucher lives at most eight days (seed: claimed and used within a
// seven-day phase), so that one that can still be used is never forgotten.
const turnAfter = 9 * day

const (
	day  = 86400
	hour = 3600
)

// localDay numbers the days of the campaign's place: China has one time, eight hours before UTC.
func localDay(t int64) int64 { return (t + 8*hour) / day }

func localHour(t int64) int { return int((t + 8*hour) % day / hour) }

// Touch brings the place of a key into the processor's memory, so that Get finds it there. What it gives means nothing; a
// caller must use it all the same, or the compiler leaves the reading out.
func (f *Table[V]) Touch(key uint64) uint64 {
	if f.n == 0 {
		return 0
	}
	return f.slots[f.place(key)].key
}

func (s *shelf[V]) touch(key uint64) uint64 { return s.young.Touch(key) + s.old.Touch(key) }
