package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/practice"
	"hexiao/agent/uplink"
	"hexiao/drivers"
	"hexiao/drivers/camera"
	"hexiao/drivers/hidpos"
	"hexiao/drivers/qrimage"
	"hexiao/drivers/serialport"
	"hexiao/drivers/wedge"
	"hexiao/hub/voucher"
)

func (p *program) runCommand() *cobra.Command {
	var s settings
	var verbose bool
	c := p.command("run --data DIR [--desk ADDRESS] [--config FILE] [--scanner PATH]...", "运行核销服务（系统服务执行的就是它）", "run the agent; this is what the system service does",
		p.args(0, 0, ""), func(ctx context.Context, _ []string) error { return p.serve(ctx, s, verbose) })
	c.Long = p.say.of("运行核销服务。就绪时在标准输出打印一行 {\"desk\":\"http://...\"}，日志写到标准错误。收到 SIGTERM 或 Ctrl-C 时按顺序结束，不丢已受理的核销。\n\n配置文件的写法（每一项都可以不写）：\n\n",
		"Run the agent. When it is ready it prints one line {\"desk\":\"http://...\"} on standard output; logs go to standard error. SIGTERM and Ctrl-C end it in order, and nothing that was accepted is lost.\n\nThe settings file (each line may be left out):\n\n") + sample
	c.Flags().BoolVar(&verbose, "verbose", false, p.say.of("日志写得更细（每次扫码）", "log more: each scan"))
	return p.withSettings(p.withData(c), &s)
}

func (p *program) serve(ctx context.Context, s settings, verbose bool) (err error) {
	c, err := s.load(p.data)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	log := newLog(p.err, level)
	identity, err := uplink.LoadIdentity(p.data)
	if err != nil {
		return err
	}
	if err := folder(p.data); err != nil {
		return err
	}
	record, err := p.openJournal(identity, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	a := service{program: p, log: log, flags: s, config: c, identity: identity, journal: record}
	return a.run(ctx)
}

// newLog writes one line for each thing that happens; what a name holds is quoted where it could be taken for more.
func newLog(to io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level}))
}

// service is the agent while it runs.
type service struct {
	*program
	log      *slog.Logger
	flags    settings
	config   config // as it was at the start; what holds now is the bench's
	identity uplink.Identity
	journal  *journal.Journal
	terminal *agent.Terminal
	counter  *practice.Switch // the terminal as people and POS software meet it
	passing  *passer          // nil: codes that are not for us go nowhere
}

// run builds the parts and runs them. They end in the order in which they stand here: nothing new comes in, what waits
// is answered while the line still stands, and the journal is closed last.
func (a *service) run(ctx context.Context) error {
	token, err := desk.Token(a.data)
	if err != nil {
		return err
	}
	door, err := desk.Listen(a.config.Desk)
	if err != nil {
		return err
	}
	defer door.Close()

	chosen, err := a.till()
	if err != nil {
		return err
	}
	first, err := a.wire(a.config)
	if err != nil {
		return wrongUse(err.Error(), err.Error())
	}
	devices := newFittings(first, a.log)
	setups := newBench(a, devices)
	paper, printing, err := a.slips()
	if err != nil {
		return err
	}
	server := desk.NewServer(a.deskWith(token, chosen, setups, paper))
	line := uplink.NewLink(uplink.Config{
		Identity: a.identity, Journal: a.journal, Version: version, Log: a.log,
		Notify: func(l uplink.Line) { a.terminal.Line(l.Online, l.Since, l.Problem) },
	})
	parts := []part{
		{"desk", func(ctx context.Context) error { return server.Run(ctx, door) }},
		{"devices", devices.Run},
	}
	if a.passing != nil {
		parts = append(parts, part{"pass on", a.passing.run})
	}
	parts = append(parts, part{"slips", server.PrintEach})
	parts = append(parts, printing...)
	parts = append(parts, part{"terminal", a.terminal.Run}, part{"practice", a.counter.Run}, part{"uplink", line.Run})

	if err := a.announce(door.Addr()); err != nil {
		return err
	}
	defer desk.Withdraw(a.data)
	a.log.Info("agent runs", "terminal", a.identity.Terminal, "merchant", a.identity.Merchant, "hub", a.identity.Hub, "version", version)
	err = together(ctx, parts...)
	a.log.Info("agent has ended")
	return err
}

// till makes the terminal, and what people and POS software meet in its place.
func (a *service) till() (chosen *desk.SettingsFile, err error) {
	if a.passing, err = a.newPasser(a.config.PassOn); err != nil {
		return nil, wrongUse(err.Error(), err.Error())
	}
	a.terminal = agent.NewTerminal(agent.Config{
		Journal: a.journal, Log: a.log, Version: version, Patience: time.Duration(a.config.Patience), Scanners: a.scannersSetUp(),
		Closes: agent.OpenCloses(a.data, a.journal, a.log), PassOn: a.passing.take(),
	})
	chosen = desk.OpenSettings(desk.SettingsConfig{Dir: a.data, Log: a.log})
	a.counter = practice.NewSwitch(practice.Config{
		Till: a.terminal, Shifts: a.terminal, Lanes: a.terminal, Settings: chosen, Log: a.log,
		Rules: func() practice.Rules { return agent.PracticeRules(a.journal) }, Now: func() time.Time { return agent.At(a.journal) },
		PassOn: a.passing.take(),
	})
	return chosen, nil
}

