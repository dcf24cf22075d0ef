package packaging

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

func sceneSetup() desk.Setup {
	return desk.Setup{File: "/etc/hexiao/agent.toml",
		Found: []desk.Found{{Kind: "serial", Address: "usb:1a86:7523", Path: "/dev/ttyUSB0", Name: "USB2.0-Ser!", SetUp: "/dev/ttyUSB0", Likely: true},
			{Kind: "hidpos", Address: "usb:0c2e:0901", Path: "/dev/hidraw2", Name: "Honeywell 1950g", Likely: true}},
		DeviceSetup: desk.DeviceSetup{Scanners: []desk.ScannerSetup{{Path: "usb:1a86:7523", Name: "/dev/ttyUSB0"}}, Display: &desk.DisplaySetup{From: "/dev/ttyS1"}}}
}

func sceneFindings() []desk.Finding {
	return []desk.Finding{
		{Check: "disk", State: desk.Fine, Text: voucher.Text{Zh: "磁盘还有 41 GB。", En: "41 GB free on the disk."}},
		{Check: "clock", State: desk.Bad, Text: voucher.Text{Zh: "电脑时钟比中心慢 3 小时。", En: "This PC's clock is 3 h behind the hub's."}, Next: voucher.Text{Zh: "打开系统的时间设置。", En: "Open the system's time settings."}},
	}
}

// sceneLane is a lane test of which so many steps are done.
func sceneLane(done int, state string) desk.Lane {
	l := desk.Lane{State: state, Begun: &sceneTime, Ready: state == desk.LanePassed, Steps: []desk.LaneStep{}}
	for i, name := range []string{desk.LaneCode, desk.LaneScan, desk.LaneAnswer, desk.LaneRecord, desk.LaneVoid} {
		s := desk.LaneStep{Name: name, State: desk.LaneTodo}
		if i < done {
			s.State = desk.LaneDone
		} else if i == done {
			s.State = desk.LaneNow
		}
		l.Steps = append(l.Steps, s.Say(desk.LaneDetails{Scanner: "/dev/ttyUSB0"}))
	}
	return l
}

