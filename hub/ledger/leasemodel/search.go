package leasemodel

import (
	"hash/maphash"
	"slices"
)

// A packed world: disks and hubs are kept once each and named by number, so that a world is a few words long.
type packed struct {
	disk       [3]uint32
	hub, saved uint32
	past       uint32
}

// A shelf keeps each different thing once.
type shelf[T comparable] struct {
	number map[T]uint32
	things []T
}

func newShelf[T comparable]() shelf[T] { return shelf[T]{number: map[T]uint32{}} }

func (s *shelf[T]) put(thing T) uint32 {
	n, known := s.number[thing]
	if !known {
		n = uint32(len(s.things))
		s.number[thing] = n
		s.things = append(s.things, thing)
	}
	return n
}

// A search knows every world that can be reached, in the order of the steps it takes to get there.
type search struct {
	rule   Rule
	disks  shelf[disk]
	hubs   shelf[hub]
	pasts  shelf[past]
	worlds []packed
	from   []uint32 // the world each was first reached from
	index  []entry  // hash table of worlds
	seed   maphash.Seed
	edges  []uint32 // where the steps of each world lead, one world after the other
	ends   []uint64 // where in edges a world's steps end
	done   []bool   // everything settled
	steps  int
	deeds  [lastDeed]int
	most   uint8 // sales accepted
	owed   uint8
}

// An entry of the index is the number of a world + 1, 0 for none, and half of its hash.
type entry struct{ world, hash uint32 }

// endless is the fault of a search that was given up.
const endless = "the search did not come to an end"

func newSearch(rule Rule) *search {
	return &search{rule: rule, disks: newShelf[disk](), hubs: newShelf[hub](), pasts: newShelf[past](),
		index: make([]entry, 1<<12), seed: maphash.MakeSeed()}
}

// run looks at all worlds, nearest first. It ends at the first that breaks a guarantee, so that no shorter way leads to
// one, and gives its number; when limit worlds are not enough it says so as a fault.
func (s *search) run(limit int) (at uint32, fault string) {
	first := world{hub: hub{free: stock}}
	s.visit(s.pack(&first, nil, packed{}), 0)
	for n := uint32(0); int(n) < len(s.worlds); n++ {
		w := s.unpack(s.worlds[n])
		if fault := s.look(n, &w); fault != "" {
			return n, fault
		}
		w.next(s.rule, func(d step, to *world) {
			s.steps++
			s.deeds[d.deed]++
			if p := s.pack(to, &w, s.worlds[n]); p != s.worlds[n] {
				s.edges = append(s.edges, s.visit(p, n))
			}
		})
		s.ends = append(s.ends, uint64(len(s.edges)))
		if len(s.worlds) > limit {
			return n, endless
		}
	}
	return s.stuck()
}

// look checks one world.
func (s *search) look(n uint32, w *world) string {
	settled := w.settledAll(s.rule)
	s.done = append(s.done, settled)
	s.most, s.owed = max(s.most, w.accepted), max(s.owed, w.hub.owed)
	if fault := w.broken(s.rule); fault != "" || !settled {
		return fault
	}
	return w.unpaid(s.rule)
}

// stuck finds the nearest world from which no way leads to one where everything is settled. It goes backwards, since
// most steps lead to worlds with higher numbers, and again until nothing changes.
func (s *search) stuck() (uint32, string) {
	for changed := true; changed; {
		changed = false
		for n := len(s.worlds) - 1; n >= 0; n-- {
			if !s.done[n] && s.leads(n) {
				s.done[n], changed = true, true
			}
		}
	}
	for n, ok := range s.done {
		if !ok {
			return uint32(n), "from here the records can never be all settled (G6)"
		}
	}
	return 0, ""
}

func (s *search) leads(n int) bool {
	begin := uint64(0)
	if n > 0 {
		begin = s.ends[n-1]
	}
	for _, to := range s.edges[begin:s.ends[n]] {
		if s.done[to] {
			return true
		}
	}
	return false
}

// path gives the worlds on the shortest way to one, without the first world.
func (s *search) path(n uint32) (way []uint32) {
	for ; n != 0; n = s.from[n] {
		way = append(way, n)
	}
	slices.Reverse(way)
	return way
}

// trace gives the steps on the shortest way to a world.
func (s *search) trace(n uint32) (steps []step) {
	from := uint32(0)
	for _, to := range s.path(n) {
		steps = append(steps, s.between(from, to))
		from = to
	}
	return steps
}

// between finds a step that leads from one world to another.
func (s *search) between(from, to uint32) (taken step) {
	w := s.unpack(s.worlds[from])
	w.next(s.rule, func(d step, next *world) {
		if taken == (step{}) && s.pack(next, &w, s.worlds[from]) == s.worlds[to] {
			taken = d
		}
	})
	return taken
}

// pack puts a world on the shelves. Parts that are as in the world it came from need no looking up.
func (s *search) pack(w, from *world, old packed) packed {
	p := old
	for c := range w.disk {
		if from == nil || w.disk[c] != from.disk[c] {
			p.disk[c] = s.disks.put(w.disk[c])
		}
	}
	if from == nil || w.hub != from.hub {
		p.hub = s.hubs.put(w.hub)
	}
	if from == nil || w.saved != from.saved {
		p.saved = s.hubs.put(w.saved)
	}
	if from == nil || w.past != from.past {
		p.past = s.pasts.put(w.past)
	}
	return p
}

func (s *search) unpack(p packed) (w world) {
	for c, n := range p.disk {
		w.disk[c] = s.disks.things[n]
	}
	w.hub, w.saved, w.past = s.hubs.things[p.hub], s.hubs.things[p.saved], s.pasts.things[p.past]
	return w
}

// visit gives the number of a world, a new one when it was never seen.
func (s *search) visit(p packed, from uint32) uint32 {
	if 2*len(s.worlds) >= len(s.index) {
		s.grow()
	}
	hash := s.hash(p)
	slot := s.slot(p, hash)
	if n := s.index[slot].world; n != 0 {
		return n - 1
	}
	s.worlds, s.from = append(s.worlds, p), append(s.from, from)
	s.index[slot] = entry{uint32(len(s.worlds)), uint32(hash >> 32)}
	return uint32(len(s.worlds) - 1)
}

// slot is where a world is in the index, or where it is to be put.
func (s *search) slot(p packed, hash uint64) uint64 {
	mask := uint64(len(s.index) - 1)
	for slot := hash & mask; ; slot = (slot + 1) & mask {
		at := s.index[slot]
		if at.world == 0 || at.hash == uint32(hash>>32) && s.worlds[at.world-1] == p {
			return slot
		}
	}
}

func (s *search) hash(p packed) uint64 { return maphash.Comparable(s.seed, p) }

func (s *search) grow() {
	s.index = make([]entry, 2*len(s.index))
	for n, p := range s.worlds {
		hash := s.hash(p)
		s.index[s.slot(p, hash)] = entry{uint32(n + 1), uint32(hash >> 32)}
	}
}
