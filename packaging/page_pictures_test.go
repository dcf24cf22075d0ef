package packaging

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// misfits names what does not fit its place: text that is cut off, or something that lies outside the screen. What may be
// scrolled, and lines that end in dots on purpose (a shop's long name), may be longer.
const misfits = `(() => {
	const bad = [];
	for (const e of document.querySelectorAll("#page *")) {
		if (e.closest("[data-scroll]") && !e.matches("[data-scroll]") || e.closest("svg")) continue;
		const style = getComputedStyle(e), r = e.getBoundingClientRect();
		const what = e.tagName + "." + e.className + " " + (e.textContent || "").slice(0, 40);
		if (r.right > innerWidth + 1 || r.bottom > innerHeight + 1 || r.left < -1 || r.top < -1) bad.push("outside: " + what);
		if (e.dataset.scroll || style.display === "inline" || style.textOverflow === "ellipsis" && e.closest(".shop")) continue;
		if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) bad.push("too wide: " + what);
		if (e.scrollHeight > e.clientHeight + 3 + parseFloat(style.fontSize) / 4 && style.overflowY === "hidden" && e.clientHeight > 0) bad.push("too high: " + what);
	}
	return bad.join("\n");
})()`

// shown is one picture: how the scene comes about, on a page that has just been opened, and what it must say.
type shown struct {
	name string
	make func(t *testing.T, s *scene, p *tab)
	says map[string]string // by language; nil: nothing in particular
}

func both(zh, en string) map[string]string { return map[string]string{"zh": zh, "en": en} }

func answerScene(name string, a desk.Answer, d desk.Details) shown {
	return shown{name, func(t *testing.T, s *scene, p *tab) { s.answer(a, d) },
		map[string]string{"zh": ui.Title(a.Answer).Zh, "en": ui.Title(a.Answer).En}}
}

func good(a voucher.Answer) desk.Answer {
	return desk.Answer{Answer: a, Redemption: "T000001-1-42", Bill: 1258_00, Face: 30_00, Pay: 1228_00, Voucher: "3f0c9e5b7a214d68", Tier: "supermarket-30",
		TierName: voucher.Text{Zh: "商超 满 ¥150.00 减 ¥30.00", En: "supermarket, ¥30.00 off from ¥150.00"}}
}

var dayLines = []desk.Line{line(37, "disputed", voucher.Refused), line(38, "refused", voucher.Refused), line(39, "voided", voucher.Final),
	line(40, "final", voucher.Final), line(41, "provisional", voucher.Provisional), line(42, "final", voucher.Final)}

func line(n int, state string, a voucher.Answer) desk.Line {
	l := desk.Line{Answer: good(a), State: state}
	l.Redemption, l.Voided, l.At = fmt.Sprintf("T000001-1-%d", n), state == "voided", sceneTime.Add(time.Duration(n-42)*7*time.Minute)
	l.Bill, l.Pay, l.Order = voucher.Fen(n)*1_50, voucher.Fen(n)*1_50-10_00, fmt.Sprintf("A-%d", 1000+n)
	if a == voucher.Refused {
		l.Pay, l.Reason = l.Bill, voucher.BelowThreshold
	}
	l.Answer = l.Answer.Say(desk.Details{Threshold: 150_00})
	return l
}

func troubled(codes ...string) func(*desk.View) {
	return func(v *desk.View) {
		v.Hub, v.Queued = desk.Hub{Since: sceneTime.Add(-time.Hour)}, 7
		oldest := sceneTime.Add(-26 * time.Hour)
		v.Oldest, v.Lease.Count = &oldest, 0
		for _, c := range codes {
			v.Warnings = append(v.Warnings, desk.NewWarning(c, "", sceneTime.Add(-time.Hour)))
		}
	}
}

