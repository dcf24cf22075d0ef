package ui

import (
	"strconv"
	"time"

	"hexiao/hub/voucher"
)

// sayScan: the scan itself is no whole voucher.
func sayScan(r voucher.Reason, d Details) (Said, bool) {
	again := text("请让顾客打开消费券的二维码，再扫一次。", "Ask the customer to open the voucher's QR code and scan again.")
	masked := d.Masked
	if masked != "" {
		masked = " " + masked
	}
	switch {
	case r == voucher.DamagedScan && d.NoCode:
		return Said{text("图片里没有找到二维码。", "No QR code was found in the picture."),
			text("请让二维码完整、清楚，占图片的大部分，再试一次；或直接用扫码枪扫。", "Let the QR code be whole, sharp and large in the picture and try again, or scan it with the scanner.")}, true
	case r == voucher.DamagedScan && d.Several > 0:
		n := strconv.Itoa(d.Several)
		return Said{text("画面里有 "+n+" 张不同的消费券，一次只能用一张。没有核销。", "The picture shows "+n+" different vouchers; one is used at a time. Nothing was redeemed."),
			text("请只出示要用的那一张；图片请裁剪到只剩那一张，再试一次。", "Show only the one that is to be used, or crop the picture to it, and try again.")}, true
	}
	switch r {
	case voucher.DamagedScan:
		if d.Code != (voucher.Text{}) {
			return Said{text("这是"+d.Code.Zh+"。", "This is "+d.Code.En+"."), text("请切换到英文输入，再扫一次。", "Switch to English input and scan again.")}, true
		}
		return Said{text("没有扫完整。", "The scan is incomplete."),
			text("请把手机屏幕调亮、拿稳，再扫一次。", "Brighten the phone's screen, hold it still, and scan again.")}, true
	case voucher.PaymentCode:
		name := or(d.Code, text("付款码", "payment code"))
		return Said{text("这是"+name.Zh+masked+"，不是消费券。没有扣款。", "This is a payment code ("+name.En+masked+"), not a voucher. Nothing was charged."), again}, true
	case voucher.GoodsBarcode:
		return Said{text("这是商品条码"+masked+"，不是消费券。", "This is the barcode of goods"+masked+", not a voucher."), again}, true
	case voucher.OtherCode:
		if d.Code != (voucher.Text{}) {
			return Said{text("这是"+d.Code.Zh+"。", "This is "+d.Code.En+"."), callSupport}, true
		}
		return Said{text("这不是消费券"+masked+"。", "This is not a voucher"+masked+"."), again}, true
	}
	return Said{}, false
}

// sayVoucher: the voucher, or the bill it is to be used against.
func sayVoucher(r voucher.Reason, d Details) (Said, bool) {
	if d.Lane {
		if said, ok := sayLaneVoucher(r, d); ok {
			return said, true
		}
	}
	switch r {
	case voucher.BelowThreshold:
		return belowThreshold(d), true
	case voucher.BillMissing:
		return Said{text("还没有本单金额。", "There is no amount for this bill yet."), text("先输入金额，再扫券。", "Enter the amount, then scan the voucher.")}, true
	case voucher.AlreadyRedeemed:
		if d.Elsewhere {
			return Said{text("此券已在别处用过（时间不详）。", "This voucher was used at another till already (when is not known here)."), withoutVoucher}, true
		}
		if d.Used.IsZero() {
			return Said{text("此券已经用过。", "This voucher has been used already."), withoutVoucher}, true
		}
		at, bill := minute(d.Used), yuan(d.UsedBill)
		return Said{text("此券已于 "+at+" 在本机用过，那一单 "+bill.Zh+"。", "This voucher was used at this till already, on "+at+", for a bill of "+bill.En+"."),
			text("如果就是这一单，已经减过了；否则请换一张券，或不用券收款。", "If that was this very bill, it is done; otherwise try another voucher, or take payment without one.")}, true
	case voucher.UnknownVoucher:
		return Said{text("查不到此券，不是本次活动的券。", "This voucher is not known in this campaign."), withoutVoucher}, true
	case voucher.Forged:
		return Said{text("此券是假的，不是活动发出的。", "This voucher is false: the campaign did not issue it."),
			text("不要收此券；请告诉店长和活动办公室。", "Do not take it; tell the manager and the campaign office.")}, true
	case voucher.NotYetValid:
		return Said{text("此券还没到使用时间"+opt("，从 ", minute(d.From), " 起可用")+"。", "This voucher is not valid yet"+opt("; it is from ", minute(d.From), " on")+"."), withoutVoucher}, true
	case voucher.Expired:
		// A phase ends just before its End: the last minute that was good is the one to name.
		last := minute(before(d.Until))
		return Said{text("此券已过期"+opt("，有效期到 ", last, "")+"。", "This voucher has expired"+opt("; it was valid until ", last, "")+"."), withoutVoucher}, true
	case voucher.VoucherRevoked:
		return Said{text("此券已被活动方收回。", "The campaign has taken this voucher back."), withoutVoucher}, true
	case voucher.OutOfStock:
		return Said{text("此种券的名额已经用完。", "All vouchers of this kind have been used up."), withoutVoucher}, true
	case voucher.OtherTerminal:
		return Said{text("这是另一台终端的通道测试码，本机不能用。", "This is the lane test's code of another till; it is no good here."),
			text("请扫本机屏幕上的测试码；顾客的券不会是这样。", "Scan the code on this till's own screen; no customer has such a code.")}, true
	case voucher.LaneLimit:
		return Said{text("本机今天做的通道测试太多，中心今天不再给测试码。", "This till has had too many lane tests today; the hub gives it no more codes today."),
			text("请明天再测；如果没有人做过这么多次，请告诉活动办公室。", "Test again tomorrow; if nobody did so many, tell the campaign office.")}, true
	case voucher.PersonLimit:
		return Said{text("这位顾客的此类券已经用满。", "This customer has used all vouchers of this kind that one person may use."), withoutVoucher}, true
	}
	return Said{}, false
}

