package cashier

import (
	"errors"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// trouble is a thing that the window asked of the desk and that was not done.
type trouble int

const (
	billTrouble trouble = iota
	scanTrouble
	undoTrouble
)

// say is what the cashier reads: the desk's own sentence where it gave one.
func (t trouble) say(err error) voucher.Text {
	what := [...]voucher.Text{
		billTrouble: {Zh: "金额没有记下，请重新输入。", En: "The amount was not taken; enter it again."},
		scanTrouble: {Zh: "这一扫没有送到，请再扫一次。", En: "That scan did not get through; scan again."},
		undoTrouble: {Zh: "不知道有没有撤销，请在当日清单里核对。", En: "It is not known whether it was voided; look at the day's list."},
	}[t]
	if refusal := new(desk.Error); errors.As(err, &refusal) && refusal.Text.En != "" {
		if t == undoTrouble { // refused, so it is known that nothing was done
			what = voucher.Text{Zh: "没有撤销。", En: "It was not voided."}
		}
		return voucher.Text{Zh: refusal.Text.Zh + what.Zh, En: refusal.Text.En + " " + what.En}
	}
	return what
}

// String is the trouble's name in the log.
func (t trouble) String() string {
	return [...]string{billTrouble: "bill", scanTrouble: "scan", undoTrouble: "void"}[t]
}
