package ui

import (
	"strconv"

	"hexiao/hub/voucher"
)

// The steps of a lane test, in their order, and how a step stands.
const (
	LaneCode   = "code"   // the hub gives a lane voucher
	LaneScan   = "scan"   // a scanner reads it
	LaneAnswer = "answer" // the hub redeems it: FINAL
	LaneRecord = "record" // the hub's signed word is on this till's disk
	LaneVoid   = "void"   // the redemption is voided, and the hub has undone it
	LanePrint  = "print"  // a slip of it is printed, where there is a printer; nothing waits for it

	LaneTodo   = "todo"
	LaneNow    = "now"
	LaneDone   = "done"
	LaneFailed = "failed"
)

// LaneTier is what a lane voucher is called where tiers are.
func LaneTier() voucher.Text { return text("通道测试", "Lane test") }

// Lane are the figures of a step's sentences.
type Lane struct {
	Step, State string
	Scanner     string // that read the code; "window" for what was typed there
	MS          int64  // how long the step took; 0: not measured, because the agent was started anew in between
	Offline     bool   // the hub is not there
	Old         bool   // the hub is of a version that knows no lane test
	Ended       bool   // the voucher's hour is over
	Answer      Said   // of LaneAnswer and LaneVoid that failed: the answer to the scan, or to the void
	Refused     voucher.Reason
}

// SayLane says how a step stands, and what to do when it stays so; the second is empty where nothing is to be done.
func SayLane(l Lane) Said {
	switch l.State {
	case LaneTodo:
		return Said{Message: laneTitle(l.Step)}
	case LaneDone:
		return Said{Message: laneDone(l)}
	case LaneFailed:
		return laneFailed(l)
	}
	return laneNow(l)
}

func laneTitle(step string) voucher.Text {
	switch step {
	case LaneCode:
		return text("向中心要测试码", "Get a test code from the hub")
	case LaneScan:
		return text("用扫码枪扫测试码", "Scan the test code with the scanner")
	case LaneAnswer:
		return text("中心核销", "The hub redeems it")
	case LaneRecord:
		return text("中心签收记录", "The hub signs for the record")
	case LaneVoid:
		return text("撤销测试核销", "Void the test redemption")
	}
	return text("打印测试小票", "Print a slip of it")
}

func laneDone(l Lane) voucher.Text {
	var t voucher.Text
	switch l.Step {
	case LaneCode:
		t = text("测试码已到", "The test code is here")
	case LaneScan:
		t = text("已扫到："+l.Scanner, "Read by "+l.Scanner)
		switch l.Scanner {
		case "window":
			t = text("已在窗口里输入", "Typed into the window")
		case "pos":
			t = text("收银系统送来", "Sent by the POS")
		case "":
			t = text("已扫到", "Read")
		}
	case LaneAnswer:
		t = text("核销成功（FINAL）", "Redeemed (FINAL)")
	case LaneRecord:
		t = text("中心已签收", "The hub has signed for it")
	case LaneVoid:
		t = text("撤销成功", "Voided")
	default:
		t = text("已打印", "Printed")
	}
	if l.MS > 0 {
		ms := strconv.FormatInt(l.MS, 10)
		t = text(t.Zh+"，用时 "+ms+" 毫秒", t.En+", in "+ms+" ms")
	}
	return text(t.Zh+"。", t.En+".")
}

// laneNow is the step that something is awaited of.
func laneNow(l Lane) Said {
	waits := text("超过十秒没有变化，请检查网线、路由器和中心地址（hexiao-agent doctor）。", "If nothing changes within ten seconds, check the cable, the router and the hub's address (hexiao-agent doctor).")
	offline := text("通道测试必须联网：请先接通网络，会自动继续。", "A lane test needs the hub: get the line up, and it goes on by itself.")
	switch {
	case l.Offline && l.Step != LaneScan && l.Step != LanePrint:
		return Said{text("联系不上中心。", "The hub cannot be reached."), offline}
	case l.Step == LaneCode:
		return Said{text("正在向中心要测试码。", "Getting a test code from the hub."), waits}
	case l.Step == LaneScan:
		return Said{text("请用扫码枪扫测试码（屏幕上的，或用手机拍下来的）。", "Scan the test code with the scanner, from the screen or from a phone's photograph of it."),
			text("没有反应：看扫码枪的灯，换一个 USB 口，再看扫码枪设置；扫出别的内容会另有提示。", "If nothing happens: look at the scanner's light, try another USB port, then the scanner's settings. Anything else that it reads is answered as ever.")}
	case l.Step == LaneAnswer:
		return Said{text("已扫到，等待中心核销。", "Read; the hub's answer is awaited."), waits}
	case l.Step == LaneRecord:
		return Said{text("等待中心签收记录。", "The hub's signature for the record is awaited."), waits}
	case l.Step == LaneVoid:
		return Said{text("正在撤销测试核销。", "The test redemption is being voided."), waits}
	}
	return Said{text("可以打印一张测试小票，核对中文和裁纸。", "A slip can be printed now: look at its Chinese and at the cut."),
		text("没有打印机或不需要小票，可以不做。", "Without a printer, or a need for slips, leave it.")}
}

func laneFailed(l Lane) Said {
	again := text("请排除后重新开始通道测试。", "Put that right, then begin the lane test anew.")
	switch {
	case l.Old:
		return Said{text("中心的程序较旧，没有通道测试。", "The hub's program is of an earlier version, without a lane test."), text("请联系活动办公室升级中心。", "Ask the campaign office to update the hub.")}
	case l.Ended:
		return Said{text("测试码已过期（有效一小时）。", "The test code has ended; it is good for an hour."), text("请重新开始通道测试。", "Begin the lane test anew.")}
	case l.Step == LaneCode:
		said := refusal(l.Refused, Details{})
		return Said{text("中心没有给测试码："+said.Message.Zh, "The hub gave no test code: "+said.Message.En), again}
	}
	return Said{or(l.Answer.Message, text("这一步没有成功。", "This step did not succeed.")), again}
}

var noMoney = text("这是测试，不收款，不影响顾客的券。", "It is a test: nothing is collected, and no customer's voucher is touched.")

// sayLaneVoucher: what differs of a refused lane voucher.
func sayLaneVoucher(r voucher.Reason, d Details) (Said, bool) {
	anew := text("要再测一次，请重新开始通道测试。", "To test again, begin the lane test anew.")
	switch r {
	case voucher.AlreadyRedeemed:
		return Said{text("这个测试码已经用过。", "This test code has been used already."), anew}, true
	case voucher.Expired:
		return Said{text("这个测试码已过期"+opt("，有效期到 ", minute(before(d.Until)), "")+"。", "This test code has expired"+opt("; it was valid until ", minute(before(d.Until)), "")+"."), anew}, true
	case voucher.UnknownVoucher:
		return Said{text("中心没有发过这个测试码。", "The hub never gave out this test code."), anew}, true
	}
	return Said{}, false
}
