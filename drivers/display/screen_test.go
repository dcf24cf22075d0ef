package display_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"hexiao/drivers/display"
)

func gbk(text string) string {
	b, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return b
}

// shown is what a display shows after messages with silence behind each.
func shown(kind display.Kind, messages ...string) display.Reading {
	s := display.NewScreen(kind)
	var r display.Reading
	for _, m := range messages {
		s.Add([]byte(m))
		r = s.Settle()
	}
	return r
}

func total(fen int64) display.Reading { return display.Reading{Meaning: display.Total, Fen: fen} }

var unclear display.Reading

// two writes both lines as a CD5220 takes them.
func two(top, bottom string) string {
	return "\x0c\x1bQA" + gbk(top) + "\r\x1bQB" + gbk(bottom) + "\r"
}

type example struct {
	name     string
	kind     display.Kind
	messages []string
	want     display.Reading
}

// text are displays of text: what a customer can read as the sum to pay is a total, and nothing else is.
var text = []example{
	{"合计 in the lower line", "", []string{two("可口可乐330ml   3.50", "合计:         58.00")}, total(58_00)},
	{"总计 with a yen sign", "", []string{two("总计 ￥58.00", "")}, total(58_00)},
	{"应收, spread out, full-width", "", []string{two("应　收：５８．００元", "")}, total(58_00)},
	{"Total in English", "", []string{two("Total:", "            1,234.50")}, total(1234_50)},
	{"TOTAL of three pieces", "", []string{two("TOTAL(3 ITEMS) 58.00", "")}, total(58_00)},
	{"合计 of three pieces", "", []string{two("合计 3件 58.00", "")}, total(58_00)},
	{"AMOUNT DUE", "", []string{two("Thank you", "AMOUNT DUE   58.00")}, total(58_00)},
	{"a word alone, the sum below", "", []string{two("应付", "58.00")}, total(58_00)},
	{"whole yuan with a mark", "", []string{two("合计 ¥58", "")}, total(58_00)},
	{"one decimal with 元", "", []string{two("合计 58.5元", "")}, total(58_50)},
	{"total and what was received", "", []string{two("合计 58.00", "实收 100.00")}, total(58_00)},
	{"two pairs in one line", "", []string{two("合计58.00 实收100.00", "")}, total(58_00)},
	{"a change among other words: the sale is over", "", []string{two("合计 58.00", "本次找零 42.00")}, unclear},
	{"two sums without a space", "", []string{two("TOTAL 58.0061.50", "")}, unclear},
	{"the sum before a discount, and what is due", "", []string{two("合计 60.00", "应收 58.00")}, total(58_00)},
	{"a discount, and what is due", "", []string{two("优惠 2.00", "应付 58.00")}, total(58_00)},
	{"the same total twice", "", []string{two("合计 58.00", "总计 58.00")}, total(58_00)},
	{"by ESC Q A alone, the lower line blank", "", []string{"\x1bQATOTAL 58.00\r"}, total(58_00)},
	{"a line without CR, ended by the next command", "", []string{"\x0c\x1bQATOTAL 58.00\x1bQBCASH 60.00\r"}, total(58_00)},
	{"as Epson's, with a cursor", "", []string{"\x0c\x1f$\x01\x01Milk 3.50\x1f$\x01\x02TOTAL     58.00"}, total(58_00)},
	{"as a CD5220's, with a cursor", "", []string{"\x1b@\x1bl\x01\x01Milk 3.50\x1bl\x01\x02TOTAL     58.00"}, total(58_00)},
	{"lines that fill the display and flow on", "", []string{"\x0cMilk            3.50TOTAL          58.00"}, total(58_00)},
	{"lines with CR and LF", "", []string{"\x0cMilk 3.50\r\nTOTAL 58.00"}, total(58_00)},
	{"the point beside the digit (US .)", "", []string{"\x0cTOTAL 5\x1f.800"}, total(58_00)},
	{"arguments are no text", "", []string{"\x0c\x1b*4\x1b_0\x1fX2\x1bR1TOTAL 58.00"}, total(58_00)},
	{"characters whose drawing was cut off", "", []string{two("合计 58.00", "") + "\x1b&\x08", two("合计 61.50", "")}, total(61_50)},
	{"a command that was cut off by a POS that died", "", []string{two("合计 58.00", "") + "\x1f(A", two("合计 61.50", "")}, total(61_50)},
	{"drawn characters are no text", "", []string{"\x0c\x1b&\x01AB\x02TO\x03999TOTAL 58.00"}, total(58_00)},
	{"a display that was told so", display.CD5220, []string{two("合计 58.00", "")}, total(58_00)},

	{"an article", "", []string{two("可口可乐330ml", "3.50")}, unclear},
	{"an article with its price", "", []string{two("可口可乐", "单价 3.50")}, display.Reading{Meaning: display.Price, Fen: 3_50}},
	{"a subtotal", "", []string{two("小计 58.00", "")}, display.Reading{Meaning: display.Price, Fen: 58_00}},
	{"an article's amount", "", []string{two("单价 3.50", "金额 7.00")}, display.Reading{Meaning: display.Price, Fen: 3_50}},
	{"an amount with no other word", "", []string{two("金额 58.00", "")}, display.Reading{Meaning: display.Price, Fen: 58_00}},
	{"what was received", "", []string{two("实收 100.00", "")}, display.Reading{Meaning: display.Received, Fen: 100_00}},
	{"change", "", []string{two("找零 42.00", "")}, display.Reading{Meaning: display.Change, Fen: 42_00}},
	{"change beside the total", "", []string{two("合计 58.00", "找零 42.00")}, display.Reading{Meaning: display.Change, Fen: 42_00}},
	{"change of nothing", "", []string{two("应收 58.00", "找零 0.00")}, display.Reading{Meaning: display.Change}},
	{"a toothpaste named Total", "", []string{two("Total 牙膏 12.50", "x1")}, unclear},
	{"a Colgate Total", "", []string{two("COLGATE TOTAL  12.50", "")}, unclear},
	{"a number of pieces", "", []string{two("合计 3", "")}, unclear},
	{"a number of pieces before the sum", "", []string{two("合计 3 58.00", "")}, unclear},
	{"a weight", "", []string{two("合计 1.5", "")}, unclear},
	{"three decimals", "", []string{two("合计 58.005", "")}, unclear},
	{"a percentage", "", []string{two("合计 58.00%", "")}, unclear},
	{"a sum below zero", "", []string{two("合计 -58.00", "")}, unclear},
	{"thousands that are none", "", []string{two("合计 12,34.00", "")}, unclear},
	{"more than a display holds", "", []string{two("合计 123456789.00", "")}, unclear},
	{"nothing to pay", "", []string{two("合计 0.00", "")}, unclear},
	{"a discount beside the total", "", []string{two("合计 60.00", "优惠 2.00")}, unclear},
	{"a discount in other words", "", []string{two("合计 60.00", "满50减2元优惠")}, unclear},
	{"what points take off", "", []string{two("总计 58.00", "积分抵 10.00")}, unclear},
	{"what members get off", "", []string{two("合计 58.00", "会员减 10.00")}, unclear},
	{"what is left after a discount, in words that are no label", "", []string{two("合计 58.00", "折后 48.00")}, unclear},
	{"a red envelope beside the total", "", []string{two("合计 58.00", "红包 10.00")}, unclear},
	{"a sum that is taken off with no word of it", "", []string{two("合计 58.00", "－10.00")}, unclear},
	{"a promotion in English", "", []string{two("TOTAL 58.00", "PROMO -$5.00")}, unclear},
	{"less is paid than the total", "", []string{two("合计 58.00", "实付 48.00")}, unclear},
	{"nothing is paid yet", "", []string{two("合计 58.00", "实收 0.00")}, total(58_00)},
	{"more is paid than the total", "", []string{two("合计 58.00", "实收 100.00")}, total(58_00)},
	{"part of what is due is paid", "", []string{two("应收 58.00", "已收 20.00")}, total(58_00)},
	{"a discount that due knows of", "", []string{two("红包 -10.00", "应付 48.00")}, total(48_00)},
	{"a date beside the total", "", []string{two("2023-12-11 14:02", "合计 58.00")}, total(58_00)},
	{"an article of a range of prices", "", []string{two("COFFEE-2 12.00", "TOTAL 58.00")}, total(58_00)},
	{"a rest beside the total", "", []string{two("TOTAL 60.00", "BALANCE 10.00")}, unclear},
	{"two totals that differ", "", []string{two("合计 60.00", "总计 58.00")}, unclear},
	{"goods that come back", "", []string{two("退货", "合计 58.00")}, unclear},
	{"what is paid back", "", []string{two("应退 58.00", "")}, unclear},
	{"a greeting", "", []string{two("欢迎光临", "WELCOME")}, unclear},
	{"a bare number", "", []string{two("58.00", "")}, unclear},
	{"cleared", "", []string{two("合计 58.00", ""), "\x0c"}, unclear},
	{"set back", "", []string{two("合计 58.00", ""), "\x1b@"}, unclear},
	{"its line cleared", "", []string{"\x0cTOTAL 58.00", "\x18"}, unclear},
	{"half a Chinese character", "", []string{"\x0c\x1bQA\xba\xcf\xbc 58.00\r"}, unclear},
	{"in string mode the cursor's text goes unheeded", "", []string{two("", "") + "TOTAL 58.00"}, unclear},
	{"for the printer on the same line", "", []string{"\x0c\x1b=\x01TOTAL 58.00\r\n\x1b=\x02"}, unclear},
	{"text on a display of digits", display.LED8N, []string{two("TOTAL 58.00", "")}, unclear},
	{"nothing", "", []string{""}, unclear},
}

