package display

// arguments is how many bytes follow a command that is none of those below, so that they are not taken for text: of ESC as in the manuals of
// the CD5220 (6.1) and the XP8200 (4.1.8), of US as in Epson's for the DM-D. A command that is not here has none.
var (
	afterESC = map[byte]int{'*': 1, '_': 1, '%': 1, '?': 1, 'f': 1, 'c': 1, 't': 1, 'R': 1, 'd': 1, '#': 1, 'W': 4}
	afterUS  = map[byte]int{'C': 1, 'E': 1, 'X': 1, 'r': 1, 'v': 1, 'T': 2, '^': 2}
)

// take waits for so many bytes and does something with them.
func (s *Screen) take(n int, then func(*Screen, []byte)) {
	if n == 0 {
		return
	}
	s.need, s.args, s.then, s.step = n, nil, then, (*Screen).argument
}

func (s *Screen) argument(c byte) {
	s.args = append(s.args, c)
	if s.need--; s.need > 0 {
		s.step = (*Screen).argument
		return
	}
	s.then(s, s.args)
}

func ignore(*Screen, []byte) {}

// escape takes the byte behind ESC.
func (s *Screen) escape(c byte) {
	switch c {
	case '=': // bit 1: the printer, bit 2: the display
		s.take(1, func(s *Screen, a []byte) { s.away = a[0]&2 == 0 && a[0]&1 != 0 })
	case esc:
		s.step = (*Screen).escape
	default:
		if !s.away {
			s.command(c)
		}
	}
}

func (s *Screen) command(c byte) {
	switch c {
	case '@':
		s.clear()
	case 'Q':
		s.step = (*Screen).which
	case 's':
		s.take(1, (*Screen).lit)
	case 'l':
		s.take(2, (*Screen).place)
	case '[':
		s.take(1, func(s *Screen, a []byte) { s.arrow(a[0]) })
	case '&':
		s.take(3, (*Screen).patterns)
	default:
		s.take(afterESC[c], ignore)
	}
}

// which takes the letter of ESC Q: A and B are the lines; D scrolls a text through the first, which is read like A.
func (s *Screen) which(c byte) {
	switch c {
	case 'A', 'D':
		s.row, s.step = 0, (*Screen).string
	case 'B':
		s.row, s.step = 1, (*Screen).string
	default:
		s.ground(c)
	}
}

// place moves the cursor to a column and a line, counted from 1.
func (s *Screen) place(at []byte) {
	if x, y := int(at[0]), int(at[1]); !s.strings && x >= 1 && x <= columns && y >= 1 && y <= lines {
		s.x, s.y = x-1, y-1
	}
}

// arrow moves the cursor as ESC [ does.
func (s *Screen) arrow(to byte) {
	if s.strings {
		return
	}
	switch to {
	case 'A':
		s.y = (s.y + lines - 1) % lines
	case 'R':
		s.x = columns - 1
	case 'K':
		s.x, s.y = columns-1, lines-1
	default:
		s.move(map[byte]byte{'B': lf, 'C': ht, 'D': bs, 'H': hom, 'L': cr}[to])
	}
}

// patterns skips characters that are drawn: how many bytes high, the first and the last; then for each its width and its bytes.
func (s *Screen) patterns(a []byte) {
	if a[2] >= a[1] {
		s.pattern(int(a[0]), int(a[2]-a[1])+1)
	}
}

func (s *Screen) pattern(height, left int) {
	if left == 0 {
		return
	}
	s.take(1, func(s *Screen, a []byte) {
		if n := height * int(a[0]); n > 0 {
			s.take(n, func(s *Screen, _ []byte) { s.pattern(height, left-1) })
			return
		}
		s.pattern(height, left-1)
	})
}

// unit takes the byte behind US.
func (s *Screen) unit(c byte) {
	switch c {
	case '$':
		s.take(2, (*Screen).place)
	case '(': // a letter, the length in two bytes, and so much
		s.take(3, func(s *Screen, a []byte) { s.take(min(int(a[1])|int(a[2])<<8, 1<<10), ignore) })
	case '.', ',', ';': // a character with the mark beside it
		s.take(1, func(s *Screen, a []byte) { s.marked(a[0], c) })
	case lf:
		s.arrow('A')
	case cr:
		s.arrow('R')
	case 'B':
		s.arrow('K')
	default:
		s.take(afterUS[c], ignore)
	}
}

func (s *Screen) marked(c, mark byte) {
	if !s.strings && c >= ' ' {
		s.put(c)
		s.put(mark)
	}
}
