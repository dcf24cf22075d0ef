package cashier

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hexiao/agent/desk"
	"hexiao/drivers/wedge"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// The sentences below are the house's own (package ui), so that the pictures show what a cashier reads.

var noon = time.Date(2023, 12, 11, 12, 30, 15, 0, time.Local)

func online() desk.View {
	until := noon.Add(6 * time.Hour)
	return desk.View{Terminal: "T000017", Merchant: "鲁山县尧山镇惠民生活超市", Campaign: voucher.Text{Zh: "“冬日送暖”消费券 · 第 1 期", En: "Winter Warmth vouchers · phase 1"},
		Hub: desk.Hub{Online: true, Since: noon.Add(-3 * time.Hour)}, Scanners: []desk.Scanner{{Name: "/dev/ttyUSB0", Connected: true}},
		Lease: desk.Lease{Count: 50, Sum: 100000, Until: &until}, Version: "0.1.0", Settings: desk.Settings{Lang: "zh", Volume: 70, TextSize: 100, Practice: true, PINSet: true}}
}

func cutOff() desk.View {
	v := online()
	oldest := noon.Add(-12 * time.Minute)
	v.Hub = desk.Hub{Since: noon.Add(-14 * time.Minute)}
	v.Queued, v.Oldest = 3, &oldest
	v.Lease.Count, v.Lease.Sum = 47, 95000
	v.Warnings = []desk.Warning{warning(ui.WarnHubSilent, "", noon.Add(-14*time.Minute))}
	return v
}

func warning(code, subject string, at time.Time) desk.Warning {
	said, _ := ui.Warning(code, subject)
	return desk.Warning{Code: code, Since: at, Text: said.Message, Next: said.Next}
}

// reply is an answer as the agent gives it.
func reply(a voucher.Answer, r voucher.Reason, bill, face voucher.Fen, d ui.Details) desk.Answer {
	d.Answer, d.Bill, d.Face = a, bill, face
	said := ui.Sentence(r, d)
	out := desk.Answer{Answer: a, Reason: r, Bill: bill, Face: face, Pay: bill, Message: said.Message, Next: said.Next, At: noon, Risk: d.Bears, Replaced: d.Replaced}
	if accepted(out) {
		out.Pay, out.Redemption = bill-face, "T000017-1-42"
	}
	if d.Void {
		out.Pay, out.Voided = bill, true
	}
	return out
}

// sceneOf is a state that a cashier meets, as the events that lead to it.
type sceneOf struct {
	name   string
	events []event
}

// scenes are all of them.
var scenes = slices.Concat(saleScenes, listScenes, printScenes, shiftScenes, practiceScenes, settingsScenes, guideScenes, refusalScenes(), warningScenes())

var saleScenes = []sceneOf{
	{"connecting", nil},
	{"amount-first", []event{sees(online())}},
	{"ready", []event{sees(online()), pressed('5'), pressed('8')}},
	{"ready-after-a-sale", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})), touched{}, sees(billed(online(), 12350, "pos"))}},
	{"waiting", []event{sees(billed(online(), 5800, "pos")), sees(busy(billed(online(), 5800, "pos")))}},
	{"final", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{}))}},
	{"provisional-shop", []event{sees(cutOff()), hears(reply(voucher.Provisional, voucher.OK, 21000, 5000, ui.Details{Bears: voucher.MerchantBears}))}},
	{"provisional-fund", []event{sees(cutOff()), hears(reply(voucher.Provisional, voucher.OK, 21000, 5000, ui.Details{Bears: voucher.FundBears}))}},
	{"refused", []event{sees(billed(online(), 4200, "typed")), hears(reply(voucher.Refused, voucher.BelowThreshold, 4200, 1000, ui.Details{Threshold: 5000}))}},
	{"refused-used", []event{sees(online()), hears(reply(voucher.Refused, voucher.AlreadyRedeemed, 5800, 1000, ui.Details{Used: noon.Add(-time.Hour), UsedBill: 5800}))}},
	{"again-damaged", []event{sees(billed(online(), 5800, "typed")), hears(reply(voucher.ScanAgain, voucher.DamagedScan, 5800, 0, ui.Details{}))}},
	{"again-payment", []event{sees(billed(online(), 5800, "typed")), hears(reply(voucher.ScanAgain, voucher.PaymentCode, 5800, 0, ui.Details{Code: voucher.Text{Zh: "支付宝付款码", En: "Alipay payment code"}, Masked: "28****1234"}))}},
	{"undo-asked", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})), undo(Asked)}},
	{"undone", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})), undo(Asked), undo(Sent),
		undone(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Void: true}))}},
	{"offline", []event{sees(billed(cutOff(), 5800, "display"))}},
	{"unplugged", []event{sees(unplug(online()))}},
	{"troubled", []event{sees(troubled()), pressed('1'), untaken{billTrouble, errors.New("no")}}},
	{"earlier", []event{sees(billed(online(), 5800, "pos")), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Replaced: true})),
		hears(reply(voucher.Refused, voucher.AlreadyRedeemed, 21000, 5000, ui.Details{Replaced: true}))}},
	{"earlier-over-an-answer", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 123456700, 1000, ui.Details{Replaced: true})),
		hears(reply(voucher.Final, voucher.OK, 100000000, 1000, ui.Details{})), hears(reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Replaced: true}))}},
	{"gone", []event{sees(online()), lost, ticked(noon.Add(27 * time.Second))}},
	{"gone-token", []event{wrongToken, ticked(noon.Add(5 * time.Second))}},
	{"before", []event{ticked(noon.Add(12 * time.Second)), sees(lasting(online(), redeemedNow))}},
	{"sums", []event{sees(online()), hears(reply(voucher.Final, voucher.OK, 100000000, 100000, ui.Details{}))}},
	{"pasted", []event{sees(online()), pasted("5O")}},
	{"voiding", []event{sees(online()), hears(redeemedNow), undo(Asked), undo(Sent)}},
	{"menu", []event{sees(online()), turned(MenuPage), moved(Right)}},
}

