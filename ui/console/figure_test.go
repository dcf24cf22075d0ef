package console

import (
	"slices"
	"strings"
	"testing"
)

// What the page draws can be read in a terminal, too.
func TestFiguresInWords(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		f := small()
		all := f.Figures(lang)
		if len(all) != 6 {
			t.Fatalf("%s: %d figures", lang, len(all))
		}
		for _, g := range all {
			if g.Title == "" || len(g.Notes)+len(g.Rows) == 0 {
				t.Errorf("%s: %+v says nothing", lang, g)
			}
			for _, row := range g.Rows {
				if len(row) != len(g.Head) {
					t.Errorf("%s: %s: %d cells under %d heads", lang, g.Title, len(row), len(g.Head))
				}
			}
		}
		hours := slices.IndexFunc(all, func(g Figure) bool { return len(g.Rows) > 0 && strings.Contains(g.Rows[0][0], ":00") })
		if hours < 0 || len(all[hours].Rows) > 20 {
			t.Errorf("%s: hours in which nothing happened are told: %+v", lang, all[hours])
		}
	}
}
