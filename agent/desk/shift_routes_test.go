package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
)

// shifts is a desk.Shifts and a desk.Practice by hand: shift 4 runs, 2 and 3 are closed, 1 is no longer kept.
type shifts struct {
	mu    sync.Mutex // guards asked
	asked []string
	wrong error
}

func (k *shifts) note(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, what)
	return k.wrong
}

func (k *shifts) Shift(context.Context) (desk.Shift, error) {
	return desk.Shift{Number: 4, Tiers: []desk.TierSum{}}, k.note("shift")
}

func (k *shifts) CloseShift(_ context.Context, n int) (desk.Shift, error) {
	if err := k.note(fmt.Sprint("close ", n)); err != nil {
		return desk.Shift{}, err
	}
	if n < 2 || n > 4 {
		return desk.Shift{}, &desk.NoShift{Asked: n, Running: 4}
	}
	at := time.Date(2023, 12, 11, 18, 0, 0, 0, time.UTC)
	return desk.Shift{Number: n, Until: &at}, nil
}

func (k *shifts) Shifts(context.Context) ([]desk.Shift, error) {
	return nil, k.note("shifts")
}

func (k *shifts) Practise(_ context.Context, on bool) error {
	return k.note(fmt.Sprint("practise ", on))
}

const thePIN = "271828"

// office is a desk with everything that stands behind it; its PIN is hashed once, so that tests are quick.
func office(t *testing.T) (k *shifts, f *desk.SettingsFile, url string) {
	t.Helper()
	k, f = new(shifts), settings(t, t.TempDir(), nil)
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Shifts: k, Practice: k, Settings: f, Token: token, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(s.Close)
	return k, f, s.URL
}

