package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// lanes is a desk.Lanes by hand.
type lanes struct {
	asked    []string
	accepted voucher.Handover
	wrong    error
}

func (k *lanes) tell(what string) (desk.Lane, error) {
	k.asked = append(k.asked, what)
	step := desk.LaneStep{Name: desk.LaneScan, State: desk.LaneNow}.Say(desk.LaneDetails{})
	return desk.Lane{State: desk.LaneRunning, Steps: []desk.LaneStep{step}, Begun: &noon, Until: &noon, Code: "HX1TEST"}, k.wrong
}

func (k *lanes) Lane(context.Context) (desk.Lane, error)      { return k.tell("lane") }
func (k *lanes) BeginLane(context.Context) (desk.Lane, error) { return k.tell("begin") }
func (k *lanes) EndLane(context.Context) (desk.Lane, error)   { return k.tell("end") }

func (k *lanes) LanePrinted(_ context.Context, id string) error {
	_, err := k.tell("printed " + id)
	return err
}

func (k *lanes) AcceptLane(_ context.Context, h voucher.Handover) (desk.Lane, error) {
	k.accepted = h
	l, err := k.tell("accept")
	l.State, l.Code, l.Ready = desk.LanePassed, "", true
	l.Redemption = "T000001-1-42"
	l.Accepted = &desk.Accepted{Record: "T000001-1-44", Technician: h.Technician, Note: h.Note, Lane: l.Redemption, At: noon, State: "waiting", Hub: &noon}
	return l, err
}

// workshop is a desk with a lane test, a doctor and devices behind it.
func workshop(t *testing.T, findings ...desk.Finding) (k *lanes, c *desk.Client, f *desk.SettingsFile) {
	t.Helper()
	k, f = new(lanes), settings(t, t.TempDir(), nil)
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Lanes: k, Settings: f, Token: token, Log: slog.New(slog.DiscardHandler),
		Doctor: func(context.Context) []desk.Finding { return findings },
		QR:     func(text string) ([]byte, error) { return []byte("picture of " + text), nil },
		Fittings: func() []voucher.Fitting {
			return []voucher.Fitting{{Kind: "scanner", Name: "left", USB: "0C2E:0B61", Connected: true}}
		},
	}))
	t.Cleanup(s.Close)
	return k, desk.NewClient(s.URL, token), f
}

func TestTheLaneTestComesWithItsPicture(t *testing.T) {
	k, c, _ := workshop(t)
	for _, ask := range []func(context.Context) (desk.Lane, error){c.BeginLane, c.Lane, c.EndLane} {
		l, err := ask(t.Context())
		if err != nil || l.State != desk.LaneRunning || l.Code != "HX1TEST" || string(l.PNG) != "picture of HX1TEST" {
			t.Errorf("%+v, %v", l, err)
		}
	}
	if got := strings.Join(k.asked, " "); got != "begin lane end" {
		t.Errorf("asked %s", got)
	}
}

func TestAnAcceptanceSaysAllThatDoctorAndTheDeskKnow(t *testing.T) {
	printer := desk.Finding{Check: "printer", State: desk.Bad, Text: voucher.Text{Zh: "没纸", En: "no paper"}}
	k, c, _ := workshop(t, desk.Finding{Check: "disk", State: desk.Fine}, printer, desk.Finding{Check: "clock", State: desk.Worse})
	in := desk.Acceptance{Technician: "王工", Note: "新装", PIN: thePIN}
	_, err := c.AcceptLane(t.Context(), in)
	refusal, _ := errors.AsType[*desk.Error](err)
	if refusal == nil || refusal.Status != http.StatusConflict || !strings.Contains(refusal.Text.En, "printer (no paper)") || strings.Contains(refusal.Text.En, "clock") || len(k.asked) > 0 {
		t.Fatalf("with a check that fails: %v, asked %v", err, k.asked)
	}
	in.Despite = []string{"printer", "disk"}
	l, err := c.AcceptLane(t.Context(), in)
	if err != nil || l.Accepted == nil || l.Accepted.Technician != "王工" {
		t.Fatalf("%+v, %v", l, err)
	}
	h := k.accepted
	if h.Note != "新装" || len(h.Checks) != 3 || h.Checks[1] != (voucher.Check{Check: "printer", State: "fail"}) || h.System == "" {
		t.Errorf("%+v", h)
	}
	if len(h.Despite) != 1 || h.Despite[0] != "printer" { // what was not failing is not said to have been
		t.Errorf("despite %v", h.Despite)
	}
	if len(h.Fittings) != 1 || h.Fittings[0].USB != "0C2E:0B61" {
		t.Errorf("fittings %v", h.Fittings)
	}
}

