package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// passed counts what `go test -v` says went well: tests and their parts.
var passed = regexp.MustCompile(`(?m)^prove: (\d+ tests passed)$`)

// readPromises makes a step of each row of README's table of guarantees: the tests it names, room by room.
func readPromises(path string) ([]step, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var steps []step
	for row := range strings.Lines(string(raw)) {
		cells := strings.Split(row, "|")
		if !strings.HasPrefix(row, "| G") || len(cells) < 5 {
			continue
		}
		of := strings.TrimSpace(cells[1])
		for _, room := range rooms(cells[3]) {
			steps = append(steps, step{of: of, what: fmt.Sprintf("%s: %s", room.at, strings.Join(room.tests, ", ")),
				cmd: counting(room), count: passed, limit: 10 * time.Minute})
		}
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("%s has no table of guarantees", path)
	}
	return steps, nil
}

// room is tests of one package.
type room struct {
	at    string
	tests []string
}

// rooms reads "hub/ledger TestA, TestB, agent TestC".
func rooms(cell string) (all []room) {
	for _, word := range regexp.MustCompile(`(?:agent|hub|ui|drivers|packaging)(?:/\w+)*|Test\w+`).FindAllString(cell, -1) {
		if !strings.HasPrefix(word, "Test") {
			all = append(all, room{at: word})
		} else if len(all) > 0 {
			last := &all[len(all)-1]
			last.tests = append(last.tests, word)
		}
	}
	return all
}

// counting runs tests and says at the end how many passed, parts included; a named test that does not exist fails.
func counting(r room) []string {
	script := `go test -count=1 -v -run "^($1)\$" "$2" | tee /dev/stderr | awk '/^ *--- PASS/ { n++ } /^ *--- PASS: Test[^\/]* / { named++ } /^(FAIL|--- FAIL|panic)/ { bad = 1 } /--- SKIP/ { print } END { print "prove: " n+0 " tests passed"; exit bad || named+0 < ` +
		fmt.Sprint(len(r.tests)) + ` }'`
	return []string{"bash", "-c", script, "prove", strings.Join(r.tests, "|"), "./" + r.at}
}
