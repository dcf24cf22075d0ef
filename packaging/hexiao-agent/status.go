package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

func (p *program) statusCommand() *cobra.Command {
	return p.withJSON(p.withData(p.command("status --data DIR", "终端的状态", "the state of the till", p.args(0, 0, ""),
		func(ctx context.Context, _ []string) error { return p.status(ctx) })))
}

// status is a view, whether an agent runs, and the shift that does.
type status struct {
	Running bool `json:"running"`
	desk.View
	Shift *desk.Shift `json:"shift,omitempty"` // nil: an agent of an earlier version, which knows none
}

func (p *program) status(ctx context.Context) error {
	s, err := p.look(ctx)
	if err != nil {
		return err
	}
	if p.json {
		return p.print(s)
	}
	p.show(s)
	return nil
}

// look asks the running agent, or reads the journal when none runs.
func (p *program) look(ctx context.Context) (s status, err error) {
	s.View, err = ask(p, func(c *desk.Client) (desk.View, error) {
		s.Running = true
		if shift, err := c.Shift(ctx); err == nil {
			s.Shift = &shift
		}
		return c.Status(ctx)
	}, func(j *journal.Journal) (desk.View, error) {
		shift := agent.Shift(j, p.data)
		s.Running, s.Shift = false, &shift
		v := agent.NewTerminal(agent.Config{Journal: j, Version: version, Closes: agent.ReadCloses(p.data, j)}).View()
		v.Settings = desk.ReadSettings(p.data)
		return v, nil
	})
	return s, err
}

// ask gets something from the running agent, or from the journal when none runs.
func ask[A any](p *program, running func(*desk.Client) (A, error), alone func(*journal.Journal) (A, error)) (a A, err error) {
	if client, err := desk.Find(p.data); err == nil {
		if a, err = running(client); !errors.Is(err, desk.ErrUnreachable) {
			return a, err
		}
	}
	identity, err := uplink.LoadIdentity(p.data)
	if err != nil {
		return a, err
	}
	record, err := p.lookJournal(identity)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	return alone(record)
}

// show prints a view for a person.
func (p *program) show(s status) {
	say := p.say
	p.line("%s %s  %s  %s", say.of("终端", "terminal"), s.Terminal, or(s.Merchant, "-"), or(say.text(s.Campaign), "-"))
	switch {
	case !s.Running:
		p.line("%s", say.of("服务：没有运行", "agent: not running"))
	case s.Hub.Online:
		p.line(say.of("中心：在线（自 %s）", "hub: online (since %s)"), clock(s.Hub.Since))
	default:
		p.line("%s", say.of("中心：离线", "hub: offline"))
	}
	for _, scanner := range s.Scanners {
		p.line(say.of("扫码枪 %s：%s", "scanner %s: %s"), scanner.Name, p.plugged(scanner.Connected, scanner.Problem))
	}
	for _, d := range s.Devices {
		p.line(say.of("%s %s：%s", "%s %s: %s"), say.text(deviceKind(d.Kind)), d.Name, p.plugged(d.Connected, d.Problem))
	}
	oldest := ""
	if s.Oldest != nil {
		oldest = say.of("，最早 ", ", the oldest of ") + clock(*s.Oldest)
	}
	p.line(say.of("待报中心：%d 条%s", "waiting for the hub: %d records%s"), s.Queued, oldest)
	p.line(say.of("离线额度：还可 %d 张，共 %s", "offline: %d more, worth %s"), s.Lease.Count, ui.Yuan(s.Lease.Sum, string(say)))
	if s.Practice {
		p.line("%s", say.of("练习：正在进行，扫券不会核销", "practice: on, nothing is redeemed"))
	} else {
		p.line("%s", say.of("练习：没有进行", "practice: off"))
	}
	if s.Shift != nil {
		p.line("%s", p.shiftLine(*s.Shift))
	}
	if a := s.Accepted; a != nil {
		p.line(say.of("验收：%s，%s，记录 %s，%s", "accepted: by %s, %s, record %s, %s"), a.Technician, clock(a.At), a.Record, p.acked(*a))
	}
	for _, w := range s.Warnings {
		p.line("! %s %s", say.text(w.Text), say.text(w.Next))
	}
}

func (p *program) plugged(connected bool, problem voucher.Text) string {
	if connected {
		return p.say.of("已连接", "connected")
	}
	return or(p.say.text(problem), p.say.of("未连接", "not connected"))
}

// deviceKind is the word for a kind of device (desk.Device.Kind); an unknown kind is said as it is written.
func deviceKind(kind string) voucher.Text {
	switch kind {
	case desk.PrinterDevice:
		return voucher.Text{Zh: "打印机", En: "printer"}
	case desk.DisplayDevice:
		return voucher.Text{Zh: "客显", En: "display"}
	case desk.PassOnDevice:
		return voucher.Text{Zh: "转给收银软件", En: "pass-on"}
	}
	return voucher.Text{Zh: kind, En: kind}
}

// acked says whether the hub has an acceptance.
func (p *program) acked(a desk.Accepted) string {
	switch a.State {
	case "acked":
		return p.say.of("中心已签收", "the hub has it")
	case "rejected":
		return p.say.of("中心不认", "which the hub does not honour")
	}
	return p.say.of("等待中心签收", "on its way to the hub")
}

func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
