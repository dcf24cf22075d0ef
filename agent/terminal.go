package agent

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Config is what a Terminal needs.
type Config struct {
	Journal  *journal.Journal
	Log      *slog.Logger     // nil: silence
	Version  string           // of the program, shown in the view
	Patience time.Duration    // how long to wait for the hub; 0: as the campaign says
	Scanners []desk.Scanner   // those set up, before there is word of them
	Closes   *Closes          // of this journal's shifts; nil: they are kept in memory only
	Now      func() time.Time // nil: time.Now

	// PassOn hands a code that is no voucher to the program that it is for, and tells whether that will be tried; it must not
	// wait. text is what a scan of that source gave. When it comes to nothing after all, NotPassedOn is called. nil: no code
	// goes on.
	PassOn func(source, text string) bool
}

// Terminal is one till. All methods but Run are safe for concurrent use; those that ask something of it wait for its
// mailbox, which waits for the disk.
type Terminal struct {
	now  func() time.Time
	core *Core // owned by Run's goroutine
	mail chan func(now time.Time)
	done chan struct{} // closed when Run has ended

	readers desk.Listeners
	mu      sync.Mutex // guards view; held while the readers are told, so that each hears them in order
	view    desk.View  // as it was last shown; what it points to is never changed
}

var _ desk.Counter = (*Terminal)(nil)

const (
	// readerRoom is how many events may wait for one reader before it is given up: what the hub says of some full frames
	// after an outage, each in one step. A reader that was given up then may have missed the answer a cashier waits for.
	readerRoom = 10 * wire.MaxRecords
	lookEvery  = 5 * time.Second // how often the view is made anew when nothing happens: leases end, queues age
)

// NewTerminal makes a till on its journal, and has the journal tell it what is settled. It starts nothing: until Run is
// called, whoever asks waits.
func NewTerminal(c Config) *Terminal {
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Terminal{now: c.Now, core: NewCore(c), mail: make(chan func(time.Time)), done: make(chan struct{})}
	t.view = t.core.View(c.Now())
	c.Journal.OnSettled(func(sales []journal.Sale) {
		t.post(context.Background(), func(now time.Time) { t.core.Settled(sales) })
	})
	c.Journal.OnLaw(func() { t.post(context.Background(), func(time.Time) {}) })
	return t
}

