// Command prove runs everything that could show a guarantee to be false, and prints one table: guarantee, what was tried,
// how often, with what result. It knows commands and README's table of guarantees, and nothing of the code. `make prove`
// calls it; it takes at most half an hour on two cores.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
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
	sum   string         // what the finds are called when their number is shown instead
	pkg   string         // whose tests it runs with -v; empty: none
	limit time.Duration
}

// result is what came of a step.
type result struct {
	step
	tried string
	took  time.Duration // 0: in the time of another step
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
	began := time.Now()
	done := proveAll(ctx, trials(), promises, strings.Join(os.Args[1:], " "))
	failed := 0
	for _, r := range done {
		if r.err != nil {
			failed++
		}
	}
	table(os.Stdout, done)
	fmt.Printf("%d of %d held, in %s\n", len(done)-failed, len(done), time.Since(began).Round(time.Second))
	if failed > 0 || len(done) == 0 {
		os.Exit(1)
	}
}

// proveAll tries those steps and promises whose words contain only.
func proveAll(ctx context.Context, trials []step, promises []promise, only string) (done []result) {
	said := evidence{}
	run := func(steps []step) {
		for _, s := range steps {
			r := try(ctx, s)
			done = append(done, r)
			said[s.pkg] += r.out
			report(r)
		}
	}
	run(slices.DeleteFunc(trials, func(s step) bool { return !strings.Contains(s.what, only) }))
	promises = slices.DeleteFunc(promises, func(p promise) bool { return !strings.Contains(p.String(), only) })
	run(said.missing(promises))
	for _, p := range promises {
		done = append(done, said.judge(p))
	}
	return done
}

// report says at once what came of a step, and all figures of it.
func report(r result) {
	fmt.Fprintf(os.Stderr, "%-4s %s (%s)\n", r.word(), r.what, r.took.Round(100*time.Millisecond))
	if r.tried != "" {
		fmt.Fprintln(os.Stderr, "     "+r.tried)
	}
	if r.err != nil {
		fmt.Fprintln(os.Stderr, tail(r.out, 40))
	}
}

// try runs a step. After an interrupt each step that is left counts as one that failed.
func try(ctx context.Context, s step) result {
	if ctx.Err() != nil {
		return result{step: s, err: errors.New("interrupted before it was tried")}
	}
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.cmd[0], s.cmd[1:]...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.WaitDelay = 10 * time.Second
	began := time.Now()
	out, err := cmd.CombinedOutput()
	r := result{step: s, took: time.Since(began), err: err, out: string(out)}
	if r.tried = s.figures(r.out); r.tried == "" && r.err == nil {
		r.err = errors.New("it says nothing of what it tried")
	}
	if r.err == nil && strings.Contains(r.out, "--- SKIP") {
		r.err = errors.New("a part was skipped")
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.err = fmt.Errorf("not done after %s", s.limit)
	} else if ctx.Err() != nil {
		r.err = errors.New("interrupted")
	}
	return r
}

// figures finds how much was tried.
func (s step) figures(out string) string {
	var all []string
	for _, m := range s.count.FindAllStringSubmatch(out, -1) {
		all = append(all, m[1])
	}
	if s.sum != "" && len(all) > 0 {
		return fmt.Sprint(len(all), " ", s.sum)
	}
	return strings.Join(all, "; ")
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
