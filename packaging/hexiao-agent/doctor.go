package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent/desk"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

func (p *program) doctorCommand() *cobra.Command {
	var s settings
	var scan bool
	c := p.command("doctor --data DIR [--scan] [--config FILE] [--scanner PATH]...", "逐项检查这台电脑", "check this PC, point by point", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.doctor(ctx, s, scan) })
	c.Long = p.say.of("逐项检查：系统、时钟、磁盘、入网身份、服务与日志、扫码枪和其他设备、键盘与输入法、窗口、网络与中心。每项说明发现了什么、怎么办。\n\n"+
		"退出码 0：没有不行的项（可以有提醒 !!）；1：有一项不行（XX）；2：用法不对。",
		"Check system, clock, disk, identity, agent and journal, scanners and other devices, keyboard and input method, window, network and hub. Each point says what was found and what to do.\n\n"+
			"Exit code 0: nothing failed (there may be warnings, !!); 1: something failed (XX); 2: wrong use.")
	c.Flags().BoolVar(&scan, "scan", false, p.say.of("最后等一次扫码（最多 20 秒），说出读到了什么", "at the end wait for one scan (up to 20 s) and say what was read"))
	return p.withSettings(p.withJSON(p.withData(c)), &s)
}

// checkup looks at one PC, for a person at the command line or for the desk of a running agent.
type checkup struct {
	*program
	pc
	config config
	file   string   // of --config; empty: the one in the data folder
	unread error    // why the settings file could not be used; config is then without it
	agent  *service // the agent in which it runs; nil: a command

	identity uplink.Identity
	enrolled bool
	till     func(context.Context) till // asked once
}

// newCheckup prepares one; nothing is looked at yet.
func newCheckup(p *program, m pc, c config, agent *service) *checkup {
	k := &checkup{program: p, pc: m, config: c, agent: agent}
	if agent != nil {
		k.file = agent.flags.file
	}
	var once sync.Once
	var found till
	k.till = func(ctx context.Context) till {
		once.Do(func() { found = k.askTill(ctx) })
		return found
	}
	return k
}

// check is one thing to look at, and how long that may take.
type check struct {
	name  string
	limit time.Duration
	run   func(context.Context) []desk.Finding
}

// How long checks may take. All run side by side, so the longest is the whole: less than 15 s, with a network that
// swallows everything.
const (
	quick  = 5 * time.Second
	longer = 12 * time.Second
)

// checks are all, in the order in which they are told.
func (c *checkup) checks() []check {
	all := append(c.systemChecks(),
		check{"folder", quick, c.folder},
		check{"disk", quick, c.disk},
		check{"agent", longer, c.agentAndJournal},
		check{"zone", longer, c.zone})
	if c.unread == nil { // else nobody knows which devices there should be
		all = append(all, check{"scanner", longer, c.devices})
	}
	all = append(all, c.deskChecks()...)
	return append(all, check{"proxy", quick, c.proxies}, check{"hub", longer, c.hub})
}

// examine runs every check. It ends with ctx, or in less than 15 s.
func (c *checkup) examine(ctx context.Context) []desk.Finding {
	found := append(c.settingsFile(), c.identify()...)
	checks := c.checks()
	results := make([]chan []desk.Finding, len(checks))
	for i, one := range checks {
		results[i] = make(chan []desk.Finding, 1)
		go func() { results[i] <- within(ctx, one) }()
	}
	for _, r := range results {
		found = append(found, <-r...)
	}
	return found
}

// within runs one check. One that does not end, because a disk or a driver does not answer, is left behind and named.
func within(ctx context.Context, c check) []desk.Finding {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	done := make(chan []desk.Finding, 1)
	go func() { done <- c.run(ctx) }()
	late := time.NewTimer(c.limit + time.Second) // who obeys ctx has a second to say what he has
	defer late.Stop()
	select {
	case found := <-done:
		return found
	case <-late.C:
		return []desk.Finding{worse(c.name, fmt.Sprintf("这项检查 %v 内没有做完", c.limit), fmt.Sprintf("this check did not end within %v", c.limit),
			"请稍后再查一次；仍不行请重启电脑", "check again later; if it stays so, restart the PC")}
	}
}

