package leasemodel

// A record is one byte: what it is, which of two copies made it, and the hub's word on it, 0 before it has one.
// Two records of one number are the same when kind and maker are: after a copy was made the chains differ for good.
type record uint8

const (
	none      record = 0
	accept    record = 1
	surrender record = 1 // plus the serial of the lease: 2 and 3
	kinds     record = 3
	second    record = 4 // made by the copy, or after the disk was put back
	content          = kinds | second
	wordShift        = 3
)

// A word is the hub's answer to a record.
type word uint8

const (
	unheard  word = iota
	redeemed      // with a unit; final
	disputed      // with a case and a unit set aside
	bare          // with a case and no unit
	noted         // of a surrender: the rest is free again
	rejected      // of a surrender: not the lease in force
	stray         // a record of a second chain: with a case and no unit
	refused       // a case decided against the merchant: its unit is free again
)

func (r record) word() word             { return word(r >> wordShift) }
func (r record) with(w word) record     { return r&content | record(w)<<wordShift }
func (r record) sale() bool             { return r&kinds == accept }
func (r record) same(other record) bool { return r&content == other&content }

// serial is the lease that a surrender gives up.
func (r record) serial() uint8 { return uint8(r&kinds) - 1 }

// holds tells whether a sale has a unit, or had one until a person refused it.
func (w word) holds() bool { return w == redeemed || w == disputed || w == refused }

type chain [length]record

func (c *chain) len() uint8 {
	for i, r := range c {
		if r == none {
			return uint8(i)
		}
	}
	return length
}

// using counts the sales that have taken from a lease.
func (c *chain) using(counts func(word) bool) (n uint8) {
	for _, r := range c {
		if r.sale() && counts(r.word()) {
			n++
		}
	}
	return n
}

func anyWord(word) bool { return true }

// A disk is what a terminal keeps: the chain of each epoch with the hub's words, which are its proof, and its leases.
type disk struct {
	epoch  uint8 // counted from 0
	met    bool  // the ratchet of this epoch has turned for this disk
	given  bool  // the newest lease was surrendered
	ended  bool  // the newest lease was seen to have ended
	serial [epochs]uint8
	total  [epochs]uint8 // units lent in the epoch, used ones included
	chain  [epochs]chain
}

func (d *disk) own() *chain { return &d.chain[d.epoch] }

// answered counts the records of an epoch that have had the hub's word: those before the first that has not.
func (d *disk) answered(e uint8) uint8 {
	for i, r := range d.chain[e] {
		if r == none || r.word() == unheard {
			return uint8(i)
		}
	}
	return length
}

// A term is what the hub knows of a terminal.
type term struct {
	epoch   uint8 // the one in force; older ones are closed; epochs when none is left
	frozen  bool
	met     bool // the ratchet of the epoch has turned
	shown   bool // has shown its leases to the restored hub
	waived  bool // the restored hub does not wait for it
	serial  [epochs]uint8
	total   [epochs]uint8
	written [epochs]bool  // the rest of the epoch's lease is written off
	chain   [epochs]chain // with the words given
	strays  [epochs]chain // by number; records of a second chain
}

// rest is what is lent in an epoch and not known to be used.
func (t *term) rest(e uint8) uint8 { return t.total[e] - t.used(e) }

func (t *term) used(e uint8) uint8 {
	return t.chain[e].using(word.holds) + t.strays[e].using(word.holds)
}

// find gives the hub's word on a record it holds, or unheard.
func (t *term) find(e, i uint8, r record) word {
	if held := t.chain[e][i]; held != none && held.same(r) {
		return held.word()
	}
	if held := t.strays[e][i]; held != none && held.same(r) {
		return held.word()
	}
	return unheard
}

// follows tells whether record i of a disk is next in the hub's chain.
func (t *term) follows(e, i uint8, d *disk) bool {
	if t.chain[e].len() != i {
		return false
	}
	return i == 0 || t.chain[e][i-1].same(d.chain[e][i-1])
}

// A hub is the pool and the terminals.
type hub struct {
	free, leased, redeemed, disputed, written uint8

	owed    uint8 // units that proofs claim, and the book still has with a terminal that may have given them back
	settled uint8 // sales settled: what the sums of reports count
	recover bool
	term    [2]term
}

// A world is one state. Disk 2 is the copy: a clone, or what lies in the drawer to be put back.
type world struct {
	disk       [3]disk
	hub, saved hub
	past
}

type past struct {
	accepted                           uint8 // sales shown to a customer as accepted, on whatever disk
	copied, putBack, hubSaved, hubBack bool
}

// owner is the terminal a disk speaks for.
func owner(c int) int {
	if c == 2 {
		return 0
	}
	return c
}
