package ledger

import "fmt"

// use moves one unit from where it was drawn to redeemed or disputed.
func (u *units) use(at pool, from Draw, disputed bool) error {
	switch from {
	case FromVoucher:
		u.outstanding--
	case FromFree:
		u.free--
	case FromLease:
		u.leased--
	case FromWrittenOff:
		u.writtenOff--
	}
	if disputed {
		u.disputed++
	} else {
		u.redeemed++
	}
	return u.check(at)
}

// swap gives back the free unit that an ask took, for the lent one that the till went on to take.
func (u *units) swap(at pool, from Draw) error {
	switch from {
	case FromLease:
		u.leased--
	case FromWrittenOff:
		u.writtenOff--
	}
	u.free++
	return u.check(at)
}

// check holds G1: stock = free + outstanding + leased + redeemed + disputed + written off, none below zero.
func (u *units) check(at pool) error {
	sum := u.free + u.outstanding + u.leased + u.redeemed + u.disputed + u.writtenOff
	if u.free < 0 || u.outstanding < 0 || u.leased < 0 || u.redeemed < 0 || u.disputed < 0 || u.writtenOff < 0 || sum != u.stock {
		return fmt.Errorf("stock of phase %d tier %d does not add up: %+v", at.phase, at.tier, *u)
	}
	return nil
}
