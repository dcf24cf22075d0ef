package display

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/width"
)

// Meaning is what an amount on the display is.
type Meaning string

// The meanings. Unclear is everything else: a dark display, a greeting, goods without a word, sums that contradict each other.
const (
	Unclear  Meaning = ""
	Price    Meaning = "price" // of one article, or of some of them
	Total    Meaning = "total" // what the customer is asked for: this alone is a bill
	Received Meaning = "received"
	Change   Meaning = "change" // the sale is over
)

// Reading is what a display says. Fen is 0 where it is Unclear.
type Reading struct {
	Meaning Meaning
	Fen     int64
}

// whole is the reading, or Unclear when there is no sum in it.
func (r Reading) whole() Reading {
	if r.Fen <= 0 || r.Meaning == Unclear {
		return Reading{}
	}
	return r
}

// label is what a word in front of an amount makes of it. total and due both ask for it; due goes before total, which may be the sum before a
// discount.
type label int

const (
	labelPrice label = iota
	labelTotal
	labelDue
	labelReceived
	labelChange
	labelOff // a discount, a deposit or a rest: a total beside it is not what is to be paid, or nobody knows
)

// words are the labels as POS software writes them, in GBK or ASCII. Not here, and so never a bill: 金额 and Amount alone, which as often
// head the amount of one article (they stand with the prices), and 总价, the price of several pieces of one.
var words = map[label]string{
	labelPrice:    "单价 价格 售价 零售价 会员价 小计 金额 总价 PRICE UNIT_PRICE SUBTOTAL SUB_TOTAL SUB-TOTAL AMOUNT AMT",
	labelTotal:    "合计 总计 共计 总额 总金额 合计金额 消费金额 合计消费 TOTAL GRAND_TOTAL TOTAL_AMOUNT TOTAL_AMT TTL",
	labelDue:      "应收 应付 应收款 应付款 应收金额 应付金额 应收合计 应付合计 应收总额 需付 请付 请支付 AMOUNT_DUE AMT_DUE TOTAL_DUE TO_PAY",
	labelReceived: "实收 已收 收款 现收 预收 收您 收 现金 已付 实付 付款 支付 CASH RECEIVED TENDERED TENDER PAID PAYMENT",
	labelChange:   "找零 找您 找回 找赎 找 CHANGE CHG",
	labelOff:      "优惠 折扣 折让 折 立减 减免 减 抵扣 抵 红包 抹零 券 定金 押金 余额 未付 未收 还需 欠 DISCOUNT DISC COUPON VOUCHER SAVING SAVED BALANCE REMAINING DEPOSIT",
}

// back are words of a sale that goes backwards: no sum beside one of them is a bill.
var back = regexp.MustCompile(`退|作废|撤销|取消|REFUND|RETURN|VOID|CANCEL`)

var (
	labels  = map[string]label{} // by the word without spaces
	labelAt *regexp.Regexp       // a label at the beginning, with how many pieces it is for, and what divides it from the amount
	offIn   = regexp.MustCompile(strings.ReplaceAll(words[labelOff], " ", "|"))
	doneIn  = regexp.MustCompile(`找零|找您|CHANGE`)
	lessIn  = regexp.MustCompile(`-\s*[¥$]?\s*[0-9][0-9,]*\.[0-9]{2}`) // a sum that is taken off, whatever it is called

	// amountAt is an amount at the beginning: with a mark of money or without, thousands divided by commas or not.
	amountAt = regexp.MustCompile(`^(¥|￥|\$|RMB|CNY)?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,8})(\.[0-9]{1,2})?\s*(元|RMB|CNY|YUAN)?`)
)

