package cashier

import (
	"errors"
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// saleAt is a line of the day's list as the agent gives it.
func saleAt(number int, state string, bill, face voucher.Fen, d ui.Details) desk.Line {
	a := desk.Answer{Redemption: fmt.Sprintf("T000017-1-%d", number), Bill: bill, Face: face, Pay: bill, Answer: voucher.Refused,
		Voucher: fmt.Sprintf("7F3A9C01D2%06d", number), Tier: "supermarket-10",
		TierName: ui.Tier(voucher.Supermarket, face, 5*face), At: noon.Add(time.Duration(number-60) * 7 * time.Minute)}
	switch state {
	case "final":
		a.Answer, a.Pay = voucher.Final, bill-face
	case "provisional":
		a.Answer, a.Pay, a.Risk = voucher.Provisional, bill-face, voucher.MerchantBears
	case "waiting":
		a.Reason = voucher.Busy
	case "reversed":
		a.Reason = voucher.HubSilent
	case "voided":
		a.Answer, a.Voided = voucher.Final, true
	default:
		a.Reason = voucher.AlreadyRedeemed
		d.Replaced = state == "disputed"
		a.Replaced = d.Replaced
	}
	return desk.Line{Answer: a.Say(d), State: state}
}

// dayOf has a line in every state, the newest last, as the agent lists them.
func dayOf() []desk.Line {
	out := []desk.Line{
		saleAt(51, "final", 21000, 5000, ui.Details{}), saleAt(52, "disputed", 13900, 2000, ui.Details{Case: 12}), saleAt(53, "refused", 6600, 1000, ui.Details{}),
		saleAt(54, "reversed", 8800, 1000, ui.Details{}), saleAt(55, "voided", 5200, 1000, ui.Details{}), saleAt(56, "provisional", 16050, 2000, ui.Details{}),
		saleAt(57, "final", 5800, 1000, ui.Details{}), saleAt(58, "waiting", 9990, 1000, ui.Details{}),
	}
	out[6].Order = "2023121100058"
	return out
}

// longDay has n good sales.
func longDay(n int) []desk.Line {
	var out []desk.Line
	for i := range n {
		out = append(out, saleAt(i+1, "final", 5000+voucher.Fen(i)*100, 1000, ui.Details{}))
	}
	return out
}

// inList opens the list with some lines in it.
func inList(lines []desk.Line, then ...event) []event {
	return append([]event{sees(online()), turned(ListPage), listed{no: 1, lines: lines}}, then...)
}

var listScenes = []sceneOf{
	{"list", inList(dayOf())},
	{"list-fetching", []event{sees(online()), turned(ListPage)}},
	{"list-empty", inList(nil)},
	{"list-long", inList(longDay(40), moved(PageDown), moved(Down))},
	{"list-search", inList(dayOf(), pressed('5'), pressed('8'))},
	{"list-nothing-found", inList(dayOf(), pressed('7'), pressed('7'), pressed('7'))},
	{"list-failed", []event{sees(online()), turned(ListPage), listed{no: 1, err: desk.ErrUnreachable}}},
	{"line-final", inList(dayOf(), opened("T000017-1-57"))},
	{"line-provisional", inList(dayOf(), opened("T000017-1-56"))},
	{"line-disputed", inList(dayOf(), opened("T000017-1-52"))},
	{"line-refused", inList(dayOf(), opened("T000017-1-53"))},
	{"line-reversed", inList(dayOf(), opened("T000017-1-54"))},
	{"line-voided", inList(dayOf(), opened("T000017-1-55"))},
	{"line-waiting", inList(dayOf(), opened("T000017-1-58"))},
	{"line-void-asked", inList(dayOf(), opened("T000017-1-57"), undo(Asked))},
	{"line-voiding", inList(dayOf(), opened("T000017-1-57"), undo(Asked), undo(Sent))},
}

// withPrinter is a till at which slips can be printed.
func withPrinter(v desk.View) desk.View {
	v.Devices = []desk.Device{{Kind: desk.PrinterDevice, Name: "/dev/usb/lp0", Connected: true}}
	return v
}

// noPaper is what the desk says of a printer without paper.
var noPaper = &desk.Error{Status: 503, Text: voucher.Text{Zh: "打印机 /dev/usb/lp0 缺纸：请换上纸卷、合上盖子，再打印", En: "Printer /dev/usb/lp0 is out of paper: put in a roll, close the cover and print again"}}

// numbered is the answer that the desk gives to a sale.
func soldNo(n int) event { return hears(saleAt(n, "final", 5800, 1000, ui.Details{}).Answer) }

var printScenes = []sceneOf{
	{"print", []event{sees(withPrinter(online())), soldNo(59)}},
	{"print-under-way", []event{sees(withPrinter(online())), soldNo(59), printWanted{}}},
	{"print-done", []event{sees(withPrinter(online())), soldNo(59), printWanted{}, printed{of: "T000017-1-59"}}},
	{"print-failed", []event{sees(withPrinter(online())), soldNo(59), printWanted{}, printed{"T000017-1-59", noPaper}}},
	{"print-failed-later", []event{sees(withPrinter(online())), soldNo(59), printWanted{}, touched{}, printed{"T000017-1-59", noPaper}}},
	{"print-provisional", []event{sees(withPrinter(cutOff())), hears(saleAt(59, "provisional", 21000, 5000, ui.Details{}).Answer)}},
	{"print-void", []event{sees(withPrinter(online())), hears(saleAt(59, "voided", 5800, 1000, ui.Details{}).Answer)}},
	{"print-line", inList(dayOf(), sees(withPrinter(online())), opened("T000017-1-57"))},
	{"print-line-failed", inList(dayOf(), sees(withPrinter(online())), opened("T000017-1-57"), printWanted{}, printed{"T000017-1-57", noPaper})},
}

// shiftOf is a shift with some of everything.
func shiftOf(number int) desk.Shift {
	sum := func(n int, bill, face voucher.Fen) desk.Sum { return desk.Sum{Count: n, Bill: bill, Face: face} }
	return desk.Shift{Number: number, From: noon.Add(-4 * time.Hour), First: "T000017-1-11", Last: "T000017-1-58",
		Tiers: []desk.TierSum{
			{Tier: "supermarket-10", Name: voucher.Text{Zh: "商超 满 ¥50.00 减 ¥10.00", En: "supermarket, ¥10.00 off from ¥50.00"}, Sum: sum(31, 214500, 31000)},
			{Tier: "supermarket-20", Name: voucher.Text{Zh: "商超 满 ¥100.00 减 ¥20.00", En: "supermarket, ¥20.00 off from ¥100.00"}, Sum: sum(9, 121000, 18000)},
			{Tier: "supermarket-50", Name: voucher.Text{Zh: "商超 满 ¥200.00 减 ¥50.00", En: "supermarket, ¥50.00 off from ¥200.00"}, Sum: sum(4, 91000, 20000)},
		},
		Standing: sum(44, 426500, 69000), Final: sum(41, 401000, 63000), Provisional: sum(3, 25500, 6000), Voided: sum(2, 11000, 2000), Disputed: sum(1, 13900, 2000),
		Hub: desk.Difference{Count: 3, Face: 6000, Text: voucher.Text{Zh: "有 3 笔还没有得到中心确认。", En: "3 sales are not confirmed by the hub yet."},
			Next: voucher.Text{Zh: "联网后会自动确认；请保持开机联网。", En: "They will be once the line is up; keep this PC on and online."}}}
}

// agreed is the same shift with nothing open.
func agreed(s desk.Shift) desk.Shift {
	s.Final, s.Provisional, s.Disputed = s.Standing, desk.Sum{}, desk.Sum{}
	s.Hub = desk.Difference{Text: voucher.Text{Zh: "本机与中心的数字一致。", En: "Till and hub agree."}}
	return s
}

// differing is the longest that the agent says about till and hub.
func differing(s desk.Shift) desk.Shift {
	s.Hub = desk.Difference{Count: 15, Face: 47000, Text: voucher.Text{Zh: "有 2 笔与中心不一致，由活动办公室处理；另有 13 笔等待上报，中心自 2023-12-11 12:16 起联系不上。",
		En: "2 differ from the hub's records, and the campaign office decides; 13 more wait to be reported; the hub has been out of reach since 2023-12-11 12:16."},
		Next: voucher.Text{Zh: "请留好这几笔的小票，不要再找顾客，并联系活动办公室。", En: "Keep their slips, do not go back to the customers, and call the campaign office."}}
	return s
}

func shutAt(s desk.Shift, hours int) desk.Shift {
	until := noon.Add(-time.Duration(hours) * time.Hour)
	s.From, s.Until = until.Add(-8*time.Hour), &until
	return s
}

// manyTiers is a shift of a campaign with many kinds of vouchers, each of them as large as it can be.
func manyTiers() desk.Shift {
	s := agreed(shiftOf(9999))
	s.Tiers = nil
	for i := range 12 {
		s.Tiers = append(s.Tiers, desk.TierSum{Tier: voucher.TierID(fmt.Sprint("dining-", i)), Name: voucher.Text{Zh: fmt.Sprintf("加油站 满 ¥%d00.00 减 ¥%d0.00", i+2, i+2), En: fmt.Sprintf("petrol station, ¥%d0.00 off from ¥%d00.00", i+2, i+2)},
			Sum: desk.Sum{Count: 9999, Face: 100000000}})
	}
	s.Standing = desk.Sum{Count: 119988, Face: 1200000000}
	return s
}

// pastShifts are n closed ones, the newest first.
func pastShifts(n int) []desk.Shift {
	var out []desk.Shift
	for i := range n {
		out = append(out, shutAt(agreed(shiftOf(n-i)), 4+12*i))
	}
	return out
}

// laterShifts has one of which the hub has confirmed what it had not at the close.
func laterShifts() []desk.Shift {
	past := pastShifts(11)
	s := shutAt(shiftOf(11), 4)
	later := desk.Later{Standing: s.Standing, Final: s.Standing, Voided: s.Voided, Disputed: s.Disputed}
	s.Hub, s.Later = agreed(s).Hub, &later
	past[0] = s
	return past
}

func inShift(s desk.Shift, then ...event) []event {
	return append([]event{sees(online()), turned(ShiftPage), reckoned{no: 1, shift: s}}, then...)
}

var shiftScenes = []sceneOf{
	{"shift", inShift(shiftOf(12))},
	{"shift-agrees", inShift(agreed(shiftOf(12)))},
	{"shift-empty", inShift(desk.Shift{Number: 1, Hub: agreed(shiftOf(1)).Hub})},
	{"shift-differs", inShift(differing(shiftOf(12)))},
	{"shift-many-tiers", inShift(manyTiers())},
	{"shift-close-asked", inShift(shiftOf(12), closeAsked(true))},
	{"shift-closing", inShift(shiftOf(12), closeAsked(true), closeSent{})},
	{"shift-closed", inShift(shiftOf(12), closeAsked(true), closeSent{}, shut{shift: shutAt(shiftOf(12), 0)})},
	{"shift-close-failed", inShift(shiftOf(12), closeAsked(true), closeSent{}, shut{err: desk.ErrUnreachable})},
	{"shifts-past", inShift(shiftOf(12), lookBack{}, remembered{no: 1, past: pastShifts(11)}, moved(Down))},
	{"shifts-none", inShift(shiftOf(1), lookBack{}, remembered{no: 1})},
	{"shift-later", inShift(shiftOf(12), lookBack{}, remembered{no: 1, past: laterShifts()}, looked(11))},
	{"shift-of-before", inShift(shiftOf(12), lookBack{}, remembered{no: 1, past: pastShifts(11)}, looked(10))},
}

func inPractice(v desk.View) desk.View {
	v.Practice = true
	return v
}

// playedAs is an answer of practice.
func playedAs(a voucher.Answer, r voucher.Reason, bill, face voucher.Fen, d ui.Details) event {
	out := reply(a, r, bill, face, d)
	out.Practice = true
	return hears(out)
}

var practiceScenes = []sceneOf{
	{"practice-ask", []event{sees(online()), turned(PracticePage)}},
	{"practice-not-allowed", []event{sees(noPractice(online())), turned(PracticePage)}},
	{"practice-end-ask", []event{sees(inPractice(online())), turned(PracticePage)}},
	{"practice-ready", []event{sees(inPractice(billed(online(), 5800, "typed")))}},
	{"practice-ready-after-a-sale", []event{sees(inPractice(online())), playedAs(voucher.Final, voucher.OK, 5800, 1000, ui.Details{}), touched{}}},
	{"practice-waiting", []event{sees(inPractice(billed(online(), 5800, "typed"))), sees(busy(inPractice(billed(online(), 5800, "typed"))))}},
	{"practice-final", []event{sees(inPractice(online())), playedAs(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})}},
	{"practice-provisional", []event{sees(inPractice(online())), playedAs(voucher.Provisional, voucher.OK, 5800, 1000, ui.Details{Bears: voucher.MerchantBears})}},
	{"practice-refused", []event{sees(inPractice(online())), playedAs(voucher.Refused, voucher.BelowThreshold, 4200, 1000, ui.Details{Threshold: 5000})}},
	{"practice-again", []event{sees(inPractice(online())), playedAs(voucher.ScanAgain, voucher.DamagedScan, 5800, 0, ui.Details{})}},
	{"practice-list", append([]event{sees(inPractice(online()))}, inList(dayOf())[1:]...)},
	{"practice-settings", unlocked(sees(inPractice(online())))},
	{"practice-shift", inShift(shiftOf(12), sees(inPractice(online())))},
	{"practice-offline", []event{sees(inPractice(troubled()))}},
}

