package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/store"
)

func (p *program) caseCommand() *cobra.Command {
	list := p.command("list", "案件", "the cases", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[[]store.CaseRow](ctx, p, "case.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("案件\t类别\t终端\t记录\t原因\t已核销者", "case\tkind\tterminal\trecord\treason\twinner"), caseRow)
	})
	show := p.command("show N", "一个案件", "one case", 1, func(ctx context.Context, args []string) error {
		c, err := ask[store.CaseFile](ctx, p, "case.show", office.Named{ID: args[0]})
		if err != nil {
			return err
		}
		if p.json {
			return p.object(c)
		}
		fmt.Fprintln(p.out, caseRow(c.CaseRow))
		return lines(p, append(c.Evidence, c.Strays...), p.say("记录\t动作\t券\t金额\t结果\t原因\t终端时间\t中心收到", "record\tkind\tvoucher\tbill\tresult\treason\ttill's time\treceived"), func(r store.RecordRow) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.Kind, r.Voucher, r.Bill, r.Result, r.Reason, r.TillTime.Local().Format(time.DateTime), r.HubTime.Local().Format(time.DateTime))
		})
	})
	return p.group("case", "案件", "cases", list, show)
}

func caseRow(c store.CaseRow) string {
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s", c.Number, c.Kind, c.Terminal, c.Record, c.Reason, c.Winner)
}
