package ui

import (
	"strconv"
	"time"

	"hexiao/hub/voucher"
)

// Said is what an answer tells a person: what happened, and what to do next, one short sentence or two each.
type Said struct {
	Message voucher.Text
	Next    voucher.Text
}

// Details are the figures that belong to an answer. Every field may be left out: the sentence then does without.
type Details struct {
	Answer    voucher.Answer // with reason OK: Final (also when empty) or Provisional
	Bears     voucher.Bearer // of Provisional: who bears a later loss
	Replaced  bool           // the answer replaces a PROVISIONAL one that was shown before
	Void      bool           // the answer is about undoing a redemption
	Bill      voucher.Fen
	Face      voucher.Fen // what the voucher takes off
	Threshold voucher.Fen
	Trade     voucher.Trade // the voucher's
	From      time.Time     // the voucher is valid from here, in the campaign's zone
	Until     time.Time     // until just before here
	Used      time.Time     // of a used voucher: when it was used at this very till; zero when it was used elsewhere
	UsedBill  voucher.Fen   // and for which bill
	Elsewhere bool          // of a used voucher: it was used at another till, nobody here knows when
	Code      voucher.Text  // what was scanned in place of a voucher, such as "支付宝付款码"
	Masked    string        // and its masked text
	NoCode    bool          // of DamagedScan: it was a picture, and no code was found in it
	Several   int           // of DamagedScan: it was a picture with so many different vouchers
	Case      uint64        // the case that a person must decide; 0 for none
	Kept      bool          // the hub did not take back a sale that was refused at the till
	Earlier   bool          // of a void: the redemption is of before this till's records began anew
	DiskFull  bool          // of JournalFailed
	Unproven  bool          // of JournalFailed: the journal was damaged and is not compared with the hub yet
	Stopping  bool          // of Busy: the agent is ending
	Practice  bool          // of Busy: the till practises, and what was asked is of real vouchers
	Lane      bool          // the voucher is a lane test's: nothing is bought and nothing paid
}

// Sentence says a reason in plain words. It knows every reason of the law; one that is added later and not yet known
// here is said by its name, never left empty.
func Sentence(r voucher.Reason, d Details) Said {
	switch {
	case d.Kept:
		return kept(r, d)
	case d.Void:
		return voided(r, d)
	case r == voucher.OK && d.Case == 0:
		return accepted(d)
	case d.Replaced:
		return takenBack(r, d)
	}
	return refusal(r, d)
}

func refusal(r voucher.Reason, d Details) Said {
	for _, say := range []func(voucher.Reason, Details) (Said, bool){sayScan, sayVoucher, sayPlace, sayTill} {
		if said, ok := say(r, d); ok {
			return said
		}
	}
	return Said{
		text("不能核销（"+r.String()+"）。", "Not redeemed ("+r.String()+")."),
		withoutVoucher,
	}
}

var (
	withoutVoucher = text("请换一张券，或不用券收款。", "Try another voucher, or take payment without one.")
	callOffice     = text("请联系活动办公室；这一单先不用券收款。", "Call the campaign office; take this payment without a voucher.")
	callSupport    = text("请联系技术支持；这一单先不用券收款。", "Call support; take this payment without a voucher.")
)

// accepted says FINAL and PROVISIONAL.
func accepted(d Details) Said {
	if d.Lane {
		return Said{text("通道测试成功：扫码、核销、中心登记都通。", "The lane test went through: scanner, redemption and hub."), noMoney}
	}
	face, pay := yuan(d.Face), yuan(max(d.Bill-d.Face, 0))
	collect := text("请收款 "+pay.Zh+"。", "Collect "+pay.En+".")
	switch {
	case d.Answer == voucher.Provisional && d.Bears == voucher.FundBears:
		return Said{text("离线受理，减 "+face.Zh+"，联网后确认。", "Accepted offline, "+face.En+" off; the hub will confirm it later."), collect}
	case d.Answer == voucher.Provisional:
		return Said{text("离线受理，减 "+face.Zh+"，联网后确认；若确认不了，由本店承担。",
			"Accepted offline, "+face.En+" off; if the hub does not confirm it later, the shop bears it."), collect}
	case d.Replaced:
		return Said{text("先前离线受理的一笔已确认，减 "+face.Zh+"。", "An earlier offline redemption is confirmed, "+face.En+" off."),
			text("不用再做什么。", "Nothing more to do.")}
	}
	return Said{text("核销成功，减 "+face.Zh+"。", "Redeemed, "+face.En+" off."), collect}
}

