package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

func (p *program) decideCommand() *cobra.Command {
	var verdict, reason, answerBy, snoozeUntil string
	var snoozeScore float64
	var by who
	c := p.command("decide N", "裁定一个案件，或办理套现案件的一步：改判、暂停和解除须两名登记人员先后签名", "decide a case, or take a cash-out case a step on: against the rule, and to suspend or lift, two entered persons sign one after the other", 1, func(ctx context.Context, args []string) error {
		number, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil || verdict == "" {
			return misuse{errors.New(p.say("用法：hexiao-hub case decide 案件号 --verdict pay|refuse|resume|revoke|review|hear|answer|verify|clear|suspend|lift|police --reason 原因 [--as 姓名 --key 钥匙文件]",
				"usage: hexiao-hub case decide N --verdict pay|refuse|resume|revoke|review|hear|answer|verify|clear|suspend|lift|police --reason TEXT [--as NAME --key FILE]"))}
		}
		in := office.Verdict{Case: number, Verdict: voucher.CaseVerdict(verdict), Reason: reason, SnoozeScore: snoozeScore}
		if in.AnswerBy, err = p.moment("--answer-by", answerBy); err != nil {
			return err
		}
		if in.SnoozeUntil, err = p.moment("--snooze-until", snoozeUntil); err != nil {
			return err
		}
		if in, err = p.verdict(ctx, in, by); err != nil {
			return err
		}
		r, err := ask[office.Ruled](ctx, p, "case.decide", in)
		if err != nil {
			return err
		}
		if r.Stands != "" {
			return p.stepped(r, in)
		}
		if r.State == "waiting" {
			return p.told(r, fmt.Sprintf("%s 已签名：案件 %d 裁定 %s。改判须第二人签同样的内容才生效，请另一名登记人员执行：\nhexiao-hub case decide %d --verdict %s --as 姓名 --key 钥匙文件", in.By, number, verdict, number, verdict),
				fmt.Sprintf("%s has signed: case %d, %s. Nothing is done before a second person signs the same; another entered person runs:\nhexiao-hub case decide %d --verdict %s --as NAME --key FILE", in.By, number, verdict, number, verdict))
		}
		return p.told(r, fmt.Sprintf("案件 %d 已由 %s 裁定为 %s；支付 %s 元\n告知商户：%s", number, strings.Join(r.By, "、"), r.Verdict, r.Paid, r.Told.Zh),
			fmt.Sprintf("case %d was decided by %s: %s; %s yuan are paid\nthe merchant is told: %s", number, strings.Join(r.By, ", "), r.Verdict, r.Paid, r.Told.En))
	})
	c.Flags().StringVar(&verdict, "verdict", "", p.say("pay 支付、refuse 不支付；gap、fork 类：resume 继续使用、revoke 注销；cashout 类：review 核查、hear 要求说明、answer 记录答复、verify 属实、clear 排除、suspend 暂停、lift 解除、police 移送公安",
		"pay or refuse; of gap and fork: resume or revoke; of cashout: review, hear, answer, verify, clear, suspend, lift, police"))
	c.Flags().StringVar(&reason, "reason", "", p.say("原因，留存备查；answer 写商户的答复，police 写移送文号；第二名签名人可不写", "why; it stays on record. Of answer the merchant's words, of police the reference number. The second person who signs may leave it out"))
	c.Flags().StringVar(&answerBy, "answer-by", "", p.say("hear：答复期限，例如 2023-12-20T18:00:00+08:00；不写为三天", "of hear: until when the merchant may answer, such as 2023-12-20T18:00:00+08:00; three days when left out"))
	c.Flags().StringVar(&snoozeUntil, "snooze-until", "", p.say("clear：在此之前的预警只记录、不立案；不写为十四天", "of clear: alerts are only put on record until then; fourteen days when left out"))
	c.Flags().Float64Var(&snoozeScore, "snooze-score", 0, p.say("clear：得分不超过此值的预警才如此；不写为最高分的一倍半", "of clear: and only up to this score; half as much again as the highest when left out"))
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
	if s.Step {
		return p.signStep(in, s, key, by)
	}
	says := func(b ledger.DecisionBody) bool {
		return b.Case == in.Case && b.Verdict == in.Verdict && b.Reason == s.Reason && (in.Reason == "" || in.Reason == b.Reason)
	}
	in.By, in.Reason, in.Raw = by.name, s.Reason, s.Raw
	in.Sig, err = sign(s.Raw, key, ledger.ForDecision, says)
	return in, err
}
