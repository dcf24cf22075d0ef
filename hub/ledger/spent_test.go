package ledger

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// apply brings a set of used vouchers up to date, at most n changes at a time, and gives its new version.
func (h *hub) apply(set *wire.Numbers, version uint64, n int) uint64 {
	h.t.Helper()
	for {
		b, err := h.Spent(context.Background(), version, n)
		h.must(err)
		if b.From != version {
			h.t.Fatalf("asked for what is after %d and got what is after %d", version, b.From)
		}
		if b.To == b.From {
			return version
		}
		add, err := wire.ReadNumbers(b.Add)
		h.must(err)
		remove, err := wire.ReadNumbers(b.Remove)
		h.must(err)
		if changes := add.Len() + remove.Len(); changes > n || changes == 0 {
			h.t.Fatalf("%d changes in one, at most %d", changes, n)
		}
		set.Merge(add, remove)
		version = b.To
	}
}

func TestTheSpentSetFollowsTheBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, law(voucher.AtClaim, 12))
		defer func() { m.stop() }()
		sets, versions := make([]wire.Numbers, 3), make([]uint64, 3)
		catchUp := func(t *rapid.T) {
			i := rapid.IntRange(0, 2).Draw(t, "set")
			versions[i] = m.apply(&sets[i], versions[i], rapid.IntRange(1, 5).Draw(t, "changes"))
			m.must(m.tell(context.Background(), func(d *draft) error {
				used := 0
				for serial, v := range d.vouchers {
					if in := v.standing != voucher.StandingIssued; in != sets[i].Has(serial) {
						t.Fatalf("voucher %s is used: %v, the set says %v", serial, in, !in)
					} else if in {
						used++
					}
				}
				if used != sets[i].Len() {
					t.Fatalf("%d in the set, %d are used", sets[i].Len(), used)
				}
				return nil
			}))
		}
		t.Repeat(map[string]func(*rapid.T){"issue": m.issueOne, "ask": m.askOne, "accept": m.acceptOne, "undo": m.undoOne,
			"send": m.send, "restart": func(*rapid.T) { m.restart() }, "catch up": catchUp})
	})
}

func TestSpentSaysWhenItIsWhole(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	a.ask(h.issue(1), 58_00)
	a.ask(h.issue(1), 58_00)
	a.sync()
	first, err := h.Spent(context.Background(), 0, 1)
	h.must(err)
	rest, err := h.Spent(context.Background(), first.To, 1)
	h.must(err)
	if first.At != 0 || rest.At != h.now.UnixMilli() {
		t.Fatalf("%d, then %d", first.At, rest.At)
	}
	strange, err := h.Spent(context.Background(), 1<<40, 9)
	h.must(err)
	if strange.From != 0 || len(strange.Add) == 0 {
		t.Fatalf("a version from nowhere begins anew: %+v", strange)
	}
}

func TestSerialsWithTheSameLowHalfAreNotIssued(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 9))
	issue := func(serials ...voucher.Serial) error {
		v := VouchersIssued{Phase: 1, Tier: 1}
		for _, s := range serials {
			v.Vouchers = append(v.Vouchers, Issued{Serial: s})
		}
		return h.Issue(context.Background(), v)
	}
	h.must(issue(7))
	h.restart()
	for _, bad := range [][]voucher.Serial{{7}, {1<<32 | 7}, {8, 5<<32 | 8}} {
		if err := issue(bad...); err == nil || err.(*Refusal).Code != "serial_in_use" {
			t.Errorf("%x: %v", bad, err)
		}
	}
	taken, err := h.InUse(context.Background(), []voucher.Serial{8, 1<<32 | 7, 9})
	if err != nil || len(taken) != 1 || taken[0] != 1<<32|7 {
		t.Fatalf("%v %v", err, taken)
	}
}
