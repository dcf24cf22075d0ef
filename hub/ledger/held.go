package ledger

import (
	"context"

	"hexiao/hub/voucher"
)

// What a case about cash-out names is not paid out while the case holds it: from the first alert until the case is cleared.
// What is held follows from the vouchers that the case names and from who has used them: a redemption that was voided
// meanwhile holds nothing, and one of another shop never does.

// Held gives the case that keeps a redemption from being paid out, 0 for none. The redemption is named as the cashier knows
// it: of a Confirm, its Ask.
func (l *Ledger) Held(ctx context.Context, id voucher.RedemptionID) (uint64, error) {
	return ask(ctx, l, func(d *draft) (uint64, error) {
		if c := d.holder(id); c != nil {
			return c.number, nil
		}
		return 0, nil
	})
}

// HeldOf gives the face value of all redemptions of a merchant that are kept from being paid out, and the newest case about
// it, 0 for none.
func (l *Ledger) HeldOf(ctx context.Context, code voucher.MerchantID) (sum voucher.Fen, newest uint64, err error) {
	err = l.tell(ctx, func(d *draft) error {
		if c := d.last(code); c != nil {
			newest = c.number
		}
		sum = d.heldOf(code)
		return nil
	})
	return sum, newest, err
}

func (s *state) holder(id voucher.RedemptionID) *inquiry {
	t := s.terminals[id.Terminal]
	if t == nil || s.suspects[t.Merchant] == nil {
		return nil
	}
	l := t.lifeOf(id.Epoch)
	if l == nil || id.Number == 0 || id.Number > uint64(len(l.chain)) || l.chain[id.Number-1].sale == nil {
		return nil
	}
	v := s.vouchers[l.chain[id.Number-1].sale.Voucher.Serial]
	if v == nil || v.by != id {
		return nil
	}
	for _, c := range s.suspects[t.Merchant].cases {
		if s.holds(c, v) {
			return c
		}
	}
	return nil
}

// holds tells whether a case keeps the redemption that has used a voucher from being paid out.
func (s *state) holds(c *inquiry, v *issued) bool {
	t := s.terminals[v.by.Terminal]
	return c.state.Holds() && c.has[v.Serial] && v.standing == voucher.StandingRedeemed && !v.disputed && t != nil && t.Merchant == c.merchant
}

func (s *state) heldBy(c *inquiry) (sum voucher.Fen) {
	for _, serial := range c.named {
		if v := s.vouchers[serial]; v != nil && s.holds(c, v) {
			sum += s.tier(v.tier).Face
		}
	}
	return sum
}

// heldOf counts what two cases of a merchant name once.
func (s *state) heldOf(code voucher.MerchantID) (sum voucher.Fen) {
	who := s.suspects[code]
	if who == nil {
		return 0
	}
	seen := map[voucher.Serial]bool{}
	for _, c := range who.cases {
		for _, serial := range c.named {
			if v := s.vouchers[serial]; v != nil && !seen[serial] && s.holds(c, v) {
				seen[serial] = true
				sum += s.tier(v.tier).Face
			}
		}
	}
	return sum
}
