//go:build linux

package powercut_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"hexiao/packaging/powercut"
)

// A workload does something durable step by step, and can say of a folder which step it finds there.
type workload struct {
	// drive works in the folder. Each step of the script is acknowledged when it returns.
	drive func(folder string, s *script) error
	// open opens what a power cut left, looks what is there, and makes one step more.
	open func(at job) report
}

// step is what the driver says on its standard output: before a step, and when it is acknowledged.
type step struct {
	Seen string // what there is to be seen now; empty before a step
}

// script is the driver's side: where the dice are, and who is told of steps.
type script struct {
	*rand.Rand
	again bool // the folder holds what a power cut left; a few steps will do
	in    *bufio.Reader
	out   *json.Encoder
}

func newScript(seed uint64, again bool) *script {
	return &script{rand.New(rand.NewPCG(seed, 0)), again, bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)}
}

// steps is how many there are: so many, or a few where it is played again.
func (s *script) steps(n int) int {
	if s.again {
		return 4
	}
	return n
}

// step makes one step, and says before and afterwards that it is there; it goes on when that was noted.
func (s *script) step(do func() error, seen func() string) error {
	if err := s.say(step{}); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.say(step{seen()})
}

func (s *script) say(st step) error {
	if err := s.out.Encode(st); err != nil {
		return err
	}
	_, err := s.in.ReadString('\n')
	return err
}

// mark is the truth about one step: how many events there were when it began and when it was acknowledged, and what was
// to be seen from then on.
type mark struct {
	Begun, Acked int
	Seen         string
}

// recording is what the disk saw, and beside it the truth, which the disk does not know.
type recording struct {
	Workload string
	Log      *powercut.Log
	Marks    []mark
	Damaged  bool   // more than a power cut happens to the disk
	Hurt     string // what: one of hurts; empty for syncs that did nothing, which Log says
}

// needDisk skips a test, whole and with the reason, where no disk can be mounted; where HEXIAO_NEED_FUSE says that it must
// not be left out, it fails.
func needDisk(t *testing.T) {
	t.Helper()
	disk, err := powercut.Mount(t.TempDir(), nil)
	if errors.Is(err, powercut.ErrNoFUSE) && os.Getenv("HEXIAO_NEED_FUSE") == "" {
		t.Skip("SKIPPED: ", err)
	}
	must(t, err)
	_, err = disk.Close()
	must(t, err)
}

// record plays a workload on a recorded disk. base is what a power cut left on it, nil for an empty one.
func record(t *testing.T, name string, seed uint64, base *powercut.Image) *recording {
	t.Helper()
	folder := t.TempDir()
	disk, err := powercut.Mount(folder, base)
	must(t, err)
	cmd := exec.Command(executable(t), name, folder, strconv.FormatUint(seed, 10), strconv.FormatBool(base != nil))
	cmd.Env, cmd.Stderr = append(os.Environ(), roleVariable+"=drive"), os.Stderr
	to, err := cmd.StdinPipe()
	must(t, err)
	from, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	marks, err := follow(from, to, disk)
	err = errors.Join(err, cmd.Wait())
	log, closed := disk.Close()
	must(t, errors.Join(err, closed))
	return &recording{Workload: name, Log: log, Marks: marks}
}

// follow notes the driver's steps. The driver waits until each is noted, so that the numbers are exact.
func follow(from io.Reader, to io.Writer, disk *powercut.Recorder) (marks []mark, err error) {
	said, begun := json.NewDecoder(from), 0
	for {
		var s step
		if err := said.Decode(&s); err == io.EOF {
			return marks, nil
		} else if err != nil {
			return marks, fmt.Errorf("the driver's step: %w", err)
		}
		if s.Seen == "" {
			begun = disk.Mark()
		} else {
			marks = append(marks, mark{begun, disk.Mark(), s.Seen})
		}
		if _, err := to.Write([]byte("\n")); err != nil {
			return marks, err
		}
	}
}

// at says what a power cut after so many events must have left: one of the marks from acked to begun. acked is -1 where
// nothing was acknowledged yet; opening what is left makes the first step by itself, so begun is never below 0.
func (r *recording) at(cut int) (acked, begun int) {
	acked, begun = -1, -1
	for i, m := range r.Marks {
		if m.Acked <= cut {
			acked = i
		}
		if m.Begun < cut {
			begun = i
		}
	}
	return acked, max(begun, acked, 0)
}

// after puts the truth of a first recording, cut after so many events, before that of a second, which went on with what was
// left. Whatever the first allows must still be there until the second has shown what it found; then that.
func (r *recording) after(cut int, second *recording) *recording {
	acked, begun := r.at(cut)
	var marks []mark
	for i, m := range r.Marks[:begun+1] {
		m.Begun, m.Acked = -1, -1
		if i > acked {
			m.Acked = math.MaxInt
		}
		marks = append(marks, m)
	}
	return &recording{Workload: r.Workload, Log: second.Log, Marks: append(marks, second.Marks...)}
}

// find is the newest mark from which something may be seen, -1 for none.
func (r *recording) find(seen string, upTo int) int {
	for i := min(upTo, len(r.Marks)-1); i >= 0; i-- {
		if r.Marks[i].Seen == seen {
			return i
		}
	}
	return -1
}

func executable(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	return exe
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
