package display

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
)

const (
	// settleAfter is how long the line is silent before what stands there is believed. A message takes 130 ms at 2400 baud, without a pause in it,
	// and POS software that opens the port anew for each message pauses between two of them; a cashier scans a second after the total at best.
	settleAfter = 250 * time.Millisecond
	// lapseAfter is how long a total holds. POS software that leaves the last one standing until the next sale is usual; a customer who looks for
	// her voucher for so long is not.
	lapseAfter = 3 * time.Minute
	// piece is how much goes on at once: two messages, so that what hangs in the real display is little.
	piece = 256
)

// Options describe the line to a customer's display.
type Options struct {
	From    string                                // the port that the POS writes to, as serialport.Options.Address; required
	To      string                                // the port of the real display; empty: there is none
	Mode    string                                // line settings of both; empty means serialport.DefaultMode
	Kind    Kind                                  // of the real display; Auto when nobody knows
	Bill    func(fen int64)                       // told of each total, and of 0 when it no longer holds; one call at a time, which may wait. Required
	OnState func(address string, s drivers.State) // told of every change of either port; nil: nobody wants to know
	Log     *slog.Logger                          // nil: silence
	Now     func() time.Time                      // nil: time.Now
}

// Tap hands on what the POS writes and reads it.
type Tap struct {
	options Options
	reader  *serialport.Reader
	writer  *serialport.Writer // nil: there is no real display

	watch  *watcher
	say    chan [2]int64 // answers to be shown, the newest only
	totals chan int64    // for Bill, the newest only
}

// New checks the options; it opens nothing. The error names the field that is wrong.
func New(o Options) (*Tap, error) {
	switch {
	case o.Bill == nil:
		return nil, errors.New("display: no Bill")
	case !o.Kind.Known():
		return nil, fmt.Errorf(`display kind %q: 须为 cd5220、escpos、led8n 或不写 / it is "cd5220", "escpos", "led8n", or left out`, o.Kind)
	case o.From == o.To:
		return nil, fmt.Errorf("display from and to are both %q: 收银软件写的端口和真正客显的端口不能是同一个 / the POS's port and the display's own cannot be the same", o.From)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnState == nil {
		o.OnState = func(string, drivers.State) {}
	}
	t := &Tap{options: o, say: make(chan [2]int64, 1), totals: make(chan int64, 1), watch: &watcher{screen: NewScreen(o.Kind)}}
	return t, t.ports()
}

func (t *Tap) ports() (err error) {
	o := t.options
	t.reader, err = serialport.NewReader(serialport.Options{Address: o.From, Mode: o.Mode, Log: o.Log, Now: o.Now, OnState: func(s drivers.State) {
		t.forget()
		o.OnState(o.From, s)
	}})
	if err != nil || o.To == "" {
		return err
	}
	t.writer, err = serialport.NewWriter(serialport.WriterOptions{Address: o.To, Mode: o.Mode, Log: o.Log, Now: o.Now,
		OnState: func(s drivers.State) { o.OnState(o.To, s) }})
	return err
}

// Run hands on and reads until ctx ends, through any number of unplugs at either side. It returns nil, or what the ports' Runs say. It must not
// be called twice at the same time.
func (t *Tap) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	runs := []func(context.Context) error{t.bills, func(ctx context.Context) error { return t.reader.Run(ctx, t.came, t.silent) }}
	if t.writer != nil {
		runs = append(runs, t.writer.Run)
	}
	ends := make(chan error, len(runs))
	for _, run := range runs {
		go func() { ends <- run(ctx) }()
	}
	var err error
	for range runs {
		err = errors.Join(err, <-ends)
		cancel()
	}
	select {
	case fen := <-t.totals: // the line has gone with Run, and a total that nobody takes back would be the next customer's
		t.options.Bill(fen)
	default:
	}
	return err
}

// Show has the real display show what a voucher takes off and what is left to pay, in fen, as soon as the POS pauses; what the POS writes next
// takes its place. Nothing happens where there is no display, or the POS has not written yet. What was not
// shown when the POS's line came or went never is. Safe for concurrent use; it never waits.
func (t *Tap) Show(off, pay int64) { newest(t.say, [2]int64{off, pay}) }

// came has what the POS wrote go on at once, and then reads a copy. A display that is stuck or away costs the POS nothing: when no more can
// wait, what waits is dropped, because the newest is what has to stand there.
func (t *Tap) came(b []byte) {
	if t.writer != nil {
		for rest := bytes.Clone(b); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			t.forward(rest[:min(piece, len(rest))])
		}
	}
	t.watch.came(b, t.options.Now())
}

func (t *Tap) forward(b []byte) {
	if !t.writer.Send(b, nil) && t.writer.State().Connected {
		t.writer.Drop()
		t.writer.Send(b, nil)
	}
}

// silent looks at what stands on the display once the POS has paused.
func (t *Tap) silent() {
	fen, news, quiet := t.watch.silent(t.options.Now())
	if news {
		t.tell(fen, true)
	}
	if !quiet {
		return
	}
	select {
	case sums := <-t.say:
		if b := t.watch.screen.Answer(sums[0], sums[1]); t.writer != nil && b != nil {
			t.forward(b)
		}
	default:
	}
}

func (t *Tap) tell(fen int64, news bool) {
	if news {
		newest(t.totals, fen)
	}
}

// forget is for a line that came or went: neither a total nor an answer of before is the customer's who stands there then.
func (t *Tap) forget() {
	t.tell(t.watch.lost())
	select {
	case <-t.say:
	default:
	}
}

// bills tells Bill, apart from the line: it may wait for a disk, and the POS must not.
func (t *Tap) bills(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case fen := <-t.totals:
			t.options.Bill(fen)
		}
	}
}

// newest puts something in a channel with room for one, in place of what waits there.
func newest[T any](to chan T, what T) {
	for {
		select {
		case to <- what:
			return
		default:
		}
		select {
		case <-to:
		default:
		}
	}
}

// watcher says when the total on a screen is another. It belongs to the goroutine that reads the line.
type watcher struct {
	screen *Screen
	last   time.Time // when the POS wrote last
	fresh  bool      // it has written since the screen was last believed
	total  int64     // that the screen shows; 0: none
	since  time.Time // when it first did
	holds  bool      // it was told, and not taken back
}

func (w *watcher) came(b []byte, now time.Time) {
	w.screen.Add(b)
	w.last, w.fresh = now, true
}

// silent is told that nothing came. It gives the total when it is another one, 0 for none any more; quiet says that no message is under way. A
// total that was used or has lapsed does not come back by being written again.
func (w *watcher) silent(now time.Time) (fen int64, news, quiet bool) {
	if d := now.Sub(w.last); d >= 0 && d < settleAfter {
		return 0, false, false
	}
	if w.fresh {
		w.fresh = false
		return w.settled(w.screen.Settle(), now)
	}
	if w.holds && now.Sub(w.since) >= lapseAfter {
		w.holds = false
		return 0, true, true
	}
	return 0, false, true
}

func (w *watcher) settled(r Reading, now time.Time) (fen int64, news, quiet bool) {
	if r.Meaning == Total {
		fen = r.Fen
	}
	if fen == w.total {
		return 0, false, true
	}
	w.total, w.since = fen, now
	news = fen != 0 || w.holds
	w.holds = fen != 0
	return fen, news, true
}

// lost forgets the screen: the line came or went, and what stands there is not known. A total holds no more.
func (w *watcher) lost() (fen int64, news bool) {
	w.screen.Reset()
	news = w.holds
	w.fresh, w.total, w.holds = false, 0, false
	return 0, news
}