// led are displays of eight digits, whose lights say what the number is, in either order.
var led = []example{
	{"number, then light", "", []string{"\x1bQA58.00\r\x1bs2"}, total(58_00)},
	{"light, then number", "", []string{"\x1bs2\x1bQA58.00\r"}, total(58_00)},
	{"whole yuan", display.LED8N, []string{"\x1bQA58\r\x1bs2"}, total(58_00)},
	{"one decimal", display.LED8N, []string{"\x1bQA 58.5\r\x1bs2"}, total(58_50)},
	{"a price and the total in one message", "", []string{"\x1bs1\x1bQA3.50\r\x1bs2\x1bQA58.00\r"}, total(58_00)},
	{"the same, numbers first", "", []string{"\x1bQA3.50\r\x1bs1\x1bQA58.00\r\x1bs2"}, total(58_00)},
	{"a light that was cut off", "", []string{"\x1bQA58.00\r\x1bs", "\x1bQA61.50\r\x1bs2"}, total(61_50)},
	{"the next total", "", []string{"\x1bQA58.00\r\x1bs2", "\x1bQA61.50\r\x1bs2"}, total(61_50)},
	{"a clear before each", "", []string{"\x0c\x1bs2\x1bQA58.00\r", "\x0c\x1bs2\x1bQA61.50\r"}, total(61_50)},
	{"price", "", []string{"\x1bQA3.50\r\x1bs1"}, display.Reading{Meaning: display.Price, Fen: 3_50}},
	{"received", "", []string{"\x1bQA58.00\r\x1bs2", "\x1bQA100.00\r\x1bs3"}, display.Reading{Meaning: display.Received, Fen: 100_00}},
	{"change", "", []string{"\x1bs2\x1bQA58.00\r", "\x1bs3\x1bQA100.00\r", "\x1bs4\x1bQA42.00\r"}, display.Reading{Meaning: display.Change, Fen: 42_00}},
	{"all of a sale at once", "", []string{"\x1bs2\x1bQA58.00\r\x1bs3\x1bQA100.00\r\x1bs4\x1bQA42.00\r"}, display.Reading{Meaning: display.Change, Fen: 42_00}},
	{"no light", display.LED8N, []string{"\x1bQA58.00\r"}, unclear},
	{"lights out", display.LED8N, []string{"\x1bQA58.00\r\x1bs0"}, unclear},
	{"a number whose light is still to come", "", []string{"\x1bQA58.00\r\x1bs2", "\x1bQA100.00\r"}, unclear},
	{"its light comes late: nobody knows which belongs to which", "", []string{"\x1bQA58.00\r\x1bs2", "\x1bQA42.00\r", "\x1bs2"}, unclear},
	{"a light whose number is still to come", "", []string{"\x1bQA42.00\r\x1bs4", "\x1bs2"}, unclear},
	{"its number comes late", "", []string{"\x1bQA42.00\r\x1bs4", "\x1bs2", "\x1bQA58.00\r"}, unclear},
	{"two numbers and one light", "", []string{"\x1bQA58.00\r\x1bs2\x1bQA100.00\r"}, unclear},
	{"cleared, and a number without a light", "", []string{"\x1bQA58.00\r\x1bs2", "\x0c\x1bQA3.50\r"}, unclear},
	{"cleared", "", []string{"\x1bQA58.00\r\x1bs2", "\x0c"}, unclear},
	{"zero", "", []string{"\x1bQA58.00\r\x1bs2", "\x1bQA0.00\r\x1bs2"}, unclear},
	{"below zero", "", []string{"\x1bQA-58.00\r\x1bs2"}, unclear},
	{"two points", "", []string{"\x1bQA5.8.00\r\x1bs2"}, unclear},
	{"more digits than there are", "", []string{"\x1bQA123456789\r\x1bs2"}, unclear},
	{"storing characters (CD5220) is no light", "", []string{"\x1bQA58.00\r\x1bs\x01"}, unclear},
}

