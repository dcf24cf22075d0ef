// Package wedge reads scanners that type like keyboards. Keys tells a scan from a person by pace, for a window that hears every keyboard at
// once; Device reads one such scanner alone on Linux and keeps its keys from all other programs. Neither knows what a code means.
// packaging/hexiao-agent runs a Device beside the terminal; a window is handed a Keys by its main.
package wedge

import (
	"slices"
	"time"
	"unicode"

	"hexiao/drivers"
)

// Pace says how fast a scanner types. The zero value is right for all scanners we know of.
type Pace struct {
	// AtLeast is the shortest scan, in characters; 0 means 8, an EAN-8 goods barcode.
	AtLeast int
	// Mean is the longest time per character over a whole scan; 0 means 40 ms. Scanners type at 1-64 ms (NCR: 1 ms by default), a
	// typist seldom keeps below 80 ms for eight characters. Single gaps cannot be told apart: a window hands keys over in batches of 16.7 ms.
	Mean time.Duration
	// Gap is how long a character is held back to see whether more follow; 0 means 80 ms. A person typing sees his characters that much later.
	Gap time.Duration
	// Stall is the same once the run can only be a scanner's; 0 means 300 ms, since a window that draws can be that late.
	Stall time.Duration
}

// withoutEnd is the shortest scan that is taken from a scanner that sends no Enter: payment codes have 16 digits and more.
const withoutEnd = 16

// phrase is the longest that a person has an input method commit at once, in ideographs; a code that it made ideographs of has more.
const phrase = 24

// Heard is what Keys makes of the keys so far.
type Heard struct {
	Typed []rune         // what a person typed, in order and as typed, Enter as '\r' and Tab as '\t'; the window handles it as if Keys were not there
	Scans []drivers.Scan // what a scanner typed, full-width characters as ASCII, letter case as it came; damaged when an input method got at it. At most one
}

// Keys tells scans from a person's typing: eight and more characters at a machine's pace, with Enter or Tab at the end. It is pure: time comes
// with every call. It is not safe for concurrent use.
type Keys struct {
	device      string
	pace        Pace
	frames      *drivers.Frames
	run         []rune
	first, last time.Time
	scanned     time.Time // when the last scan ended, to swallow the second of two ends
}

// NewKeys gives the Keys of the keyboard scanner of that name. Framing's Idle plays no part here.
func NewKeys(device string, framing drivers.Framing, pace Pace) *Keys {
	framing.Idle = -1
	if pace.AtLeast == 0 {
		pace.AtLeast = 8
	}
	if pace.Mean == 0 {
		pace.Mean = 40 * time.Millisecond
	}
	if pace.Gap == 0 {
		pace.Gap = 80 * time.Millisecond
	}
	if pace.Stall == 0 {
		pace.Stall = 300 * time.Millisecond
	}
	return &Keys{device: device, pace: pace, frames: drivers.NewFrames(device, framing)}
}

// Key takes one character, or '\r' or '\n' for Enter, or '\t' for Tab, as the window gives it.
func (k *Keys) Key(r rune, now time.Time) Heard {
	heard := Heard{}
	if deadline, ok := k.Deadline(); ok && now.After(deadline) {
		heard = k.silence(now)
	}
	if r == '\r' || r == '\n' || r == '\t' {
		return k.end(heard, r, now)
	}
	if len(k.run) == 0 {
		k.first = now
	}
	if len(k.run) <= drivers.MaxScan { // one more than fits, so that Frames sees that it is too long
		k.run = append(k.run, r)
	}
	k.last = now
	if len(k.run) >= k.pace.AtLeast && heldDown(k.run) {
		heard.Typed = append(heard.Typed, k.release()...)
	}
	return heard
}

// Deadline is when the characters held back have to be let go if nothing follows; false when none are. The window then calls Flush.
func (k *Keys) Deadline() (time.Time, bool) {
	if len(k.run) == 0 {
		return time.Time{}, false
	}
	if k.machine() {
		return k.last.Add(k.pace.Stall), true
	}
	return k.last.Add(k.pace.Gap), true
}

// Scanning tells whether only a scanner types like the characters held back.
func (k *Keys) Scanning() bool { return k.machine() }

// Flush says that all keys up to now have been handed over. It lets go what was held back if the deadline has passed.
func (k *Keys) Flush(now time.Time) Heard {
	if deadline, ok := k.Deadline(); !ok || now.Before(deadline) {
		return Heard{}
	}
	return k.silence(now)
}

// Repeats counts the scans dropped because the same code had just been read.
func (k *Keys) Repeats() uint64 { return k.frames.Repeats() }

// end handles Enter or Tab: behind a machine's run it ends a scan, straight behind a scan it is the LF of a CRLF, else a person pressed it.
func (k *Keys) end(heard Heard, r rune, now time.Time) Heard {
	switch {
	case k.machine():
		heard.Scans = append(heard.Scans, k.scan(now)...)
	case len(k.run) == 0 && !k.scanned.IsZero() && now.Sub(k.scanned) <= k.pace.Gap:
	default:
		heard.Typed = append(append(heard.Typed, k.release()...), r)
	}
	return heard
}

// silence ends the run without an end key.
func (k *Keys) silence(now time.Time) Heard {
	if k.machine() && (len(k.run) >= withoutEnd || k.garbled()) { // an input method may have kept Enter for itself
		return Heard{Scans: k.scan(now)}
	}
	return Heard{Typed: k.release()}
}

// machine reports whether only a scanner types like the run. Several ideographs at once are an input method's, whatever their pace, and a
// person's phrase unless they are mixed like a code.
func (k *Keys) machine() bool {
	n := len(k.run)
	if n < k.pace.AtLeast || k.last.Sub(k.first) > time.Duration(n)*k.pace.Mean {
		return false
	}
	return !slices.ContainsFunc(k.run, isHan) || k.garbled()
}

// garbled reports whether the run is what an input method makes of a code: it takes letters for syllables and digits for its choices, and
// leaves some as they are. To tell it from a phrase takes two letters or digits.
func (k *Keys) garbled() bool {
	han, plain := 0, 0
	for _, r := range k.run {
		switch r = ascii(r); {
		case isHan(r):
			han++
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			plain++
		}
	}
	return han > 0 && (plain >= 2 || han > phrase)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// heldDown reports whether the run is one key's auto-repeat (33 ms by default on Windows and X11).
func heldDown(run []rune) bool {
	for _, r := range run {
		if r != run[0] {
			return false
		}
	}
	return true
}

func (k *Keys) release() []rune {
	typed := k.run
	k.run = nil
	return typed
}

func (k *Keys) scan(now time.Time) []drivers.Scan {
	garbled := k.garbled()
	text := make([]rune, 0, len(k.run)+1)
	for _, r := range k.release() {
		if !unicode.IsControl(r) { // STX and the like, as keys: a run is one scan, and a line's marks would cut it
			text = append(text, ascii(r))
		}
	}
	k.scanned = now
	if garbled {
		return []drivers.Scan{{Device: k.device, Text: string(text), At: now, Damaged: true, Cause: drivers.Garbled}}
	}
	return k.frames.Add([]byte(string(append(text, '\r'))), now)
}

// ascii undoes the full-width forms that a Chinese input method makes of letters, digits and signs.
func ascii(r rune) rune {
	switch {
	case r == '\u3000':
		return ' '
	case r >= '\uFF01' && r <= '\uFF5E':
		return r - '\uFF01' + '!'
	}
	return r
}
