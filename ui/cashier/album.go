package cashier

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2/canvas"
)

// album keeps the pictures of icons from one Draw to the next. Fyne turns a new picture into pixels twice, once before it
// knows the screen's scale and once after, and keeps its texture for a while: that was two thirds of what the program
// reckoned for an answer (14 ms of 21 on a PC without a graphics driver), and most of its memory.
type album struct {
	kept map[string][]*canvas.Image // by what they show; several of one kind may be on the screen at once
	used map[string]int             // of those, in this Draw
	all  int
}

// full is how many pictures are kept: a screen has about ten, in eight palettes. More come when the window is resized.
const full = 300

// begin begins a Draw.
func (a *album) begin() {
	if a.kept == nil || a.all > full {
		a.kept, a.all = map[string][]*canvas.Image{}, 0
	}
	a.used = map[string]int{}
}

// picture gives the icon as icon.draw does. A nil album keeps nothing.
func (a *album) picture(i icon, ink, off color.NRGBA, side, scale float32) *canvas.Image {
	if a == nil {
		return i.draw(ink, off, side, scale)
	}
	key := fmt.Sprint(i.name, ink, off, side, scale)
	n := a.used[key]
	a.used[key]++
	if n == len(a.kept[key]) {
		a.kept[key] = append(a.kept[key], i.draw(ink, off, side, scale))
		a.all++
	}
	return a.kept[key][n]
}
