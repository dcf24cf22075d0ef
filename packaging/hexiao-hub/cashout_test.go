package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// suspicion has a voucher redeemed at M0001 and its merchant suspected for it: case 1.
func suspicion(t *testing.T, dir string) office.Voucher {
	t.Helper()
	code, out, said := command(t, "C", dir, "voucher", "issue", "--tier", "supermarket-20", "--person", "p", "--device", "d", "--place", "33.74,112.91", "--json")
	if code != done {
		t.Fatal(said)
	}
	var v office.Voucher
	must(t, json.Unmarshal([]byte(out), &v))
	inside(t, dir, func(ctx context.Context, o *office.Office) {
		c, err := voucher.ParseCode(v.Code)
		must(t, err)
		r := &voucher.Record{ID: voucher.RedemptionID{Terminal: enrol(t, ctx, o, "M0001", 1), Epoch: 1, Number: 1}, Kind: voucher.Ask, At: time.Now().UnixMilli(),
			Sale: &voucher.Redemption{Voucher: c.Body, Sight: c.Sight(), Bill: 100_00}}
		raw, err := wire.EncodeRecord(r)
		must(t, err)
		_, err = o.Ledger.Receive(ctx, ledger.Batch{Terminal: r.ID.Terminal, Records: []*voucher.Record{r}, Raw: [][]byte{raw}})
		must(t, err)
		at, _ := o.Book.Head()
		_, err = o.Ledger.Suspect(ctx, ledger.Suspected{Merchant: "M0001", At: at, When: time.Now().Unix(), Score: 1234, Rules: "test-rules", Seen: 41, Parts: []ledger.SuspectedPart{
			{Signal: "payer", Score: 1200, Marks: []ledger.SuspectedMark{{Mark: "fourth", Count: 7, Of: 41, Peers: 15}}, Vouchers: []voucher.Serial{c.Body.Serial}, Innocent: voucher.Text{Zh: "请先了解聚餐", En: "First ask about a feast"}}}})
		must(t, err)
	})
	return v
}

