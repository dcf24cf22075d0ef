package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorded writes a stream: M1 pays from one account for forty people, a bill at the threshold every twenty seconds.
func recorded(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	line := func(kind string, i int, at time.Time, sale string) {
		fmt.Fprintf(&b, `{"time":%q,"type":%q,%s,"industry":"dining","tier":"dining-10","voucher":"V%03d","person":"p%d","face_fen":1000,"offline":false,"synced":null,"claim_time":"2026-12-11T09:00:00+08:00","claim_lat":29.55,"claim_lon":115.98,"device":"d%d"}`+"\n",
			at.Format(time.RFC3339), kind, sale, i, i, i)
	}
	zone := time.FixedZone("", 8*3600)
	for i := range 40 {
		line("claim", i, time.Date(2026, 12, 11, 9, 0, 0, 0, zone), `"terminal":null,"merchant":null,"township":null,"amount_fen":null,"terminal_lat":null,"terminal_lon":null,"payer":null`)
	}
	for i := range 40 {
		line("redeem", i, time.Date(2026, 12, 12, 11, 0, 20*i, 0, zone), `"terminal":"T1","merchant":"M1","township":"Guling","amount_fen":5000,"terminal_lat":29.55,"terminal_lon":115.98,"payer":"x"`)
	}
	return file(t, "stream.ndjson", b.String())
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReplay(t *testing.T) {
	stream := recorded(t)
	raw, err := os.ReadFile(stream)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "a.ndjson")
	dir := t.TempDir()
	faulty := file(t, "faulty.ndjson", strings.Repeat("not JSON\n", 25)+string(raw)+`{"colour":1}`+"\n")
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said []string
	}{
		{"no stream named", "C", []string{"--alerts", out}, wrongUse, []string{"--in", "--alerts"}},
		{"no alerts named, in Chinese", "zh_CN.UTF-8", []string{"--in", stream}, wrongUse, []string{"请用 --in"}},
		{"an argument too many", "C", []string{"--in", stream, "--alerts", out, "more"}, wrongUse, []string{"usage"}},
		{"a stream that is not there", "C", []string{"--in", "nothing.ndjson", "--alerts", out}, failed, []string{"there is no file nothing.ndjson"}},
		{"a folder, in Chinese", "zh_CN.UTF-8", []string{"--in", dir, "--alerts", out}, failed, []string{dir + " 是目录，不是文件"}},
		{"an empty stream", "C", []string{"--in", file(t, "e", ""), "--alerts", out}, failed, []string{"the stream is empty"}},
		{"something else", "C", []string{"--in", "lushan.toml", "--alerts", out}, failed, []string{"lushan.toml: none of the stream's", "line 1: is not a whole JSON object"}},
		{"a registry that is not there", "C", []string{"--in", stream, "--registry", "no", "--alerts", out}, failed, []string{"there is no file no"}},
		{"a registry that is none", "zh_CN.UTF-8", []string{"--in", stream, "--registry", "lushan.toml", "--alerts", out}, failed, []string{"lushan.toml：第 1 行：商户登记"}},
		{"rules that are none", "C", []string{"--in", stream, "--rules", "lushan.toml", "--alerts", out}, failed, []string{"lushan.toml", "rules"}},
		{"alerts over the stream", "C", []string{"--in", stream, "--alerts", stream}, wrongUse, []string{"a file to be read"}},
		{"alerts into a folder that is not there", "C", []string{"--in", stream, "--alerts", filepath.Join(dir, "no", "a")}, failed, []string{"there is no file"}},
		{"a picture without a file", "C", []string{"--in", stream, "--alerts", out, "--picture", "M1"}, wrongUse, []string{"MERCHANT=FILE.html"}},
		{"a picture of nobody", "C", []string{"--in", stream, "--alerts", out, "--picture", "M7=" + filepath.Join(dir, "p.html")}, failed, []string{"no merchant M7"}},
		{"a stream", "C", []string{"--in", stream, "--alerts", out}, done, []string{"80 lines, 80 events taken", "1 alerts by rules", "0 lines left out", "from 2026-12-11T09:00:00+08:00 to 2026-12-12T11:13:00+08:00"}},
		{"the same, in Chinese", "zh_CN.UTF-8", []string{"--in", stream, "--alerts", out}, done, []string{"共 80 行，计入 80 条", "预警 1 次", "跳过 0 行"}},
		{"with faults", "C", []string{"--in", faulty, "--alerts", out}, done, []string{"line 20: is not a whole", "not JSON: 20 lines are named, the others are counted", "line 106: lacks the field time", "26 lines left out\n  field missing 1\n  not JSON 25\nunknown fields: colour"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := command(t, c.lang, t.TempDir(), append([]string{"replay"}, c.args...)...)
			if code != c.code || stdout != "" {
				t.Fatalf("exit code %d, want %d; it says\n%s%s", code, c.code, stdout, stderr)
			}
			for _, s := range c.said {
				if !strings.Contains(stderr, s) {
					t.Errorf("%q is missing in\n%s", s, stderr)
				}
			}
			if strings.Count(stderr, ": is not a ") > mostSaid {
				t.Errorf("more than twenty are named:\n%s", stderr)
			}
		})
	}
	if now, err := os.ReadFile(stream); err != nil || !bytes.Equal(now, raw) {
		t.Error("the stream was changed", err)
	}
}

