package packaging

import (
	"regexp"
	"strings"
	"testing"
)

// TestEveryStoryHasItsTests looks up each test that drivers/STORIES.md names in the room it names.
func TestEveryStoryHasItsTests(t *testing.T) {
	stories := 0
	for _, row := range strings.Split(text(t, "../drivers/STORIES.md"), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 6 || !regexp.MustCompile(`^ \d+ $`).MatchString(cells[1]) {
			continue
		}
		stories++
		if lookUp(t, cells[4]) == 0 {
			t.Errorf("story %s names no test", cells[1])
		}
	}
	if stories != 19 {
		t.Errorf("%d stories, want 19", stories)
	}
}
