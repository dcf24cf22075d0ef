package sound_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui/cashier/sound"
)

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name   string
		a      desk.Answer
		zh, en string
	}{
		{"final", desk.Answer{Answer: voucher.Final, Bill: 5800, Face: 1000, Pay: 4800}, "核销成功，应收四十八元", "Redeemed, forty-eight yuan to pay."},
		{"provisional", desk.Answer{Answer: voucher.Provisional, Pay: 4850}, "离线受理，应收四十八元五角", "Accepted offline, forty-eight yuan and fifty fen to pay."},
		{"refused", desk.Answer{Answer: voucher.Refused, Reason: voucher.AlreadyRedeemed, Pay: 5800}, "此券已经用过。", "This voucher has been used already."},
		{"scan again", desk.Answer{Answer: voucher.ScanAgain, Reason: voucher.DamagedScan}, "请重扫，没有扫完整。", "Scan again. The scan is incomplete."},
		{"voided", desk.Answer{Answer: voucher.Final, Voided: true, Pay: 5800}, "已撤销，券已退回。", "Voided; the voucher is given back."},
		{"practice", desk.Answer{Answer: voucher.Final, Pay: 4000, Practice: true}, "练习：核销成功，应收四十元", "Practice. Redeemed, forty yuan to pay."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if zh, en := sound.Sentence(c.a, "zh"), sound.Sentence(c.a, "en"); zh != c.zh || en != c.en {
				t.Errorf("%q, %q; want %q, %q", zh, en, c.zh, c.en)
			}
		})
	}
}

// A voice reads figures and signs in its own way, and a long sentence holds the queue up.
func TestEveryRefusalIsShortAndWithoutFigures(t *testing.T) {
	figures := regexp.MustCompile(`[0-9¥*]`)
	for _, r := range voucher.Reasons() {
		if r == voucher.OK {
			continue
		}
		for _, answer := range []voucher.Answer{voucher.Refused, voucher.ScanAgain} {
			a := desk.Answer{Answer: answer, Reason: r, Bill: 5800, Face: 1000, Pay: 5800, At: time.Now(), Redemption: "T000001-1-2"}
			zh, en := sound.Sentence(a, "zh"), sound.Sentence(a, "en")
			if figures.MatchString(zh+en) || zh == "" || en == "" || len([]rune(zh)) > 50 || len(strings.Fields(en)) > 30 {
				t.Errorf("%s: %q, %q", r, zh, en)
			}
		}
	}
}
