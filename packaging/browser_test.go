package packaging

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// browser is a Chromium without a screen, driven over its own debugging line (chromedevtools.github.io/devtools-protocol).
// The protocol is spoken here in the few words that the tests need: a library for it brings half a million lines.
type browser struct {
	conn *websocket.Conn

	mu      sync.Mutex // guards the rest, and writing
	count   int
	waiting map[int]chan said
}

type said struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

const browserPatience = 20 * time.Second

// open starts Chromium; it ends with the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v (`make setup` installs it)", err)
	}
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=zh-CN",
		"--remote-debugging-port=0", "--remote-allow-origins=*", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.Env = append(os.Environ(), "FONTCONFIG_FILE="+fontsOfTheHouse(t))
	b := &browser{waiting: map[int]chan said{}}
	out, err := cmd.StderrPipe()
	check(t, err)
	check(t, cmd.Start())
	ended := make(chan struct{})
	t.Cleanup(func() { endBrowser(cmd, b, ended) })
	url := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, at, found := strings.Cut(lines.Text(), "DevTools listening on "); found {
				url <- at
			}
		}
		close(url)
		cmd.Wait()
		close(ended)
	}()
	select {
	case at, open := <-url:
		if !open {
			t.Fatal("chromium ended before it listened")
		}
		b.conn, _, err = websocket.DefaultDialer.Dial(at, nil)
		check(t, err)
	case <-time.After(browserPatience):
		t.Fatal("chromium does not listen")
	}
	go b.hear()
	return b
}

// fontsOfTheHouse lets Chromium draw with the window's own fonts, whatever else is installed: then texts are as wide on
// every machine.
func fontsOfTheHouse(t *testing.T) (file string) {
	t.Helper()
	fonts, err := filepath.Abs("../ui/cashier/fonts")
	check(t, err)
	file = filepath.Join(t.TempDir(), "fonts.conf")
	check(t, os.WriteFile(file, []byte(`<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>`+fonts+`</dir><cachedir>`+t.TempDir()+`</cachedir></fontconfig>`), 0o644))
	return file
}

// endBrowser asks Chromium to end, so that nothing of it writes into its folder any more.
func endBrowser(cmd *exec.Cmd, b *browser, ended <-chan struct{}) {
	if b.conn == nil {
		cmd.Process.Kill()
	} else if _, err := b.post("", "Browser.close", object{}); err != nil {
		cmd.Process.Kill()
	}
	late := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
	defer late.Stop()
	<-ended
	if b.conn != nil {
		b.conn.Close()
	}
}

func (b *browser) hear() {
	for {
		var s said
		if b.conn.ReadJSON(&s) != nil {
			return
		}
		b.mu.Lock()
		if to := b.waiting[s.ID]; to != nil {
			delete(b.waiting, s.ID)
			to <- s
		}
		b.mu.Unlock()
	}
}

// post sends a command and gives where its answer comes.
func (b *browser) post(session, method string, params any) (<-chan said, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	to := make(chan said, 1)
	b.waiting[b.count] = to
	message := map[string]any{"id": b.count, "method": method, "params": params}
	if session != "" {
		message["sessionId"] = session
	}
	return to, b.conn.WriteJSON(message)
}

func (b *browser) do(t *testing.T, session, method string, params any) json.RawMessage {
	t.Helper()
	to, err := b.post(session, method, params)
	check(t, err)
	return got(t, to, method)
}

func got(t *testing.T, from <-chan said, what string) json.RawMessage {
	t.Helper()
	select {
	case s := <-from:
		if s.Error != nil {
			t.Fatalf("%s: %s", what, s.Error.Message)
		}
		return s.Result
	case <-time.After(browserPatience):
		t.Fatalf("%s: no answer", what)
	}
	return nil
}

// tab is a page of the browser, of the size of an old till's screen.
type tab struct {
	*browser
	session string
}

type object = map[string]any

// open shows a page. Before it, the script is run in the page when it is not empty.
func (b *browser) open(t *testing.T, url, before string) *tab {
	t.Helper()
	var made struct{ TargetID, SessionID string }
	check(t, json.Unmarshal(b.do(t, "", "Target.createTarget", object{"url": "about:blank"}), &made))
	target := made.TargetID
	check(t, json.Unmarshal(b.do(t, "", "Target.attachToTarget", object{"targetId": target, "flatten": true}), &made))
	p := &tab{b, made.SessionID}
	t.Cleanup(func() { b.post("", "Target.closeTarget", object{"targetId": target}) })
	p.do(t, "Page.enable", object{})
	p.size(t, 1024, 600)
	p.do(t, "Emulation.setTouchEmulationEnabled", object{"enabled": true})
	p.do(t, "Emulation.setFocusEmulationEnabled", object{"enabled": true})
	if before != "" {
		p.do(t, "Page.addScriptToEvaluateOnNewDocument", object{"source": before})
	}
	p.do(t, "Page.navigate", object{"url": url})
	p.until(t, "document.readyState === 'complete' && (document.getElementById('page').childElementCount > 0 || !document.getElementById('old').hidden)")
	return p
}

