package cashier

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// button is a place to touch. It can never have the focus, so that the keys stay with the scanner's sink.
type button struct {
	widget.BaseWidget
	back    *canvas.Rectangle
	on      []fyne.CanvasObject
	up      color.NRGBA
	down    color.NRGBA
	pressed bool
	tapped  func()
}

var (
	_ fyne.Tappable     = (*button)(nil)
	_ desktop.Mouseable = (*button)(nil)
)

func newButton() *button {
	b := &button{back: canvas.NewRectangle(color.Transparent)}
	b.ExtendBaseWidget(b)
	return b
}

// Tapped implements fyne.Tappable.
func (b *button) Tapped(*fyne.PointEvent) {
	if b.tapped != nil {
		b.tapped()
	}
}

// MouseDown and MouseUp show that the finger was felt.
func (b *button) MouseDown(*desktop.MouseEvent) { b.hold(true) }

// MouseUp implements desktop.Mouseable.
func (b *button) MouseUp(*desktop.MouseEvent) { b.hold(false) }

func (b *button) hold(pressed bool) {
	b.pressed = pressed
	b.paint()
	b.back.Refresh()
}

func (b *button) paint() {
	b.back.FillColor = b.up
	if b.pressed {
		b.back.FillColor = b.down
	}
}

// MinSize is nothing: the face gives the size.
func (b *button) MinSize() fyne.Size { return fyne.Size{} }

// CreateRenderer implements fyne.Widget.
func (b *button) CreateRenderer() fyne.WidgetRenderer { return buttonRenderer{b} }

type buttonRenderer struct{ b *button }

func (r buttonRenderer) Layout(s fyne.Size) { r.b.back.Resize(s) }
func (r buttonRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r buttonRenderer) Refresh()           { canvas.Refresh(r.b) }
func (r buttonRenderer) Destroy()           {}
func (r buttonRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.b.back}, r.b.on...)
}

// look is how a button looks this time.
type look struct {
	up, down color.NRGBA
	radius   float32
	line     color.NRGBA // around it; none when it is the zero colour
	marked   bool        // the arrows have brought the mark here
	draw     func(p *pen, b box)
}

// touch puts the button of that name on the screen.
func (p *pen) touch(name string, b box, l look, tapped func()) {
	t := p.button(name)
	t.up, t.down, t.tapped = l.up, l.down, tapped
	t.back.CornerRadius = l.radius
	t.back.StrokeColor, t.back.StrokeWidth = l.line, 0
	if l.line.A != 0 {
		t.back.StrokeWidth = max(1.5, p.px(2))
	}
	if l.marked {
		t.back.StrokeColor, t.back.StrokeWidth = p.ink, max(4, p.px(5))
	}
	t.paint()
	inner := *p
	inner.objects = nil
	if l.draw != nil {
		l.draw(&inner, box{0, 0, b.w, b.h})
	}
	t.on = inner.objects
	p.add(t, b)
}
