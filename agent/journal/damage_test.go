package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/journal"
)

// checks is a child process that reads files for Options.Check, one after the other, and is started anew when it has died
// or did not come to an end.
type checks struct {
	t       *testing.T
	cmd     *exec.Cmd
	files   io.WriteCloser
	answers chan string
	died    int
	hung    int
}

// longest is how long one look at a file may take here. What takes longer counts as damage, as in the agent.
const longest = 3 * time.Second

func (c *checks) check(_ context.Context, path string) error {
	if c.cmd == nil {
		c.start()
	}
	fmt.Fprintln(c.files, path)
	select {
	case answer, lives := <-c.answers:
		switch {
		case !lives:
			c.died++
			c.end()
			return fmt.Errorf("%w: the child died", journal.ErrDamaged)
		case answer == "damaged":
			return journal.ErrDamaged
		case answer != "whole":
			return errors.New(answer)
		}
		return nil
	case <-time.After(longest):
		c.hung++
		c.end()
		return fmt.Errorf("%w: the child did not come to an end", journal.ErrDamaged)
	}
}

func (c *checks) start() {
	c.cmd = exec.Command(os.Args[0], "-test.run=^TestChildThatChecks$")
	c.cmd.Env = append(os.Environ(), "JOURNAL_CHECKS=1", "GOMAXPROCS=1")
	files, err := c.cmd.StdinPipe()
	must(c.t, err)
	out, err := c.cmd.StdoutPipe()
	must(c.t, err)
	must(c.t, c.cmd.Start())
	c.files, c.answers = files, make(chan string)
	go func(answers chan string) {
		defer close(answers)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if answer, ok := strings.CutPrefix(lines.Text(), "answer "); ok {
				answers <- answer
			}
		}
	}(c.answers)
}

func (c *checks) end() {
	if c.cmd == nil {
		return
	}
	c.files.Close()
	c.cmd.Process.Kill()
	for range c.answers {
	}
	c.cmd.Wait()
	c.cmd = nil
}

func TestChildThatChecks(t *testing.T) {
	if os.Getenv("JOURNAL_CHECKS") == "" {
		return // checks.start runs it
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch err := journal.CheckFile(t.Context(), lines.Text()); {
		case err == nil:
			fmt.Println("answer whole")
		case errors.Is(err, journal.ErrDamaged):
			fmt.Println("answer damaged")
		default:
			fmt.Println("answer " + strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}

// TestEveryByteDamaged flips each byte of a small journal's files, and cuts them at each offset, one file at a time: then
// everything is still there. Without JOURNAL_EVERY_BYTE=1 it takes every 31st offset only.
func TestEveryByteDamaged(t *testing.T) {
	step := 31
	if os.Getenv("JOURNAL_EVERY_BYTE") != "" {
		step = 1
	}
	db, log, whole := sales(t, 12)
	damages := map[string]func([]byte, int) []byte{
		"one bit flipped":    func(b []byte, at int) []byte { b[at] ^= 1 << (at % 8); return b },
		"all bits flipped":   func(b []byte, at int) []byte { b[at] ^= 0xff; return b },
		"cut":                func(b []byte, at int) []byte { return b[:at] },
		"zero from there on": func(b []byte, at int) []byte { clear(b[at:]); return b },
	}
	type job struct {
		name string
		db   bool
		do   func([]byte, int) []byte
	}
	var jobs []job
	for name, do := range damages {
		jobs = append(jobs, job{"journal.db, " + name, true, do}, job{"journal.log, " + name, false, do})
	}
	var mu sync.Mutex // guards total
	total := map[string]int{}
	for _, w := range jobs {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			c := &checks{t: t}
			defer c.end()
			d := damager{t: t, checks: c, dir: inMemory(t), whole: whole}
			raw := log
			if w.db {
				raw = db
			}
			for at := len(w.name) % step; at < len(raw); at += step {
				if bad := changed(raw, func(b []byte) []byte { return w.do(b, at) }); w.db {
					d.try(at, bad, log)
				} else {
					d.try(at, db, bad)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for k, v := range map[string]int{"tried": d.tried, "unproven": d.unproven, "child died": c.died, "child hung": c.hung} {
				total[k] += v
			}
		})
	}
	t.Cleanup(func() { t.Logf("%v; all records kept in each", total) })
}

type damager struct {
	t               *testing.T
	checks          *checks
	dir             string
	whole           journal.State
	tried, unproven int
}

// try opens files of which one is damaged.
func (d *damager) try(at int, db, log []byte) {
	for file, raw := range map[string][]byte{"/journal.db": db, "/journal.log": log} {
		must(d.t, os.WriteFile(d.dir+file, raw, 0o600))
	}
	o := newPC().options()
	o.Check = d.checks.check
	began := time.Now()
	j, err := journal.Open(d.dir, till, o)
	if err != nil {
		d.t.Fatalf("at %d: %v", at, err)
	}
	took := time.Since(began)
	s := j.State()
	if s.Last != d.whole.Last || s.Head != d.whole.Head || s.Used.Count != d.whole.Used.Count || s.Queued != d.whole.Queued ||
		s.Lease.Serial != d.whole.Lease.Serial || s.Lease.Count != d.whole.Lease.Count || s.Law == nil || took > longest+5*time.Second {
		d.t.Fatalf("at %d, after %v: %+v", at, took, s)
	}
	if d.tried++; s.Unproven {
		d.unproven++
	}
	must(d.t, j.Close())
	for _, name := range namesIn(d.t, d.dir) {
		must(d.t, os.Remove(d.dir+"/"+name))
	}
}

// TestBothFilesDamagedAnywhere damages both files at places that have nothing to do with each other: what is there then is
// a beginning of what was, and unproven when it is not all of it.
func TestBothFilesDamagedAnywhere(t *testing.T) {
	db, log, whole := sales(t, 12)
	bad := changed(db, func(b []byte) []byte { clear(b[:2*os.Getpagesize()]); return b })
	kept, intact := uint64(0), uint64(0)
	ends := recordEnds(log)
	for at := 0; at < len(log); at += 3 {
		dir := folderOf(t, bad, changed(log, func(b []byte) []byte { b[at] ^= 0x10; return b }))
		j, err := journal.Open(dir, till, newPC().options())
		must(t, err)
		s := j.State()
		before := uint64(0) // records that stand whole before the damage
		for _, end := range ends {
			if end <= at {
				before++
			}
		}
		if s.Last < before || s.Last > whole.Last || s.Used.Count != s.Last || !s.Unproven {
			t.Fatalf("at %d, with %d records before: %+v", at, before, s)
		}
		kept, intact = kept+s.Last, intact+before
		must(t, j.Verify())
		must(t, j.Close())
		must(t, os.RemoveAll(dir))
	}
	t.Logf("%d records stood before the damage, %d were kept", intact, kept)
}

// recordEnds finds where each sale's frame ends, by the order number and the length in front of it.
func recordEnds(log []byte) (ends []int) {
	for n := 1; ; n++ {
		at := bytes.Index(log, fmt.Appendf(nil, "A-%02d", n))
		if at < 0 {
			return ends
		}
		ends = append(ends, journal.FrameEnd(log, at))
	}
}
