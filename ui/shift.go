package ui

import (
	"strconv"
	"time"

	"hexiao/hub/voucher"
)

// Tier is how people call a tier: its trade, and what it takes off from which bill on.
func Tier(trade voucher.Trade, face, threshold voucher.Fen) voucher.Text {
	of, off, from := Trade(trade), yuan(face), yuan(threshold)
	return text(of.Zh+" 满 "+from.Zh+" 减 "+off.Zh, of.En+", "+off.En+" off from "+from.En)
}

// OtherTier is a tier that the campaign in force does not name any more.
func OtherTier() voucher.Text { return text("其他券", "other vouchers") }

// Compared is how what a till showed as accepted stands against what the hub has confirmed.
type Compared struct {
	Against int       // redemptions of which the hub has spoken, and not as the till showed them
	Waiting int       // redemptions of which the hub has not heard or spoken of everything
	Online  bool      // the line to the hub stands
	Silent  time.Time // else since when, in the campaign's zone; zero when the hub was never there
	Kept    bool      // the till no longer holds these redemptions: the figures are those of the closing
}

// Compare says the comparison in one sentence, and what to do; nothing when they agree.
func Compare(c Compared) Said {
	if c.Kept {
		return Said{text("本机已不再保存这一班的核销，差额是交班时的数。", "This till no longer holds that shift's redemptions; the difference is as it was at the close."),
			text("要核对现在的数，请联系活动办公室。", "For today's figures call the campaign office.")}
	}
	switch {
	case c.Against > 0 && c.Waiting > 0:
		n, m := strconv.Itoa(c.Against), strconv.Itoa(c.Waiting)
		return Said{text("有 "+n+" 笔与中心不一致，由活动办公室处理；另有 "+m+" 笔等待上报"+silentZh(c)+"。",
			n+verb(c.Against, " differs", " differ")+" from the hub's records, and the campaign office decides; "+m+verb(c.Waiting, " more waits", " more wait")+" to be reported"+silentEn(c)+"."), askOffice}
	case c.Against > 0:
		n := strconv.Itoa(c.Against)
		return Said{text("有 "+n+" 笔与中心不一致，由活动办公室处理。", n+verb(c.Against, " differs", " differ")+" from the hub's records, and the campaign office decides."), askOffice}
	case c.Waiting > 0:
		n := strconv.Itoa(c.Waiting)
		return Said{text("有 "+n+" 笔等待上报"+silentZh(c)+"。", n+verb(c.Waiting, " waits", " wait")+" to be reported"+silentEn(c)+"."),
			text("联网后会自动上报，不影响交班。", "They are reported by themselves once the line is there; closing the shift need not wait for it.")}
	}
	return Said{Message: text("本机与中心一致。", "Till and hub agree.")}
}

var askOffice = text("请留好这几笔的小票，不要再找顾客，并联系活动办公室。", "Keep their slips, do not go back to the customers, and call the campaign office.")

func silentZh(c Compared) string {
	switch {
	case c.Online:
		return ""
	case c.Silent.IsZero():
		return "，还没有联系上中心"
	}
	return "，中心自 " + minute(c.Silent) + " 起联系不上"
}

func silentEn(c Compared) string {
	switch {
	case c.Online:
		return ""
	case c.Silent.IsZero():
		return "; the hub has not been reached yet"
	}
	return "; the hub has been silent since " + minute(c.Silent)
}

// verb is an English verb behind a number.
func verb(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