// Run takes back what a crash left unanswered, then deals with the mailbox until ctx ends. Then it takes nothing new,
// answers what still waits for the hub (at most the campaign's patience), ends everybody's events and returns nil.
func (t *Terminal) Run(ctx context.Context) error {
	defer t.end()
	t.core.Wake(t.now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	ending := ctx.Done()
	for {
		t.publish()
		if t.core.stopping && !t.core.Waiting() {
			return nil
		}
		now := t.now()
		timer.Reset(t.core.Next(now).Sub(now))
		select {
		case letter := <-t.mail:
			letter(t.now())
		case <-timer.C:
			t.core.Tick(t.now())
		case <-ending:
			t.core.Stop()
			ending = nil
		}
		t.core.Look(t.now())
	}
}

// post hands a letter to Run; it is dealt with in order. The error is desk.ErrStopping when Run has ended, or ctx's.
func (t *Terminal) post(ctx context.Context, letter func(now time.Time)) error {
	select {
	case t.mail <- letter:
		return nil
	case <-t.done:
		return desk.ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask posts a letter and waits for its answer. What was asked is done even if ctx ends meanwhile.
func ask[A any](ctx context.Context, t *Terminal, letter func(now time.Time, answer func(A))) (a A, err error) {
	answered := make(chan A, 1)
	answer := func(a A) { answered <- a }
	if err := t.post(ctx, func(now time.Time) { letter(now, answer) }); err != nil {
		return a, err
	}
	select {
	case a = <-answered:
	case <-t.done:
		select {
		case a = <-answered:
		default:
			err = desk.ErrStopping
		}
	}
	return a, err
}

// Redeem implements desk.Counter.
func (t *Terminal) Redeem(ctx context.Context, s desk.Sale) desk.Answer {
	a, err := ask(ctx, t, func(now time.Time, answer func(desk.Answer)) {
		t.core.Redeem(s, answer, now)
	})
	if err != nil {
		return stopped(desk.Answer{Bill: s.Bill, Pay: s.Bill, Order: s.Order, At: t.now()})
	}
	return a
}

// Void implements desk.Counter.
func (t *Terminal) Void(ctx context.Context, id voucher.RedemptionID) desk.Answer {
	a, err := ask(ctx, t, func(now time.Time, answer func(desk.Answer)) { t.core.Void(id, answer, now) })
	if err != nil {
		return stopped(desk.Answer{Redemption: id.String(), Voided: true, At: t.now()})
	}
	return a
}

func stopped(a desk.Answer) desk.Answer {
	a.Answer, a.Reason = voucher.Refused, voucher.Busy
	return a.Say(desk.Details{Stopping: true})
}

// Scan implements desk.Counter. An empty text is a scan that the scanner itself knows to be damaged.
func (t *Terminal) Scan(ctx context.Context, text, source string) error {
	taken, err := ask(ctx, t, func(now time.Time, answer func(error)) { answer(t.core.Scan(text, source, now)) })
	return errors.Join(taken, err)
}

// Picture implements desk.Counter.
func (t *Terminal) Picture(ctx context.Context, texts []string, source string) error {
	taken, err := ask(ctx, t, func(now time.Time, answer func(error)) { answer(t.core.Picture(texts, source, now)) })
	return errors.Join(taken, err)
}

// NotPassedOn is told that a code which Config.PassOn took did not reach the other program.
func (t *Terminal) NotPassedOn(source, text string) {
	t.post(context.Background(), func(time.Time) { t.core.NotPassedOn(source, text) })
}

// SetBill implements desk.Counter.
func (t *Terminal) SetBill(ctx context.Context, b desk.Bill) error {
	taken, err := ask(ctx, t, func(now time.Time, answer func(error)) { answer(t.core.SetBill(b)) })
	return errors.Join(taken, err)
}

// Line is told how the line to the hub stands; the problem is what the hub or the network said, and may be empty.
func (t *Terminal) Line(online bool, since time.Time, problem voucher.Text) {
	t.post(context.Background(), func(time.Time) { t.core.Line(online, since, problem) })
}

// Scanner is told how a scanner stands; a name that is not known yet is added.
func (t *Terminal) Scanner(s desk.Scanner) {
	t.post(context.Background(), func(time.Time) { t.core.Scanner(s) })
}

// Device is told how a device stands; one that is not known yet is added.
func (t *Terminal) Device(d desk.Device) {
	t.post(context.Background(), func(time.Time) { t.core.Device(d) })
}

// NoScanner is told that a scanner is not set up any more.
func (t *Terminal) NoScanner(name string) {
	t.post(context.Background(), func(time.Time) { t.core.NoScanner(name) })
}

// NoDevice is told that a device is not set up any more.
func (t *Terminal) NoDevice(kind, name string) {
	t.post(context.Background(), func(time.Time) { t.core.NoDevice(kind, name) })
}

// View implements desk.Counter.
func (t *Terminal) View() desk.View {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.view
}

// Watch implements desk.Counter. Once Run has ended it gives the last View and closes.
func (t *Terminal) Watch(ctx context.Context) <-chan desk.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.readers.Join(ctx, readerRoom, viewEvent(t.view))
}

// publish tells the readers what the last step brought: its answers, then the view where it changed. It waits for
// nobody.
func (t *Terminal) publish() {
	view := t.core.View(t.now())
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.core.News() {
		t.readers.Tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
	}
	if !reflect.DeepEqual(view, t.view) {
		t.view = view
		t.readers.Tell(viewEvent(view))
	}
}

func viewEvent(v desk.View) desk.Event { return desk.Event{Type: desk.ViewEvent, View: &v} }

// end lets everybody go.
func (t *Terminal) end() {
	t.readers.End()
	close(t.done)
}
