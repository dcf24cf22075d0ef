package main

import (
	"context"
	"log/slog"
	"sync"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/serialport"
	"hexiao/drivers/typist"
	"hexiao/hub/voucher"
)

// passer hands codes that are not for us to the program that they are for: it types them, or writes them to a port. Which
// codes those are is the till's business; only what this agent's own scanners read goes on. What came through the desk is
// where it was typed, and what we type may land in our own window: there it would go round for ever.
type passer struct {
	name  string // of the device, for people
	log   *slog.Logger
	run   func(context.Context) error
	send  func(code string, done func(error)) bool
	fails func(source, text string) // told of what did not arrive after all

	mu     sync.Mutex // guards what follows
	held   map[string]drivers.Scan
	shared map[string]bool // scanners that share
}

// newPasser makes the one that the settings ask for, nil for none. It opens nothing; the error says which value will not do.
func (a *service) newPasser(c *passOn) (*passer, error) {
	if c == nil {
		return nil, nil
	}
	p := &passer{name: c.To, log: a.log, held: map[string]drivers.Scan{}, shared: map[string]bool{}, fails: func(source, text string) { a.terminal.NotPassedOn(source, text) }}
	state := func(d drivers.State) { a.terminal.Device(deviceState(desk.PassOnDevice, p.name, d)) }
	if c.To == typing {
		p.name = typist.Place
		k, err := typist.New(typist.Options{End: c.End, OnState: state, Log: a.log})
		if err != nil {
			return nil, err
		}
		p.run, p.send = k.Run, k.Type
		return p, nil
	}
	w, err := serialport.NewWriter(serialport.WriterOptions{Address: c.To, Mode: c.Mode, OnState: state, Log: a.log})
	if err != nil {
		return nil, err
	}
	end := "\r"
	if c.End == "none" {
		end = ""
	}
	p.run, p.send = w.Run, func(code string, done func(error)) bool { return w.Send([]byte(code+end), done) }
	return p, nil
}

func deviceState(kind, name string, d drivers.State) desk.Device {
	return desk.Device{Kind: kind, Name: name, Connected: d.Connected, Problem: voucher.Text{Zh: d.Problem.ZH, En: d.Problem.EN}}
}

// take is agent.Config.PassOn; nil where no code goes on.
func (p *passer) take() func(source, text string) bool {
	if p == nil {
		return nil
	}
	return p.pass
}

// hold keeps in mind what a scanner has just given, while the till says what it is: the till knows its text, and what goes
// on are the bytes that the scanner sent.
func (p *passer) hold(scan drivers.Scan) (release func()) {
	if p == nil || scan.Damaged {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[scan.Device] = scan
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.held, scan.Device)
	}
}

// share says of a scanner whether the other program hears it beside us, as with Raw Input on Windows: its codes are there
// already, and would come twice. It is safe on nil.
func (p *passer) share(scanner string, shared bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shared[scanner] = shared
}

func (p *passer) pass(source, text string) bool {
	p.mu.Lock()
	scan, ours := p.held[source]
	there := p.shared[source]
	p.mu.Unlock()
	if !ours || scan.Text != text || there {
		return ours && there
	}
	taken := p.send(scan.Sent(), func(err error) {
		if err != nil {
			p.log.Warn("code not passed on", "to", p.name, "scan", scan, "error", err)
			p.fails(source, text)
		}
	})
	if !taken {
		p.log.Warn("code not passed on", "to", p.name, "scan", scan)
	}
	return taken
}

// framing is how scanners are read: a code that goes on and is read twice is two, as it was for the POS, while a voucher
// that lies under the scanner stays one.
func (a *service) framing() drivers.Framing {
	if a.passing == nil {
		return drivers.Framing{}
	}
	return drivers.Framing{Anyway: func(text string) bool {
		return voucher.Read(text, agent.PracticeRules(a.journal).Payments).Foreign()
	}}
}
