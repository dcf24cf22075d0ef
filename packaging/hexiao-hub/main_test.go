package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/office"
)

// command runs one command line on a folder, in a language.
func command(t *testing.T, lang, dir string, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), append(args, "--data", dir), &o, &e, func(name string) string {
		if name == "LANG" {
			return lang
		}
		return ""
	})
	return code, o.String(), e.String()
}

func TestExitCodesAndSentences(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(t.TempDir(), "bad.toml")
	campaign, err := os.ReadFile("lushan.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte(strings.Replace(string(campaign), "budget_yuan = 1", "budget_yuan = -1", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-time.Hour).Format(time.RFC3339)
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said string
	}{
		{"looking at a folder without a hub", "C", []string{"campaign", "show"}, failed, "--data"},
		{"a command that is not there", "C", []string{"campaign", "aply"}, wrongUse, "campaign aply"},
		{"a flag that is not there", "C", []string{"campaign", "show", "--jsn"}, wrongUse, "--jsn"},
		{"no file named", "C", []string{"campaign", "apply"}, wrongUse, "FILE.toml"},
		{"a file that is not there", "C", []string{"campaign", "apply", "nothing.toml"}, wrongUse, "nothing.toml"},
		{"a negative budget", "C", []string{"campaign", "apply", bad}, failed, "bad.toml:"},
		{"the same, in Chinese", "zh_CN.UTF-8", []string{"campaign", "apply", bad}, failed, "预算"},
		{"a good campaign", "C", []string{"campaign", "apply", "lushan.toml", "--start", start}, done, "in force"},
		{"the same again, in Chinese", "zh_CN.UTF-8", []string{"campaign", "apply", "lushan.toml", "--start", start}, done, "没有改动"},
		{"merchants", "C", []string{"merchant", "import", "merchants-sample.csv"}, done, "5 new"},
		{"a token without a merchant", "C", []string{"terminal", "token"}, wrongUse, "--merchant"},
		{"a token for a place beyond the pole", "C", []string{"terminal", "token", "--merchant", "M0001", "--place", "91,0"}, wrongUse, "LAT,LON"},
		{"a token", "C", []string{"terminal", "token", "--merchant", "M0001"}, done, "hxt1."},
		{"more vouchers than there are", "C", []string{"voucher", "issue", "--tier", "dining-50", "--count", "1401"}, failed, "1400"},
		{"PostgreSQL, which is not there yet", "C", []string{"serve", "--db", "postgres://x"}, wrongUse, "PostgreSQL"},
		{"the merchants, in Chinese", "zh_CN.UTF-8", []string{"merchant", "list"}, done, "乡镇"},
		{"no cases", "C", []string{"case", "list"}, done, "winner"},
		{"a case that is not there", "C", []string{"case", "show", "1"}, failed, "no case 1"},
		{"doctor", "C", []string{"doctor"}, done, "hash chain hold"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := command(t, c.lang, dir, c.args...)
			if code != c.code || !strings.Contains(out+err, c.said) {
				t.Fatalf("exit code %d, want %d and %q; it says\n%s%s", code, c.code, c.said, out, err)
			}
			if (code == done) != (err == "") {
				t.Fatalf("exit code %d, and on the error output: %q", code, err)
			}
		})
	}
}

func TestIssuedVouchersReachTheirFilesOrAreNotIssued(t *testing.T) {
	dir, where := t.TempDir(), t.TempDir()
	if code, _, err := command(t, "C", dir, "campaign", "apply", "lushan.toml", "--start", time.Now().Add(-time.Hour).Format(time.RFC3339)); code != done {
		t.Fatal(err)
	}
	file := filepath.Join(where, "v.ndjson")
	if code, out, err := command(t, "C", dir, "voucher", "issue", "--tier", "dining-10", "--count", "3", "--out", file, "--qr", where); code != done || strings.Contains(out, "HX1") {
		t.Fatalf("%d %s %s", code, out, err)
	}
	rows, pictures := read(t, file), 0
	for _, r := range rows {
		if _, err := os.Stat(filepath.Join(where, r["id"].(string)+".png")); err == nil {
			pictures++
		}
	}
	if len(rows) != 3 || pictures != 3 {
		t.Fatalf("%d rows, %d pictures", len(rows), pictures)
	}
	if code, _, err := command(t, "C", dir, "voucher", "issue", "--tier", "dining-10", "--count", "3", "--out", file); code != failed || !strings.Contains(err, "v.ndjson") {
		t.Fatalf("over a file with codes: %d %s", code, err)
	}
	_, out, _ := command(t, "C", dir, "campaign", "show", "--json")
	if !strings.Contains(out, `"tier":"dining-10","stock":3000,"issued":3,`) {
		t.Fatalf("what could not be written was issued: %s", out)
	}
}

