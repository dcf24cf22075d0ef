package packaging

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// cashbook is what cashiers wrote down of what they were shown, for the ledger to be held against. It knows nothing of
// how the programs work. Safe for concurrent use.
type cashbook struct {
	mu      sync.Mutex
	shown   map[string]desk.Answer // accepted, by redemption: the newest that was shown
	final   map[string]string      // voucher -> the redemption that was shown FINAL for it
	used    map[string]bool        // vouchers that some cashier was shown as accepted
	offered map[string]bool        // vouchers that came to a counter
	doubt   map[string]bool        // vouchers of which something else than an acceptance was seen: an answer that died, or a silent hub
	count   map[voucher.Answer]int
	wrong   []string
}

func newCashbook() *cashbook {
	return &cashbook{shown: map[string]desk.Answer{}, final: map[string]string{}, used: map[string]bool{},
		offered: map[string]bool{}, doubt: map[string]bool{}, count: map[voucher.Answer]int{}}
}

// offer notes that a voucher comes to a counter.
func (b *cashbook) offer(v stage.Voucher) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offered[v.ID] = true
}

// died notes that nobody saw the answer.
func (b *cashbook) died(v stage.Voucher) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.doubt[v.ID] = true
}

// note writes an answer down, and tells whether it accepts the voucher.
func (b *cashbook) note(v stage.Voucher, a desk.Answer) (accepted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count[a.Answer]++
	switch {
	case a.Answer == voucher.Final || a.Answer == voucher.Provisional:
		b.accept(a)
		return true
	case a.Reason == voucher.HubSilent || a.Reason == voucher.OfflineLimit || a.Reason == voucher.Busy:
		b.doubt[v.ID] = true
	case a.Reason == voucher.AlreadyRedeemed && (b.doubt[v.ID] || b.used[v.ID]):
	default:
		b.blame("voucher %s: %s %s", v.ID, a.Answer, a.Reason)
	}
	return false
}

func (b *cashbook) accept(a desk.Answer) {
	if old, known := b.shown[a.Redemption]; known && old.Voucher != a.Voucher {
		b.blame("redemption %s was shown for %s and for %s", a.Redemption, old.Voucher, a.Voucher)
	}
	b.shown[a.Redemption], b.used[a.Voucher] = a, true
	if a.Answer != voucher.Final {
		return
	}
	if other, twice := b.final[a.Voucher]; twice && other != a.Redemption {
		b.blame("voucher %s was shown FINAL twice, as %s and as %s", a.Voucher, other, a.Redemption)
	}
	b.final[a.Voucher] = a.Redemption
}

// replace writes down what became of an acceptance, as the desk's events tell it.
func (b *cashbook) replace(a desk.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.Answer == voucher.Final {
		b.accept(a)
		return
	}
	b.shown[a.Redemption] = a
}

// answers counts answers of a kind.
func (b *cashbook) answers(kind voucher.Answer) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count[kind]
}

func (b *cashbook) blame(format string, args ...any) {
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// verdict is what came of holding the ledger against the book.
type verdict struct {
	shown, redeemed, cases int
	lost, twice            int
}

// hold compares the ledger with the book: each acceptance that was shown is there exactly once, as the redemption of its
// voucher or as a case; nothing is there that nobody was shown, but for answers that died; stock and money add up. All
// vouchers have a face value of 10 yuan.
func (b *cashbook) hold(ctx context.Context, t *testing.T, hub *stage.Hub) verdict {
	t.Helper()
	standings, err := hub.Standings(ctx, slices.Collect(maps.Keys(b.offered)))
	check(t, err)
	cases, err := hub.Cases(ctx)
	check(t, err)
	in := map[string]int{}
	for _, c := range cases {
		in[c.Record]++
		if c.Kind != "conflict" {
			t.Errorf("case %d of %s is a %s for %s", c.Number, c.Record, c.Kind, c.Reason)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := verdict{shown: len(b.shown), cases: len(cases)}
	for id, a := range b.shown {
		have := standings[a.Voucher]
		v.judge(t, id, a, have.State == "redeemed" && have.Redemption == id, in[id])
	}
	for id, have := range standings {
		if have.State != "redeemed" {
			continue
		}
		v.redeemed++
		if _, seen := b.shown[have.Redemption]; !seen && !b.doubt[id] {
			t.Errorf("the ledger has %s for voucher %s, which no cashier was shown", have.Redemption, id)
		}
	}
	for _, wrong := range b.wrong {
		t.Error(wrong)
	}
	addUp(ctx, t, hub, v.redeemed)
	return v
}

// judge looks at one acceptance that was shown.
func (v *verdict) judge(t *testing.T, id string, a desk.Answer, redeemed bool, cases int) {
	t.Helper()
	switch {
	case !redeemed && cases == 0:
		v.lost++
		t.Errorf("%s was shown %s for voucher %s and is lost", id, a.Answer, a.Voucher)
	case redeemed && cases > 0, cases > 1:
		v.twice++
		t.Errorf("%s was shown once; redeemed: %v, in %d cases", id, redeemed, cases)
	case a.Answer == voucher.Final && !redeemed:
		t.Errorf("%s was shown FINAL and is in a case", id)
	case a.Answer == voucher.Refused && redeemed:
		t.Errorf("%s was at last shown %s %s and is redeemed", id, a.Answer, a.Reason)
	}
}

// addUp holds stock and money against the number of vouchers that are redeemed.
func addUp(ctx context.Context, t *testing.T, hub *stage.Hub, redeemed int) {
	t.Helper()
	now, err := hub.Campaign(ctx)
	check(t, err)
	if now.Redeemed != voucher.Fen(redeemed)*10_00 {
		t.Errorf("the ledger pays %s yuan for %d vouchers of 10 yuan", now.Redeemed, redeemed)
	}
	for _, p := range now.Pools {
		if p.Stock != p.Free+p.Outstanding+p.Leased+p.Redeemed+p.Disputed+p.WrittenOff {
			t.Errorf("the stock does not add up: %+v", p)
		}
	}
}
