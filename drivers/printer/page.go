package printer

import (
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Line is one line of a page. Its text is set in columns by whoever makes it: ASCII takes one, everything else two.
type Line struct {
	Text   string
	Large  bool // twice as wide and as high, in the middle; it has room for half the columns
	Strong bool // bold, and twice as high
}

// The commands that a page is made of; no other byte below 0x20 ever goes to the printer. They are those of Epson's "ESC/POS Command
// Reference" for printers with Chinese fonts, which makers of clones follow.
var (
	initialize = []byte{0x1b, '@'}             // ESC @: everything as after switching on
	chinese    = []byte{0x1c, '&'}             // FS &: pairs of bytes are hanzi, also where that is not the default
	middle     = []byte{0x1b, 'a', 1}          // ESC a
	left       = []byte{0x1b, 'a', 0}          //
	bold       = []byte{0x1b, 'E', 1}          // ESC E
	light      = []byte{0x1b, 'E', 0}          //
	doubled    = sized(0x11, 0x0c)             // twice as wide and as high
	tall       = sized(0x01, 0x08)             // twice as high
	single     = sized(0, 0)                   //
	feed       = []byte{0x1b, 'd', 3}          // ESC d: three lines, so that a printer without a cutter can be torn
	cut        = []byte{0x1d, 'V', 66, 0}      // GS V 66: feed to the knife and cut, leaving a little
	end        = []byte{'\n'}                  //
	spent      = []byte{0, 0, 0x1b, '@', '\n'} // ends a command or hanzi that was cut off in the middle: NUL is an argument that does nothing
)

// sized is GS ! for ASCII and FS ! for hanzi: printers heed one of them or both, and the last one counts.
func sized(ascii, hanzi byte) []byte { return []byte{0x1d, '!', ascii, 0x1c, '!', hanzi} }

// Page makes the bytes of a page: whatever stands in the lines comes out as text, and nothing in them is a command. It begins and ends with ESC @,
// so that neither the POS's settings change the page nor the page's the POS's.
func Page(lines []Line) []byte {
	page := append([]byte{}, initialize...)
	page = append(page, chinese...)
	for _, l := range lines {
		page = l.appendTo(page)
	}
	return footed(page)
}

func footed(page []byte) []byte {
	for _, c := range [][]byte{feed, cut, initialize} {
		page = append(page, c...)
	}
	return page
}

func (l Line) appendTo(page []byte) []byte {
	before, after := [][]byte{}, [][]byte{end}
	switch {
	case l.Large:
		before, after = [][]byte{middle, bold, doubled}, [][]byte{end, single, light, left}
	case l.Strong:
		before, after = [][]byte{bold, tall}, [][]byte{end, single, light}
	}
	for _, c := range before {
		page = append(page, c...)
	}
	page = appendText(page, l.Text)
	for _, c := range after {
		page = append(page, c...)
	}
	return page
}

// appendText writes a text in printable ASCII and in the pairs of GB18030, which are GBK's. Everything else becomes question marks of the same
// width: control characters, what turns the direction of writing, and what GB18030 has in four bytes, because a GBK printer takes those for
// something else, and where they end is then anybody's guess.
func appendText(page []byte, text string) []byte {
	encoder := simplifiedchinese.GB18030.NewEncoder()
	for _, r := range text {
		if r < unicode.MaxASCII {
			page = append(page, plain(byte(r)))
			continue
		}
		pair, err := encoder.String(string(r))
		if err != nil || !isPair(pair) || !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			pair = "??"
		}
		page = append(page, pair...)
	}
	return page
}

func plain(c byte) byte {
	if c < ' ' {
		return '?'
	}
	return c
}

// isPair tells the two bytes of a GBK character.
func isPair(s string) bool {
	return len(s) == 2 && s[0] >= 0x81 && s[0] <= 0xfe && s[1] >= 0x40 && s[1] <= 0xfe && s[1] != 0x7f
}
