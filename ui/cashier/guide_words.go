package cashier

import (
	"fmt"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// guide are the words of the technician's guide.
var guide = guideWords{
	open:  tx("安装向导", "Set up this till"),
	title: tx("安装向导", "Set up this till"),
	next:  tx("下一步", "Next"),

	checkStep:  tx("检查电脑", "Check this PC"),
	fitStep:    tx("设备", "Devices"),
	tryStep:    tx("试扫", "Try scanning"),
	laneStep:   tx("通道测试", "Lane test"),
	acceptStep: tx("验收", "Acceptance"),

	checking:   tx("正在检查这台电脑，最多 15 秒。", "Checking this PC; up to 15 s."),
	checkAgain: tx("重新检查", "Check again"),
	unchecked:  tx("还没有检查。请按“重新检查”。", "Not checked. Press “Check again”."),
	fine:       tx("正常", "Fine"),
	worse:      tx("注意", "Look"),
	bad:        tx("不合格", "Fails"),

	looking:    tx("正在查找设备…", "Looking for devices…"),
	lookAgain:  tx("重新查找", "Look again"),
	noDevices:  tx("没有找到扫码枪或打印机。请插好，再按“重新查找”。按键盘口工作的扫码枪不用设置，直接试扫。", "No scanner and no printer was found. Plug one in and press “Look again”. A scanner that types like a keyboard needs no setting up: try it."),
	isSet:      tx("已设置", "Set up"),
	isNotSet:   tx("未设置", "Not set up"),
	isAway:     tx("没有插好", "Not there"),
	busy:       tx("被占用", "In use"),
	putIn:      tx("点一下，开始使用", "Touch to use it"),
	takeAway:   tx("点一下，不再使用", "Touch to stop using it"),
	fixed:      tx("要改请改配置文件", "Changed in the file only"),
	kept:       tx("已保存。", "Saved."),
	keptLater:  tx("已保存，重启核销服务（或电脑）后生效。", "Saved; it holds once the agent (or the PC) was restarted."),
	restart:    tx("有改动要重启核销服务（或电脑）后才生效。", "Some changes hold only once the agent (or the PC) was restarted."),
	saving:     tx("正在保存…", "Saving…"),
	serial:     tx("扫码枪（串口）", "Scanner, serial"),
	evdev:      tx("扫码枪（键盘口，独占）", "Scanner, keyboard, held alone"),
	hidpos:     tx("扫码枪（HID POS）", "Scanner, HID POS"),
	rawinput:   tx("扫码枪（键盘口）", "Scanner, keyboard"),
	camera:     tx("摄像头", "Camera"),
	printer:    tx("小票打印机", "Slip printer"),
	display:    tx("客显监听", "Customer display, listened to"),
	passOn:     tx("其他码转给 POS", "Other codes go on to the POS"),
	tryHow:     tx("扫任何码都行：券、付款码、商品条码。", "Scan anything: a voucher, a payment code, goods."),
	tryFree:    tx("没有设金额，什么都不会核销。", "No amount is set, so nothing is redeemed."),
	tryBill:    tx("现在有金额，扫到好券会真的核销！请先清除金额。", "An amount is set, and a good voucher would really be redeemed! Clear it first."),
	noBill:     tx("清除金额", "Clear the amount"),
	heardFrom:  tx("已读到", "It reads"),
	heardNot:   tx("还没有读到", "Not yet"),
	heardNone:  tx("还没有扫到任何码", "Nothing was scanned yet"),
	heardHow:   tx("没有反应：看扫码枪的灯亮不亮，换一个 USB 口，再看上一步里有没有设置它。", "If nothing happens: look at the scanner's light, try another USB port, and see whether it is set up in the step before."),
	asKeyboard: tx("键盘口扫码枪", "A scanner that types"),
	damagedNext: tx("总是这样：把扫码枪改成键盘英文、回车结尾，或改用串口（USB-COM）模式。",
		"If it stays so: set the scanner to an English keyboard with Enter at the end, or to serial (USB COM) mode."),
	heardVoucher: tx("消费券", "Voucher"),
	heardPayment: tx("付款码", "Payment code"),
	heardGoods:   tx("商品条码", "Goods barcode"),
	heardOther:   tx("其他码", "Another code"),
	heardDamaged: tx("没有扫完整", "Damaged on the way"),

	laneHow:   tx("用一张零元测试券走完整条路：扫码枪、中心、记录、撤销。不收款，不影响顾客。", "A voucher that is worth nothing goes the whole way: scanner, hub, record, void. Nothing is collected and no customer is touched."),
	laneBegin: tx("开始通道测试", "Begin the lane test"),
	laneAgain: tx("再测一次", "Test again"),
	laneEnd:   tx("停止测试", "End the test"),
	laneScan:  tx("请扫这个码", "Scan this code"),
	lanePass:  tx("通过", "Passed"),
	laneOver:  tx("没有通过", "Not passed"),
	laneEnded: tx("已停止", "Ended"),
	lanePrint: tx("打印测试小票", "Print the test slip"),
	laneAsk:   tx("正在问中心…", "Asking the hub…"),

	name:      tx("技术员姓名", "Technician's name"),
	remark:    tx("备注（可不填）", "Remark, if any"),
	nameHow:   tx("用键盘输入（可用拼音输入法、可粘贴），或点下面的字母", "Type it (an input method and pasting work), or touch the letters"),
	accept:    tx("签字验收", "Sign and accept"),
	signing:   tx("正在再检查一遍并签字，最多 15 秒。", "Checking once more and signing; up to 15 s."),
	despite:   tx("带着问题验收", "Accept in spite of it"),
	badNow:    tx("不合格的检查：", "Checks that fail: "),
	laneFirst: tx("一小时内没有通过的通道测试，请先做通道测试。", "No lane test has passed within the hour; do the lane test first."),
	nameFirst: tx("请先输入技术员姓名。", "Type the technician's name first."),
	badFirst:  tx("还有不合格的检查。请先排除，或点“带着问题验收”。", "Checks fail. Put them right, or touch “Accept in spite of it”."),
	accepted:  tx("已验收", "Accepted"),
	record:    tx("验收记录号", "Record"),
	hubHas:    tx("中心已收到", "The hub has it"),
	hubWaits:  tx("等待中心收到，联网后会自动送达", "Waiting for the hub; it goes there by itself once the line is up"),
	hubNot:    tx("中心没有查到这次通道测试，请重新做通道测试再验收", "The hub does not find the lane test; do the lane test again and accept anew"),
	before:    tx("上次验收：", "Accepted before: "),
	pinElsewhere: tx("PIN 在别处改过了：请按 F8，或回到收银再进设置，输入新的 PIN。",
		"The PIN was changed elsewhere: press F8, or go back to the sale and open the settings, and type the new one."),
	ready: tx("通道测试已通过，可以验收。", "The lane test has passed; the till may be accepted."),
	space: tx("空格", "Space"),
}

type guideWords struct {
	open, title, next                                                 voucher.Text
	checkStep, fitStep, tryStep, laneStep, acceptStep                 voucher.Text
	checking, checkAgain, unchecked, fine, worse, bad                 voucher.Text
	looking, lookAgain, noDevices, isSet, isNotSet, isAway, busy      voucher.Text
	putIn, takeAway, fixed, kept, keptLater, restart, saving          voucher.Text
	serial, evdev, hidpos, rawinput, camera, printer, display, passOn voucher.Text
	tryHow, tryFree, tryBill, noBill, heardFrom, heardNot, heardNone  voucher.Text
	heardHow, asKeyboard, damagedNext                                 voucher.Text
	heardVoucher, heardPayment, heardGoods, heardOther, heardDamaged  voucher.Text
	laneHow, laneBegin, laneAgain, laneEnd, laneScan                  voucher.Text
	lanePass, laneOver, laneEnded, lanePrint, laneAsk                 voucher.Text
	name, remark, nameHow, accept, signing, despite, badNow           voucher.Text
	laneFirst, nameFirst, badFirst, accepted, record                  voucher.Text
	hubHas, hubWaits, hubNot, before, pinElsewhere, ready, space      voucher.Text
}

// steps are the names of the steps, in their order.
func (g guideWords) steps() []voucher.Text {
	return []voucher.Text{g.checkStep, g.fitStep, g.tryStep, g.laneStep, g.acceptStep}
}

// inFile says where devices are written that cannot be chosen here.
func (g guideWords) inFile(file string) voucher.Text {
	return tx("客显监听和转给 POS 要在 "+file+" 里改，改完重启核销服务。", "The display and what goes on to the POS are changed in "+file+"; then restart the agent.")
}

// deviceKind is what a device is.
func (g guideWords) deviceKind(kind string) voucher.Text {
	switch kind {
	case "evdev":
		return g.evdev
	case "hidpos":
		return g.hidpos
	case "rawinput":
		return g.rawinput
	case "camera":
		return g.camera
	case desk.PrinterDevice:
		return g.printer
	case desk.DisplayDevice:
		return g.display
	case desk.PassOnDevice:
		return g.passOn
	}
	return g.serial
}

func bytesLong(n int, lang string) string {
	switch {
	case lang == "zh":
		return fmt.Sprintf("%d 字节", n)
	case n == 1:
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// bareKeys warns of a keyboard that is found where scanners are.
var bareKeys = tx("像是普通键盘：设成扫码枪后它就不能打字了", "looks like a plain keyboard: set up as a scanner, it types no more")

// usedBy says which program holds a device.
func usedBy(program, lang string) string {
	if lang == "zh" {
		return "被 " + program + " 占用，请先关掉它"
	}
	return "held by " + program + "; close that first"
}
