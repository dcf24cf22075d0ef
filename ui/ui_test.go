package ui_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

func TestYuan(t *testing.T) {
	for _, c := range []struct {
		name   string
		fen    voucher.Fen
		zh, en string
	}{
		{"a whole amount has its two decimals", 5800, "¥58.00", "¥58.00"},
		{"nothing is nothing", 0, "¥0.00", "¥0.00"},
		{"one fen", 1, "¥0.01", "¥0.01"},
		{"below zero the sign stands before the mark", -5, "-¥0.05", "-¥0.05"},
		{"English parts thousands", 123_456_789, "¥1234567.89", "¥1,234,567.89"},
		{"a hundred thousand", 100_000_00, "¥100000.00", "¥100,000.00"},
		{"the lowest amount there is", -1 << 63, "-¥92233720368547758.08", "-¥92,233,720,368,547,758.08"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if zh, en := ui.Yuan(c.fen, "zh"), ui.Yuan(c.fen, "en"); zh != c.zh || en != c.en {
				t.Errorf("Yuan(%d) = %q, %q, want %q, %q", int64(c.fen), zh, en, c.zh, c.en)
			}
		})
	}
}

func TestAmountTellsTheThreeFaultsApart(t *testing.T) {
	said := map[voucher.Text]string{}
	for _, typed := range []string{"5O", "0", "1000000.01"} {
		_, err := voucher.ParseYuan(typed)
		if err == nil {
			t.Fatalf("%q was taken", typed)
		}
		s := ui.Amount(err)
		speaks(t, "amount "+typed, s)
		if other, twice := said[s]; twice {
			t.Errorf("%q and %q get the same sentence", typed, other)
		}
		said[s] = typed
	}
	if ui.Amount(errors.New("anything")) != ui.Amount(voucher.ErrNotMoney) {
		t.Error("another error is not said as no amount")
	}
}

func full(a voucher.Answer) ui.Details {
	day := time.Date(2023, 12, 11, 9, 30, 0, 0, time.FixedZone("", 8*3600))
	return ui.Details{Answer: a, Bears: voucher.MerchantBears, Bill: 5800, Face: 1000, Threshold: 10000, Trade: voucher.Dining,
		From: day, Until: day.AddDate(0, 0, 7), Used: day, UsedBill: 12300, Code: voucher.Text{Zh: "支付宝付款码", En: "Alipay payment code"}, Masked: "28****1234"}
}

// Every reason has its own words in both languages, with and without its figures.
func TestEveryReasonIsSaid(t *testing.T) {
	for _, r := range voucher.Reasons() {
		for name, d := range map[string]ui.Details{"bare": {}, "full": full(voucher.Final), "disk full": {DiskFull: true}, "unproven": {Unproven: true}, "stopping": {Stopping: true}, "practice": {Practice: true}, "void in practice": {Void: true, Practice: true}, "void": {Void: true},
			"void provisional": {Void: true, Answer: voucher.Provisional}, "replaced": {Replaced: true}, "in doubt": {Replaced: true, Case: 7}} {
			s := ui.Sentence(r, d)
			speaks(t, r.String()+" "+name+" message", s.Message)
			speaks(t, r.String()+" "+name+" next", s.Next)
			if r != voucher.OK && strings.Contains(s.Message.Zh, r.String()) {
				t.Errorf("%s %s is said by its name: %q", r, name, s.Message)
			}
			if r != voucher.OK && strings.Contains(s.Message.En, "¥0.00") {
				t.Errorf("%s %s names a figure that it does not have: %q", r, name, s.Message.En)
			}
		}
	}
}

func TestReasonsAreToldApart(t *testing.T) {
	said := map[voucher.Text]voucher.Reason{}
	for _, r := range voucher.Reasons() {
		m := ui.Sentence(r, ui.Details{}).Message
		if other, twice := said[m]; twice {
			t.Errorf("%s and %s have the same sentence", r, other)
		}
		said[m] = r
	}
}

func TestAReasonOfALaterVersionIsSaidByItsName(t *testing.T) {
	s := ui.Sentence(voucher.Reason(999), ui.Details{})
	if !strings.Contains(s.Message.Zh, "reason_999") || !strings.Contains(s.Message.En, "reason_999") {
		t.Errorf("%q", s.Message)
	}
	speaks(t, "next", s.Next)
}

