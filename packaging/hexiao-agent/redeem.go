package main

import (
	"context"
	"errors"
	"io/fs"
	"unicode"

	"github.com/spf13/cobra"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

func (p *program) redeemCommand() *cobra.Command {
	var bill, order, payer string
	c := p.command("redeem --data DIR --bill YUAN [--order TEXT] [--payer TEXT] CODE", "用一张券抵一单", "use one voucher against one bill",
		p.args(1, 1, "CODE"), func(ctx context.Context, args []string) error {
			return p.redeem(ctx, bill, desk.Sale{Order: order, Payer: payer, Code: args[0]})
		})
	c.Long = p.say.of("请运行中的服务用一张券抵一单。退出码：0 核销成功，3 离线受理，4 不可核销，5 请重扫（1、2 见下）。",
		"Ask the running agent to use one voucher against one bill. Exit codes: 0 FINAL, 3 PROVISIONAL, 4 REFUSED, 5 SCAN AGAIN (1 and 2 as below).")
	c.Flags().StringVar(&bill, "bill", "", p.say.of("本单`金额`，元，最多两位小数（必填）", "the bill in `yuan`, at most two decimals (needed)"))
	c.Flags().StringVar(&order, "order", "", p.say.of("本店的`单号`；同一单号重复执行只核销一次", "the shop's own `number` of the sale; the same number again redeems once"))
	c.Flags().StringVar(&payer, "payer", "", p.say.of("付款`账户`（由收款软件提供）；只保存加密后的散列值", "the paying `account` as the POS names it; only a keyed hash is kept"))
	return p.withJSON(p.withData(c))
}

func (p *program) redeem(ctx context.Context, bill string, sale desk.Sale) error {
	if bill == "" {
		return wrongUse("缺少 --bill 金额", "--bill YUAN is missing")
	}
	fen, err := voucher.ParseYuan(bill)
	if err != nil {
		t := ui.Amount(err)
		return wrongUse("--bill "+printable(bill)+"："+t.Zh, "--bill "+printable(bill)+": "+t.En)
	}
	client, err := p.agent()
	if err != nil {
		return err
	}
	sale.Bill = fen
	a, err := client.Redeem(ctx, sale)
	if err != nil {
		return err
	}
	return p.answer(a)
}

func (p *program) voidCommand() *cobra.Command {
	c := p.command("void --data DIR REDEMPTION-ID", "撤销一笔核销", "undo a redemption of this till", p.args(1, 1, "REDEMPTION-ID"),
		func(ctx context.Context, args []string) error { return p.void(ctx, args[0]) })
	c.Long = p.say.of("请运行中的服务撤销一笔核销。退出码：0 已撤销，3 已撤销、联网后报告中心，4 不能撤销（1、2 见下）。",
		"Ask the running agent to undo a redemption. Exit codes: 0 undone, 3 undone here and the hub will be told, 4 not undone (1 and 2 as below).")
	return p.withJSON(p.withData(c))
}

func (p *program) void(ctx context.Context, text string) error {
	id, err := redemptionID(text)
	if err != nil {
		return err
	}
	client, err := p.agent()
	if err != nil {
		return err
	}
	a, err := client.Void(ctx, id)
	if err != nil {
		return err
	}
	return p.answer(a)
}

func redemptionID(text string) (voucher.RedemptionID, error) {
	id, err := voucher.ParseRedemptionID(text)
	if err != nil {
		err = wrongUse(printable(text)+" 不是核销编号；核销编号形如 T000001-1-42", printable(text)+" is no redemption ID; one looks like T000001-1-42")
	}
	return id, err
}

// answer prints one answer; the exit code says which of the four it is.
func (p *program) answer(a desk.Answer) error {
	if p.json {
		if err := p.print(a); err != nil {
			return err
		}
	} else {
		if !a.Voided {
			p.line("%s", p.say.text(ui.Title(a.Answer)))
		}
		p.line("%s\n%s", p.say.text(a.Message), p.say.text(a.Next))
		if a.Redemption != "" {
			p.line(p.say.of("核销编号 %s", "redemption %s"), a.Redemption)
		}
		if a.Practice {
			p.line("%s", p.say.of("（练习）", "(practice)"))
		}
	}
	switch a.Answer {
	case voucher.Final:
		return nil
	case voucher.Provisional:
		return &ending{code: exitProvisional}
	case voucher.ScanAgain:
		return &ending{code: exitScanAgain}
	}
	return &ending{code: exitRefused}
}

// agent finds the agent that runs on the folder; whether it still does shows when it is asked something.
func (p *program) agent() (*desk.Client, error) {
	client, err := desk.Find(p.data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, desk.ErrUnreachable
	}
	return client, err
}

// printable is what a person typed, without what a terminal would act on.
func printable(s string) string {
	clean := []rune{}
	for _, r := range s {
		if unicode.IsPrint(r) && len(clean) < 40 {
			clean = append(clean, r)
		}
	}
	return string(clean)
}
