package cashout

import (
	"strings"
	"testing"
	"unicode"
)

func TestEverySignalAndMarkHasItsWords(t *testing.T) {
	seen := map[string]string{}
	check := func(what, zh, en string) {
		switch {
		case !strings.ContainsFunc(zh, isHan) || strings.ContainsAny(zh, ",;"):
			t.Errorf("%s: in Chinese %q", what, zh)
		case strings.ContainsFunc(en, isHan) || strings.TrimSpace(en) == "":
			t.Errorf("%s: in English %q", what, en)
		case seen[zh] != "" || seen[en] != "":
			t.Errorf("%s has the words of %s%s", what, seen[zh], seen[en])
		}
		seen[zh], seen[en] = what, what
	}
	for s := range signals {
		check(s.String(), s.Words().Zh, s.Words().En)
		if s.Innocent().Zh == "" || s.Innocent().En == "" {
			t.Errorf("%s has no innocent reading", s)
		}
		for _, mark := range catalogue[s].marks {
			check(s.String()+" "+mark, s.MarkWords(mark).Zh, s.MarkWords(mark).En)
		}
		if len(markWords[s]) != len(catalogue[s].marks) {
			t.Errorf("%s has words for %d marks, and %d marks", s, len(markWords[s]), len(catalogue[s].marks))
		}
		if back, ok := SignalNamed(s.String()); !ok || back != s {
			t.Errorf("%s is not found by its name", s)
		}
	}
	if s := signals; s.Words().Zh != "" || s.MarkWords("first").Zh != "" {
		t.Error("a signal that is not there has words")
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
