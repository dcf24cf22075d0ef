package qrimage

import (
	"strings"

	"github.com/makiuchi-d/gozxing/common"
	"hexiao/drivers"
)

// textOf makes text of what a code holds. A charset that the code declares is believed. Undeclared bytes were read as Latin-1, a character for
// each byte, and are read anew from those.
func textOf(result *common.DecoderResult) string {
	text := result.GetText()
	if len(result.GetByteSegments()) == 0 || declaresCharset(result.GetSymbologyModifier()) {
		return text
	}
	var b strings.Builder
	var raw []byte
	for _, r := range text {
		if r <= 0xFF {
			raw = append(raw, byte(r))
			continue
		}
		b.WriteString(fromBytes(raw)) // a character of a kanji or hanzi segment between bytes
		b.WriteRune(r)
		raw = raw[:0]
	}
	b.WriteString(fromBytes(raw))
	return b.String()
}

// declaresCharset reads the AIM modifier: 2, 4 and 6 are codes with an ECI.
func declaresCharset(modifier int) bool { return modifier == 2 || modifier == 4 || modifier == 6 }

func fromBytes(raw []byte) string {
	text, _ := drivers.Text(raw)
	return text
}