// squares is a picture of 40 by 40 pixels with a black one in its middle.
func squares() []byte {
	m := image.NewGray(image.Rect(0, 0, 40, 40))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetGray(20, 20, color.Gray{})
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// guided answers what the technician's guide asks.
func (s *scene) guided(on func(string, func(map[string]any) (int, any)), rightPIN func(map[string]any) (int, any)) {
	behind := func(then func(raw []byte) (int, any)) func(map[string]any) (int, any) {
		return func(body map[string]any) (int, any) {
			if status, out := rightPIN(body); status != 200 {
				return status, out
			}
			raw, _ := json.Marshal(body)
			return then(raw)
		}
	}
	on("GET /v1/doctor", func(map[string]any) (int, any) { return 200, desk.Findings{Findings: sceneFindings()} })
	on("GET /v1/setup", func(map[string]any) (int, any) { return 200, s.setup })
	on("PUT /v1/setup", behind(func(raw []byte) (int, any) {
		json.Unmarshal(raw, &s.setup.DeviceSetup)
		return 200, s.setup
	}))
	on("POST /v1/lane", func(map[string]any) (int, any) {
		l := sceneLane(1, desk.LaneRunning)
		s.change(func(v *desk.View) { v.Lane = &l })
		return 200, l
	})
	on("GET /v1/lane", func(map[string]any) (int, any) {
		l := sceneLane(1, desk.LaneRunning)
		l.PNG = squares()
		return 200, l
	})
	on("POST /v1/lane/accept", behind(func(raw []byte) (int, any) {
		var a desk.Acceptance
		json.Unmarshal(raw, &a)
		if s.worse {
			return 409, desk.Error{Text: voucher.Text{Zh: "还有不合格的检查，没有验收。", En: "Checks fail, and nothing was accepted."}}
		}
		l := sceneLane(5, desk.LanePassed)
		l.Accepted = &desk.Accepted{Record: "T000001-1-44", Technician: a.Technician, Note: a.Note, At: sceneTime, State: "waiting"}
		s.asked = append(s.asked, "despite "+string(must(json.Marshal(a.Despite))))
		return 200, l
	}))
}

func must(raw []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return raw
}

// toGuide opens the guide from the settings.
func (p *tab) toGuide(t *testing.T) {
	t.Helper()
	p.key(t, "F8", "2", "4", "6", "8", "1", "0", "Enter")
	p.tap(t, "guide")
	p.says(t, "电脑时钟比中心慢 3 小时")
}

// write puts text into the field that has the focus, as an input method commits it.
func (p *tab) write(t *testing.T, text string) {
	t.Helper()
	p.do(t, "Input.insertText", object{"text": text})
}

// countsMessages counts what the desk has told the page.
const countsMessages = `window.messages = 0;
	window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); this.addEventListener("message", () => { window.messages++; }); } };`

func setUpAndAccepted(t *testing.T, b *browser) {
	s := newScene(t)
	s.lines = append(s.lines, dayLines...)
	p := s.page(t, b, countsMessages)
	p.toGuide(t)
	p.tap(t, "guide next", "fit 1")
	p.says(t, "已保存")
	if got := s.settings().Scanners; len(got) != 2 || got[1] != (desk.ScannerSetup{Kind: "hidpos", Path: "usb:0c2e:0901", Name: "Honeywell 1950g"}) || s.settings().Display == nil {
		t.Errorf("the devices are now %+v", s.settings())
	}
	p.tap(t, "guide next")
	p.says(t, "还没有读到")
	s.hear(desk.Heard{Device: "/dev/ttyUSB0", At: sceneTime, Bytes: 13, Masked: "69****45", Kind: "goods_barcode"})
	p.says(t, "商品条码 · 69****45")
	p.says(t, "已读到")
	p.tap(t, "guide next", "guide begin")
	p.until(t, "document.querySelector('.code canvas').width === 40 && document.querySelector('.code canvas').getContext('2d').getImageData(20, 20, 1, 1).data[0] === 0")
	s.answer(desk.Answer{Answer: voucher.ScanAgain, Reason: voucher.GoodsBarcode}, desk.Details{})
	p.until(t, "document.querySelector('.code canvas') !== null") // the answer is told in its place
	passed := sceneLane(5, desk.LanePassed)
	passed.Redemption = "T000001-1-41"
	passed.Steps = append(passed.Steps, desk.LaneStep{Name: desk.LanePrint, State: desk.LaneNow}.Say(desk.LaneDetails{}))
	s.set(func(v *desk.View) { v.Lane = &passed })
	p.says(t, "通道测试通过")
	p.tap(t, "guide slip")
	waitFor(t, "the slip of the test", func() bool { return s.paper.printed() == 1 })
	p.tap(t, "guide next", "guide sign")
	p.says(t, "请先输入技术员姓名")
	p.eval(t, "document.querySelector('input').focus()")
	p.write(t, "王小明")
	before := p.eval(t, "messages")
	s.set(func(v *desk.View) { v.Queued = 3 }) // a view comes while he writes
	p.until(t, fmt.Sprintf("messages > %v", before))
	p.write(t, "工")
	p.tap(t, "guide sign")
	p.says(t, "还有不合格的检查")
	p.tap(t, "guide despite", "guide sign")
	p.says(t, "T000001-1-44")
	p.says(t, "王小明工")
	p.says(t, "等待中心收到")
	if s.heard(`despite ["clock"]`) != 1 || s.heard("GET /v1/lane") != 1 || s.heard("GET /v1/doctor") != 1 {
		t.Errorf("the desk was asked %v", s.asked)
	}
	acked := &desk.Accepted{Record: "T000001-1-44", Technician: "王小明工", At: sceneTime, State: "acked"}
	s.set(func(v *desk.View) { v.Accepted = acked })
	p.says(t, "中心已收到")
	rejected := *acked
	rejected.State = "rejected"
	s.set(func(v *desk.View) { v.Accepted = &rejected })
	p.says(t, "请重新做通道测试再验收")
	p.acceptsAnew(t, s)
}

// acceptsAnew does what the page says where the hub has found no lane test. Programs that copy text put a picture of it beside it.
func (p *tab) acceptsAnew(t *testing.T, s *scene) {
	t.Helper()
	p.tap(t, "step lane", "guide begin")
	p.says(t, "停止测试")
	passed := sceneLane(5, desk.LanePassed)
	s.set(func(v *desk.View) { v.Lane = &passed })
	p.says(t, "通道测试通过")
	p.tap(t, "step accept")
	p.says(t, "可以验收")
	p.eval(t, "document.querySelector('input').focus()")
	p.eval(t, `(() => { const data = new DataTransfer(); data.items.add(new File(["x"], "image.png", { type: "image/png" }));
		window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data })); })()`)
	p.eval(t, "document.querySelector('input').blur()")
	set := func(worse bool, pin string) { s.mu.Lock(); s.worse, s.pin = worse, pin; s.mu.Unlock() }
	set(true, s.pin)
	p.tap(t, "guide sign")
	p.says(t, "没有验收")
	waitFor(t, "another check of this PC", func() bool { return s.heard("GET /v1/doctor") == 2 })
	p.until(t, "document.querySelector('[data-name=\"guide despite\"]').textContent.startsWith('○')")
	set(false, "changed")
	p.tap(t, "guide despite", "guide sign")
	p.says(t, "请按 F8")
}

// saleLeavesTheGuide: while a scanner is tried, a scan and an answer of which nothing is on record stay in the guide.
func saleLeavesTheGuide(t *testing.T, b *browser) {
	s := newScene(t)
	p := s.page(t, b, "")
	p.toGuide(t)
	p.tap(t, "step try")
	p.says(t, "什么都不会核销")
	for _, a := range p.burst(t, "6901234567892\r") {
		got(t, a, "key")
	}
	waitFor(t, "the scan at the desk", func() bool { return s.heard("scan 6901234567892") == 1 })
	s.set(func(v *desk.View) { v.Busy = true })
	s.answer(desk.Answer{Answer: voucher.Refused, Reason: voucher.BillMissing}, desk.Details{})
	s.set(func(v *desk.View) { v.Busy, v.Queued = false, 7 })
	p.says(t, "7 笔")
	p.says(t, "什么都不会核销")
	s.answer(good(voucher.Final), desk.Details{})
	p.says(t, "核销成功")
	p.key(t, "F8")
	p.says(t, "技术员请输入 PIN")
}

func (s *scene) hear(h desk.Heard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(desk.Event{Type: desk.HeardEvent, Heard: &h})
}

func (s *scene) settings() desk.DeviceSetup {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.setup.DeviceSetup
	d.Scanners = slices.Clone(d.Scanners)
	return d
}

// leavesSure has a technician go through the guide with a real scanner, agent and hub: what doctor finds is on the screen, a
// scan is shown, the lane test's code is read off the page's own picture, and the record comes to the hub.
func (a *pageTill) leavesSure(t *testing.T) {
	p := a.page
	p.key(t, "F8", "2", "7", "1", "8", "2", "8", "Enter")
	p.tap(t, "guide")
	p.until(t, "document.querySelectorAll('.row .how').length > 5")
	p.tap(t, "step fit")
	p.says(t, "扫码枪（串口）")
	p.tap(t, "step try")
	p.says(t, "什么都不会核销")
	check(t, a.till.Scanner.Scan("6901234567892"))
	p.says(t, "商品条码 · ")
	p.says(t, "已读到")
	p.tap(t, "step lane", "guide begin")
	p.until(t, "document.querySelector('.code canvas') !== null")
	url := p.eval(t, "document.querySelector('.code canvas').toDataURL('image/png')").(string)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(url, "data:image/png;base64,"))
	check(t, err)
	texts, err := qrimage.Decode(bytes.NewReader(raw))
	if err != nil || len(texts) != 1 {
		t.Fatalf("the code on the page reads as %q, %v", texts, err)
	}
	check(t, a.till.Scanner.Scan(texts[0]))
	p.says(t, "通道测试通过")
	p.tap(t, "step accept")
	p.says(t, "可以验收")
	p.eval(t, "document.querySelector('input').focus()")
	p.write(t, "王小明")
	if p.eval(t, "document.querySelector('[data-name=\"guide despite\"]') !== null").(bool) {
		p.tap(t, "guide despite")
	}
	p.tap(t, "guide sign")
	p.says(t, "中心已收到")
	now, err := a.till.Desk.Status(a.ctx)
	check(t, err)
	if now.Accepted == nil || now.Accepted.Technician != "王小明" || now.Accepted.State != "acked" {
		t.Errorf("the till says of its acceptance %+v", now.Accepted)
	}
}

// printed is how many slips the scene's printer has printed.
func (p *scenePaper) printed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.slips)
}
