package cashier

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// fakeDoor is a desk that remembers what it was asked to do.
type fakeDoor struct {
	events chan desk.Event
	slow   chan struct{} // when it is there, SetBill takes one before it comes back

	mu     sync.Mutex // guards what follows
	asked  []any
	broken error
	day    []desk.Line
	shift  desk.Shift
	past   []desk.Shift
	setup  desk.Setup
	lane   desk.Lane
}

func (d *fakeDoor) Events(context.Context) <-chan desk.Event { return d.events }

func (d *fakeDoor) SetBill(ctx context.Context, b desk.Bill) error {
	if d.slow != nil {
		select {
		case <-d.slow:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return d.ask(b)
}

func (d *fakeDoor) Scan(_ context.Context, text string) error { return d.ask(text) }

func (d *fakeDoor) Picture(_ context.Context, picture []byte) error {
	return d.ask("picture " + string(picture))
}

func (d *fakeDoor) Void(_ context.Context, id voucher.RedemptionID) (desk.Answer, error) {
	return reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Void: true}), d.ask(id)
}

func (d *fakeDoor) Day(context.Context, string) ([]desk.Line, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.day), d.broken
}

func (d *fakeDoor) Shift(context.Context) (desk.Shift, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shift, d.broken
}

// CloseShift gives a shift that is closed already again, as the agent does.
func (d *fakeDoor) CloseShift(_ context.Context, number int) (desk.Shift, error) {
	err := d.ask(shutting(number))
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil || number != d.shift.Number {
		return d.shift, err
	}
	done := d.shift
	until := noon
	done.Until = &until
	d.past = append([]desk.Shift{done}, d.past...)
	d.shift = desk.Shift{Number: number + 1}
	return done, nil
}

func (d *fakeDoor) Shifts(context.Context) ([]desk.Shift, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.past), d.broken
}

func (d *fakeDoor) Print(_ context.Context, id voucher.RedemptionID, lang string, width int) (desk.Printed, error) {
	if lang != "" || width != 0 {
		return desk.Printed{}, errors.New("the slip is not printed as the printer is set up")
	}
	return desk.Printed{Printed: true}, d.ask(printing(id.String()))
}

func (d *fakeDoor) Practise(_ context.Context, on bool) error { return d.ask(practising(on)) }

func (d *fakeDoor) CheckPIN(_ context.Context, pin string) error {
	if err := d.ask(checking(pin)); err != nil || pin == rightPIN {
		return err
	}
	return &desk.Error{Status: 403, Text: voucher.Text{Zh: "PIN 不对，还可以试 4 次。", En: "The PIN is wrong; 4 tries are left."}}
}

func (d *fakeDoor) SetSettings(_ context.Context, pin string, s desk.Settings) (desk.Settings, error) {
	return s, d.ask(setting{pin, s})
}

func (d *fakeDoor) SetPIN(_ context.Context, pin, next string) error {
	return d.ask(changing{pin, next})
}

func (d *fakeDoor) Doctor(context.Context) ([]desk.Finding, error) {
	return findings(), d.ask(examining(0))
}

func (d *fakeDoor) Setup(context.Context) (desk.Setup, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.setup, d.broken
}

func (d *fakeDoor) SetUp(_ context.Context, pin string, s desk.DeviceSetup) (desk.Setup, error) {
	err := d.ask(fitting{pin, s})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.setup.DeviceSetup = s
	return d.setup, err
}

func (d *fakeDoor) Lane(context.Context) (desk.Lane, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lane, d.broken
}

func (d *fakeDoor) BeginLane(ctx context.Context) (desk.Lane, error) {
	err := d.ask(laneDeed(true))
	l, _ := d.Lane(ctx)
	return l, err
}

func (d *fakeDoor) EndLane(ctx context.Context) (desk.Lane, error) {
	err := d.ask(laneDeed(false))
	l, _ := d.Lane(ctx)
	return l, err
}

func (d *fakeDoor) AcceptLane(_ context.Context, a desk.Acceptance) (desk.Lane, error) {
	return laneAccepted("waiting"), d.ask(acceptance(a))
}

const rightPIN = "246810"

func (d *fakeDoor) ask(what any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, what)
	return d.broken
}

func (d *fakeDoor) heard() []any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// shop is a window that runs, on the test's own goroutine: what crosses into Fyne's thread waits until the test does it.
type shop struct {
	*Window
	t      *testing.T
	door   *fakeDoor
	screen chan func()
	told   chan desk.Answer
	hidden int
	pass   time.Duration // how far the keys' clock is ahead
}

func openShop(t *testing.T, door *fakeDoor) *shop {
	t.Helper()
	test.NewTempApp(t)
	door.events = make(chan desk.Event)
	s := &shop{t: t, door: door, screen: make(chan func(), 1024), told: make(chan desk.Answer, 1024)}
	s.Window = New(fyne.CurrentApp(), door, Options{Lang: "zh", Keys: newKeys(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon },
		Tell: func(a desk.Answer) { s.told <- a }, Aside: func() { s.hidden++ }})
	s.cross = func(f func()) { s.screen <- f }
	s.face.now = func() time.Time { return time.Now().Add(s.pass) }
	s.window.Resize(fyne.NewSize(1024, 600))
	s.Show()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		s.window.Close()
	})
	return s
}

