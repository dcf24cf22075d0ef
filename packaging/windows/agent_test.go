package windows

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// TestAgentAnswersAndSurvives has the agent redeem, ends it as a power cut does and as Task Manager does, and has it show
// the same afterwards.
func TestAgentAnswersAndSurvives(t *testing.T) {
	s := newScene(t, "")
	s.run(t)
	v := s.issue(t)
	a := s.redeem(t, v)
	before := s.history(t)

	s.till.Kill()
	s.run(t)
	s.same(t, "after kill -9", before)

	s.do(t, "taskkill", "/f", "/im", "hexiao-agent.exe")
	<-s.till.Ended()
	s.run(t)
	s.same(t, "after taskkill", before)

	again, err := s.till.Desk.Redeem(t.Context(), desk.Sale{Bill: 5800, Code: v.Code})
	check(t, err)
	if again.Answer != voucher.Refused {
		t.Errorf("the same voucher again: %s, want REFUSED", again.Answer)
	}
	s.redeemed(t, v, a.Redemption)
	if bad := damaged(t, s.till.Data()); bad != nil {
		t.Errorf("the journal was found damaged: %q", bad)
	}
	check(t, s.till.Desk.Verify(t.Context()))
}

// TestServiceRunsAndEnds installs the agent as a service, as a technician does, and takes it away again.
func TestServiceRunsAndEnds(t *testing.T) {
	s := newScene(t, "")
	data := s.drive("ProgramData/hexiao")
	check(t, os.CopyFS(data, os.DirFS(s.till.Data())))
	log := func() string { return read(t, filepath.Join(data, "agent.log")) }

	s.logOn(t)
	s.agent(t, "service", "install", "--desk", "127.0.0.1:0")
	t.Cleanup(func() { _, _, _ = s.stage.Try(context.Background(), "hexiao-agent", "service", "remove", "--force") })
	client, err := desk.Find(data)
	check(t, err)
	s.till.Desk = client
	s.online(t)
	v := s.issue(t)
	a := s.redeem(t, v)
	s.redeemed(t, v, a.Redemption)
	before := s.history(t)

	s.doctor(t, "service", desk.Fine, "the service runs")
	s.doctor(t, "program", desk.Fine, "hexiao-agent.exe")

	s.agent(t, "service", "stop")
	s.doctor(t, "service", desk.Bad, "does not run")
	if !strings.Contains(log(), "agent has ended") {
		t.Errorf("the service did not end in order; its log:\n%s", log())
	}
	if strings.Contains(log(), v.Code) {
		t.Error("the voucher's code stands in the log")
	}
	s.agent(t, "service", "start")
	s.till.Desk, err = desk.Find(data)
	check(t, err)
	s.online(t)
	s.same(t, "after the service was started again", before)

	s.agent(t, "service", "install") // an upgrade
	s.agent(t, "service", "stop")
	check(t, os.Remove(s.drive("Program Files/hexiao/hexiao-agent.exe"))) // as an antivirus program does
	s.doctor(t, "program", desk.Bad, "quarantined")
	s.agent(t, "service", "remove")
	said, code, err := s.stage.Try(t.Context(), "hexiao-agent", "service", "start")
	check(t, err)
	if code != 1 || !strings.Contains(string(said), "not installed") {
		t.Errorf("the service that was removed, started: code %d, %s", code, said)
	}
}

// redeem redeems a voucher on a bill of 58 yuan; it must be FINAL.
func (s *scene) redeem(t *testing.T, v stage.Voucher) desk.Answer {
	t.Helper()
	a, err := s.till.Desk.Redeem(t.Context(), desk.Sale{Bill: 5800, Code: v.Code})
	check(t, err)
	if a.Answer != voucher.Final || a.Pay != 4800 {
		t.Fatalf("the answer is %s, to pay %d fen; want FINAL and 4800", a.Answer, a.Pay)
	}
	return a
}

// history is what the till shows of the day's redemptions.
func (s *scene) history(t *testing.T) []desk.Line {
	t.Helper()
	all, err := s.till.Desk.Day(t.Context(), "")
	check(t, err)
	return all
}

func (s *scene) same(t *testing.T, when string, before []desk.Line) {
	t.Helper()
	if len(before) == 0 {
		t.Fatalf("%s there is nothing to compare with", when)
	}
	if now := s.history(t); !reflect.DeepEqual(now, before) {
		t.Errorf("%s the till shows %+v, before %+v", when, now, before)
	}
}

// agent runs a command of the agent, which must succeed.
func (s *scene) agent(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*stage.Patience)
	defer cancel()
	out, err := s.stage.Do(ctx, "hexiao-agent", args...)
	check(t, err)
	t.Logf("%s: %s", strings.Join(args, " "), strings.TrimSpace(string(out)))
}

// doctor has the agent look at the PC; of a check it must say these words.
func (s *scene) doctor(t *testing.T, check, state, words string) {
	t.Helper()
	said, _, err := s.stage.Try(t.Context(), "hexiao-agent", "doctor", "--json")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(said) {
		var f desk.Finding
		if json.Unmarshal(line, &f) == nil && f.Check == check && string(f.State) == state && strings.Contains(f.Text.En+f.Next.En, words) {
			return
		}
	}
	t.Errorf("the doctor does not say of %s that it is %s and %q, but\n%s", check, state, words, said)
}