func noPractice(v desk.View) desk.View {
	v.Settings.Practice = false
	return v
}

func noPIN(v desk.View) desk.View {
	v.Settings.PINSet = false
	return v
}

func digits(s string) []event {
	var out []event
	for _, r := range s {
		out = append(out, pressed(r))
	}
	return out
}

// unlocked opens the settings.
func unlocked(then ...event) []event {
	out := append([]event{sees(online()), turned(PINPage)}, digits(rightPIN)...)
	return append(append(out, pinDone{}, pinChecked{pin: rightPIN}), then...)
}

var errPIN = &desk.Error{Status: 403, Text: voucher.Text{Zh: "PIN 不对，还可以试 4 次。", En: "The PIN is wrong; 4 tries are left."}}

var settingsScenes = []sceneOf{
	{"pin", []event{sees(online()), turned(PINPage)}},
	{"pin-typed", append([]event{sees(online()), turned(PINPage)}, digits("24681012")...)},
	{"pin-short", append([]event{sees(online()), turned(PINPage)}, append(digits("246"), pinDone{})...)},
	{"pin-wrong", append([]event{sees(online()), turned(PINPage)}, append(digits("111111"), pinDone{}, pinChecked{pin: "111111", err: errPIN})...)},
	{"pin-none", []event{sees(noPIN(online())), turned(PINPage)}},
	{"settings", unlocked()},
	{"settings-offline", append(unlocked(sees(troubled())), moved(Down))},
	{"settings-pin-new", unlocked(pinWanted{})},
	{"settings-pin-twice", unlocked(append(append([]event{pinWanted{}}, digits("135790")...), pinDone{})...)},
	{"settings-pin-differs", unlocked(append(append(append(append([]event{pinWanted{}}, digits("135790")...), pinDone{}), digits("135799")...), pinDone{})...)},
	{"settings-pin-changed", unlocked(append(append(append(append([]event{pinWanted{}}, digits("135790")...), pinDone{}), digits("135790")...), pinDone{}, pinChanged{next: "135790"})...)},
	{"settings-failed", unlocked(set("louder"), now{err: errors.New("no")})},
}

