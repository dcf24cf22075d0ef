// Package printer puts pages on receipt printers that speak ESC/POS: on a serial line, on /dev/usb/lp0, or on the network (port 9100). It knows
// bytes and paper, and must not know what a slip means. packaging/hexiao-agent makes one Printer and runs it beside the terminal, and
// hands it pages.
//
// A printer is opened for one page at a time, because the POS often prints on the same one, and both the kernel's printer file and most network
// printers take one program at a time. What was seen of usblp (Linux 6.1, drivers/usb/class/usblp.c): closing it throws away what the printer has
// not taken yet, so the end is waited for.
package printer

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hexiao/drivers"
)

// Options describe one printer.
type Options struct {
	To      string              // "/dev/usb/lp0", "tcp:192.168.1.50:9100", or a serial port as in serialport.Options; required
	Mode    string              // of a serial line, as in "9600 8N1"; empty means serialport.DefaultMode
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now; of State.Since alone
}

// Printer is one receipt printer.
type Printer struct {
	options  Options
	way      way
	patience time.Duration
	jobs     chan *job
	ended    chan struct{} // closed when Run has ended

	torn bool // owned by Run's goroutine: a page was cut off in the middle
	mute bool // owned by Run's goroutine: it answers DLE EOT and not GS r

	mu    sync.Mutex // guards state
	state drivers.State
}

const (
	room     = 8                      // pages that may wait
	patience = 12 * time.Second       // from the asking until the page is on paper or has failed; a slip at 2400 baud takes 5 s, and systemd gives the agent 15 s to end
	graceful = 2 * time.Second        // what a page that is being printed still gets when the program ends
	lookFine = time.Second            // how often a printer in order is looked for, by its file alone
	lookAway = 500 * time.Millisecond // how often one that is not there is looked for, likewise
	lookBad  = 2 * time.Second        // how soon a printer in trouble is asked again, first
	lookMost = 30 * time.Second       // and at last: a network printer that is switched off must not be knocked at all day
	knock    = 3 * time.Second        // one look at a printer
	again    = 200 * time.Millisecond // between two tries to open a printer that is in use
)

// New checks the options; it opens nothing. The error names what is wrong and the right form.
func New(options Options) (*Printer, error) {
	options.To = strings.TrimSpace(options.To)
	w, err := wayTo(options.To, options.Mode)
	if err != nil {
		return nil, err
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Printer{options: options, way: w, patience: patience, jobs: make(chan *job, room), ended: make(chan struct{})}, nil
}

// job is one page on its way.
type job struct {
	page  []byte
	until time.Time
	begun atomic.Bool // taken by Run, or withdrawn by who asked: whichever is first
	done  chan error  // has room for one
}

// Print puts a page on paper. It blocks until it is there as far as the printer tells, for at most 12 s, waiting for pages before it included. The
// error is a Failure. When ctx ends, a page that has not been begun is withdrawn; one that has been is waited for, so that it is known what became
// of it. Safe for concurrent use.
func (p *Printer) Print(ctx context.Context, page []byte) error {
	j := &job{page: page, until: time.Now().Add(p.patience), done: make(chan error, 1)}
	select {
	case p.jobs <- j:
	default:
		return Failure{Problem: waiting(p.options.To)}
	}
	limit := time.NewTimer(p.patience)
	defer limit.Stop()
	why := waiting(p.options.To)
	select {
	case err := <-j.done:
		return err
	case <-limit.C:
	case <-ctx.Done():
	case <-p.ended:
		why = ending(p.options.To)
	}
	if !j.begun.Swap(true) {
		return Failure{Problem: why}
	}
	return <-j.done
}

// Run prints pages and looks after the printer until ctx ends, and then returns nil; a page that is being printed gets 2 s more. It must not be
// called twice.
func (p *Printer) Run(ctx context.Context) error {
	defer close(p.ended)
	pause := lookBad
	p.look(ctx)
	for {
		wait := lookFine
		switch is := p.State(); {
		case is.Connected:
			pause = lookBad
		case is.Problem.Code == "missing":
			wait, pause = lookAway, lookBad
		default:
			wait, pause = pause, min(2*pause, lookMost)
		}
		timer := time.NewTimer(wait)
		select {
		case j := <-p.jobs:
			if ctx.Err() == nil && !j.begun.Swap(true) { // at the end it is for who asked to withdraw it
				j.done <- p.do(ctx, j)
			}
			pause = lookBad
		case <-timer.C:
			p.lookAgain(ctx)
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// do prints one page, and takes what became of it for the printer's state.
func (p *Printer) do(ctx context.Context, j *job) error {
	until, cancel := context.WithDeadline(context.WithoutCancel(ctx), j.until)
	defer cancel()
	late := time.AfterFunc(time.Hour, cancel)
	defer late.Stop()
	defer context.AfterFunc(ctx, func() { late.Reset(graceful) })()
	err := p.print(until, j.page)
	if err == nil {
		p.set(drivers.Problem{})
		return nil
	}
	var f Failure
	if !errors.As(err, &f) {
		f = Failure{Problem: problemOf(p.options.To, err)}
	}
	p.options.Log.Warn("page not printed", "printer", p.options.To, "problem", f.Code, "perhaps", f.Perhaps, "cause", f.EN)
	p.set(f.Problem)
	return f
}

// State is whether the printer can be used as far as it is known, and if not, why and what to do. Safe for concurrent use.
func (p *Printer) State() drivers.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// set keeps the state, and tells when it is news.
func (p *Printer) set(problem drivers.Problem) {
	p.mu.Lock()
	old := p.state
	next := drivers.State{Connected: problem == drivers.Problem{}, Since: old.Since, Problem: problem}
	if next.Connected != old.Connected || old.Since.IsZero() {
		next.Since = p.options.Now()
	}
	p.state = next
	p.mu.Unlock()
	if next == old {
		return
	}
	p.options.Log.Info("printer state changed", "place", p.options.To, "connected", next.Connected, "problem", problem.Code)
	if p.options.OnState != nil {
		p.options.OnState(next)
	}
}

// look opens the printer and asks how it is. One that is in use is there; that it is always in use is found when something is to be printed.
func (p *Printer) look(ctx context.Context) {
	found := drivers.Problem{}
	if err := p.Check(ctx); err != nil {
		found = problemOf(p.options.To, err)
	}
	switch {
	case ctx.Err() != nil:
		return
	case found.Code == "busy" && p.State().Problem.Code != "busy":
		found = drivers.Problem{}
	}
	p.set(found)
}

// Check opens the printer, asks how it is and closes it, all within 3 s. The error is the drivers.Problem that keeps it from printing; nil also for one
// that says nothing of itself. It needs no Run, and may be called beside one, which then may find the printer in use for as long.
func (p *Printer) Check(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, knock)
	defer cancel()
	if err := p.knock(within); err != nil {
		return problemOf(p.options.To, err)
	}
	return nil
}

func (p *Printer) knock(ctx context.Context) error {
	if err := p.way.find(); err != nil {
		return err
	}
	l, err := p.way.open(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	return (&session{p: p, line: l}).inOrder(ctx)
}

// lookAgain is look for a printer in trouble; one in order is not disturbed, and only its file is looked for.
func (p *Printer) lookAgain(ctx context.Context) {
	if !p.State().Connected {
		p.look(ctx)
		return
	}
	if err := p.way.find(); err != nil {
		p.set(problemOf(p.options.To, err))
	}
}
