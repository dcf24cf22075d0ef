package main

import (
	"context"
	"fmt"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// compare prints the ledger beside what the till showed, voucher by voucher and fen by fen, and counts the rows that differ.
func (c *cast) compare(ctx context.Context, issued []stage.Voucher) (differ int, err error) {
	lines, err := c.till.Desk.Day(ctx, "")
	if err != nil {
		return 0, err
	}
	told := accepted(lines)
	fmt.Printf("\n%-16s  %-15s  %-22s  %s\n", "voucher", "tier", "till showed", "ledger")
	var sum voucher.Fen
	for _, v := range issued {
		have, err := c.hub.Standing(ctx, v.ID)
		if err != nil {
			return 0, err
		}
		line, shown := told[v.ID]
		same := have.State == "issued" && !shown || have.State == "redeemed" && shown && line.Redemption == have.Redemption && line.State == "final"
		mark := ""
		if !same {
			differ++
			mark = "  <-- differs"
		}
		if shown {
			sum += line.Face
		}
		fmt.Printf("%-16s  %-15s  %-7s %-14s  %-8s %-14s%s\n", v.ID, v.Tier, line.Answer.Answer, line.Redemption, have.State, have.Redemption, mark)
	}
	now, err := c.hub.Campaign(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%-16s  %-15s  %s yuan %16s yuan\n", "sum", "", sum, now.Redeemed)
	if sum != now.Redeemed {
		differ++
	}
	return differ, nil
}

// accepted picks the lines that stand as accepted, by voucher.
func accepted(lines []desk.Line) map[string]desk.Line {
	told := map[string]desk.Line{}
	for _, l := range lines {
		if l.State == "final" || l.State == "provisional" {
			told[l.Voucher] = l
		}
	}
	return told
}