// takenBack says that a redemption shown as PROVISIONAL did not stand.
func takenBack(r voucher.Reason, d Details) Said {
	why := voucher.Text{}
	if r != voucher.OK {
		why = refusal(r, d).Message
	}
	if d.Case != 0 {
		no := strconv.FormatUint(d.Case, 10)
		return Said{text("先前离线受理的一笔有疑问，已立案 "+no+" 号。"+why.Zh, join("An earlier offline redemption is in doubt; case "+no+" is open.", why.En)),
			text("不要再找顾客；请留好小票，等候处理。", "Do not go back to the customer; keep the slip and wait for the decision.")}
	}
	return Said{text("先前离线受理的一笔没有通过。"+why.Zh, join("An earlier offline redemption did not stand.", why.En)),
		text("请留好小票并告诉店长；有疑问请联系活动办公室。", "Keep the slip and tell the manager; with questions call the campaign office.")}
}

// kept says that a sale which nobody was shown stands at the hub all the same.
func kept(r voucher.Reason, d Details) Said {
	why := refusal(r, d).Message
	opened := voucher.Text{}
	if d.Case != 0 {
		no := strconv.FormatUint(d.Case, 10)
		opened = text("已立案 "+no+" 号。", "Case "+no+" is open.")
	}
	return Said{text("先前没有核销成功的一笔，中心没有撤回。"+opened.Zh+why.Zh, join(join("The hub did not take back an earlier sale that was refused here.", opened.En), why.En)),
		text("请记下这一笔并联系活动办公室，顾客的券可能还被占着。", "Note it and call the campaign office; the customer's voucher may still be taken up.")}
}

// voided says how undoing a redemption went.
func voided(r voucher.Reason, d Details) Said {
	switch {
	case r == voucher.OK && d.Lane:
		return Said{text("通道测试的核销已撤销。", "The lane test's redemption is voided."), noMoney}
	case r == voucher.OK && d.Answer == voucher.Provisional:
		return Said{text("已撤销，联网后报告中心。", "Voided; the hub will be told when the line is back."), backToFull(d)}
	case r == voucher.OK:
		return Said{text("已撤销，券已退回。", "Voided; the voucher is given back."), backToFull(d)}
	case r == voucher.UnknownVoucher && d.Earlier:
		return Said{text("这一笔是本机重新编号以前的核销，在本机已不能撤销。", "This redemption is of before this till's records were begun anew; it cannot be voided here any more."), callOffice}
	case r == voucher.UnknownVoucher:
		return Said{text("本机没有这笔核销，或它没有成功，不用撤销。", "This till has no such redemption, or it did not succeed; there is nothing to void."),
			text("请核对核销编号。", "Check the redemption's number.")}
	case r == voucher.Busy && d.Practice:
		return Said{text("本机正在练习，没有撤销。", "This till is practising; nothing was voided."),
			text("请先结束练习，再撤销这一笔。", "End practice first, then void this one.")}
	case r == voucher.JournalFailed:
		return refusal(r, d)
	}
	return Said{text("不能撤销："+refusal(r, d).Message.Zh, "Not voided: "+refusal(r, d).Message.En), callOffice}
}

func backToFull(d Details) voucher.Text {
	full := yuan(d.Bill)
	return text("此单不再减免，应收 "+full.Zh+"。", "The bill is no longer reduced: "+full.En+" is due.")
}

func text(zh, en string) voucher.Text { return voucher.Text{Zh: zh, En: en} }

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}
