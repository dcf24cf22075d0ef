//go:build !windows

package main

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

const keyControl = 0xffe3

// owner is a program that has copied something, as its kind; with a piece it hands over that much at a time.
type owner struct {
	t      testing.TB
	line   *xgb.Conn
	window xproto.Window
	kind   string
	raw    []byte
	piece  int
	silent bool // answers nobody
}

// own takes the clipboard of a display until the test ends.
func own(t testing.TB, x *xvfb, o owner) {
	t.Helper()
	line, err := xgb.NewConnDisplay(x.display)
	check(t, err)
	o.t, o.line = t, line
	o.window, err = xproto.NewWindowId(line)
	check(t, err)
	root := xproto.Setup(line).DefaultScreen(line).Root
	check(t, xproto.CreateWindowChecked(line, 0, o.window, root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil).Check())
	check(t, xproto.SetSelectionOwnerChecked(line, o.window, o.atom("CLIPBOARD"), xproto.TimeCurrentTime).Check())
	ended := make(chan bool)
	go func() { defer close(ended); o.serve() }()
	t.Cleanup(func() { line.Close(); <-ended })
}

func (o *owner) atom(name string) xproto.Atom {
	a, err := xproto.InternAtom(o.line, false, uint16(len(name)), name).Reply()
	if err != nil {
		o.t.Error(err)
		return 0
	}
	return a.Atom
}

// serve answers whoever asks, until the line is closed.
func (o *owner) serve() {
	kind, incremental := o.atom(o.kind), o.atom("INCR")
	rest := map[xproto.Window][]byte{}
	for {
		e, err := o.line.WaitForEvent()
		if e == nil && err == nil {
			return
		}
		switch e := e.(type) {
		case xproto.SelectionRequestEvent:
			property := e.Property
			switch {
			case o.silent:
				continue
			case e.Target != kind:
				property = xproto.AtomNone
			case o.piece > 0:
				xproto.ChangeWindowAttributes(o.line, e.Requestor, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
				rest[e.Requestor] = o.raw
				xproto.ChangeProperty(o.line, xproto.PropModeReplace, e.Requestor, property, incremental, 32, 1, make([]byte, 4))
			default:
				xproto.ChangeProperty(o.line, xproto.PropModeReplace, e.Requestor, property, kind, 8, uint32(len(o.raw)), o.raw)
			}
			n := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property}
			xproto.SendEvent(o.line, false, e.Requestor, 0, string(n.Bytes()))
		case xproto.PropertyNotifyEvent:
			left, asked := rest[e.Window]
			if !asked || e.State != xproto.PropertyDelete {
				continue
			}
			now := left[:min(len(left), o.piece)] // at the end none, which says that it is the end
			xproto.ChangeProperty(o.line, xproto.PropModeReplace, e.Window, e.Atom, kind, 8, uint32(len(now)), now)
			if rest[e.Window] = left[len(now):]; len(now) == 0 {
				delete(rest, e.Window)
			}
		}
	}
}

func TestThePictureOnTheClipboard(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
	for _, c := range []struct {
		name  string
		owner *owner
		want  []byte
	}{
		{"nobody has copied anything", nil, nil},
		{"a text", &owner{kind: "UTF8_STRING", raw: []byte("58")}, nil},
		{"a PNG", &owner{kind: "image/png", raw: []byte("\x89PNG")}, []byte("\x89PNG")},
		{"a JPEG", &owner{kind: "image/jpeg", raw: []byte("\xff\xd8")}, []byte("\xff\xd8")},
		{"a large one, in pieces", &owner{kind: "image/png", raw: large, piece: 100_001}, large},
		{"in pieces that end with a whole one", &owner{kind: "image/png", raw: large, piece: 64_000}, large},
		{"an empty one, in pieces", &owner{kind: "image/png", piece: 10}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := openDisplay(t)
			t.Setenv("DISPLAY", x.display)
			if c.owner != nil {
				own(t, x, *c.owner)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if got, err := clipboardPicture(ctx); err != nil || !bytes.Equal(got, c.want) {
				t.Errorf("%d bytes, %v; want %d", len(got), err, len(c.want))
			}
		})
	}
	t.Run("a program that does not answer", func(t *testing.T) {
		x := openDisplay(t)
		t.Setenv("DISPLAY", x.display)
		own(t, x, owner{kind: "image/png", silent: true})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if got, err := clipboardPicture(ctx); err == nil || ctx.Err() == nil {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	t.Run("no display", func(t *testing.T) {
		t.Setenv("DISPLAY", ":none")
		if _, err := clipboardPicture(t.Context()); err == nil {
			t.Error("no word of it")
		}
	})
}

// Ctrl+V at the window's own keyboard: the picture goes to the desk.
func TestAPictureIsPastedIntoTheWindow(t *testing.T) {
	x := openDisplay(t)
	h := newHands(t, x)
	counter := newCounter()
	counter.scans = make(chan string, 4)
	raw := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 300_000)...)
	own(t, x, owner{kind: "image/png", raw: raw, piece: 70_000})
	p := open(t, x, counter.serve(t)...)
	idle(t, x, p)
	h.hit('v', keyControl)
	h.sync()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	select {
	case got := <-counter.scans:
		if got != strconv.Itoa(len(raw))+" bytes" {
			t.Errorf("the desk got %s", got)
		}
	case <-late.C:
		t.Error("the desk got nothing")
	}
	p.stop(t)
}
