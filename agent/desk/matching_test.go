package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
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

// searches is the table that the page's list must pass too (packaging TestThePage).
type searches struct {
	Lines    []desk.Line `json:"lines"`
	Searches []struct {
		Name, Typed string
		Found       string // the last parts of the redemptions' IDs
	} `json:"searches"`
}

func TestSearchInTheDaysList(t *testing.T) {
	var table searches
	raw, err := os.ReadFile("testdata/search.json")
	if err := errors.Join(err, json.Unmarshal(raw, &table)); err != nil {
		t.Fatal(err)
	}
	for _, wild := range []string{"\xff\xfe", strings.Repeat("9", 4000)} {
		table.Searches = append(table.Searches, struct{ Name, Typed, Found string }{Name: fmt.Sprintf("%.9q", wild), Typed: wild})
	}
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: list{newCounter(), table.Lines}, Token: token, Log: slog.New(slog.DiscardHandler)}))
	defer s.Close()
	c := desk.NewClient(s.URL, token)
	for _, one := range table.Searches {
		t.Run(one.Name, func(t *testing.T) {
			found, err := c.Search(t.Context(), "2023-12-11", one.Typed)
			if err != nil || found == nil {
				t.Fatalf("%v, %v", found, err)
			}
			var got []string
			for _, l := range found {
				got = append(got, l.Redemption[len("T000001-1-"):])
			}
			if strings.Join(got, " ") != one.Found {
				t.Errorf("found %v, want %q", got, one.Found)
			}
		})
	}
	for _, query := range []string{"?q=42&q=58", "?q=%zz", "?q=" + url.QueryEscape("\n")} { // asked by hand
		if status, body := do(t, "GET", s.URL+"/v1/redemptions"+query, "", nil); status != 200 || !strings.HasPrefix(body, "[") {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}
