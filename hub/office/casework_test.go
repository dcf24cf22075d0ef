package office

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// caught is a street whose crook was caught, and the number of the case.
func caught(t *testing.T, seed uint64, shadow *cashout.Rules) (*street, uint64) {
	t.Helper()
	s := newStreet(t, seed)
	s.Watch = s.NewWatch(shadow, nil)
	s.play(func(i int) {
		if i%20 == 0 {
			s.must(s.Watch.CatchUp(context.Background()))
		}
	})
	all, err := s.Ledger.Cashouts(t.Context())
	if err != nil || len(all) != 1 || all[0].Merchant != "M3" {
		t.Fatalf("%v %+v", err, all)
	}
	return s, all[0].Number
}

// does takes the case on as the operator.
func (s *street) does(number uint64, verdicts ...voucher.CaseVerdict) (r Ruled) {
	s.t.Helper()
	for _, v := range verdicts {
		var err error
		r, err = s.decideCase(s.t.Context(), Verdict{Case: number, Verdict: v, Reason: "as it looks", By: "root"})
		s.must(err)
	}
	return r
}

func TestTheScreeningListIsTheSameBesideAHubAndAlone(t *testing.T) {
	s, number := caught(t, 4, nil)
	rows, err := s.screening(t.Context(), WantScreening{})
	s.must(err)
	if len(rows) == 0 || rows[0].Merchant != "M3" || rows[0].Name != "三店" || rows[0].State != voucher.Suspected || rows[0].Case != number || rows[0].Level != "alert" ||
		len(rows[0].Signals) != 3 || rows[0].Alerts == 0 || rows[0].Redemptions < 80 || rows[0].Since.After(time.UnixMilli(s.now.Load())) || rows[0].Rules != cashout.DefaultRules().Version {
		t.Fatalf("%+v", rows)
	}
	for i, r := range rows[1:] {
		if r.Score > rows[i].Score || r.Level != "watch" || r.Score < cashout.DefaultRules().Cut/4 {
			t.Errorf("%+v", r)
		}
	}
	before := s.alerts()
	s.Watch = nil // a command alone
	alone, err := s.screening(t.Context(), WantScreening{})
	s.must(err)
	if fmt.Sprintf("%+v", alone) != fmt.Sprintf("%+v", rows) {
		t.Errorf("alone it is\n%+v\nbeside a hub\n%+v", alone, rows)
	}
	if s.alerts() != before {
		t.Error("looking has changed the book")
	}
	if _, err := s.screening(t.Context(), WantScreening{Shadow: true}); err == nil || !strings.Contains(err.Error(), "shadow_rules") {
		t.Errorf("a shadow list without rules for it: %v", err)
	}
}

// A command alone does not open cases; the next hub that serves does.
func TestOnlyAHubThatServesOpensCases(t *testing.T) {
	s := newStreet(t, 4)
	s.Watch.quiet = true
	s.play(func(int) {})
	if s.alerts() != "" {
		t.Fatal("a case was opened")
	}
	s.restart()
	s.must(s.Watch.CatchUp(context.Background()))
	if s.alerts() == "" {
		t.Fatal("no case was opened")
	}
}

func TestMaterialIsWhatTheLedgerHas(t *testing.T) {
	s, number := caught(t, 5, nil)
	m, err := s.CaseMaterial(t.Context(), Named{ID: fmt.Sprint(number)})
	s.must(err)
	row, err := s.showMerchant(t.Context(), Named{ID: "M3"})
	s.must(err)
	standing, sum, named := int64(0), voucher.Fen(0), 0
	for _, r := range m.Redemptions {
		if r.Suspected {
			named++
		}
		if !r.Void {
			standing++
			sum += r.Face
		}
		id, err := voucher.ParseRedemptionID(r.ID)
		s.must(err)
		serial, _ := voucher.ParseSerial(r.Voucher)
		_, by, err := s.Ledger.Voucher(t.Context(), serial)
		s.must(err)
		if !r.Void && by != id || r.Threshold != 50_00 || r.Bill < 50_00 || r.Person == "" || r.Device == "" || r.ClaimPlace == nil || r.BillSource != "typed" || r.Claimed.After(r.Time) || r.Time.After(r.Arrived) {
			t.Fatalf("%+v, the voucher was used by %s", r, by)
		}
		held, err := s.Ledger.Held(t.Context(), id)
		s.must(err)
		if (held == number) != (r.Suspected && !r.Void) {
			t.Fatalf("%+v is held by %d", r, held)
		}
	}
	if standing != row.Redeemed || sum != row.Face || named == 0 || m.Merchant.Code != "M3" || m.Case.Alert.Why == nil || m.Head == "" {
		t.Fatalf("%d redemptions of %s, the views have %d of %s", standing, sum, row.Redeemed, row.Face)
	}
	if _, err := s.CaseMaterial(t.Context(), Named{ID: "999"}); err == nil {
		t.Fatal("material of no case")
	}
}