var redeemedNow = reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})

func lasting(v desk.View, a desk.Answer) desk.View {
	v.Last = &a
	return v
}

var lost = desk.Event{Type: desk.GoneEvent, Gone: &desk.Gone{Since: noon,
	Text: voucher.Text{Zh: "联系不上本机的核销服务。", En: "The agent on this PC cannot be reached."},
	Next: voucher.Text{Zh: "请稍等；一分钟后还是这样，请重启电脑或联系技术支持。", En: "Wait a little; if it stays so for a minute, restart the PC or call support."}}}

var wrongToken = desk.Event{Type: desk.GoneEvent, Gone: &desk.Gone{Since: noon,
	Text: voucher.Text{Zh: "缺少口令或口令不对；口令在数据目录的 desk.token 文件里。", En: "The token is missing or wrong; it stands in the file desk.token of the data folder."},
	Next: voucher.Text{Zh: "请联系技术支持。", En: "Call support."}}}

func sees(v desk.View) event    { return desk.Event{Type: desk.ViewEvent, View: &v} }
func hears(a desk.Answer) event { return desk.Event{Type: desk.AnswerEvent, Answer: &a} }

func billed(v desk.View, f voucher.Fen, source string) desk.View {
	v.Bill = desk.Bill{Fen: f, Source: source}
	return v
}

func busy(v desk.View) desk.View {
	v.Busy = true
	return v
}

func unplug(v desk.View) desk.View {
	v.Scanners = []desk.Scanner{{Name: "/dev/ttyUSB0", Problem: voucher.Text{Zh: "找不到扫码枪 /dev/ttyUSB0。", En: "The scanner /dev/ttyUSB0 is not there."}}}
	return v
}

func troubled() desk.View {
	v := unplug(cutOff())
	v.Scanners = append(v.Scanners, desk.Scanner{Name: "/dev/ttyACM1", Connected: true})
	v.Warnings = append(v.Warnings, warning(ui.WarnScanner, "/dev/ttyUSB0", noon.Add(-time.Minute)),
		warning(ui.WarnLeaseLow, "", noon.Add(-2*time.Minute)), warning(ui.WarnClock, "", noon.Add(-26*time.Hour)))
	v.Lease = desk.Lease{}
	return v
}

// scene folds a scene's events, as Run does.
func scene(lang string, events []event) State {
	s := State{Lang: lang, KeepLang: true, Now: noon, CanHide: true}
	for _, e := range events {
		s, _ = s.after(e)
	}
	return s
}

// newKeys is a recogniser as main makes one. The type of its framing lies in a room that the window does not know.
func newKeys() *wedge.Keys { return wedge.NewKeys("window", zero(wedge.NewKeys), wedge.Pace{}) }

func zero[F any](func(string, F, wedge.Pace) *wedge.Keys) (framing F) { return framing }

// small is the least screen that a till is sold with; the screens are laid out for it.
var small = fyne.NewSize(1024, 600)

func eventsOf(t *testing.T, name string) []event {
	for _, c := range scenes {
		if c.name == name {
			return c.events
		}
	}
	t.Fatalf("there is no scene %s", name)
	return nil
}
