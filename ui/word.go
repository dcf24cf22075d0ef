package ui

import "hexiao/hub/voucher"

// Title is what stands large over an answer.
func Title(a voucher.Answer) voucher.Text {
	switch a {
	case voucher.Final:
		return voucher.Text{Zh: "核销成功", En: "Redeemed"}
	case voucher.Provisional:
		return voucher.Text{Zh: "离线受理", En: "Accepted offline"}
	case voucher.ScanAgain:
		return voucher.Text{Zh: "请重扫", En: "Scan again"}
	}
	return voucher.Text{Zh: "不可核销", En: "Not redeemed"}
}

// Trade is a trade's name; an unknown trade is said as it is written.
func Trade(t voucher.Trade) voucher.Text {
	switch t {
	case voucher.Supermarket:
		return voucher.Text{Zh: "商超", En: "supermarket"}
	case voucher.Dining:
		return voucher.Text{Zh: "餐饮", En: "restaurant"}
	case voucher.Fuel:
		return voucher.Text{Zh: "加油站", En: "petrol station"}
	}
	return voucher.Text{Zh: string(t), En: string(t)}
}

// BillSource is the words for where a bill came from (desk.Bill.Source); empty for a source that is not known.
func BillSource(source string) voucher.Text { return billSources[source] }

var billSources = map[string]voucher.Text{
	"typed":   {Zh: "手工输入", En: "typed"},
	"pos":     {Zh: "来自收银系统", En: "from the POS"},
	"display": {Zh: "来自客显", En: "from the display"},
}

// State is the word for the state of a line in a day's list (desk.Line.State); an unknown state is said as it is
// written.
func State(s string) voucher.Text {
	if t, ok := states[s]; ok {
		return t
	}
	return voucher.Text{Zh: s, En: s}
}

var states = map[string]voucher.Text{
	"final":       {Zh: "已核销", En: "redeemed"},
	"provisional": {Zh: "离线受理，待确认", En: "accepted offline, not yet confirmed"},
	"disputed":    {Zh: "待处理", En: "a case is open"},
	"refused":     {Zh: "未核销", En: "not redeemed"},
	"reversed":    {Zh: "已冲正", En: "reversed"},
	"voided":      {Zh: "已撤销", En: "voided"},
	"waiting":     {Zh: "等待中心回应", En: "waiting for the hub"},
}
