package desk_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
