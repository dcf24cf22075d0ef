package ledger

import (
	"fmt"
	"time"

	"hexiao/hub/voucher"
)

// Refusal is an answer to a person's request: what is asked for cannot be, and why. It is an error only so that it can
// be returned as one; nothing was changed.
type Refusal struct {
	Code string
	Text voucher.Text
}

// Error gives the English sentence.
func (r *Refusal) Error() string { return r.Text.En }

func refuse(code, zh, en string) *Refusal { return &Refusal{code, voucher.Text{Zh: zh, En: en}} }

// Change says what a group of entries may have changed for terminals, so that the gate can tell them at once.
type Change struct {
	All       bool // every terminal's law
	Terminals []voucher.TerminalID
	Merchants []voucher.MerchantID
	Hello     []voucher.TerminalID // must say hello again: there is an order for them
	Hub       bool                 // all must say hello again: the hub has a new generation, or has recovered
}

// Empty tells whether nothing changed for terminals.
func (c Change) Empty() bool {
	return !c.All && !c.Hub && len(c.Terminals) == 0 && len(c.Merchants) == 0 && len(c.Hello) == 0
}

// draft gathers the entries that a group of requests is decided into. Each is applied as it is added, so that the next
// request of the group sees it; all of them are on disk before the first answer goes out.
type draft struct {
	*state
	time    time.Time
	sign    func(raw []byte) []byte
	ratchet []byte
	bodies  [][]byte
	keeps   bool
	entries []Entry // those of bodies, as they were folded, where keeps is set
	fault   error
	change  Change
}

// add encodes and applies one entry. The state is only ever changed here, and only by what stands in the book.
func (d *draft) add(e Entry) {
	e.At = d.time.UnixMilli()
	raw, err := e.Encode()
	if err == nil {
		e, err = DecodeEntry(raw) // fold what the book will give back, not what was in memory
	}
	if err == nil {
		err = d.apply(&e)
	}
	if err != nil && d.fault == nil {
		d.fault = fmt.Errorf("entry %d: %w", d.position, err)
	}
	d.bodies = append(d.bodies, raw)
	if d.keeps {
		d.entries = append(d.entries, e)
	}
}
