package cashier

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// icon is a drawing of 96 by 96: INK is its colour, OFF that of what lies under it.
type icon struct {
	name, body string
}

// The answers differ in outline too: a disc, a square, an octagon, a pair of arrows. So one who sees no colours, and one
// who stands two metres away, tells them apart.
var (
	discCheck = icon{"final", `<circle cx="48" cy="48" r="46" fill="INK"/><path d="M26 50 L42 66 L71 33" fill="none" stroke="OFF" stroke-width="11" stroke-linecap="round" stroke-linejoin="round"/>`}
	clock     = icon{"provisional", `<rect x="3" y="3" width="90" height="90" rx="20" ry="20" fill="INK"/><circle cx="48" cy="48" r="29" fill="none" stroke="OFF" stroke-width="8"/><path d="M48 31 L48 49 L60 58" fill="none" stroke="OFF" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/>`}
	octagon   = icon{"refused", `<path d="M29 2 L67 2 L94 29 L94 67 L67 94 L29 94 L2 67 L2 29 Z" fill="INK"/><path d="M32 32 L64 64 M64 32 L32 64" fill="none" stroke="OFF" stroke-width="12" stroke-linecap="round"/>`}
	rescan    = icon{"again", `<path d="M16 54 A33 33 0 0 0 76 67 M80 42 A33 33 0 0 0 20 29" fill="none" stroke="INK" stroke-width="11" stroke-linecap="round"/><path d="M17 8 L16 34 L42 33 Z M79 88 L80 62 L54 63 Z" fill="INK" stroke="INK" stroke-width="4" stroke-linejoin="round"/>`}
	back      = icon{"voided", `<path d="M30 34 L58 34 A22 22 0 0 1 58 78 L34 78" fill="none" stroke="INK" stroke-width="11" stroke-linecap="round"/><path d="M34 12 L10 34 L34 56 Z" fill="INK" stroke="INK" stroke-width="4" stroke-linejoin="round"/>`}
	hourglass = icon{"waiting", `<path d="M24 8 L72 8 M24 88 L72 88" stroke="INK" stroke-width="10" stroke-linecap="round"/><path d="M30 12 L30 26 L44 48 L30 70 L30 84 L66 84 L66 70 L52 48 L66 26 L66 12" fill="none" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M38 78 L48 62 L58 78 Z M40 30 L56 30 L48 42 Z" fill="INK"/>`}
	viewfind  = icon{"scan", `<path d="M6 28 L6 14 Q6 6 14 6 L28 6 M68 6 L82 6 Q90 6 90 14 L90 28 M90 68 L90 82 Q90 90 82 90 L68 90 M28 90 L14 90 Q6 90 6 82 L6 68" fill="none" stroke="INK" stroke-width="7" stroke-linecap="round"/><path d="M24 24 h20 v20 h-20 Z M52 24 h20 v20 h-20 Z M24 52 h20 v20 h-20 Z" fill="none" stroke="INK" stroke-width="6" stroke-linejoin="round"/><path d="M31 31 h6 v6 h-6 Z M59 31 h6 v6 h-6 Z M31 59 h6 v6 h-6 Z M52 52 h8 v8 h-8 Z M64 52 h8 v8 h-8 Z M58 64 h8 v8 h-8 Z" fill="INK"/>`}
	keypad    = icon{"amount", `<rect x="14" y="4" width="68" height="88" rx="10" ry="10" fill="none" stroke="INK" stroke-width="7"/><path d="M28 20 h40 v14 h-40 Z" fill="INK"/><path d="M28 46 h10 v9 h-10 Z M43 46 h10 v9 h-10 Z M58 46 h10 v9 h-10 Z M28 60 h10 v9 h-10 Z M43 60 h10 v9 h-10 Z M58 60 h10 v9 h-10 Z M28 74 h10 v9 h-10 Z M43 74 h10 v9 h-10 Z M58 74 h10 v9 h-10 Z" fill="INK"/>`}
	unplugged = icon{"unplugged", `<path d="M8 88 L26 70 M70 26 L88 8 M20 54 L42 76 A20 20 0 0 1 20 54 Z M76 42 L54 20 A20 20 0 0 1 76 42 Z" fill="none" stroke="INK" stroke-width="9" stroke-linecap="round" stroke-linejoin="round"/><path d="M38 48 L30 56 M48 58 L40 66" stroke="INK" stroke-width="8" stroke-linecap="round"/>`}
	warn      = icon{"warning", `<path d="M48 8 L92 86 L4 86 Z" fill="INK" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M48 34 L48 58" stroke="OFF" stroke-width="10" stroke-linecap="round"/><circle cx="48" cy="73" r="6" fill="OFF"/>`}
	cloud     = icon{"online", `<path d="M26 78 A20 20 0 0 1 25 38 A25 25 0 0 1 73 36 A21 21 0 0 1 72 78 Z" fill="INK" stroke="INK" stroke-width="4" stroke-linejoin="round"/><path d="M34 56 L44 66 L62 46" fill="none" stroke="OFF" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/>`}
	cloudOff  = icon{"offline", `<path d="M26 78 A20 20 0 0 1 25 38 A25 25 0 0 1 73 36 A21 21 0 0 1 72 78 Z" fill="none" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M14 12 L84 88" stroke="INK" stroke-width="9" stroke-linecap="round"/>`}
	gun       = icon{"scanner", `<path d="M8 22 L70 22 L84 34 L84 50 L54 50 L44 88 L20 88 L30 50 L8 50 Z" fill="INK" stroke="INK" stroke-width="6" stroke-linejoin="round"/><path d="M24 36 L58 36" stroke="OFF" stroke-width="8" stroke-linecap="round"/>`}
	upload    = icon{"queue", `<path d="M48 66 L48 14 M26 34 L48 12 L70 34" fill="none" stroke="INK" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"/><path d="M10 62 L10 86 L86 86 L86 62" fill="none" stroke="INK" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"/>`}
	ticket    = icon{"lease", `<path d="M6 22 L90 22 L90 38 A10 10 0 0 0 90 58 L90 74 L6 74 L6 58 A10 10 0 0 0 6 38 Z" fill="none" stroke="INK" stroke-width="9" stroke-linejoin="round"/><path d="M60 30 L60 40 M60 50 L60 66" stroke="INK" stroke-width="7" stroke-linecap="round"/>`}
	erase     = icon{"backspace", `<path d="M34 20 L88 20 L88 76 L34 76 L8 48 Z" fill="none" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M50 38 L70 58 M70 38 L50 58" stroke="INK" stroke-width="8" stroke-linecap="round"/>`}
	ban       = icon{"reversed", `<circle cx="48" cy="48" r="40" fill="none" stroke="INK" stroke-width="11"/><path d="M20 76 L76 20" stroke="INK" stroke-width="11" stroke-linecap="round"/>`}
	lines     = icon{"list", `<path d="M34 20 L88 20 M34 48 L88 48 M34 76 L88 76" stroke="INK" stroke-width="10" stroke-linecap="round"/><circle cx="14" cy="20" r="7" fill="INK"/><circle cx="14" cy="48" r="7" fill="INK"/><circle cx="14" cy="76" r="7" fill="INK"/>`}
	drawer    = icon{"shift", `<rect x="8" y="14" width="80" height="26" rx="6" ry="6" fill="none" stroke="INK" stroke-width="8"/><path d="M8 52 L88 52 L88 84 L8 84 Z" fill="none" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M38 68 L58 68" stroke="INK" stroke-width="9" stroke-linecap="round"/>`}
	hat       = icon{"practice", `<path d="M48 18 L92 38 L48 58 L4 38 Z" fill="INK" stroke="INK" stroke-width="4" stroke-linejoin="round"/><path d="M22 50 L22 70 Q48 88 74 70 L74 50" fill="none" stroke="INK" stroke-width="8" stroke-linejoin="round"/><path d="M88 42 L88 68" stroke="INK" stroke-width="7" stroke-linecap="round"/>`}
	globe     = icon{"language", `<circle cx="48" cy="48" r="40" fill="none" stroke="INK" stroke-width="8"/><path d="M8 48 L88 48 M48 8 A58 58 0 0 0 48 88 M48 8 A58 58 0 0 1 48 88" fill="none" stroke="INK" stroke-width="7"/>`}
	frame     = icon{"full", `<path d="M8 32 L8 8 L32 8 M64 8 L88 8 L88 32 M88 64 L88 88 L64 88 M32 88 L8 88 L8 64" fill="none" stroke="INK" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"/>`}
	hide      = icon{"aside", `<path d="M48 10 L48 60 M26 40 L48 62 L70 40" fill="none" stroke="INK" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"/><path d="M14 84 L82 84" stroke="INK" stroke-width="11" stroke-linecap="round"/>`}
	gear      = icon{"settings", `<path d="M8 24 L88 24 M8 50 L88 50 M8 76 L88 76" stroke="INK" stroke-width="8" stroke-linecap="round"/><circle cx="62" cy="24" r="11" fill="INK"/><circle cx="30" cy="50" r="11" fill="INK"/><circle cx="66" cy="76" r="11" fill="INK"/>`}
	lock      = icon{"pin", `<rect x="16" y="42" width="64" height="48" rx="8" ry="8" fill="INK"/><path d="M30 42 L30 28 A18 18 0 0 1 66 28 L66 42" fill="none" stroke="INK" stroke-width="10"/><circle cx="48" cy="62" r="7" fill="OFF"/><path d="M48 64 L48 76" stroke="OFF" stroke-width="8" stroke-linecap="round"/>`}
	shield    = icon{"risk", `<path d="M48 6 L86 20 L86 46 Q84 76 48 92 Q12 76 10 46 L10 20 Z" fill="none" stroke="INK" stroke-width="9" stroke-linejoin="round"/><path d="M48 28 L48 52" stroke="INK" stroke-width="9" stroke-linecap="round"/><circle cx="48" cy="68" r="6" fill="INK"/>`}
)

