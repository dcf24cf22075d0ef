package packaging

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui/tone"
)

// page opens the scene's page, ready for a sale.
func (s *scene) page(t *testing.T, b *browser, before string) *tab {
	t.Helper()
	p := b.open(t, s.URL+"/#token="+sceneToken, before)
	p.until(t, "document.querySelector('footer') !== null")
	return p
}

// TestThePage is what the page must do beside selling; one browser serves all of it.
func TestThePage(t *testing.T) {
	b := openBrowser(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *browser)
	}{
		{"the token leaves the address bar at once and is kept for the tab only", tokenIsHidden},
		{"what names bring is text", namesAreText},
		{"nothing runs but the page's own files", nothingForeignRuns},
		{"keys are told from scans as the window does", keysAsTheWindow},
		{"its list is searched as the desk's", searchAsTheDesk},
		{"each answer sounds in its own way", fourSounds},
		{"the agent goes and comes back", goneAndBack},
		{"a shift is closed by keyboard alone", closedByKeyboard},
		{"a shift is closed by touch alone", closedByTouch},
		{"settings are changed behind the PIN", settingsBehindThePIN},
		{"practice by touch alone", practiceByTouch},
		{"a till is set up and accepted", setUpAndAccepted},
		{"a real sale leaves the guide", saleLeavesTheGuide},
		{"two pages on one agent", twoPages},
		{"pictures that are dropped, pasted and chosen", picturesOnThePage},
		{"an older browser gets a sentence", olderBrowser},
		{"a finger on a button that is drawn anew under it", fingerAndDrawing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, b)
		})
	}
}

func tokenIsHidden(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	if at := p.eval(t, "location.href"); at != s.URL+"/" {
		t.Errorf("the address bar says %s", at)
	}
	if n := p.eval(t, "history.length").(float64); n > 2 { // about:blank, and the page once
		t.Errorf("the history has %v entries", n)
	}
	if kept := p.eval(t, "sessionStorage.getItem('token') + JSON.stringify(localStorage) + document.cookie"); kept != sceneToken+"{}" {
		t.Errorf("kept: %s", kept)
	}
	p.do(t, "Page.reload", object{})
	p.says(t, "芦山惠民超市")
}

