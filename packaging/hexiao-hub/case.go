package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

func (p *program) caseCommand() *cobra.Command {
	var html string
	show := p.command("show N", "一个案件：双方记录或预警说明、建议、各步骤和现在可以做什么", "one case: both sides' records or the alert explained, what is proposed, what was done and what is possible", 1, func(ctx context.Context, args []string) error {
		if html != "" {
			return p.casePage(ctx, args[0], html)
		}
		c, err := ask[office.CaseFile](ctx, p, "case.show", office.Named{ID: args[0]})
		switch {
		case err != nil:
			return err
		case c.Cashout != nil:
			return p.cashoutCase(ctx, args[0], c.Cashout)
		case p.json:
			return p.object(c)
		}
		return p.caseFile(c.CaseFile)
	})
	show.Flags().StringVar(&html, "html", "", p.say("写成网页文件（仅套现案件）", "write it as a page, an HTML file; of a case about cash-out"))
	return p.group("case", "案件", "cases", p.caseListCommand(), show, p.decideCommand(), p.precisionCommand(), p.streamCommand(), p.evidenceCommand())
}

func (p *program) caseListCommand() *cobra.Command {
	var screening, shadow bool
	c := p.command("list", "案件；加 --screening 为今日筛查名单", "the cases; with --screening the day's list of merchants to look at", 0, func(ctx context.Context, _ []string) error {
		switch {
		case shadow && !screening:
			return misuse{errors.New(p.say("--shadow 须与 --screening 一起使用", "--shadow goes with --screening"))}
		case screening:
			return p.screening(ctx, shadow)
		}
		all, err := ask[[]office.Case](ctx, p, "case.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("案件\t类别\t商户\t终端\t记录\t原因\t已核销者\t金额\t建议\t裁定或状态", "case\tkind\tmerchant\tterminal\trecord\treason\twinner\tyuan\tproposed\tverdict or state"), caseRow)
	})
	c.Flags().BoolVar(&screening, "screening", false, p.say("得分高于关注线的商户，由高到低", "merchants with a score above the watch level, highest first"))
	c.Flags().BoolVar(&shadow, "shadow", false, p.say("按试运行的规则（hub.toml 的 shadow_rules）", "by the rules that are only tried (shadow_rules in hub.toml)"))
	return c
}

func caseRow(c office.Case) string {
	sum, end := c.Face, string(c.Verdict)
	if c.Kind == string(voucher.Cashout) {
		sum, end = c.Held, c.State
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", c.Number, c.Kind, c.Merchant, c.Terminal, c.Record, c.Reason, c.Winner, sum, c.Propose, end)
}

// caseFile prints a case for a person who has to decide it.
func (p *program) caseFile(c store.CaseFile) error {
	say := func(zh, en string, args ...any) { fmt.Fprintf(p.out, p.say(zh, en)+"\n", args...) }
	say("案件 %d（%s，%s），%s，商户 %s，终端 %s", "case %d (%s, %s), %s, merchant %s, terminal %s", c.Number, c.Kind, c.State, c.Opened.Local().Format(time.DateTime), c.Merchant, c.Terminal)
	if c.Winner != "" {
		say("此券已由 %s（商户 %s）核销", "the voucher had been used by %s (merchant %s)", c.Winner, c.Rival)
	}
	if c.Face > 0 {
		say("涉及 %s 元；租约内：%t，同一商户：%t", "it is about %s yuan; inside the lease: %t, one merchant on both sides: %t", c.Face, c.InLease, c.OneOwner)
	}
	if c.PartOf > 0 {
		say("属于终端的案件 %d", "part of case %d about the terminal", c.PartOf)
	}
	if len(c.Parts) > 0 {
		say("其中各笔受理的案件：%v", "the cases about its single acceptances: %v", c.Parts)
	}
	if c.Voided != "" {
		say("此笔已在终端撤销（%s），无需支付", "the sale was undone at the till (%s): there is nothing to pay", c.Voided)
	}
	say("规则建议：%s", "the rule proposes: %s", c.Propose)
	for _, s := range c.Signed {
		say("%s 于 %s 签名：%s，%s", "%s signed on %s: %s, %s", s.Name, s.At.Local().Format(time.DateTime), s.Verdict, s.Reason)
	}
	if c.Verdict != "" {
		say("裁定：%s，%s，%s：%s", "decided: %s by %s on %s: %s", c.Verdict, c.By, c.Decided.Local().Format(time.DateTime), c.Why)
	}
	say("告知商户：%s", "the merchant is told: %s", c.Told.In(p.lang))
	return lines(p, append(c.Evidence, c.Strays...), p.say("记录\t动作\t券\t金额\t金额来源\t结果\t原因\t终端时间\t中心收到", "record\tkind\tvoucher\tbill\tbill from\tresult\treason\ttill's time\treceived"), func(r store.RecordRow) string {
		received := ""
		if !r.HubTime.IsZero() {
			received = r.HubTime.Local().Format(time.DateTime)
		}
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.Kind, r.Voucher, r.Bill, ui.BillSource(r.Source).In(p.lang), r.Result, r.Reason, r.TillTime.Local().Format(time.DateTime), received)
	})
}
