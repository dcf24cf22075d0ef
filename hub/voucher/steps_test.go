package voucher_test

import (
	"testing"

	"hexiao/hub/voucher"
)

func TestStepsOfACashoutCase(t *testing.T) {
	for _, c := range []struct {
		name    string
		way     []voucher.CaseVerdict
		end     voucher.CashoutState // "" when the last step is not possible
		persons int                  // of the last step
	}{
		{"the whole way and back", []voucher.CaseVerdict{"review", "hear", "answer", "verify", "suspend", "police", "lift"}, voucher.Lifted, 2},
		{"without an answer", []voucher.CaseVerdict{"review", "hear", "verify"}, voucher.Verified, 1},
		{"a second answer", []voucher.CaseVerdict{"review", "hear", "answer", "answer"}, voucher.Answered, 1},
		{"cleared at the desk", []voucher.CaseVerdict{"review", "clear"}, voucher.Cleared, 1},
		{"suspended", []voucher.CaseVerdict{"review", "hear", "answer", "verify", "suspend"}, voucher.Suspended, 2},
		{"a finding that was wrong", []voucher.CaseVerdict{"review", "hear", "answer", "verify", "suspend", "lift", "clear"}, voucher.Cleared, 1},
		{"verified without being heard", []voucher.CaseVerdict{"review", "verify"}, "", 0},
		{"suspended without being verified", []voucher.CaseVerdict{"review", "hear", "answer", "suspend"}, "", 0},
		{"cleared before anybody has looked", []voucher.CaseVerdict{"clear"}, "", 0},
		{"lifted where nothing is suspended", []voucher.CaseVerdict{"review", "hear", "answer", "verify", "lift"}, "", 0},
		{"cleared while suspended", []voucher.CaseVerdict{"review", "hear", "answer", "verify", "suspend", "clear"}, "", 0},
		{"anything after it was cleared", []voucher.CaseVerdict{"review", "clear", "review"}, "", 0},
		{"a verdict of another kind", []voucher.CaseVerdict{"pay"}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			state, step, possible := voucher.Suspected, voucher.CashoutStep{}, true
			for i, v := range c.way {
				if step, possible = state.Step(v); !possible && (i < len(c.way)-1 || c.end != "") {
					t.Fatalf("%s is not possible from %s", v, state)
				}
				state = step.To
			}
			if possible != (c.end != "") || state != c.end || step.Persons != c.persons {
				t.Fatalf("%s, %+v", state, step)
			}
		})
	}
}

func TestEveryStateAndStepHasWords(t *testing.T) {
	seen := map[voucher.CashoutState]bool{}
	todo := []voucher.CashoutState{voucher.Suspected}
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		if s.Text().Zh == "" || s.Text().En == "" {
			t.Errorf("%s has no words", s)
		}
		for _, step := range s.Steps() {
			if voucher.StepText(step.Verdict).Zh == "" || step.Persons < 1 || step.Persons > 2 {
				t.Errorf("%+v", step)
			}
			todo = append(todo, step.To)
		}
		if s.Bars() && !s.Holds() {
			t.Errorf("%s bars the merchant and pays", s)
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d states can be reached", len(seen))
	}
}