var pictures = []shown{
	{"ready", func(*testing.T, *scene, *tab) {}, both("先输入金额", "Enter the amount")},
	{"bill", func(t *testing.T, s *scene, p *tab) { p.key(t, "5", "8", ".", "5"); p.says(t, "¥58.50") }, both("请扫消费券", "Scan the voucher")},
	{"bill-wrong", func(t *testing.T, s *scene, p *tab) { p.key(t, "5", "O"); p.says(t, "5O") }, both("这不是金额", "not an amount")},
	{"bill-too-much", func(t *testing.T, s *scene, p *tab) { p.key(t, strings.Split("12345678", "")...) }, both("不能超过", "may not exceed")},
	{"waiting", func(t *testing.T, s *scene, p *tab) { s.set(func(v *desk.View) { v.Busy = true }) }, both("正在核销", "Redeeming")},
	answerScene("final", good(voucher.Final), desk.Details{}),
	{"provisional-shop", func(t *testing.T, s *scene, p *tab) {
		a := good(voucher.Provisional)
		a.Risk = voucher.MerchantBears
		s.answer(a, desk.Details{})
	}, both("由本店承担", "the shop bears it")},
	{"provisional-fund", func(t *testing.T, s *scene, p *tab) {
		a := good(voucher.Provisional)
		a.Risk = voucher.FundBears
		s.answer(a, desk.Details{})
	}, both("由活动资金承担", "the fund bears it")},
	answerScene("refused-threshold", desk.Answer{Answer: voucher.Refused, Reason: voucher.BelowThreshold, Bill: 42_00, Face: 10_00, Pay: 42_00}, desk.Details{Threshold: 50_00}),
	answerScene("refused-used", desk.Answer{Answer: voucher.Refused, Reason: voucher.AlreadyRedeemed, Bill: 58_00, Pay: 58_00}, desk.Details{Used: sceneTime, UsedBill: 58_00}),
	answerScene("scan-again", desk.Answer{Answer: voucher.ScanAgain, Reason: voucher.PaymentCode, Bill: 58_00, Pay: 58_00}, desk.Details{Code: voucher.Text{Zh: "支付宝付款码", En: "Alipay payment code"}, Masked: "28****5678"}),
	{"undo-asked", func(t *testing.T, s *scene, p *tab) { s.answer(good(voucher.Final), desk.Details{}); p.tap(t, "undo") }, both("要撤销这一单吗", "Void this sale?")},
	{"voided", func(t *testing.T, s *scene, p *tab) {
		s.answer(good(voucher.Final), desk.Details{})
		p.tap(t, "undo", "undo yes")
		p.until(t, "document.body.className === 'voided'")
	}, both("已撤销", "Voided")},
	{"last", func(t *testing.T, s *scene, p *tab) {
		s.answer(good(voucher.Final), desk.Details{})
		p.says(t, "1228.00")
		p.key(t, "Enter")
	}, both("上一单", "Last sale")},
	{"warnings", func(t *testing.T, s *scene, p *tab) {
		s.set(troubled(desk.WarnHubSilent, desk.WarnLeaseEnded, desk.WarnClock, desk.WarnQueueOld, desk.WarnScanner))
	}, both("还有 2 条提醒", "2 more")},
	{"long-warning", func(t *testing.T, s *scene, p *tab) {
		s.set(troubled(desk.WarnOlder, desk.WarnUnproven, desk.WarnLarge))
		p.key(t, "5", "8")
	}, both("磁盘被还原过", "its disk was put back")},
	{"news", func(t *testing.T, s *scene, p *tab) {
		a := good(voucher.Refused)
		a.Replaced, a.Reason = true, voucher.AlreadyRedeemed
		s.answer(a, desk.Details{Case: 12})
	}, both("已立案 12 号", "case 12 is open")},
	{"news-over-answer", func(t *testing.T, s *scene, p *tab) {
		s.set(troubled(desk.WarnHubSilent, desk.WarnLeaseEnded))
		a := good(voucher.Refused)
		a.Replaced, a.Reason = true, voucher.AlreadyRedeemed
		b := good(voucher.Provisional)
		b.Risk = voucher.MerchantBears
		s.answer(b, desk.Details{})
		s.answer(a, desk.Details{Case: 12})
	}, both("已立案 12 号", "case 12 is open")},
	{"list", func(t *testing.T, s *scene, p *tab) { p.key(t, "F2") }, both("T000001-1-42", "T000001-1-42")},
	{"list-asked", func(t *testing.T, s *scene, p *tab) {
		p.key(t, "F2")
		p.tap(t, "line T000001-1-41", "undo")
	}, both("要撤销这一单吗", "Void this sale?")},
	{"list-search", func(t *testing.T, s *scene, p *tab) {
		p.key(t, "F2", "6", "1", ".", "5")
		p.until(t, "document.querySelector('output').textContent === '61.5'")
	}, both("T000001-1-41", "T000001-1-41")},
	{"shift", func(t *testing.T, s *scene, p *tab) { p.key(t, "F3") }, both("班次 3 · 当班", "Shift 3 · running")},
	{"shift-asked", func(t *testing.T, s *scene, p *tab) { p.key(t, "F3"); p.tap(t, "close") }, both("要结束这一班吗", "Close this shift?")},
	{"shift-closed", func(t *testing.T, s *scene, p *tab) { p.key(t, "F3"); p.tap(t, "close", "close yes") }, both("班次 3 · 已交班", "Shift 3 · Closed")},
	{"shift-later", func(t *testing.T, s *scene, p *tab) {
		until := sceneTime
		done := sceneShift()
		done.Until, done.Later = &until, &desk.Later{Standing: done.Standing, Final: done.Standing, Voided: done.Voided, Disputed: done.Disputed}
		s.closed = []desk.Shift{done}
		p.key(t, "F3")
		p.tap(t, "earlier shifts", "shift 3")
	}, both("1 → 0", "1 → 0")},
	{"shifts", func(t *testing.T, s *scene, p *tab) {
		p.key(t, "F3")
		p.tap(t, "close", "close yes", "this shift", "earlier shifts")
	}, both("班次 3", "Shift 3")},
	{"print", func(t *testing.T, s *scene, p *tab) {
		s.set(withSlips)
		s.answer(good(voucher.Final), desk.Details{})
	}, both("打印小票", "Print the slip")},
	{"print-failed", func(t *testing.T, s *scene, p *tab) {
		s.set(withSlips)
		s.paper.set(noRoll)
		s.answer(good(voucher.Final), desk.Details{})
		p.tap(t, "print")
	}, both("缺纸：请换上纸卷", "out of paper: put in a roll")},
	{"print-failed-in-the-list", func(t *testing.T, s *scene, p *tab) {
		s.set(withSlips)
		s.paper.set(noRoll)
		p.key(t, "F2")
		p.tap(t, "line T000001-1-41")
		p.tap(t, "print")
	}, both("缺纸：请换上纸卷", "out of paper: put in a roll")},
	{"practice", func(t *testing.T, s *scene, p *tab) { p.key(t, "F9") }, both("开始练习", "Begin to practise")},
	{"practising", func(t *testing.T, s *scene, p *tab) { p.key(t, "F9"); p.tap(t, "practise") }, both("不会核销任何券", "nothing is redeemed")},
	{"practised", func(t *testing.T, s *scene, p *tab) {
		s.set(func(v *desk.View) { v.Practice = true })
		a := good(voucher.Provisional)
		a.Practice, a.Risk = true, voucher.MerchantBears
		s.answer(a, desk.Details{})
	}, both("不会核销任何券", "nothing is redeemed")},
	{"pin", func(t *testing.T, s *scene, p *tab) { p.key(t, "F8", "2", "4"); p.says(t, "••") }, both("技术员请输入 PIN", "Technician: enter the PIN")},
	{"pin-wrong", func(t *testing.T, s *scene, p *tab) { p.key(t, "F8", "1", "1", "1", "1", "1", "1", "Enter") }, both("PIN 不对", "The PIN is wrong")},
	{"settings", func(t *testing.T, s *scene, p *tab) { p.key(t, "F8", "2", "4", "6", "8", "1", "0", "Enter") }, both("开机语言", "Language to begin with")},
	{"guide-check", func(t *testing.T, s *scene, p *tab) { p.toGuide(t) }, both("打开系统的时间设置", "Open the system's time settings")},
	{"guide-fit", func(t *testing.T, s *scene, p *tab) { p.toGuide(t); p.tap(t, "step fit") }, both("Honeywell 1950g", "touch to use it")},
	{"guide-try", func(t *testing.T, s *scene, p *tab) {
		p.toGuide(t)
		p.tap(t, "step try")
		p.says(t, "什么都不会核销")
		s.hear(desk.Heard{Device: "window", At: sceneTime, Bytes: 41, Masked: "HX****", Kind: "damaged_scan"})
		s.hear(desk.Heard{Device: "/dev/ttyUSB0", At: sceneTime, Bytes: 118, Masked: "HX1A****DC", Kind: desk.VoucherHeard})
	}, both("消费券 · HX1A****DC", "Voucher · HX1A****DC")},
	{"guide-lane", func(t *testing.T, s *scene, p *tab) {
		p.toGuide(t)
		p.tap(t, "step lane", "guide begin")
		p.until(t, "document.querySelector('.code canvas') !== null")
	}, both("请扫这个码", "Scan this code")},
	{"guide-accept", func(t *testing.T, s *scene, p *tab) {
		passed := sceneLane(5, desk.LanePassed)
		s.set(func(v *desk.View) { v.Lane = &passed })
		p.toGuide(t)
		p.tap(t, "step accept")
	}, both("签字验收", "Sign and accept")},
	{"large-text", func(t *testing.T, s *scene, p *tab) {
		s.set(func(v *desk.View) { v.Settings.TextSize = 150 })
		a := good(voucher.Provisional)
		a.Risk = voucher.MerchantBears
		s.answer(a, desk.Details{})
	}, both("由本店承担", "the shop bears it")},
	{"4k", func(t *testing.T, s *scene, p *tab) {
		p.size(t, 3840, 2160)
		s.answer(good(voucher.Final), desk.Details{})
	}, both("核销成功", "Redeemed")},
}

