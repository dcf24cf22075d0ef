package cashier

import "fyne.io/fyne/v2"

// box is a piece of the window, in Fyne's units. The screens are laid out by cutting pieces off a box.
type box struct{ x, y, w, h float32 }

func (b box) pos() fyne.Position { return fyne.NewPos(b.x, b.y) }
func (b box) size() fyne.Size    { return fyne.NewSize(b.w, b.h) }

// top, bottom, left and right cut a strip off and give the strip and what is left, never less than nothing.
func (b box) top(h float32) (strip, rest box) {
	h = min(h, b.h)
	return box{b.x, b.y, b.w, h}, box{b.x, b.y + h, b.w, b.h - h}
}

func (b box) bottom(h float32) (strip, rest box) {
	h = min(h, b.h)
	return box{b.x, b.y + b.h - h, b.w, h}, box{b.x, b.y, b.w, b.h - h}
}

func (b box) left(w float32) (strip, rest box) {
	w = min(w, b.w)
	return box{b.x, b.y, w, b.h}, box{b.x + w, b.y, b.w - w, b.h}
}

func (b box) right(w float32) (strip, rest box) {
	w = min(w, b.w)
	return box{b.x + b.w - w, b.y, w, b.h}, box{b.x, b.y, b.w - w, b.h}
}

// inset takes off dx at both sides and dy above and below.
func (b box) inset(dx, dy float32) box {
	return box{b.x + dx, b.y + dy, max(0, b.w-2*dx), max(0, b.h-2*dy)}
}

// middle is a piece of the given size in the middle.
func (b box) middle(w, h float32) box {
	w, h = min(w, b.w), min(h, b.h)
	return box{b.x + (b.w-w)/2, b.y + (b.h-h)/2, w, h}
}

// column and row give one of n equal pieces with a gap between them.
func (b box) column(i, n int, gap float32) box {
	w := (b.w - gap*float32(n-1)) / float32(n)
	return box{b.x + float32(i)*(w+gap), b.y, w, b.h}
}

func (b box) row(i, n int, gap float32) box {
	h := (b.h - gap*float32(n-1)) / float32(n)
	return box{b.x, b.y + float32(i)*(h+gap), b.w, h}
}
