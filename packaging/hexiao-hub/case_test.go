package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// folder is a hub's folder with the sample campaign and merchants in it.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{{"campaign", "apply", "lushan.toml", "--start", time.Now().Add(-time.Hour).Format(time.RFC3339)}, {"merchant", "import", "merchants-sample.csv"}} {
		if code, _, err := command(t, "C", dir, args...); code != done {
			t.Fatal(err)
		}
	}
	return dir
}

// inside opens the hub of a folder for a moment, as its server would.
func inside(t *testing.T, dir string, do func(context.Context, *office.Office)) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	o, err := office.Open(ctx, dir, office.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- o.Ledger.Run(ctx) }()
	must(t, o.Begin(ctx))
	do(ctx, o)
	stop()
	<-ended
	must(t, o.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enrol makes a terminal and gives it a lease.
func enrol(t *testing.T, ctx context.Context, o *office.Office, merchant voucher.MerchantID, n byte) voucher.TerminalID {
	t.Helper()
	hash := wire.HashSecret([]byte{n})
	must(t, o.Ledger.MakeToken(ctx, ledger.TokenMade{Hash: hash[:], Merchant: merchant, Expires: time.Now().Add(time.Hour).UnixMilli()}))
	e, err := o.Ledger.Enrol(ctx, ledger.Enrolment{Hash: hash, Key: make([]byte, 32)})
	must(t, err)
	_, err = o.Ledger.TopUp(ctx, e.ID)
	must(t, err)
	return e.ID
}

// accept is a terminal's first record: a voucher accepted offline.
func accept(t *testing.T, ctx context.Context, o *office.Office, at voucher.TerminalID, code string) voucher.Outcome {
	t.Helper()
	v, err := voucher.ParseCode(code)
	must(t, err)
	r := &voucher.Record{ID: voucher.RedemptionID{Terminal: at, Epoch: 1, Number: 1}, Kind: voucher.Accept, At: time.Now().UnixMilli(), Heard: time.Now().UnixMilli(), Sure: true,
		Lease: 1, Sale: &voucher.Redemption{Voucher: v.Body, Sight: v.Sight(), Bill: 500_00}}
	raw, err := wire.EncodeRecord(r)
	must(t, err)
	ack, err := o.Ledger.Receive(ctx, ledger.Batch{Terminal: at, Records: []*voucher.Record{r}, Raw: [][]byte{raw}})
	must(t, err)
	return ack.Outcomes[0]
}

// conflict has one voucher accepted offline at two merchants' tills: case 1.
func conflict(t *testing.T, dir string) {
	t.Helper()
	_, out, _ := command(t, "C", dir, "voucher", "issue", "--tier", "supermarket-20", "--json")
	var v office.Voucher
	must(t, json.Unmarshal([]byte(out), &v))
	inside(t, dir, func(ctx context.Context, o *office.Office) {
		a, b := enrol(t, ctx, o, "M0001", 1), enrol(t, ctx, o, "M0002", 2)
		accept(t, ctx, o, a, v.Code)
		if out := accept(t, ctx, o, b, v.Code); out.Case != 1 {
			t.Fatalf("%+v", out)
		}
	})
}

func TestCasesAreDecidedFromTheConsoleAndByPersons(t *testing.T) {
	dir, keys := folder(t), t.TempDir()
	conflict(t, dir)
	li, wang, stray := filepath.Join(keys, "li.key"), filepath.Join(keys, "wang.key"), filepath.Join(keys, "stray.key")
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said []string
	}{
		{"the list", "C", []string{"case", "list"}, done, []string{"conflict", "already_redeemed", "refuse", "20.00"}},
		{"the case in Chinese", "zh_CN.UTF-8", []string{"case", "show", "1"}, done, []string{"规则建议：refuse", "已由 T000001-1-1", "告知商户", "T000002-1-1"}},
		{"a person without a key file", "C", []string{"person", "add", "li"}, wrongUse, []string{"--key"}},
		{"a person", "C", []string{"person", "add", "li", "--key", li}, done, []string{"li is entered", li}},
		{"over the key of another", "C", []string{"person", "add", "wang", "--key", li}, failed, []string{"li.key"}},
		{"the same name again", "C", []string{"person", "add", "li", "--key", stray}, failed, []string{"entered already"}},
		{"another person, in Chinese", "zh_CN.UTF-8", []string{"person", "add", "wang", "--key", wang}, done, []string{"已登记 wang"}},
		{"the persons", "C", []string{"person", "list"}, done, []string{"li", "wang"}},
		{"no verdict", "C", []string{"case", "decide", "1"}, wrongUse, []string{"--verdict"}},
		{"no number", "C", []string{"case", "decide", "one", "--verdict", "pay", "--reason", "x"}, wrongUse, []string{"case decide N"}},
		{"no reason", "C", []string{"case", "decide", "1", "--verdict", "refuse"}, failed, []string{"--reason"}},
		{"no reason, with a key", "C", []string{"case", "decide", "1", "--verdict", "refuse", "--as", "li", "--key", li}, failed, []string{"--reason"}},
		{"another kind's verdict, in Chinese", "zh_CN.UTF-8", []string{"case", "decide", "1", "--verdict", "resume", "--reason", "x"}, failed, []string{"pay 或 refuse"}},
		{"against the rule from the console", "C", []string{"case", "decide", "1", "--verdict", "pay", "--reason", "x"}, failed, []string{"two entered persons", "--as NAME --key FILE"}},
		{"a name without a key", "C", []string{"case", "decide", "1", "--verdict", "pay", "--reason", "x", "--as", "li"}, wrongUse, []string{"--key"}},
		{"a key that is not there", "C", []string{"case", "decide", "1", "--verdict", "pay", "--reason", "x", "--as", "li", "--key", stray}, failed, []string{"stray.key"}},
		{"another's key", "C", []string{"case", "decide", "1", "--verdict", "refuse", "--reason", "x", "--as", "li", "--key", wang}, failed, []string{"--key"}},
		{"somebody who is not entered", "C", []string{"case", "decide", "1", "--verdict", "refuse", "--reason", "x", "--as", "zhao", "--key", li}, failed, []string{"person add"}},
		{"against the rule where nothing was set aside", "C", []string{"case", "decide", "1", "--verdict", "pay", "--reason", "x", "--as", "li", "--key", li}, failed, []string{"decide refuse", "reserve_yuan"}},
		{"as proposed, from the console", "C", []string{"case", "decide", "1", "--verdict", "refuse", "--reason", "looked at the receipts"}, done, []string{"decided by", "0.00 yuan", "the merchant bears it"}},
		{"a second time", "C", []string{"case", "decide", "1", "--verdict", "refuse", "--reason", "x"}, failed, []string{"nothing is decided twice"}},
		{"the case afterwards", "C", []string{"case", "show", "1"}, done, []string{"decided: refuse", "looked at the receipts"}},
		{"a case that is not there", "C", []string{"case", "decide", "7", "--verdict", "refuse", "--reason", "x", "--as", "li", "--key", li}, failed, []string{"no case 7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := command(t, c.lang, dir, c.args...)
			if code != c.code {
				t.Fatalf("exit code %d, want %d; it says\n%s%s", code, c.code, out, err)
			}
			for _, s := range c.said {
				if !strings.Contains(out+err, s) {
					t.Fatalf("%q is missing in\n%s%s", s, out, err)
				}
			}
		})
	}
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Error("a key that is nobody's was left behind")
	}
}

