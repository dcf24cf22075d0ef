package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

func TestTwoPersonsWriteATerminalOff(t *testing.T) {
	dir, keys := t.TempDir(), t.TempDir()
	data, err := os.ReadFile("lushan.toml")
	must(t, err)
	file := filepath.Join(keys, "redemption.toml")
	must(t, os.WriteFile(file, []byte(strings.Replace(string(data), "stock_at = \"claim\"", "stock_at = \"redemption\"", 1)), 0o600))
	li, wang := filepath.Join(keys, "li"), filepath.Join(keys, "wang")
	for _, args := range [][]string{{"campaign", "apply", file, "--start", time.Now().Add(-time.Hour).Format(time.RFC3339)}, {"merchant", "import", "merchants-sample.csv"},
		{"person", "add", "li", "--key", li}, {"person", "add", "wang", "--key", wang}} {
		if code, _, err := command(t, "C", dir, args...); code != done {
			t.Fatal(err)
		}
	}
	var id voucher.TerminalID
	inside(t, dir, func(ctx context.Context, o *office.Office) {
		id = enrol(t, ctx, o, "M0001", 1)
		must(t, o.Ledger.SetTerminal(ctx, id, voucher.TerminalRevoked, "stolen"))
	})
	if _, out, _ := command(t, "C", dir, "terminal", "list", "--json"); !strings.Contains(out, `"stranded":{"units":300,"sum_fen":0}`) {
		t.Fatalf("what it has left is not shown as stranded: %s", out)
	}
	if _, out, _ := command(t, "C", dir, "campaign", "show", "--json"); !strings.Contains(out, `"leased":100,"redeemed":0,"disputed":0,"written_off":0,"stranded":100}`) {
		t.Fatalf("nor in the campaign: %s", out)
	}
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said string
	}{
		{"by nobody", "C", []string{"--reason", "stolen"}, wrongUse, "--as NAME --key FILE"},
		{"without a reason", "C", []string{"--as", "li", "--key", li}, failed, "--reason"},
		{"of epochs that are over, where there are none", "C", []string{"--past", "--reason", "stolen", "--as", "li", "--key", li}, failed, "nothing left"},
		{"with another's key, in Chinese", "zh_CN.UTF-8", []string{"--reason", "stolen", "--as", "li", "--key", wang}, failed, "--key"},
		{"the first person", "C", []string{"--release", "--reason", "stolen", "--as", "li", "--key", li}, done, "a second entered person must sign the same:\nhexiao-hub terminal write-off T000001 --release --as NAME"},
		{"the same person again", "zh_CN.UTF-8", []string{"--release", "--as", "li", "--key", li}, done, "须第二名登记人员"},
		{"another person, another thing", "C", []string{"--reason", "burnt", "--as", "wang", "--key", wang}, done, "nothing is written off yet"},
		{"the second person", "C", []string{"--release", "--as", "wang", "--key", wang}, done, "li, wang wrote off what terminal T000001 had left: 300 units"},
		{"a second time", "C", []string{"--reason", "stolen", "--as", "li", "--key", li}, failed, "nothing left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := command(t, c.lang, dir, append([]string{"terminal", "write-off", string(id)}, c.args...)...)
			if code != c.code || !strings.Contains(out+err, c.said) {
				t.Fatalf("exit code %d, want %d and %q; it says\n%s%s", code, c.code, c.said, out, err)
			}
		})
	}
	if code, _, err := command(t, "C", dir, "terminal", "write-off", "T9", "--reason", "x", "--as", "li", "--key", li); code != failed || !strings.Contains(err, "no terminal T9") {
		t.Errorf("%d %s", code, err)
	}
	_, out, _ := command(t, "C", dir, "campaign", "show", "--json")
	var c office.Campaign
	must(t, json.Unmarshal([]byte(out), &c))
	for _, p := range c.Pools {
		if p.Leased != 0 || p.Stranded != 0 || p.WrittenOff != 0 || p.Free != p.Stock {
			t.Errorf("released, and %+v", p)
		}
	}
	inside(t, dir, func(ctx context.Context, o *office.Office) {
		must(t, o.Views.CatchUp(ctx, o.Book))
		rows, err := o.Views.WriteOffs(ctx, id)
		must(t, err)
		if want := (store.WriteOffRow{Terminal: id, Epoch: 1, Release: true, Reason: "stolen", By: "li, wang", At: rows[0].At, Units: 300}); len(rows) != 1 || rows[0] != want {
			t.Errorf("%+v", rows)
		}
	})
}
