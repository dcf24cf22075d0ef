package desk_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hexiao/agent/desk"
)

// list is a counter with a day of its own.
type list struct {
	*counter
	lines []desk.Line
}

func (l list) Day(context.Context, string) ([]desk.Line, error) { return l.lines, nil }

func TestSearchInTheDaysList(t *testing.T) {
	lines := []desk.Line{
		{Answer: desk.Answer{Redemption: "T000001-1-41", Voucher: "8f3ac2d1", Order: "A-1007", Bill: 58_00, Pay: 48_00}},
		{Answer: desk.Answer{Redemption: "T000001-1-42", Voucher: "77e0b55c", Order: "b-9", Bill: 120_50, Pay: 110_50}},
		{Answer: desk.Answer{Redemption: "T000001-1-58", Voucher: "1234abcd", Bill: 48_00, Pay: 48_00}},
	}
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: list{newCounter(), lines}, Token: token, Log: slog.New(slog.DiscardHandler)}))
	defer s.Close()
	c := desk.NewClient(s.URL, token)
	for _, one := range []struct{ name, q, want string }{
		{"nothing typed", "", "41 42 58"},
		{"only spaces", "  ", "41 42 58"},
		{"the end of a redemption ID", "42", "42"},
		{"the whole of one", "T000001-1-41", "41"},
		{"in small letters", "t000001-1-41", "41"},
		{"the end of a voucher's ID", "C2D1", "41"},
		{"an order number", "A-1007", "41"},
		{"the end of an order number, in other letters", "B-9", "42"},
		{"an amount, which is also the end of an ID", "58", "41 58"},
		{"an amount with its fen", "58.00", "41"},
		{"an amount that is being typed", "58.", "41"},
		{"the sum that was paid", "48", "41 58"},
		{"an amount with half a yuan", "120.5", "42"},
		{"an amount with its sign", "￥120.50", "42"},
		{"an amount with its unit", "120.50元", "42"},
		{"full-width digits", "５８．００", "41"},
		{"an amount that was not there", "58.01", ""},
		{"the beginning of an ID", "T000001", ""},
		{"the letter O", "5O", ""},
		{"two dots", "5.8.0", ""},
		{"a pattern", "%", ""},
		{"control characters", "\x00\x1b", ""},
		{"no text at all", "\xff\xfe", ""},
		{"a long one", strings.Repeat("9", 4000), ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			found, err := c.Search(t.Context(), "2023-12-11", one.q)
			if err != nil || found == nil {
				t.Fatalf("%v, %v", found, err)
			}
			var got []string
			for _, l := range found {
				got = append(got, l.Redemption[len("T000001-1-"):])
			}
			if strings.Join(got, " ") != one.want {
				t.Errorf("found %v, want %q", got, one.want)
			}
		})
	}
	for _, query := range []string{"?q=42&q=58", "?q=%zz", "?q=" + url.QueryEscape("\n")} { // asked by hand
		if status, body := do(t, "GET", s.URL+"/v1/redemptions"+query, "", nil); status != 200 || !strings.HasPrefix(body, "[") {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}
