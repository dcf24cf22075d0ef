package printer_test

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// paper is what a page looks like when it has come out.
type paper struct {
	lines    []string // the text, with the size before a line that is not of single size
	commands []string
	cuts     int
}

// known are all commands that a page may hold, by their first bytes, and how many bytes of arguments they have.
var known = []struct {
	begin string
	name  string
	args  int
}{
	{"\x1b@", "ESC @", 0}, {"\x1c&", "FS &", 0}, {"\x1ba", "ESC a", 1}, {"\x1bE", "ESC E", 1}, {"\x1d!", "GS !", 1}, {"\x1c!", "FS !", 1},
	{"\x1bd", "ESC d", 1}, {"\x1dV\x42", "GS V 66", 1},
}

// develop reads bytes as a printer does. Anything that is neither text in ASCII and GBK nor one of the known commands is an error.
func develop(page []byte) (p paper, err error) {
	line, size := "", ""
	for len(page) > 0 {
		switch c := page[0]; {
		case c == '\n':
			p.lines = append(p.lines, size+line)
			line, page = "", page[1:]
		case c < ' ' || c == 0x7f:
			name, args, n := command(page)
			if n == 0 {
				return p, fmt.Errorf("unknown command % x behind %q", page[:min(4, len(page))], line)
			}
			if line != "" {
				return p, fmt.Errorf("%s stands within the line %q", name, line)
			}
			p.commands = append(p.commands, fmt.Sprintf("%s % x", name, args))
			switch {
			case name == "GS V 66":
				p.cuts++
			case name == "GS !":
				size = map[byte]string{0x11: "[2x2] ", 0x01: "[1x2] "}[args[0]]
			}
			page = page[n:]
		case c < 0x80:
			line, page = line+string(rune(c)), page[1:]
		default:
			if len(page) < 2 || page[1] < 0x40 || page[1] == 0x7f || page[1] == 0xff || c == 0x80 || c == 0xff {
				return p, fmt.Errorf("% x is no GBK character", page[:min(2, len(page))])
			}
			text, err := simplifiedchinese.GBK.NewDecoder().Bytes(page[:2])
			if err != nil {
				return p, err
			}
			line, page = line+string(text), page[2:]
		}
	}
	if line != "" {
		return p, fmt.Errorf("%q is not ended", line)
	}
	return p, nil
}

func command(page []byte) (name string, args []byte, n int) {
	for _, k := range known {
		if n := len(k.begin) + k.args; bytes.HasPrefix(page, []byte(k.begin)) && len(page) >= n {
			return k.name, page[len(k.begin):n], n
		}
	}
	return "", nil, 0
}

func (p paper) String() string { return strings.Join(p.lines, "\n") + "\n" }
