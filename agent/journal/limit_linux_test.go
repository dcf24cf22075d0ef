package journal_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"hexiao/agent/journal"
)

// TestRealFullDisk runs TestChildUnderALimit in a process whose files may not grow: the writes then fail where a full
// disk's do, inside the system call.
func TestRealFullDisk(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildUnderALimit$", "-test.v")
	cmd.Env = append(os.Environ(), "JOURNAL_LIMIT="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestChildUnderALimit(t *testing.T) {
	dir := os.Getenv("JOURNAL_LIMIT")
	if dir == "" {
		return // TestRealFullDisk runs it
	}
	signal.Ignore(syscall.SIGXFSZ)
	var unlimited syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &unlimited))
	j := open(t, dir, journal.Options{})
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100 << 10, Max: unlimited.Max}))
	kept := fillUp(t, j)
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &unlimited))

	s, err := j.Ask(sold(kept + 1))
	must(t, err)
	if s.Number != kept+1 {
		t.Fatalf("%d sales were kept, the next has number %d", kept, s.Number)
	}
	must(t, j.Verify())
	must(t, j.Close())
	if again := open(t, dir, journal.Options{}).State(); again.Last != kept+1 || again.Head == ([32]byte{}) {
		t.Fatalf("%+v", again)
	}
}
