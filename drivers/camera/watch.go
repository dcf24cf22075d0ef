package camera

import (
	"context"
	"time"

	"hexiao/drivers"
)

// How often a frame is looked at. A camera sends 30 a second; a tenth of that finds a code as soon as a person can hold a phone still.
const (
	awakeEvery  = 125 * time.Millisecond
	asleepEvery = 500 * time.Millisecond // while nothing has moved before the camera
	awakeFor    = 2 * time.Second        // after the last movement
	restFor     = 2                      // times as long as a look took: at most a third of one core is spent
	silentAfter = 5 * time.Second        // without a frame: cameras start within two seconds, in the dark too
)

// How often a look is thorough: in other sizes and light on dark, which costs ten times as much as a glance.
const (
	thoroughAwake  = 4
	thoroughAsleep = 16
)

// watch looks at frames at its own pace.
type watch struct {
	c      *Camera
	format format
	emit   func(drivers.Scan)
	codes  *drivers.Codes
	stays  map[string]*stay

	came    time.Time // when the last frame came, or the watch began
	due     time.Time // of the next look
	fresh   bool      // grey holds a frame that was not looked at
	grey    []byte
	before  []byte // a few pixels of the frame that was looked at last
	moved   time.Time
	looks   int
	repeats uint64
}

func (c *Camera) newWatch(f format, emit func(drivers.Scan)) *watch {
	now := c.options.Now()
	return &watch{c: c, format: f, emit: emit, codes: drivers.NewCodes(c.options.Device, drivers.Framing{Repeat: c.options.Repeat}), stays: map[string]*stay{}, came: now, due: now, moved: now}
}

// frame takes a frame over when one is due. All others are given back at once: a camera whose buffers are full drops the new frames, not the old.
func (w *watch) frame(raw []byte) {
	w.came = w.c.options.Now()
	if w.came.Before(w.due) {
		return
	}
	w.grey, w.fresh = w.format.luma(w.grey, raw)
}

func (w *watch) silent() bool { return w.c.options.Now().Sub(w.came) >= silentAfter }

// look reads the frame that was taken over, and says when the next is due.
func (w *watch) look(ctx context.Context) {
	if !w.fresh {
		return
	}
	w.fresh = false
	began := w.c.options.Now()
	texts, err := w.c.read(w.grey, w.format.width, w.format.height, w.thorough(began))
	now := w.c.options.Now()
	if err != nil {
		w.c.log().Warn("frame not looked at", "device", w.c.options.Device, "error", err)
	}
	w.tell(ctx, texts, now)
	every := awakeEvery
	if now.Sub(w.moved) > awakeFor {
		every = asleepEvery
	}
	w.due = now.Add(max(every-now.Sub(began), restFor*now.Sub(began)))
}

// thorough says how to look at this frame.
func (w *watch) thorough(now time.Time) bool {
	if w.movement() {
		w.moved = now
	}
	w.looks++
	if now.Sub(w.moved) > awakeFor {
		return w.looks%thoroughAsleep == 0
	}
	return w.looks%thoroughAwake == 0
}

// tell hands on the codes that have come into sight.
func (w *watch) tell(ctx context.Context, texts []string, now time.Time) {
	var scans []drivers.Scan
	for _, text := range texts {
		if w.belongs(text, now) {
			w.c.repeats.Add(1)
			continue
		}
		scans = append(scans, w.codes.Add([]byte(text), "]Q1", now)...)
	}
	w.c.repeats.Add(w.codes.Repeats() - w.repeats)
	w.repeats = w.codes.Repeats()
	if ctx.Err() != nil {
		return
	}
	if len(scans) > 1 && w.c.options.Together != nil {
		w.c.options.Together(ctx, scans)
		return
	}
	for _, s := range scans {
		w.emit(s)
	}
}

// A code that is in sight for belongsAfter belongs to the place: a sticker on the counter, a poster. Each hand that passes before it would make it
// new, and the till would say once more that it is no voucher, in place of the answer that stands there. It is forgotten when it was away for
// goneAfter. No customer leaves a phone there for so long.
const (
	belongsAfter = 5 * time.Minute
	goneAfter    = 10 * time.Minute
)

// stay is how long a code has been in sight, with breaks shorter than make it new.
type stay struct{ since, last time.Time }

// belongs notes that the code is in sight and reports whether it belongs to the place.
func (w *watch) belongs(text string, now time.Time) bool {
	for text, s := range w.stays {
		if away := now.Sub(s.last); away > goneAfter || away > w.c.options.Repeat && !s.long() {
			delete(w.stays, text)
		}
	}
	s := w.stays[text]
	if s == nil {
		s = &stay{since: now}
		w.stays[text] = s
	}
	s.last = now
	return s.long()
}

func (s *stay) long() bool { return s.last.Sub(s.since) >= belongsAfter }

// What counts as movement: one in a hundred of the pixels that are compared, one in 16 x 16 of all, has changed by more than noise does. Cheap
// cameras in the dark have noise of about 8 grey levels.
const (
	comparedEvery = 16
	changedBy     = 32
	changedShare  = 100
)

// movement reports whether the frame differs from the one before, which it then replaces.
func (w *watch) movement() bool {
	var few []byte
	for y := comparedEvery / 2; y < w.format.height; y += comparedEvery {
		row := w.grey[y*w.format.width : (y+1)*w.format.width]
		for x := comparedEvery / 2; x < len(row); x += comparedEvery {
			few = append(few, row[x])
		}
	}
	changed := 0
	for i, v := range w.before {
		if d := int(v) - int(few[i]); d > changedBy || d < -changedBy {
			changed++
		}
	}
	first := w.before == nil
	w.before = few
	return first || changed*changedShare > len(few)
}
