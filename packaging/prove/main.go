// Command prove runs everything that could show a guarantee to be false, and prints one table: guarantee, what was tried,
// how often, with what result. It knows commands and README's table of guarantees, and nothing of the code. `make prove`
// calls it; it takes at most half an hour on two cores.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"time"
)

// step is one thing that is tried.
type step struct {
	of    string   // the guarantees it could show to be false
	what  string   // in words
	cmd   []string // to run at the top of the house
	env   []string
	count *regexp.Regexp // finds in the output how much was tried; its first group is shown
	limit time.Duration
}

// result is what came of a step.
type result struct {
	step
	tried string
	took  time.Duration
	err   error
	out   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	promises, err := readPromises("README.md")
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(2)
	}
	began, failed := time.Now(), 0
	var done []result
	for _, s := range append(trials(), promises...) {
		if len(os.Args) > 1 && !strings.Contains(s.what, os.Args[1]) {
			continue
		}
		r := try(ctx, s)
		done = append(done, r)
		fmt.Fprintf(os.Stderr, "%-4s %s (%s)\n", r.word(), s.what, r.took.Round(100*time.Millisecond))
		if r.err != nil {
			failed++
			fmt.Fprintln(os.Stderr, tail(r.out, 40))
		}
		if ctx.Err() != nil {
			break
		}
	}
	table(os.Stdout, done)
	fmt.Printf("%d of %d held, in %s\n", len(done)-failed, len(done), time.Since(began).Round(time.Second))
	if failed > 0 || ctx.Err() != nil {
		os.Exit(1)
	}
}

func try(ctx context.Context, s step) result {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.cmd[0], s.cmd[1:]...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.WaitDelay = 10 * time.Second
	began := time.Now()
	out, err := cmd.CombinedOutput()
	r := result{step: s, took: time.Since(began), err: err, out: string(out)}
	if ctx.Err() != nil {
		r.err = fmt.Errorf("not done after %s", s.limit)
	}
	for _, m := range s.count.FindAllStringSubmatch(r.out, -1) {
		r.tried = strings.Join(m[1:], " ") // the last one says the whole
	}
	if r.err == nil && r.tried == "" {
		r.err = fmt.Errorf("it says nothing of what it tried")
	}
	if r.err == nil && strings.Contains(r.out, "--- SKIP") {
		r.err = fmt.Errorf("a part was skipped")
	}
	return r
}

func (r result) word() string {
	if r.err != nil {
		return "FAIL"
	}
	return "ok"
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
