// Package fonts holds the two fonts of the till window, so that Chinese is shown on a PC that has no Chinese font. They
// are Noto Sans SC cut down to GB 2312's 6763 hanzi and what a till needs besides, made by `make fonts`, under the SIL
// Open Font License (OFL.txt). The package knows nothing of Fyne; the cashier's theme and the tests of its screens use it.
package fonts

import _ "embed"

// Regular and Bold are whole OpenType files with CFF outlines, about 1.5 MB each. They are to be read, never written.
var (
	//go:embed NotoSansSC-Regular.otf
	Regular []byte
	//go:embed NotoSansSC-Bold.otf
	Bold []byte
)

// Licence is the text under which both fonts are passed on; a program that shows its licences shows this one too.
//
//go:embed OFL.txt
var Licence string
