package cashier

import (
	"image"
	"image/color"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hexiao/drivers/wedge"
)

// face is the whole window: one widget that draws the state and hears every key. Everything that can be touched lies on
// top of it and it is the only thing that can have the focus, so a tap anywhere leaves the keys where they are.
type face struct {
	widget.BaseWidget
	post  func(event)
	later func(time.Duration, func())
	full  func() // full screen on and off
	aside func() // gets the window out of the way

	address  string // the desk's
	pictured bool   // a picture can be had from the clipboard

	state   State
	size    fyne.Size
	objects []fyne.CanvasObject
	buttons map[string]*button
	album   album

	keys   *wedge.Keys // tells a scanner's typing from a person's
	now    func() time.Time
	heard  int           // keys so far: all is quiet while it does not move
	due    time.Time     // when the keys held back are to be let go; zero when none are
	lag    time.Duration // how far the keys' clock is behind
	behind []event       // what buttons said while keys were held back

	hatches map[string]*canvas.Image // of practice, by their place

	flash   flash
	shuttle shuttle
	qr      *canvas.Image // of the lane test's code
	qrOf    []byte

	first   *canvas.Raster
	painted chan struct{}
}

var (
	_ fyne.Focusable    = (*face)(nil)
	_ fyne.Tabbable     = (*face)(nil)
	_ fyne.Tappable     = (*face)(nil)
	_ fyne.Shortcutable = (*face)(nil)
)

func newFace(keys *wedge.Keys, post func(event), later func(time.Duration, func())) *face {
	f := &face{keys: keys, post: post, later: later, full: func() {}, aside: func() {}, now: time.Now, hatches: map[string]*canvas.Image{},
		buttons: map[string]*button{}, painted: make(chan struct{})}
	f.flash.rect = canvas.NewRectangle(color.Transparent)
	f.shuttle.rect = canvas.NewRectangle(color.Transparent)
	var once sync.Once
	f.first = canvas.NewRaster(func(w, h int) image.Image {
		once.Do(func() { close(f.painted) })
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	})
	f.ExtendBaseWidget(f)
	return f
}

// show draws a state.
func (f *face) show(s State) {
	fresh := s.Count != f.state.Count
	f.state = s
	f.draw()
	if f.size.IsZero() {
		return
	}
	if fresh {
		f.flash.start(f.later)
	}
	f.shuttle.run(func() bool { return f.state.restless() }, f.later)
}

func (f *face) draw() {
	if f.size.IsZero() {
		return
	}
	f.album.begin()
	p := &pen{palette: f.state.palette(), lang: f.state.Lang, button: f.button, album: &f.album,
		unit: min(f.size.Width/1024, f.size.Height/768), scale: 1, zoom: float32(f.state.textSize()) / 100}
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil {
		p.scale = c.Scale()
	}
	whole := box{0, 0, f.size.Width, f.size.Height}
	p.fill(whole, p.ground, 0)
	f.screen(p, whole)
	if f.state.Heard && f.state.View.Practice && !f.state.Away() {
		f.edge(p, whole)
	}
	p.add(f.flash.rect, whole)
	p.add(f.first, box{0, 0, 1, 1})
	f.objects = p.objects
	canvas.Refresh(f)
}

func (f *face) button(name string) *button {
	b := f.buttons[name]
	if b == nil {
		b = newButton()
		f.buttons[name] = b
	}
	return b
}

// MinSize is what an old 800 by 600 till screen has left beside a title bar and a panel.
func (f *face) MinSize() fyne.Size { return fyne.NewSize(640, 480) }

// CreateRenderer implements fyne.Widget.
func (f *face) CreateRenderer() fyne.WidgetRenderer { return faceRenderer{f} }

type faceRenderer struct{ f *face }

func (r faceRenderer) Layout(s fyne.Size) {
	if s != r.f.size {
		r.f.size = s
		r.f.draw()
	}
}
func (r faceRenderer) MinSize() fyne.Size           { return r.f.MinSize() }
func (r faceRenderer) Refresh()                     { canvas.Refresh(r.f) }
func (r faceRenderer) Destroy()                     {}
func (r faceRenderer) Objects() []fyne.CanvasObject { return r.f.objects }

// Tapped puts the answer away, wherever the window is touched beside a button.
func (f *face) Tapped(*fyne.PointEvent) { f.act(touched{}) }

// AcceptsTab keeps Tab, which some scanners send after a code.
func (f *face) AcceptsTab() bool { return true }

// FocusGained implements fyne.Focusable; nothing on the screen tells of it.
func (f *face) FocusGained() {}

// FocusLost implements fyne.Focusable; Window.keepFocus takes it back.
func (f *face) FocusLost() {}