// deskWith is what the desk is made of.
func (a *service) deskWith(token string, chosen *desk.SettingsFile, setups *bench, paper desk.Printer) desk.Config {
	return desk.Config{
		Counter: a.counter, Journal: a.journal, Sales: a.terminal, Shifts: a.counter, Practice: a.counter, Settings: chosen,
		Lanes: a.counter, Fittings: setups.fittings, Bench: setups, Doctor: setups.examine,
		Pictures: pictures, QR: func(text string) ([]byte, error) { return qrimage.PNG(text, modulePixels) },
		Printer: paper, Paper: a.config.Printer.paper(), Token: token, Log: a.log,
	}
}

// announce says where the desk is: to the other commands by a file, and to whoever started us by one line. A full disk,
// which refuses the file, must not keep the window from being told that the disk is full.
func (a *service) announce(at net.Addr) error {
	url := "http://" + at.String()
	if err := desk.Publish(a.data, url); err != nil {
		a.log.Warn("commands will not find the desk", "error", err)
	}
	return a.print(map[string]string{"desk": url})
}

// scannersSetUp are the scanners before there is word of them.
func (a *service) scannersSetUp() []desk.Scanner {
	var all []desk.Scanner
	for _, s := range a.config.Scanners {
		all = append(all, desk.Scanner{Name: s.Name})
	}
	return all
}

// wire makes the devices of some settings, which may be exchanged while the agent runs. It opens none; the error says
// which value will not do.
func (a *service) wire(c config) ([]fitting, error) {
	if _, err := a.newPasser(c.PassOn); err != nil {
		return nil, fmt.Errorf("%s: %w", aPassOn, err)
	}
	var all []fitting
	if c.Display != nil {
		one, err := a.tapped(*c.Display)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", aDisplay, err)
		}
		all = append(all, one)
	}
	for _, s := range c.Scanners {
		read, err := a.reader(s)
		if err != nil {
			return nil, fmt.Errorf("[[scanner]] %s: %w", s.Name, err)
		}
		all = append(all, fitting{setup: s, part: part{"scanner " + s.Name, read}, forget: func() { a.terminal.NoScanner(s.Name) }})
	}
	return all, nil
}

// reader makes a scanner's Run, wired to the terminal.
func (a *service) reader(s scanner) (func(context.Context) error, error) {
	state := func(d drivers.State) {
		a.terminal.Scanner(desk.Scanner{Name: s.Name, Connected: d.Connected, Problem: voucher.Text{Zh: d.Problem.ZH, En: d.Problem.EN}})
	}
	var run func(context.Context, func(drivers.Scan)) error
	switch s.Kind {
	case keyboardKind:
		device, err := wedge.NewDevice(wedge.Options{Address: s.Path, Device: s.Name, Framing: a.framing(), OnState: state, Log: a.log})
		if err != nil {
			return nil, err
		}
		run = device.Run
	case "camera":
		eye, err := camera.New(camera.Options{Address: s.Path, Device: s.Name, Mode: s.Mode, OnState: state, Together: a.takeAll, Log: a.log})
		if err != nil {
			return nil, err
		}
		run = eye.Run
	case "hidpos":
		device, err := hidpos.New(hidpos.Options{Address: s.Path, Device: s.Name, Framing: a.framing(), OnState: state, Log: a.log})
		if err != nil {
			return nil, err
		}
		run = device.Run
	default:
		port, err := serialport.New(serialport.Options{Address: s.Path, Device: s.Name, Mode: s.Mode, Framing: a.framing(), OnState: state, Log: a.log})
		if err != nil {
			return nil, err
		}
		run = port.Run
	}
	return func(ctx context.Context) error {
		a.passing.share(s.Name, s.Kind == "rawinput") // Windows withholds no keyboard's keys from the program in front
		if err := run(ctx, func(scan drivers.Scan) { a.take(ctx, scan) }); err != nil {
			return fmt.Errorf("scanner %s: %w", s.Name, err)
		}
		return nil
	}, nil
}

// take hands a scan to the counter. One that the scanner knows to be damaged is an empty text there.
func (a *service) take(ctx context.Context, scan drivers.Scan) {
	defer a.passing.hold(scan)()
	text := scan.Text
	if scan.Damaged {
		a.log.Warn("damaged scan", "scan", scan)
		text = ""
	}
	if err := a.counter.Scan(ctx, text, scan.Device); err != nil && ctx.Err() == nil {
		a.log.Warn("scan not taken", "scan", scan, "error", err)
	}
}
