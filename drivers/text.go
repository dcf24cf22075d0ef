package drivers

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Text makes text of a code's bytes: strict UTF-8, else GB18030, which Chinese coupon printers use without saying so. It reports false when the
// bytes are neither; the text then holds U+FFFD and must not be judged. Guessing by statistics is left out: gozxing's guess was wrong for
// 11 of 11 Chinese coupons in GBK (measured 2026-11).
func Text(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return string(bytes.ToValidUTF8(b, []byte("\uFFFD"))), false
	}
	return string(decoded), !bytes.ContainsRune(decoded, utf8.RuneError)
}
