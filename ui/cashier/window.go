package cashier

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"hexiao/agent/desk"
	"hexiao/drivers/wedge"
)

// Options are the window's few choices.
type Options struct {
	Lang       string // "zh" or "en" to begin with; the button on the screen changes it
	FullScreen bool
	Keys       *wedge.Keys // tells a scanner's typing from a person's; required
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now

	Tell  func(desk.Answer) // hears each new answer that fills the window; it must not wait; nil: nobody hears
	Aside func()            // F12: the window is to get out of the way; on Fyne's thread; nil: nothing is done
}

// Window is the till window. New builds it, Show opens it, Run keeps it true.
type Window struct {
	door Door
	log  *slog.Logger
	now  func() time.Time

	window fyne.Window
	face   *face
	cross  func(func()) // into Fyne's thread
	tell   func(desk.Answer)

	inbox chan event
	done  chan struct{} // closed when Run has ended: nobody reads the inbox any more

	state State // Run's alone
}

// New builds the window on an app and sets the app's theme. It opens nothing and starts nothing.
func New(app fyne.App, door Door, o Options) *Window {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(desk.Answer) {}
	}
	w := &Window{door: door, log: o.Log, now: o.Now, cross: fyne.Do, tell: o.Tell,
		inbox: make(chan event, 64), done: make(chan struct{})}
	w.state = State{Lang: o.Lang, Now: o.Now()}
	app.Settings().SetTheme(newTheme())
	w.window = app.NewWindow("核销 hexiao")
	w.window.SetPadded(false)
	w.face = newFace(o.Keys, w.post, w.later)
	w.face.show(w.state)
	w.window.SetContent(w.face)
	w.window.Resize(fyne.NewSize(1024, 768))
	w.window.SetFullScreen(o.FullScreen)
	w.face.full = func() { w.window.SetFullScreen(!w.window.FullScreen()) }
	if o.Aside != nil {
		w.face.aside = o.Aside
	}
	w.watchKeys()
	return w
}

// Show opens the window; call it on Fyne's thread, before the app runs.
func (w *Window) Show() {
	w.window.Show()
	w.window.Canvas().Focus(w.face)
}

// SetOnClosed sets what is done when the cashier closes the window.
func (w *Window) SetOnClosed(f func()) { w.window.SetOnClosed(f) }

// Painted is closed when the window has been painted for the first time: until then nobody has seen anything.
func (w *Window) Painted() <-chan struct{} { return w.face.painted }

// Run hears the desk and the person until ctx ends, and draws. It owns the state; it returns nil.
func (w *Window) Run(ctx context.Context) error {
	defer close(w.done)
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()

	errands := make(chan errand)
	group.Go(func() { w.run(ctx, errands) })
	events := w.door.Events(ctx)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()

	var waiting line
	for {
		var next errand
		var out chan errand // nil, and so never ready, while nothing waits
		if len(waiting) > 0 {
			next, out = waiting[0], errands
		}
		select {
		case out <- next:
			waiting = waiting[1:]
		case e, open := <-events:
			if !open {
				return nil
			}
			w.fold(e)
		case <-tick.C:
			w.tick()
		case e := <-w.inbox:
			before := w.state
			w.fold(e)
			if id := w.state.Undoing; id != "" && id != before.Undoing {
				group.Go(func() { w.undo(ctx, id) })
			}
			if todo, some := before.errand(w.state, e); some {
				waiting = waiting.add(todo)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *Window) fold(e event) {
	before := w.state.Count
	w.state = w.state.with(e)
	if w.state.Count != before && w.state.Shown != nil {
		w.tell(w.state.Shown.Answer)
	}
	w.Draw(w.state)
}

// tick lets time pass; the window is drawn anew only when a person can see a difference.
func (w *Window) tick() {
	before := w.state
	w.state = before.with(ticked(w.now()))
	if before.hour() != w.state.hour() {
		w.Draw(w.state)
	}
}

// errand finds what the desk must be told after an event turned s into now.
func (s State) errand(now State, e event) (errand, bool) {
	switch e := e.(type) {
	case scanned:
		return errand{scan: string(e)}, true
	case pressed, escaped:
		if b := now.Bill(); now.Entry.Own && b != s.Bill() {
			return errand{bill: &b}, true
		}
	}
	return errand{}, false
}

// Draw shows a state. It is the one crossing into Fyne's thread, may be called from any other, and does not wait.
func (w *Window) Draw(s State) {
	w.cross(func() {
		w.face.show(s)
		w.keepFocus()
	})
}

// post hands an event to Run. It waits only for Run's fold, never for the desk.
func (w *Window) post(e event) {
	select {
	case w.inbox <- e:
	case <-w.done:
	}
}

// later does f on Fyne's thread after a while.
func (w *Window) later(wait time.Duration, f func()) {
	time.AfterFunc(wait, func() { w.cross(f) })
}

// keepFocus gives the keys back to the sink. A tap does not take them away, because the sink lies under every button
// (Fyne unfocuses only where nothing under the pointer can have the focus); a dialog of the system may.
func (w *Window) keepFocus() {
	if c := w.window.Canvas(); c.Focused() != fyne.Focusable(w.face) {
		c.Focus(w.face)
	}
}

// watchKeys hears the keys that come while nothing has the focus, and takes it back.
func (w *Window) watchKeys() {
	c := w.window.Canvas()
	c.SetOnTypedRune(func(r rune) {
		w.keepFocus()
		w.face.TypedRune(r)
	})
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		w.keepFocus()
		w.face.TypedKey(k)
	})
}
