package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

func (p *program) shiftCommand() *cobra.Command {
	root := p.command("shift", "班次：看本班、交班、以前的班", "shifts: the one that runs, closing it, and those before", p.noCommand, nil)
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	show := p.command("show --data DIR", "本班的汇总", "the sums of the shift that runs", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.showShift(ctx) })
	shut := p.command("close --data DIR [NUMBER]", "交班", "close the shift that runs", p.args(0, 1, ""), p.closeShift)
	shut.Long = p.say.of("交班。写上班次号时，只交这一班：已经交过的班再交一次，只会把它再显示一遍。",
		"Close the shift that runs. With a number only that shift is closed; one that is closed already is shown again and nothing else happens.")
	list := p.command("list --data DIR", "以前的班，最近的在前", "the closed shifts, the newest first", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.listShifts(ctx) })
	root.AddCommand(p.withJSON(p.withData(show)), p.withJSON(p.withData(shut)), p.withJSON(p.withData(list)))
	return root
}

func (p *program) showShift(ctx context.Context) error {
	client, err := p.agent()
	if err != nil {
		return err
	}
	s, err := client.Shift(ctx)
	if err != nil {
		return err
	}
	return p.printShift(s)
}

// closeShift closes the shift of a number; without one, the shift that runs as it is asked.
func (p *program) closeShift(ctx context.Context, args []string) error {
	number := 0
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 {
			return wrongUse(printable(args[0])+" 不是班次号；班次号形如 12", printable(args[0])+" is no number of a shift; one looks like 12")
		}
		number = n
	}
	client, err := p.agent()
	if err != nil {
		return err
	}
	if number == 0 {
		running, err := client.Shift(ctx)
		if err != nil {
			return err
		}
		number = running.Number
	}
	s, err := client.CloseShift(ctx, number)
	if err != nil {
		return err
	}
	return p.printShift(s)
}

func (p *program) listShifts(ctx context.Context) error {
	client, err := p.agent()
	if err != nil {
		return err
	}
	shifts, err := client.Shifts(ctx)
	if err != nil {
		return err
	}
	for _, s := range shifts {
		if p.json {
			err = p.print(s)
		} else {
			p.line("%s", p.shiftLine(s))
			p.line("    %s", p.say.text(s.Hub.Text))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printShift prints one shift as a slip would have it.
func (p *program) printShift(s desk.Shift) error {
	if p.json {
		return p.print(s)
	}
	p.line("%s", p.shiftLine(s))
	for _, t := range s.Tiers {
		p.sum(p.say.text(t.Name), t.Sum)
	}
	p.sum(p.say.of("其中已确认", "of these confirmed"), s.Final)
	p.sum(p.say.of("其中待确认", "of these not yet confirmed"), s.Provisional)
	p.sum(p.say.of("已撤销", "voided"), s.Voided)
	p.sum(p.say.of("有争议", "disputed"), s.Disputed)
	if later := s.Later; later != nil {
		p.sum(p.say.of("现在：已确认", "by now: confirmed"), later.Final)
		p.sum(p.say.of("现在：待确认", "by now: not yet confirmed"), later.Provisional)
		p.sum(p.say.of("现在：已撤销", "by now: voided"), later.Voided)
		p.sum(p.say.of("现在：有争议", "by now: disputed"), later.Disputed)
	}
	p.line("%s", p.say.text(s.Hub.Text))
	if s.Hub.Next != (voucher.Text{}) {
		p.line("%s", p.say.text(s.Hub.Next))
	}
	return nil
}

// sum prints one row; one of nothing is left out.
func (p *program) sum(name string, s desk.Sum) {
	if s.Count > 0 {
		p.line(p.say.of("  %s：%d 笔，账单 %s，减 %s", "  %s: %d, bills %s, %s off"), name, s.Count, p.yuan(s.Bill), p.yuan(s.Face))
	}
}

func (p *program) yuan(f voucher.Fen) string { return ui.Yuan(f, string(p.say)) }

// shiftLine is a shift in one line.
func (p *program) shiftLine(s desk.Shift) string {
	at := func(t time.Time) string { return t.Format("2006-01-02 15:04") }
	when := ""
	switch {
	case s.Until != nil && s.From.IsZero():
		when = p.say.of("，", ", ") + p.say.of(at(*s.Until)+" 交", "closed "+at(*s.Until))
	case s.Until != nil:
		when = p.say.of("，", ", ") + at(s.From) + p.say.of(" 到 ", " to ") + at(*s.Until)
	case !s.From.IsZero():
		when = p.say.of("，自 ", ", since ") + at(s.From)
	}
	return fmt.Sprintf(p.say.of("第 %d 班%s：%d 笔，账单 %s，减 %s", "shift %d%s: redemptions %d, bills %s, %s off"),
		s.Number, when, s.Standing.Count, p.yuan(s.Standing.Bill), p.yuan(s.Standing.Face))
}
