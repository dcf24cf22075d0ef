package office

import (
	"fmt"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// BadLine says what is wrong with a line of a stream or of a registry file.
type BadLine struct {
	Line  int          `json:"line"`
	Field string       `json:"field,omitempty"` // empty when it is the whole line
	Code  string       `json:"code"`            // for counting
	Text  voucher.Text `json:"text"`            // what, and what becomes of the line
}

func (b *BadLine) Error() string { return fmt.Sprintf("line %d: %s", b.Line, b.Text.En) }

// In gives the sentence in a language.
func (b *BadLine) In(lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("第 %d 行：%s", b.Line, b.Text.Zh)
	}
	return b.Error()
}

// lineFaults names the kinds of line that are not as they should be.
var lineFaults = map[string]voucher.Text{
	"not_json":      {Zh: "不是 JSON", En: "not JSON"},
	"too_long":      {Zh: "行过长", En: "too long"},
	"field_missing": {Zh: "缺少字段", En: "field missing"},
	"field_twice":   {Zh: "字段重复", En: "field twice"},
	"field_wrong":   {Zh: "字段有误", En: "field wrong"},
	"field_unknown": {Zh: "未知字段（照常计入）", En: "unknown field (taken)"},

	string(cashout.Duplicate):  {Zh: "重复记录", En: "repeated"},
	string(cashout.Twice):      {Zh: "已用的券再次核销", En: "used twice"},
	string(cashout.NotUsed):    {Zh: "撤销未核销的券", En: "void of a voucher not in use"},
	string(cashout.NoTime):     {Zh: "时间不可能", En: "impossible time"},
	string(cashout.Future):     {Zh: "时间在将来", En: "in the future"},
	string(cashout.Backwards):  {Zh: "次序颠倒（照常计入）", En: "out of order (taken)"},
	string(cashout.Unclaimed):  {Zh: "未见领取（照常计入）", En: "no claim seen (taken)"},
	string(cashout.LateClaim):  {Zh: "核销早于领取（照常计入）", En: "used before its claim (taken)"},
	string(cashout.EarlyClaim): {Zh: "重复领取", En: "claimed again"},
}

// FaultName says shortly what a BadLine's code means.
func FaultName(code string) voucher.Text {
	if t, known := lineFaults[code]; known {
		return t
	}
	return voucher.Text{Zh: code, En: code}
}

// faultText says what is wrong with an event that could be read, and what became of it.
var faultText = map[cashout.Fault]voucher.Text{
	cashout.Duplicate:  {Zh: "与先前的一行相同，已跳过", En: "repeats an earlier line; left out"},
	cashout.Twice:      {Zh: "该券已核销且未撤销，不能再次核销，已跳过", En: "redeems a voucher that is used and was not voided; left out"},
	cashout.NotUsed:    {Zh: "撤销的券并未在该商户核销，已跳过", En: "voids a voucher that is not in use at this merchant; left out"},
	cashout.NoTime:     {Zh: "时间在 2000 年以前或 2100 年以后，已跳过", En: "is of a time before 2000 or after 2100; left out"},
	cashout.Future:     {Zh: "时间在到达之后，或比上一行晚一年以上，已跳过", En: "happened after it arrived, or a year after the line before; left out"},
	cashout.Backwards:  {Zh: "到达时间早于上一行，按上一行的到达时间计入", En: "arrived before the line before; taken as if it arrived with that one"},
	cashout.Unclaimed:  {Zh: "此前没有该券的领取记录，按行内所写的领取信息计入", En: "redeems a voucher of which no claim was seen; taken with the claim that it names"},
	cashout.LateClaim:  {Zh: "核销早于领取，计入，但不看领用间隔", En: "is used before it was claimed; taken, but its age says nothing"},
	cashout.EarlyClaim: {Zh: "该券已领取过，已跳过", En: "claims a voucher that was claimed before; left out"},
}

func faultLine(line int, f cashout.Fault, e *cashout.Event) *BadLine {
	text := faultText[f]
	return &BadLine{Line: line, Code: string(f), Text: voucher.Text{Zh: text.Zh + "（券 " + e.Voucher + "）", En: text.En + " (voucher " + e.Voucher + ")"}}
}
