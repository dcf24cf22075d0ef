package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"hexiao/drivers/printer"
)

func (p *program) printCommand() *cobra.Command {
	var test bool
	var s settings
	c := p.command("print --data DIR REDEMPTION-ID", "打印一笔核销的小票", "print the slip of a redemption", p.args(0, 1, ""), func(ctx context.Context, args []string) error {
		switch {
		case test && len(args) > 0:
			return wrongUse("--test 只打测试页，不要再写核销编号", "--test prints a test page and takes no redemption ID")
		case test:
			return p.printTest(ctx, s)
		case len(args) == 0:
			return wrongUse("缺少核销编号，例如 T000001-1-42；打测试页请用 --test", "REDEMPTION-ID is missing, such as T000001-1-42; for a test page use --test")
		}
		return p.printSlip(ctx, args[0])
	})
	c.Long = p.say.of("请运行中的服务打印一笔核销的小票；同一张第二次起标“补打”。\n--test 不需要服务：按设置里的 [printer] 直接打一张测试页，有汉字、列宽的标尺和切纸。",
		"Ask the running agent to print the slip of a redemption; from the second time on it says COPY.\n--test needs no agent: it prints a test page on the printer of [printer] in the settings, with Chinese, a ruler of its width, and a cut.")
	c.Flags().BoolVar(&test, "test", false, p.say.of("打一张测试页", "print a test page"))
	c.Flags().StringVar(&s.file, "config", "", p.say.of("--test 用的配置`文件`（TOML）；不写则用数据目录里的 agent.toml", "the settings for --test, a TOML `file`; agent.toml in the data folder when left out"))
	return p.withJSON(p.withData(c))
}

func (p *program) printSlip(ctx context.Context, text string) error {
	id, err := redemptionID(text)
	if err != nil {
		return err
	}
	client, err := p.agent()
	if err != nil {
		return err
	}
	done, err := client.Print(ctx, id, "", 0)
	switch {
	case err != nil:
		return err
	case p.json:
		return p.print(done)
	case done.Copy:
		p.line("%s", p.say.of("已打印，标了“补打”", "printed, marked as a copy"))
	default:
		p.line("%s", p.say.of("已打印", "printed"))
	}
	return nil
}

// printTest prints a page without the agent. Between its own pages the agent leaves the printer to others.
func (p *program) printTest(ctx context.Context, s settings) error {
	c, err := s.load(p.data)
	if err != nil {
		return err
	}
	if c.Printer == nil {
		file := or(s.file, filepath.Join(p.data, "agent.toml"))
		return wrongUse(file+" 里没有 [printer]；写法见 hexiao-agent run --help", file+" has no [printer]; hexiao-agent run --help shows how to write it")
	}
	on, err := printer.New(printer.Options{To: c.Printer.To, Mode: c.Printer.Mode})
	if err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- on.Run(life) }()
	width := max(c.Printer.Width, 32)
	err = on.Print(ctx, printer.Page(printer.TestPage(width, c.Printer.To)))
	end()
	if f, ok := errors.AsType[printer.Failure](err); ok {
		err = failed(f, f.ZH, f.EN)
	}
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	if p.json {
		return p.print(map[string]any{"printed": true, "to": c.Printer.To, "width": width})
	}
	p.line(p.say.of("测试页已送到 %s，%d 列。请看纸上写的。", "a test page of %[2]d columns went to %[1]s; see what it says"), printable(c.Printer.To), width)
	return nil
}
