package packaging

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// pageTill is a real hub, a real agent, and its page.
type pageTill struct {
	hub  *stage.Hub
	till *stage.Till
	page *tab
	ctx  context.Context
}

// TestThePageSells has a hub, an agent and the page sell: the whole of a sale by keyboard alone and by touch alone, scans
// in bursts among pressed buttons, and bills that are none.
func TestThePageSells(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	till, err := s.Enrol(ctx, hub, "till", "M0001")
	check(t, err)
	patient(t, till, "20s")
	check(t, till.Run())
	t.Cleanup(func() { till.Kill() })
	check(t, till.Watch(ctx).View(stage.Patience, "the hub and the scanner", func(v desk.View) bool {
		return v.Hub.Online && len(v.Scanners) == 1 && v.Scanners[0].Connected && v.Merchant != ""
	}))
	token, err := desk.ReadToken(till.Data())
	check(t, err)
	p := openBrowser(t).open(t, till.Desk.URL()+"/#token="+token, inChinese)
	p.until(t, "document.querySelector('footer') !== null")
	all := &pageTill{hub, till, p, ctx}
	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"a sale, its void and the other language, by keyboard alone", all.byKeyboard},
		{"a sale, its slip, its void and the other language, by touch alone", all.byTouch},
		{"ten bursts while buttons are pressed", all.bursts},
		{"bills that are none", all.badBills},
		{"bills that are some", all.goodBills},
		{"practice, which touches nothing", all.practises},
		{"settings behind the PIN that a technician left", all.settles},
		{"a technician leaves sure", all.leavesSure},
		{"the shift is closed, by keyboard alone", all.closes},
		{"the page is closed in the middle of a sale", all.closedAmid},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.key(t, "Escape", "Escape", "Escape")
			p.until(t, "document.body.className === 'idle' && document.querySelector('output').textContent === '¥0.00'")
			c.run(t)
		})
	}
}

func (a *pageTill) issue(t *testing.T, n int) []stage.Voucher {
	t.Helper()
	vouchers, err := a.hub.Issue(a.ctx, "supermarket-10", n, "")
	check(t, err)
	return vouchers
}

// standing asks the hub what became of a voucher.
func (a *pageTill) standing(t *testing.T, v stage.Voucher, want string) {
	t.Helper()
	s, err := a.hub.Standing(a.ctx, v.ID)
	check(t, err)
	if s.State != want {
		t.Errorf("the hub has the voucher as %s, want %s", s.State, want)
	}
}

func (a *pageTill) byKeyboard(t *testing.T) {
	p, v := a.page, a.issue(t, 1)[0]
	p.key(t, "5", "8")
	p.says(t, "¥58.00")
	p.burst(t, v.Code)
	p.says(t, "核销成功")
	p.says(t, "¥48.00")
	a.standing(t, v, "redeemed")
	p.key(t, "F10")
	p.says(t, "Redeemed")
	p.key(t, "F10", "Enter") // the answer is put away
	p.says(t, "先输入金额")
	p.key(t, "F4") // and brought back
	p.says(t, "核销成功")
	p.key(t, "F4") // to be voided
	p.says(t, "要撤销这一单吗")
	p.key(t, "Escape")
	p.says(t, "先输入金额")
	p.key(t, "F2", "4", "8", ".", "0") // searched by the sum
	p.until(t, "document.querySelectorAll('.row').length === 1")
	p.key(t, "ArrowDown", "Enter") // to what can be done with it
	p.until(t, "document.activeElement.dataset.name === 'print'")
	p.key(t, "Tab", "Enter")
	p.says(t, "要撤销这一单吗")
	p.until(t, "document.activeElement.dataset.name === 'undo no'")
	p.key(t, "Tab", "Enter")
	p.says(t, "已撤销")
	a.standing(t, v, "issued")
	p.key(t, "Escape")
	p.says(t, "先输入金额")
}

func (a *pageTill) byTouch(t *testing.T) {
	p, v := a.page, a.issue(t, 1)[0]
	p.eval(t, "window.printed = 0; window.print = () => { window.printed++ }")
	p.tap(t, "key7", "back", "key5", "key8", "key.", "key5")
	p.says(t, "¥58.50")
	waitFor(t, "the bill at the desk", func() bool { s, err := a.till.Desk.Status(a.ctx); return err == nil && s.Bill.Fen == 58_50 })
	check(t, a.till.Scanner.Scan(v.Code))
	p.says(t, "核销成功")
	p.says(t, "¥48.50")
	p.tap(t, "print")
	p.until(t, "window.printed === 1 && document.getElementById('paper').textContent.includes('核 销 成 功')")
	if slip := p.eval(t, "document.getElementById('paper').textContent").(string); strings.Contains(slip, "COPY") || !strings.Contains(slip, "48.50 元") {
		t.Errorf("the first slip:\n%s", slip)
	}
	p.tap(t, "print")
	p.until(t, "window.printed === 2 && document.getElementById('paper').textContent.includes('补打 COPY')")
	p.tap(t, "language")
	p.says(t, "Redeemed")
	p.tap(t, "undo", "undo no", "undo", "undo yes")
	p.says(t, "Voided")
	p.tap(t, "language")
	p.says(t, "已撤销")
	a.standing(t, v, "issued")
	p.tap(t, "list")
	p.says(t, "当日清单")
	p.until(t, "document.querySelectorAll('.row').length >= 2")
	p.tap(t, "to sale")
}

