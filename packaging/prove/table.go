package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// table prints what came of all steps, guarantee by guarantee; figures are cut where report has said them whole.
func table(w io.Writer, all []result) {
	rows := [][]string{{"guarantee", "what was tried", "how much", "took", "result"}}
	for _, r := range all {
		said := r.word()
		if r.err != nil {
			said += ": " + r.err.Error()
		}
		took := ""
		if r.took > 0 {
			took = r.took.Round(100 * time.Millisecond).String()
		}
		rows = append(rows, []string{r.of, shorten(r.what, 90), shorten(r.tried, 140), took, said})
	}
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", wide[i], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
