package practice

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"hexiao/agent/desk"
)

// Quiet is how long practice goes on without a scan.
const Quiet = 10 * time.Minute

// Config is what a Switch needs.
type Config struct {
	Till     desk.Counter       // the real one
	Shifts   desk.Shifts        // the real till's
	Lanes    desk.Lanes         // likewise
	Settings *desk.SettingsFile // what stands in each view, and whether practice is allowed
	Rules    func() Rules       // of the campaign in force; asked when practice begins
	Now      func() time.Time   // the till's trusted time in the campaign's zone
	Log      *slog.Logger       // nil: silence

	// PassOn is agent.Config.PassOn: what is not for us goes on while somebody practises too. nil: no code goes on.
	PassOn func(source, text string) bool
}

// Switch is the till as people meet it: the real one, or while it is on, practice. It decides where a call goes at the
// moment when it comes in, and holds nothing up:
//
//   - A sale that waits for the hub when practice is switched on is finished at the real till. Its answer reaches those who
//     asked, and every window, as the real answer that it is.
//   - POS software that redeems meanwhile is REFUSED, busy; the windows are told. Voids of real redemptions are refused
//     likewise, and a shift is not closed.
//   - The real till's bill stays where it is, and is there again when practice ends, unless it came off the customer's
//     display: that goes on showing what the POS does.
//
// Practice ends by itself after Quiet without a scan, when the settings forbid it, and with Run. All methods but Run are safe
// for concurrent use.
type Switch struct {
	c       Config
	wake    chan struct{} // something that Run waits for is another now
	readers desk.Listeners

	mu    sync.Mutex   // guards what follows; held while the readers are told, so that each hears them in order
	real  desk.View    // as the real till last told it
	shown desk.View    // as the readers were last told
	till  *Till        // nil while practice is off
	quiet time.Time    // when practice ends by itself, by the clock that nobody sets
	last  *desk.Answer // the newest answer since practice began
	over  bool         // Run has ended
}

var (
	_ desk.Counter  = (*Switch)(nil)
	_ desk.Shifts   = (*Switch)(nil)
	_ desk.Practice = (*Switch)(nil)
	_ desk.Lanes    = (*Switch)(nil)
)

// readerRoom is agent.Terminal's: what the hub says of some full frames after an outage, each in one step.
const readerRoom = 1000

// again is how long Run waits when the real till has let it go, before it listens anew.
const again = time.Second

// NewSwitch makes one with practice off. It starts nothing: until Run is called, nobody hears of what changes.
func NewSwitch(c Config) *Switch {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Switch{c: c, wake: make(chan struct{}, 1)}
	s.real = c.Till.View()
	s.shown = s.dress(s.real)
	c.Settings.OnChange(s.settingsChanged)
	return s
}

// Run hands on what the real till tells, and ends practice in time, until ctx ends; then it ends everybody's events and
// returns nil. The real till must end before, so that its last answers are heard.
func (s *Switch) Run(ctx context.Context) error {
	defer s.end()
	for s.follow(ctx) {
		pause := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	return nil
}

// follow hears the real till until it lets us go; false when ctx has ended.
func (s *Switch) follow(ctx context.Context) bool {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for events := s.c.Till.Watch(ctx); ; {
		timer.Reset(s.left())
		select {
		case e, open := <-events:
			if !open {
				return ctx.Err() == nil
			}
			s.hear(e)
		case <-timer.C:
			s.expire()
		case <-s.wake:
		}
	}
}

// left is how long practice may still be quiet; a long time while it is off.
func (s *Switch) left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till == nil {
		return time.Hour
	}
	return max(0, time.Until(s.quiet))
}

// hear hands on an event of the real till.
func (s *Switch) hear(e desk.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Answer != nil {
		s.tell(*e.Answer)
		return
	}
	s.real = *e.View
	s.show()
}

// tell gives everybody an answer. The lock is held.
func (s *Switch) tell(a desk.Answer) {
	if s.till != nil {
		s.last = &a
	}
	s.readers.Tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
}

// show gives everybody the view where it has changed. The lock is held.
func (s *Switch) show() {
	if v := s.dress(s.real); !reflect.DeepEqual(v, s.shown) {
		s.shown = v
		s.readers.Tell(desk.Event{Type: desk.ViewEvent, View: &v})
	}
}

// dress makes the view that people see out of the real till's. The lock is held.
func (s *Switch) dress(v desk.View) desk.View {
	v.Settings = s.c.Settings.Settings()
	if w, damaged := s.c.Settings.Warning(); damaged {
		v.Warnings = append(v.Warnings[:len(v.Warnings):len(v.Warnings)], w)
	}
	if s.till != nil {
		v.Practice, v.Bill, v.Last = true, s.till.Bill(), s.last
	}
	return v
}

// expire ends practice in which nothing was scanned for long.
func (s *Switch) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till != nil && !time.Now().Before(s.quiet) {
		s.stop("nothing was scanned")
	}
}

// stop ends practice. The lock is held.
func (s *Switch) stop(why string) {
	s.c.Log.Info("practice ended", "why", why, "sales", len(s.till.sales))
	s.till, s.last = nil, nil
	s.show()
}

// settingsChanged tells everybody the settings, and ends practice that they forbid.
func (s *Switch) settingsChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till != nil && !s.c.Settings.Settings().Practice {
		s.stop("the settings forbid it")
	}
	s.show()
}

func (s *Switch) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.till != nil {
		s.stop("the agent ends")
	}
	s.readers.End()
}

// Practise implements desk.Practice.
func (s *Switch) Practise(_ context.Context, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
		return desk.ErrStopping
	case on == (s.till != nil):
		return nil
	case !on:
		s.stop("somebody ended it")
		return nil
	case !s.c.Settings.Settings().Practice:
		return desk.ErrNoPractice
	}
	s.c.Log.Info("practice begun")
	s.till, s.last = NewTill(s.c.Rules()), nil
	s.scanned()
	s.show()
	return nil
}

// scanned puts off the end of practice. The lock is held.
func (s *Switch) scanned() {
	s.quiet = time.Now().Add(Quiet)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
