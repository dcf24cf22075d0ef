package cashier

import (
	"fmt"
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// The window's own words. What an answer, a warning or a refusal says comes ready from the desk.
var say = struct {
	enterFirst, enterFirstHow, scanNow, scanNowHow            voucher.Text
	asking, askingHow                                         voucher.Text
	connecting, connectingHow, retrying                       voucher.Text
	pay, bill, off                                            voucher.Text
	clear, language                                           voucher.Text
	last, tapAway, noted                                      voucher.Text
	undo, undoSure, undoYes, undoNo, undoing, voided, notVoid voucher.Text
	hub, online, offline, never                               voucher.Text
	scanner, connected, notConnected, keyboard                voucher.Text
	queue, none, lease, noLease                               voucher.Text
	till, warnings                                            voucher.Text
	noLast, before, search, number, voucherNo, order          voucher.Text
	onePicture, noPicture, badFile                            voucher.Text
	print, printing, printAgain                               voucher.Text

	menu, menuList, menuShift, menuLast, menuPractice              voucher.Text
	menuFull, menuAside, menuSettings, backToSale, backOne, keys   voucher.Text
	list, noLines, noneFound, loading, findHow, prev, next         voucher.Text
	backToList, undoLine                                           voucher.Text
	shift, pastShifts, noPast, closeShift, closeSure, closeNo      voucher.Text
	changed                                                        voucher.Text
	closeYes, closing, closedNow, tier, times, face                voucher.Text
	standing, ofFinal, ofProvisional, ofVoided, ofDisputed, agrees voucher.Text
	noSales, running, closedShift                                  voucher.Text

	practice, practiceHow, practiceBegin, practiceNo, practiceEnd, practiceGoOn voucher.Text
	practiceOn, practiceOnHow, practiceOff, practiceOffHow, practiceBanner      voucher.Text
	playHow, playGood, playBelow, playOffline, playUsed, playExpired            voucher.Text
	playDamaged, practiceMark                                                   voucher.Text

	pin, pinHow, pinNone, pinNoneHow, pinNew, pinNewHow, pinTwice, pinTwiceHow voucher.Text
	pinShort, pinDiffers, pinChanged, pinChange, pinWaits, ok                  voucher.Text
	settings, setLang, setVolume, setSounds, setSpeech, setText, setFull       voucher.Text
	setPractice, setPIN, less, more, on, offWord, facts, version, deskAddress  voucher.Text
	soundFinal, soundProvisional, soundRefused, soundAgain                     voucher.Text
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
	noLast:        tx("还没有上一单。", "There is no last sale yet."),
	onePicture:    tx("一次只能用一张图片，都没有采用。请只拖进一张。", "One picture is used at a time, and none of these was. Drop just one."),
	noPicture:     tx("剪贴板里没有金额、券码或图片。请先复制券的截图，再粘贴。", "There is no amount, code or picture on the clipboard. Copy a screenshot of the voucher, then paste."),
	badFile:       tx("这个图片文件打不开。请确认它还在、可以读，或截图后直接粘贴。", "This picture file cannot be opened. Check that it is there and may be read, or paste a screenshot."),
	before:        tx("窗口打开前的结果", "From before this window was opened"),
	search:        tx("查找", "Find"),
	number:        tx("核销编号", "Number"),
	voucherNo:     tx("券号", "Voucher"),
	order:         tx("单号", "Order"),
	print:         tx("打印小票", "Print the slip"),
	printing:      tx("正在打印…", "Printing…"),
	printAgain:    tx("已打印，补打", "Printed; again"),

	menu:         tx("菜单", "Menu"),
	menuList:     tx("当日清单", "Today's list"),
	menuShift:    tx("交班", "Shift"),
	menuLast:     tx("上一单", "Last sale"),
	menuPractice: tx("练习", "Practice"),
	menuFull:     tx("全屏 / 窗口", "Full screen"),
	menuAside:    tx("让开窗口", "Hide window"),
	menuSettings: tx("设置", "Settings"),
	backToSale:   tx("返回收银", "Back to the sale"),
	backOne:      tx("返回", "Back"),
	keys:         tx("方向键选择，Enter 确定，Esc 返回收银。F4 两次可撤销上一单。", "Arrows choose, Enter confirms, Esc goes back to the sale. F4 twice asks to void the last sale."),
	list:         tx("当日清单", "Today's list"),
	noLines:      tx("今天还没有核销。", "Nothing was redeemed today yet."),
	noneFound:    tx("没有找到。可以输入编号、券号、单号的末几位，或金额。", "Nothing found. Type the end of the number, voucher or order, or an amount."),
	loading:      tx("正在取…", "Fetching…"),
	findHow:      tx("编号、券号、单号末几位，或金额", "End of a number, or an amount"),
	prev:         tx("上一页", "Page up"),
	next:         tx("下一页", "Page down"),
	backToList:   tx("返回清单", "Back to the list"),
	undoLine:     tx("清单中的一笔", "From the list"),

	shift:         tx("本班", "This shift"),
	pastShifts:    tx("以前的班", "Earlier shifts"),
	changed:       tx("交班以后有变化，上面仍是交班时的数。", "Something has changed since the close; the figures above are those of the close."),
	noPast:        tx("还没有交过班。", "No shift has been closed yet."),
	closeShift:    tx("交班", "Close the shift"),
	closeSure:     tx("交班后从零重新计数，不能恢复。要交班吗？", "After closing, counting begins anew; this cannot be taken back. Close the shift?"),
	closeNo:       tx("不交班", "No, go on"),
	closeYes:      tx("确定交班", "Yes, close it"),
	closing:       tx("正在交班…", "Closing…"),
	closedNow:     tx("已交班", "Closed"),
	tier:          tx("券档", "Tier"),
	times:         tx("笔数", "Sales"),
	face:          tx("券减", "Off"),
	standing:      tx("有效合计", "Stands in all"),
	ofFinal:       tx("其中已确认", "of it confirmed"),
	ofProvisional: tx("其中待确认", "of it not yet confirmed"),
	ofVoided:      tx("已撤销", "Voided"),
	ofDisputed:    tx("待处理", "In dispute"),
	agrees:        tx("本机与中心", "Till and hub"),
	noSales:       tx("这一班还没有核销。", "Nothing was redeemed in this shift yet."),
	running:       tx("进行中", "running"),
	closedShift:   tx("已交班", "closed"),

	practice:       tx("练习", "Practice"),
	practiceHow:    tx("练习时扫的券都不会真的核销，也不占名额；POS 暂时不能核销。10 分钟没有扫码会自动结束。", "In practice nothing is really redeemed and no stock is touched; the POS cannot redeem meanwhile. It ends by itself after 10 minutes without a scan."),
	practiceBegin:  tx("开始练习", "Begin practice"),
	practiceNo:     tx("不练习，返回收银", "No, back to the sale"),
	practiceEnd:    tx("结束练习", "End practice"),
	practiceGoOn:   tx("继续练习", "Go on practising"),
	practiceOn:     tx("正在练习", "Practising"),
	practiceOnHow:  tx("有顾客来请先结束练习。", "End practice before you serve a customer."),
	practiceOff:    tx("不能练习", "No practice here"),
	practiceOffHow: tx("技术员在设置里没有允许练习。", "The technician has not allowed practice in the settings."),
	practiceBanner: tx("练习，不是真的！这里什么都没有核销", "PRACTICE, NOT REAL! Nothing is redeemed here"),
	playHow:        tx("点一个按钮，看看会怎样：", "Touch a button and see what happens:"),
	playGood:       tx("好券", "Good"),
	playBelow:      tx("金额不够", "Bill too low"),
	playOffline:    tx("断网", "Offline"),
	playUsed:       tx("用过的券", "Used"),
	playExpired:    tx("过期的券", "Expired"),
	playDamaged:    tx("没扫完整", "Bad scan"),
	practiceMark:   tx("练习", "Practice"),

	pin:         tx("技术员 PIN", "Technician's PIN"),
	pinHow:      tx("请输入 PIN（6 到 12 位数字）。", "Type the PIN (6 to 12 digits)."),
	pinNone:     tx("还没有设 PIN", "No PIN is set"),
	pinNoneHow:  tx("设了 PIN 才能改设置。请在这台电脑上以管理员身份运行：hexiao-agent pin", "Settings can be changed once there is a PIN. On this PC, as administrator, run: hexiao-agent pin"),
	pinNew:      tx("新 PIN", "New PIN"),
	pinNewHow:   tx("请输入新的 PIN（6 到 12 位数字）。", "Type the new PIN (6 to 12 digits)."),
	pinTwice:    tx("再输一遍", "Once more"),
	pinTwiceHow: tx("请再输一遍新的 PIN。", "Type the new PIN once more."),
	pinShort:    tx("PIN 至少 6 位数字。", "A PIN has at least 6 digits."),
	pinDiffers:  tx("两次输入的不一样，请重新输入新的 PIN。", "The two are not the same; type the new PIN again."),
	pinChanged:  tx("PIN 已经改好。", "The PIN is changed."),
	pinChange:   tx("更改 PIN", "Change the PIN"),
	pinWaits:    tx("正在核对…", "Checking…"),
	ok:          tx("确定", "OK"),

	settings:         tx("设置", "Settings"),
	setLang:          tx("语言", "Language"),
	setVolume:        tx("音量", "Volume"),
	setSounds:        tx("试听", "Try the sounds"),
	setSpeech:        tx("语音播报", "Speech"),
	setText:          tx("文字大小", "Text size"),
	setFull:          tx("全屏", "Full screen"),
	setPractice:      tx("允许练习", "Practice allowed"),
	setPIN:           tx("技术员 PIN", "Technician's PIN"),
	less:             tx("减小", "Less"),
	more:             tx("加大", "More"),
	on:               tx("开", "On"),
	offWord:          tx("关", "Off"),
	facts:            tx("这台终端", "This till"),
	version:          tx("版本", "Version"),
	deskAddress:      tx("服务地址", "Desk"),
	soundFinal:       tx("成功", "Redeemed"),
	soundProvisional: tx("离线", "Offline"),
	soundRefused:     tx("不可", "Refused"),
	soundAgain:       tx("重扫", "Again"),
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

// state is the word for the state of a line, short enough for a list; the line itself says more.
func stateWord(state string) voucher.Text {
	if t, ok := stateWords[state]; ok {
		return t
	}
	return ui.State(state)
}

var stateWords = map[string]voucher.Text{
	"final":       tx("已核销", "Redeemed"),
	"provisional": tx("离线待确认", "Offline, unconfirmed"),
	"disputed":    tx("待处理", "In dispute"),
	"refused":     tx("未核销", "Not redeemed"),
	"reversed":    tx("已冲正", "Reversed"),
	"voided":      tx("已撤销", "Voided"),
	"waiting":     tx("等中心回应", "Waiting"),
}

// pageNo says where one is in a list of several pages.
func pageNo(at, all int, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("第 %d / %d 页", at, all)
	}
	return fmt.Sprintf("page %d of %d", at, all)
}

// less is how many sales the till has more than the hub; fewer are negative.
func less(n int, lang string) string {
	if n < 0 {
		return "-" + records(uint64(-n), lang)
	}
	return records(uint64(n), lang)
}

// sumsNow is what became of a closed shift since.
func sumsNow(l desk.Later, lang string) string {
	named := func(name voucher.Text, s desk.Sum) string {
		return name.In(lang) + " " + records(uint64(s.Count), lang) + " " + ui.Yuan(s.Face, lang)
	}
	all := []string{named(say.standing, l.Standing), named(say.ofFinal, l.Final), named(say.ofProvisional, l.Provisional), named(say.ofVoided, l.Voided), named(say.ofDisputed, l.Disputed)}
	if lang == "zh" {
		return "现在：" + strings.Join(all, " · ")
	}
	return "Now: " + strings.Join(all, " · ")
}

func shiftNo(n int, lang string) string {
	if lang == "zh" {
		return fmt.Sprintf("第 %d 班", n)
	}
	return fmt.Sprintf("Shift %d", n)
}

// ago is how long before something was, in seconds.
func ago(d time.Duration, lang string) string {
	n := int(d.Abs().Seconds())
	if lang == "zh" {
		return fmt.Sprintf("%d 秒前", n)
	}
	return fmt.Sprintf("%d s ago", n)
}
