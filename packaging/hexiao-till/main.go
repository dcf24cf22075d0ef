// Command hexiao-till is the cashier's window: a face of the agent on this PC, through the agent's desk. It holds no
// truth and may be closed at any moment; it is the only program that needs OpenGL and a C compiler. See ui/cashier.
package main

import (
	"context"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"sync"

	"fyne.io/fyne/v2/app"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/wedge"
	"hexiao/hub/voucher"
	_ "hexiao/packaging/hexiao-till/memory"
	"hexiao/ui/cashier"
	"hexiao/ui/cashier/sound"
)

// version is set by the linker.
var version = "unknown"

// Exit codes.
const (
	done = iota
	failed
	misused
	pageInstead // no window could be drawn, and the page was opened
)

func main() {
	out, complaints := speakers(os.Getenv)
	code := run(os.Args[1:], os.Getenv, out, complaints)
	lastWord(complaints, code)
	os.Exit(code)
}

// lastWord gives a place that can only show what was said at the end, such as Windows' message box, its moment.
func lastWord(complaints io.Writer, code int) {
	if s, ok := complaints.(interface{ last(code int) }); ok {
		s.last(code)
	}
}

// run gives the exit code.
func run(args []string, getenv func(string) string, out, complaints io.Writer) int {
	o, code, end := parse(args, getenv, out, complaints)
	if end {
		return code
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		fmt.Fprintln(complaints, err)
		return failed
	}
	p := page{desk: o.desk, token: token, tokenFile: o.tokenFile, getenv: getenv, says: complaints}
	if o.page {
		return p.open("")
	}
	switch display(getenv) {
	case noScreen:
		fmt.Fprintln(complaints, noDisplay)
		return failed
	case forPages:
		return p.instead("这个桌面没有 X11（XWayland），窗口打不开；请安装 xwayland 后重新登录。",
			"This desktop has no X11 (XWayland), so the window cannot be opened; install xwayland and log in again.")
	}
	return alone(o, p, complaints)
}

// alone shows the window, unless one is open already; that one is brought to the front.
func alone(o options, p page, complaints io.Writer) int {
	log := slog.New(slog.NewTextHandler(complaints, nil))
	folder, err := ownFolder(p.getenv)
	var s *seat
	if err == nil {
		s, err = take(folder, p.getenv("DISPLAY")+" "+o.desk)
	}
	switch {
	case err != nil: // not to be able to keep a second window away must not keep the first one away
		log.Warn("a second window would not be noticed", "error", err)
	case s == nil:
		return knock(folder, p.getenv("DISPLAY")+" "+o.desk, complaints)
	default:
		defer s.leave()
	}
	return show(o, p, s, folder, log)
}

// show opens the window and stays until it is closed, or the program is told to end.
func show(o options, p page, s *seat, folder string, log *slog.Logger) (code int) {
	if err := withoutInputMethod(); err != nil {
		log.Warn("an input method may take letters of a scan", "error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()

	opening := &opening{painted: make(chan struct{}), hopeless: make(chan struct{}), page: p}
	stdlog.SetOutput(opening) // to which Fyne writes
	defer opening.explain(&code)
	group.Go(func() { opening.watch(ctx) })

	a := app.NewWithID("hexiao.till")
	f := &front{app: a, log: log}
	speaker := sound.NewSpeaker(sound.Config{Folder: folder, Lang: o.lang, Log: log})
	tell := func(a desk.Answer) {
		speaker.Tell(a)
		if a.Answer != voucher.Final {
			f.back(false)
		}
	}
	w := cashier.New(a, ears{desk.NewClient(o.desk, p.token), speaker}, cashier.Options{Lang: o.lang, KeepLang: o.asked, FullScreen: o.full, Log: log, Address: o.desk,
		Keys: wedge.NewKeys("window", drivers.Framing{}, wedge.Pace{}), Tell: tell, Aside: f.aside, Clipboard: clipboardPicture})
	group.Go(func() {
		select {
		case <-w.Painted():
			close(opening.painted)
		case <-ctx.Done():
		}
	})
	group.Go(func() { speaker.Run(ctx) })
	group.Go(func() { s.answer(ctx, func() { f.back(true) }) })
	group.Go(func() { w.Run(ctx) })
	closed := make(chan struct{})
	w.SetOnClosed(sync.OnceFunc(func() { close(closed) }))
	group.Go(func() { end(ctx, closed) })
	w.Show()
	a.Run()
	return done
}

// ears is the desk as the window knows it; the speaker listens in for what the technician has set.
type ears struct {
	*desk.Client
	speaker *sound.Speaker
}

// Events implements cashier.Door.
func (e ears) Events(ctx context.Context) <-chan desk.Event {
	in, out := e.Client.Events(ctx), make(chan desk.Event)
	go func() { // ends with the events, which end with ctx
		defer close(out)
		for event := range in {
			if event.View != nil {
				e.speaker.Set(event.View.Settings)
			}
			select {
			case out <- event:
			case <-ctx.Done():
			}
		}
	}()
	return out
}
