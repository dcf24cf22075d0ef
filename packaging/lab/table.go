package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"hexiao/packaging/lab/line"
)

// table prints the rows; a device's name stands at its first row only, and a row that failed says so.
func table(w io.Writer, rows []line.Row) {
	cells := [][]string{{"device", "event", "seen", "took"}}
	for i, r := range rows {
		device := r.Device
		if i > 0 && rows[i-1].Device == device {
			device = ""
		}
		cells = append(cells, []string{device, r.Event, verdict(r), took(r.Took)})
	}
	wide := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range cells {
		var b strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&b, "%-*s  ", wide[i], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

func verdict(r line.Row) string {
	if r.Failed {
		return "FAIL: " + r.Seen
	}
	return r.Seen
}

func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.Round(time.Millisecond).String()
}

// failures counts the rows that failed.
func failures(rows []line.Row) int {
	n := 0
	for _, r := range rows {
		if r.Failed {
			n++
		}
	}
	return n
}
