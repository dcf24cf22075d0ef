package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
	"hexiao/ui/console"
)

// moment reads a time of a flag; nil for nothing.
func (p *program) moment(flag, s string) (*time.Time, error) {
	if s == "" {
		return nil, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil, misuse{fmt.Errorf(p.say("%s 须为 RFC 3339 时间，例如 2023-12-20T18:00:00+08:00，而不是 %q", "%s wants a time in RFC 3339 such as 2023-12-20T18:00:00+08:00, not %q"), flag, s)}
	}
	return &t, nil
}

// signStep signs a step after looking that it says what was asked for.
func (p *program) signStep(in office.Verdict, s office.Statement, key ed25519.PrivateKey, by who) (office.Verdict, error) {
	same := func(want *time.Time, ms int64) bool { return want == nil || want.UnixMilli() == ms }
	says := func(b ledger.StepBody) bool {
		return b.Case == in.Case && b.Verdict == in.Verdict && b.Reason == s.Reason && (in.Reason == "" || in.Reason == b.Reason) &&
			same(in.AnswerBy, b.AnswerBy) && same(in.SnoozeUntil, b.SnoozeUntil)
	}
	in.By, in.Reason, in.Raw = by.name, s.Reason, s.Raw
	var err error
	in.Sig, err = sign(s.Raw, key, ledger.ForStep, says)
	return in, err
}

// stepped says what came of a step.
func (p *program) stepped(r office.Ruled, in office.Verdict) error {
	if r.State == "waiting" {
		return p.told(r, fmt.Sprintf("%s 已签名：案件 %d，%s。须第二人签同样的内容才生效，请另一名登记人员执行：\nhexiao-hub case decide %d --verdict %s --as 姓名 --key 钥匙文件", in.By, r.Case, r.Verdict, r.Case, r.Verdict),
			fmt.Sprintf("%s has signed: case %d, %s. Nothing is done before a second person signs the same; another entered person runs:\nhexiao-hub case decide %d --verdict %s --as NAME --key FILE", in.By, r.Case, r.Verdict, r.Case, r.Verdict))
	}
	zh := fmt.Sprintf("案件 %d：%s（%s）。现在是“%s”；暂缓支付 %s 元", r.Case, voucher.StepText(r.Verdict).Zh, strings.Join(r.By, "、"), r.Stands.Text().Zh, r.Held)
	en := fmt.Sprintf("case %d: %s by %s. It is %q now; %s yuan are held", r.Case, r.Verdict, strings.Join(r.By, ", "), r.Stands.Text().En, r.Held)
	if r.AnswerBy != nil {
		at := r.AnswerBy.Local().Format(time.DateTime)
		zh, en = zh+"\n商户答复期限："+at, en+"\nthe merchant may answer until "+at
	}
	return p.told(r, zh+"\n"+p.possible(r.Possible), en+"\n"+p.possible(r.Possible))
}

// possible says what can be done now.
func (p *program) possible(all []office.Way) string {
	if len(all) == 0 {
		return p.say("此案已了结", "the case is closed")
	}
	var can []string
	for _, w := range all {
		can = append(can, fmt.Sprintf(p.say("%s（%s）", "%s (%s)"), w.Verdict, w.Text.In(p.lang)))
	}
	return p.say("现在可以：", "possible now: ") + strings.Join(can, p.say("、", ", "))
}

// cashoutFile prints a case about cash-out for a person who has to take it on.
func (p *program) cashoutFile(c *office.CashoutFile, picture *console.CaseFile) error {
	say := func(zh, en string, args ...any) { fmt.Fprintf(p.out, p.say(zh, en)+"\n", args...) }
	say("案件 %d（cashout，%s），%s，商户 %s %s", "case %d (cashout, %s), %s, merchant %s %s", c.Number, c.Stands.In(p.lang), c.Opened.Local().Format(time.DateTime), c.Merchant, c.Name)
	say("得分 %.2f（最高 %.2f），规则 %s，共 %d 笔核销、%d 次预警；暂缓支付 %s 元", "score %.2f (highest %.2f), rules %s, %d redemptions and %d alerts; %s yuan are held",
		c.Alert.Score, c.High, c.Alert.Rules, c.Alert.Seen, len(c.Alerts), c.Held)
	for _, w := range c.Alert.Why {
		p.why(w)
	}
	for _, f := range picture.Figures(p.lang) {
		if err := p.figure(f); err != nil {
			return err
		}
	}
	for _, s := range c.Steps {
		p.stepTaken(s)
	}
	for _, s := range c.Waiting {
		say("%s 已签名 %s：%s；等待第二人", "%s has signed %s: %s; a second person is waited for", strings.Join(s.By, ", "), s.Verdict, s.Reason)
	}
	say("%s", "%s", p.possible(c.Possible))
	return nil
}

// figure prints in words what the page draws.
func (p *program) figure(f console.Figure) error {
	fmt.Fprintf(p.out, "%s\n", f.Title)
	for _, note := range f.Notes {
		fmt.Fprintf(p.out, "    %s\n", note)
	}
	if len(f.Rows) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{f.Head}, f.Rows...) {
		fmt.Fprintf(w, "    %s\n", strings.Join(row, "\t"))
	}
	return w.Flush()
}

