package office

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// Replayed says what a replay read and found.
type Replayed struct {
	Rules   string         `json:"rules"` // version
	Lines   int            `json:"lines"`
	Events  int            `json:"events"`  // taken
	Skipped int            `json:"skipped"` // lines that changed nothing
	Faults  map[string]int `json:"faults"`  // by code, also of lines that were taken
	Unknown []string       `json:"unknown_fields,omitempty"`
	Alerts  int            `json:"alerts"`
	Seconds float64        `json:"seconds"`
	Rate    float64        `json:"events_per_second"`
	First   string         `json:"first"` // arrival of the first and last event
	Last    string         `json:"last"`
}

// Pace is how far a replay is.
type Pace struct {
	Lines  int
	Events int
	Rate   float64   // events a second since the pace before
	At     time.Time // arrival of the newest event
}

// Replay is what a recorded stream is replayed with. Stream, Alerts and Now are needed.
type Replay struct {
	Stream   io.Reader
	Shops    []cashout.Shop
	Rules    cashout.Rules       // none: those built in
	Alerts   io.Writer           // lines of alerts
	Fault    func(f *BadLine)    // each line that is not as it should be; may be nil
	Progress func(Pace)          // called about every second; may be nil
	Explain  bool                // alerts carry their explanation
	Gather   map[string]*Picture // merchants of whom everything is kept; may be nil
	Now      func() time.Time    // for the pace

	detector *cashout.Detector
	lines    *Stream
	out      *bufio.Writer
	sum      Replayed
	first    int64     // arrival of the first and last event
	last     int64     //
	told     time.Time // of the newest pace
	toldAt   int       // events then
	hours    map[voucher.Trade]*[24]int
}

// hopeless is how many lines of a stream may be no events at all before it is held to be something else.
const hopeless = 1000

// Run folds the stream. It blocks on the stream and the alerts; errors are theirs, ctx's, or a *Refusal where there is no
// event in the stream. A line that is not as it should be ends nothing: it is counted and named. What was found until an
// error is written. A Replay runs once.
func (r *Replay) Run(ctx context.Context) (Replayed, error) {
	if r.Rules.Version == "" {
		r.Rules = cashout.DefaultRules()
	}
	r.detector = cashout.New(r.Rules, r.Shops)
	r.lines = NewStream(r.Stream)
	r.out = bufio.NewWriterSize(r.Alerts, 1<<16)
	r.sum = Replayed{Rules: r.Rules.Version, Faults: map[string]int{}}
	start := r.Now()
	r.told = start
	err := r.fold(ctx)
	if err == nil {
		err = r.rank()
	}
	r.sum.Lines, r.sum.Unknown = r.lines.Line(), r.lines.Unknown()
	if r.sum.Events > 0 {
		r.sum.First, r.sum.Last = stamp(r.first), stamp(r.last)
	}
	r.sum.Seconds = r.Now().Sub(start).Seconds()
	r.sum.Rate = float64(r.sum.Events) / max(r.sum.Seconds, 1e-9)
	return r.sum, errors.Join(err, r.out.Flush())
}

func (r *Replay) fold(ctx context.Context) error {
	var e cashout.Event
	for n := 1; ; n++ {
		if r.lines.waits() {
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
		err := r.lines.Next(&e)
		if errors.Is(err, io.EOF) {
			return r.empty()
		}
		bad, left := errors.AsType[*BadLine](err)
		switch {
		case left:
			r.count(bad, true)
			err = r.hopeless()
		case err != nil:
			err = fmt.Errorf("line %d: %w", r.lines.Line()+1, err)
		default:
			err = r.observe(&e)
		}
		if err == nil && (n%1024 == 0 || r.lines.waits()) {
			r.pace(e.Arrived)
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// empty refuses a stream that ended without an event.
func (r *Replay) empty() error {
	switch n := r.lines.Line(); {
	case n == 0:
		return refuse("bad_file", "数据流是空的，没有任何记录", "the stream is empty: there is no event in it")
	case r.sum.Events == 0:
		return refuse("bad_file", fmt.Sprintf("数据流共 %d 行，没有一行是可计入的记录", n), fmt.Sprintf("none of the stream's %d lines is an event that could be taken", n))
	}
	return nil
}

// hopeless refuses a stream that is something else, before all of it has been read.
func (r *Replay) hopeless() error {
	if r.sum.Events == 0 && r.sum.Faults["not_json"]+r.sum.Faults["too_long"] >= hopeless {
		return refuse("bad_file", fmt.Sprintf("前 %d 行没有一行是 JSON 记录：这不是数据流文件（每行一个 JSON 对象）", r.lines.Line()),
			fmt.Sprintf("not one of the first %d lines is an event in JSON: this is no stream (one JSON object a line)", r.lines.Line()))
	}
	return nil
}

func (r *Replay) pace(at int64) {
	now := r.Now()
	since := now.Sub(r.told)
	if r.Progress == nil || since < time.Second {
		return
	}
	r.Progress(Pace{r.lines.Line(), r.sum.Events, float64(r.sum.Events-r.toldAt) / since.Seconds(), time.Unix(at, 0)})
	r.told, r.toldAt = now, r.sum.Events
}

func (r *Replay) observe(e *cashout.Event) error {
	if odd := r.lines.Odd(); odd != nil {
		r.count(odd, false)
	}
	alert, fault := r.detector.Observe(e)
	if fault != "" {
		r.count(faultLine(r.lines.Line(), fault, e), fault.Skipped())
	}
	if fault.Skipped() {
		return nil
	}
	if r.sum.Events++; r.sum.Events == 1 {
		r.first = e.Arrived
	}
	r.last = e.Arrived
	if r.Gather != nil {
		r.gather(e)
	}
	if alert == nil {
		return nil
	}
	if alert.Level == cashout.LevelAlert {
		r.sum.Alerts++
	}
	return WriteAlert(r.out, alert, r.Explain)
}

// rank ends the alerts with every merchant's highest score, and each picture with what there is against its merchant.
func (r *Replay) rank() error {
	for _, a := range r.detector.Ranking() {
		if err := WriteAlert(r.out, &a, r.Explain); err != nil {
			return err
		}
		if p := r.Gather[a.Merchant]; p != nil {
			p.High, p.HighAt = a.Score, a.At
		}
	}
	for name, p := range r.Gather {
		p.finish(r, name)
	}
	return nil
}

func (r *Replay) count(bad *BadLine, skipped bool) {
	r.sum.Faults[bad.Code]++
	if skipped {
		r.sum.Skipped++
	}
	if r.Fault != nil {
		r.Fault(bad)
	}
}
