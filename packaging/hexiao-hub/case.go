package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

func (p *program) caseCommand() *cobra.Command {
	list := p.command("list", "案件", "the cases", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[[]store.CaseRow](ctx, p, "case.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("案件\t类别\t终端\t记录\t原因\t已核销者\t金额\t建议\t裁定", "case\tkind\tterminal\trecord\treason\twinner\tyuan\tproposed\tverdict"), caseRow)
	})
	show := p.command("show N", "一个案件：双方记录、规则的建议、裁定和告知商户的内容", "one case: both sides' records, what the rule proposes, the verdict and what the merchant is told", 1, func(ctx context.Context, args []string) error {
		c, err := ask[store.CaseFile](ctx, p, "case.show", office.Named{ID: args[0]})
		if err != nil {
			return err
		}
		if p.json {
			return p.object(c)
		}
		return p.caseFile(c)
	})
	return p.group("case", "案件", "cases", list, show, p.decideCommand())
}

func caseRow(c store.CaseRow) string {
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", c.Number, c.Kind, c.Terminal, c.Record, c.Reason, c.Winner, c.Face, c.Propose, c.Verdict)
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
	return lines(p, append(c.Evidence, c.Strays...), p.say("记录\t动作\t券\t金额\t结果\t原因\t终端时间\t中心收到", "record\tkind\tvoucher\tbill\tresult\treason\ttill's time\treceived"), func(r store.RecordRow) string {
		received := ""
		if !r.HubTime.IsZero() {
			received = r.HubTime.Local().Format(time.DateTime)
		}
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.Kind, r.Voucher, r.Bill, r.Result, r.Reason, r.TillTime.Local().Format(time.DateTime), received)
	})
}

func (p *program) decideCommand() *cobra.Command {
	var verdict, reason string
	var by who
	c := p.command("decide N", "裁定一个案件：按建议裁定须一人；改判须两名登记人员先后签名", "decide a case: as proposed one person decides, otherwise two entered persons sign one after the other", 1, func(ctx context.Context, args []string) error {
		number, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil || verdict == "" {
			return misuse{errors.New(p.say("用法：hexiao-hub case decide 案件号 --verdict pay|refuse|resume|revoke --reason 原因 [--as 姓名 --key 钥匙文件]",
				"usage: hexiao-hub case decide N --verdict pay|refuse|resume|revoke --reason TEXT [--as NAME --key FILE]"))}
		}
		in, err := p.verdict(ctx, office.Verdict{Case: number, Verdict: voucher.CaseVerdict(verdict), Reason: reason}, by)
		if err != nil {
			return err
		}
		r, err := ask[office.Ruled](ctx, p, "case.decide", in)
		if err != nil {
			return err
		}
		if r.State == "waiting" {
			return p.told(r, fmt.Sprintf("%s 已签名：案件 %d 裁定 %s。改判须第二人签同样的内容才生效，请另一名登记人员执行：\nhexiao-hub case decide %d --verdict %s --as 姓名 --key 钥匙文件", in.By, number, verdict, number, verdict),
				fmt.Sprintf("%s has signed: case %d, %s. Nothing is done before a second person signs the same; another entered person runs:\nhexiao-hub case decide %d --verdict %s --as NAME --key FILE", in.By, number, verdict, number, verdict))
		}
		return p.told(r, fmt.Sprintf("案件 %d 已由 %s 裁定为 %s；支付 %s 元\n告知商户：%s", number, strings.Join(r.By, "、"), r.Verdict, r.Paid, r.Told.Zh),
			fmt.Sprintf("case %d was decided by %s: %s; %s yuan are paid\nthe merchant is told: %s", number, strings.Join(r.By, ", "), r.Verdict, r.Paid, r.Told.En))
	})
	c.Flags().StringVar(&verdict, "verdict", "", p.say("pay 支付、refuse 不支付；gap、fork 类：resume 继续使用、revoke 注销", "pay or refuse; of gap and fork: resume or revoke"))
	c.Flags().StringVar(&reason, "reason", "", p.say("原因，留存备查；第二名签名人可不写", "why; it stays on record. The second person who signs may leave it out"))
	by.flags(p, c)
	return c
}

// verdict fills in who decides, with a signature where it is a person.
func (p *program) verdict(ctx context.Context, in office.Verdict, by who) (office.Verdict, error) {
	key, err := by.secret(p)
	if err != nil {
		return in, err
	}
	if key == nil {
		in.By, err = operator()
		return in, err
	}
	s, err := ask[office.Statement](ctx, p, "case.statement", in)
	if err != nil {
		return in, err
	}
	says := func(b ledger.DecisionBody) bool {
		return b.Case == in.Case && b.Verdict == in.Verdict && b.Reason == s.Reason && (in.Reason == "" || in.Reason == b.Reason)
	}
	in.By, in.Reason, in.Raw = by.name, s.Reason, s.Raw
	in.Sig, err = sign(s.Raw, key, ledger.ForDecision, says)
	return in, err
}
