package rehearsal

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"hexiao/hub/wire"
)

// options are what the command line says.
type options struct {
	seed             uint64
	seeds            int
	faults           string
	terminals, scans int
	log              string
	json, first      bool
	shrink           bool
	days, merchants  int
	owners           bool
}

// Main is the program: it reads the command line, plays, prints, and gives the exit code: 0 when every promise was kept,
// 1 when one was not, 2 for wrong use.
func Main(args []string, version string, out, errs io.Writer) int {
	var o options
	f := flag.NewFlagSet("hexiao-rehearsal", flag.ContinueOnError)
	f.SetOutput(errs)
	f.Uint64Var(&o.seed, "seed", 1, "the first seed")
	f.IntVar(&o.seeds, "seeds", 1, "how many seeds to play")
	f.StringVar(&o.faults, "faults", "all", "all, none, or a list of "+joined(kinds)+"; each with :N for N times at most")
	f.IntVar(&o.terminals, "terminals", 0, "at most so many terminals; 0: as the seed draws")
	f.IntVar(&o.scans, "scans", 0, "only the first so many customers; 0: as the seed draws")
	f.StringVar(&o.log, "log", "", "write what happens to a file, - for standard output; with one seed")
	f.BoolVar(&o.json, "json", false, "print one JSON object for each seed")
	f.BoolVar(&o.first, "first", false, "stop at the first seed that breaks a promise")
	f.BoolVar(&o.shrink, "shrink", false, "look for a smaller run that breaks a promise too: fewer faults, terminals and customers")
	f.IntVar(&o.days, "days", 0, "play the whole county of Lushan for so many days (14: as it was published) instead of a small campaign")
	f.IntVar(&o.merchants, "merchants", 420, "with --days: how many merchants")
	f.BoolVar(&o.owners, "owners", false, "with --days: one shop in thirty turns vouchers into cash; says how many of them the detector finds")
	show := f.Bool("version", false, "print the version")
	switch err := f.Parse(args); {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		return 2
	case *show:
		fmt.Fprintln(out, version)
		return 0
	case f.NArg() > 0 || o.seeds < 1 || o.days < 0 || o.days == 1 || o.days > 28 || o.merchants < 1 || o.days > 0 && (o.terminals > 0 || o.scans > 0) || o.owners && o.days == 0 || o.log != "" && o.seeds > 1:
		fmt.Fprintln(errs, "hexiao-rehearsal: wrong use (用法有误); see --help")
		return 2
	}
	mix, err := ParseMix(o.faults)
	if err != nil {
		fmt.Fprintln(errs, "hexiao-rehearsal:", err)
		return 2
	}
	if err := o.run(mix, out); err != nil {
		fmt.Fprintln(errs, "hexiao-rehearsal:", err)
		return 1
	}
	return 0
}

var errBroken = fmt.Errorf("a promise was broken (有承诺未能兑现)")

func (o *options) run(mix Mix, out io.Writer) error {
	wire.Remember()
	log, done, err := o.openLog(out)
	if err != nil {
		return err
	}
	began := time.Now()
	total := o.playAll(mix, log, out)
	if err := done(); err != nil {
		return err
	}
	if took := time.Since(began); !o.json && o.log == "-" {
		total.print(out, "") // what is printed with the log is the same each time too
	} else if !o.json {
		total.print(out, fmt.Sprintf(" in %s", took.Round(100*time.Millisecond)))
	}
	if len(total.broken) > 0 {
		return errBroken
	}
	return nil
}

func (o *options) openLog(out io.Writer) (io.Writer, func() error, error) {
	switch o.log {
	case "":
		return nil, func() error { return nil }, nil
	case "-":
		b := bufio.NewWriter(out)
		return b, b.Flush, nil
	}
	file, err := os.Create(o.log)
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewWriter(file)
	return b, func() error {
		if err := b.Flush(); err != nil {
			return err
		}
		return file.Close()
	}, nil
}

