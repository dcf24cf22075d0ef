package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

var noon = time.Date(2023, 12, 11, 14, 2, 3, 0, time.FixedZone("Asia/Shanghai", 8*60*60))

func standing(id string, a voucher.Answer) desk.Answer {
	return desk.Answer{Answer: a, Redemption: id, Bill: 58_00, Face: 10_00, Pay: 48_00, Voucher: "3f0c9e5b7a214d68", Tier: "supermarket-10",
		TierName: voucher.Text{Zh: "商超 满 ¥50.00 减 ¥10.00", En: "supermarket, ¥10.00 off from ¥50.00"},
		Order:    "A-1001", At: noon, Risk: voucher.MerchantBears, Replaced: true}.Say(desk.Details{})
}

// book is a desk.Sales by hand: it knows of a provisional sale, of a refused one, and of what was put into it.
type book map[string]desk.Line

func (b book) Sale(_ context.Context, id voucher.RedemptionID) (desk.Line, bool, error) {
	if l, there := b[id.String()]; there {
		return l, true, nil
	}
	switch id.Number {
	case 1:
		return desk.Line{Answer: standing(id.String(), voucher.Provisional), State: "provisional"}, true, nil
	case 2:
		return desk.Line{Answer: standing(id.String(), voucher.Refused), State: "refused"}, true, nil
	}
	return desk.Line{}, false, nil
}

func (b book) put(a desk.Answer) { b[a.Redemption] = desk.Line{Answer: a} }

const copied = "补打 COPY"

func slipText(t *testing.T, url, id string) string {
	t.Helper()
	status, text := do(t, "GET", url+"/v1/redemptions/"+id+"/slip", "", nil)
	if status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	return text
}

func TestTheSecondSlipIsACopy(t *testing.T) {
	sold := book{}
	_, s := fullDesk(t, newCounter(), sold)
	sell := func() (a desk.Answer) {
		_, body := do(t, "POST", s.URL+"/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}`, nil)
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := sell()
	sold.put(a)
	for i, copy := range []bool{false, true, true} {
		if got := strings.Contains(slipText(t, s.URL, a.Redemption), copied); got != copy {
			t.Errorf("slip %d: copy %v, want %v", i+1, got, copy)
		}
	}
	if sell(); !strings.Contains(slipText(t, s.URL, a.Redemption), copied) {
		t.Error("an answer that was given again got an original again")
	}
}

func TestASlipSaysTheTierAsPeopleDo(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	for lang, want := range map[string]string{"zh": "商超 满", "en": "supermarket,"} {
		if _, text := do(t, "GET", s.URL+"/v1/redemptions/T000001-1-1/slip?lang="+lang, "", nil); !strings.Contains(text, want) || strings.Contains(text, "supermarket-10") {
			t.Errorf("%s: %s", lang, text)
		}
	}
}

func TestASlipOfBeforeTheStartIsACopy(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	if !strings.Contains(slipText(t, s.URL, "T000001-1-1"), copied) {
		t.Error("nobody knows whether it was printed, and it is called an original")
	}
}

func TestAFinalAnswerAfterAProvisionalOneHasASlipOfItsOwn(t *testing.T) {
	k, sold := newCounter(), book{}
	_, s := fullDesk(t, k, sold)
	events := desk.NewClient(s.URL, token).Events(t.Context())
	<-events
	for _, a := range []voucher.Answer{voucher.Provisional, voucher.Final} {
		now := standing("T000001-1-7", a)
		sold.put(now)
		k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &now})
		<-events
		if strings.Contains(slipText(t, s.URL, now.Redemption), copied) {
			t.Errorf("the first slip of %s is called a copy", a)
		}
		if !strings.Contains(slipText(t, s.URL, now.Redemption), copied) {
			t.Errorf("the second slip of %s is called an original", a)
		}
	}
}

// TestSlipsAreForgottenTowardsCopies: the memory is bounded, and what falls out of it counts as printed.
func TestSlipsAreForgottenTowardsCopies(t *testing.T) {
	const many = 10_000
	sold := book{}
	server, s := fullDesk(t, newCounter(), sold)
	for i := range many {
		a := standing(fmt.Sprintf("T000001-2-%d", i+1), voucher.Final)
		sold.put(a)
		server.Given(a)
	}
	if !strings.Contains(slipText(t, s.URL, "T000001-2-1"), copied) {
		t.Error("a forgotten slip is called an original")
	}
	if strings.Contains(slipText(t, s.URL, fmt.Sprintf("T000001-2-%d", many)), copied) {
		t.Error("the newest slip is called a copy")
	}
}
