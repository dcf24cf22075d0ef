package packaging

import (
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// TestThePagePrintsOnTheTillsPrinter: by touch and by its key, from the answer and from the list; the browser's own printing
// is for tills without a printer. What fails is said where the cashier looks, and the sale goes on.
func TestThePagePrintsOnTheTillsPrinter(t *testing.T) {
	b := openBrowser(t)
	s := newScene(t)
	s.lines = append(s.lines, dayLines...)
	p := b.open(t, s.URL+"/#token="+sceneToken, inChinese+"; window.printed = 0; window.print = () => { window.printed++ };")
	p.until(t, "document.querySelector('footer') !== null")
	s.set(withSlips)
	s.answer(good(voucher.Final), desk.Details{})
	p.tap(t, "print")
	p.says(t, "已打印，补打")
	p.key(t, "F6")
	p.until(t, "document.querySelector('[data-name=print]').innerText.includes('已打印')")
	s.paper.set(noRoll)
	p.key(t, "F6")
	p.says(t, "缺纸：请换上纸卷")
	p.until(t, "document.body.className === 'final'") // the answer still stands
	s.answer(good(voucher.Final), desk.Details{})
	p.until(t, "!document.body.innerText.includes('缺纸')")
	p.key(t, "F2")
	p.tap(t, "line T000001-1-41")
	p.tap(t, "print")
	p.says(t, "缺纸：请换上纸卷")
	s.paper.set(nil)
	p.key(t, "F6")
	p.says(t, "已打印，补打")
	p.tap(t, "line T000001-1-38") // a refusal
	p.until(t, "document.querySelector('[data-name=print]') === null")
	p.key(t, "F6")
	p.key(t, "F10")
	p.until(t, "document.documentElement.lang === 'en'")
	s.paper.mu.Lock()
	defer s.paper.mu.Unlock()
	if n := len(s.paper.slips); n != 3 || !strings.Contains(s.paper.slips[2], "T000001-1-41") {
		t.Errorf("%d slips: %q", n, s.paper.slips)
	}
	if n := p.eval(t, "window.printed"); n != float64(0) {
		t.Errorf("the browser printed %v times", n)
	}
}
