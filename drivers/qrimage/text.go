package qrimage

import (
	"strings"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/common"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

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

// fromBytes reads what declares no charset as drivers.Text does, but for what is no Chinese by its bytes: kana, and letters of Latin-1, which is
// the charset of QR codes by ISO/IEC 18004.
func fromBytes(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	if hasKana(raw) {
		if text, err := japanese.ShiftJIS.NewDecoder().Bytes(raw); err == nil && !strings.ContainsRune(string(text), utf8.RuneError) {
			return string(text)
		}
	}
	text, ok := drivers.Text(raw)
	if ok && !hasLoneLetters(raw) {
		return text
	}
	latin, err := charmap.ISO8859_1.NewDecoder().Bytes(raw)
	if err != nil {
		return text
	}
	return string(latin)
}

// kanaAtLeast: fewer may be rare Chinese, of which 億價 has the bytes of two.
const kanaAtLeast = 3

// hasKana reports whether bytes of Shift_JIS hold kana. In GBK theirs are rare traditional characters, and what is common in GBK has the bytes of narrow
// katakana, which nearly nobody writes.
func hasKana(raw []byte) bool {
	kana, narrow := 0, 0
	for i := 0; i < len(raw); i++ {
		switch lead := raw[i]; {
		case lead >= 0xA1 && lead <= 0xDF:
			narrow++
		case lead > 0x7F && i+1 < len(raw):
			i++
			if lead == 0x82 && raw[i] >= 0x9F && raw[i] <= 0xF1 || lead == 0x83 && raw[i] >= 0x40 && raw[i] <= 0x96 {
				kana++
			}
		}
	}
	return kana >= kanaAtLeast && kana > narrow
}

// hasLoneLetters reports whether all that is not ASCII is single letters of Latin-1, from À on, among ASCII. In GBK each would be a rare
// character that swallows the letter behind it.
func hasLoneLetters(raw []byte) bool {
	for i, b := range raw {
		if b > 0x7F && (b < 0xC0 || i > 0 && raw[i-1] > 0x7F) {
			return false
		}
	}
	return true
}
