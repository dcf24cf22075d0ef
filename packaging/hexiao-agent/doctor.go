package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

func (p *program) doctorCommand() *cobra.Command {
	var s settings
	c := p.command("doctor --data DIR [--config FILE] [--scanner PATH]...", "逐项检查这台电脑", "check this PC, point by point", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.doctor(ctx, s) })
	c.Long = p.say.of("逐项检查：入网身份、服务与日志、中心、时钟、磁盘空间、扫码枪。每项说明问题和办法；有一项不行（XX）则退出码为 1。",
		"Check identity, agent and journal, hub, clock, disk space and scanners. Each point says what is wrong and what to do; with one that fails (XX) the exit code is 1.")
	return p.withSettings(p.withJSON(p.withData(c)), &s)
}

// The states of a finding.
const (
	fine = "ok"
	warn = "warn" // it works, but worse
	bad  = "fail"
)

// finding is what one check found.
type finding struct {
	Check string       `json:"check"`
	State string       `json:"state"`
	Text  voucher.Text `json:"text"`
}

// checkup gathers findings.
type checkup struct {
	*program
	found []finding
}

func (c *checkup) add(check, state, zh, en string) {
	c.found = append(c.found, finding{check, state, voucher.Text{Zh: oneLine(zh), En: oneLine(en)}})
}

func (p *program) doctor(ctx context.Context, s settings) error {
	settings, err := s.load(p.data)
	if err != nil {
		return err
	}
	c := checkup{program: p}
	c.folder()
	identity, enrolled := c.identity()
	running := c.agent(ctx, identity, enrolled)
	if enrolled {
		c.hub(ctx, identity)
	}
	c.space()
	c.scanners(settings.Scanners, running)
	return c.report()
}

func (c *checkup) report() error {
	failures := 0
	for _, f := range c.found {
		if f.State == bad {
			failures++
		}
		if c.json {
			if err := c.print(f); err != nil {
				return err
			}
			continue
		}
		mark := map[string]string{fine: "OK", warn: "!!", bad: "XX"}[f.State]
		c.line("[%s] %-9s %s", mark, f.Check, c.say.text(f.Text))
	}
	if failures > 0 {
		return failed(nil, fmt.Sprintf("%d 项不行", failures), fmt.Sprintf("%d of the checks failed", failures))
	}
	return nil
}

// folder looks at the data folder: there, a folder, and one that we can write to.
func (c *checkup) folder() {
	info, err := os.Stat(c.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add("folder", bad, "没有目录 "+c.data+"；请先运行 hexiao-agent enrol", "there is no folder "+c.data+"; run hexiao-agent enrol first")
		return
	case err != nil:
		e := explain(err, c.data)
		c.add("folder", bad, e.Zh, e.En)
		return
	case !info.IsDir():
		c.add("folder", bad, c.data+" 不是目录", c.data+" is no folder")
		return
	}
	f, err := os.CreateTemp(c.data, ".doctor-*")
	if err != nil {
		e := explain(err, c.data)
		c.add("folder", bad, "目录写不进去。"+e.Zh, "the folder cannot be written: "+e.En)
		return
	}
	f.Close()
	os.Remove(f.Name())
	c.add("folder", fine, c.data+" 可写", c.data+" can be written")
}

// identity looks at what enrolment gave, and at who may read the secret part of it.
func (c *checkup) identity() (uplink.Identity, bool) {
	i, err := uplink.LoadIdentity(c.data)
	if err != nil {
		e := explain(err, c.data)
		c.add("identity", bad, e.Zh, e.En)
		return i, false
	}
	key := filepath.Join(c.data, "device.key")
	if info, err := os.Stat(key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		c.add("identity", bad, key+" 其他用户也能读；请执行 chmod 600 "+key, key+" can be read by others; run chmod 600 "+key)
		return i, true
	}
	c.add("identity", fine, fmt.Sprintf("终端 %s，商户 %s（%s），中心 %s", i.Terminal, i.Merchant, i.MerchantName, i.Hub),
		fmt.Sprintf("terminal %s of merchant %s (%s), hub %s", i.Terminal, i.Merchant, i.MerchantName, i.Hub))
	return i, true
}

// agent asks the running agent for its view and has it read its journal again; when none runs, the journal is looked
// at here. It returns the view of a running agent.
func (c *checkup) agent(ctx context.Context, i uplink.Identity, enrolled bool) *desk.View {
	if client, err := desk.Find(c.data); err == nil {
		v, err := client.Status(ctx)
		if err == nil {
			c.running(ctx, client, v)
			return &v
		}
		if !errors.Is(err, desk.ErrUnreachable) {
			e := explain(err, c.data)
			c.add("agent", bad, e.Zh, e.En)
			return nil
		}
	}
	if enrolled {
		c.alone(i)
	}
	return nil
}

func (c *checkup) running(ctx context.Context, client *desk.Client, v desk.View) {
	c.add("agent", fine, "服务在运行："+client.URL()+"，版本 "+v.Version, "the agent runs at "+client.URL()+", version "+v.Version)
	if err := client.Verify(ctx); err != nil {
		e := explain(err, c.data)
		c.add("journal", bad, e.Zh, e.En)
	} else {
		c.add("journal", fine, fmt.Sprintf("日志完整，%d 条待报中心", v.Queued), fmt.Sprintf("the journal is whole, %d records wait for the hub", v.Queued))
	}
	for _, w := range v.Warnings {
		if w.Code == desk.WarnScanner || w.Code == desk.WarnHubSilent { // looked at below
			continue
		}
		c.add(w.Code, warn, w.Text.Zh+w.Next.Zh, w.Text.En+" "+w.Next.En)
	}
}

func (c *checkup) alone(i uplink.Identity) {
	record, err := c.lookJournal(i)
	if errors.Is(err, journal.ErrLocked) {
		c.add("agent", bad, "服务占着日志，但服务台没有回应；请重启服务（systemctl restart hexiao-agent）",
			"an agent holds the journal, but its desk does not answer; restart it (systemctl restart hexiao-agent)")
		return
	}
	c.add("agent", warn, "服务没有运行；请启动（systemctl start hexiao-agent）", "the agent does not run; start it (systemctl start hexiao-agent)")
	var state journal.State
	if err == nil {
		state = record.State()
		err = errors.Join(record.Verify(), record.Close())
	}
	if err != nil {
		e := explain(err, c.data)
		c.add("journal", bad, e.Zh, e.En)
		return
	}
	c.add("journal", fine, "日志能打开，完整", "the journal opens and is whole")
	if state.Unproven {
		w := desk.NewWarning(desk.WarnUnproven, "", time.Time{})
		c.add(w.Code, warn, w.Text.Zh+w.Next.Zh, w.Text.En+" "+w.Next.En)
	}
}