// playAll plays the seeds on all processors, each seed in one goroutine, and takes the results in order of the seeds.
func (o *options) playAll(mix Mix, log io.Writer, out io.Writer) *total {
	t := newTotal()
	results := make([]chan Result, o.seeds)
	for i := range results {
		results[i] = make(chan Result, 1)
	}
	next, stop := make(chan int), make(chan struct{})
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), o.seeds) {
		workers.Go(func() {
			for i := range next {
				results[i] <- Run(o.play(o.seed+uint64(i), mix, log))
			}
		})
	}
	go func() {
		defer close(next)
		for i := range results {
			select {
			case next <- i:
			case <-stop:
				return
			}
		}
	}()
	for i := range results {
		r := <-results[i]
		o.report(t, r, mix, out)
		if o.first && r.Violation != nil {
			break
		}
	}
	close(stop)
	workers.Wait()
	return t
}

// report takes one result, and says at once what is broken and how to see it again.
func (o *options) report(t *total, r Result, mix Mix, out io.Writer) {
	t.add(r)
	if r.County != nil && !o.json {
		r.County.print(out)
	}
	if o.json {
		if line, err := json.Marshal(r); err == nil {
			fmt.Fprintf(out, "%s\n", line)
		}
		return
	}
	if r.Violation == nil {
		return
	}
	fmt.Fprintf(out, "%s  # %s\n", o.play(r.Seed, mix, nil).replay(), r.Violation)
}

func (o *options) play(seed uint64, mix Mix, log io.Writer) Play {
	return Play{Seed: seed, Faults: mix, Terminals: o.terminals, Scans: o.scans, Days: o.days, Merchants: o.merchants, Owners: o.owners, Log: log}
}

// replay is the command that plays it again.
func (p Play) replay() string {
	line := fmt.Sprintf("hexiao-rehearsal --seed %d --faults %s", p.Seed, p.Faults)
	if p.Terminals > 0 {
		line += fmt.Sprintf(" --terminals %d", p.Terminals)
	}
	if p.Scans > 0 {
		line += fmt.Sprintf(" --scans %d", p.Scans)
	}
	if p.Days > 0 {
		line += fmt.Sprintf(" --days %d --merchants %d", p.Days, p.Merchants)
	}
	if p.Owners {
		line += " --owners"
	}
	return line + " --log -"
}

// total is what all seeds together came to.
type total struct {
	seeds     int
	broken    []uint64
	sum       Result
	terminals time.Duration // terminals times the time they were played
}

func newTotal() *total {
	return &total{sum: Result{Answers: map[string]int{}, Met: map[string]int{}, Faults: map[string]int{}}}
}

func (t *total) add(r Result) {
	t.seeds++
	if r.Violation != nil {
		t.broken = append(t.broken, r.Seed)
	}
	t.sum.Scans += r.Scans
	t.sum.Accepted += r.Accepted
	t.sum.Redeemed += r.Redeemed
	t.sum.Cases += r.Cases
	t.sum.Entries += r.Entries
	t.sum.Span += r.Span
	t.terminals += r.Span * time.Duration(r.Terminals)
	for k, n := range r.Answers {
		t.sum.Answers[k] += n
	}
	for k := range r.Met {
		t.sum.Met[k]++
	}
	for k, n := range r.Faults {
		t.sum.Faults[k] += n
	}
}

func (t *total) print(out io.Writer, took string) {
	s := t.sum
	fmt.Fprintf(out, "seeds %d%s; promises broken in %d\n", t.seeds, took, len(t.broken))
	fmt.Fprintf(out, "scans %d, accepted %d, redeemed %s yuan, cases %d, entries of the book %d\n", s.Scans, s.Accepted, s.Redeemed, s.Cases, s.Entries)
	fmt.Fprintf(out, "played %.0f days, %.1f terminal years\n", s.Span.Hours()/24, t.terminals.Hours()/24/365)
	fmt.Fprint(out, "answers:")
	for _, k := range sortedKeys(s.Answers) {
		fmt.Fprintf(out, " %s %d", k, s.Answers[k])
	}
	fmt.Fprint(out, "\nfaults:")
	for _, k := range sortedKeys(s.Faults) {
		fmt.Fprintf(out, " %s %d", k, s.Faults[k])
	}
	fmt.Fprintln(out)
	for _, k := range sortedKeys(s.Met) {
		fmt.Fprintf(out, "  %6d seeds: %s\n", s.Met[k], k)
	}
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