func init() {
	var all []string
	for l, list := range words {
		for _, word := range strings.Fields(list) {
			labels[strings.ReplaceAll(word, "_", "")] = l
			all = append(all, word)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // 收款 before 收
	for i, word := range all {
		all[i] = spaced(word)
	}
	labelAt = regexp.MustCompile(`^(` + strings.Join(all, "|") + `)\s*(?:\(\s*[0-9]+\s*(?:件|项|ITEMS?|PCS)?\s*\)|[0-9]+\s*(?:件|项|ITEMS?|PCS))?\s*[:=]*\s*`)
}

// spaced lets a Chinese word be spread over the line, and an English one have spaces where it has a line.
func spaced(word string) string {
	if word[0] < 0x80 {
		return strings.ReplaceAll(regexp.QuoteMeta(word), "_", `\s*`)
	}
	return strings.Join(strings.Split(word, ""), `\s*`)
}

// part is a label, an amount, or both.
type part struct {
	label    label
	labelled bool
	fen      int64
	amount   bool
}

// read says what lines of text mean. A line counts only when it is made of labels and amounts and nothing else: in the name of an article any
// word may stand ("Total" is a toothpaste). A label alone in a line belongs to the amount that is alone in the next.
func read(rows [][]byte) Reading {
	var parts []part
	off := false
	for _, row := range rows {
		text := plain(row)
		here, clear := parse(text)
		switch {
		case back.MatchString(text), !clear && doneIn.MatchString(text):
			return Reading{}
		case !clear:
			off = off || offIn.MatchString(text) || lessIn.MatchString(text)
			here = nil
		}
		parts = join(parts, here)
	}
	return judge(parts, off)
}

// join puts the parts of a line behind those of the line before.
func join(parts, here []part) []part {
	if last := len(parts) - 1; last >= 0 && len(here) == 1 && here[0].amount && !here[0].labelled && parts[last].labelled && !parts[last].amount {
		parts[last].fen, parts[last].amount = here[0].fen, true
		return parts
	}
	return append(parts, here...)
}

// plain makes text of a line: GB18030, full-width characters as plain ones, letters large.
func plain(row []byte) string {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(row)
	if err != nil {
		return "\uFFFD"
	}
	return strings.ToUpper(strings.TrimSpace(width.Narrow.String(string(text))))
}

// parse takes a line apart; clear is false when something in it is neither label nor amount.
func parse(text string) (parts []part, clear bool) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var p part
		if m := labelAt.FindStringSubmatch(text); m != nil {
			p.label, p.labelled = labels[strings.Join(strings.Fields(m[1]), "")], true
			text = text[len(m[0]):]
		}
		if fen, length, ok := amount(text); ok {
			p.fen, p.amount = fen, true
			text = text[length:]
		}
		if !p.labelled && !p.amount {
			return nil, false
		}
		parts = append(parts, p)
	}
	return parts, true
}

// amount reads one at the beginning of a text. Without a mark of money it needs its two decimals, or it may be a number of pieces or a weight;
// what follows must not belong to it.
func amount(text string) (fen int64, length int, ok bool) {
	m := amountAt.FindStringSubmatch(text)
	if m == nil || m[1] == "" && m[4] == "" && len(m[3]) != 3 {
		return 0, 0, false
	}
	if rest := text[len(m[0]):]; rest != "" && strings.ContainsRune("0123456789.,%-*/+", rune(rest[0])) {
		return 0, 0, false
	}
	return inFen(m[2], m[3]), len(m[0]), true
}

// number reads what a display of digits shows, which is an amount and nothing else: its light says so.
func number(text string) (fen int64, ok bool) {
	m := amountAt.FindStringSubmatch(text)
	if m == nil || m[0] != text || m[1] != "" || m[4] != "" {
		return 0, false
	}
	return inFen(m[2], m[3]), true
}

// inFen makes fen of digits in front of and behind the point, which amountAt has looked at.
func inFen(yuan, behind string) (fen int64) {
	for _, c := range strings.ReplaceAll(yuan, ",", "") + (strings.TrimPrefix(behind, ".") + "00")[:2] {
		fen = fen*10 + int64(c-'0')
	}
	return fen
}

// judge says what parts mean together. A change says that the sale is over, whatever else stands there. A total is one only when it is alone, or
// said twice alike; beside a discount, or less that is paid, only a sum that is due counts.
func judge(parts []part, off bool) Reading {
	sums := map[label][]int64{}
	for _, p := range parts {
		if !p.labelled {
			continue
		}
		off = off || p.label == labelOff
		if p.amount && !slices.Contains(sums[p.label], p.fen) || p.label == labelChange {
			sums[p.label] = append(sums[p.label], p.fen)
		}
	}
	due, total := sums[labelDue], sums[labelTotal]
	switch {
	case len(sums[labelChange]) > 0:
		return Reading{Change, sums[labelChange][0]}
	case len(due) == 1:
		return Reading{Total, due[0]}.whole()
	case len(due) > 1 || len(total) > 1 || len(total) == 1 && (off || less(sums[labelReceived], total[0])):
		return Reading{}
	case len(total) == 1:
		return Reading{Total, total[0]}.whole()
	case len(sums[labelReceived]) > 0:
		return Reading{Received, sums[labelReceived][0]}.whole()
	case len(sums[labelPrice]) > 0:
		return Reading{Price, sums[labelPrice][0]}.whole()
	}
	return Reading{}
}

// less tells whether something was paid, and less than the total: the rest was a discount, or is still to come.
func less(received []int64, total int64) bool {
	return slices.ContainsFunc(received, func(fen int64) bool { return 0 < fen && fen < total })
}
