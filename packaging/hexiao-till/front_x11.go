//go:build !windows

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"

	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// placing speaks to the X server on a line of its own, for one thing at a time: it is asked for seldom, and Xlib, which
// Fyne uses, ends the program when a window is gone that it is asked about.
type placing struct {
	lowered bool // put behind all others, for want of a window manager
}

func init() { xgb.Logger = log.New(io.Discard, "", 0) } // its errors are returned, too

// handle is the window's number; 0 when it has none yet.
func handle(context any) uintptr {
	x, _ := context.(driver.X11WindowContext)
	return x.WindowHandle
}

// aside asks the window manager to minimise the window (ICCCM 4.1.4). Where there is none the window is put behind all
// others, and not hidden: nothing would show a cashier the way back.
func (p *placing) aside(window uintptr) error {
	s, err := openServer(window)
	if err != nil {
		return err
	}
	defer s.line.Close()
	if !s.managed() {
		p.lowered = true
		return xproto.ConfigureWindowChecked(s.line, s.window, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeBelow}).Check()
	}
	const iconic = 3
	return s.ask("WM_CHANGE_STATE", iconic)
}

// back maps the window, which ends its being minimised, and asks that it becomes the active one (EWMH, _NET_ACTIVE_WINDOW),
// as a person's wish or as a program's, which the window manager may then weigh.
func (p *placing) back(window uintptr, person bool) error {
	s, err := openServer(window)
	if err != nil {
		return err
	}
	defer s.line.Close()
	if !person && !p.lowered && !s.iconic() {
		return nil
	}
	p.lowered = false
	source := uint32(1)
	if person {
		source = 2
	}
	for _, step := range []func() error{
		xproto.MapWindowChecked(s.line, s.window).Check,
		xproto.ConfigureWindowChecked(s.line, s.window, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove}).Check,
		func() error { return s.ask("_NET_ACTIVE_WINDOW", source) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if s.managed() {
		return nil
	}
	return xproto.SetInputFocusChecked(s.line, xproto.InputFocusPointerRoot, s.window, xproto.TimeCurrentTime).Check()
}

// server is a line to the X server, about one window.
type server struct {
	line   *xgb.Conn
	root   xproto.Window
	window xproto.Window
}

func openServer(window uintptr) (*server, error) {
	line, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("reach the X server: %w", err)
	}
	return &server{line, xproto.Setup(line).DefaultScreen(line).Root, xproto.Window(window)}, nil
}

// managed tells whether there is a window manager (EWMH, _NET_SUPPORTING_WM_CHECK).
func (s *server) managed() bool { return len(s.property(s.root, "_NET_SUPPORTING_WM_CHECK")) > 0 }

// iconic tells whether the window is minimised (ICCCM 4.1.3.1, WM_STATE).
func (s *server) iconic() bool {
	state := s.property(s.window, "WM_STATE")
	return len(state) >= 4 && binary.NativeEndian.Uint32(state) == 3
}

func (s *server) property(of xproto.Window, name string) []byte {
	atom, err := s.atom(name)
	if err != nil {
		return nil
	}
	p, err := xproto.GetProperty(s.line, false, of, atom, xproto.GetPropertyTypeAny, 0, 1).Reply()
	if err != nil {
		return nil
	}
	return p.Value
}

func (s *server) atom(name string) (xproto.Atom, error) {
	a, err := xproto.InternAtom(s.line, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	return a.Atom, nil
}

// ask sends the window manager a message about the window.
func (s *server) ask(what string, how uint32) error {
	atom, err := s.atom(what)
	if err != nil {
		return err
	}
	e := xproto.ClientMessageEvent{Format: 32, Window: s.window, Type: atom, Data: xproto.ClientMessageDataUnionData32New([]uint32{how, 0, 0, 0, 0})}
	return xproto.SendEventChecked(s.line, false, s.root, xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(e.Bytes())).Check()
}
