package hidpos

import (
	"time"

	"hexiao/drivers"
)

// stall is how long a code may stop in the middle. Its reports come one a millisecond (USB full speed), so a second is a lost end.
const stall = time.Second

// joiner joins the reports of each code. It is pure: time comes with every call. Reports bear no count, so what is known to be lost makes
// the code damaged, up to its end, and never a shorter one.
type joiner struct {
	layout  layout
	codes   *drivers.Codes
	queue   backlog
	open    bool // a code is under way
	pending []byte
	aim     string
	last    time.Time // of its last report

	skipping bool      // the code under way was reported as damaged; its rest is thrown away
	told     time.Time // when that was
}

// add takes one report and returns the scan that became complete.
func (j *joiner) add(b []byte, now time.Time) []drivers.Scan {
	if j.queue.took(now) {
		return append(j.lose(drivers.Lost, now), j.one(b, now)...)
	}
	return j.one(b, now)
}

func (j *joiner) one(b []byte, now time.Time) []drivers.Scan {
	p, mine, broken := j.layout.read(b)
	switch {
	case !mine:
		return nil
	case broken:
		return j.lose(drivers.Lost, now)
	case j.open && p.aim != "" && j.aim != "" && p.aim != j.aim: // of another code: the end of this and the head of that are lost
		return append(j.lose(drivers.Lost, now), j.skip(p, now)...)
	case j.skipping:
		return j.skip(p, now)
	case len(j.pending)+len(p.data) > drivers.MaxScan:
		return append(j.lose(drivers.TooLong, now), j.skip(p, now)...)
	}
	j.pending = append(j.pending, p.data...)
	if p.aim != "" {
		j.aim = p.aim
	}
	j.open, j.last = p.more, now
	if p.more {
		return nil
	}
	code, aim := j.pending, j.aim
	j.pending, j.aim = j.pending[:0], ""
	return j.codes.Add(code, aim, now)
}

// lose says that reports were lost here: what is under way, or comes up to the next end, is damaged. It is said once.
func (j *joiner) lose(cause drivers.Cause, now time.Time) []drivers.Scan {
	if j.skipping {
		return nil
	}
	j.reset()
	j.skipping, j.told = true, now
	return []drivers.Scan{j.codes.Damaged(cause, now)}
}

// skip throws a report away, and ends with the code's end. If that comes so late that a person has scanned again, it is said again.
func (j *joiner) skip(p part, now time.Time) []drivers.Scan {
	if p.more {
		return nil
	}
	j.skipping = false
	if now.Sub(j.told) < stall {
		return nil
	}
	return []drivers.Scan{j.codes.Damaged(drivers.Lost, now)}
}

// flush says that nothing came for a while. What may have been dropped before that is over; the next report begins a code.
func (j *joiner) flush(now time.Time) []drivers.Scan {
	if j.queue.quiet() {
		told := j.skipping
		j.reset()
		j.skipping = false
		if told {
			return nil
		}
		return []drivers.Scan{j.codes.Damaged(drivers.Lost, now)}
	}
	if !j.open || now.Sub(j.last) < stall {
		return nil
	}
	return j.lose(drivers.Lost, now)
}

// unplugged says that the device is gone: a code cut off in the middle is damaged, and the next report begins a new one.
func (j *joiner) unplugged(now time.Time) []drivers.Scan {
	cut := j.open
	j.reset()
	j.skipping = false
	if !cut {
		return nil
	}
	return []drivers.Scan{j.codes.Damaged(drivers.Lost, now)}
}

func (j *joiner) reset() {
	j.open, j.pending, j.aim = false, j.pending[:0], ""
}

// kernelQueue is how many reports Linux keeps for a reader that is late (HIDRAW_BUFFER_SIZE less one; measured 2026-11). It drops what comes
// after that and does not say so.
const kernelQueue = 63

// between is how fast reports come at most: one a millisecond (USB full speed).
const between = time.Millisecond

// backlog knows where the kernel may have dropped reports. It drops while its queue is full, and what is in a full queue is read next: a gap
// lies a queue's length behind a place where the reader has stopped for longer than reports need to come. While he reads faster than they
// come, the queue does not fill. It is pure.
type backlog struct {
	read  int // since nothing was there
	last  time.Time
	gaps  []int // where one may lie, in reports read
	doubt bool  // one may lie here
}

// empty says that nothing was there to be read.
func (l *backlog) empty() { l.read, l.gaps = 0, l.gaps[:0] }

// quiet says that nothing has come for a while, and reports whether some may have been dropped before.
func (l *backlog) quiet() bool {
	doubt := l.doubt
	l.empty()
	l.doubt = false
	return doubt
}

// took says that a report was read, and reports whether some may have been dropped between it and the one before.
func (l *backlog) took(now time.Time) bool {
	doubt := l.doubt
	if pause := now.Sub(l.last); l.read == 0 || pause < 0 || pause >= between {
		l.gaps = append(l.gaps, l.read+kernelQueue)
	}
	l.read, l.last = l.read+1, now
	l.doubt = len(l.gaps) > 0 && l.gaps[0] == l.read
	if l.doubt {
		l.gaps = l.gaps[1:]
	}
	return doubt
}
