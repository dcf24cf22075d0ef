package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hexiao/hub/office"
	"hexiao/hub/store"
)

func (p *program) acceptancesCommand() *cobra.Command {
	const use = "acceptances [ID]"
	c := p.command(use, "验收记录：谁在什么时候验收了哪台终端，当时装了什么、查了什么", "technicians' signed words that a terminal works: who, when, with what devices and checks", 0, func(ctx context.Context, args []string) error {
		all, err := ask[[]store.HandoverRow](ctx, p, "terminal.acceptances", office.Named{ID: strings.Join(args, "")})
		if err != nil {
			return err
		}
		return lines(p, all, p.say("记录\t商户\t中心收到\t验收人\t测试核销\t程序\t系统\t设备\t备注", "record\tmerchant\treceived\ttechnician\tlane redemption\tversion\tsystem\tdevices\tnote"), p.acceptanceRow)
	})
	c.Args = func(_ *cobra.Command, given []string) error {
		if len(given) > 1 {
			return misuse{errors.New(p.say("用法：", "usage: ") + "hexiao-hub … " + use)}
		}
		return nil
	}
	return c
}

func (p *program) acceptanceRow(h store.HandoverRow) string {
	lane := h.Lane
	if !h.Honoured {
		lane += p.say("（中心没有当天通过的这次测试）", " (the hub finds no such test that passed that day)")
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s", h.ID, h.Merchant, h.HubTime.Local().Format(time.DateTime), h.Technician, lane, h.Version, h.System, len(h.Fittings), h.Note)
}

// acceptanceText is one acceptance in sentences; "" for none.
func (p *program) acceptanceText(h *store.HandoverRow) string {
	if h == nil {
		return ""
	}
	var b strings.Builder
	line := func(zh, en string, args ...any) { fmt.Fprintf(&b, "\n"+p.say(zh, en), args...) }
	line("%s 由 %s 验收（记录 %s，测试核销 %s），程序 %s，%s", "accepted %s by %s (record %s, lane redemption %s), version %s on %s",
		h.HubTime.Local().Format(time.DateTime), h.Technician, h.ID, h.Lane, h.Version, h.System)
	for _, f := range h.Fittings {
		state := p.say("已连接", "connected")
		if !f.Connected {
			state = p.say("未连接", "not connected")
		}
		line("  设备 %s %s %s %s", "  device %s %s %s %s", f.Kind, f.Name, f.USB, state)
	}
	var checks, steps []string
	for _, c := range h.Checks {
		checks = append(checks, c.Check+" "+c.State)
	}
	for _, s := range h.Steps {
		steps = append(steps, fmt.Sprintf("%s %d ms", s.Step, s.MS))
	}
	for _, l := range []struct{ zh, en, text string }{
		{"  检查：%s", "  checks: %s", strings.Join(checks, ", ")},
		{"  用时：%s", "  times: %s", strings.Join(steps, ", ")},
		{"  明知不合格：%s", "  in spite of: %s", strings.Join(h.Despite, ", ")},
		{"  备注：%s", "  note: %s", h.Note},
	} {
		if l.text != "" {
			line(l.zh, l.en, l.text)
		}
	}
	return b.String()
}
