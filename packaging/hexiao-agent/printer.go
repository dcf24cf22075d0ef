package main

import (
	"context"
	"errors"
	"fmt"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/printer"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// slipPrinter is the printer of slips.
type slipPrinter struct {
	To    string `toml:"to"`    // needed: "/dev/usb/lp0", "tcp:192.168.1.50:9100", "/dev/ttyUSB1", "COM3"
	Mode  string `toml:"mode"`  // of a serial line; "": 9600 8N1
	Width int    `toml:"width"` // in columns: 32, 42 or 48; 0: 32
	Lang  string `toml:"lang"`  // "zh" or "en"; "": zh
	Each  bool   `toml:"each"`  // print every accepted redemption and every void by itself; false: when somebody asks
}

// check looks at what no type can; a nil printer is none.
func (s *slipPrinter) check() error {
	switch {
	case s == nil:
		return nil
	case s.Width != 0 && s.Width != 32 && s.Width != 42 && s.Width != 48:
		return wrongUse(fmt.Sprintf("[printer] 的 width 须为 32、42 或 48，不是 %d", s.Width), fmt.Sprintf("[printer]: width is 32, 42 or 48, not %d", s.Width))
	case s.Lang != "" && s.Lang != "zh" && s.Lang != "en":
		return wrongUse(fmt.Sprintf("[printer] 的 lang 须为 zh 或 en，不是 %q", s.Lang), fmt.Sprintf(`[printer]: lang is "zh" or "en", not %q`, s.Lang))
	}
	if _, err := printer.New(printer.Options{To: s.To, Mode: s.Mode}); err != nil {
		return wrongUse("[printer]："+err.Error(), "[printer]: "+err.Error())
	}
	return nil
}

func (s *slipPrinter) paper() desk.Paper {
	if s == nil {
		return desk.Paper{}
	}
	return desk.Paper{Lang: s.Lang, Width: s.Width, Each: s.Each}
}

// onPaper is a printer as the desk asks it.
type onPaper struct{ *printer.Printer }

// Print implements desk.Printer.
func (p onPaper) Print(ctx context.Context, slip []ui.Row) error {
	err := p.Printer.Print(ctx, printer.Page(linesOf(slip)))
	if f, ok := errors.AsType[printer.Failure](err); ok {
		return &desk.Unprinted{Text: voucher.Text{Zh: f.ZH, En: f.EN}, Perhaps: f.Perhaps}
	}
	return err
}

// linesOf are the rows of a slip in the printer's types: the answer is large, the sum is bold.
func linesOf(slip []ui.Row) []printer.Line {
	lines := make([]printer.Line, 0, len(slip))
	for _, row := range slip {
		l := printer.Line{Text: row.Text, Strong: row.Strong}
		if row.Large != "" {
			l = printer.Line{Text: row.Large, Large: true}
		}
		lines = append(lines, l)
	}
	return lines
}

// slips makes the printer's part of the agent; without a printer there is none.
func (a *service) slips() (desk.Printer, []part, error) {
	set := a.config.Printer
	if set == nil {
		return nil, nil, nil
	}
	p, err := printer.New(printer.Options{To: set.To, Mode: set.Mode, Log: a.log, OnState: func(s drivers.State) {
		a.terminal.Device(desk.Device{Kind: desk.PrinterDevice, Name: set.To, Connected: s.Connected, Problem: voucher.Text{Zh: s.Problem.ZH, En: s.Problem.EN}})
	}})
	if err != nil {
		return nil, nil, wrongUse(err.Error(), err.Error())
	}
	return onPaper{p}, []part{{"printer " + set.To, p.Run}}, nil
}
