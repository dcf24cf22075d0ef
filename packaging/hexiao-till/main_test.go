package main

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"image/png"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// asProgram makes the test binary be the program: a window must have a process's first thread.
const asProgram = "HEXIAO_TILL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		if wait, err := time.ParseDuration(os.Getenv(asProgram)); err == nil {
			patience = wait
		}
		main()
	}
	os.Exit(m.Run())
}

// till is the program, running.
type till struct {
	*exec.Cmd
	says bytes.Buffer // its standard error; to be read when it has ended
}

// program prepares the program with an environment that has no display and no token but what is given.
func program(ctx context.Context, env []string, args ...string) *till {
	t := &till{Cmd: exec.CommandContext(ctx, os.Args[0], args...)}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "HEXIAO_DESK_TOKEN_FILE", "LANG", "LC_ALL", "LC_MESSAGES":
		default:
			t.Env = append(t.Env, e)
		}
	}
	t.Env = append(append(t.Env, asProgram+"=10s", "LANG=en_US.UTF-8"), env...)
	t.Stderr = &t.says
	t.WaitDelay = 5 * time.Second
	return t
}

func (t *till) code() int {
	err := t.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode()
	} else if err != nil {
		return -1
	}
	return 0
}

func TestWhatThereIsNoWindowFor(t *testing.T) {
	token := tokenFile(t, "secret")
	empty := tokenFile(t, "")
	for _, c := range []struct {
		name string
		env  []string
		args []string
		code int
		says []string
	}{
		{"an unknown flag", nil, []string{"--color"}, 2, []string{"color", "--help"}},
		{"an unknown language", nil, []string{"--lang", "fr"}, 2, []string{"zh", "en", "fr"}},
		{"a word too many", nil, []string{"now"}, 2, []string{"now"}},
		{"a desk that is no address", nil, []string{"--desk", "127.0.0.1:7373"}, 2, []string{"http://127.0.0.1:7373"}},
		{"a desk of another scheme", nil, []string{"--desk", "https://127.0.0.1:7373"}, 2, []string{"http://127.0.0.1:7373"}},
		{"no token", nil, []string{"--token-file", "/nowhere/desk.token"}, 1, []string{"/nowhere/desk.token", "hexiao-agent", "找不到"}},
		{"an empty token", nil, []string{"--token-file", empty}, 1, []string{empty, "找不到"}},
		{"the token's file from the environment", []string{"HEXIAO_DESK_TOKEN_FILE=/elsewhere/desk.token"}, nil, 1, []string{"/elsewhere/desk.token"}},
		{"no display", nil, []string{"--token-file", token}, 1, []string{"DISPLAY", "没有显示器"}},
		{"a Wayland desktop without X11", []string{"WAYLAND_DISPLAY=wayland-0"}, []string{"--token-file", token}, 1, []string{"XWayland", "xwayland"}},
		{"a display that is not there", []string{"DISPLAY=:65000"}, []string{"--token-file", token}, 1, []string{"窗口打不开", "cannot be opened"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := program(t.Context(), c.env, c.args...)
			if code := p.code(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(p.says.String(), want) {
					t.Errorf("does not say %q, but\n%s", want, p.says.String())
				}
			}
			if strings.Contains(p.says.String(), "goroutine ") || strings.Contains(p.says.String(), "secret") {
				t.Errorf("no cashier should read this:\n%s", p.says.String())
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	for flag, want := range map[string]string{"--help": "--fullscreen", "--version": "hexiao-till unknown"} {
		p := program(t.Context(), nil, flag)
		var out strings.Builder
		p.Stdout = &out
		if code := p.code(); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit code %d, says %q", flag, code, out.String())
		}
	}
}

// A display without OpenGL is not an error that Fyne 2.7 reports: it waits for ever with no window.
func TestADisplayWithoutOpenGLIsNamed(t *testing.T) {
	x := openDisplay(t, "-extension", "GLX")
	p := program(t.Context(), []string{"DISPLAY=" + x.display, asProgram + "=3s"}, "--token-file", tokenFile(t, "secret"))
	if code := p.code(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, want := range []string{"OpenGL", "画出窗口"} {
		if !strings.Contains(p.says.String(), want) {
			t.Errorf("does not say %q, but\n%s", want, p.says.String())
		}
	}
}

// The grounds of the answers, as ui/cashier paints them.
var grounds = []struct {
	name   string
	answer desk.Answer
	ground color.NRGBA
	ink    color.NRGBA
}{
	{"REFUSED", desk.Answer{Answer: voucher.Refused, Reason: voucher.AlreadyRedeemed, Bill: 5800, Pay: 5800}, color.NRGBA{0xb3, 0x21, 0x1c, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}},
	{"PROVISIONAL", desk.Answer{Answer: voucher.Provisional, Risk: voucher.MerchantBears, Redemption: "T000017-1-41", Bill: 21000, Face: 5000, Pay: 16000}, color.NRGBA{0xff, 0xb7, 0x1f, 0xff}, color.NRGBA{0x1e, 0x13, 0x00, 0xff}},
	{"FINAL", desk.Answer{Answer: voucher.Final, Redemption: "T000017-1-42", Bill: 5800, Face: 1000, Pay: 4800}, color.NRGBA{0x0a, 0x6f, 0x37, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}},
}

// The real window, on a real display, before the real desk with a counter behind it that says what it is told to.
func TestTheWindowShowsTheAnswers(t *testing.T) {
	x := openDisplay(t)
	counter := newCounter()
	server := httptest.NewServer(desk.NewServer(desk.Config{Counter: counter, Token: "secret", Log: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	p := program(t.Context(), []string{"DISPLAY=" + x.display, asProgram + "=60s"}, "--desk", server.URL, "--lang", "zh", "--token-file", tokenFile(t, "secret"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); p.Wait() }()
	defer func() { <-ended }()
	defer p.Process.Kill()

	for _, g := range grounds {
		g.answer.At = time.Now()
		counter.tell(desk.Event{Type: desk.AnswerEvent, Answer: new(g.answer.Say(desk.Details{}))})
		see(t, x, ended, g.name, g.ground, g.ink)
	}
	keep(t, x)

	p.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the window does not end when it is told to")
	}
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, p.says.String())
	}
	if strings.Contains(p.says.String(), "Error in Fyne call thread") {
		t.Errorf("the window is drawn from a wrong thread:\n%s", p.says.String())
	}
}

// see waits until most of the display has the answer's ground and some of it the ink. A picture is no event: there is
// nothing to wait for but to look again.
func see(t *testing.T, x *xvfb, ended <-chan struct{}, name string, ground, ink color.NRGBA) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	late := time.After(60 * time.Second)
	for {
		m, err := x.look()
		if err == nil && share(m, ground) > 0.3 && share(m, ink) > 0.01 {
			return
		}
		select {
		case <-again.C:
		case <-ended:
			t.Fatalf("the program ended before %s was on the screen", name)
		case <-late:
			if err != nil {
				t.Fatal(err)
			}
			keep(t, x)
			t.Fatalf("%s is not on the screen: its ground covers %.0f %% of it and its ink %.1f %%; see build/till.png", name, 100*share(m, ground), 100*share(m, ink))
		}
	}
}

// keep saves what is on the display as build/till.png.
func keep(t *testing.T, x *xvfb) {
	t.Helper()
	m, err := x.look()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", "build", "till.png")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}

func tokenFile(t *testing.T, token string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "desk.token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// counter stands behind the desk and tells everybody what the test tells it; who comes later hears it all. The mutex
// guards told and more.
type counter struct {
	desk.Counter // what the window does not ask is not there

	mu   sync.Mutex
	told []desk.Event
	more chan struct{} // closed at the next event
}

func newCounter() *counter {
	until := time.Now().Add(6 * time.Hour)
	return &counter{more: make(chan struct{}), told: []desk.Event{{Type: desk.ViewEvent, View: &desk.View{
		Terminal: "T000017", Merchant: "鲁山县尧山镇惠民生活超市",
		Campaign: voucher.Text{Zh: "“冬日送暖”消费券 · 第 1 期", En: "Winter Warmth vouchers · phase 1"},
		Hub:      desk.Hub{Online: true, Since: time.Now().Add(-3 * time.Hour)}, Scanners: []desk.Scanner{{Name: "/dev/ttyUSB0", Connected: true}},
		Lease: desk.Lease{Count: 50, Sum: 100000, Until: &until}, Warnings: []desk.Warning{}}}}}
}

func (c *counter) tell(e desk.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, e)
	close(c.more)
	c.more = make(chan struct{})
}

// Watch implements desk.Counter.
func (c *counter) Watch(ctx context.Context) <-chan desk.Event {
	out := make(chan desk.Event)
	go func() {
		defer close(out)
		for n := 0; ; n++ {
			e, ok := c.event(ctx, n)
			if !ok {
				return
			}
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// event waits for the event of that number.
func (c *counter) event(ctx context.Context, n int) (desk.Event, bool) {
	for {
		c.mu.Lock()
		told, more := c.told, c.more
		c.mu.Unlock()
		if n < len(told) {
			return told[n], true
		}
		select {
		case <-more:
		case <-ctx.Done():
			return desk.Event{}, false
		}
	}
}
