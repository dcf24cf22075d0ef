package registry

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hexiao/hub/voucher"
)

// ErrFile is wrapped by every *FileError: what a person handed over cannot be taken, and nothing of it was.
var ErrFile = errors.New("file refused")

// MaxProblems is how many problems a FileError lists; who has mended so many hands the file over again.
const MaxProblems = 100

// FileError lists what is wrong with a file, in the order of its lines.
type FileError struct {
	Problems []FileProblem // at least one, at most MaxProblems
	More     int           // how many there are beyond those; counting ends where reading does
}

// FileProblem is one thing wrong with a file: where, what, and how to mend it.
type FileProblem struct {
	File   string
	Line   int    // from 1, a worksheet's row; 0 when it is about the file as a whole
	Column string // of a list, such as "C (trade)"; empty for other files
	Text   voucher.Text
}

// Error gives one line for each problem, "FILE:LINE: sentence", in both languages.
func (e *FileError) Error() string {
	return e.lines(func(t voucher.Text) string { return t.En + " (" + t.Zh + ")" },
		voucher.Text{Zh: "另有 %[1]d 处问题", En: "and %[1]d more (另有 %[1]d 处问题)"}.En)
}

// In gives the same in one language, "zh" or "en".
func (e *FileError) In(lang string) string {
	return e.lines(func(t voucher.Text) string { return t.In(lang) },
		voucher.Text{Zh: "另有 %d 处问题", En: "and %d more"}.In(lang))
}

func (e *FileError) lines(say func(voucher.Text) string, more string) string {
	var all []string
	for _, p := range e.Problems {
		all = append(all, p.place()+": "+say(p.Text))
	}
	if e.More > 0 {
		all = append(all, fmt.Sprintf(more, e.More))
	}
	return strings.Join(all, "\n")
}

func (p FileProblem) place() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Column != "" {
		s += ": " + p.Column
	}
	return s
}

// Unwrap makes errors.Is(err, ErrFile) true.
func (e *FileError) Unwrap() error { return ErrFile }

// findings gathers the problems of one file.
type findings struct {
	file  string
	found []FileProblem
	more  int // not kept: a list of 100,000 rows may be wrong in each
}

func (f *findings) add(line int, column, zh, en string) {
	if len(f.found) == MaxProblems {
		f.more++
		return
	}
	f.found = append(f.found, FileProblem{f.file, line, column, voucher.Text{Zh: zh, En: en}})
}

// err is nil when nothing was found.
func (f *findings) err() error {
	if len(f.found) == 0 {
		return nil
	}
	slices.SortStableFunc(f.found, func(a, b FileProblem) int { return cmp.Compare(a.Line, b.Line) })
	return &FileError{Problems: f.found, More: f.more}
}

// refused is the error for a file that cannot be read at all.
func refused(file string, line int, zh, en string) error {
	f := findings{file: file}
	f.add(line, "", zh, en)
	return f.err()
}

// quote shows what stands in a file, cut to what fits a sentence.
func quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%q…", string(r[:most]))
	}
	return fmt.Sprintf("%q", s)
}

// plain tells whether a text can stand in a list, on a screen or in a log: no control characters, and none that a wrong
// encoding has swallowed before.
func plain(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar }) < 0
}
