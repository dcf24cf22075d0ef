package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"hexiao/hub/audit"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
)

func (p *program) auditCommand() *cobra.Command {
	var bundle, out string
	verify := p.command("verify", "重新推导账本的链、签名、租约、结果和金额", "derive the book's chain, signatures, leases, outcomes and sums anew", 0, func(ctx context.Context, _ []string) error {
		if bundle != "" {
			return p.auditBundle(ctx, bundle)
		}
		a, err := ask[office.Audited](ctx, p, "audit.verify", office.None{})
		if err != nil {
			return err
		}
		return p.audited(a, a.Audited, fmt.Sprintf("%d %s", a.Position, a.Head))
	})
	verify.Flags().StringVar(&bundle, "bundle", "", p.say("审计导出的文件，不需要中心", "a file of `audit export`; needs no hub"))
	export := p.command("export", "导出账本供他人审计", "export the book for somebody else to audit", 0, func(ctx context.Context, _ []string) error {
		if out == "" {
			return misuse{errors.New(p.say("请用 --out 指定文件", "name the file with --out"))}
		}
		path, err := filepath.Abs(out)
		if err != nil {
			return err
		}
		e, err := ask[office.Exported](ctx, p, "audit.export", office.Export{File: path})
		if err != nil {
			return err
		}
		return p.told(e, fmt.Sprintf("已写入 %s，到第 %d 条，链值 %s", e.File, e.Position, e.Head),
			fmt.Sprintf("wrote %s, up to entry %d; the chain there is %s", e.File, e.Position, e.Head))
	})
	export.Flags().StringVar(&out, "out", "", p.say("新文件", "a new file"))
	return p.group("audit", "审计", "audits", verify, export, p.recordCommand())
}

// recordCommand holds a paper slip against the book.
func (p *program) recordCommand() *cobra.Command {
	var want office.WantRecord
	c := p.command("record REDEMPTION-ID", "按小票上的核销编号查账本里的记录，并核对链值", "find the record behind a slip's redemption number, and compare the chain", 1, func(ctx context.Context, args []string) error {
		want.ID = args[0]
		r, err := ask[office.Record](ctx, p, "audit.record", want)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s  %s  %s  %s  %s  %s  %s", r.ID, r.Kind, r.Result, r.Merchant, r.Voucher, r.Bill, r.Chain)
		return p.told(r, line, line)
	})
	c.Flags().StringVar(&want.Chain, "chain", "", p.say("小票上的链值，与账本不符则失败", "the chain on the slip; fails when it is not the book's"))
	return c
}

func (p *program) auditBundle(ctx context.Context, path string) error {
	done, err := audit.Verify(ctx, audit.Bundle{Path: path})
	if err != nil {
		return fmt.Errorf(p.say("审计未通过：%w", "the audit found: %w"), err)
	}
	return p.audited(done, done, path)
}

func (p *program) audited(v any, a ledger.Audited, where string) error {
	return p.told(v,
		fmt.Sprintf("无误：%d 条，%d 笔核销共 %s 元，%d 份租约，%d 个签名，%d 处封签（%s）", a.Entries, a.Redeemed, a.Sum, a.Leases, a.Signatures, a.Seals, where),
		fmt.Sprintf("good: %d entries, %d redemptions worth %s yuan, %d leases, %d signatures, %d seals (%s)", a.Entries, a.Redeemed, a.Sum, a.Leases, a.Signatures, a.Seals, where))
}
