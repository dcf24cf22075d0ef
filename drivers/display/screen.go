package display

import (
	"bytes"
	"strings"
)

// Kind is the language that the POS speaks to its display.
type Kind string

// The kinds. Auto reads all of them; the others leave out what their displays do not have.
const (
	Auto   Kind = ""
	CD5220 Kind = "cd5220" // two lines of text: ESC Q A, ESC Q B, or a cursor (manuals of the CD5220, 6.1, and of the XP8200, 4.1.8)
	ESCPOS Kind = "escpos" // two lines of text and a cursor moved by US commands (Epson's DM-D, and the CD5220 manual's US column)
	LED8N  Kind = "led8n"  // eight digits and lights for price, total, received and change: ESC Q A, ESC s
)

// Known tells whether the kind is one of these.
func (k Kind) Known() bool { return k == Auto || k == CD5220 || k == ESCPOS || k == LED8N }

// Displays of text have two lines of twenty characters; a Chinese character takes two of them.
const (
	columns = 20
	lines   = 2
)

// Screen follows what stands on a display. It reads one byte at a time: how the stream is cut makes no difference. It is not safe for
// concurrent use.
type Screen struct {
	kind  Kind
	cells [lines][columns]byte // 0 and ' ' are blank
	x, y  int

	strings bool // after ESC Q: what is no ESC Q goes unheeded until the display is cleared
	away    bool // ESC = has chosen the printer on the same line
	light   byte // '1' price, '2' total, '3' received, '4' change; 0 none, or not known

	numbers, lights int // that came since the last Settle or clear

	step  func(*Screen, byte) // what the next byte is part of; nil: of nothing
	need  int                 // bytes of an argument that are still to come
	args  []byte
	then  func(*Screen, []byte) // what is done with the argument
	row   int                   // that ESC Q writes
	text  []byte                // what it has so far
	style style                 // how the POS writes, as far as it has been seen
	han   bool                  // it has written Chinese characters
}

// style is how a POS writes text.
type style int

const (
	unseen   style = iota
	byString       // ESC Q A, ESC Q B
	byCursor
	byLight // digits and lights
)

// wrote notes how the POS writes. A display of digits can show nothing else, whatever comes.
func (s *Screen) wrote(as style) {
	if s.style = as; s.kind == LED8N {
		s.style = byLight
	}
}

// NewScreen is a dark one.
func NewScreen(kind Kind) *Screen { return &Screen{kind: kind} }

// Add takes bytes that the POS has written.
func (s *Screen) Add(b []byte) {
	for _, c := range b {
		if step := s.step; step != nil {
			s.step = nil
			step(s, c)
			continue
		}
		s.ground(c)
	}
}

// Reset forgets everything but the kind: nobody knows what the display shows after the line was away.
func (s *Screen) Reset() { *s = Screen{kind: s.kind, style: s.style, han: s.han} }

const (
	bs, ht, lf, hom, clr, cr = 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D
	can, esc, us             = 0x18, 0x1B, 0x1F
)

// ground takes a byte that begins something.
func (s *Screen) ground(c byte) {
	switch {
	case c == esc:
		s.step = (*Screen).escape
	case s.away:
	case c == us:
		s.step = (*Screen).unit
	case c == clr:
		s.clear()
	case c == can:
		s.strings = false
		s.cells[s.y], s.x = [columns]byte{}, 0
	case s.strings:
	case c >= ' ' && c != 0x7F:
		s.put(c)
	default:
		s.move(c)
	}
}

// clear makes the display dark, its lights too: whether they go out with CLR differs, and a light that was not set anew says nothing.
func (s *Screen) clear() {
	s.cells, s.x, s.y = [lines][columns]byte{}, 0, 0
	s.strings, s.light, s.numbers, s.lights = false, 0, 0, 0
}