func (p *tab) do(t *testing.T, method string, params any) json.RawMessage {
	t.Helper()
	return p.browser.do(t, p.session, method, params)
}

func (p *tab) size(t *testing.T, w, h int) {
	t.Helper()
	p.do(t, "Emulation.setDeviceMetricsOverride", object{"width": w, "height": h, "deviceScaleFactor": 1, "mobile": false})
}

// eval gives the value of an expression; a promise is waited for.
func (p *tab) eval(t *testing.T, expression string) any {
	t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	check(t, json.Unmarshal(p.do(t, "Runtime.evaluate", object{"expression": expression, "awaitPromise": true, "returnByValue": true, "allowUnsafeEvalBlockedByCSP": false}), &out))
	if e := out.ExceptionDetails; e != nil {
		t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	return out.Result.Value
}

// until waits for an expression to be true, looking at it with every frame.
func (p *tab) until(t *testing.T, expression string) {
	t.Helper()
	seen := p.eval(t, fmt.Sprintf(`new Promise((done) => {
		const late = performance.now() + %d;
		const look = () => { let so = false; try { so = %s } catch (e) { } so ? done("") : performance.now() > late ? done(document.body.innerText || document.body.outerHTML) : setTimeout(look, 8); };
		look();
	})`, browserPatience.Milliseconds()/2, expression))
	if seen != "" {
		t.Fatalf("never came true: %s\nthe page says: %s", expression, seen)
	}
}

// says waits until the page shows a text.
func (p *tab) says(t *testing.T, text string) {
	t.Helper()
	p.until(t, "document.getElementById('page').innerText.includes("+quoted(text)+")")
}

func quoted(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

// named keys, as the protocol wants them.
var namedKeys = map[string]int{"Enter": 13, "Tab": 9, "Escape": 27, "Backspace": 8, "Delete": 46, "ArrowDown": 40, "ArrowUp": 38, "F2": 113, "F4": 115, "F8": 119, "F9": 120, "F10": 121}

func keyEvents(key string) []object {
	down := object{"type": "keyDown", "key": key}
	switch {
	case key == "<": // in a text
		return keyEvents("Backspace")
	case namedKeys[key] != 0:
		down["windowsVirtualKeyCode"] = namedKeys[key]
		if key == "Enter" {
			down["text"] = "\r"
		}
	default:
		down["text"] = key
	}
	up := object{"type": "keyUp", "key": key, "windowsVirtualKeyCode": namedKeys[key]}
	return []object{down, up}
}

// key presses one key and waits until the page has had it.
func (p *tab) key(t *testing.T, keys ...string) {
	t.Helper()
	for _, k := range keys {
		for _, e := range keyEvents(k) {
			p.do(t, "Input.dispatchKeyEvent", e)
		}
	}
}

// burst types a text and Enter as fast as the browser takes it, as a scanner does; the answers come later.
func (p *tab) burst(t *testing.T, text string) (answers []<-chan said) {
	t.Helper()
	keys := append(strings.Split(text, ""), "Enter")
	for _, k := range keys {
		for _, e := range keyEvents(k) {
			to, err := p.post(p.session, "Input.dispatchKeyEvent", e)
			check(t, err)
			answers = append(answers, to)
		}
	}
	return answers
}

// where is the middle of a button.
func (p *tab) where(t *testing.T, name string) (x, y float64) {
	t.Helper()
	find := "document.querySelector('[data-name=" + quoted(name) + "]')"
	p.until(t, find+" !== null")
	at := p.eval(t, "(() => { const e = "+find+"; e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()").([]any)
	return at[0].(float64), at[1].(float64)
}

// tap touches a button with a finger.
func (p *tab) tap(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		x, y := p.where(t, name)
		p.do(t, "Input.dispatchTouchEvent", object{"type": "touchStart", "touchPoints": []object{{"x": x, "y": y}}})
		p.do(t, "Input.dispatchTouchEvent", object{"type": "touchEnd", "touchPoints": []object{}})
	}
}

// click presses a button with the mouse, without waiting.
func (p *tab) click(t *testing.T, x, y float64) (answers []<-chan said) {
	t.Helper()
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		to, err := p.post(p.session, "Input.dispatchMouseEvent", object{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})
		check(t, err)
		answers = append(answers, to)
	}
	return answers
}

// picture keeps what the page looks like.
func (p *tab) picture(t *testing.T, name string) {
	t.Helper()
	var shot struct{ Data string }
	check(t, json.Unmarshal(p.do(t, "Page.captureScreenshot", object{"format": "png", "optimizeForSpeed": true}), &shot))
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	check(t, err)
	folder := filepath.Join("..", "build", "pictures", "page")
	check(t, os.MkdirAll(folder, 0o755))
	check(t, os.WriteFile(filepath.Join(folder, name+".png"), raw, 0o644))
}
