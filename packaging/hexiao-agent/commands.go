package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hexiao/ui"
)

// program is one run of one command.
type program struct {
	streams
	say  lang
	data string // --data
	json bool   // --json
}

// execute runs the command line and gives the exit code.
func execute(ctx context.Context, args []string, s streams) int {
	asked, err := ui.Language(langFlag(args), s.getenv)
	p := &program{streams: s, say: lang(asked)}
	if err == nil {
		err = p.run(ctx, args)
	} else {
		err = wrongUse(err.Error(), err.Error())
	}
	if err == nil {
		return exitDone
	}
	e := explain(err, p.data)
	if e.Text.En != "" {
		fmt.Fprintln(s.err, "hexiao-agent: "+p.say.text(e.Text))
	}
	if e.code == exitWrongUse {
		fmt.Fprintln(s.err, p.say.of("用法见 hexiao-agent --help", "see hexiao-agent --help"))
	}
	return e.code
}

// langFlag looks for --lang before anything else is read, because the help itself has a language.
func langFlag(args []string) string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func (p *program) run(ctx context.Context, args []string) error {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	return root.ExecuteContext(ctx)
}

// root is all commands, in the person's language.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "hexiao-agent COMMAND", DisableFlagsInUseLine: true, SilenceErrors: true, SilenceUsage: true,
		Short: p.say.of("消费券核销终端服务", "the agent on the checkout PC of a consumption-voucher campaign"),
		Args:  p.noCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddCommand(p.systemCommands()...)
	root.AddCommand(p.enrolCommand(), p.runCommand(), p.redeemCommand(), p.voidCommand(), p.printCommand(), p.decodeCommand(),
		p.statusCommand(), p.doctorCommand(), p.retireCommand(), p.journalCommand(), p.shiftCommand(), p.laneCommand(), p.pinCommand(), p.versionCommand())
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, Args: p.args(0, -1, ""), RunE: func(*cobra.Command, []string) error { return root.Help() }})
	root.PersistentFlags().String("lang", "", p.say.of("语言：`zh|en`；不写则按系统语言", "language: `zh|en`; the system's when left out"))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return p.flagError(err) })
	root.SetUsageFunc(p.usage)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		fmt.Fprintln(p.out, or(c.Long, c.Short)+"\n")
		p.writeUsage(p.out, c)
	})
	return root
}

// command makes one command. --data is asked for when it works on a folder, --json is offered when it prints data.
func (p *program) command(use, zh, en string, args cobra.PositionalArgs, run func(context.Context, []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: p.say.of(zh, en), Args: args}
	c.RunE = func(c *cobra.Command, args []string) error {
		if f := c.Flags().Lookup("data"); f != nil && p.data == "" {
			return wrongUse("缺少 --data 目录", "--data DIR is missing")
		}
		return run(c.Context(), args)
	}
	c.DisableFlagsInUseLine = true
	return c
}

func (p *program) withData(c *cobra.Command) *cobra.Command {
	zh, en := "本机数据`目录`（必填），安装包用 "+usualData, "the agent's `folder` (needed); the package uses "+usualData
	usual := defaultData(p.getenv)
	if usual != "" {
		zh, en = "本机数据`目录`", "the agent's `folder`"
	}
	c.Flags().StringVar(&p.data, "data", usual, p.say.of(zh, en))
	return c
}

func (p *program) withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&p.json, "json", false, p.say.of("输出 JSON", "print JSON"))
	return c
}

// args asks for a number of arguments; most below 0 is any number.
func (p *program) args(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return wrongUse("缺少 "+what, what+" is missing")
		case most >= 0 && len(args) > most:
			return wrongUse(fmt.Sprintf("多余的参数 %q", args[most]), fmt.Sprintf("%q is one argument too many", args[most]))
		}
		return nil
	}
}

func (p *program) noCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongUse(fmt.Sprintf("没有 %q 这个命令", args[0]), fmt.Sprintf("there is no command %q", args[0]))
	}
	return nil
}

func (p *program) flagError(err error) error {
	en := err.Error()
	zh := en
	unknown, isUnknown := errors.AsType[*pflag.NotExistError](err)
	valueless, isValueless := errors.AsType[*pflag.ValueRequiredError](err)
	invalid, isInvalid := errors.AsType[*pflag.InvalidValueError](err)
	switch {
	case isUnknown:
		zh = "没有这个选项：" + unknown.GetSpecifiedName()
	case isValueless:
		zh = "选项缺少值：" + valueless.GetSpecifiedName()
	case isInvalid:
		zh = "选项 --" + invalid.GetFlag().Name + " 的值不对：" + invalid.GetValue()
	}
	return wrongUse(zh, en)
}

func (p *program) usage(c *cobra.Command) error {
	p.writeUsage(p.err, c)
	return nil
}

func (p *program) writeUsage(w io.Writer, c *cobra.Command) {
	fmt.Fprintf(w, "%s\n  %s\n", p.say.of("用法：", "Usage:"), c.UseLine())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", p.say.of("命令：", "Commands:"))
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-10s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if c.HasExample() {
		fmt.Fprintf(w, "\n%s\n", c.Example)
	}
	if c.HasAvailableFlags() {
		if f := c.Flags().Lookup("help"); f != nil {
			f.Usage = p.say.of("本说明", "this text")
		}
		fmt.Fprintf(w, "\n%s\n%s", p.say.of("选项：", "Flags:"), c.Flags().FlagUsages())
	}
	fmt.Fprintf(w, "\n%s\n", p.say.of("退出码：0 正常，1 失败，2 用法不对", "Exit codes: 0 done, 1 failed, 2 wrong use"))
}

// print writes one line of JSON.
func (p *program) print(data any) error {
	if err := json.NewEncoder(p.out).Encode(data); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// line writes one line for a person.
func (p *program) line(format string, with ...any) { fmt.Fprintf(p.out, format+"\n", with...) }

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func (p *program) versionCommand() *cobra.Command {
	return p.withJSON(p.command("version", "版本", "the version", p.args(0, 0, ""), func(context.Context, []string) error {
		if p.json {
			return p.print(map[string]string{"program": "hexiao-agent", "version": version})
		}
		p.line("hexiao-agent %s", version)
		return nil
	}))
}
