package office_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/office"
)

var hubKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

// evidence is what there is about M1 in the crook's stream.
func evidence(t testing.TB) office.Evidence {
	t.Helper()
	var rows []string
	for _, l := range crook() {
		if strings.Contains(l, `"merchant":"M1"`) {
			rows = append(rows, l)
		}
	}
	const registry = `{"merchant":"M1","industry":"dining","township":"Guling","lat":29.551,"lon":115.981,"open_hour":12,"close_hour":20,"terminals":["T1"]}` + "\n"
	shops, err := office.ReadShops(strings.NewReader(registry))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := office.Replay{Stream: strings.NewReader(strings.Join(crook(), "\n")), Shops: shops, Alerts: &out, Explain: true, Now: time.Now}
	if _, err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	e := office.Evidence{Case: 7, Made: time.Date(2026, 12, 13, 9, 0, 0, 0, time.UTC), Generation: []byte("generation"), Position: 1234, Head: book.Hash{1, 2, 3}, Rows: []byte(strings.Join(rows, "\n") + "\n"),
		Rules: cashout.DefaultRules(), Registry: []byte(registry), File: map[string]any{"state": "suspected", "steps": []string{}}, Zh: []byte("<p>套现</p>"), En: []byte("<p>cash-out</p>")}
	for lines := json.NewDecoder(&out); lines.More(); {
		var a office.AlertLine
		if err := lines.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Merchant == "M1" && a.Level == "" {
			e.Why = a
		}
	}
	if e.Why.Seen < 2 || e.Why.Seen == 40 { // the rows go further than the explanation
		t.Fatal(e.Why.Seen)
	}
	return e
}

func packOf(t testing.TB, e office.Evidence) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := office.WriteEvidence(&b, e, hubKey); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnEvidencePackIsCheckedWithoutTheHub(t *testing.T) {
	e := evidence(t)
	pack := packOf(t, e)
	if !bytes.Equal(pack, packOf(t, evidence(t))) {
		t.Error("the same case gives other bytes")
	}
	public := hubKey.Public().(ed25519.PublicKey)
	done, err := office.CheckEvidence(pack, public)
	if err != nil {
		t.Fatal(err)
	}
	if done.Case != 7 || done.Merchant != "M1" || done.Redemptions != 40 || done.Position != 1234 || !done.Trusted || done.Rules != e.Rules.Version || done.Key != hex.EncodeToString(public) {
		t.Errorf("%+v", done)
	}
	recounted := strings.Join(done.Recounted, " ")
	if !strings.Contains(recounted, "threshold") || !strings.Contains(strings.Join(done.Others, " "), "payer") {
		t.Errorf("counted anew: %v; not: %v", done.Recounted, done.Others)
	}
	if own, err := office.CheckEvidence(pack, nil); err != nil || own.Trusted || !strings.Contains(own.Says().Zh, "取自包内") || !strings.Contains(own.Says().En, "whose it is must be seen elsewhere") {
		t.Error(err, own.Says())
	}
	if !strings.Contains(done.Says().En, "cannot be had from one merchant's rows") || !strings.Contains(done.Says().Zh, "须用完整数据流 replay") {
		t.Error(done.Says())
	}
	if _, err := office.CheckEvidence(pack, ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)); err == nil {
		t.Error("another hub's key was taken")
	}
	e.Rules = cashout.Rules{}
	if old, err := office.CheckEvidence(packOf(t, e), nil); err != nil || len(old.Recounted) != 0 || len(old.Others) != len(e.Why.Why) {
		t.Error("a pack by rules that nobody has any more:", err, old)
	}
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil || len(z.File) != 9 {
		t.Fatal(err, len(z.File))
	}
	rows, err := z.Open("rows.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	again := office.Replay{Stream: rows, Alerts: io.Discard, Now: time.Now} // a pack's rows are a stream
	if sum, err := again.Run(context.Background()); err != nil || sum.Events != 40 {
		t.Error(sum, err)
	}
}