// draw gives the icon as a picture of side Fyne units, for a canvas of the given scale. Fyne's SVG reader (oksvg 0.2)
// takes the width of a stroke for pixels of the result and scales everything else, so strokes are reckoned out here.
// Fyne keeps what it has drawn under the resource's name, which therefore bears the colours and the size.
func (i icon) draw(ink, off color.NRGBA, side, scale float32) *canvas.Image {
	body := strokeWidth.ReplaceAllStringFunc(i.body, func(s string) string {
		width, err := strconv.ParseFloat(strokeWidth.FindStringSubmatch(s)[1], 32)
		if err != nil {
			panic("cashier: icon " + i.name + ": " + err.Error())
		}
		return fmt.Sprintf(`stroke-width="%.2f"`, float32(width)*side*scale/96)
	})
	a, b := hex(ink), hex(off)
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">` +
		strings.NewReplacer("INK", a, "OFF", b).Replace(body) + `</svg>`
	name := fmt.Sprintf("%s-%s-%s-%.1f.svg", i.name, a[1:], b[1:], side*scale)
	p := canvas.NewImageFromResource(fyne.NewStaticResource(name, []byte(svg)))
	p.FillMode = canvas.ImageFillContain
	return p
}

var strokeWidth = regexp.MustCompile(`stroke-width="([0-9]+)"`)

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
