package office

import (
	"sync"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
)

// maxInbox is how many entries may wait for the watch: some seconds of a busy hub, a few MB. What is more it reads from the
// book.
const maxInbox = 16384

// inbox holds the entries that the ledger has written and the watch has not taken. It spares the watch reading and decoding
// them again, which is half of its work; nothing depends on it.
type inbox struct {
	mu     sync.Mutex // guards the rest
	groups []group
	held   int // entries
}

type group struct {
	first   book.Position
	entries []ledger.Entry
}

// add takes a group; when too many wait, those before it are left to the book.
func (b *inbox) add(first book.Position, entries []ledger.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held += len(entries); b.held > maxInbox {
		b.groups, b.held = nil, len(entries)
	}
	b.groups = append(b.groups, group{first, entries})
}

func (b *inbox) take() []group {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.groups
	b.groups, b.held = nil, 0
	return all
}

// wrote hands on what the ledger has written.
func (o *Office) wrote(first book.Position, entries []ledger.Entry) {
	if b := o.writes.Load(); b != nil {
		b.add(first, entries)
	}
}