func TestOnlyWhoKnowsThePINAccepts(t *testing.T) {
	k, c, _ := workshop(t)
	for pin, want := range map[string]int{"": 403, "000000": 403} {
		_, err := c.AcceptLane(t.Context(), desk.Acceptance{Technician: "a", PIN: pin})
		if refusal, _ := errors.AsType[*desk.Error](err); refusal == nil || refusal.Status != want {
			t.Errorf("PIN %q: %v", pin, err)
		}
	}
	if len(k.asked) > 0 {
		t.Errorf("asked %v", k.asked)
	}
}

// TestAPINThatWasJustLeftIsAskedFor: also when nobody has asked for the settings since.
func TestAPINThatWasJustLeftIsAskedFor(t *testing.T) {
	dir, k := t.TempDir(), new(lanes)
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Lanes: k, Settings: desk.OpenSettings(desk.SettingsConfig{Dir: dir}), Token: token,
		Log: slog.New(slog.DiscardHandler)}))
	defer s.Close()
	c := desk.NewClient(s.URL, token)
	if _, err := c.AcceptLane(t.Context(), desk.Acceptance{Technician: "a"}); err != nil {
		t.Errorf("without a PIN: %v", err)
	}
	if err := desk.LeavePIN(dir, thePIN); err != nil {
		t.Fatal(err)
	}
	_, err := c.AcceptLane(t.Context(), desk.Acceptance{Technician: "b"})
	if refusal, _ := errors.AsType[*desk.Error](err); refusal == nil || refusal.Status != http.StatusForbidden || k.accepted.Technician != "a" {
		t.Errorf("with one: %v", err)
	}
	if _, err := c.AcceptLane(t.Context(), desk.Acceptance{Technician: "b", PIN: thePIN}); err != nil {
		t.Error(err)
	}
}

// TestTheDoctorIsAskedOnceAtATime: by an acceptance as by whoever asks for him.
func TestTheDoctorIsAskedOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, goOn := 0, make(chan struct{})
		s := desk.NewServer(desk.Config{Counter: newCounter(), Lanes: new(lanes), Token: token, Log: slog.New(slog.DiscardHandler),
			Doctor: func(context.Context) []desk.Finding { asked++; <-goOn; return nil }})
		ask := func(method, path, body string) {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Host = "127.0.0.1:7373"
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, r); w.Code != http.StatusOK {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
		go ask("GET", "/v1/doctor", "")
		go ask("POST", "/v1/lane/accept", `{"technician":"a"}`)
		for n := range 2 {
			synctest.Wait()
			if asked != n+1 {
				t.Errorf("asked %d times instead of %d", asked, n+1)
			}
			goOn <- struct{}{}
		}
		synctest.Wait()
	})
}

func TestWhatTheLaneTestRefusesHasItsSentence(t *testing.T) {
	for _, one := range []struct {
		wrong  error
		status int
		says   string
	}{
		{desk.ErrNoLane, 409, "lane test first"},
		{desk.ErrPractising, 409, "end practice first"},
		{desk.ErrNotYet, 503, "try again in a moment"},
		{desk.ErrNoRoom, 507, "free some disk space"},
		{desk.ErrNotKept, 500, "could not be written"},
		{desk.ErrStopping, 503, "stopping"},
	} {
		k, c, _ := workshop(t)
		k.wrong = one.wrong
		_, err := c.AcceptLane(t.Context(), desk.Acceptance{Technician: "a", PIN: thePIN})
		if refusal, _ := errors.AsType[*desk.Error](err); refusal == nil || refusal.Status != one.status || !strings.Contains(refusal.Text.En, one.says) {
			t.Errorf("%v: %v", one.wrong, err)
		}
	}
}

// TestAViewNeverHoldsTheCode: windows and POS software hear views; the code is for who asks for the test.
func TestAViewNeverHoldsTheCode(t *testing.T) {
	raw, err := json.Marshal(richView())
	if err != nil || strings.Contains(string(raw), `"code":"HX`) || !strings.Contains(string(raw), `"lane":{"state":"running"`) {
		t.Errorf("%s, %v", raw, err)
	}
}
