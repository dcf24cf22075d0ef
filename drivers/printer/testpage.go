package printer

import "strings"

// TestPage is a page for whoever sets a printer up: a ruler as wide as the paper is said to be, Chinese, each size of type, and the knife.
func TestPage(width int, place string) []Line {
	return []Line{
		{Text: "核销小票", Large: true},
		{Text: "打印机测试 / printer test", Strong: true},
		{Text: place},
		{Text: Ruler(width)},
		{Text: strings.Repeat("券", width/2)},
		{Text: "上面两行应各占满一行。折了行，或"},
		{Text: "右边有空，请改 width。"},
		{Text: "Each of them fills one line. If"},
		{Text: "not, change width."},
		{Text: "没有的字打成问号 / as ??: 😀"},
		{Text: "“冬日送暖” ABCabc 012 .,:-"},
		{Text: "随后自动切纸 / now the knife"},
	}
}

// Ruler is so many figures, of which every tenth counts the tens.
func Ruler(width int) string {
	var b strings.Builder
	for i := 1; i <= width; i++ {
		digit := i % 10
		if digit == 0 {
			digit = i / 10
		}
		b.WriteByte(byte('0' + digit%10))
	}
	return b.String()
}
