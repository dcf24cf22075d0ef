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
	case FromOwed:
		u.owed++
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

// lend moves units out of the free ones to a lease. Where that was lent before the hub was restored, what is not free is
// owed: the lease holds all the same.
func (u *units) lend(at pool, n int64, before bool) error {
	u.free -= n
	u.leased += n
	if u.free < 0 && before {
		u.free, u.owed = 0, u.owed-u.free
	}
	return u.check(at)
}

// check holds G1: stock = free + outstanding + leased + redeemed + disputed + written off - owed, none below zero. Owed is 0
// but in a hub that was restored, between the word of the terminal that a unit had gone to and the word of the one that
// had given it back; whatever becomes free pays it first.
func (u *units) check(at pool) error {
	if back := min(u.free, u.owed); back > 0 {
		u.free, u.owed = u.free-back, u.owed-back
	}
	sum := u.free + u.outstanding + u.leased + u.redeemed + u.disputed + u.writtenOff - u.owed
	if u.free < 0 || u.outstanding < 0 || u.leased < 0 || u.redeemed < 0 || u.disputed < 0 || u.writtenOff < 0 || u.owed < 0 || sum != u.stock {
		return fmt.Errorf("stock of phase %d tier %d does not add up: %+v", at.phase, at.tier, *u)
	}
	return nil
}