// well is a finding with nothing to do.
func well(check, zh, en string) desk.Finding {
	return desk.Finding{Check: check, State: desk.Fine, Text: voucher.Text{Zh: oneLine(zh), En: oneLine(en)}}
}

func worse(check, zh, en, nextZh, nextEn string) desk.Finding {
	return desk.Finding{Check: check, State: desk.Worse, Text: voucher.Text{Zh: oneLine(zh), En: oneLine(en)}, Next: voucher.Text{Zh: oneLine(nextZh), En: oneLine(nextEn)}}
}

func bad(check, zh, en, nextZh, nextEn string) desk.Finding {
	f := worse(check, zh, en, nextZh, nextEn)
	f.State = desk.Bad
	return f
}

func (p *program) doctor(ctx context.Context, s settings, scan bool) error {
	c, unread := s.load(p.data)
	if unread != nil {
		var err error
		if c, err = s.over(config{}); err != nil || !isThere(configFile(s.file, p.data)) {
			return unread // the flags are wrong
		}
	}
	k := newCheckup(p, thisPC(p.getenv), c, nil)
	k.file, k.unread = s.file, unread
	found := k.examine(ctx)
	if err := p.report(found); err != nil {
		return err
	}
	if scan {
		heard := k.scan(ctx)
		found = append(found, heard)
		if err := p.report([]desk.Finding{heard}); err != nil {
			return err
		}
	}
	return verdict(found)
}

// asRoot is the command that sees what the agent's user may not. It names the settings, too, where they are not in the
// data folder, as those of the package are not: else it would find no device set up.
func (c *checkup) asRoot() string {
	again := "sudo hexiao-agent doctor --data " + c.data
	if c.file != "" {
		again += " --config " + c.file
	}
	return again
}

func isThere(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// settingsFile says what is wrong with a settings file that cannot be used. The rest of the PC is looked at all the same.
func (c *checkup) settingsFile() []desk.Finding {
	if c.unread == nil {
		return nil
	}
	e := explain(c.unread, c.data)
	return []desk.Finding{bad("settings", e.Zh, e.En, "请改好配置文件再查一次：服务下次启动会读它，读不懂就启动不了；这次没有查扫码枪等设备",
		"put the settings file right, then check again: the agent reads it when it next starts, and cannot start with it as it is; scanners and other devices were not checked this time")}
}

// report prints findings: one line each, and what to do below it; or one JSON object a line.
func (p *program) report(found []desk.Finding) error {
	for _, f := range found {
		if p.json {
			if err := p.print(f); err != nil {
				return err
			}
			continue
		}
		mark := map[string]string{desk.Fine: "OK", desk.Worse: "!!", desk.Bad: "XX"}[f.State]
		p.line("[%s] %-10s %s", mark, f.Check, p.say.text(f.Text))
		if next := p.say.text(f.Next); next != "" {
			p.line("     %-10s -> %s", "", next)
		}
	}
	return nil
}

// verdict is the command's end: exit code 1 when something failed.
func verdict(found []desk.Finding) error {
	failures := 0
	for _, f := range found {
		if f.State == desk.Bad {
			failures++
		}
	}
	if failures == 0 {
		return nil
	}
	return failed(errUnwell, fmt.Sprintf("%d 项不行", failures), fmt.Sprintf("%d of the checks failed", failures))
}

var errUnwell = errors.New("something failed")

// examine is what the desk of a running agent does.
func (b *bench) examine(ctx context.Context) []desk.Finding {
	b.mu.Lock()
	now := b.now
	b.mu.Unlock()
	return newCheckup(b.program, thisPC(b.getenv), now, b.service).examine(ctx)
}
