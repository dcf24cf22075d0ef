// Command hexiao-hub is the centre of a voucher campaign: `serve` lets terminals in and keeps the book; every other
// command does one thing to the hub of a folder, through the socket of a running one or by opening the folder itself. It
// wires the rooms of hub/ and decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	_ "time/tzdata" // campaigns have civil dates, and not every machine has the zones

	"github.com/spf13/cobra"

	"hexiao/hub/book"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

// version is set by the linker.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// The exit codes of DESIGN section 7.
const (
	done     = 0
	failed   = 1
	wrongUse = 2
)

// misuse is a command given wrongly: exit code 2.
type misuse struct{ error }

// program is what all commands share.
type program struct {
	out, err io.Writer
	lang     string // "zh" or "en"
	data     string
	json     bool
}

// run does one command line and gives its exit code.
func run(ctx context.Context, args []string, out, err io.Writer, getenv func(string) string) int {
	p := &program{out: out, err: err, lang: language(getenv)}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(err)
	switch e := root.ExecuteContext(ctx); {
	case e == nil:
		return done
	case errors.As(e, new(misuse)):
		fmt.Fprintf(err, "hexiao-hub: %s\n", p.explain(e))
		return wrongUse
	default:
		fmt.Fprintf(err, "hexiao-hub: %s\n", p.explain(e))
		return failed
	}
}

// language follows the environment as other programs do: LC_ALL, LC_MESSAGES, LANG.
func language(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

func (p *program) say(zh, en string) string { return voucher.Text{Zh: zh, En: en}.In(p.lang) }

// explain finds a sentence for a person.
func (p *program) explain(err error) string {
	if no := (*office.Refusal)(nil); errors.As(err, &no) {
		return no.Text.In(p.lang)
	}
	if errors.Is(err, book.ErrLocked) {
		return p.say("目录 "+p.data+" 正由另一个 hexiao-hub 使用；请先停止它，或换一个目录",
			"another hexiao-hub uses the folder "+p.data+"; stop it first, or use another folder")
	}
	return err.Error()
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "hexiao-hub", Short: p.say("消费券活动的中心", "the centre of a consumption-voucher campaign"),
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	root.PersistentFlags().StringVar(&p.data, "data", "/var/lib/hexiao-hub", p.say("数据目录", "the hub's folder"))
	root.AddCommand(p.serveCommand(), p.campaignCommand(), p.merchantCommand(), p.terminalCommand(), p.voucherCommand(), p.caseCommand(), p.personCommand(), p.auditCommand(), p.replayCommand(), p.backupCommand(), p.restoreCommand(), p.doctorCommand(), p.versionCommand())
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// command makes one that prints data: it has --json, and wants so many arguments.
func (p *program) command(use, zh, en string, args int, do func(context.Context, []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: p.say(zh, en), Args: func(_ *cobra.Command, given []string) error {
		if len(given) != args {
			return misuse{errors.New(p.say("用法：", "usage: ") + "hexiao-hub … " + use)}
		}
		return nil
	}, RunE: func(c *cobra.Command, given []string) error { return do(c.Context(), given) }}
	c.Flags().BoolVar(&p.json, "json", false, p.say("输出 JSON", "print JSON"))
	return c
}

// group makes a command that only holds others.
func (p *program) group(use, zh, en string, in ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: p.say(zh, en), Args: func(_ *cobra.Command, given []string) error {
		if len(given) > 0 {
			return misuse{fmt.Errorf(p.say("没有命令 %s %s", "there is no command %s %s"), use, given[0])}
		}
		return nil
	}, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(in...)
	return c
}

func (p *program) versionCommand() *cobra.Command {
	return p.command("version", "版本", "the version", 0, func(context.Context, []string) error {
		if p.json {
			return p.object(map[string]string{"version": version})
		}
		_, err := fmt.Fprintln(p.out, "hexiao-hub", version)
		return err
	})
}