func TestSentencesNameTheirFigures(t *testing.T) {
	with := func(a voucher.Answer, change func(*ui.Details)) ui.Details {
		d := full(a)
		change(&d)
		return d
	}
	for _, c := range []struct {
		name   string
		reason voucher.Reason
		d      ui.Details
		zh, en []string
	}{
		{"final names what is off and what to collect", voucher.OK, full(voucher.Final), []string{"减 ¥10.00", "收款 ¥48.00"}, []string{"¥10.00 off", "Collect ¥48.00"}},
		{"provisional says that the shop bears it", voucher.OK, full(voucher.Provisional), []string{"离线受理", "由本店承担", "¥48.00"}, []string{"offline", "the shop bears it", "¥48.00"}},
		{"provisional at the fund's risk does not speak of the shop", voucher.OK, with(voucher.Provisional, func(d *ui.Details) { d.Bears = voucher.FundBears }), []string{"联网后确认。"}, []string{"will confirm it later"}},
		{"a bill below the face value leaves nothing to collect", voucher.OK, with(voucher.Final, func(d *ui.Details) { d.Bill = 100 }), []string{"收款 ¥0.00"}, []string{"Collect ¥0.00"}},
		{"what is missing to the threshold", voucher.BelowThreshold, full(""), []string{"满 ¥100.00", "还差 ¥42.00"}, []string{"¥100.00", "¥42.00 short"}},
		{"when it was used at this till", voucher.AlreadyRedeemed, full(""), []string{"2023-12-11 09:30", "¥123.00"}, []string{"2023-12-11 09:30", "this till", "¥123.00"}},
		{"the last minute that was good, not the first that is not", voucher.Expired, full(""), []string{"2023-12-18 09:29"}, []string{"2023-12-18 09:29"}},
		{"from when on", voucher.NotYetValid, full(""), []string{"2023-12-11 09:30"}, []string{"2023-12-11 09:30"}},
		{"the trade it is for", voucher.WrongTrade, full(""), []string{"餐饮"}, []string{"restaurant"}},
		{"a payment code by its name, masked", voucher.PaymentCode, full(""), []string{"支付宝付款码 28****1234"}, []string{"Alipay payment code 28****1234"}},
		{"a picture without a code", voucher.DamagedScan, ui.Details{NoCode: true}, []string{"没有找到二维码", "占图片的大部分"}, []string{"No QR code was found", "large in the picture"}},
		{"a picture with several vouchers", voucher.DamagedScan, ui.Details{Several: 3}, []string{"3 张不同的消费券", "裁剪"}, []string{"3 different vouchers", "crop"}},
		{"a full disk", voucher.JournalFailed, ui.Details{DiskFull: true}, []string{"磁盘已满"}, []string{"disk is full"}},
		{"a journal made again", voucher.JournalFailed, ui.Details{Unproven: true}, []string{"日志曾损坏", "联上中心"}, []string{"was damaged", "once the hub is there"}},
		{"a case that was opened", voucher.AlreadyRedeemed, ui.Details{Replaced: true, Case: 12}, []string{"12 号", "已经用过"}, []string{"case 12", "used already"}},
		{"an offline one that did not stand", voucher.Expired, ui.Details{Replaced: true}, []string{"没有通过", "过期"}, []string{"did not stand", "expired"}},
		{"an offline one that was confirmed", voucher.OK, ui.Details{Replaced: true, Answer: voucher.Final, Face: 1000}, []string{"已确认"}, []string{"confirmed"}},
		{"a void brings the full bill back", voucher.OK, ui.Details{Void: true, Answer: voucher.Final, Bill: 5800}, []string{"已撤销", "¥58.00"}, []string{"Voided", "¥58.00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ui.Sentence(c.reason, c.d)
			contains(t, s.Message.Zh+s.Next.Zh, c.zh)
			contains(t, s.Message.En+" "+s.Next.En, c.en)
		})
	}
}

func TestWarningsAreSaid(t *testing.T) {
	for _, code := range []string{ui.WarnHubSilent, ui.WarnScanner, ui.WarnLeaseLow, ui.WarnLeaseEnded, ui.WarnClock, ui.WarnDiskFull,
		ui.WarnJournal, ui.WarnFrozen, ui.WarnRevoked, ui.WarnSuspended, ui.WarnQueueOld, ui.WarnNoCampaign, ui.WarnOlder, ui.WarnUnproven, ui.WarnLarge,
		ui.WarnSettings, ui.WarnShifts, ui.WarnNoShifts, ui.WarnDevice} {
		s, ok := ui.Warning(code, "")
		if !ok {
			t.Errorf("%s is not known", code)
		}
		speaks(t, code, s.Message)
		speaks(t, code+" next", s.Next)
	}
	if s, _ := ui.Warning(ui.WarnScanner, "/dev/ttyUSB0"); !strings.Contains(s.Message.Zh, "/dev/ttyUSB0") || !strings.Contains(s.Message.En, "/dev/ttyUSB0") {
		t.Errorf("the scanner is not named: %q", s.Message)
	}
	if _, ok := ui.Warning("nothing", ""); ok {
		t.Error("an unknown code is taken for known")
	}
}

func TestWords(t *testing.T) {
	for _, a := range []voucher.Answer{voucher.Final, voucher.Provisional, voucher.Refused, voucher.ScanAgain} {
		speaks(t, string(a), ui.Title(a))
	}
	for _, s := range []string{"final", "provisional", "disputed", "refused", "reversed", "voided", "waiting"} {
		speaks(t, s, ui.State(s))
	}
	if got := ui.State("later"); got != (voucher.Text{Zh: "later", En: "later"}) {
		t.Errorf("an unknown state is %q", got)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name, asked string
		env         map[string]string
		want        string
	}{
		{"what was asked for goes first", "en", map[string]string{"LANG": "zh_CN.UTF-8"}, "en"},
		{"a Chinese system", "", map[string]string{"LANG": "zh_CN.UTF-8"}, "zh"},
		{"LC_ALL goes before LANG", "", map[string]string{"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"},
		{"nothing set", "", nil, "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ui.Language(c.asked, func(k string) string { return c.env[k] })
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	if _, err := ui.Language("fr", func(string) string { return "" }); err == nil {
		t.Error("fr was taken")
	}
}

var hanzi = regexp.MustCompile(`\p{Han}`)

// speaks checks that a text is there in both languages, each in its own.
func speaks(t *testing.T, what string, s voucher.Text) {
	t.Helper()
	if !hanzi.MatchString(s.Zh) {
		t.Errorf("%s has no Chinese: %q", what, s.Zh)
	}
	if s.En == "" || hanzi.MatchString(s.En) {
		t.Errorf("%s has no English: %q", what, s.En)
	}
}

func contains(t *testing.T, s string, want []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(s, w) {
			t.Errorf("%q does not say %q", s, w)
		}
	}
}
