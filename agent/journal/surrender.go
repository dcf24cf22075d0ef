package journal

import (
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Surrender records that what a lease has left is given back, and in the same transaction that nothing is accepted any
// more under it or an earlier one. Nothing happens when it is not the lease in force, or was given back before, or when
// the hub has records that this disk has not: it cannot say then what is left. A sale that waits for the hub can
// afterwards only be confirmed under a later lease. voucher.AllLeases gives back every lease of this epoch, and no other
// is taken any more: the terminal is retired. Errors: ErrFull, ErrBroken.
func (j *Journal) Surrender(lease uint32) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if lease != j.fold.lease.Serial && lease != voucher.AllLeases || lease <= j.fold.given || j.older() {
		return nil
	}
	given, err := wire.Marshal(lease)
	if err != nil {
		return err
	}
	if err := j.append(voucher.Record{Kind: voucher.Surrender, Lease: lease}, j.clock.stamp(j.now()), named(keyGiven, given)); err != nil {
		return fmt.Errorf("surrender lease %d: %w", lease, err)
	}
	return nil
}

// Returned tells whether the hub has taken back what the newest Surrender gave.
func (j *Journal) Returned() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	if f.surrender == 0 && f.given > 0 {
		return true // it was answered so long ago that it was let go
	}
	o := f.others[f.surrender]
	return o != nil && o.Result == voucher.Noted
}

// giveBack leaves of a lease that was given back what names it, and nothing that it covers.
func (f *fold) giveBack() {
	if l := f.lease; l.Serial <= f.given {
		f.lease = voucher.Lease{Terminal: l.Terminal, Epoch: l.Epoch, Serial: l.Serial, Campaign: l.Campaign}
	}
}
