package cashier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
)

// wrap breaks a sentence into lines no wider than width. Chinese may break between any two characters, but no line
// begins with a closing mark or ends with an opening one (GB/T 15834-2011, 5.1); Latin words and figures stay whole
// while a line can hold them.
func wrap(text string, width, size float32, style fyne.TextStyle) []string {
	var lines []string
	line := ""
	for _, piece := range pieces(text) {
		switch {
		case fits(line+strings.TrimRight(piece, " "), width, size, style):
			line += piece
		case line == "":
			for _, part := range chop(piece, width, size, style) {
				if line != "" {
					lines = append(lines, line)
				}
				line = part
			}
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line = piece
			if !fits(strings.TrimRight(piece, " "), width, size, style) {
				parts := chop(piece, width, size, style)
				lines = append(lines, parts[:len(parts)-1]...)
				line = parts[len(parts)-1]
			}
		}
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// level breaks a sentence into as many lines as before, but where it is best read: after a mark if there is one, else so
// that the lines are about equally long.
func level(lines []string, text string, width, size float32, style fyne.TextStyle) []string {
	best, most := lines, marks(lines)
	for w := width * 0.97; w > width*0.4 && len(lines) > 1; w -= width * 0.03 {
		narrower := wrap(text, w, size, style)
		if len(narrower) > len(lines) {
			break
		}
		if n := marks(narrower); n >= most {
			best, most = narrower, n
		}
	}
	return best
}

// marks counts the lines, without the last, that end in a mark.
func marks(lines []string) int {
	n := 0
	for _, line := range lines[:max(0, len(lines)-1)] {
		if r, _ := utf8.DecodeLastRuneInString(line); strings.ContainsRune("，。、；：？！,.;:?!", r) {
			n++
		}
	}
	return n
}

// pieces cuts a text where a line may end: after a space, and around every Chinese character.
func pieces(text string) []string {
	var out []string
	var last rune
	for i, r := range text {
		breaks := i == 0 || last == ' ' || (wide(last) || wide(r))
		if closing(r) || opening(last) || r == ' ' {
			breaks = i == 0
		}
		if breaks {
			out = append(out, "")
		}
		out[len(out)-1] += string(r)
		last = r
	}
	return out
}

func wide(r rune) bool { return unicode.Is(unicode.Han, r) || closing(r) || opening(r) }
func closing(r rune) bool {
	return strings.ContainsRune("，。、；：？！”’）》】…—", r)
}
func opening(r rune) bool { return strings.ContainsRune("“‘（《【", r) }

// chop cuts a word that is wider than a line.
func chop(word string, width, size float32, style fyne.TextStyle) []string {
	parts := []string{""}
	for _, r := range word {
		last := len(parts) - 1
		if parts[last] != "" && !fits(parts[last]+string(r), width, size, style) {
			parts = append(parts, "")
			last++
		}
		parts[last] += string(r)
	}
	return parts
}

func fits(text string, width, size float32, style fyne.TextStyle) bool {
	return fyne.MeasureText(text, size, style).Width <= width
}
