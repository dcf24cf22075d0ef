package cashout

// shelf keeps what is looked up again within some days and forgets what is not, so that memory grows with what is going
// on and not with time: what nobody touched for two turns is gone.
type shelf[V any] struct{ young, old flat[V] }

func (s *shelf[V]) get(key uint64) (V, bool) {
	v, here := s.young.get(key)
	if !here {
		if v, here = s.old.get(key); here {
			s.young.put(key, v)
		}
	}
	return v, here
}

func (s *shelf[V]) put(key uint64, v V) { s.young.put(key, v) }

func (s *shelf[V]) turn() { s.young, s.old = flat[V]{}, s.young }

// len is how many entries are kept; one that was touched since the turn may be there twice.
func (s *shelf[V]) len() int { return s.young.n + s.old.n }

// flat is a hash table in one piece, for keys that are hashes: a look-up touches one line of memory, a map three. (A
// province, four million entries per table: 135,000 events a second with maps.) Nothing is taken out of it.
type flat[V any] struct {
	slots []slot[V]
	n     int
}

type slot[V any] struct {
	key uint64 // 0: empty
	v   V
}

// find gives the place of a key, or the empty one where it would stand.
func (f *flat[V]) find(key uint64) *slot[V] {
	mask := uint64(len(f.slots) - 1)
	for i := key * 0x9E3779B97F4A7C15 >> 20 & mask; ; i = (i + 1) & mask {
		if s := &f.slots[i]; s.key == key || s.key == 0 {
			return s
		}
	}
}

func (f *flat[V]) get(key uint64) (v V, here bool) {
	if f.n == 0 || key == 0 {
		return v, false
	}
	s := f.find(key)
	return s.v, s.key != 0
}

func (f *flat[V]) put(key uint64, v V) {
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

func (f *flat[V]) grow() {
	before := f.slots
	f.slots = make([]slot[V], max(64, 2*len(before)))
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