// bursts types ten codes at a machine's pace while the mouse presses buttons between the characters: ten of ten arrive
// whole, and no button that the scanner's Enter or letters might have pressed was pressed.
func (a *pageTill) bursts(t *testing.T) {
	p, vouchers := a.page, a.issue(t, 10)
	var buttons [][2]float64
	for _, name := range []string{"language", "list", "practice", "shift"} {
		x, y := p.where(t, name)
		buttons = append(buttons, [2]float64{x, y})
	}
	for i, v := range vouchers {
		if len(v.Code) < 150 {
			t.Fatalf("a code of %d characters is no burst", len(v.Code))
		}
		check(t, a.till.Desk.SetBill(a.ctx, desk.Bill{Fen: voucher.Fen(60_00 + i*1_00), Source: "pos"}))
		p.until(t, fmt.Sprintf("document.querySelector('output').textContent === '¥%d.00' || document.querySelector('output').textContent === ''", 60+i))
		var sent []<-chan said
		for j, c := range append(strings.Split(v.Code, ""), "Enter") {
			for _, e := range keyEvents(c) {
				to, err := p.post(p.session, "Input.dispatchKeyEvent", e)
				check(t, err)
				sent = append(sent, to)
			}
			if j%20 == i {
				at := buttons[(i+j)%len(buttons)]
				sent = append(sent, p.click(t, at[0], at[1])...)
			}
		}
		for _, to := range sent {
			got(t, to, "a key or a click")
		}
		waitFor(t, "the redemption of "+v.ID, func() bool {
			s, err := a.till.Desk.Status(a.ctx)
			return err == nil && s.Last != nil && s.Last.Voucher == v.ID && s.Last.Answer == voucher.Final && s.Last.Bill == voucher.Fen(60_00+i*1_00)
		})
		p.until(t, fmt.Sprintf("document.body.className === 'final' && document.querySelector('.sum strong').textContent === '¥%d.00'", 50+i))
	}
	p.key(t, "Escape", "Escape")
	if lang := p.eval(t, "document.documentElement.lang"); lang == "en" { // as often as the button was pressed
		p.key(t, "F10")
	}
}

// badBills types what is no bill and scans behind it: a sentence, and nothing is redeemed.
func (a *pageTill) badBills(t *testing.T) {
	cases := []struct{ name, typed, pasted, says string }{
		{"the letter O", "5O", "", "这不是金额"},
		{"two points", "5..8", "", "这不是金额"},
		{"three decimals", "58.505", "", "这不是金额"},
		{"an exponent", "1e9", "", "这不是金额"},
		{"below zero", "-300", "", "这不是金额"},
		{"too much", "9999999", "", "不能超过"},
		{"full-width letters", "５Ｏ", "", "这不是金额"},
		{"pasted text", "", "五十八元", "粘贴的不是金额"},
		{"a pasted list", "", "58.00\n60.00", "粘贴的不是金额"},
		{"nothing", "", "", "先输入金额"},
		{"zero", "05<", "", "先输入金额"},
		{"zero with decimals", "0.005<", "", "先输入金额"},
	}
	p, vouchers := a.page, a.issue(t, len(cases))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p.key(t, "Escape", "Escape")
			p.until(t, "document.body.className === 'idle'")
			if c.typed != "" {
				p.key(t, strings.Split(c.typed, "")...)
			}
			if c.pasted != "" {
				p.paste(t, c.pasted)
			}
			p.says(t, c.says)
			p.burst(t, vouchers[i].Code)
			p.says(t, "还没有本单金额")
			a.standing(t, vouchers[i], "issued")
		})
	}
	p.key(t, "Escape", "Escape")
}

func (p *tab) paste(t *testing.T, text string) {
	t.Helper()
	p.eval(t, `(() => { const data = new DataTransfer(); data.setData("text", `+quoted(text)+`); window.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data})); })()`)
}

func (a *pageTill) goodBills(t *testing.T) {
	p := a.page
	for typed, says := range map[string]string{"５８．５": "¥58.50", "007": "¥7.00", ".5": "¥0.50", "1000000": "¥1000000.00"} {
		p.key(t, "Escape")
		p.key(t, strings.Split(typed, "")...)
		p.says(t, says)
	}
	p.key(t, "Escape")
	p.paste(t, " ¥1234.50 ")
	p.says(t, "¥1234.50")
	waitFor(t, "the pasted bill at the desk", func() bool { s, err := a.till.Desk.Status(a.ctx); return err == nil && s.Bill.Fen == 1234_50 })
}

