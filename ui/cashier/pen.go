package cashier

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// pen draws one screen: every Draw draws it anew from the state, so that nothing of an earlier customer can be left
// over. Only what can be touched is kept from one Draw to the next, because a finger may lie on it meanwhile, and
// the icons, which are dear to draw; the face hands them out.
type pen struct {
	palette
	unit    float32 // 1 on a window of 1024 by 768
	scale   float32 // pixels of the screen to one of Fyne's units
	lang    string
	objects []fyne.CanvasObject
	button  func(name string) *button
	album   *album
}

// least is the smallest letter, in Fyne's units: about 3.4 mm high on a till's 96 dpi screen, read at arm's length.
const least = 13

// pt gives the size of letters on this window.
func (p *pen) pt(size float32) float32 { return max(least, size*p.unit) }

// px gives a length on this window.
func (p *pen) px(length float32) float32 { return length * p.unit }

func (p *pen) add(o fyne.CanvasObject, b box) {
	o.Resize(b.size())
	o.Move(b.pos())
	p.objects = append(p.objects, o)
}

// fill draws a plain or rounded box.
func (p *pen) fill(b box, c color.NRGBA, radius float32) {
	r := canvas.NewRectangle(c)
	r.CornerRadius = radius
	p.add(r, b)
}

// icon draws a picture as large as the box allows.
func (p *pen) icon(b box, i icon, ink, off color.NRGBA) {
	side := min(b.w, b.h)
	p.add(p.album.picture(i, ink, off, side, p.scale), b.middle(side, side))
}

// letters says how a text is written.
type letters struct {
	size   float32 // before the window's size is reckoned with
	bold   bool
	ink    color.NRGBA
	align  fyne.TextAlign
	bottom bool // stand at the bottom of the box, else in the middle of its height
}

func (l letters) style() fyne.TextStyle { return fyne.TextStyle{Bold: l.bold} }

// text writes one line, smaller where the box is too narrow for it and cut where it is too narrow even so. It gives the
// width that the line takes.
func (p *pen) text(b box, s string, l letters) float32 {
	if s == "" || b.w <= 0 {
		return 0
	}
	size := p.pt(l.size)
	for size > least && !fits(s, b.w, size, l.style()) {
		size = max(least, size*0.94)
	}
	if !fits(s, b.w, size, l.style()) {
		s = cut(s, b.w, size, l.style())
	}
	t := canvas.NewText(s, l.ink)
	t.TextSize, t.TextStyle, t.Alignment = size, l.style(), l.align
	need := t.MinSize()
	y := b.y + (b.h-need.Height)/2
	if l.bottom {
		y = b.y + b.h - need.Height
	}
	p.add(t, box{b.x, y, b.w, need.Height})
	return need.Width
}

func cut(s string, width, size float32, style fyne.TextStyle) string {
	r := []rune(s)
	for len(r) > 0 && !fits(string(r)+"…", width, size, style) {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// paragraph writes a sentence from the top of the box on, broken into lines, smaller where the box is too low. It gives
// the height that it takes.
func (p *pen) paragraph(b box, s string, l letters) float32 {
	lines, size, height := p.set(b, s, l)
	y := b.y
	for _, line := range lines {
		t := canvas.NewText(line, l.ink)
		t.TextSize, t.TextStyle, t.Alignment = size, l.style(), l.align
		p.add(t, box{b.x, y - (t.MinSize().Height-height)/2, b.w, t.MinSize().Height})
		y += height
	}
	return y - b.y
}

// height tells how much room a paragraph takes.
func (p *pen) height(b box, s string, l letters) float32 {
	lines, _, height := p.set(b, s, l)
	return height * float32(len(lines))
}

// set finds the lines, their size and the distance between them: 1.35 of the size holds hanzi and descenders apart.
func (p *pen) set(b box, s string, l letters) (lines []string, size, height float32) {
	for size = p.pt(l.size); ; size = max(least, size*0.94) {
		lines, height = wrap(s, b.w, size, l.style()), size*1.35
		if size <= least || height*float32(len(lines)) <= b.h {
			break
		}
	}
	return level(lines, s, b.w, size, l.style()), size, height
}