func TestBodiesOfShiftsPracticeAndSettings(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"the shift that runs", "GET", "/v1/shift", ``, 200, ""},
		{"the closed ones", "GET", "/v1/shifts", ``, 200, ""},
		{"a close", "POST", "/v1/shift/close", `{"number":4}`, 200, ""},
		{"a close of one that is closed", "POST", "/v1/shift/close", `{"number":3}`, 200, ""},
		{"a close of one that is still to come", "POST", "/v1/shift/close", `{"number":5}`, 409, "Shift 4 runs now and there is no shift 5 yet"},
		{"a close of one that nobody knows any more", "POST", "/v1/shift/close", `{"number":1}`, 409, "no longer holds the record of shift 1"},
		{"a close without a number", "POST", "/v1/shift/close", `{}`, 400, "number is missing"},
		{"a close without a body", "POST", "/v1/shift/close", ``, 400, "one JSON object"},
		{"a close of number 0", "POST", "/v1/shift/close", `{"number":0}`, 400, "whole number from 1"},
		{"a close of a number below zero", "POST", "/v1/shift/close", `{"number":-4}`, 400, "whole number from 1"},
		{"a close of a number that none holds", "POST", "/v1/shift/close", `{"number":99999999999999999999999}`, 400, "whole number from 1"},
		{"a close of a text", "POST", "/v1/shift/close", `{"number":"4"}`, 400, "whole number from 1"},
		{"a close of half a shift", "POST", "/v1/shift/close", `{"number":4.5}`, 400, "whole number from 1"},
		{"a close of null", "POST", "/v1/shift/close", `{"number":null}`, 400, "whole number from 1"},
		{"a close twice in one request", "POST", "/v1/shift/close", `{"number":4,"number":5}`, 400, "given twice"},
		{"a close with a field that is not known", "POST", "/v1/shift/close", `{"number":4,"force":true}`, 400, `"force" is not known`},
		{"a close by GET", "GET", "/v1/shift/close", ``, 405, "takes POST only"},

		{"practice on", "PUT", "/v1/practice", `{"on":true}`, 200, ""},
		{"practice off", "PUT", "/v1/practice", `{"on":false}`, 200, ""},
		{"practice without a word", "PUT", "/v1/practice", `{}`, 400, "on is missing"},
		{"practice as a text", "PUT", "/v1/practice", `{"on":"true"}`, 400, "on must be true or false"},
		{"practice as a number", "PUT", "/v1/practice", `{"on":1}`, 400, "on must be true or false"},

		{"the settings", "GET", "/v1/settings", ``, 200, ""},
		{"settings that are changed", "PUT", "/v1/settings", `{"pin":"271828","lang":"en","volume":0,"speech":true,"text_size":150,"fullscreen":true,"practice":false,"pin_set":true}`, 200, ""},
		{"one setting", "PUT", "/v1/settings", `{"pin":"271828","volume":100}`, 200, ""},
		{"settings without a PIN", "PUT", "/v1/settings", `{"volume":100}`, 400, "pin is missing"},
		{"settings with a wrong PIN", "PUT", "/v1/settings", `{"pin":"000000","volume":100}`, 403, "tries left: 4"},
		{"a PIN that is a number", "PUT", "/v1/settings", `{"pin":271828,"volume":100}`, 400, "pin must be a text"},
		{"a language that is not spoken", "PUT", "/v1/settings", `{"pin":"271828","lang":"fr"}`, 400, `"zh" or "en"`},
		{"louder than it goes", "PUT", "/v1/settings", `{"pin":"271828","volume":101}`, 400, "volume must be a whole number from 0 to 100"},
		{"quieter than silence", "PUT", "/v1/settings", `{"pin":"271828","volume":-1}`, 400, "volume must be a whole number from 0 to 100"},
		{"a volume with a point", "PUT", "/v1/settings", `{"pin":"271828","volume":7.5}`, 400, "volume must be"},
		{"text too small", "PUT", "/v1/settings", `{"pin":"271828","text_size":99}`, 400, "text_size must be a whole number from 100 to 150"},
		{"text too large", "PUT", "/v1/settings", `{"pin":"271828","text_size":151}`, 400, "text_size must be a whole number from 100 to 150"},
		{"speech as a text", "PUT", "/v1/settings", `{"pin":"271828","speech":"yes"}`, 400, "speech must be true or false"},
		{"a setting that is not known", "PUT", "/v1/settings", `{"pin":"271828","colour":"red"}`, 400, `"colour" is not known`},

		{"the right PIN", "POST", "/v1/pin/check", `{"pin":"271828"}`, 200, ""},
		{"a wrong PIN", "POST", "/v1/pin/check", `{"pin":"271829"}`, 403, "tries left: 4"},
		{"an empty PIN", "POST", "/v1/pin/check", `{"pin":""}`, 403, "tries left: 4"},
		{"a PIN in full-width digits", "POST", "/v1/pin/check", `{"pin":"２７１８２８"}`, 403, "tries left: 4"},
		{"no PIN", "POST", "/v1/pin/check", `{}`, 400, "pin is missing"},
		{"another PIN", "PUT", "/v1/pin", `{"pin":"271828","next":"314159"}`, 200, ""},
		{"another PIN by a wrong one", "PUT", "/v1/pin", `{"pin":"1","next":"314159"}`, 403, "tries left: 4"},
		{"no other PIN", "PUT", "/v1/pin", `{"pin":"271828"}`, 400, "next is missing"},
		{"another PIN that is too short", "PUT", "/v1/pin", `{"pin":"271828","next":"31415"}`, 400, "6 to 12 digits"},
		{"another PIN that everybody tries", "PUT", "/v1/pin", `{"pin":"271828","next":"123456"}`, 400, "easily guessed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, f, url := office(t)
			was := f.Settings()
			status, body := do(t, c.method, url+c.path, c.body, nil)
			if status != c.status {
				t.Fatalf("status %d, want %d: %s", status, c.status, body)
			}
			if c.says == "" {
				return
			}
			if said := inBothLanguages(t, body); !strings.Contains(said.En, c.says) {
				t.Errorf("%q does not say %q", said.En, c.says)
			}
			if len(k.asked) > 0 && status == 400 || f.Settings() != was || status == 400 && f.CheckPIN(thePIN) != nil {
				t.Errorf("it went through all the same: %v, %+v", k.asked, f.Settings())
			}
		})
	}
}

