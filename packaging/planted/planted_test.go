package planted

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const root = "../.."

func bugs(t *testing.T) []Bug {
	t.Helper()
	all, err := Load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every fault must still fit the code, or nobody would notice that it is no longer tried.
func TestEveryFaultStillFits(t *testing.T) {
	all := bugs(t)
	if len(all) < 30 {
		t.Errorf("%d faults, at least 30 are wanted", len(all))
	}
	for _, b := range all {
		if _, err := b.Plant(root); err != nil {
			t.Error(err)
		}
	}
}

// quick are faults that are noticed within seconds.
var quick = map[string]bool{"03-lease-never-ends": true, "07-phase-never-ends": true, "08-suspended-merchant-goes-on": true}

// The rehearsal, or where it does not reach the tests named, must notice each fault. All of them take half an hour
// and are tried by `make prove`; a plain test run tries a few.
func TestFaultsAreNoticed(t *testing.T) {
	all := bugs(t)
	if os.Getenv("HEXIAO_PROVE") == "" {
		all = slices.DeleteFunc(all, func(b Bug) bool { return !quick[b.Name] })
	}
	rehearsed := 0
	for _, b := range all {
		t.Run(b.Name, func(t *testing.T) {
			by, err := noticed(t, b)
			switch {
			case err != nil:
				t.Fatal(err)
			case by == "":
				t.Errorf("nobody noticed: %s (breaks %s)", b.Why, b.Breaks)
			case strings.HasPrefix(by, "rehearsal"):
				rehearsed++
			}
			t.Logf("%s: noticed by %s", b.Breaks, by)
		})
	}
	t.Logf("figures: %d faults planted, %d noticed by the rehearsal", len(all), rehearsed)
	if len(all) >= 30 && rehearsed < 28 {
		t.Errorf("the rehearsal noticed %d, at least 28 are wanted", rehearsed)
	}
}

// noticed tells who noticed a fault: the rehearsal within 500 seeds, or the tests named, or nobody.
func noticed(t *testing.T, b Bug) (by string, err error) {
	overlay, err := b.Overlay(root, t.TempDir())
	if err != nil {
		return "", err
	}
	program := filepath.Join(t.TempDir(), "hexiao-rehearsal")
	if out, err := run(5*time.Minute, "go", "build", "-overlay", overlay, "-o", program, "./packaging/hexiao-rehearsal"); err != nil {
		return "", fmt.Errorf("build with the fault: %w\n%s", err, out)
	}
	seeds := cmp.Or(b.Seeds, seeds())
	out, err := run(5*time.Minute, program, "--seeds", seeds, "--faults", "all", "--first")
	if strings.Contains(out, "--seed ") { // the line that replays what it found
		return "rehearsal: " + firstLine(out), nil
	}
	if err != nil {
		t.Logf("the rehearsal came to no end: %v\n%s", err, out)
	}
	if len(b.Tests) == 0 {
		return "", nil
	}
	out, err = run(10*time.Minute, "go", append([]string{"test", "-count=1", "-failfast", "-overlay", overlay, "-timeout", "5m"}, b.Tests...)...)
	if err == nil {
		return "", nil
	}
	if !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:") {
		return "", fmt.Errorf("tests with the fault did not run: %w\n%s", err, out)
	}
	return "tests of " + strings.Join(b.Tests, ", "), nil
}

// seeds is how many the rehearsal may play before it must have noticed.
func seeds() string {
	if os.Getenv("HEXIAO_PROVE") == "" {
		return "60"
	}
	return "500"
}

// run ends what it starts, and whatever that has started, when time is over: a fault may well make it hang.
func run(limit time.Duration, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = root
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