// why prints what one signal brings: counts against the peers' rate, the vouchers, and what to check first.
func (p *program) why(w office.Why) {
	say := func(zh, en string, args ...any) { fmt.Fprintf(p.out, p.say(zh, en)+"\n", args...) }
	s, known := cashout.SignalNamed(w.Signal)
	name := w.Signal
	if known {
		name = fmt.Sprintf("%s (%s)", s.Words().In(p.lang), w.Signal)
	}
	say("  %s  %.2f", "  %s  %.2f", name, w.Score)
	for _, m := range w.Marks {
		words := m.Mark
		if text := s.MarkWords(m.Mark).In(p.lang); known && text != "" {
			words = text
		}
		say("    %d / %d 笔：%s；同行 %.2f%%", "    %d of %d: %s; peers %.2f%%", m.Count, m.Of, words, m.Peers*100)
	}
	if len(w.Vouchers) > 0 {
		say("    券：%s", "    vouchers: %s", strings.Join(w.Vouchers, " "))
	}
	say("    %s", "    %s", w.Innocent.In(p.lang))
}

func (p *program) stepTaken(s office.StepRow) {
	say := func(zh, en string, args ...any) { fmt.Fprintf(p.out, p.say(zh, en)+"\n", args...) }
	say("%s  %s（%s）：%s", "%s  %s (%s): %s", s.At.Local().Format(time.DateTime), s.Text.In(p.lang), strings.Join(s.By, ", "), s.Reason)
	if s.AnswerBy != nil {
		say("    答复期限 %s", "    to be answered by %s", s.AnswerBy.Local().Format(time.DateTime))
	}
	if s.SnoozeUntil != nil {
		say("    %s 之前，得分不超过 %.2f 的预警只记录", "    until %s alerts up to %.2f are only put on record", s.SnoozeUntil.Local().Format(time.DateTime), s.SnoozeScore)
	}
	if s.Unanswered {
		say("    商户未在期限内答复", "    no answer came in time")
	}
}

func (p *program) screening(ctx context.Context, shadow bool) error {
	all, err := ask[[]office.Screened](ctx, p, "case.screening", office.WantScreening{Shadow: shadow})
	if err != nil {
		return err
	}
	return lines(p, all, p.say("商户\t名称\t得分\t最高\t级别\t主要信号\t核销\t预警\t案件\t状态\t自", "merchant\tname\tscore\thighest\tlevel\tmain signals\tredemptions\talerts\tcase\tstate\tsince"), func(s office.Screened) string {
		number := "-"
		if s.Case > 0 {
			number = fmt.Sprint(s.Case)
		}
		return fmt.Sprintf("%s\t%s\t%.2f\t%.2f\t%s\t%s\t%d\t%d\t%s\t%s\t%s", s.Merchant, s.Name, s.Score, s.High, s.Level, strings.Join(s.Signals, " "), s.Redemptions, s.Alerts,
			number, s.State.Text().In(p.lang), s.Since.Local().Format(time.DateTime))
	})
}

func (p *program) precisionCommand() *cobra.Command {
	return p.command("precision", "以往裁定的命中率：按规则版本和主要信号", "how often alerts were right, by rules and main signal", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[office.Precisions](ctx, p, "case.precision", office.None{})
		if err != nil {
			return err
		}
		if p.json {
			return p.object(all)
		}
		if err := lines(p, all.Rows, p.say("规则\t信号\t属实\t排除\t未决\t命中率", "rules\tsignal\tverified\tcleared\topen\tprecision"), precisionRow); err != nil || all.Shadow == nil {
			return err
		}
		fmt.Fprintf(p.out, p.say("试运行的规则 %s 对 %d 家商户评分：属实的案件中会预警 %d，排除的案件中会预警 %d\n",
			"the rules %s, which are only tried, rank %d merchants: of the cases verified they alert of %d, of those cleared of %d\n"), all.Shadow.Rules, all.Shadow.Merchants, all.Shadow.Verified, all.Shadow.Cleared)
		return lines(p, all.Shadow.Rows, p.say("案件\t商户\t属实\t得分\t试运行得分\t名次\t预警", "case\tmerchant\tverified\tscore\ttried score\trank\talert"), func(r office.TrialRow) string {
			return fmt.Sprintf("%d\t%s\t%t\t%.2f\t%.2f\t%d\t%t", r.Case, r.Merchant, r.Verified, r.Score, r.Shadow, r.Rank, r.Alerted)
		})
	})
}

func precisionRow(r office.Precision) string {
	share, signal := "-", r.Signal
	if r.Precision != nil {
		share = fmt.Sprintf("%.0f%%", *r.Precision*100)
	}
	if signal == "" {
		signal = "*"
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%s", r.Rules, signal, r.Verified, r.Cleared, r.Open, share)
}

func (p *program) streamCommand() *cobra.Command {
	var out, registry, rules string
	c := p.command("stream", "导出套现检测所见的全部事件（NDJSON），可用 replay 重放", "export all events that the cash-out detector sees (NDJSON), to be replayed", 0, func(ctx context.Context, _ []string) error {
		if out == "" {
			return misuse{errors.New(p.say("请用 --out 给出文件", "name a file with --out"))}
		}
		in := office.WantStream{}
		for _, f := range []struct {
			name string
			to   *string
		}{{out, &in.File}, {registry, &in.Registry}, {rules, &in.Rules}} {
			if f.name == "" {
				continue
			}
			whole, err := filepath.Abs(f.name)
			if err != nil {
				return err
			}
			*f.to = whole
		}
		s, err := ask[office.Streamed](ctx, p, "case.stream", in)
		if err != nil {
			return err
		}
		return p.told(s, fmt.Sprintf("已写入 %d 个事件：%s", s.Events, s.File), fmt.Sprintf("wrote %d events to %s", s.Events, s.File))
	})
	c.Flags().StringVar(&out, "out", "", p.say("要写的文件", "the file to write"))
	c.Flags().StringVar(&rules, "rules", "", p.say("另写所用规则（含本活动的门槛）的文件", "the file for the rules, with the campaign's thresholds"))
	c.Flags().StringVar(&registry, "registry", "", p.say("另写商户登记信息的文件", "the file for the merchants as they signed up"))
	return c
}