// What cannot be done gets its own sentence, and its own status.
func TestWhatShiftsAndPracticeRefuse(t *testing.T) {
	for _, c := range []struct {
		wrong  error
		status int
		says   string
	}{
		{desk.ErrStopping, 503, "is stopping"},
		{desk.ErrPractising, 409, "end practice first"},
		{desk.ErrNoPractice, 403, "switched off"},
		{fmt.Errorf("close: %w", desk.ErrNoRoom), 507, "disk is full"},
		{fmt.Errorf("close: %w", desk.ErrNotKept), 500, "could not be written"},
		{desk.ErrNoShift, 409, "no such shift"},
		{errors.New("something else"), 503, "not finished"},
	} {
		k, _, url := office(t)
		k.wrong = c.wrong
		for path, body := range map[string]string{"POST /v1/shift/close": `{"number":4}`, "PUT /v1/practice": `{"on":true}`, "GET /v1/shift": "", "GET /v1/shifts": ""} {
			method, path, _ := strings.Cut(path, " ")
			status, said := do(t, method, url+path, body, nil)
			if status != c.status || !strings.Contains(inBothLanguages(t, said).En, c.says) {
				t.Errorf("%s, %v: status %d, %s", path, c.wrong, status, said)
			}
		}
	}
}

func TestTheClientOfShiftsPracticeAndSettings(t *testing.T) {
	k, f, url := office(t)
	c := desk.NewClient(url, token)
	if s, err := c.Shift(t.Context()); err != nil || s.Number != 4 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := c.CloseShift(t.Context(), 4); err != nil || s.Number != 4 || s.Until == nil {
		t.Errorf("%+v, %v", s, err)
	}
	refusal := new(desk.Error)
	if _, err := c.CloseShift(t.Context(), 5); !errors.As(err, &refusal) || refusal.Status != 409 {
		t.Error(err)
	}
	if s, err := c.Shifts(t.Context()); err != nil || s == nil || len(s) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := errors.Join(c.Practise(t.Context(), true), c.Practise(t.Context(), false)); err != nil {
		t.Error(err)
	}
	if got := strings.Join(k.asked, ", "); got != "shift, close 4, close 5, shifts, practise true, practise false" {
		t.Errorf("asked: %s", got)
	}
	want := desk.Settings{Lang: "en", Volume: 30, Speech: true, TextSize: 125, FullScreen: true, PINSet: true}
	if s, err := c.SetSettings(t.Context(), thePIN, desk.Settings{Lang: "en", Volume: 30, Speech: true, TextSize: 125, FullScreen: true}); err != nil || s != want || f.Settings() != want {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := c.Settings(t.Context()); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	if err := c.SetPIN(t.Context(), thePIN, "314159"); err != nil {
		t.Error(err)
	}
	if err := c.CheckPIN(t.Context(), "314159"); err != nil {
		t.Error(err)
	}
	if err := c.CheckPIN(t.Context(), thePIN); !errors.As(err, &refusal) || refusal.Status != 403 || !strings.Contains(refusal.Text.Zh, "还可以试 4 次") {
		t.Error(err)
	}
}

// A desk behind which nothing of it stands has none of these addresses.
func TestADeskWithoutShifts(t *testing.T) {
	url := newDesk(t, newCounter()).URL
	for _, path := range []string{"/v1/shift", "/v1/shifts", "/v1/shift/close", "/v1/practice", "/v1/settings", "/v1/pin", "/v1/pin/check"} {
		if status, _ := do(t, "GET", url+path, "", nil); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

// The names of a shift's fields are relied on by other people's programs.
func TestShiftFields(t *testing.T) {
	_, _, url := office(t)
	_, body := do(t, "GET", url+"/v1/shift", "", nil)
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"number", "from", "tiers", "standing", "final", "provisional", "voided", "disputed", "hub"} {
		if _, there := fields[name]; !there {
			t.Errorf("%s is missing in %s", name, body)
		}
	}
	for _, name := range []string{"until", "later", "first"} {
		if _, there := fields[name]; there {
			t.Errorf("%s stands in %s", name, body)
		}
	}
}
