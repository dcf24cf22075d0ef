package desk_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// FuzzSale sends anything as a sale. What is taken must be what Go's own decoder reads in it, and inside the law's
// bounds; what is not taken is refused with a sentence in both languages.
func FuzzSale(f *testing.F) {
	for _, seed := range []string{
		`{"bill_fen":5800,"code":"HX1","order":"A-1"}`, `{"bill_fen":1e9,"code":"x"}`, `{"bill_fen":5800,"code":"x","bill_fen":1}`,
		`{"bill_fen":-0,"code":""}`, `{"bill_fen":5800,"code":null}`, `{"bill_fen":5800,"code":"\ud800","order":"\u0000"}`, `[]`, `{}`, ``, `{"bill_fen":"5O"}`,
		` {"code":"x" , "bill_fen": 100000000}` + "\n", `{"bill_fen":5800,"code":"x"} x`, `{"Bill_Fen":1,"bill_fen":5800,"code":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		k := newCounter()
		s := desk.NewServer(desk.Config{Counter: k, Token: token, Log: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest("POST", "http://127.0.0.1:7373/v1/redemptions", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			if len(k.sales) != 0 || w.Code < 400 || w.Code >= 500 {
				t.Fatalf("status %d, sales %v", w.Code, k.sales)
			}
			inBothLanguages(t, w.Body.String())
			return
		}
		var want desk.Sale
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&want); err != nil || len(k.sales) != 1 || k.sales[0] != want {
			t.Fatalf("%q was taken as %+v, and reads as %+v, %v", body, k.sales, want, err)
		}
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("%q: something follows", body)
		}
		got := k.sales[0]
		if got.Bill <= 0 || got.Bill > voucher.MaxBill || len(got.Order) > voucher.MaxOrder || strings.ContainsAny(got.Order, "\x00\x1b\r\n") || !utf8.ValidString(got.Code) {
			t.Fatalf("%q was taken as %+v", body, got)
		}
	})
}

// FuzzOffice sends anything to the addresses of shifts, practice, settings and PIN. Whatever comes is done, or refused
// with a sentence in both languages; without the PIN nothing changes, and what is changed stays in its range.
func FuzzOffice(f *testing.F) {
	addresses := []string{"POST /v1/shift/close", "PUT /v1/practice", "PUT /v1/settings", "POST /v1/pin/check", "PUT /v1/pin"}
	for i, seed := range []string{`{"number":4}`, `{"on":true}`, `{"pin":"271828","volume":7,"lang":"en","text_size":110,"speech":true,"fullscreen":false,"practice":false,"pin_set":false}`,
		`{"pin":"271828"}`, `{"pin":"271828","next":"314159"}`, `{"number":1e9}`, `{"pin":"1","volume":-1}`, `{"pin":null}`, `[]`, ``} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, at byte, body []byte) {
		dir := t.TempDir()
		k, file := new(shifts), settings(t, dir, nil)
		was := file.Settings()
		s := desk.NewServer(desk.Config{Counter: newCounter(), Shifts: k, Practice: k, Settings: file, Token: token, Log: slog.New(slog.DiscardHandler)})
		method, path, _ := strings.Cut(addresses[int(at)%len(addresses)], " ")
		r := httptest.NewRequest(method, "http://127.0.0.1:7373"+path, bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			if w.Code < 400 || w.Code >= 500 || file.Settings() != was {
				t.Fatalf("status %d, %+v", w.Code, file.Settings())
			}
			inBothLanguages(t, w.Body.String())
		}
		now := file.Settings()
		if now.Lang != "zh" && now.Lang != "en" || now.Volume < 0 || now.Volume > 100 || now.TextSize < 100 || now.TextSize > 150 || !now.PINSet {
			t.Fatalf("%q set %+v", body, now)
		}
		if now != was && !bytes.Contains(body, []byte(thePIN)) && !bytes.Contains(body, []byte(`\u`)) {
			t.Fatalf("%q changed the settings without the PIN", body)
		}
	})
}

// FuzzSettings opens anything as the file of settings, with a checksum that fits: what cannot be ours is as good as
// damaged, and the file can be gone on with.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{`{}`, `{"settings":{"lang":"en","volume":7}}`, `{"settings":{"lang":"fr"}}`, `null`, `[]`, `{"tries":{"wrong":-1}}`,
		`{"tries":{"wrong":9,"until":"9999-01-01T00:00:00Z"},"pin":{"salt":"","hash":"","rounds":1}}`, `{"pin":{"rounds":9223372036854775807}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "settings.json"), fmt.Appendf(nil, "%s\n%x\n", line, sha256.Sum256(line)), 0o600); err != nil {
			t.Fatal(err)
		}
		file := desk.OpenSettings(desk.SettingsConfig{Dir: dir, Rounds: 1})
		if s := file.Settings(); s.Lang != "zh" && s.Lang != "en" || s.Volume < 0 || s.Volume > 100 || s.TextSize < 100 || s.TextSize > 150 {
			t.Fatalf("%q: %+v", line, s)
		}
		if err := file.AdoptPIN(thePIN); err != nil {
			t.Fatal(err)
		}
		if _, err := file.SetSettings(thePIN, desk.DefaultSettings()); err != nil {
			t.Fatalf("%q cannot be gone on with: %v", line, err)
		}
	})
}
