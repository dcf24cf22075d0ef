package cashier

import (
	"context"
	"slices"
	"strconv"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Events of the devices.
type (
	lookAgain struct{}
	seen      struct { // the desk's answer
		no    int
		setup desk.Setup
		err   error
	}
	fit    string   // a device is to be set up, or not any more: the address of its line
	fitted struct { // the desk's answer
		setup desk.Setup
		err   error
	}
)

type (
	seeing  int // the deed: the number of the question
	fitting struct {
		pin  string
		wish desk.DeviceSetup
	}
)

func (n seeing) do(ctx context.Context, d Door) event {
	setup, err := d.Setup(ctx)
	return seen{int(n), setup, err}
}

func (f fitting) do(ctx context.Context, d Door) event {
	setup, err := d.SetUp(ctx, f.pin, f.wish)
	return fitted{setup, err}
}

func (s State) lookAgain() State {
	if s.Page == GuidePage && !s.Guide.Look.Open && s.Order == nil {
		s.Guide.Look, s.Guide.Line, s.Guide.Kept, s.Mark, s.Trouble = s.Guide.Look.again(), 0, false, 0, nil
	}
	return s
}

func (s State) seen(e seen) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Guide.Look }, e.no, lookTrouble, e.err)
	if !ok {
		return s
	}
	s.Guide.Setup, s.Guide.Line = e.setup, 0
	return s
}

// piece is a line of the devices: what is there or set up.
type piece struct {
	kind, address, name string
	path, called        string // where it is now, and how the settings call it
	user                string // another program that holds it
	there, set, likely  bool
	fixed               bool // it can only be written into the file
}

// fits are the devices: those found, those that are set up and not there, and those that stand in the file only.
func (g Guide) fits() []piece {
	var out []piece
	taken := map[int]bool{}
	for _, f := range g.Setup.Found {
		p := piece{kind: f.Kind, address: f.Address, name: f.Name, path: f.Path, called: f.SetUp, user: f.InUseBy, there: true, set: f.SetUp != "", likely: f.Likely}
		if i := scannerOf(g.Setup.Scanners, f.Kind, f.Address, f.Path, f.SetUp); i >= 0 {
			p.set, taken[i] = true, true
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b piece) int { return rank(b) - rank(a) })
	for i, one := range g.Setup.Scanners {
		if !taken[i] {
			out = append(out, piece{kind: kindOf(one), address: one.Path, name: one.Name, set: true})
		}
	}
	printing := slices.ContainsFunc(out, func(p piece) bool { return p.kind == desk.PrinterDevice && p.set })
	if p := g.Setup.Printer; p != nil && !printing {
		out = append(out, piece{kind: desk.PrinterDevice, address: p.To, set: true})
	}
	if d := g.Setup.Display; d != nil {
		out = append(out, piece{kind: desk.DisplayDevice, address: d.From, set: true, fixed: true})
	}
	if p := g.Setup.PassOn; p != nil {
		out = append(out, piece{kind: desk.PassOnDevice, address: p.To, set: true, fixed: true})
	}
	return out
}

// rank puts first what is set up, then what looks like a device for us.
func rank(p piece) int {
	switch {
	case p.set:
		return 2
	case p.likely:
		return 1
	}
	return 0
}

func kindOf(s desk.ScannerSetup) string {
	if s.Kind == "" {
		return "serial"
	}
	return s.Kind
}

// scannerOf finds a scanner in the settings by what it may be called there; -1 when it is not set up. A name that nothing else has is enough.
func scannerOf(all []desk.ScannerSetup, kind string, called ...string) int {
	return slices.IndexFunc(all, func(s desk.ScannerSetup) bool {
		is := func(one string) bool { return one != "" && (one == s.Path || one == s.Name) }
		return kindOf(s) == kind && slices.ContainsFunc(called, is)
	})
}

// fit sets a device up that is not, and takes it away when it is. The desk is sent all devices, as it gave them.
func (s State) fit(address string) State {
	all := s.Guide.fits()
	i := slices.IndexFunc(all, func(p piece) bool { return p.key() == address })
	if s.Page != GuidePage || s.Guide.Step != FitStep || s.Order != nil || i < 0 {
		return s
	}
	s.Trouble, s.Guide.Kept = nil, false
	if all[i].fixed {
		t := guide.inFile(s.Guide.Setup.File)
		s.Trouble = &t
		return s
	}
	s.Order = fitting{s.Tech.PIN, changed(s.Guide.Setup, all[i])}
	return s
}

func (s State) fitted(e fitted) State {
	s.Order = nil
	switch {
	case s.Page != GuidePage:
		return s
	case e.err != nil:
		t := behindPIN(fitTrouble, e.err)
		s.Trouble = &t
		return s
	}
	s.Guide.Setup, s.Guide.Kept = e.setup, true
	return s
}

// changed are the devices with one more, or without it. There is one printer.
func changed(now desk.Setup, p piece) desk.DeviceSetup {
	d := now.DeviceSetup
	d.Scanners = slices.Clone(d.Scanners)
	switch {
	case p.kind == desk.PrinterDevice && p.set:
		d.Printer = nil
	case p.kind == desk.PrinterDevice:
		d.Printer = &desk.PrinterSetup{To: p.address}
	case p.set:
		if i := scannerOf(d.Scanners, p.kind, p.address, p.path, p.called); i >= 0 {
			d.Scanners = slices.Delete(d.Scanners, i, i+1)
		}
	default:
		one := desk.ScannerSetup{Kind: p.kind, Path: p.address}
		if !slices.ContainsFunc(d.Scanners, func(s desk.ScannerSetup) bool { return s.Name == p.name }) {
			one.Name = p.name
		}
		d.Scanners = append(d.Scanners, one)
	}
	return d
}

// fitChoices are the devices on the page.
func (s State) fitChoices() []choice {
	all := s.Guide.fits()
	from, to := paged(s.Guide.Line, len(all), s.guideRows())
	var out []choice
	for i := from; i < to; i++ {
		out = append(out, choice{"fit" + strconv.Itoa(i-from), all[i].action(), fit(all[i].key())})
	}
	return out
}

// key tells the lines apart: two kinds may have one address.
func (p piece) key() string { return p.kind + " " + p.address }

// action is what a touch does.
func (p piece) action() voucher.Text {
	switch {
	case p.fixed:
		return guide.fixed
	case p.set:
		return guide.takeAway
	}
	return guide.putIn
}
