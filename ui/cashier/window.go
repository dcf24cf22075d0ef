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
	Lang       string // "zh" or "en" to begin with; the agent's settings and the button on the screen change it
	KeepLang   bool   // Lang was asked for: what the agent's settings say as the window opens does not change it
	FullScreen bool
	Keys       *wedge.Keys // tells a scanner's typing from a person's; required
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
	Address    string           // the desk's, for the technician to read

	// Tell hears each new answer that fills the window, and in the settings each one whose sound is wanted (it bears
	// Practice). It is called from Run's goroutine and must not block. nil: nobody wants to know.
	Tell func(desk.Answer)
	// Clipboard gives the picture on the clipboard, in a format that the desk takes; nil bytes: there is none. It is called from a goroutine of the
	// window's own and may block until ctx ends. nil: pictures cannot be pasted, only their files.
	Clipboard func(ctx context.Context) ([]byte, error)
	// Aside gets the window out of the way; it is called on Fyne's thread. nil: it cannot.
	Aside func()
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
	w := &Window{door: withClipboard{door, o.Clipboard}, log: o.Log, now: o.Now, cross: fyne.Do, tell: o.Tell,
		inbox: make(chan event, 64), done: make(chan struct{})}
	w.state = State{Lang: o.Lang, KeepLang: o.KeepLang, CanHide: o.Aside != nil, Now: o.Now()}
	app.Settings().SetTheme(newTheme())
	w.window = app.NewWindow("核销 hexiao")
	w.window.SetPadded(false)
	w.face = newFace(o.Keys, w.post, w.later)
	w.face.address, w.face.pictured = o.Address, o.Clipboard != nil
	if o.Aside != nil {
		w.face.aside = o.Aside
	}
	w.face.show(w.state)
	w.window.SetContent(w.face)
	w.window.Resize(fyne.NewSize(1024, 600)) // the screen of a small till; a larger one is filled
	w.window.SetFullScreen(o.FullScreen)
	w.face.full = func() { w.window.SetFullScreen(!w.window.FullScreen()) }
	w.window.SetOnDropped(func(_ fyne.Position, files []fyne.URI) { w.face.drop(files) })
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
	hear := func(e event) {
		for _, d := range w.fold(e) {
			if e, inOrder := d.(errand); inOrder {
				waiting = waiting.add(e)
				continue
			}
			group.Go(func() { w.perform(ctx, d) })
		}
	}
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
			hear(e)
		case <-tick.C:
			hear(ticked(w.now()))
		case e := <-w.inbox:
			hear(e)
		case <-ctx.Done():
			return nil
		}
	}
}

// fold lets an event change the state, shows it, and gives what is to be asked of the desk. Of time passing the window is
// drawn anew only when a person can see a difference.
func (w *Window) fold(e event) []deed {
	before := w.state
	e = before.meant(e)
	next, deeds := before.after(e)
	w.state = next
	if _, time := e.(ticked); !time || before.hour() != next.hour() || before.Page != next.Page || before.Bill() != next.Bill() {
		w.Draw(next)
	}
	w.own(before, next, e)
	return deeds
}

// own does what concerns this window alone.
func (w *Window) own(before, next State, e event) {
	switch e := e.(type) {
	case filled:
		w.cross(w.face.full)
	case aside:
		w.cross(w.face.aside)
	case sounded:
		w.tell(desk.Answer(e))
	}
	if next.Count != before.Count && next.Shown != nil {
		w.tell(next.Shown.Answer)
	}
	if full := next.View.Settings.FullScreen; full != before.View.Settings.FullScreen {
		w.cross(func() { w.window.SetFullScreen(full) })
	}
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
