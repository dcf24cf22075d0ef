//go:build !windows

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"hexiao/agent/desk"
)

// pictureKinds are asked for in this order; every program that copies pictures offers PNG.
var pictureKinds = []string{"image/png", "image/jpeg", "image/bmp"}

// clipboardPicture gives the picture on the clipboard, or nothing where there is none; Fyne knows texts only. It asks the owner of the X server's
// CLIPBOARD selection (ICCCM 2), and waits for it until ctx ends. A picture that is larger than the desk takes comes cut.
func clipboardPicture(ctx context.Context) ([]byte, error) {
	line, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("reach the X server: %w", err)
	}
	stop := context.AfterFunc(ctx, line.Close) // which ends every wait
	defer func() {
		if stop() {
			line.Close()
		}
	}()
	r, err := newRequestor(line)
	if err != nil {
		return nil, err
	}
	for _, kind := range pictureKinds {
		if raw, err := r.ask(kind); err != nil || len(raw) > 0 {
			return raw, err
		}
	}
	return nil, nil
}

// requestor is a window of its own, never shown, on which an owner leaves what was asked for.
type requestor struct {
	*server
	selection, incremental, property xproto.Atom
}

func newRequestor(line *xgb.Conn) (*requestor, error) {
	screen := xproto.Setup(line).DefaultScreen(line)
	r := &requestor{server: &server{line: line, root: screen.Root}}
	var err error
	if r.window, err = xproto.NewWindowId(line); err != nil {
		return nil, err
	}
	if err := xproto.CreateWindowChecked(line, 0, r.window, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check(); err != nil {
		return nil, fmt.Errorf("make a window for the clipboard: %w", err)
	}
	for name, to := range map[string]*xproto.Atom{"CLIPBOARD": &r.selection, "INCR": &r.incremental, "HEXIAO_PICTURE": &r.property} {
		if *to, err = r.atom(name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// ask has the owner convert the selection. No owner, and one that has no such picture, give nothing.
func (r *requestor) ask(kind string) ([]byte, error) {
	target, err := r.atom(kind)
	if err != nil {
		return nil, err
	}
	if err := xproto.ConvertSelectionChecked(r.line, r.window, r.selection, target, r.property, xproto.TimeCurrentTime).Check(); err != nil {
		return nil, fmt.Errorf("ask for the clipboard: %w", err)
	}
	for {
		e, err := r.event()
		if err != nil {
			return nil, err
		}
		n, isAnswer := e.(xproto.SelectionNotifyEvent)
		switch {
		case !isAnswer || n.Target != target: // of what was asked before, perhaps
		case n.Property == xproto.AtomNone:
			return nil, nil
		default:
			return r.take()
		}
	}
}

// take fetches what the owner has left: at once, or a piece after each time that the one before was fetched (ICCCM 2.7.2).
func (r *requestor) take() ([]byte, error) {
	kind, raw, err := r.fetch()
	if err != nil || kind != r.incremental {
		return raw, err
	}
	var whole []byte
	for len(whole) <= desk.MaxPicture {
		e, err := r.event()
		if err != nil {
			return nil, err
		}
		if p, isProperty := e.(xproto.PropertyNotifyEvent); !isProperty || p.Atom != r.property || p.State != xproto.PropertyNewValue {
			continue
		}
		_, piece, err := r.fetch()
		if err != nil || len(piece) == 0 {
			return whole, err
		}
		whole = append(whole, piece...)
	}
	return whole, nil
}

// fetch takes what lies on the window away.
func (r *requestor) fetch() (xproto.Atom, []byte, error) {
	p, err := xproto.GetProperty(r.line, true, r.window, r.property, xproto.GetPropertyTypeAny, 0, (desk.MaxPicture+4)/4).Reply()
	if err != nil {
		return 0, nil, fmt.Errorf("fetch the clipboard: %w", err)
	}
	return p.Type, p.Value, nil
}

func (r *requestor) event() (xgb.Event, error) {
	e, xerr := r.line.WaitForEvent()
	switch {
	case xerr != nil:
		return nil, fmt.Errorf("wait for the clipboard: %w", error(xerr))
	case e == nil:
		return nil, errors.New("wait for the clipboard: it did not answer")
	}
	return e, nil
}
