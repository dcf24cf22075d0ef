package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hexiao/agent/desk"
	"hexiao/agent/uplink"
)

func (p *program) pinCommand() *cobra.Command {
	c := p.command("pin --data DIR", "设置技术员的 PIN（第一次，或忘了时）", "set the technician's PIN, the first one or a forgotten one", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.setPIN(ctx) })
	c.Long = p.say.of("设置改动本机设置用的 PIN：6 到 12 位数字，不能全同或连号。在终端里会问两遍，不显示；也可以从标准输入给一行。服务运行时也可以用，立即生效。",
		"Set the PIN that guards this till's settings: 6 to 12 digits, not one digit all over nor a row. On a terminal it is asked for twice and not shown; otherwise one line of standard input is taken. It works while the agent runs, and holds at once.")
	return p.withData(c)
}

func (p *program) setPIN(ctx context.Context) error {
	if _, err := uplink.LoadIdentity(p.data); err != nil {
		return err // no till's folder: nothing is left in it
	}
	pin, err := p.askPIN()
	if err != nil {
		return err
	}
	if err := desk.LeavePIN(p.data, pin); err != nil {
		return err
	}
	if client, err := p.agent(); err == nil { // the agent takes it in when it is asked; one that does not run does so when it starts
		client.Settings(ctx)
	}
	p.line("%s", p.say.of("PIN 已设好。", "The PIN is set."))
	return nil
}

// askPIN asks a person at a terminal twice, without showing what is typed, or takes a line of standard input.
func (p *program) askPIN() (string, error) {
	keys, ok := p.in.(*os.File)
	if !ok || !term.IsTerminal(int(keys.Fd())) {
		return p.pinLine()
	}
	was, err := term.MakeRaw(int(keys.Fd())) // before the question, so that nobody can type too early to be hidden
	if err != nil {
		return "", err
	}
	defer term.Restore(int(keys.Fd()), was)
	return p.askTwice(term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, p.err}, ""))
}

func (p *program) askTwice(t *term.Terminal) (string, error) {
	pin, err := t.ReadPassword(p.say.of("新的 PIN：", "New PIN: "))
	if err == nil {
		err = desk.CheckNewPIN(pin)
	}
	again := ""
	if err == nil {
		again, err = t.ReadPassword(p.say.of("再输一遍：", "Once more: "))
	}
	switch {
	case errors.Is(err, io.EOF): // Ctrl-C and Ctrl-D
		return "", failed(err, "没有输入 PIN，没有改动", "no PIN was given and nothing was changed")
	case err != nil:
		return "", err
	case again != pin:
		return "", failed(nil, "两遍不一样，没有改动；请重来", "the two are not the same and nothing was changed; try again")
	}
	return pin, nil
}

func (p *program) pinLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.in, 1000)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", failed(nil, "标准输入里没有 PIN，没有改动", "there is no PIN on standard input and nothing was changed")
	}
	return line, nil
}