func read(t *testing.T, file string) (rows []map[string]any) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := json.NewDecoder(f); lines.More(); {
		var row map[string]any
		if err := lines.Decode(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestConfigIsStrict(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hub.toml")
	for _, c := range []struct{ name, text, said string }{
		{"an unknown key", "listen = \"127.0.0.1:0\"\nlissen = 1\n", "hub.toml:2"},
		{"a wrong kind of value", "connections = \"many\"\n", "hub.toml:1"},
		{"a level that is not there", "log_level = \"loud\"\n", "loud"},
		{"a network that is none", "metrics_from = [\"here\"]\n", "here"},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, err := command(t, "C", t.TempDir(), "serve", "--config", file, "--listen", "127.0.0.1:0"); code != wrongUse || !strings.Contains(err, c.said) {
			t.Errorf("%s: exit code %d, %s", c.name, code, err)
		}
	}
}

func TestServePrintsOneLineAndEndsWhenAskedTo(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, in, io.Discard, func(string) string { return "" })
		in.Close()
	}()
	lines := json.NewDecoder(out)
	var ready map[string]string
	if err := lines.Decode(&ready); err != nil || !strings.HasPrefix(ready["listening"], "https://127.0.0.1:") || strings.HasSuffix(ready["listening"], ":0") {
		t.Fatal(ready, err)
	}
	if c, said, err := command(t, "C", dir, "merchant", "import", "merchants-sample.csv"); c != done {
		t.Fatal(said, err)
	}
	stop()
	if lines.Decode(&ready) != io.EOF {
		t.Error("a second line was printed")
	}
	if c := <-code; c != done {
		t.Errorf("exit code %d after an orderly end", c)
	}
}

func TestBackupAndRestore(t *testing.T) {
	dir, where := folder(t), t.TempDir()
	inside(t, dir, func(ctx context.Context, o *office.Office) { enrol(t, ctx, o, "M0001", 1) })
	file, to := filepath.Join(where, "hub.tar"), filepath.Join(where, "new")
	for _, c := range []struct {
		name string
		lang string
		dir  string
		args []string
		code int
		said []string
	}{
		{"a backup of a folder without a hub", "C", where, []string{"backup", file}, failed, []string{"--data"}},
		{"a backup", "C", dir, []string{"backup", file}, done, []string{"hub.tar", "read again", "on another machine"}},
		{"over it", "zh_CN.UTF-8", dir, []string{"backup", file}, failed, []string{"无法写入"}},
		{"into the folder it is of", "C", dir, []string{"restore", file}, failed, []string{"not empty", "--data"}},
		{"of something else", "C", to, []string{"restore", "lushan.toml"}, failed, []string{"lushan.toml", "another backup"}},
		{"into an empty folder", "C", to, []string{"restore", file}, done, []string{"waiting for 1 terminals: T000001", "old hub is off", "hexiao-hub doctor"}},
		{"doctor says who has not reported", "C", to, []string{"doctor"}, failed, []string{"BAD", "T000001", "revoke or write off"}},
		{"the terminal is lost", "C", to, []string{"terminal", "revoke", "T000001", "--reason", "lost"}, done, []string{"revoked"}},
		{"doctor says that it recovered, in Chinese", "zh_CN.UTF-8", to, []string{"doctor"}, done, []string{"恢复过 1 次", "待裁定 0 件"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := command(t, c.lang, c.dir, c.args...)
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
