package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"hexiao/hub/ledger"
	"hexiao/hub/office"
)

// file reads what a person hands over.
func (p *program) file(name string) (office.File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return office.File{}, misuse{fmt.Errorf(p.say("读不到文件：%w", "cannot read the file: %w"), err)}
	}
	return office.File{Name: name, Data: data}, nil
}

func (p *program) campaignCommand() *cobra.Command {
	var start string
	apply := p.command("apply FILE.toml", "启用或更新活动", "put a campaign in force", 1, func(ctx context.Context, args []string) error {
		f, err := p.file(args[0])
		if err != nil {
			return err
		}
		a, err := ask[office.Applied](ctx, p, "campaign.apply", office.ApplyCampaign{File: f, Start: start})
		if err != nil {
			return err
		}
		if !a.Changed {
			return p.told(a, fmt.Sprintf("活动 %s 已是这个内容（第 %d 版），没有改动", a.ID, a.Revision), fmt.Sprintf("campaign %s says this already (revision %d); nothing changed", a.ID, a.Revision))
		}
		first := a.Phases[0]
		return p.told(a, fmt.Sprintf("活动 %s 第 %d 版已启用；第 1 期 %s 至 %s", a.ID, a.Revision, first.Start.Format("2006-01-02 15:04"), first.End.Format("2006-01-02 15:04")),
			fmt.Sprintf("campaign %s, revision %d, is in force; phase 1 runs from %s to %s", a.ID, a.Revision, first.Start.Format("2006-01-02 15:04"), first.End.Format("2006-01-02 15:04")))
	})
	apply.Flags().StringVar(&start, "start", "", p.say("把第 1 期移到这个时间（RFC 3339），其余各期随之移动", "move phase 1 to this time (RFC 3339), and the others with it"))
	show := p.command("show", "库存和金额", "stock and money", 0, func(ctx context.Context, _ []string) error {
		c, err := ask[office.Campaign](ctx, p, "campaign.show", office.None{})
		if err != nil {
			return err
		}
		if p.json {
			return p.object(c)
		}
		fmt.Fprintf(p.out, p.say("%s（%s）第 %d 版，当前第 %d 期，已核销 %s 元 / 预算 %s 元\n", "%s (%s) revision %d, phase %d runs, redeemed %s yuan of %s\n"),
			c.Name.In(p.lang), c.ID, c.Revision, c.Phase, c.Redeemed, c.Budget)
		if r := c.Reserve; r.Total > 0 {
			fmt.Fprintf(p.out, p.say("备付金 %s 元：已付 %s，待裁定 %s，为迟到记录留存 %s，租出 %s（其中滞留 %s）\n", "loss reserve %s yuan: paid %s, kept for open cases %s, for late records %s, lent %s (of that stranded %s)\n"),
				r.Total, r.Paid, r.Claimed, r.Kept, r.Lent, r.Stranded)
		}
		if c.Open > 0 {
			fmt.Fprintf(p.out, p.say("待裁定案件 %d 件（hexiao-hub case list）\n", "%d cases wait for a decision (hexiao-hub case list)\n"), c.Open)
		}
		return lines(p, c.Pools, p.say("期\t券种\t库存\t已发\t可发\t在外\t租出\t已核销\t争议\t注销\t滞留", "phase\ttier\tstock\tissued\tfree\toutstanding\tleased\tredeemed\tdisputed\twritten off\tstranded"), func(u ledger.Pool) string {
			return fmt.Sprintf("%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d", u.Phase, u.Tier, u.Stock, u.Issued, u.Free, u.Outstanding, u.Leased, u.Redeemed, u.Disputed, u.WrittenOff, u.Stranded)
		})
	})
	return p.group("campaign", "活动", "the campaign", apply, show)
}
