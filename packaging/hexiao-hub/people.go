package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

func (p *program) merchantCommand() *cobra.Command {
	imports := p.command("import FILE.csv|.xlsx", "导入商户名单", "import the merchants' list", 1, func(ctx context.Context, args []string) error {
		f, err := p.file(args[0])
		if err != nil {
			return err
		}
		i, err := ask[office.Imported](ctx, p, "merchant.import", f)
		if err != nil {
			return err
		}
		return p.told(i, fmt.Sprintf("读入 %d 家商户：新增 %d，变更 %d", i.Rows, i.Added, i.Changed), fmt.Sprintf("read %d merchants: %d new, %d changed", i.Rows, i.Added, i.Changed))
	})
	list := p.command("list", "商户名单", "the merchants", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[[]store.MerchantRow](ctx, p, "merchant.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("编号\t名称\t行业\t乡镇\t状态\t终端\t核销\t金额", "code\tname\ttrade\ttownship\tstatus\tterminals\tredeemed\tyuan"), merchantRow)
	})
	show := p.command("show CODE", "一家商户", "one merchant", 1, func(ctx context.Context, args []string) error {
		m, err := ask[office.Merchant](ctx, p, "merchant.show", office.Named{ID: args[0]})
		if err != nil {
			return err
		}
		zh, en := merchantRow(m.MerchantRow), merchantRow(m.MerchantRow)
		if m.Case > 0 {
			zh, en = zh+fmt.Sprintf("\n套现案件 %d；暂缓支付 %s 元", m.Case, m.Held), en+fmt.Sprintf("\ncase %d about cash-out; %s yuan are held", m.Case, m.Held)
		}
		return p.told(m, zh, en)
	})
	return p.group("merchant", "商户", "merchants", imports, list, show,
		p.standing("suspend CODE", "merchant.suspend", "暂停商户：其终端随即不能核销", "suspend a merchant: its terminals stop at once"),
		p.standing("resume CODE", "merchant.resume", "恢复商户", "let a suspended merchant in again"))
}

func merchantRow(m store.MerchantRow) string {
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s", m.Code, m.Name, m.Trade, m.Township, m.Status, m.Terminals, m.Redeemed, m.Face)
}

// standing makes the commands that suspend a merchant and let it in again.
func (p *program) standing(use, operation, zh, en string) *cobra.Command {
	var reason string
	c := p.command(use, zh, en, 1, func(ctx context.Context, args []string) error {
		m, err := ask[voucher.Merchant](ctx, p, operation, office.Suspension{Code: voucher.MerchantID(args[0]), Reason: reason})
		if err != nil {
			return err
		}
		return p.told(m, fmt.Sprintf("商户 %s 现在是 %s", m.Code, m.Status), fmt.Sprintf("merchant %s is %s now", m.Code, m.Status))
	})
	c.Flags().StringVar(&reason, "reason", "", p.say("原因，留存备查", "why; it stays on record"))
	return c
}

func (p *program) terminalCommand() *cobra.Command {
	var merchant, place, reason string
	token := p.command("token", "生成入网码：一台终端，只用一次，24 小时有效", "make an enrolment token: one terminal, one use, 24 hours", 0, func(ctx context.Context, _ []string) error {
		in := office.WantToken{Merchant: voucher.MerchantID(merchant)}
		var err error
		if in.Place, err = p.place(place); err != nil {
			return err
		}
		if merchant == "" {
			return misuse{fmt.Errorf("%s", p.say("请用 --merchant 指明商户编号", "name the merchant with --merchant CODE"))}
		}
		t, err := ask[office.Token](ctx, p, "terminal.token", in)
		if err != nil {
			return err
		}
		until := t.Expires.Format("2006-01-02 15:04")
		return p.told(t, fmt.Sprintf("%s\n商户 %s %s；%s 前有效，只显示这一次", t.Token, t.Merchant, t.Name, until),
			fmt.Sprintf("%s\nfor merchant %s %s; good until %s, and shown only this once", t.Token, t.Merchant, t.Name, until))
	})
	token.Flags().StringVar(&merchant, "merchant", "", p.say("商户编号", "the merchant's code"))
	token.Flags().StringVar(&place, "place", "", p.say("终端位置：纬度,经度", "where the terminal stands: LAT,LON"))
	list := p.command("list", "终端", "the terminals", 0, func(ctx context.Context, _ []string) error {
		all, err := ask[[]office.Terminal](ctx, p, "terminal.list", office.None{})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("终端\t商户\t状态\t最近报告\t待传\t滞留\t版本\t验收", "terminal\tmerchant\tstate\tlast report\tqueued\tstranded\tversion\taccepted"), terminalRow)
	})
	show := p.command("show ID", "一台终端", "one terminal", 1, func(ctx context.Context, args []string) error {
		t, err := ask[office.Terminal](ctx, p, "terminal.show", office.Named{ID: args[0]})
		if err != nil {
			return err
		}
		said := terminalRow(t) + p.acceptanceText(t.Acceptance)
		return p.told(t, said, said)
	})
	revoke := p.command("revoke ID", "注销终端：不能恢复", "revoke a terminal, for good", 1, func(ctx context.Context, args []string) error {
		if _, err := ask[office.None](ctx, p, "terminal.revoke", office.Revocation{ID: voucher.TerminalID(args[0]), Reason: reason}); err != nil {
			return err
		}
		return p.told(map[string]string{"id": args[0], "state": string(voucher.TerminalRevoked)}, "终端 "+args[0]+" 已注销", "terminal "+args[0]+" is revoked")
	})
	revoke.Flags().StringVar(&reason, "reason", "", p.say("原因，留存备查", "why; it stays on record"))
	return p.group("terminal", "终端", "terminals", token, list, show, revoke, p.acceptancesCommand(), p.writeOffCommand())
}

func terminalRow(t office.Terminal) string {
	last := "-"
	if t.LastReport != nil {
		last = t.LastReport.Local().Format(time.DateTime)
	}
	stranded := "-"
	if s := t.Stranded; s != nil {
		stranded = fmt.Sprintf("%d (%s)", s.Units, s.Sum)
	}
	accepted := "-"
	if t.AcceptedAt != nil {
		accepted = t.AcceptedAt.Local().Format(time.DateTime)
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s", t.ID, t.Merchant, t.State, last, t.Queued, stranded, t.Version, accepted)
}

// place reads LAT,LON; nil for nothing.
func (p *program) place(s string) (*voucher.Place, error) {
	if s == "" {
		return nil, nil
	}
	lat, lon, two := strings.Cut(s, ",")
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if !two || errX != nil || errY != nil || y < -90 || y > 90 || x < -180 || x > 180 {
		return nil, misuse{fmt.Errorf(p.say("--place 须为 纬度,经度，例如 33.74,112.91，而不是 %q", "--place wants LAT,LON such as 33.74,112.91, not %q"), s)}
	}
	return &voucher.Place{Lat: y, Lon: x}, nil
}