// refusalScenes has one for every reason that is none of the named scenes above.
func refusalScenes() []sceneOf {
	var out []sceneOf
	for _, r := range voucher.Reasons() {
		answer, face := voucher.Refused, voucher.Fen(1000)
		switch r {
		case voucher.OK:
			continue
		case voucher.DamagedScan, voucher.PaymentCode, voucher.GoodsBarcode, voucher.OtherCode:
			answer, face = voucher.ScanAgain, 0
		}
		d := ui.Details{Threshold: 10000, Trade: voucher.Dining, From: noon.Add(48 * time.Hour), Until: noon.Add(-48 * time.Hour), Masked: "69****45"}
		out = append(out, sceneOf{"answer-" + r.String(), []event{sees(billed(online(), 5800, "typed")), hears(reply(answer, r, 5800, face, d))}})
	}
	return out
}

// warningCodes are all that the house knows.
var warningCodes = []string{ui.WarnHubSilent, ui.WarnScanner, ui.WarnLeaseLow, ui.WarnLeaseEnded, ui.WarnClock, ui.WarnDiskFull, ui.WarnJournal, ui.WarnFrozen, ui.WarnRevoked,
	ui.WarnSuspended, ui.WarnQueueOld, ui.WarnNoCampaign, ui.WarnOlder, ui.WarnLarge, ui.WarnUnproven, ui.WarnSettings, ui.WarnShifts, ui.WarnNoShifts, ui.WarnDevice}

func warningScenes() []sceneOf {
	var out []sceneOf
	for _, code := range warningCodes {
		v := billed(online(), 5800, "typed")
		v.Warnings = []desk.Warning{warning(code, "", noon.Add(-26*time.Hour))}
		out = append(out, sceneOf{"warning-" + code, []event{sees(v)}})
	}
	return out
}