const evil = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`

func namesAreText(t *testing.T, b *browser) {
	s := newScene(t)
	text := voucher.Text{Zh: evil, En: evil}
	s.set(func(v *desk.View) {
		v.Merchant, v.Campaign = evil+"店", text
		v.Warnings = []desk.Warning{{Code: "x", Text: text, Next: text}}
	})
	l := line(42, "final", voucher.Final)
	l.Order, l.Tier, l.Message = evil, evil, text
	s.lines = []desk.Line{l}
	p := s.page(t, b, "")
	p.says(t, evil+"店")
	p.key(t, "F2")
	p.tap(t, "line T000001-1-42")
	p.says(t, evil)
	s.answer(desk.Answer{Answer: voucher.Refused, Reason: voucher.OtherCode, Bill: 1}, desk.Details{Code: text})
	p.says(t, "这是"+evil)
	if n := p.eval(t, "document.querySelectorAll('#page img, #page script').length + (window.hacked ? 100 : 0)"); n != float64(0) {
		t.Errorf("%v elements came out of names", n)
	}
}

func nothingForeignRuns(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	tried := p.eval(t, `(async () => {
		const inline = document.createElement("script"); inline.textContent = "window.hacked = 1"; document.body.append(inline);
		const img = new Image(); img.setAttribute("onerror", "window.hacked = 1"); img.src = "/nothing"; document.body.append(img);
		let evaluated = false; try { evaluated = new Function("return true")(); } catch { }
		let fetched = true; try { await fetch("http://127.0.0.1:1/"); } catch { fetched = false; }
		await new Promise((done) => setTimeout(done, 0));
		return [Boolean(window.hacked), evaluated, fetched].join(" ");
	})()`)
	if tried != "false false false" {
		t.Errorf("inline script, evaluated, fetched elsewhere: %s", tried)
	}
	for _, path := range []string{"/", "/page/main.js", "/page/page.css"} {
		answer, err := http.Get(s.URL + path)
		check(t, err)
		answer.Body.Close()
		policy := answer.Header.Get("Content-Security-Policy")
		if answer.StatusCode != 200 || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, answer.StatusCode, answer.Header)
		}
	}
}

// keysAsTheWindow runs the table of drivers/wedge through the page's own Keys, key by key and in a window's batches.
func keysAsTheWindow(t *testing.T, b *browser) {
	p := newScene(t).page(t, b, "")
	table := text(t, "../drivers/wedge/testdata/keys.json")
	failed := p.eval(t, `import("/page/keys.js").then(({Keys}) => {
		const bad = [];
		for (const row of `+table+`) for (const frame of [0, 16.7]) {
			const presses = [];
			for (const run of row.keys) {
				let at = run.from_ms;
				for (const c of Array.from(run.text.repeat(run.times || 1))) { presses.push([c, at]); at += run.gap_ms; }
			}
			const keys = new Keys(), scans = [];
			let typed = "", rest = presses.slice();
			const hear = (h) => { typed += h.typed; scans.push(...h.scans); }, damaged = (s) => (s.startsWith("!") ? null : s);
			const step = frame || 1, end = presses[presses.length - 1][1] + 2000;
			for (let now = 0; now < end; now += step) {
				while (rest.length > 0 && rest[0][1] <= now) { const [c, at] = rest.shift(); hear(keys.key(c, frame ? now : at)); }
				hear(keys.flush(now));
			}
			if (JSON.stringify(scans) !== JSON.stringify(row.scans.map(damaged)) || typed !== row.typed) bad.push(row.name + ": " + JSON.stringify([scans, typed]).slice(0, 300));
		}
		return bad.join("\n");
	})`)
	if failed != "" {
		t.Error(failed)
	}
}

// searchAsTheDesk runs the desk's table of searches through the page's list.
func searchAsTheDesk(t *testing.T, b *browser) {
	p := newScene(t).page(t, b, "")
	table := text(t, "../agent/desk/testdata/search.json")
	failed := p.eval(t, `import("/page/list.js").then(({List}) => {
		const table = `+table+`, list = new List(), bad = [];
		list.lines = table.lines;
		for (const one of table.searches) {
			list.query = one.typed;
			const found = list.found().map((l) => l.redemption.split("-")[2]).join(" ");
			if (found !== one.found) bad.push(one.name + ": " + found);
		}
		return bad.join("\n");
	})`)
	if failed != "" {
		t.Error(failed)
	}
}

// noted makes the page write down every sound that it plays: how long it is in milliseconds, and how loud.
const noted = `window.tones = [];
const made = AudioContext.prototype.createBufferSource, joined = AudioNode.prototype.connect;
AudioContext.prototype.createBufferSource = function () {
	const o = made.call(this), began = o.start;
	o.connect = function (to) { o.level = to; return joined.call(o, to); };
	o.start = function () { window.tones.push(Math.round(o.buffer.duration * 1000) + " ms at " + o.level.gain.value.toFixed(2)); return began.call(o); };
	return o;
};`

// played is what the page writes down when it plays a sound of the window's.
func played(s tone.Sound, volume int) string {
	ms := math.Round(1000 * float64(len(s.Samples(100))) / tone.Rate)
	return fmt.Sprintf("%.0f ms at %.2f", ms, math.Pow(float64(volume)/100, 2))
}

func fourSounds(t *testing.T, b *browser) {
	s := newScene(t)
	s.set(func(v *desk.View) { v.Settings.Volume = 70 })
	p := s.page(t, b, noted)
	p.says(t, "声音还没有打开")
	p.key(t, "5")
	p.until(t, "!document.body.innerText.includes('声音还没有打开')")
	for i, a := range []voucher.Answer{voucher.Final, voucher.Provisional, voucher.Refused, voucher.ScanAgain} {
		practice := i%2 == 1
		p.eval(t, "window.tones.length = 0")
		s.answer(desk.Answer{Answer: a, Reason: voucher.OK, Redemption: string(a), Bill: 58_00, Practice: practice}, desk.Details{})
		p.says(t, map[voucher.Answer]string{voucher.Final: "核销成功", voucher.Provisional: "离线受理", voucher.Refused: "不可核销", voucher.ScanAgain: "请重扫"}[a])
		p.until(t, "window.tones.length > 0")
		if tones, want := p.eval(t, "window.tones.join()"), played(tone.Sound{Answer: a, Practice: practice}, 70); tones != want {
			t.Errorf("%s sounds %s, the window's %s", a, tones, want)
		}
	}
	p.eval(t, "window.tones.length = 0")
	s.set(func(v *desk.View) { v.Settings.Volume = 0 })
	s.answer(desk.Answer{Answer: voucher.Refused, Reason: voucher.Expired, Bill: 1}, desk.Details{})
	p.says(t, "此券已过期")
	if tones := p.eval(t, "window.tones.join()"); tones != "" {
		t.Errorf("at volume 0 it sounds %s", tones)
	}
}

func goneAndBack(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.key(t, "5", "8")
	p.says(t, "¥58.00")
	s.pause()
	p.says(t, "联系不上本机的核销服务")
	p.key(t, "9", "Escape") // goes nowhere; Escape, which does nothing here, has the page decide that it is no scan
	missed := desk.Answer{Answer: voucher.Final, Redemption: "T000001-1-50", Bill: 58_00, Face: 10_00, Pay: 48_00}
	s.answer(missed, desk.Details{})
	s.resume(t)
	p.says(t, "T000001-1-50") // what was answered meanwhile is shown
	p.key(t, "Enter")
	p.until(t, "document.body.className === 'idle'")
	p.key(t, "7")
	p.says(t, "¥7.00")
	waitFor(t, "the bill of after the break", func() bool { return s.View().Bill.Fen == 7_00 })
}

// waitFor looks until it is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.After(browserPatience)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never came: %s", what)
		}
	}
}

// tabTo presses Tab until the button has the focus.
func (p *tab) tabTo(t *testing.T, name string) {
	t.Helper()
	for range 30 {
		p.key(t, "Tab")
		if p.eval(t, "(document.activeElement.dataset || {}).name") == name {
			return
		}
	}
	t.Fatalf("30 times Tab do not reach %q", name)
}

func closedByKeyboard(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.key(t, "F3")
	p.says(t, "班次 3 · 当班")
	p.tabTo(t, "close")
	p.key(t, "Enter")
	p.says(t, "要结束这一班吗")
	p.until(t, "document.activeElement.dataset.name === 'close no'") // Enter once too often closes nothing
	p.key(t, "Tab", "Enter")
	p.says(t, "班次 3 · 已交班")
	p.key(t, "F10")
	p.says(t, "Shift 3 · Closed")
	p.key(t, "Escape")
	p.says(t, "Enter the amount")
	if n := s.heard("POST /v1/shift/close"); n != 1 {
		t.Errorf("closed %d times", n)
	}
}

func closedByTouch(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.tap(t, "shift", "close", "close no", "close", "close yes")
	p.says(t, "班次 3 · 已交班")
	p.tap(t, "this shift")
	p.says(t, "班次 4 · 当班")
	p.says(t, "与中心一致")
	p.tap(t, "language")
	p.says(t, "Shift 4 · running")
	p.tap(t, "to sale")
	p.says(t, "Enter the amount")
	if n := s.heard("POST /v1/shift/close"); n != 1 {
		t.Errorf("closed %d times", n)
	}
}

func settingsBehindThePIN(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.tap(t, "settings", "key1", "key1", "key1", "key1", "key1", "key1", "enter")
	p.says(t, "PIN 不对")
	p.tap(t, "key2", "key4", "key6", "key8", "key1", "key0", "enter", "volume more", "volume more", "lang en", "save")
	p.says(t, "已保存")
	if now := s.View().Settings; now.Volume != 20 || now.Lang != "en" {
		t.Errorf("saved: %+v", now)
	}
	if s.View().Bill.Fen != 0 {
		t.Error("the PIN was taken for a bill")
	}
	p.key(t, "Escape", "F8") // who comes back must give the PIN again
	p.says(t, "技术员请输入 PIN")
	s.set(func(v *desk.View) { v.Settings.PINSet = false })
	p.says(t, "还没有 PIN")
}

func practiceByTouch(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.tap(t, "practice", "practise")
	p.says(t, "练习中：不会核销任何券")
	p.tap(t, "goodOne")
	waitFor(t, "the practice code at the desk", func() bool { return s.heard("scan "+desk.PractiseGood) == 1 })
	p.says(t, "练习中：不会核销任何券")
	p.tap(t, "practice", "practise")
	p.until(t, "!document.body.innerText.includes('练习中')")
}

// fingerAndDrawing puts a finger down, has the page drawn anew by an event, and takes the finger up.
func fingerAndDrawing(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	x, y := p.where(t, "key8")
	p.do(t, "Input.dispatchTouchEvent", object{"type": "touchStart", "touchPoints": []object{{"x": x, "y": y}}})
	s.set(func(v *desk.View) { v.Queued = 9 })
	p.says(t, "9 笔")
	p.do(t, "Input.dispatchTouchEvent", object{"type": "touchEnd", "touchPoints": []object{}})
	p.says(t, "¥8.00")
}

func twoPages(t *testing.T, b *browser) {
	s := newScene(t)
	one, other := s.page(t, b, ""), s.page(t, b, "")
	one.key(t, "5", "8")
	other.says(t, "¥58.00")
	other.key(t, "7")
	other.says(t, "¥7.00")
	one.says(t, "¥7.00")
	s.answer(good(voucher.Final), desk.Details{})
	one.says(t, "核销成功")
	other.says(t, "核销成功")
	one.tap(t, "undo", "undo yes")
	one.says(t, "已撤销")
	if n := s.heard("void T000001-1-42"); n != 1 {
		t.Errorf("voided %d times", n)
	}
}

func olderBrowser(t *testing.T, b *browser) {
	p := b.open(t, newScene(t).URL+"/", "delete Element.prototype.replaceChildren")
	if said := p.eval(t, "document.body.innerText").(string); !strings.Contains(said, "太旧") || !strings.Contains(said, "too old") {
		t.Errorf("it says %q", said)
	}
}
