package cashier

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// guided opens the guide at a step.
func guidedTo(at Step, then ...event) []event {
	return append(unlocked(guided{}, examined{no: 1, found: findings()}, seen{no: 1, setup: benchOf()}, stepTo(at)), then...)
}

// findings are as the agent's doctor says them.
func findings() []desk.Finding {
	ok := func(check, zh, en string) desk.Finding {
		return desk.Finding{Check: check, State: desk.Fine, Text: tx(zh, en)}
	}
	return []desk.Finding{
		ok("system", "Windows 10 22H2（64 位），已开机 3 天。", "Windows 10 22H2 (64 bit), up for 3 days."),
		{Check: "clock", State: desk.Bad, Text: tx("电脑时钟比中心慢 3 小时 12 分，离线时不能受理。", "This PC's clock is 3 h 12 min behind the hub's; nothing can be accepted offline."),
			Next: tx("打开系统的时间设置，选“自动设置时间”，再重新检查。", "Open the system's time settings, choose “set time automatically”, then check again.")},
		ok("disk", "磁盘还有 41 GB，写一次 3 毫秒。", "41 GB free on the disk; one durable write takes 3 ms."),
		{Check: "ime", State: desk.Worse, Text: tx("输入法“微软拼音”开着，键盘口扫码枪的码会被它改掉。", "The input method “Microsoft Pinyin” is on, and what a typing scanner sends is changed by it."),
			Next: tx("把输入法切到英文，或把扫码枪改成串口模式。", "Switch the input method to English, or the scanner to serial mode.")},
		ok("hub", "中心 hub.example.gov.cn 可达，证书有效到 2024-06-30。", "The hub hub.example.gov.cn answers; its certificate is good until 2024-06-30."),
		ok("queue", "没有等待上报的记录。", "No record waits for the hub."),
	}
}

func allFine() []desk.Finding {
	var out []desk.Finding
	for _, f := range findings() {
		if f.State == desk.Fine {
			out = append(out, f)
		}
	}
	return out
}

const (
	gunUSB = "usb:1a86:7523"
	hidUSB = "usb:0c2e:0901:21153B4F2A"
)

// benchOf is a till with one scanner set up and another one plugged in.
func benchOf() desk.Setup {
	return desk.Setup{
		Found: []desk.Found{
			{Kind: "evdev", Address: "usb:046d:c31c", Path: "/dev/input/event3", Name: "Logitech USB Keyboard"},
			{Kind: "serial", Address: gunUSB, Path: "/dev/ttyUSB0", Name: "USB2.0-Ser!", SetUp: "/dev/ttyUSB0", Likely: true},
			{Kind: "hidpos", Address: hidUSB, Path: "/dev/hidraw2", Name: "Honeywell 1950g", Likely: true},
			{Kind: desk.PrinterDevice, Address: "/dev/usb/lp0", Path: "/dev/usb/lp0", Name: "POS-58", Likely: true},
			{Kind: "serial", Address: "/dev/ttyS0", Path: "/dev/ttyS0", InUseBy: "pos.exe (4711)"},
		},
		DeviceSetup: desk.DeviceSetup{
			Scanners: []desk.ScannerSetup{{Path: gunUSB, Name: "/dev/ttyUSB0"}, {Kind: "hidpos", Path: "usb:05e0:1701", Name: "收银台二"}},
			Display:  &desk.DisplaySetup{From: "COM5", To: "COM2"},
		},
		File: "/etc/hexiao/agent.toml",
	}
}

func fixedBench() desk.Setup {
	s := benchOf()
	s.Fixed = tx("服务启动时用 --scanner 指定了扫码枪，这里改不了；请去掉 --scanner，改写在 /etc/hexiao/agent.toml 里，再重启服务。",
		"The agent was started with --scanner, so nothing can be changed here; leave --scanner out, write the scanners into /etc/hexiao/agent.toml and restart the agent.")
	return s
}

func restartBench() desk.Setup {
	s := benchOf()
	s.Printer, s.Restart = &desk.PrinterSetup{To: "/dev/usb/lp0"}, true
	s.Found[3].SetUp = "/dev/usb/lp0"
	return s
}

// scans are heard.
func heardOf(device, kind, masked string, bytes int) event {
	h := desk.Heard{Device: device, At: noon, Bytes: bytes, Masked: masked, Kind: kind}
	return desk.Event{Type: desk.HeardEvent, Heard: &h}
}

var missingBill = reply(voucher.Refused, voucher.BillMissing, 0, 0, ui.Details{})