func TestReplayPrintsAlertsAndNothingElse(t *testing.T) {
	stream := recorded(t)
	code, out, said := command(t, "C", t.TempDir(), "replay", "--in", stream, "--alerts", "-", "--json", "--explain")
	if code != done {
		t.Fatal(said)
	}
	alerts := 0
	for lines := json.NewDecoder(strings.NewReader(out)); lines.More(); {
		var a struct {
			Time, Merchant, Rule, Level string
			Score                       float64
			Why                         []struct{ Signal string }
		}
		if err := lines.Decode(&a); err != nil || a.Merchant != "M1" || a.Score <= 0 || a.Rule == "" || len(a.Why) == 0 {
			t.Fatal(err, a)
		}
		if a.Level == "" {
			alerts++
		}
	}
	var last struct {
		Kind    string
		Summary struct {
			Lines, Events, Alerts int
			Peak                  int64 `json:"peak_memory_bytes"`
		}
	}
	rows := strings.Split(strings.TrimSpace(said), "\n")
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &last); err != nil || last.Kind != "summary" || last.Summary.Events != 80 || last.Summary.Alerts != alerts || alerts == 0 {
		t.Errorf("%v %+v, and %d alerts", err, last, alerts)
	}
	again := filepath.Join(t.TempDir(), "a")
	if code, _, said := command(t, "zh_CN.UTF-8", t.TempDir(), "replay", "--in", stream, "--alerts", again, "--explain"); code != done {
		t.Fatal(said)
	}
	if raw, err := os.ReadFile(again); err != nil || string(raw) != out {
		t.Error("the same stream gave other alerts", err)
	}
}

func TestReplayDrawsAPicture(t *testing.T) {
	to := filepath.Join(t.TempDir(), "p.html")
	registry := file(t, "r", `{"merchant":"M1","industry":"dining","township":"Guling","lat":29.55,"lon":115.98,"open_hour":12,"close_hour":20,"terminals":["T1"]}`+"\n"+
		`{"merchant":"M2","industry":"fuel","township":"Guling","lat":29.55,"lon":115.98,"open_hour":null,"close_hour":null,"terminals":[]}`)
	quiet := filepath.Join(t.TempDir(), "q.html")
	if code, _, said := command(t, "zh_CN.UTF-8", t.TempDir(), "replay", "--in", recorded(t), "--registry", registry, "--alerts", filepath.Join(t.TempDir(), "a"), "--picture", "M1="+to, "--picture", "M2="+quiet); code != done {
		t.Fatal(said)
	}
	page, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"<!DOCTYPE html>", "M1", "套现疑点核查材料", "达到预警线", "V039", "账单正好等于门槛", "40 笔，券面合计", "40 笔中有 40 笔（100%）高出门槛不到 2%", "12:00 至 20:00", "同行的时段分布不详"} {
		if !strings.Contains(string(page), s) {
			t.Errorf("the picture does not say %q", s)
		}
	}
	if page, err := os.ReadFile(quiet); err != nil || !strings.Contains(string(page), "没有核销记录") {
		t.Errorf("the picture of a merchant without a redemption: %v", err)
	}
}

func TestReplayEndsWhenAskedTo(t *testing.T) {
	in, silent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = in
	t.Cleanup(func() {
		os.Stdin = before
		silent.Close()
		in.Close()
	})
	ctx, stop := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, stop)
	var out, said bytes.Buffer
	if code := run(ctx, []string{"replay", "--in", "-", "--alerts", "-"}, &out, &said, func(string) string { return "" }); code != failed || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}
