package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

const output = `=== RUN   TestGood
--- PASS: TestGood (0.00s)
    --- PASS: TestGood/one (0.00s)
    --- PASS: TestGood/two (0.00s)
--- FAIL: TestBad (0.00s)
    --- PASS: TestBad/one (0.00s)
--- PASS: TestPart (0.00s)
    --- SKIP: TestPart/one (0.00s)
--- SKIP: TestSkipped (0.00s)
--- PASS: TestBroken2 (0.00s)
`

func TestAPromiseHoldsWhenAllItsTestsPassed(t *testing.T) {
	e := evidence{"./hub/x": output}
	for cell, want := range map[string]string{
		"hub/x TestGood":               "",
		"hub/x TestGood, TestBroken2":  "",
		"hub/x TestGood, TestBad":      "TestBad failed",
		"hub/x TestPart":               "skipped",
		"hub/x TestSkipped":            "skipped",
		"hub/x TestBroken":             "did not run",
		"hub/y TestGood":               "did not run",
		"hub/x TestGood, TestNotThere": "did not run",
	} {
		r := e.judge(promise{"G1", rooms(cell)[0]})
		if (r.err == nil) != (want == "") || r.err != nil && !strings.Contains(r.err.Error(), want) {
			t.Errorf("%s: %v", cell, r.err)
		}
	}
	if r := e.judge(promise{"G1", rooms("hub/x TestGood")[0]}); r.tried != "3 tests passed" {
		t.Errorf("it says %q", r.tried)
	}
}

func TestATestIsRunOnce(t *testing.T) {
	e := evidence{"./hub/x": output}
	var all []promise
	for _, cell := range []string{"hub/x TestGood, TestNew", "hub/x TestNew, TestOther", "hub/y TestGood"} {
		all = append(all, promise{"G1", rooms(cell)[0]})
	}
	steps := e.missing(all)
	if len(steps) != 2 || steps[0].cmd[5] != "^(TestNew|TestOther)$" || steps[1].cmd[5] != "^(TestGood)$" || steps[1].pkg != "./hub/y" {
		t.Errorf("%+v", steps)
	}
}

func TestAnEmptyOrSkippedStepFails(t *testing.T) {
	for script, want := range map[string]string{
		`echo "x_test.go:1: figures: 1 of 1"; exit 0`:                 "",
		`echo "all is well"`:                                          "nothing of what it tried",
		`echo "x_test.go:1: figures: 1 of 1"; echo "--- SKIP: T"`:     "skipped",
		`echo "x_test.go:1: figures: 1 of 1"; exit 1`:                 "exit status 1",
		`echo "x_test.go:1: figures: 1 of 1"; exec sleep 30 >&- 2>&-`: "not done after",
	} {
		r := try(context.Background(), step{cmd: []string{"bash", "-c", "printf '    '; " + script}, count: said, limit: 2 * time.Second})
		if (r.err == nil) != (want == "") || r.err != nil && !strings.Contains(r.err.Error(), want) {
			t.Errorf("%s: %v", script, r.err)
		}
	}
	interrupted, stop := context.WithCancel(context.Background())
	stop()
	if r := try(interrupted, step{}); r.err == nil {
		t.Error("an interrupted step counts as one that held")
	}
}