// closedAmid leaves the page as soon as the scan's last key is typed: the sale is done once, or the till says that it was
// not, and the next page shows what became of it.
func (a *pageTill) closedAmid(t *testing.T) {
	p, v := a.page, a.issue(t, 1)[0]
	check(t, a.till.Desk.SetBill(a.ctx, desk.Bill{Fen: 77_00, Source: "pos"}))
	p.says(t, "¥77.00")
	keys := p.burst(t, v.Code)
	got(t, keys[len(keys)-1], "the last key")
	p.do(t, "Page.navigate", object{"url": "about:blank"})
	p.do(t, "Page.navigate", object{"url": a.till.Desk.URL() + "/"})
	p.until(t, "document.querySelector('footer') !== null")
	waitFor(t, "an answer to the scan", func() bool {
		s, err := a.till.Desk.Status(a.ctx)
		return err == nil && s.Last != nil && s.Last.Voucher == v.ID && !s.Busy
	})
	p.until(t, "document.querySelector('[data-name=last]') !== null || document.querySelector('.answer') !== null")
	p.says(t, "¥67.00")
	a.standing(t, v, "redeemed")
}

// practises tries every practice code on the screen: answers as real ones, under the banner, and the day's list and the
// hub's books as before.
func (a *pageTill) practises(t *testing.T) {
	p := a.page
	before, err := a.till.Desk.Day(a.ctx, "")
	check(t, err)
	p.tap(t, "practice", "practise")
	p.says(t, "练习中：不会核销任何券")
	for _, c := range []struct{ name, says string }{{"goodOne", "核销成功"}, {"offlineOne", "离线受理"}, {"usedOne", "不可核销"}, {"expiredOne", "已过期"}, {"damagedOne", "请重扫"}} {
		p.key(t, "Escape", "6", "0")
		p.says(t, "¥60.00")
		waitFor(t, "the practice bill", func() bool { s, err := a.till.Desk.Status(a.ctx); return err == nil && s.Bill.Fen == 60_00 })
		p.tap(t, "practice", c.name)
		p.says(t, c.says)
		p.says(t, "练习中：不会核销任何券")
		if n := p.eval(t, "document.querySelectorAll('[data-name=print]').length"); n != float64(0) {
			t.Errorf("%s: practice offers a slip", c.name)
		}
		p.key(t, "Escape")
	}
	p.tap(t, "practice", "practise")
	p.until(t, "!document.body.innerText.includes('练习中')")
	after, err := a.till.Desk.Day(a.ctx, "")
	check(t, err)
	if len(after) != len(before) {
		t.Errorf("practice left %d lines", len(after)-len(before))
	}
}

func (a *pageTill) settles(t *testing.T) {
	p := a.page
	p.key(t, "F8")
	p.says(t, "还没有 PIN")
	check(t, desk.LeavePIN(a.till.Data(), "271828")) // as hexiao-agent pin does
	p.key(t, "Escape", "F8")
	p.says(t, "技术员请输入 PIN")
	p.key(t, "1", "1", "1", "1", "1", "1", "Enter")
	p.says(t, "PIN 不对")
	p.key(t, "2", "7", "1", "8", "2", "8", "Enter")
	p.says(t, "开机语言")
	p.tap(t, "volume less", "text_size more", "save")
	p.says(t, "已保存")
	s, err := a.till.Desk.Status(a.ctx)
	check(t, err)
	if s.Settings.Volume != 60 || s.Settings.TextSize != 110 || !s.Settings.PINSet {
		t.Errorf("saved: %+v", s.Settings)
	}
}

// closes compares what the page shows of the running shift with what the desk says, and closes it.
func (a *pageTill) closes(t *testing.T) {
	p := a.page
	shift, err := a.till.Desk.Shift(a.ctx)
	check(t, err)
	if shift.Standing.Count < 10 || shift.Voided.Count < 2 {
		t.Fatalf("the shift has %+v standing and %+v voided after all these sales", shift.Standing, shift.Voided)
	}
	p.key(t, "F3")
	p.says(t, "班次 1 · 当班")
	p.until(t, fmt.Sprintf("document.querySelector('.total').innerText.replace(/\\s+/g, ' ').includes(' %d ')", shift.Standing.Count))
	p.says(t, shift.Hub.Text.Zh)
	p.tabTo(t, "close")
	p.key(t, "Enter")
	p.says(t, "要结束这一班吗")
	p.key(t, "Tab", "Enter")
	p.says(t, "班次 1 · 已交班")
	closed, err := a.till.Desk.Shifts(a.ctx)
	check(t, err)
	if len(closed) != 1 || closed[0].Standing != shift.Standing {
		t.Errorf("closed: %+v, shown %+v", closed, shift.Standing)
	}
	p.tabTo(t, "this shift")
	p.key(t, "Enter")
	p.says(t, "班次 2 · 当班")
}