func TestEveryChangedByteOfAPackIsFound(t *testing.T) {
	e := evidence(t)
	e.Rules.Hours, e.Rules.Tiers = nil, e.Rules.Tiers[3:4] // small
	pack := packOf(t, e)
	if _, err := office.CheckEvidence(pack, nil); err != nil {
		t.Fatal(err)
	}
	for i := range pack {
		was := pack[i]
		pack[i] ^= 1 << (i % 8)
		if _, err := office.CheckEvidence(pack, nil); err == nil {
			t.Fatalf("byte %d of %d was changed from %#x to %#x and nobody noticed", i, len(pack), was, pack[i])
		}
		pack[i] = was
	}
	for _, n := range []int{0, 1, len(pack) / 2, len(pack) - 1} {
		if _, err := office.CheckEvidence(pack[:n], nil); err == nil {
			t.Errorf("%d of %d bytes are taken for a pack", n, len(pack))
		}
	}
	if _, err := office.CheckEvidence(append(pack, 0), nil); err == nil {
		t.Error("a byte behind the end is not noticed")
	}
}

// TestAHubThatSignsWhatDoesNotFitIsFound: a signature says who wrote a pack, and not that it is right.
func TestAHubThatSignsWhatDoesNotFitIsFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*office.Evidence)
		zh, en string
	}{
		{"another count", func(e *office.Evidence) { part(t, e, "threshold").Marks[0].Count-- }, "按核销明细重新计数，threshold", "counted anew from its rows, threshold"},
		{"a mark left out", func(e *office.Evidence) { part(t, e, "threshold").Marks = nil }, "重新计数，threshold", "counted anew from its rows, threshold"},
		{"more than there is", func(e *office.Evidence) { part(t, e, "payer").Marks[0].Of = 41 }, "payer 的笔数超出核销明细", "counts more of payer than there are rows"},
		{"a voucher that is not there", func(e *office.Evidence) { part(t, e, "payer").Vouchers[0] = "Z9" }, "券 Z9 不在核销明细中", "voucher Z9 of its explanation is not among its rows"},
		{"rows left out", func(e *office.Evidence) { e.Rows = e.Rows[bytes.LastIndex(e.Rows[:len(e.Rows)/2], []byte("\n"))+1:] }, "", ""},
		{"more seen than there is", func(e *office.Evidence) { e.Why.Seen = 41 }, "计 41 笔核销，明细为 40 笔", "saw 41 redemptions, and the rows are 40"},
		{"another bill", func(e *office.Evidence) {
			e.Rows = bytes.Replace(e.Rows, []byte(`"amount_fen":5000`), []byte(`"amount_fen":9000`), 1)
		}, "重新计数", "counted anew"},
		{"somebody else's row", func(e *office.Evidence) {
			e.Rows = bytes.Replace(e.Rows, []byte(`"merchant":"M1"`), []byte(`"merchant":"M2"`), 1)
		}, "核销明细第 1 行不是该商户", "line 1 of its rows is no redemption or void of the merchant"},
		{"a row that is none", func(e *office.Evidence) { e.Rows = append(e.Rows, "{}\n"...) }, "核销明细有误", "its rows are not as they should be"},
		{"other rules", func(e *office.Evidence) { e.Rules.Version = "x" }, "规则文件与评分理由的版本不符", "its rules are not those"},
		{"a registry that is none", func(e *office.Evidence) { e.Registry = []byte("{}") }, "登记信息无法读取", "signed up with cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evidence(t)
			c.change(&e)
			_, err := office.CheckEvidence(packOf(t, e), nil)
			no, is := errors.AsType[*office.Refusal](err)
			if !is || !strings.Contains(no.Text.Zh, c.zh) || !strings.Contains(no.Text.En, c.en) {
				t.Error(err)
			}
		})
	}
}

func part(t *testing.T, e *office.Evidence, signal string) *office.Why {
	t.Helper()
	for i := range e.Why.Why {
		if e.Why.Why[i].Signal == signal && len(e.Why.Why[i].Marks) > 0 {
			return &e.Why.Why[i]
		}
	}
	t.Fatalf("%s is not in the explanation", signal)
	return nil
}

// FuzzEvidence: whatever is handed in as a pack is answered, and good is only what was signed.
func FuzzEvidence(f *testing.F) {
	good := packOf(f, evidence(f))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, pack []byte) {
		_, err := office.CheckEvidence(pack, hubKey.Public().(ed25519.PublicKey))
		if _, is := errors.AsType[*office.Refusal](err); err != nil && !is {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(pack, good) {
			t.Fatal("another pack was taken for the one that was signed")
		}
	})
}
