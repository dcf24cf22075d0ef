package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
)

// What the child says on standard output: that it has begun, and what it found.
const (
	checkBegun   = "begun"
	checkWhole   = "whole"
	checkDamaged = "damaged"
)

// checkCommand is the child in which a journal's file is read before the agent opens it itself.
func (p *program) checkCommand() *cobra.Command {
	c := p.command("check-file FILE", "（程序自用）读一遍日志文件", "(for the program itself) read a journal's file", p.args(1, 1, "FILE"),
		func(ctx context.Context, args []string) error { return p.checkFile(ctx, args[0]) })
	c.Hidden = true
	return c
}

func (p *program) checkFile(ctx context.Context, file string) error {
	p.line(checkBegun)
	err := journal.CheckFile(ctx, file)
	switch {
	case err == nil:
		p.line(checkWhole)
	case errors.Is(err, journal.ErrDamaged):
		p.line("%s %s", checkDamaged, oneLine(err.Error()))
		return nil
	}
	return err
}

// checkInChild has another process of this program read a journal's file. One that dies or takes too long has met
// damage. Where no child can be had the file is read here.
func (p *program) checkInChild(ctx context.Context, file string) error {
	child := exec.CommandContext(ctx, p.self, "journal", "check-file", file)
	child.WaitDelay = time.Second
	var said, cause strings.Builder
	child.Stdout, child.Stderr = &said, &cause
	err := child.Run()
	begun, found, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
	word, text, _ := strings.Cut(found, " ")
	switch {
	case begun != checkBegun:
		return journal.CheckFile(ctx, file) // it could not be started, or is another program by now
	case word == checkWhole && (err == nil || errors.Is(err, exec.ErrWaitDelay)): // done, though another process has inherited its output
		return nil
	case word == checkDamaged:
		return fmt.Errorf("%w: %s", journal.ErrDamaged, text)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: reading it came to no end", file, journal.ErrDamaged)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == exitFailed {
		return fmt.Errorf("read %s: %s", file, oneLine(cause.String()))
	}
	return fmt.Errorf("%s: %w: reading it ended with %w", file, journal.ErrDamaged, err)
}

// openJournal opens the journal of the data folder for the agent.
func (p *program) openJournal(i uplink.Identity, log *slog.Logger) (*journal.Journal, error) {
	return journal.Open(p.data, i.Terminal, journal.Options{Log: log, Check: p.checker(), Mono: journal.SinceBoot})
}

// lookJournal opens it for a command that only shows something: as another user, perhaps, than the agent, which must
// find its files as they were.
func (p *program) lookJournal(i uplink.Identity) (*journal.Journal, error) {
	return journal.Look(p.data, i.Terminal, journal.Options{Check: p.checker()})
}

func (p *program) checker() func(context.Context, string) error {
	if p.self == "" {
		return nil
	}
	return p.checkInChild
}
