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
	Answer     voucher.Answer // Final or Provisional; Refused: what was accepted offline did not stand, see Notice
	Notice     voucher.Text   // of Refused: why, and what to do
	Risk       voucher.Bearer // of Provisional
	Voided     bool           // the redemption was taken back
	Copy       bool           // there was a slip before
	Redemption string
	Tier       string
	Voucher    string // its ID; masked here
	Order      string
	Bill       voucher.Fen
	Source     string // of the bill: "pos", "display" or "typed"; empty: not known
	Face       voucher.Fen
	Pay        voucher.Fen
	Chain      string    // of the till's record: it binds the slip to the book
	At         time.Time // in the campaign's zone
}

// Row is one line of a slip.
type Row struct {
	Text   string // set in columns, as a printer of one size of type prints it
	Large  string // not empty: what stands in the middle instead, where type of twice the height and width can be had; it fits then
	Strong bool   // bold, and twice as high where that can be had
}

// Slip sets a receipt in lines of plain text; see SlipRows.
func Slip(r Receipt, lang string, width int) string {
	var b strings.Builder
	for _, row := range SlipRows(r, lang, width) {
		b.WriteString(row.Text + "\n")
	}
	return b.String()
}

// SlipRows sets a receipt in lines of so many columns, for receipt printers; a line may be shorter. Whatever is not ASCII
// takes two columns: printers have GBK's characters at that width, be they hanzi, signs or Greek letters. Every character
// is one that GBK has, if the names' are. No control character gets through: to a printer it is a command.
func SlipRows(r Receipt, lang string, width int) []Row {
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
	s.pair(text("金额来源", "Source"), BillSource(r.Source).In(lang))
	if !r.Voided && r.Answer != voucher.Refused {
		s.pair(text("券减", "Voucher takes off"), s.money(-r.Face))
	}
	s.rule("=")
	if r.Answer != voucher.Refused { // the customer has gone
		s.pair(text("应收", "TO PAY"), s.money(r.Pay))
		s.strengthen()
		s.rule("=")
	}
	s.pair(text("链值", "Chain"), grouped(plain(r.Chain)))
	if r.Answer == voucher.Provisional && !r.Voided {
		s.middle(text("离线受理，尚未确认", "Accepted offline, not confirmed").In(lang))
	}
	if r.Copy {
		s.middle("*** 补打 COPY ***")
	}
	return s.rows
}

// grouped parts a code in fours, so that a person can read it out.
func grouped(code string) string {
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), " ")
}

// slip is a slip as it grows.
type slip struct {
	rows  []Row
	lang  string
	width int
}

// title is the answer, large: spaced out between two lines when it is final, and in a frame of signs, with what is still
// to come and who bears it, when it is provisional. One who holds the two side by side cannot take one for the other.
func (s *slip) title(r Receipt) {
	switch {
	case r.Voided:
		s.rule("-")
		s.word(text("已撤销", "VOIDED"))
		s.rule("-")
	case r.Answer == voucher.Refused:
		s.frame(text("未通过", "NOT CONFIRMED"), r.Notice)
	case r.Answer == voucher.Provisional:
		s.frame(Title(r.Answer), text("联网后由中心确认。", "The hub will confirm it when the line is back."), Risk(r.Risk))
	default:
		s.rule("=")
		s.word(Title(r.Answer))
		s.rule("=")
	}
}

// word is an answer by itself.
func (s *slip) word(word voucher.Text) {
	s.middle(s.large(word, s.width))
	s.enlarge(word, "")
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

// enlarge gives the newest line a large form, with a sign at both ends where there is room. One that is still too wide has
// none and is bold.
func (s *slip) enlarge(word voucher.Text, sign string) {
	last, large := &s.rows[len(s.rows)-1], strings.ToUpper(word.In(s.lang))
	for _, form := range []string{sign + " " + large + " " + sign, large} {
		if form = strings.TrimSpace(form); 2*columns(form) <= s.width {
			last.Large = form
			return
		}
	}
	last.Strong = true
}

func (s *slip) strengthen() { s.rows[len(s.rows)-1].Strong = true }

// money is an amount in words that every printer has: many fonts lack the sign of the yuan.
func (s *slip) money(f voucher.Fen) string {
	unit := " yuan"
	if s.lang == "zh" {
		unit = " 元"
	}
	return strings.Replace(Yuan(f, s.lang), "¥", "", 1) + unit
}

func (s *slip) line(text string) { s.rows = append(s.rows, Row{Text: strings.TrimRight(text, " ")}) }

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

// frame is a word and what is to be said of it, in a frame of signs.
func (s *slip) frame(word voucher.Text, texts ...voucher.Text) {
	s.rule("#")
	s.framed(s.large(word, s.width-4))
	s.enlarge(word, "#")
	s.framed("")
	for _, text := range texts {
		for _, part := range parts(plain(text.In(s.lang)), s.width-4) {
			s.framed(part)
		}
	}
	s.rule("#")
}

func (s *slip) framed(part string) {
	left := (s.width - 4 - columns(part)) / 2
	s.line("# " + strings.Repeat(" ", left) + part + strings.Repeat(" ", s.width-4-columns(part)-left) + " #")
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
		switch rest := text[end:]; {
		case rest != "" && gap > 0 && rest[0] != ' ':
			end = gap
		case strings.HasPrefix(rest, "。"), strings.HasPrefix(rest, "，"), strings.HasPrefix(rest, "；"): // no line begins with it
			_, last := utf8.DecodeLastRuneInString(text[:end])
			end -= last
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
		case r == '¥': // GBK has it at full width only
			return '￥'
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

// wide counts the columns of a character, as SlipRows has it.
func wide(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	return 2
}
