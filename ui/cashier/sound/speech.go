package sound

import (
	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// Sentence is what is spoken of an answer in "zh" or "en": the word of the answer and the sum to pay, or why not. It
// bears no figures but that sum: they stand on the screen.
func Sentence(a desk.Answer, lang string) string {
	said := sentence(a)
	if a.Practice {
		said = voucher.Text{Zh: "练习：" + said.Zh, En: "Practice. " + said.En}
	}
	return said.In(lang)
}

func sentence(a desk.Answer) voucher.Text {
	accepted := a.Answer == voucher.Final || a.Answer == voucher.Provisional
	switch {
	case a.Voided: // its own sentence has no figures
		return ui.Sentence(a.Reason, ui.Details{Answer: a.Answer, Void: true}).Message
	case accepted:
		word := ui.Title(a.Answer)
		return voucher.Text{Zh: word.Zh + "，应收" + chinese(a.Pay), En: word.En + ", " + english(a.Pay) + " to pay."}
	}
	why := ui.Sentence(a.Reason, ui.Details{}).Message
	if a.Answer == voucher.ScanAgain {
		word := ui.Title(a.Answer)
		return voucher.Text{Zh: word.Zh + "，" + why.Zh, En: word.En + ". " + why.En}
	}
	return why
}