func TestTwoPersonsDecideAgainstTheRule(t *testing.T) {
	dir, keys := folder(t), t.TempDir()
	data, err := os.ReadFile("lushan.toml")
	must(t, err)
	file := filepath.Join(keys, "fund.toml")
	must(t, os.WriteFile(file, []byte(strings.NewReplacer("bears = \"merchant\"", "bears = \"fund\"", "reserve_yuan = 0", "reserve_yuan = 9000").Replace(string(data))), 0o600))
	if code, _, err := command(t, "C", dir, "campaign", "apply", file, "--start", time.Now().Add(-time.Hour).Format(time.RFC3339)); code != done {
		t.Fatal(err)
	}
	conflict(t, dir)
	decide := func(verdict, name, reason string) (int, string, string) {
		args := []string{"case", "decide", "1", "--json", "--verdict", verdict, "--as", name, "--key", filepath.Join(keys, name)}
		if reason != "" {
			args = append(args, "--reason", reason)
		}
		return command(t, "C", dir, args...)
	}
	for _, name := range []string{"li", "wang"} {
		if code, _, err := command(t, "C", dir, "person", "add", name, "--key", filepath.Join(keys, name)); code != done {
			t.Fatal(err)
		}
	}
	for range 2 { // the same person twice is one person
		if code, out, err := decide("refuse", "li", "the till was warned"); code != done || !strings.Contains(out, `"state":"waiting"`) {
			t.Fatalf("%d %s %s", code, out, err)
		}
	}
	if code, out, err := decide("refuse", "wang", ""); code != done || !strings.Contains(out, `"state":"decided"`) || !strings.Contains(out, `"reason":"the till was warned","by":["li","wang"],"paid_fen":0`) {
		t.Fatalf("%d %s %s", code, out, err)
	}
	_, out, _ := command(t, "C", dir, "case", "show", "1", "--json")
	var c struct {
		State, Verdict, Propose string
		By                      string           `json:"decided_by"`
		Why                     string           `json:"decided_reason"`
		Raw                     []byte           `json:"raw"`
		Rival                   string           `json:"winner_merchant"`
		InLease                 bool             `json:"in_lease"`
		Rule                    voucher.CaseRule `json:"rule"`
		Told                    voucher.Text     `json:"told"`
		Evidence                []map[string]any `json:"evidence"`
		Signed                  []map[string]any `json:"signed"`
	}
	must(t, json.Unmarshal([]byte(out), &c))
	if r, err := wire.DecodeRecord(c.Raw); err != nil || r.ID.String() != "T000002-1-1" {
		t.Errorf("the disputed record: %v", err)
	}
	if c.State != "decided" || c.Verdict != "refuse" || c.Propose != "pay" || c.By != "li, wang" || c.Why != "the till was warned" || !c.InLease ||
		c.Rival == "" || c.Rule.Propose != voucher.Pay || !strings.Contains(c.Told.En, "the till was warned") || len(c.Evidence) != 2 || len(c.Signed) != 2 {
		t.Errorf("%s", out)
	}
}
