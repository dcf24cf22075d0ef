//go:build linux

package powercut_test

import (
	"bufio"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/packaging/powercut"
)

// tally is what came of many power cuts.
type tally struct {
	mu     sync.Mutex // guards everything below
	counts map[verdict]int
	notes  map[string]int
	first  string // the first failure, in words
	firstN int    // its number
}

func newTally() *tally { return &tally{counts: map[verdict]int{}, notes: map[string]int{}} }

// bad is how many power cuts did harm.
func (c *tally) bad() (n int) {
	for v, count := range c.counts {
		if v != fine {
			n += count
		}
	}
	return n
}

func (c *tally) String() string {
	var parts []string
	for _, v := range slices.Sorted(maps.Keys(c.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", c.counts[v], v))
	}
	for _, n := range slices.Sorted(maps.Keys(c.notes)) {
		parts = append(parts, fmt.Sprintf("(%d %s)", c.notes[n], n))
	}
	return strings.Join(parts, ", ")
}

func (c *tally) add(number int, v verdict, notes []string, words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[v]++
	for _, n := range notes {
		c.notes[n]++
	}
	if v != fine && (c.first == "" || number < c.firstN) {
		c.first, c.firstN = fmt.Sprintf("state %d: %s: %s", number, v, words), number
	}
}

// join adds another one.
func (c *tally) join(other *tally) {
	for v, n := range other.counts {
		c.counts[v] += n
	}
	for note, n := range other.notes {
		c.notes[note] += n
	}
}

// trial is a recording and how its power cuts are drawn and tried.
type trial struct {
	*recording
	seed   uint64
	states int
	limit  time.Duration // for opening one of them
}

// state is the disk of one number: the same recording, seed and number give the same disk.
func (c *trial) state(number int) (*powercut.Image, powercut.Cut) {
	r := rand.New(rand.NewPCG(c.seed, uint64(number)))
	im, cut := c.Log.Cut(r)
	if c.Hurt != "" {
		hurts[c.Hurt](im, r)
	}
	return im, cut
}

// run tries all states, two at a time, each in another process.
func (c *trial) run(t *testing.T) *tally {
	t.Helper()
	sum := newTally()
	numbers := make(chan int)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			w := &worker{exe: executable(t), limit: c.limit}
			defer w.end()
			for number := range numbers {
				c.try(w, number, sum)
			}
		})
	}
	for number := range c.states {
		numbers <- number
	}
	close(numbers)
	all.Wait()
	return sum
}

// try lays one state into a folder, lets it be opened, and judges.
func (c *trial) try(w *worker, number int, sum *tally) {
	im, cut := c.state(number)
	folder, err := os.MkdirTemp(memory(), "hexiao-powercut-")
	if err == nil {
		defer os.RemoveAll(folder)
		err = im.WriteTo(folder)
	}
	if err != nil {
		sum.add(number, noTrial, nil, err.Error())
		return
	}
	rep := w.open(job{c.Workload, folder, c.Damaged})
	v, words := c.judge(cut.At, rep)
	sum.add(number, v, rep.Notes, words+"; power cut "+cut.String())
}

// memory is a folder that costs no disk, where there is one.
func memory() string {
	const shm = "/dev/shm"
	if dir, err := os.MkdirTemp(shm, "hexiao-powercut-"); err == nil {
		os.Remove(dir)
		return shm
	}
	return os.TempDir()
}

// worker is a process that opens what power cuts left. It is started anew when one of them was its end.
type worker struct {
	exe   string
	limit time.Duration

	cmd  *exec.Cmd
	to   *json.Encoder
	pipe io.Closer
	from *json.Decoder
	said *tail
}

func (w *worker) start() error {
	w.cmd = exec.Command(w.exe)
	w.said = &tail{}
	w.cmd.Env, w.cmd.Stderr = append(os.Environ(), roleVariable+"=open"), w.said
	to, err := w.cmd.StdinPipe()
	if err != nil {
		return err
	}
	from, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.to, w.pipe, w.from = json.NewEncoder(to), to, json.NewDecoder(bufio.NewReader(from))
	return w.cmd.Start()
}

func (w *worker) end() {
	if w.cmd == nil {
		return
	}
	w.pipe.Close()
	w.cmd.Wait()
	w.cmd = nil
}

func (w *worker) open(j job) (rep report) {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return report{During: string(noTrial), Failed: err.Error()}
		}
	}
	late := time.AfterFunc(w.limit, func() { w.cmd.Process.Kill() })
	err := errors.Join(w.to.Encode(j), w.from.Decode(&rep))
	inTime := late.Stop()
	if err == nil && inTime {
		return rep
	}
	w.cmd.Process.Kill()
	w.end()
	if !inTime {
		return report{During: string(hung), Failed: "not back after " + w.limit.String()}
	}
	return report{During: string(died), Failed: w.said.String()}
}

// tail keeps the beginning of what a process said before it died.
type tail struct{ b []byte }

func (s *tail) Write(p []byte) (int, error) {
	if room := 2000 - len(s.b); room > 0 {
		s.b = append(s.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (s *tail) String() string { return string(s.b) }

// keep writes the recording and the first bad state where they stay, and says how to try it again.
func (c *trial) keep(t *testing.T, sum *tally) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hexiao-powercut-kept-")
	must(t, err)
	im, _ := c.state(sum.firstN)
	must(t, os.Mkdir(filepath.Join(dir, "state"), 0o700))
	must(t, im.WriteTo(filepath.Join(dir, "state")))
	must(t, c.save(filepath.Join(dir, "recording")))
	t.Logf("the state is kept in %s; to try it again: HEXIAO_POWERCUT=%s HEXIAO_SEED=%d HEXIAO_STATE=%d go test -v -run Again ./packaging/powercut",
		dir, filepath.Join(dir, "recording"), c.seed, sum.firstN)
}

func (r *recording) save(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(r), f.Close())
}

func load(path string) (*recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &recording{}
	return r, gob.NewDecoder(f).Decode(r)
}
