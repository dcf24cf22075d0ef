package display

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Answer is what tells the customer of an accepted voucher: what it takes off and what is left to pay, in fen. It is written as the POS itself
// writes, and in Chinese where the POS has done so; nil before the POS has written anything, since nobody knows what the display understands,
// and while the POS writes to a printer on the same line, where it would stand in the middle of a receipt.
// It is made of fixed words and digits only: nothing that a stranger named can reach a display.
func (s *Screen) Answer(off, pay int64) []byte {
	if s.away {
		return nil
	}
	top, bottom := line("VOUCHER", off), line("TO PAY", pay)
	if s.han {
		top, bottom = line("券减", off), line("应付", pay)
	}
	switch s.style {
	case byLight:
		return fmt.Appendf(nil, "\x0c\x1bQA%s\r\x1bs2", yuan(pay))
	case byString:
		return append(append(append([]byte("\x0c\x1bQA"), top...), "\r\x1bQB"...), append(bottom, '\r')...)
	case byCursor: // the second begins where the first has filled its line
		return append(append([]byte{clr}, top...), bottom...)
	}
	return nil
}

// line is a word at the left and a sum at the right of a display's line, in GB18030.
func line(word string, fen int64) []byte {
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(word))
	if err != nil {
		panic(err) // the words above are in it
	}
	sum := yuan(fen)
	b = append(b, strings.Repeat(" ", max(1, columns-len(b)-len(sum)))...)
	return append(b, sum...)
}

func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
