package printer

import (
	"context"
	"errors"
	"time"

	"hexiao/drivers"
)

// A way leads to a printer.
type way interface {
	// find says whether it is there without opening it: nil, or a Problem.
	find() error
	// open opens it for one owner. The error is a Problem; "busy" passes.
	open(ctx context.Context) (line, error)
}

// A line is a printer that is open. It belongs to one goroutine. What blocks ends with ctx.
type line interface {
	// write writes everything and waits until the printer has taken it, as far as the system knows. It says how many bytes may reach the printer:
	// all of them also where the system goes on sending after an error. When ctx ends first, the error is a Problem "stuck".
	write(ctx context.Context, b []byte) (int, error)
	// read gives what the printer has said, within some time; nothing for silence.
	read(ctx context.Context, b []byte, within time.Duration) (int, error)
	// trouble is what the system knows of the printer's state by itself.
	trouble() (drivers.Problem, bool)
	close()
}

// session is one opening of the printer.
type session struct {
	p    *Printer
	line line
	more int // bytes of an automatic status that are still to come
}

// print puts one page on paper. The error is a Failure, or says what went wrong before anything was sent.
func (p *Printer) print(ctx context.Context, page []byte) error {
	l, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	s := &session{p: p, line: l}
	st, err := s.before(ctx)
	if err != nil {
		return err
	}
	if p.torn { // so that half a slip does not hang on the next one
		page = append(footed(append([]byte{}, spent...)), page...)
	}
	n, err := l.write(ctx, page)
	whole := n >= len(page)
	p.torn = !whole && (p.torn || n > 0)
	if err != nil {
		return Failure{Problem: s.cause(err), Perhaps: whole}
	}
	return s.after(ctx, st)
}

// open waits for a printer that is in use, as long as ctx lasts.
func (p *Printer) open(ctx context.Context) (line, error) {
	for {
		if err := p.way.find(); err != nil {
			return nil, err
		}
		l, err := p.way.open(ctx)
		var is drivers.Problem
		if err == nil || !errors.As(err, &is) || is.Code != "busy" {
			return l, err
		}
		pause := time.NewTimer(again)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// inOrder asks the printer how it is; nil for one that says nothing.
func (s *session) inOrder(ctx context.Context) error {
	_, err := s.before(ctx)
	return err
}

// before asks the printer how it is. The error is what keeps it from printing: nothing has come out then.
func (s *session) before(ctx context.Context) (status, error) {
	if is, bad := s.line.trouble(); bad {
		return status{}, is
	}
	st, err := s.ask(ctx)
	if err != nil {
		return st, s.cause(err)
	}
	if is, bad := st.trouble(s.p.options.To); bad {
		return st, is
	}
	return st, nil
}

const (
	turnIn  = 500 * time.Millisecond // how long the end is waited for before the printer is asked what is wrong
	turnMax = 5 * time.Second        // a printer in order that has not said by then that it has come to the end never says it
)

// after waits until a page that was sent whole has come out. A printer that answers nothing has come as far as the system knows.
func (s *session) after(ctx context.Context, st status) error {
	if is, bad := s.line.trouble(); bad {
		return Failure{Problem: is, Perhaps: true}
	}
	if !st.answered || s.p.mute {
		return nil
	}
	if err := s.turn(ctx); err != nil {
		return Failure{Problem: s.cause(err), Perhaps: true}
	}
	return nil
}

// turn waits for the printer's turn-around: the answer to a question that it reads behind the page.
func (s *session) turn(ctx context.Context) error {
	if _, err := s.line.write(ctx, askTurn); err != nil {
		return err
	}
	for until := time.Now().Add(turnMax); ; {
		_, ok, err := s.hear(ctx, isTurn, turnIn)
		if ok || err != nil {
			return err
		}
		if ctx.Err() != nil {
			return stuck(s.p.options.To)
		}
		now, err := s.ask(ctx)
		if err != nil {
			return err
		}
		if is, bad := now.trouble(s.p.options.To); bad {
			return is
		}
		if now.answered && time.Now().After(until) {
			s.p.mute = true
			return nil
		}
	}
}

// cause is what keeps the printer from going on: what it says itself, if anything, and else the error.
func (s *session) cause(err error) drivers.Problem {
	if is, bad := s.line.trouble(); bad {
		return is
	}
	return problemOf(s.p.options.To, err)
}