// until does what crosses into Fyne's thread until something holds.
func (s *shop) until(what string, holds func() bool) {
	s.t.Helper()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case f := <-s.screen:
			f()
		case <-time.After(5 * time.Millisecond): // the door may have heard something meanwhile
		case <-late:
			s.t.Fatalf("it never came to this: %s. The screen says\n%s", what, s.face.read())
		}
	}
}

func (s *shop) says(want string) {
	s.t.Helper()
	s.until("the screen says "+want, func() bool { return strings.Contains(tight(s.face.read()), tight(want)) })
}

func (s *shop) asked(want ...any) {
	s.t.Helper()
	s.until("the desk is asked", func() bool { return len(s.door.heard()) >= len(want) })
	if got := s.door.heard(); !slices.Equal(got, want) {
		s.t.Fatalf("the desk was asked %+v, want %+v", got, want)
	}
}

func typed(f voucher.Fen) desk.Bill { return desk.Bill{Fen: f, Source: "typed"} }

func TestASaleAtTheWindow(t *testing.T) {
	s := openShop(t, &fakeDoor{})
	s.says("正在连接")
	s.door.events <- sees(online()).(desk.Event)
	s.says("先输入金额")
	test.Tap(s.face.buttons["key5"])
	s.asked(typed(500))
	test.Tap(s.face.buttons["key8"])
	s.asked(typed(500), typed(5800))
	s.says("请扫消费券")
	for _, r := range voucherCode + "\r" {
		if r == '\r' {
			s.face.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			break
		}
		s.face.TypedRune(r)
	}
	s.asked(typed(500), typed(5800), voucherCode)
	s.door.events <- sees(busy(billed(online(), 5800, "typed"))).(desk.Event)
	s.says("正在核销")
	s.door.events <- hears(redeemed).(desk.Event)
	s.door.events <- sees(online()).(desk.Event)
	s.says("核销成功")
	s.says("¥48.00")
	test.Tap(s.face.buttons["language"])
	s.says("Collect ¥48.00")
	test.Tap(s.face.buttons["undo"])
	s.says("Void this sale?")
	test.Tap(s.face.buttons["undo yes"])
	s.says("The bill is no longer reduced")
	s.asked(typed(500), typed(5800), voucherCode, voucher.RedemptionID{Terminal: "T000017", Epoch: 1, Number: 42})
	test.Tap(s.face)
	s.says("Last sale")
}

func TestAScanNeverPassesTheAmountBeforeIt(t *testing.T) {
	door := &fakeDoor{slow: make(chan struct{})}
	s := openShop(t, door)
	s.door.events <- sees(online()).(desk.Event)
	s.says("先输入金额")
	for _, name := range []string{"key1", "key2", "key3"} {
		test.Tap(s.face.buttons[name])
	}
	s.post(scanned("HX1AAAAAAAA"))
	s.says("¥123")
	if got := door.heard(); len(got) != 0 {
		t.Fatalf("the desk has been asked %v while it was still busy with the first digit", got)
	}
	close(door.slow)
	s.until("the scan arrives", func() bool {
		got := door.heard()
		return len(got) > 0 && got[len(got)-1] == "HX1AAAAAAAA"
	})
	got := door.heard()
	if before := got[len(got)-2]; before != typed(12300) {
		t.Errorf("the desk heard %+v before the scan, want the whole amount", before)
	}
}

func TestWhatTheDeskDoesNotTakeIsSaid(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		do   event
		says string
	}{
		{"an amount, and the agent does not answer", desk.ErrUnreachable, pressed('5'), "金额没有记下，请重新输入。"},
		{"a scan, and the agent does not answer", desk.ErrUnreachable, scanned("HX1AAAAAAAA"), "这一扫没有送到，请再扫一次。"},
		{"a scan that the agent refuses", &desk.Error{Status: 503, Text: voucher.Text{Zh: "服务正在停止。", En: "Stopping."}}, scanned("HX1AAAAAAAA"), "服务正在停止。这一扫没有送到"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{broken: c.err})
			s.door.events <- sees(online()).(desk.Event)
			s.says("先输入金额")
			s.post(c.do)
			s.says(c.says)
			s.says("¥0.00")
		})
	}
}

func TestAVoidThatIsNotAnsweredIsLeftOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"the agent went away in the middle", desk.ErrUnreachable, "不知道有没有撤销"},
		{"the agent refused", &desk.Error{Status: 503, Text: voucher.Text{Zh: "服务正在停止。", En: "Stopping."}}, "服务正在停止。没有撤销。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{broken: c.err})
			s.door.events <- sees(online()).(desk.Event)
			s.door.events <- hears(redeemed).(desk.Event)
			s.post(undo(Asked))
			s.post(undo(Sent))
			s.says(c.says)
			s.says("撤销这一单")
		})
	}
}

func TestRunEndsWithTheDoor(t *testing.T) {
	test.NewTempApp(t)
	door := &fakeDoor{events: make(chan desk.Event)}
	w := New(fyne.CurrentApp(), door, Options{Lang: "en", Keys: newKeys(), Log: slog.New(slog.DiscardHandler)})
	w.cross = func(func()) {}
	close(door.events)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // nobody reads the inbox any more, and a touch must not hang the window
		w.post(touched{})
	}
}

func TestTheFirstPaintIsTold(t *testing.T) {
	test.NewTempApp(t)
	w := open(t, State{Lang: "zh", Now: noon}, 1024, 768)
	select {
	case <-w.Painted():
		t.Fatal("painted before anything was painted")
	default:
	}
	w.window.Canvas().Capture()
	select {
	case <-w.Painted():
	default:
		t.Fatal("painted, and not told")
	}
}