// qr is a picture like that of a code: the windows are told apart by it, and nobody scans it.
func qr() []byte {
	m := image.NewGray(image.Rect(0, 0, 45, 45))
	for y := range 45 {
		for x := range 45 {
			if v := uint8(255); x > 3 && y > 3 && x < 41 && y < 41 && (x*7+y*13+x*y)%5 < 2 {
				m.SetGray(x, y, color.Gray{})
			} else {
				m.SetGray(x, y, color.Gray{v})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// laneOf is a lane test of which so many steps are done.
func laneOf(done int, state string) desk.Lane {
	begun := noon.Add(-time.Minute)
	l := desk.Lane{State: state, Begun: &begun, Steps: []desk.LaneStep{}, Ready: state == desk.LanePassed}
	for i, name := range []string{desk.LaneCode, desk.LaneScan, desk.LaneAnswer, desk.LaneRecord, desk.LaneVoid} {
		s := desk.LaneStep{Name: name, State: desk.LaneTodo}
		switch {
		case i < done:
			s.State, s.MS = desk.LaneDone, int64(120+i*340)
		case i == done && state == desk.LaneRunning:
			s.State = desk.LaneNow
		case i == done:
			s.State = desk.LaneFailed
		}
		l.Steps = append(l.Steps, s.Say(desk.LaneDetails{Scanner: "/dev/ttyUSB0", Answer: desk.Said{Message: tx("中心没有回应。", "The hub did not answer.")}}))
	}
	if done > 1 {
		l.Redemption = "T000017-1-60"
	}
	return l
}

func pictured(l desk.Lane) desk.Lane {
	l.PNG = qr()
	return l
}

// laned is a view with a lane test.
func laned(l desk.Lane) event {
	v := online()
	v.Lane = &l
	return sees(v)
}

func laneAccepted(state string) desk.Lane {
	l := laneOf(5, desk.LanePassed)
	l.Accepted = &desk.Accepted{Record: "T000017-1-61", Technician: "王小明", Note: "前台左边那台", Lane: "T000017-1-60", At: noon, State: state}
	return l
}

func acceptedView(state string) event {
	v, l := online(), laneAccepted(state)
	v.Accepted, v.Lane = l.Accepted, &l
	return sees(v)
}

func spelled(s string) []event {
	var out []event
	for _, r := range s {
		out = append(out, wrote(r))
	}
	return out
}

var passed = laned(laneOf(5, desk.LanePassed))

var guideScenes = []sceneOf{
	{"guide-checking", unlocked(guided{})},
	{"guide-check", guidedTo(CheckStep)},
	{"guide-check-more", guidedTo(CheckStep, moved(PageDown))},
	{"guide-check-failed", unlocked(guided{}, examined{no: 1, err: desk.ErrUnreachable})},
	{"guide-looking", unlocked(guided{}, stepTo(FitStep))},
	{"guide-fit", guidedTo(FitStep)},
	{"guide-fit-more", guidedTo(FitStep, moved(PageDown))},
	{"guide-fit-none", unlocked(guided{}, seen{no: 1}, stepTo(FitStep))},
	{"guide-fit-fixed", unlocked(guided{}, seen{no: 1, setup: fixedBench()}, stepTo(FitStep))},
	{"guide-fit-refused", guidedTo(FitStep, fit("hidpos "+hidUSB), fitted{err: &desk.Error{Status: 409, Text: fixedBench().Fixed}})},
	{"guide-fit-kept", guidedTo(FitStep, fit("printer /dev/usb/lp0"), fitted{setup: restartBench()})},
	{"guide-fit-saving", guidedTo(FitStep, fit("printer /dev/usb/lp0"))},
	{"guide-fit-in-the-file", guidedTo(FitStep, fit("display COM5"))},
	{"guide-try", guidedTo(TryStep)},
	{"guide-try-heard", guidedTo(TryStep, heardOf("/dev/ttyUSB0", "goods_barcode", "69****45", 13), heardOf("/dev/ttyUSB0", "payment_code", "28****1234", 18),
		hears(missingBill), heardOf("window", "damaged_scan", "HX****", 41))},
	{"guide-try-billed", guidedTo(TryStep, sees(billed(online(), 5800, "pos")), heardOf("/dev/ttyUSB0", desk.VoucherHeard, "HX1A****DC", 118))},
	{"guide-lane", guidedTo(LaneStep)},
	{"guide-lane-code", guidedTo(LaneStep, laneWanted(true), laneNow{lane: laneOf(0, desk.LaneRunning)})},
	{"guide-lane-scan", guidedTo(LaneStep, laneWanted(true), laneNow{lane: pictured(laneOf(1, desk.LaneRunning))}, laned(laneOf(1, desk.LaneRunning)))},
	{"guide-lane-other", guidedTo(LaneStep, laneWanted(true), laneNow{lane: pictured(laneOf(1, desk.LaneRunning))}, laned(laneOf(1, desk.LaneRunning)),
		hears(reply(voucher.ScanAgain, voucher.PaymentCode, 0, 0, ui.Details{Code: voucher.Text{Zh: "支付宝付款码", En: "Alipay payment code"}, Masked: "28****1234"})))},
	{"guide-lane-record", guidedTo(LaneStep, laned(laneOf(3, desk.LaneRunning)))},
	{"guide-lane-passed", guidedTo(LaneStep, passed)},
	{"guide-lane-failed", guidedTo(LaneStep, laned(laneOf(2, desk.LaneOver)))},
	{"guide-lane-practising", guidedTo(LaneStep, laneWanted(true), laneNow{err: &desk.Error{Status: 409, Text: tx("本机正在练习，不能做通道测试；请先结束练习。", "This till is practising, so no lane test was begun; end practice first.")}})},
	{"guide-accept-untested", guidedTo(AcceptStep)},
	{"guide-accept", unlocked(append([]event{passed, guided{}, examined{no: 1, found: allFine()}, stepTo(AcceptStep)}, spelled("王小明")...)...)},
	{"guide-accept-failing", guidedTo(AcceptStep, append(append([]event{passed}, spelled("王小明")...), fielded(1), wrote('前'), despite{})...)},
	{"guide-accept-nameless", guidedTo(AcceptStep, passed, signed{})},
	{"guide-accept-signing", guidedTo(AcceptStep, append(append([]event{passed, despite{}}, spelled("王小明")...), signed{})...)},
	{"guide-accepted", guidedTo(AcceptStep, append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{lane: laneAccepted("waiting")})...)},
	{"guide-accepted-acked", guidedTo(AcceptStep, append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{lane: laneAccepted("waiting")}, acceptedView("acked"))...)},
}
