package cashier

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"hexiao/ui/cashier/fonts"
)

// regular and bold are embedded: a font is never loaded from a path, because a .ttc there ends Fyne 2.7 with a panic,
// and a PC without a Chinese font would show every hanzi as a diamond.
var (
	regular = fyne.NewStaticResource("NotoSansSC-Regular.otf", fonts.Regular)
	bold    = fyne.NewStaticResource("NotoSansSC-Bold.otf", fonts.Bold)
)

// till is the window's theme: our fonts, and always the light variant, so that the screen does not follow the PC.
type till struct{ fyne.Theme }

func newTheme() fyne.Theme { return till{theme.DefaultTheme()} }

func (t till) Font(style fyne.TextStyle) fyne.Resource {
	if style.Bold {
		return bold
	}
	return regular
}

func (t till) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameBackground {
		return idle.ground
	}
	return t.Theme.Color(name, theme.VariantLight)
}