func TestPrecisionCountsWhatPeopleFound(t *testing.T) {
	strict := cashout.DefaultRules()
	strict.Version, strict.Cut = "strict", 1e6
	s, number := caught(t, 6, &strict)
	at, _ := s.Book.Head()
	var other uint64
	for _, m := range []voucher.MerchantID{"M1", "M2"} {
		var err error
		other, err = s.Ledger.Suspect(t.Context(), ledger.Suspected{Merchant: m, At: at, Score: 900, Rules: "older", Parts: []ledger.SuspectedPart{{Signal: "ring", Score: 900}}})
		s.must(err)
		at, _ = s.Book.Head()
		s.does(other, voucher.StepReview)
	}
	s.does(number, voucher.StepReview, voucher.StepHear, voucher.StepAnswer, voucher.StepVerify)
	if r := s.does(other, voucher.StepClear); r.State != "taken" || r.Stands != voucher.Cleared || r.Held != 0 || len(r.Possible) != 0 {
		t.Fatalf("%+v", r)
	}
	p, err := s.precision(t.Context(), None{})
	s.must(err)
	var got []string
	for _, r := range p.Rows {
		share := "-"
		if r.Precision != nil {
			share = fmt.Sprint(*r.Precision)
		}
		got = append(got, fmt.Sprintf("%s/%s %d %d %d %s", r.Rules, r.Signal, r.Verified, r.Cleared, r.Open, share))
	}
	now := cashout.DefaultRules().Version
	c, err := s.Ledger.Cashout(t.Context(), number)
	s.must(err)
	want := []string{now + "/ 1 0 0 1", now + "/" + c.Alerts[0].Rule() + " 1 0 0 1", "older/ 0 1 1 0", "older/ring 0 1 1 0"}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("%q, want %q", got, want)
	}
	if p.Shadow == nil || p.Shadow.Rules != "strict" || p.Shadow.Verified != 0 || len(p.Shadow.Rows) != 2 || p.Shadow.Rows[0].Rank != 1 || p.Shadow.Rows[0].Alerted || p.Shadow.Rows[0].Shadow == 0 {
		t.Errorf("%+v", p.Shadow)
	}
	rows, err := s.screening(t.Context(), WantScreening{Shadow: true})
	if err != nil || len(rows) != 0 {
		t.Errorf("with a cut that nobody reaches: %+v %v", rows, err)
	}
}

// Rules that are new find merchants that those before did not, also where the newest alert lies behind.
func TestOtherRulesTellOfWhomTheyFindInTheBook(t *testing.T) {
	s := newStreet(t, 7)
	s.Watch.quiet = true
	s.play(func(int) {})
	at, _ := s.Book.Head()
	_, err := s.Ledger.Suspect(t.Context(), ledger.Suspected{Merchant: "M1", At: at, Score: 900, Rules: "older", Parts: []ledger.SuspectedPart{{Signal: "ring", Score: 900}}})
	s.must(err)
	s.restart()
	s.must(s.Watch.CatchUp(t.Context()))
	all, err := s.Ledger.Cashouts(t.Context())
	if err != nil || len(all) != 2 || all[1].Merchant != "M3" || all[1].Alerts[0].Rules != cashout.DefaultRules().Version {
		t.Fatalf("%v %+v", err, all)
	}
	before := s.alerts()
	for range 2 {
		s.restart()
		s.must(s.Watch.CatchUp(t.Context()))
	}
	if s.alerts() != before {
		t.Fatal("they tell of it with every start")
	}
}

func TestThresholdsAreTheCampaigns(t *testing.T) {
	s := newStreet(t, 8)
	law, err := os.ReadFile("../../packaging/hexiao-hub/lushan.toml")
	s.must(err)
	dir := t.TempDir()
	in := WantStream{File: filepath.Join(dir, "s"), Rules: filepath.Join(dir, "r")}
	_, err = s.applyCampaign(t.Context(), ApplyCampaign{File: File{Name: "l.toml", Data: []byte(strings.Replace(string(law), "threshold_yuan = 50", "threshold_yuan = 60", 1))}, Start: "2023-12-11T00:00:00+08:00"})
	s.must(err)
	_, err = s.exportStream(t.Context(), in)
	s.must(err)
	raw, err := os.ReadFile(in.Rules)
	s.must(err)
	rules, err := cashout.ParseRules(raw)
	if err != nil || rules.Tiers[0].Threshold != 60_00 || rules.Version != cashout.DefaultRules().Version {
		t.Fatalf("%v %+v", err, rules.Tiers)
	}
	s.must(s.Watch.CatchUp(t.Context()))
	if got, _ := json.Marshal(s.Watch.live.rules); string(got)+"\n" != string(raw) {
		t.Errorf("the watch has other rules than its stream says")
	}
}
