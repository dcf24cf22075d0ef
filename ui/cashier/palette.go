package cashier

import (
	"image/color"

	"hexiao/hub/voucher"
)

// palette is the colours of a whole window. Every ink has at least 4.5:1 against every ground it stands on (WCAG 2.1,
// 1.4.3 AA; a test reckons it), and no colour is the only sign of anything: each answer has its own shape and word too.
type palette struct {
	ground color.NRGBA // of the whole window
	bar    color.NRGBA // of the lines above and below
	card   color.NRGBA // of what stands out from the ground: amount, warnings, buttons
	press  color.NRGBA // a card under a finger
	ink    color.NRGBA // on ground, bar and card
	soft   color.NRGBA // of what matters less, on ground, bar and card
	ghost  color.NRGBA // of the decimals that nobody has typed; decoration, so without a contrast of its own
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

var (
	idle    = palette{rgb(0xe9edf2), rgb(0xffffff), rgb(0xffffff), rgb(0xcfd9e4), rgb(0x14202b), rgb(0x46566a), rgb(0xa3b0be)}
	waiting = palette{rgb(0xd3e3fa), rgb(0xeaf2fd), rgb(0xf4f8fe), rgb(0xb5cff3), rgb(0x0d2c5c), rgb(0x2b4a7c), rgb(0x93abd0)}
	final   = palette{rgb(0x0a6f37), rgb(0x06572a), rgb(0x085f2e), rgb(0x04441f), rgb(0xffffff), rgb(0xd5f2e0), rgb(0x58a97b)}
	offline = palette{rgb(0xffb71f), rgb(0xf4a300), rgb(0xffca57), rgb(0xe59400), rgb(0x1e1300), rgb(0x3f2a00), rgb(0xb98a2c)}
	refused = palette{rgb(0xb3211c), rgb(0x8f1511), rgb(0x9c1a15), rgb(0x75100d), rgb(0xffffff), rgb(0xffe1de), rgb(0xd9827e)}
	again   = palette{rgb(0x2b5f9e), rgb(0x1d4678), rgb(0x234f88), rgb(0x173a66), rgb(0xffffff), rgb(0xdde9f6), rgb(0x7fa3cc)}
	voided  = palette{rgb(0x4a4f57), rgb(0x373b42), rgb(0x3f444b), rgb(0x2a2d33), rgb(0xffffff), rgb(0xe2e5e9), rgb(0x91979f)}
	away    = palette{rgb(0x1e252d), rgb(0x161b21), rgb(0x2a333d), rgb(0x0f1317), rgb(0xffffff), rgb(0xc9d3dd), rgb(0x7a8693)}

	caution = rgb(0xffb71f) // of signs on light and dark cards, always with a shape
)

func (s State) palette() palette {
	switch {
	case s.Away(), !s.Heard:
		return away
	case s.Shown != nil:
		return s.Shown.palette()
	case s.View.Busy:
		return waiting
	}
	return idle
}

func (s Shown) palette() palette {
	switch {
	case s.Voided && accepted(s.Answer):
		return voided
	case s.Answer.Answer == voucher.Final:
		return final
	case s.Answer.Answer == voucher.Provisional:
		return offline
	case s.Answer.Answer == voucher.ScanAgain:
		return again
	}
	return refused
}