func TestScreen(t *testing.T) {
	for _, e := range append(text, led...) {
		t.Run(e.name, func(t *testing.T) {
			if got := shown(e.kind, e.messages...); got != e.want {
				t.Errorf("it says %+v, want %+v", got, e.want)
			}
			s := display.NewScreen(e.kind)
			var r display.Reading
			for _, m := range e.messages {
				for _, c := range []byte(m) {
					s.Add([]byte{c})
				}
				r = s.Settle()
			}
			if r != e.want || s.Settle() != e.want {
				t.Errorf("byte by byte %+v, again %+v", r, s.Settle())
			}
		})
	}
}

// However the stream is cut, the display shows the same; and no stream makes it fail.
func FuzzScreen(f *testing.F) {
	for _, e := range append(text, led...) {
		f.Add([]byte(strings.Join(e.messages, "")), uint8(3))
	}
	f.Add([]byte("\x1b&\xff\x00\xff\xff\xff"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		whole, cut := display.NewScreen(display.Auto), display.NewScreen(display.Auto)
		whole.Add(stream)
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), int(piece)+1)
			cut.Add(rest[:n])
			rest = rest[n:]
		}
		r := whole.Settle()
		if r != cut.Settle() {
			t.Fatalf("cut in pieces of %d it says something else than %+v", int(piece)+1, r)
		}
		if r.Fen < 0 || r.Fen > 99_999_999_99 || r.Meaning == display.Total && r.Fen == 0 {
			t.Fatalf("%+v", r)
		}
		whole.Answer(10_00, 48_00)
	})
}

