package desk_test

import (
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestAnAnswerSpeaksOutOfItsOwnFigures(t *testing.T) {
	a := desk.Answer{Answer: voucher.Provisional, Bill: 5800, Face: 1000, Pay: 4800, Risk: voucher.MerchantBears}.Say(desk.Details{})
	if !strings.Contains(a.Message.En, "the shop bears it") || !strings.Contains(a.Next.Zh, "¥48.00") {
		t.Errorf("%q %q", a.Message, a.Next)
	}
	a = desk.Answer{Answer: voucher.Final, Voided: true, Bill: 5800}.Say(desk.Details{})
	if !strings.Contains(a.Message.Zh, "已撤销") || !strings.Contains(a.Next.En, "¥58.00") {
		t.Errorf("%q %q", a.Message, a.Next)
	}
	a = desk.Answer{Answer: voucher.Final, Replaced: true, Face: 1000}.Say(desk.Details{})
	if !strings.Contains(a.Message.Zh, "已确认") {
		t.Errorf("%q", a.Message)
	}
}

func TestAWarningNamesItsThing(t *testing.T) {
	since := time.Unix(1700000000, 0)
	w := desk.NewWarning(desk.WarnScanner, "/dev/ttyUSB0", since)
	if w.Code != "scanner_unplugged" || !w.Since.Equal(since) || !strings.Contains(w.Text.En, "/dev/ttyUSB0") || w.Next.Zh == "" {
		t.Errorf("%+v", w)
	}
}
