package drivers

import "time"

// The defaults of Framing.
const (
	// DefaultIdle: at 9600 baud a byte takes 1 ms and USB adapters hand on every 16 ms, so 80 ms of silence lie between codes, never inside one.
	DefaultIdle = 80 * time.Millisecond
	// DefaultRepeat: scanners re-read a code that stays in view (Zebra: after 0.5 s by default).
	DefaultRepeat = time.Second
)

// staleAfter ends a code in Add even if nobody called Flush: the bytes of one code never lie a second apart.
const staleAfter = time.Second

// Framing says how the codes of one device are told apart. The zero value is right for nearly every scanner.
type Framing struct {
	Idle   time.Duration // silence that ends a code of a scanner without suffix; 0 means DefaultIdle, below 0 means that only a suffix ends a code
	Repeat time.Duration // an identical code seen again within this time is dropped; 0 means DefaultRepeat, below 0 means that none is
	// Anyway names the texts that are given again however soon they come, such as goods of which two are sold; nil: none are. It is called
	// while the device is read, and must not wait.
	Anyway  func(text string) bool
	KeepAIM bool // keep an AIM prefix such as "]Q1" in the text; false means that it is taken off into Scan.Symbology
}

// Frames cuts the byte stream of one device into scans. CR, LF, TAB and ETX end a code, so does the STX of the next one, and so does silence when
// the owner has seen it and calls Flush. Control characters around a code are dropped. It is pure: time comes with every call.
// It is not safe for concurrent use.
type Frames struct {
	codes    *Codes
	framing  Framing
	pending  []byte
	skipping bool // the code under way was reported as damaged already; its rest is thrown away
	last     time.Time
}

// NewFrames gives the Frames of the device of that name, which stands in every Scan.
func NewFrames(device string, framing Framing) *Frames {
	if framing.Idle == 0 {
		framing.Idle = DefaultIdle
	}
	return &Frames{codes: NewCodes(device, framing), framing: framing}
}

// Add takes bytes as they were read and returns the scans that became complete. How the stream is cut into calls makes no difference.
// A pause shorter than a second does not end a code here: on a busy PC bytes that came together are handed over apart, and only who
// looked at the line and found it silent can tell. He calls Flush.
func (f *Frames) Add(b []byte, now time.Time) []Scan {
	var scans []Scan
	if f.underWay() && f.framing.Idle > 0 && now.Sub(f.last) > max(staleAfter, f.framing.Idle) {
		scans = f.finish(scans, now)
	}
	for _, c := range b {
		scans = f.add(scans, c, now)
	}
	if f.underWay() {
		f.last = now
	}
	return scans
}

func (f *Frames) add(scans []Scan, c byte, now time.Time) []Scan {
	switch {
	case endsCode(c):
		return f.finish(scans, now)
	case f.skipping:
	case len(f.pending) == 0 && isControl(c):
	case len(f.pending) == MaxScan:
		f.pending, f.skipping = f.pending[:0], true
		return append(scans, f.codes.Damaged(TooLong, now))
	default:
		f.pending = append(f.pending, c)
	}
	return scans
}

// Deadline is when the code under way counts as complete if nothing more comes; false when none is under way, or only a suffix ends codes.
func (f *Frames) Deadline() (time.Time, bool) {
	if !f.underWay() || f.framing.Idle < 0 {
		return time.Time{}, false
	}
	return f.last.Add(f.framing.Idle), true
}

// Flush says that the line was looked at and found silent. It returns the code under way if the silence has lasted since the deadline.
func (f *Frames) Flush(now time.Time) []Scan {
	deadline, ok := f.Deadline()
	if !ok || now.Before(deadline) {
		return nil
	}
	return f.finish(nil, now)
}

// Lose says that bytes were lost here. The code they belonged to is reported as damaged, once, and its rest is thrown away up to its end.
func (f *Frames) Lose(now time.Time) []Scan {
	f.last = now
	if f.skipping {
		return nil
	}
	f.pending, f.skipping = f.pending[:0], true
	return []Scan{f.codes.Damaged(Lost, now)}
}

// Break says that the line is gone: a code cut off in the middle is reported as damaged, and the next byte begins a new code.
func (f *Frames) Break(now time.Time) []Scan {
	cut := len(f.pending) > 0
	f.pending, f.skipping = f.pending[:0], false
	if !cut {
		return nil
	}
	return []Scan{f.codes.Damaged(Lost, now)}
}

// Repeats counts the scans dropped because the same code had just been read.
func (f *Frames) Repeats() uint64 { return f.codes.Repeats() }

func (f *Frames) underWay() bool { return len(f.pending) > 0 || f.skipping }

// finish ends the code under way; the LF of a CRLF finds none and so is swallowed, in whichever read it comes.
func (f *Frames) finish(scans []Scan, now time.Time) []Scan {
	code := trim(f.pending)
	f.pending, f.skipping = f.pending[:0], false
	symbology, raw := "", code
	if !f.framing.KeepAIM {
		symbology, code = cutAIM(code)
	}
	return append(scans, f.codes.judge(raw, code, symbology, now)...)
}

const (
	stx = 0x02
	etx = 0x03
	del = 0x7F
)

func endsCode(c byte) bool {
	return c == '\r' || c == '\n' || c == '\t' || c == etx || c == stx
}

func isControl(c byte) bool { return c < ' ' || c == del }

// cutAIM takes an AIM identifier ("]", symbology letter, modifier; ISO/IEC 15424) off a code that has more than that, and the ECI mark
// ("\000026") that follows it when the identifier announces one.
func cutAIM(code []byte) (string, []byte) {
	if len(code) < 4 || code[0] != ']' || !isLetter(code[1]) || !isLetter(code[2]) && !isDigit(code[2]) {
		return "", code
	}
	aim := string(code[:3])
	return aim, cutECI(aim, code[3:])
}

// cutECI takes the mark off when the identifier announces one.
func cutECI(aim string, code []byte) []byte {
	announced := aim == "]Q2" || aim == "]Q4" || aim == "]Q6"
	if !announced || len(code) < 8 || code[0] != '\\' {
		return code
	}
	for _, c := range code[1:7] {
		if !isDigit(c) {
			return code
		}
	}
	return code[7:]
}

func isLetter(c byte) bool { return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