// TestPagesPictures draws every screen of the page in both languages into build/pictures/page, and looks whether all of
// it fits an old till's screen. The language is switched on the screen as it stands.
func TestPagesPictures(t *testing.T) {
	b := openBrowser(t)
	for _, one := range pictures {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.lines = append(s.lines, dayLines...)
			p := b.open(t, s.URL+"/#token="+sceneToken, "")
			p.until(t, "document.querySelector('footer') !== null")
			one.make(t, s, p)
			p.bothPictures(t, one.name, one.says)
		})
	}
	for _, one := range tillless {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			one.run(t, b)
		})
	}
}

// bothPictures takes a picture in Chinese and, after one key, in English.
func (p *tab) bothPictures(t *testing.T, name string, says map[string]string) {
	t.Helper()
	for _, lang := range []string{"zh", "en"} {
		if lang == "en" {
			p.key(t, "F10")
		}
		p.says(t, says[lang])
		p.picture(t, name+"."+lang)
		if bad := p.eval(t, misfits); bad != "" {
			t.Errorf("%s: %s", lang, bad)
		}
	}
}

// tillless are the pages without a till: no agent, no token, no OpenGL, and the slip on paper.
var tillless = []struct {
	name string
	run  func(t *testing.T, b *browser)
}{
	{"token", func(t *testing.T, b *browser) {
		p := b.open(t, newScene(t).URL+"/", inChinese)
		p.bothPictures(t, "token", both("口令在这台电脑", "The token stands in"))
	}},
	{"token-wrong", func(t *testing.T, b *browser) {
		p := b.open(t, newScene(t).URL+"/#token=another", inChinese)
		p.bothPictures(t, "token-wrong", both("口令不对", "missing or wrong"))
	}},
	{"gone", func(t *testing.T, b *browser) {
		s := newScene(t)
		p := b.open(t, s.URL+"/#token="+sceneToken, "")
		p.until(t, "document.querySelector('footer') !== null")
		s.pause()
		p.bothPictures(t, "gone", both("联系不上本机的核销服务", "cannot be reached"))
	}},
	{"nogl", func(t *testing.T, b *browser) {
		p := b.open(t, newScene(t).URL+"/#token="+sceneToken+"&why=nogl", "")
		p.bothPictures(t, "nogl", both("没有 OpenGL", "lacks OpenGL"))
		p.tap(t, "nogl")
		p.until(t, "!document.body.innerText.includes('OpenGL')")
	}},
	{"slip", func(t *testing.T, b *browser) {
		s := newScene(t)
		s.lines = append(s.lines, dayLines...)
		p := b.open(t, s.URL+"/#token="+sceneToken, "window.printed = 0; window.print = () => { window.printed++ };")
		p.until(t, "document.querySelector('footer') !== null")
		p.key(t, "F2")
		p.tap(t, "line T000001-1-41")
		for i, lang := range []string{"zh", "en"} {
			if i == 1 {
				p.key(t, "F10")
			}
			p.tap(t, "print")
			p.until(t, fmt.Sprintf("window.printed === %d", i+1))
			p.do(t, "Emulation.setEmulatedMedia", object{"media": "print"})
			p.picture(t, "slip."+lang)
			if paper := p.eval(t, "document.body.innerText").(string); !strings.Contains(paper, "####") || !strings.Contains(paper, both("风险", "Risk")[lang]) || strings.Contains(paper, "F10") {
				t.Errorf("on paper: %s", paper)
			}
			p.do(t, "Emulation.setEmulatedMedia", object{"media": ""})
		}
	}},
}

// inChinese is the language before the desk has told any; without it the page takes the browser's.
const inChinese = "if (!sessionStorage.getItem('lang')) sessionStorage.setItem('lang', 'zh')"
