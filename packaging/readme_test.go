package packaging

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADMEPromisesWhatTestsShow looks up every test that the README names in the room it names, every room and file it
// speaks of, and every direct dependency of go.mod in its table.
func TestREADMEPromisesWhatTestsShow(t *testing.T) {
	readme := text(t, "../README.md")
	for _, row := range strings.Split(readme, "\n") {
		if !strings.HasPrefix(row, "| G") {
			continue
		}
		named := lookUp(t, strings.Split(row, "|")[3])
		if named == 0 {
			t.Errorf("README promises without a test: %s", row)
		}
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)
	for _, m := range direct.FindAllStringSubmatch(text(t, "../go.mod"), -1) {
		if !strings.Contains(readme, "\n| "+m[1]+" | ") {
			t.Errorf("README does not say what %s is for", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Errorf("README points to %s: %v", m[1], err)
		}
	}
}

// lookUp looks up tests that are named as in "hub/ledger TestA, TestB, agent TestC", and counts them.
func lookUp(t *testing.T, cell string) (named int) {
	t.Helper()
	room := ""
	for _, word := range regexp.MustCompile(`(?:agent|hub|ui|drivers|packaging)(?:/\w+)*|Test\w+`).FindAllString(cell, -1) {
		if !strings.HasPrefix(word, "Test") {
			room = word
			continue
		}
		named++
		if !strings.Contains(tests(t, room), "func "+word+"(") {
			t.Errorf("%s is named in %s, where there is no such test", word, room)
		}
	}
	return named
}

// tests gives the test files of a room as one text.
func tests(t *testing.T, room string) string {
	t.Helper()
	files, err := fs.Glob(os.DirFS("../"+room), "*_test.go")
	if err != nil || len(files) == 0 {
		t.Errorf("the room %q is named, which has no tests (%v)", room, err)
	}
	var all strings.Builder
	for _, name := range files {
		all.WriteString(text(t, filepath.Join("..", room, name)))
	}
	return all.String()
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