func TestACashoutCaseThroughTheCommands(t *testing.T) {
	dir, keys := folder(t), t.TempDir()
	v := suspicion(t, dir)
	li, wang := filepath.Join(keys, "li.key"), filepath.Join(keys, "wang.key")
	for name, key := range map[string]string{"li": li, "wang": wang} {
		if code, _, said := command(t, "C", dir, "person", "add", name, "--key", key); code != done {
			t.Fatal(said)
		}
	}
	decide := func(verdict string, more ...string) []string {
		return append([]string{"case", "decide", "1", "--verdict", verdict}, more...)
	}
	zh := "zh_CN.UTF-8"
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said []string
	}{
		{"the list", "C", []string{"case", "list"}, done, []string{"cashout", "M0001", "payer", "20.00", "suspected"}},
		{"the list as JSON", "C", []string{"case", "list", "--json"}, done, []string{`"kind":"cashout"`, `"score":12.34`, `"held_fen":2000`, `"state":"suspected"`}},
		{"the case", "C", []string{"case", "show", "1"}, done, []string{"score 12.34", "test-rules", "One account pays for several people (payer)", "7 of 41: fourth; peers 0.15%", "exactly the threshold", "Redemptions by hour of the day", v.ID, "First ask about a feast", "20.00 yuan are held", "possible now: review"}},
		{"the case in Chinese", zh, []string{"case", "show", "1"}, done, []string{"得分 12.34", "同行 0.15%", "请先了解聚餐", "暂缓支付 20.00 元", "现在可以：review（开始核查）"}},
		{"the case as JSON", "C", []string{"case", "show", "1", "--json"}, done, []string{`"kind":"cashout"`, `"state":"suspected"`, `"why":[{"signal":"payer","score":12`, `"possible":[{"verdict":"review"`, `"held_fen":2000`, `"picture":{"merchant":"M0001"`, `"redemptions":[{"id"`}},
		{"the merchant", "C", []string{"merchant", "show", "M0001", "--json"}, done, []string{`"held_fen":2000`, `"case":1`}},
		{"another merchant", "C", []string{"merchant", "show", "M0002", "--json"}, done, []string{`"held_fen":0`}},
		{"the state of the hub", "C", []string{"doctor"}, done, []string{"1"}},
		{"a step that is not possible, in Chinese", zh, decide("suspend", "--reason", "x"), failed, []string{"目前是“待核查”", "现在可以：review（开始核查）"}},
		{"a verdict that is none", "C", decide("hang", "--reason", "x"), failed, []string{`"hang" is not possible`, "possible now: review"}},
		{"no reason", "C", decide("review"), failed, []string{"--reason"}},
		{"reviewed", "C", decide("review", "--reason", "many payers"), done, []string{`It is "under review" now`, "possible now: hear", "clear"}},
		{"a time that is none", "C", decide("hear", "--reason", "x", "--answer-by", "tomorrow"), wrongUse, []string{"--answer-by", "RFC 3339"}},
		{"a time that is over", "C", decide("hear", "--reason", "x", "--answer-by", "2023-12-11T00:00:00+08:00"), failed, []string{"--answer-by"}},
		{"heard, by a person, in Chinese", zh, decide("hear", "--reason", "电话通知", "--answer-by", time.Now().Add(time.Hour).Format(time.RFC3339), "--as", "li", "--key", li), done, []string{"已要求商户说明，待答复", "商户答复期限"}},
		{"verified too early", "C", decide("verify", "--reason", "x"), failed, []string{"may answer until", "answer"}},
		{"answered", "C", decide("answer", "--reason", "it was a wedding"), done, []string{"answered by the merchant"}},
		{"verified", "C", decide("verify", "--reason", "there was no wedding", "--as", "li", "--key", li), done, []string{"verified"}},
		{"suspended from the console", "C", decide("suspend", "--reason", "x"), failed, []string{"two entered persons"}},
		{"suspended by one", "C", decide("suspend", "--reason", "as found", "--as", "li", "--key", li), done, []string{"li has signed", "case decide 1 --verdict suspend --as NAME"}},
		{"the case meanwhile", "C", []string{"case", "show", "1"}, done, []string{"li has signed suspend: as found", "it was a wedding", "(li): there was no wedding"}},
		{"suspended with another's key", "C", decide("suspend", "--as", "wang", "--key", li), failed, []string{"--key"}},
		{"suspended by two", "C", decide("suspend", "--as", "wang", "--key", wang), done, []string{"suspend by li, wang", "the merchant is suspended", "possible now: police", "lift"}},
		{"the merchant is", "C", []string{"merchant", "show", "M0001"}, done, []string{"suspended", "case 1 about cash-out; 20.00 yuan"}},
		{"resumed behind the case", "C", []string{"merchant", "resume", "M0001"}, failed, []string{"case 1", "--verdict lift"}},
		{"resumed behind the case, in Chinese", zh, []string{"merchant", "resume", "M0001"}, failed, []string{"案件 1", "--verdict lift"}},
		{"imported behind the case", "C", []string{"merchant", "import", "merchants-sample.csv"}, done, []string{"0 changed"}},
		{"handed over", "C", decide("police", "--reason", "鲁公受案字〔2023〕7号"), done, []string{"handed to the police"}},
		{"lifted by one", "C", decide("lift", "--reason", "paid back", "--as", "wang", "--key", wang), done, []string{"wang has signed"}},
		{"lifted by two", "C", decide("lift", "--as", "li", "--key", li), done, []string{"the suspension is lifted", "20.00 yuan are held"}},
		{"the merchant is again", "C", []string{"merchant", "show", "M0001", "--json"}, done, []string{`"status":"active"`, `"held_fen":2000`}},
		{"cleared", "C", decide("clear", "--reason", "it was a wedding after all", "--snooze-score", "50", "--snooze-until", "2099-01-01T00:00:00+08:00"), done, []string{"0.00 yuan are held", "the case is closed"}},
		{"the case at last", "C", []string{"case", "show", "1"}, done, []string{"alerts up to 50.00", "鲁公受案字〔2023〕7号", "the case is closed"}},
		{"a page", "C", []string{"case", "show", "1", "--html", filepath.Join(keys, "c.html")}, done, []string{"c.html"}},
		{"the page of no case", zh, []string{"case", "show", "7", "--html", filepath.Join(keys, "d.html")}, failed, []string{"没有案件 7"}},
		{"a pack without a file", "C", []string{"case", "evidence", "1"}, wrongUse, []string{"--out"}},
		{"a pack", "C", []string{"case", "evidence", "1", "--out", filepath.Join(keys, "e.zip")}, done, []string{"1 rows", "e.zip"}},
		{"a pack over a file", "C", []string{"case", "evidence", "1", "--out", filepath.Join(keys, "e.zip")}, failed, []string{"e.zip"}},
		{"a pack of no case", "C", []string{"case", "evidence", "7", "--out", filepath.Join(keys, "f.zip")}, failed, []string{"no case 7"}},
		{"the pack, of an alert that was made up", zh, []string{"case", "evidence", "--verify", filepath.Join(keys, "e.zip")}, failed, []string{"payer 的笔数超出核销明细"}},
		{"precision", "C", []string{"case", "precision"}, done, []string{"test-rules", "payer", "0%"}},
		{"precision as JSON", "C", []string{"case", "precision", "--json"}, done, []string{`"cleared":1`, `"precision":0`}},
		{"the shadow's list without rules for it", "C", []string{"case", "list", "--screening", "--shadow"}, failed, []string{"shadow_rules"}},
		{"the shadow of nothing", "C", []string{"case", "list", "--shadow"}, wrongUse, []string{"--screening"}},
		{"the screening list", zh, []string{"case", "list", "--screening"}, done, []string{"主要信号"}},
		{"a stream without a file", "C", []string{"case", "stream"}, wrongUse, []string{"--out"}},
		{"a stream", "C", []string{"case", "stream", "--out", filepath.Join(keys, "s.ndjson"), "--json"}, done, []string{`"events":2`}},
		{"a stream over a file", "C", []string{"case", "stream", "--out", filepath.Join(keys, "s.ndjson")}, failed, []string{"s.ndjson"}},
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
}

