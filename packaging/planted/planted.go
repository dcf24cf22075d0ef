// Package planted holds faults that are put into a copy of the code on purpose, and finds out whether anybody notices. A
// test suite that catches nothing proves nothing. Each fault is a file in testdata: where it goes, what it replaces, which
// guarantee it breaks. The product knows nothing of it: the changed file is handed to the compiler as an overlay, so that
// the switch is there only while these tests build. Only tests and `make prove` call it.
package planted

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bug is one fault.
type Bug struct {
	Name   string   // of its file
	Why    string   // what somebody might have been thinking
	Breaks string   // the guarantee it breaks, such as "G2"
	File   string   // that it goes into, from the top of the house
	Tests  []string // packages whose tests must fail where the rehearsal does not reach, such as "./hub/book"
	Seeds  string   // how many the rehearsal may play before it must have noticed, of a fault that only a rare one meets; "": as many as of any
	Old    string   // text that stands in File exactly once
	New    string   // what takes its place
}

// Load reads every fault of a folder, in order of their names.
func Load(dir string) ([]Bug, error) {
	names, err := fs.Glob(os.DirFS(dir), "*.bug")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	bugs := make([]Bug, 0, len(names))
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		b, err := parse(strings.TrimSuffix(name, ".bug"), raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		bugs = append(bugs, b)
	}
	return bugs, nil
}

// parse reads lines "key: value", then the old text behind a line "--- old" and the new one behind "--- new".
func parse(name string, raw []byte) (Bug, error) {
	b := Bug{Name: name}
	head, texts, ok := strings.Cut(string(raw), "--- old\n")
	before, after, both := strings.Cut(texts, "--- new\n")
	if !ok || !both {
		return Bug{}, fmt.Errorf("needs the lines --- old and --- new")
	}
	b.Old, b.New = strings.TrimSuffix(before, "\n"), strings.TrimSuffix(after, "\n")
	for lines := bufio.NewScanner(strings.NewReader(head)); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "why":
			b.Why = value
		case "breaks":
			b.Breaks = value
		case "file":
			b.File = value
		case "seeds":
			b.Seeds = value
		case "tests":
			b.Tests = strings.Fields(value)
		default:
			return Bug{}, fmt.Errorf("unknown line %q", lines.Text())
		}
	}
	if b.Why == "" || b.Breaks == "" || b.File == "" || b.Old == "" || b.Old == b.New {
		return Bug{}, fmt.Errorf("needs why, breaks, file, and two different texts")
	}
	return b, nil
}

// Plant gives the file with the fault in it. root is the top of the house. An error means that the code has changed and
// the fault must be planted anew.
func (b Bug) Plant(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, b.File))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(source, []byte(b.Old)); n != 1 {
		return nil, fmt.Errorf("%s: its old text stands in %s %d times, not once", b.Name, b.File, n)
	}
	planted := bytes.Replace(source, []byte(b.Old), []byte(b.New), 1)
	if _, err := parser.ParseFile(token.NewFileSet(), b.File, planted, parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	return planted, nil
}

// Overlay writes the planted file and the overlay that go's -overlay flag wants into dir, and gives the overlay's path.
func (b Bug) Overlay(root, dir string) (string, error) {
	planted, err := b.Plant(root)
	if err != nil {
		return "", err
	}
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	copied := filepath.Join(dir, b.Name+".go.txt")
	if err := os.WriteFile(copied, planted, 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, b.File): copied}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, b.Name+".json")
	return path, os.WriteFile(path, list, 0o600)
}
