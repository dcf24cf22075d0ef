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
	zoom    float32 // of letters, 1 to 1.5; the boxes stay, so that everything keeps its place
	lang    string
	objects []fyne.CanvasObject
	button  func(name string) *button
	album   *album
}

// least is the smallest letter, in Fyne's units: about 3.4 mm high on a till's 96 dpi screen, read at arm's length.
const least = 13

// pt gives the size of letters on this window.
func (p *pen) pt(size float32) float32 { return max(least, size*p.unit*p.zoom) }

// line is the size of a line in a box of that height: what pt gives, but larger letters grow no further than the box.
func (p *pen) line(size, height float32) float32 {
	return max(least, size*p.unit, min(p.pt(size), height/lineHeight))
}

// lineHeight is the distance of two lines, in sizes of their letters: it holds hanzi and descenders apart.
const lineHeight = 1.35

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
	size := p.line(l.size, b.h)
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

// lines writes a text in the middle of the box's height, on one line or on several: as the letters are larger.
func (p *pen) lines(b box, s string, l letters) {
	lines, size, height := p.set(b, s, l)
	if p.alone(b, s, l) >= size {
		p.text(b, s, l)
		return
	}
	used := height * float32(len(lines))
	p.paragraph(box{b.x, b.y + max(0, b.h-used)/2, b.w, b.h}, s, l)
}

// alone is the size at which a text fits on one line.
func (p *pen) alone(b box, s string, l letters) float32 {
	size := p.line(l.size, b.h)
	for size > least && !fits(s, b.w, size, l.style()) {
		size = max(least, size*0.94)
	}
	return size
}

// pair writes two sentences under each other, both smaller where the box is too low for them.
func (p *pen) pair(b box, message, next string, first, second letters) {
	endless := box{b.x, b.y, b.w, 1e6}
	for p.height(endless, message, first)+p.px(8)+p.height(endless, next, second) > b.h && p.pt(second.size) > least {
		first.size, second.size = first.size*0.96, second.size*0.96
	}
	used := p.paragraph(endless, message, first)
	endless.y += used + p.px(8)
	p.paragraph(endless, next, second)
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

// set finds the lines, their size and the distance between them.
func (p *pen) set(b box, s string, l letters) (lines []string, size, height float32) {
	for size = p.pt(l.size); ; size = max(least, size*0.94) {
		lines, height = wrap(s, b.w, size, l.style()), size*lineHeight
		if size <= least || height*float32(len(lines)) <= b.h {
			break
		}
	}
	return level(lines, s, b.w, size, l.style()), size, height
}