func belowThreshold(d Details) Said {
	need, bill, short := yuan(d.Threshold), yuan(d.Bill), yuan(d.Threshold-d.Bill)
	if d.Threshold <= d.Bill { // nothing to name
		return Said{text("本单没有满足此券的门槛。", "The bill is below what this voucher asks for."), withoutVoucher}
	}
	return Said{
		text("此券满 "+need.Zh+" 可用，本单 "+bill.Zh+"，还差 "+short.Zh+"。", "This voucher needs a bill of "+need.En+"; this one is "+bill.En+", "+short.En+" short."),
		text("顾客可以再选 "+short.Zh+" 的商品后重扫，或不用券收款。", "The customer may add "+short.En+" of goods and scan again, or pay without the voucher."),
	}
}

// sayPlace: the shop, its trade, the place and the terminal's standing.
func sayPlace(r voucher.Reason, d Details) (Said, bool) {
	switch r {
	case voucher.WrongTrade:
		t := Trade(d.Trade)
		if d.Trade == "" {
			return Said{text("此券不能在本店这类商户使用。", "This voucher is not for this kind of shop."), withoutVoucher}, true
		}
		return Said{text("此券只能在"+t.Zh+"使用。", "This voucher is for a "+t.En+" only."), withoutVoucher}, true
	case voucher.OutsideArea:
		return Said{text("本机不在活动区域内。", "This till stands outside the campaign's area."), callOffice}, true
	case voucher.MerchantNotActive:
		return Said{text("本店现在不能核销。", "This shop may not redeem at present."), callOffice}, true
	case voucher.TerminalIsRevoked:
		return Said{text("本机已被停用，不能核销。", "This till has been shut out and may not redeem."), callOffice}, true
	case voucher.TerminalIsFrozen:
		return Said{text("本机已被暂停，等候中心处理。", "This till is on hold until the hub's staff have looked at it."), callOffice}, true
	case voucher.NoCampaign:
		return Said{text("本机还没有收到活动规则。", "This till has not received the campaign's rules yet."),
			text("请检查网络，等中心在线后再扫；先不用券收款。", "Check the network and scan again when the hub is online; until then take payment without vouchers.")}, true
	}
	return Said{}, false
}

// sayTill: the line, the clock, the disk and the till's own state.
func sayTill(r voucher.Reason, d Details) (Said, bool) {
	later := text("请稍后再扫，或不用券收款。", "Scan again later, or take payment without the voucher.")
	switch r {
	case voucher.HubSilent:
		return Said{text("中心没有回应，此券没有核销。", "The hub did not answer; the voucher was not redeemed."), later}, true
	case voucher.OfflineLimit:
		return Said{text("联系不上中心，本机的离线额度也不够了。", "The hub cannot be reached, and this till may accept no more without it."), later}, true
	case voucher.ClockUntrusted:
		return Said{text("联系不上中心，本机的时间又不准，不能离线受理。", "The hub cannot be reached and this PC's clock is wrong, so nothing can be accepted offline."),
			text("请把电脑时间改成现在的北京时间，或等联网后再扫。", "Set the PC's clock to the present Beijing time, or scan again when the line is back.")}, true
	case voucher.Busy:
		if d.Stopping {
			return Said{text("本机的核销服务正在停止，没有核销。", "The agent on this PC is stopping; nothing was redeemed."), later}, true
		}
		if d.Practice {
			return Said{text("本机正在练习，没有核销任何券。", "This till is practising; no voucher was redeemed."),
				text("要用真券，请先在窗口结束练习，再扫一次。", "To use a real voucher, end practice in the window first, then scan again.")}, true
		}
		return Said{text("上一张还在处理，这一张没有受理。", "The scan before is still being dealt with; this one was not taken."),
			text("等结果出来再扫。", "Wait for its answer, then scan again.")}, true
	case voucher.JournalFailed:
		if d.DiskFull {
			return Said{text("本机磁盘已满，没有核销。", "This PC's disk is full; nothing was redeemed."),
				text("请清理磁盘后再扫；先不用券收款。", "Free some disk space and scan again; until then take payment without vouchers.")}, true
		}
		if d.Unproven {
			return Said{text("本机的日志曾损坏，正等中心核对，没有核销。", "This till's journal was damaged and waits to be compared with the hub; nothing was redeemed."),
				text("请检查网络，联上中心后再扫；先不用券收款。", "Check the network and scan again once the hub is there; until then take payment without vouchers.")}, true
		}
		return Said{text("本机磁盘写入失败，没有核销。", "This PC could not write to its disk; nothing was redeemed."), callSupport}, true
	case voucher.WrittenOff:
		return Said{text("本机的离线额度已被中心注销。", "The hub has written off what this till may accept offline."), callOffice}, true
	case voucher.Unreadable:
		return Said{text("中心看不懂本机的这条记录，已原样保留。", "The hub cannot read this till's record; it is kept as it came."), callSupport}, true
	}
	return Said{}, false
}

func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04")
}

func before(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Nanosecond)
}

// opt puts a value between two pieces of a sentence, or leaves all three out.
func opt(head, value, tail string) string {
	if value == "" {
		return ""
	}
	return head + value + tail
}

func or(t, instead voucher.Text) voucher.Text {
	if t == (voucher.Text{}) {
		return instead
	}
	return t
}
