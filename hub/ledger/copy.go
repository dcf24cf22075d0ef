package ledger

import (
	"crypto/hmac"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// A terminal's disk may be copied, or put back to an older state. Either is noticed at the first word of the second copy,
// because it shows less than the hub knows to be on the disk: an older secret of the ratchet, fewer records, or others.

// shown tells whether a hello shows a secret that the hub gave out.
func (d *draft) shown(h wire.HelloBody) bool {
	return h.Ratchet.Turn > 0 && hmac.Equal(h.Ratchet.Secret, secret(d.ratchet, h.Terminal, h.Epoch, h.Ratchet.Turn, h.Ratchet.Tick))
}

// compare looks whether it is an older disk or a copy that speaks, and opens the case about it. A terminal has one such
// case at a time: what else its copies say until it is decided belongs to it.
func (d *draft) compare(t *terminal, e *life, h wire.HelloBody) {
	if t.fork != 0 || t.state == voucher.TerminalRevoked {
		return
	}
	switch {
	case t.closed != nil:
		// Its copies are known, and whichever obeys first goes on: also one of an epoch before, or a disk that was wiped in
		// the second epoch would begin in the first for ever.
	case e != t.life:
		d.copied(t, CaseOpened{Kind: voucher.Fork, Record: named(t, h.Epoch, h.Last)}, "an epoch that is over speaks again: a copied or restored disk")
	case h.Last < uint64(len(e.chain)):
		d.copied(t, CaseOpened{Kind: voucher.Gap, Record: named(t, h.Epoch, h.Last+1), From: h.Last + 1, To: uint64(len(e.chain))},
			"the disk lacks records that the hub has: an older disk")
	case h.Last == uint64(len(e.chain)) && h.Last > 0 && (len(h.Head) != 32 || !e.holds(h.Last, [32]byte(h.Head))):
		d.copied(t, CaseOpened{Kind: voucher.Fork, Record: named(t, h.Epoch, h.Last)}, "another chain of records: a copied or restored disk")
	case h.Lost:
		d.copied(t, CaseOpened{Kind: voucher.Gap, Record: named(t, h.Epoch, h.Last+1), From: h.Last + 1},
			"its disk was damaged: what the terminal took after that record, if anything, is not known")
	case d.older(e, h):
		d.copied(t, CaseOpened{Kind: voucher.Fork, Record: named(t, h.Epoch, h.Last)}, "an older secret than was confirmed: a copied or restored disk")
	}
}

// older tells whether a hello shows an older state of the ratchet than was confirmed, or one that was never given out.
func (d *draft) older(e *life, h wire.HelloBody) bool {
	r := h.Ratchet
	return r.Turn > 0 && !d.shown(h) || r.Turn < e.confirmed || r.Turn == e.confirmed && r.Tick < e.tick
}

// copied opens the case about a terminal's copies and freezes it: it may accept nothing, but all its records are taken.
func (d *draft) copied(t *terminal, c CaseOpened, why string) {
	c.Terminal, c.Reason = t.ID, voucher.TerminalIsFrozen
	d.openCase(c)
	if t.state == voucher.TerminalGood {
		d.setTerminal(t, voucher.TerminalFrozen, why)
	}
}

func named(t *terminal, epoch uint32, number uint64) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: t.ID, Epoch: epoch, Number: number}
}
