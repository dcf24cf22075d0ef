package cashier

import (
	"fmt"
	"time"

	"hexiao/hub/voucher"
)

// The window's own words. What an answer, a warning or a refusal says comes ready from the desk.
var say = struct {
	enterFirst, enterFirstHow, scanNow, scanNowHow            voucher.Text
	asking, askingHow                                         voucher.Text
	connecting, connectingHow, retrying                       voucher.Text
	pay, bill, off                                            voucher.Text
	riskFund, riskShop                                        voucher.Text
	typed, pos, display                                       voucher.Text
	clear, language                                           voucher.Text
	last, tapAway, noted                                      voucher.Text
	undo, undoSure, undoYes, undoNo, undoing, voided, notVoid voucher.Text
	hub, online, offline, never                               voucher.Text
	scanner, connected, notConnected, keyboard                voucher.Text
	queue, none, lease, noLease                               voucher.Text
	till, warnings                                            voucher.Text
}{
	enterFirst:    tx("先输入金额", "Enter the amount"),
	enterFirstHow: tx("在右边或键盘上输入本单金额，再扫顾客的消费券。", "Type the bill on the right or on the keyboard, then scan the customer's voucher."),
	scanNow:       tx("请扫消费券", "Scan the voucher"),
	scanNowHow:    tx("让顾客打开消费券的二维码，用扫码枪扫一下。", "Ask for the voucher's QR code and scan it."),
	asking:        tx("正在核销", "Redeeming"),
	askingHow:     tx("正在等中心回应，请稍候，不用再扫。", "Waiting for the hub. One moment; do not scan again."),
	connecting:    tx("正在连接", "Connecting"),
	connectingHow: tx("正在连接本机的核销服务。", "Connecting to the agent on this PC."),
	retrying:      tx("正在自动重试", "Trying again by itself"),
	pay:           tx("应收", "To pay"),
	bill:          tx("本单金额", "Bill"),
	off:           tx("券减", "Voucher"),
	riskFund:      tx("风险：日后确认不了，由活动资金承担", "Risk: if it is not confirmed, the fund bears it"),
	riskShop:      tx("风险：日后确认不了，由本店承担", "Risk: if it is not confirmed, the shop bears it"),
	typed:         tx("手工输入", "typed"),
	pos:           tx("来自收银系统", "from the POS"),
	display:       tx("来自客显", "from the display"),
	clear:         tx("清除", "Clear"),
	language:      tx("English", "中文"),
	last:          tx("上一单", "Last sale"),
	tapAway:       tx("点一下屏幕或直接扫下一张", "Tap the screen, or scan the next"),
	noted:         tx("知道了", "OK"),
	undo:          tx("撤销这一单", "Void this sale"),
	undoSure:      tx("要撤销这一单吗？", "Void this sale?"),
	undoYes:       tx("确定撤销", "Yes, void it"),
	undoNo:        tx("不撤销", "No, keep it"),
	undoing:       tx("正在撤销…", "Voiding…"),
	voided:        tx("已撤销", "Voided"),
	notVoid:       tx("没有撤销", "Not voided"),
	hub:           tx("中心", "Hub"),
	online:        tx("在线", "online"),
	offline:       tx("连不上", "no line"),
	never:         tx("还没有连上", "not yet connected"),
	scanner:       tx("扫码枪", "Scanner"),
	connected:     tx("已接好", "connected"),
	notConnected:  tx("没有接好", "not connected"),
	keyboard:      tx("用键盘口", "as keyboard"),
	queue:         tx("待报中心", "To report"),
	none:          tx("没有", "none"),
	lease:         tx("离线额度", "Offline limit"),
	noLease:       tx("没有", "none"),
	till:          tx("终端", "Till"),
	warnings:      tx("提醒", "Notices"),
}

func tx(zh, en string) voucher.Text { return voucher.Text{Zh: zh, En: en} }

// at tells an instant as short as it is plain on the day of now: "14:02", "11-21 14:02".
func (s State) at(t time.Time) string {
	t, now := t.In(s.zone()), s.Now.In(s.zone())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

func from(at, lang string) string {
	if lang == "zh" {
		return at + " 起"
	}
	return "since " + at
}

func until(at, lang string) string {
	if lang == "zh" {
		return "到 " + at
	}
	return "until " + at
}

func records(n uint64, lang string) string {
	switch {
	case lang == "zh":
		return fmt.Sprintf("%d 笔", n)
	case n == 1:
		return "1 sale"
	}
	return fmt.Sprintf("%d sales", n)
}

func scanners(n int, how voucher.Text, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("%d 把%s", n, how.Zh)
	}
	return fmt.Sprintf("%d %s", n, how.En)
}

func more(n int, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("还有 %d 条提醒", n)
	}
	return fmt.Sprintf("%d more", n)
}

func count(n int, lang string) string {
	switch {
	case lang == "zh":
		return fmt.Sprintf("%d 条", n)
	case n == 1:
		return "1 notice"
	}
	return fmt.Sprintf("%d notices", n)
}

func inAll(n int, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("共 %d 条", n)
	}
	return fmt.Sprintf("%d in all", n)
}

func agoSeconds(n int, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("已断开 %d 秒", n)
	}
	return fmt.Sprintf("away for %d s", n)
}
