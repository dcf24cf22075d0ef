package ui

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hexiao/hub/voucher"
)

// Receipt is what stands on the slip of a redemption that was accepted.
type Receipt struct {
	Shop       string
	Campaign   voucher.Text
	Terminal   string
	Answer     voucher.Answer // Final or Provisional
	Risk       voucher.Bearer // of Provisional
	Voided     bool           // the redemption was taken back
	Copy       bool           // there was a slip before
	Redemption string
	Tier       string
	Voucher    string // its ID; masked here
	Order      string
	Bill       voucher.Fen
	Face       voucher.Fen
	Pay        voucher.Fen
	At         time.Time // in the campaign's zone
}

// Slip sets a receipt in lines of so many columns, for receipt printers; a hanzi takes two columns, as their fonts have
// it, and a line may be shorter. Every character is one that GBK has, if the names' are. No control character gets
// through: to a printer it is a command.
func Slip(r Receipt, lang string, width int) string {
	s := slip{lang: lang, width: width}
	if r.Copy {
		s.middle("*** 补打 COPY ***")
	}
	s.middle(r.Campaign.In(lang))
	s.middle(r.Shop)
	s.title(r)
	s.pair(text("终端", "Till"), r.Terminal)
	s.pair(text("核销编号", "Redemption"), r.Redemption)
	s.pair(text("时间", "Time"), r.At.Format("2006-01-02 15:04:05"))
	s.pair(text("券种", "Kind"), r.Tier)
	s.pair(text("券号", "Voucher"), voucher.Mask(r.Voucher))
	s.pair(text("单号", "Order"), r.Order)
	s.rule("-")
	s.pair(text("本单金额", "Bill"), s.money(r.Bill))
	if !r.Voided {
		s.pair(text("券减", "Voucher takes off"), s.money(-r.Face))
	}
	s.rule("=")
	s.pair(text("应收", "TO PAY"), s.money(r.Pay))
	s.rule("=")
	if r.Answer == voucher.Provisional && !r.Voided {
		s.middle(text("离线受理，尚未确认", "Accepted offline, not confirmed").In(lang))
	}
	if r.Copy {
		s.middle("*** 补打 COPY ***")
	}
	return s.b.String()
}

// slip is a slip as it grows.
type slip struct {
	b     strings.Builder
	lang  string
	width int
}

// title is the answer, large: spaced out between two lines when it is final, and in a frame of signs, with what is still
// to come and who bears it, when it is provisional. One who holds the two side by side cannot take one for the other.
func (s *slip) title(r Receipt) {
	switch {
	case r.Voided:
		s.rule("-")
		s.middle(s.large(text("已撤销", "VOIDED"), s.width))
		s.rule("-")
	case r.Answer == voucher.Provisional:
		s.frame(s.large(Title(r.Answer), s.width-4), "",
			text("联网后由中心确认。", "The hub will confirm it when the line is back.").In(s.lang), Risk(r.Risk).In(s.lang))
	default:
		s.rule("=")
		s.middle(s.large(Title(r.Answer), s.width))
		s.rule("=")
	}
}

// Risk says who bears a provisional redemption that is not confirmed later.
func Risk(b voucher.Bearer) voucher.Text {
	if b == voucher.FundBears {
		return text("风险：日后确认不了，由活动资金承担", "Risk: if it is not confirmed, the fund bears it")
	}
	return text("风险：日后确认不了，由本店承担", "Risk: if it is not confirmed, the shop bears it")
}

// large makes a word large, as far as it fits: capitals, with space between.
func (s *slip) large(word voucher.Text, width int) string {
	letters := strings.Split(strings.ToUpper(word.In(s.lang)), "")
	if spaced := strings.Join(letters, " "); columns(spaced) <= width {
		return spaced
	}
	return strings.Join(letters, "")
}

// money is an amount in words that every printer has: the sign of the yuan is in no GBK font.
func (s *slip) money(f voucher.Fen) string {
	unit := " yuan"
	if s.lang == "zh" {
		unit = " 元"
	}
	return strings.Replace(Yuan(f, s.lang), "¥", "", 1) + unit
}

func (s *slip) line(text string) { s.b.WriteString(strings.TrimRight(text, " ") + "\n") }

func (s *slip) rule(sign string) { s.line(strings.Repeat(sign, s.width)) }

// middle sets a text in the middle, in as many lines as it takes; nothing for an empty one.
func (s *slip) middle(text string) {
	for _, part := range parts(plain(text), s.width) {
		s.line(strings.Repeat(" ", (s.width-columns(part))/2) + part)
	}
}

// pair sets a name at the left and its value at the right, below it where both do not fit; nothing for no value.
func (s *slip) pair(name voucher.Text, value string) {
	head, value := name.In(s.lang), plain(value)
	if value == "" {
		return
	}
	if room := s.width - columns(head) - columns(value); room > 0 {
		s.line(head + strings.Repeat(" ", room) + value)
		return
	}
	s.line(head)
	for _, part := range parts(value, s.width-2) {
		s.line(strings.Repeat(" ", s.width-columns(part)) + part)
	}
}

func (s *slip) frame(texts ...string) {
	s.rule("#")
	for _, text := range texts {
		inner := parts(text, s.width-4)
		if text == "" {
			inner = []string{""}
		}
		for _, part := range inner {
			left := (s.width - 4 - columns(part)) / 2
			s.line("# " + strings.Repeat(" ", left) + part + strings.Repeat(" ", s.width-4-columns(part)-left) + " #")
		}
	}
	s.rule("#")
}

// parts cuts a text into pieces of at most so many columns, where there is a space or a Chinese comma if possible.
func parts(text string, width int) []string {
	var all []string
	for text != "" {
		end, gap, used := len(text), 0, 0
		for i, r := range text {
			if used += wide(r); used > width {
				end = i
				break
			}
			if r == ' ' || r == '，' {
				gap = i + utf8.RuneLen(r)
			}
		}
		if end < len(text) && gap > 0 && text[end] != ' ' {
			end = gap
		}
		all = append(all, strings.TrimSpace(text[:end]))
		text = strings.TrimLeft(text[end:], " ")
	}
	return all
}

// plain keeps what a printer prints: no control character, nothing that turns the direction of writing or has no shape of
// its own. What is not text at all becomes a question mark.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar:
			return '?'
		case r == '\t', r == '\n', r == '\r', unicode.Is(unicode.Zs, r):
			return ' '
		case !unicode.IsPrint(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
			return -1
		}
		return r
	}, s))
}

func columns(s string) (n int) {
	for _, r := range s {
		n += wide(r)
	}
	return n
}

// wide counts the columns of a character: two for those of East Asian scripts, and for quotes, dashes and signs, which
// the fonts of Chinese printers have at that width too.
func wide(r rune) int {
	if r >= 0x1100 && r <= 0x115f || r >= 0x2010 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 {
		return 2
	}
	return 1
}
