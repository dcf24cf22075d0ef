package desk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// TestTheClientSpeaksAsDescribed has the client ask for everything that it can, and holds each request, and what it reads,
// against the description.
func TestTheClientSpeaksAsDescribed(t *testing.T) {
	d := describe(t)
	id := voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 1}
	shift := desk.Shift{Number: 3, From: noon, Until: &noon, First: id.String(), Last: id.String(), Tiers: []desk.TierSum{{Tier: "supermarket-10"}}, Later: &desk.Later{}}
	for path, c := range map[string]struct {
		answer any
		ask    func(*desk.Client) error
	}{
		"POST /v1/redemptions": {standing(id.String(), voucher.Final), func(c *desk.Client) error {
			_, err := c.Redeem(t.Context(), desk.Sale{Bill: 1, Code: "HX1", Order: "A", Payer: "B"})
			return err
		}},
		"POST /v1/redemptions/{id}/void": {standing(id.String(), voucher.Final), func(c *desk.Client) error { _, err := c.Void(t.Context(), id); return err }},
		"POST /v1/scans":                 {struct{}{}, func(c *desk.Client) error { return c.Scan(t.Context(), "HX1") }},
		"PUT /v1/bill":                   {desk.Bill{Fen: 1, Source: "pos"}, func(c *desk.Client) error { return c.SetBill(t.Context(), desk.Bill{Fen: 1, Source: "pos"}) }},
		"GET /v1/redemptions":            {[]desk.Line{{Answer: standing(id.String(), voucher.Final), State: "final"}}, func(c *desk.Client) error { _, err := c.Day(t.Context(), ""); return err }},
		"GET /v1/status":                 {richView(), func(c *desk.Client) error { _, err := c.Status(t.Context()); return err }},
		"GET /v1/journal/check":          {map[string]bool{"whole": true}, func(c *desk.Client) error { return c.Verify(t.Context()) }},
		"GET /v1/shift":                  {shift, func(c *desk.Client) error { _, err := c.Shift(t.Context()); return err }},
		"POST /v1/shift/close":           {shift, func(c *desk.Client) error { _, err := c.CloseShift(t.Context(), 3); return err }},
		"GET /v1/shifts":                 {[]desk.Shift{shift, {Number: 1}}, func(c *desk.Client) error { _, err := c.Shifts(t.Context()); return err }},
		"GET /v1/settings":               {desk.DefaultSettings(), func(c *desk.Client) error { _, err := c.Settings(t.Context()); return err }},
		"PUT /v1/practice":               {map[string]bool{"on": true}, func(c *desk.Client) error { return c.Practise(t.Context(), true) }},
		"POST /v1/pin/check":             {struct{}{}, func(c *desk.Client) error { return c.CheckPIN(t.Context(), "246810") }},
		"PUT /v1/pin":                    {struct{}{}, func(c *desk.Client) error { return c.SetPIN(t.Context(), "246810", "135791") }},
		"PUT /v1/settings": {desk.DefaultSettings(), func(c *desk.Client) error {
			_, err := c.SetSettings(t.Context(), "246810", desk.DefaultSettings())
			return err
		}},
	} {
		t.Run(path, func(t *testing.T) {
			method, path, _ := strings.Cut(path, " ")
			operation := []string{"paths", path, strings.ToLower(method)}
			asked := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				body, err := io.ReadAll(r.Body)
				if at := strings.Replace(path, "{id}", id.String(), 1); err != nil || r.Method != method || r.URL.Path != at {
					t.Errorf("it asked %s %s, not %s %s (%v)", r.Method, r.URL.Path, method, at, err)
				}
				if place := append(operation, "requestBody", "content", "application/json", "schema"); len(body) > 0 {
					if err := d.check(t, string(body), place...); err != nil {
						t.Errorf("it sent %s\n%v", body, err)
					}
				}
				json.NewEncoder(w).Encode(c.answer)
			}))
			defer s.Close()
			if err := c.ask(desk.NewClient(s.URL, token)); err != nil || asked != 1 {
				t.Errorf("asked %d times: %v", asked, err)
			}
			raw, err := json.Marshal(c.answer)
			if err != nil {
				t.Fatal(err)
			}
			status := "200"
			if path == "/v1/scans" {
				status = "202"
			}
			if err := d.check(t, string(raw), append(operation, "responses", status, "content", "application/json", "schema")...); err != nil {
				t.Errorf("%s\n%v", raw, err)
			}
		})
	}
}
