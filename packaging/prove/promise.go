package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// promise is a room of a row of README's table of guarantees: tests that could show the guarantee to be false.
type promise struct {
	of string
	room
}

// room is tests of one package.
type room struct {
	at    string
	tests []string
}

func (r room) String() string { return r.at + ": " + strings.Join(r.tests, ", ") }

// pkg is the room as `go test` calls it.
func (r room) pkg() string { return "./" + r.at }

// readPromises reads the rows of README's table, room by room.
func readPromises(path string) (all []promise, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for row := range strings.Lines(string(raw)) {
		cells := strings.Split(row, "|")
		if !strings.HasPrefix(row, "| G") || len(cells) < 5 {
			continue
		}
		of, named := strings.TrimSpace(cells[1]), rooms(cells[3])
		if len(named) == 0 {
			return nil, fmt.Errorf("%s names no test of %s", path, of)
		}
		for _, r := range named {
			all = append(all, promise{of, r})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no table of guarantees", path)
	}
	return all, nil
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

// evidence is what `go test -v` said, by package. A test that several rows name, or that a trial has run in its full size,
// is run once.
type evidence map[string]string

// passed counts what went well: tests and their parts.
var passed = regexp.MustCompile(`(?m)^ *(--- PASS): `)

// missing makes a step of each room: the tests that are named there and have not been run yet.
func (e evidence) missing(all []promise) (steps []step) {
	var named []room
	for _, p := range all {
		i := slices.IndexFunc(named, func(r room) bool { return r.at == p.at })
		if i < 0 {
			named, i = append(named, room{at: p.at}), len(named)
		}
		for _, test := range p.tests {
			if !slices.Contains(named[i].tests, test) && !e.has(p.pkg(), test) {
				named[i].tests = append(named[i].tests, test)
			}
		}
	}
	for _, r := range named {
		if len(r.tests) > 0 {
			steps = append(steps, step{of: "README", what: fmt.Sprintf("%s: %d tests that rows below name", r.at, len(r.tests)), pkg: r.pkg(),
				cmd:   []string{"go", "test", "-count=1", "-v", "-run", "^(" + strings.Join(r.tests, "|") + ")$", r.pkg()},
				count: passed, sum: "tests passed", limit: 10 * time.Minute})
		}
	}
	return steps
}

func (e evidence) has(pkg, test string) bool {
	return regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): ` + test + ` `).MatchString(e[pkg])
}

// judge says what became of a promise: each test it names must have passed, with all its parts.
func (e evidence) judge(p promise) result {
	r, n := result{step: step{of: p.of, what: p.String()}}, 0
	for _, test := range p.tests {
		ends := regexp.MustCompile(`(?m)^ *--- (PASS|FAIL|SKIP): `+test+`[ /]`).FindAllStringSubmatch(e[p.pkg()], -1)
		n += len(ends)
		switch {
		case slices.ContainsFunc(ends, func(m []string) bool { return m[1] == "FAIL" }):
			r.err = fmt.Errorf("%s failed", test)
		case slices.ContainsFunc(ends, func(m []string) bool { return m[1] == "SKIP" }):
			r.err = fmt.Errorf("%s, or a part of it, was skipped", test)
		case !e.has(p.pkg(), test):
			r.err = fmt.Errorf("%s did not run to its end", test)
		}
	}
	if r.tried = fmt.Sprint(n, " tests passed"); r.err != nil {
		r.tried = ""
	}
	return r
}
