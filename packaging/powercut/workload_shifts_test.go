//go:build linux

package powercut_test

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// shop is a till that sells without its hub and closes shifts.
type shop struct {
	*player
	core *agent.Core
}

func driveShifts(folder string, s *script) error {
	p := &shop{player: &player{script: s, dir: filepath.Join(folder, "journal")}}
	if s.again {
		p.serial, p.passed = 1<<30, time.Hour
	}
	seen := func() string { return seenShifts(p.core) }
	for _, do := range []func() error{p.openShop, p.newLaw, p.newLease} {
		if err := s.step(do, seen); err != nil {
			return err
		}
	}
	for range s.steps(90) {
		if err := s.step(p.trade, seen); err != nil {
			return err
		}
	}
	return p.j.Close()
}

func (p *shop) openShop() error {
	err := p.open()
	if err == nil {
		p.core = shopOn(p.dir, p.j)
	}
	return err
}

func shopOn(dir string, j *journal.Journal) *agent.Core {
	return agent.NewCore(agent.Config{Journal: j, Closes: agent.OpenCloses(dir, j, slog.New(slog.DiscardHandler))})
}

// trade is one thing that a shop does; a third of them are closes.
func (p *shop) trade() error {
	p.passed += time.Duration(p.IntN(5000)) * time.Millisecond
	switch n := p.IntN(100); {
	case n < 35:
		_, _, err := p.j.Accept(p.sold())
		return err
	case n < 45:
		return p.settle()
	case n < 50:
		return p.about(func(n uint64) error { _, err := p.j.Void(n); return err })
	case n < 58:
		return p.newLease()
	case n < 65:
		return errors.Join(p.j.Close(), p.openShop())
	}
	return closeShift(p.core, p.core.Shift().Number)
}

func closeShift(core *agent.Core, number int) (err error) {
	core.CloseShift(number, func(_ desk.Shift, e error) { err = e })
	return err
}

// seenShifts is what the till says of its shifts, and whether it says that it lost any.
func seenShifts(core *agent.Core) string {
	said := ""
	for _, s := range append(core.Shifts(), core.Shift()) {
		until := int64(0)
		if s.Until != nil {
			until = s.Until.UnixMilli()
		}
		said += fmt.Sprintf("%d: %s to %s, %d; %d stand, %d voided, %d less; ", s.Number, s.First, s.Last, until, s.Standing.Count, s.Voided.Count, s.Hub.Count)
	}
	for _, w := range core.View(noon).Warnings {
		if w.Code == desk.WarnShifts || w.Code == desk.WarnNoShifts {
			said += w.Code
		}
	}
	return said
}

// openShifts opens the till, closes the running shift, and finds it closed when it opens again.
func openShifts(at job) (r report) {
	dir, o := filepath.Join(at.Folder, "journal"), journal.Options{Now: func() time.Time { return noon }}
	j, err := journal.Open(dir, till, o)
	if r.failed("open", err) {
		return r
	}
	core := shopOn(dir, j)
	r.Seen = seenShifts(core)
	number := core.Shift().Number
	r.failed("write", closeShift(core, number))
	closed := seenShifts(core)
	r.failed("write", j.Close())
	if j, err = journal.Open(dir, till, o); r.failed("again", err) {
		return r
	}
	core = shopOn(dir, j)
	r.failed("again", closeShift(core, number)) // once more, which changes nothing
	if again := seenShifts(core); again != closed {
		r.failed("again", fmt.Errorf("closed after the power cut: %s; opened again: %s", closed, again))
	}
	r.failed("again", j.Close())
	return r
}
