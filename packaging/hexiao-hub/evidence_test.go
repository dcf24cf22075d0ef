package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
)

func TestEvidenceIsCheckedByACommand(t *testing.T) {
	stream := recorded(t)
	raw, err := os.ReadFile(stream)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(raw), "\n")
	_, out, said := command(t, "C", t.TempDir(), "replay", "--in", stream, "--alerts", "-", "--explain")
	alerts := strings.Split(strings.TrimSpace(out), "\n")
	e := office.Evidence{Case: 3, Made: time.Unix(1_765_600_000, 0), Rows: []byte(strings.Join(lines[40:], "")), Rules: cashout.DefaultRules(), File: "", Zh: []byte("zh"), En: []byte("en")}
	if err := json.Unmarshal([]byte(alerts[len(alerts)-1]), &e.Why); err != nil {
		t.Fatal(err, said)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	digits := hex.EncodeToString(key.Public().(ed25519.PublicKey))
	var pack bytes.Buffer
	if err := office.WriteEvidence(&pack, e, key); err != nil {
		t.Fatal(err)
	}
	good := file(t, "good.zip", pack.String())
	changed := file(t, "changed.zip", strings.Replace(pack.String(), `"amount_fen":5000`, `"amount_fen":5001`, 1))
	for _, c := range []struct {
		name string
		lang string
		args []string
		code int
		said string
	}{
		{"no pack named", "C", nil, wrongUse, "--verify"},
		{"a key that is none", "zh_CN.UTF-8", []string{"--verify", good, "--key", "12"}, wrongUse, "64 位十六进制"},
		{"a pack that is not there", "C", []string{"--verify", "nothing.zip"}, failed, "there is no file nothing.zip"},
		{"something else", "C", []string{"--verify", "lushan.toml"}, failed, "no whole ZIP file"},
		{"a changed pack", "zh_CN.UTF-8", []string{"--verify", changed}, failed, "证据包不可信"},
		{"another key", "C", []string{"--verify", good, "--key", strings.Repeat("ab", 32)}, failed, "not the one that was given"},
		{"a good pack", "C", []string{"--verify", good}, done, "whose it is must be seen elsewhere"},
		{"with its key, in Chinese", "zh_CN.UTF-8", []string{"--verify", good, "--key", digits}, done, "签名公钥与给出的一致"},
		{"as JSON", "C", []string{"--verify", good, "--key", digits, "--json"}, done, `"key_was_given":true,"redemptions":40`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, err := command(t, c.lang, t.TempDir(), append([]string{"case", "evidence"}, c.args...)...)
			if code != c.code || !strings.Contains(out+err, c.said) {
				t.Fatalf("exit code %d, want %d and %q; it says\n%s%s", code, c.code, c.said, out, err)
			}
		})
	}
}
