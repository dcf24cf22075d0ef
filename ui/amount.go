package ui

import (
	"errors"
	"strconv"
	"strings"

	"hexiao/hub/voucher"
)

// Yuan shows an amount to a person: "¥58.00", "-¥0.05". English parts thousands by commas ("¥1,234.50"); Chinese does
// not ("¥1234.50"), because it counts by ten thousands and tills print none.
func Yuan(f voucher.Fen, lang string) string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "-", -n
	}
	whole := strconv.FormatUint(n/100, 10)
	if lang != "zh" {
		whole = thousands(whole)
	}
	cents := strconv.FormatUint(n%100+100, 10)[1:]
	return sign + "¥" + whole + "." + cents
}

func thousands(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// yuan is an amount within a sentence of both languages.
func yuan(f voucher.Fen) voucher.Text { return voucher.Text{Zh: Yuan(f, "zh"), En: Yuan(f, "en")} }

// Amount says what is wrong with an amount that a person typed or a program sent: the errors of voucher.ParseYuan and
// voucher.CheckBill. Any other error is said as "not an amount".
func Amount(err error) voucher.Text {
	switch {
	case errors.Is(err, voucher.ErrNotPositive):
		return voucher.Text{Zh: "金额必须大于 0。", En: "The amount must be more than 0."}
	case errors.Is(err, voucher.ErrTooMuch):
		return voucher.Text{Zh: "金额不能超过 1000000 元，请检查是否多打了数字。", En: "The amount may not exceed 1,000,000 yuan; look for a digit too many."}
	}
	return voucher.Text{Zh: "这不是金额。请输入元，最多两位小数，例如 58 或 58.50。", En: "This is not an amount. Give yuan with at most two decimals, such as 58 or 58.50."}
}
