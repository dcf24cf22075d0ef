package sound

import (
	"strings"

	"hexiao/hub/voucher"
)

// Amounts are written out, because voices read "¥48.50" each in its own way, and some not at all. No bill is beyond a
// million yuan (voucher.CheckBill); larger and negative amounts do not come here and are read as well as they can be.

// chinese reads an amount as a cashier says it: 四十八元五角, 一百零八元, 两元, 三元零五分, 五分.
func chinese(f voucher.Fen) string {
	if f < 0 {
		return "负" + chinese(-f)
	}
	yuan, jiao, fen := int64(f/100), int64(f/10%10), int64(f%10)
	var said strings.Builder
	if yuan > 0 || f == 0 {
		said.WriteString(counted(yuan) + "元")
	}
	if jiao > 0 {
		said.WriteString(counted(jiao) + "角")
	} else if yuan > 0 && fen > 0 {
		said.WriteString("零")
	}
	if fen > 0 {
		said.WriteString(counted(fen) + "分")
	}
	return said.String()
}

// counted is a number before a measure word, where a lone 2 is 两.
func counted(n int64) string {
	if n == 2 {
		return "两"
	}
	return hanzi(n)
}

var digits = [...]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// hanzi reads a number: 一十 at the front is said 十, and one 零 stands for any number of empty places in the middle.
func hanzi(n int64) string {
	said := thousands(n % 10_000)
	switch high, low := n/10_000, n%10_000; {
	case n == 0:
		return digits[0]
	case high > 0 && low > 0 && low < 1_000:
		said = counted(high) + "万" + digits[0] + said
	case high > 0:
		said = counted(high) + "万" + said
	}
	if strings.HasPrefix(said, "一十") {
		return strings.TrimPrefix(said, "一")
	}
	return said
}

// thousands reads a number below ten thousand, 0 as nothing.
func thousands(n int64) string {
	var said strings.Builder
	empty := false
	for _, place := range []struct {
		of   int64
		word string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / place.of % 10
		if d == 0 {
			empty = said.Len() > 0
			continue
		}
		if empty {
			said.WriteString(digits[0])
			empty = false
		}
		said.WriteString(digits[d] + place.word)
	}
	return said.String()
}

var (
	small = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens  = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

// english reads an amount: "forty-eight yuan", "one hundred and eight yuan and fifty fen", "five fen".
func english(f voucher.Fen) string {
	if f < 0 {
		return "minus " + english(-f)
	}
	yuan, fen := int64(f/100), int64(f%100)
	switch {
	case fen == 0:
		return words(yuan) + " yuan"
	case yuan == 0:
		return words(fen) + " fen"
	}
	return words(yuan) + " yuan and " + words(fen) + " fen"
}

func words(n int64) string {
	switch {
	case n < 20:
		return small[n]
	case n < 100:
		if n%10 == 0 {
			return tens[n/10]
		}
		return tens[n/10] + "-" + small[n%10]
	case n < 1000:
		return small[n/100] + " hundred" + and(n%100)
	case n < 1_000_000:
		rest := n % 1000
		if rest < 100 {
			return words(n/1000) + " thousand" + and(rest)
		}
		return words(n/1000) + " thousand " + words(rest)
	}
	return words(n/1_000_000) + " million" + and(n%1_000_000)
}

func and(rest int64) string {
	if rest == 0 {
		return ""
	}
	return " and " + words(rest)
}
