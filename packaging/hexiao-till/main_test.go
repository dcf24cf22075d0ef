//go:build !windows

package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

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
		{"a Wayland desktop without X11 and without a browser", []string{"WAYLAND_DISPLAY=wayland-0"}, []string{"--token-file", token}, 1, []string{"XWayland", "xwayland", "No browser"}},
		{"a display that is not there, and no browser", []string{"DISPLAY=:65000"}, []string{"--token-file", token}, 1, []string{"窗口打不开", "cannot be opened", "没有找到能用的浏览器", "http://127.0.0.1:7373/", token}},
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
	for flag, want := range map[string]string{"--help": "--page", "--version": "hexiao-till unknown"} {
		p := program(t.Context(), nil, flag)
		var out strings.Builder
		p.Stdout = &out
		if code := p.code(); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit code %d, says %q", flag, code, out.String())
		}
	}
}

// The grounds of the window, as ui/cashier paints them.
var (
	idleGround    = color.NRGBA{0xe9, 0xed, 0xf2, 0xff}
	waitingGround = color.NRGBA{0xd3, 0xe3, 0xfa, 0xff}
	awayGround    = color.NRGBA{0x1e, 0x25, 0x2d, 0xff}
	voidedGround  = color.NRGBA{0x4a, 0x4f, 0x57, 0xff}
)

// Places in grounds.
const (
	refused = iota
	provisional
	final
)

var grounds = []struct {
	name   string
	answer desk.Answer
	ground color.NRGBA
	ink    color.NRGBA
}{
	refused:     {"REFUSED", desk.Answer{Answer: voucher.Refused, Reason: voucher.AlreadyRedeemed, Bill: 5800, Pay: 5800}, color.NRGBA{0xb3, 0x21, 0x1c, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}},
	provisional: {"PROVISIONAL", desk.Answer{Answer: voucher.Provisional, Risk: voucher.MerchantBears, Redemption: "T000017-1-41", Bill: 21000, Face: 5000, Pay: 16000}, color.NRGBA{0xff, 0xb7, 0x1f, 0xff}, color.NRGBA{0x1e, 0x13, 0x00, 0xff}},
	final:       {"FINAL", desk.Answer{Answer: voucher.Final, Redemption: "T000017-1-42", Bill: 5800, Face: 1000, Pay: 4800}, color.NRGBA{0x0a, 0x6f, 0x37, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}},
}

// The real window, on a real display, before the real desk with a counter behind it that says what it is told to.
func TestTheWindowShowsTheAnswers(t *testing.T) {
	x := openDisplay(t)
	counter := newCounter()
	p := open(t, x, counter.serve(t)...)
	for _, g := range grounds {
		counter.answer(g.answer)
		see(t, x, p, g.name, g.ground, g.ink)
	}
	keep(t, x, "till.png")
	p.stop(t)
}

// see waits until most of the display has the answer's ground and some of it the ink.
func see(t testing.TB, x *xvfb, p *till, name string, ground, ink color.NRGBA) {
	t.Helper()
	x.until(t, p.ended, name, func(m *image.NRGBA) bool { return share(m, ground) > 0.2 && share(m, ink) > 0.01 })
}

// keep saves what is on the display in build, for people.
func keep(t testing.TB, x *xvfb, name string) {
	t.Helper()
	m, err := x.Look()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", "build", name)
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

// serve opens a desk before the counter, and gives the program's arguments for it. The window fills the screen, so that
// everything lies where hands_test.go says.
func (c *counter) serve(t testing.TB) []string {
	t.Helper()
	server := httptest.NewServer(desk.NewServer(desk.Config{Counter: c, Pictures: bytesOf, Token: "secret", Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(server.Close)
	return []string{"--desk", server.URL, "--lang", "zh", "--fullscreen", "--token-file", tokenFile(t, "secret")}
}

// bytesOf reads in a picture how many bytes it has.
func bytesOf(_ context.Context, picture io.Reader) ([]string, error) {
	n, err := io.Copy(io.Discard, picture)
	return []string{strconv.FormatInt(n, 10) + " bytes"}, err
}

// counter stands behind the desk and tells everybody what the test tells it; who comes later hears it all. The mutex
// guards told and more.
type counter struct {
	desk.Counter // what the window does not ask is not there

	scans chan string    // what was scanned, when it is not nil
	bills chan desk.Bill // what was set, when it is not nil

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

// Scan implements desk.Counter.
func (c *counter) Scan(ctx context.Context, text, source string) error {
	if c.scans != nil {
		c.scans <- text
	}
	return nil
}

// Picture implements desk.Counter.
func (c *counter) Picture(ctx context.Context, texts []string, source string) error {
	return c.Scan(ctx, strings.Join(texts, "+"), source)
}

// SetBill implements desk.Counter.
func (c *counter) SetBill(ctx context.Context, b desk.Bill) error {
	if c.bills != nil {
		c.bills <- b
	}
	return nil
}
