package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/ui"
)

func (p *program) journalCommand() *cobra.Command {
	root := p.command("journal", "看本机的核销日志", "look at this till's journal", p.noCommand, nil)
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	var day, out string
	list := p.command("list --data DIR [--day 2023-12-11]", "一天的核销", "the redemptions of a day", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.list(ctx, day) })
	list.Flags().StringVar(&day, "day", "", p.say.of("`日期`，默认今天（活动所在时区）", "the `day`, today in the campaign's zone when left out"))
	verify := p.command("verify --data DIR", "从头到尾核对日志", "read the whole journal again and check it", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.verify(ctx) })
	export := p.command("export --data DIR [--out FILE]", "导出日志，每行一条 JSON，不含券码", "export the journal, one JSON object a line, without codes", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.export(ctx, out) })
	export.Flags().StringVar(&out, "out", "", p.say.of("写到这个`文件`，默认写到标准输出；已有的文件不会被覆盖", "write to this `file`, standard output when left out; a file that is there already is kept"))
	root.AddCommand(p.withJSON(p.withData(list)), p.withJSON(p.withData(verify)), p.withData(export), p.checkCommand())
	return root
}

func (p *program) list(ctx context.Context, day string) error {
	lines, err := ask(p, func(c *desk.Client) ([]desk.Line, error) { return c.Day(ctx, day) },
		func(j *journal.Journal) ([]desk.Line, error) { return agent.Day(j, day) })
	refusal, isRefusal := errors.AsType[*desk.Error](err)
	if errors.Is(err, desk.ErrDay) || isRefusal && refusal.Status == 400 {
		return wrongUse("--day 须写成 2023-12-11 的样子", "--day is written as 2023-12-11")
	}
	if err != nil {
		return err
	}
	for _, l := range lines {
		if p.json {
			if err := p.print(l); err != nil {
				return err
			}
			continue
		}
		p.line("%s  %-16s %12s -%s  %s  %s  %s  %s", l.At.Format("2006-01-02 15:04:05"), l.Redemption, ui.Yuan(l.Bill, string(p.say)), ui.Yuan(l.Face, string(p.say)),
			l.Voucher, p.state(l), p.say.text(ui.BillSource(l.BillSource)), l.Order)
	}
	return nil
}

// state is the word for a line's state; one of practice says so.
func (p *program) state(l desk.Line) string {
	word := p.say.text(ui.State(l.State))
	if l.Practice {
		word += p.say.of("（练习）", " (practice)")
	}
	return word
}

func (p *program) verify(ctx context.Context) error {
	_, err := ask(p, func(c *desk.Client) (any, error) { return nil, c.Verify(ctx) },
		func(j *journal.Journal) (any, error) { return nil, j.Verify() })
	if err != nil {
		return err
	}
	if p.json {
		return p.print(map[string]bool{"whole": true})
	}
	p.line("%s", p.say.of("日志完整。", "the journal is whole"))
	return nil
}

// export never leaves a part that could be taken for the whole: a file that is not finished is removed.
func (p *program) export(ctx context.Context, file string) (err error) {
	to := p.out
	if file != "" {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return failed(err, "文件 "+file+" 已经有了，没有覆盖", "the file "+file+" is there already and was kept")
		}
		if err != nil {
			return err
		}
		defer func() {
			if closed := f.Close(); err == nil {
				err = closed
			}
			if err != nil {
				os.Remove(file)
			}
		}()
		to = f
	}
	_, err = ask(p, func(c *desk.Client) (any, error) { return nil, c.Export(ctx, to) },
		func(j *journal.Journal) (any, error) { return nil, j.Export(to) })
	return err
}