// put writes a character where the cursor is. Behind the end of a line comes the next, and the first behind the last (overwrite mode).
func (s *Screen) put(c byte) {
	if s.style != byString {
		s.wrote(byCursor)
	}
	s.han = s.han || c >= 0x81
	s.cells[s.y][s.x] = c
	if s.x++; s.x == columns {
		s.x, s.y = 0, (s.y+1)%lines
	}
}

// move takes a control character that moves the cursor; any other is none.
func (s *Screen) move(c byte) {
	switch c {
	case bs:
		s.x = max(s.x-1, 0)
	case ht:
		s.x = min(s.x+1, columns-1)
	case lf:
		s.y = (s.y + 1) % lines
	case hom:
		s.x, s.y = 0, 0
	case cr:
		s.x = 0
	}
}

// string takes the text of ESC Q up to its CR. A text without end, or one that a command cuts short, counts as far as it goes.
func (s *Screen) string(c byte) {
	if c == cr || c == esc || c == clr || len(s.text) == 2*columns {
		s.written()
		if c != cr {
			s.ground(c)
		}
		return
	}
	s.text = append(s.text, c)
	s.step = (*Screen).string
}

func (s *Screen) written() {
	s.strings = true
	if _, digits := number(strings.TrimSpace(string(s.text))); !digits || s.style != byLight { // whose number may come behind its light
		s.wrote(byString)
	}
	s.cells[s.row] = [columns]byte{}
	copy(s.cells[s.row][:], s.text)
	s.han = s.han || bytes.ContainsFunc(s.text, func(r rune) bool { return r >= 0x80 })
	if s.row == 0 {
		s.numbers++
	}
	s.text = nil
}

// lit takes a light of LED8N: ESC s and a digit. The CD5220's ESC s stores characters, with 01 behind it.
func (s *Screen) lit(args []byte) {
	if c := args[0]; c >= '0' && c <= '4' {
		s.style, s.light, s.lights = byLight, c, s.lights+1
		if c == '0' {
			s.light = 0
		}
	}
}

// Settle says what the display shows, now that the line has been silent for a while: what customers see. Before that, half of a message may
// stand there. A command whose argument has not come by then was cut off, as by a POS that died: what comes next is no part of it, or a drawing
// that was begun (ESC &) would swallow every total of the day.
func (s *Screen) Settle() Reading {
	if s.need > 0 {
		s.need, s.step = 0, nil
	}
	paired := s.numbers == s.lights
	if s.kind == LED8N || s.kind == Auto && s.light != 0 {
		if r, digits := s.digits(); digits {
			return s.settled(r, paired)
		}
	}
	s.numbers, s.lights = 0, 0
	if s.kind == LED8N {
		return Reading{}
	}
	return read(s.rows())
}

// settled is the reading of digits whose light and number came together.
func (s *Screen) settled(r Reading, paired bool) Reading {
	came := s.numbers + s.lights
	s.numbers, s.lights = 0, 0
	if !paired {
		s.light = 0 // and it stays so until both come again
		return Reading{}
	}
	if came == 0 && s.light == 0 {
		return Reading{}
	}
	return r
}

// digits reads a display of digits: the number in the first line, and the light. It reports false where there is something else.
func (s *Screen) digits() (Reading, bool) {
	text := string(bytes.Trim(bytes.ReplaceAll(s.cells[0][:], []byte{0}, []byte{' '}), " "))
	if text == "" {
		return Reading{}, true
	}
	fen, ok := number(text)
	if !ok {
		return Reading{}, false
	}
	return Reading{Meaning: map[byte]Meaning{'1': Price, '2': Total, '3': Received, '4': Change}[s.light], Fen: fen}.whole(), true
}

// rows are the lines as bytes, blanks as spaces.
func (s *Screen) rows() [][]byte {
	var all [][]byte
	for _, row := range s.cells {
		all = append(all, bytes.ReplaceAll(row[:], []byte{0}, []byte{' '}))
	}
	return all
}