// What is written to the customer, byte for byte.
func TestAnswersAreWrittenAsThePOSWrites(t *testing.T) {
	for name, c := range map[string]struct{ pos, want string }{
		"nothing was written yet":                    {"", ""},
		"strings in Chinese":                         {two("合计 58.00", ""), "\x0c\x1bQA\xc8\xaf\xbc\xf5           10.00\r\x1bQB\xd3\xa6\xb8\xb6           48.00\r"},
		"strings in English":                         {two("TOTAL 58.00", ""), "\x0c\x1bQAVOUCHER        10.00\r\x1bQBTO PAY         48.00\r"},
		"a cursor in Chinese":                        {"\x0c" + gbk("合计 58.00"), "\x0c\xc8\xaf\xbc\xf5           10.00\xd3\xa6\xb8\xb6           48.00"},
		"a cursor in English":                        {"\x0cTOTAL 58.00", "\x0cVOUCHER        10.00TO PAY         48.00"},
		"for the printer, whose slip it would be in": {"\x0cTOTAL 58.00\x1b=\x01", ""},
		"for the display again":                      {"\x0cTOTAL 58.00\x1b=\x01SLIP\n\x1b=\x02", "\x0cVOUCHER        10.00TO PAY         48.00"},
		"lights before digits":                       {"\x1bs1\x1bQA3.50\r\x1bs2\x1bQA58.00\r", "\x0c\x1bQA48.00\r\x1bs2"},
		"text, after a light":                        {"\x1bs2\x1bQA58.00\r" + two("TOTAL 58.00", ""), "\x0c\x1bQAVOUCHER        10.00\r\x1bQBTO PAY         48.00\r"},
		"digits and lights":                          {"\x1bQA58.00\r\x1bs2", "\x0c\x1bQA48.00\r\x1bs2"},
	} {
		s := display.NewScreen(display.Auto)
		s.Add([]byte(c.pos))
		if got := string(s.Answer(10_00, 48_00)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for name, pos := range map[string]string{"light, then number": "\x1bs2\x1bQA58.00\r", "no light": "\x1bQA58.00\r", "a stray character": "\x1bs2\x1bQA58.00\r\x0c8"} {
		s := display.NewScreen(display.LED8N)
		s.Add([]byte(pos))
		if got := string(s.Answer(10_00, 48_00)); got != "\x0c\x1bQA48.00\r\x1bs2" {
			t.Errorf("a display of digits, %s: %q", name, got)
		}
	}
	s := display.NewScreen(display.Auto)
	s.Add([]byte("\x0cA"))
	if got := s.Answer(1_000_000_00, 999_999_99); len(got) != 41 || !strings.HasPrefix(string(got), "\x0cVOUCHER   1000000.00") {
		t.Errorf("the largest sums: %q", got)
	}
}