// What the platform says of a phone is hashed with the hub's key before it is kept.
func TestThePhoneThatClaimsIsAKeyedHash(t *testing.T) {
	dir := folder(t)
	if code, _, said := command(t, "C", dir, "voucher", "issue", "--tier", "dining-10", "--person", "q", "--device", "IMEI-860000000000007", "--place", "33.74,112.91", "--json"); code != done {
		t.Fatal(said)
	}
	if code, _, said := command(t, "C", dir, "voucher", "issue", "--tier", "dining-10", "--place", "north", "--json"); code != wrongUse || !strings.Contains(said, "LAT,LON") {
		t.Fatal(code, said)
	}
	inside(t, dir, func(ctx context.Context, o *office.Office) {
		found := false
		must(t, o.Book.Read(ctx, 0, func(e book.Entry) error {
			entry, err := ledger.DecodeEntry(e.Body)
			if i := entry.Issued; i != nil {
				found = len(i.Device) == 16 && i.At != nil && i.At.Lat == 33.74
			}
			if strings.Contains(string(e.Body), "860000000000007") {
				t.Error("the phone stands in the book in clear")
			}
			return err
		}))
		if !found {
			t.Error("the book does not have the phone's hash and its place")
		}
	})
}

func TestRulesThatCannotBeTriedAreRefusedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct{ name, lang, rules, said string }{
		{"a file that is not there", "C", filepath.Join(dir, "none.json"), "none.json"},
		{"no rules at all", "C", write("empty.json", "{}"), "cannot be used"},
		{"no JSON, in Chinese", "zh_CN.UTF-8", write("bad.json", "rules"), "shadow_rules 文件"},
		{"a signal that is not known", "C", write("few.json", `{"version":"x","cut":8,"again":1.5,"least":5,"mixes":[0.1,0.3,0.7],"memory":300,"own":20,"signals":[]}`), "signals"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := write("hub.toml", "shadow_rules = \""+filepath.ToSlash(c.rules)+"\"\n")
			code, out, said := command(t, c.lang, filepath.Join(dir, "hub"), "serve", "--listen", "127.0.0.1:0", "--config", config)
			if code != wrongUse || !strings.Contains(said, c.said) || out != "" {
				t.Fatalf("exit code %d: %s%s", code, out, said)
			}
		})
	}
}

// A served folder tries other rules beside those in force; they rank, and open no cases.
func TestOtherRulesAreTriedBesideThoseInForce(t *testing.T) {
	dir, where := folder(t), t.TempDir()
	suspicion(t, dir)
	rules := cashout.DefaultRules()
	rules.Version = "tried"
	raw, err := json.Marshal(rules)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(where, "rules.json"), raw, 0o600))
	config := filepath.Join(where, "hub.toml")
	must(t, os.WriteFile(config, []byte("shadow_rules = \""+filepath.ToSlash(filepath.Join(where, "rules.json"))+"\"\n"), 0o600))
	ctx, stop := context.WithCancel(context.Background())
	said, says := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--config", config}, says, io.Discard, os.Getenv)
		says.Close()
	}()
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, "listening") {
		t.Fatalf("%q %v", line, err)
	}
	if code, out, err := command(t, "C", dir, "case", "list", "--screening", "--shadow", "--json"); code != done || err != "" {
		t.Errorf("%d %s %s", code, out, err)
	}
	if code, out, err := command(t, "C", dir, "case", "precision"); code != done || !strings.Contains(out, "the rules tried, which are only tried, rank 1 merchants") {
		t.Errorf("%d %s %s", code, out, err)
	}
	if code, out, _ := command(t, "C", dir, "case", "list", "--json"); code != done || strings.Count(out, "\n") != 1 {
		t.Errorf("%s", out)
	}
	stop()
	if code := <-ended; code != done {
		t.Errorf("serve ended with %d", code)
	}
}
