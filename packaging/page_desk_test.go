package packaging

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// scene is a desk on which every state of a till can be put, for the page to be looked at: the real door and page with a
// Counter by hand behind it. Shift, practice and settings are answered here, so that also what seldom happens can be seen.
type scene struct {
	desk.Counter // what the page does not use
	URL          string
	pause        func() // the agent goes away

	handler http.Handler
	mu      sync.Mutex // guards the rest
	view    desk.View
	lines   []desk.Line
	shift   desk.Shift
	closed  []desk.Shift
	pin     string
	asked   []string
	paper   scenePaper
	setup   desk.Setup
	worse   bool // a check fails only when the till is to be accepted
	readers map[chan desk.Event]bool
}

// scenePaper is a printer; how many slips it has printed can be read, and what is wrong with it be said.
type scenePaper struct {
	mu    sync.Mutex // guards both
	wrong error
	slips []string
}

func (p *scenePaper) Print(_ context.Context, slip []ui.Row) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		return p.wrong
	}
	text := ""
	for _, row := range slip {
		text += row.Text + "\n"
	}
	p.slips = append(p.slips, text)
	return nil
}

func (p *scenePaper) set(wrong error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = wrong
}

var noRoll = &desk.Unprinted{Text: voucher.Text{Zh: "打印机 /dev/usb/lp0 缺纸：请换上纸卷、合上盖子，再打印", En: "Printer /dev/usb/lp0 is out of paper: put in a roll, close the cover and print again"}}

func withSlips(v *desk.View) {
	v.Devices = []desk.Device{{Kind: desk.PrinterDevice, Name: "/dev/usb/lp0", Connected: true}}
}

const sceneToken = "the-token-of-the-scene"

var sceneTime = time.Date(2023, 12, 11, 14, 2, 3, 0, time.FixedZone("Asia/Shanghai", 8*60*60))

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{readers: map[chan desk.Event]bool{}, pin: "246810"}
	until := sceneTime.Add(20 * time.Hour)
	settings := desk.DefaultSettings()
	settings.PINSet, settings.Volume = true, 0
	s.view = desk.View{Terminal: "T000001", Merchant: "芦山惠民超市（一店）", Campaign: voucher.Text{Zh: "芦山县“冬日送暖”消费券", En: "Lushan County winter vouchers"},
		Hub: desk.Hub{Online: true, Since: sceneTime.Add(-6 * time.Hour)}, Scanners: []desk.Scanner{{Name: "/dev/ttyUSB0", Connected: true}},
		Lease: desk.Lease{Count: 20, Sum: 600_00, Until: &until}, Warnings: []desk.Warning{}, Version: "test", Settings: settings}
	s.shift = sceneShift()
	s.setup = sceneSetup()
	door := desk.NewServer(desk.Config{Counter: s, Sales: s, Printer: &s.paper, Pictures: readShot, Token: sceneToken, Log: slog.New(slog.DiscardHandler)})
	mux := http.NewServeMux()
	s.others(mux)
	mux.Handle("/", door)
	s.handler = mux
	s.listen(t, "127.0.0.1:0")
	t.Cleanup(func() { s.pause() })
	return s
}

func sceneShift() desk.Shift {
	sum := func(n int, bill, face voucher.Fen) desk.Sum { return desk.Sum{Count: n, Bill: bill, Face: face} }
	return desk.Shift{Number: 3, From: sceneTime.Add(-6 * time.Hour), First: "T000001-1-30", Last: "T000001-1-42",
		Tiers: []desk.TierSum{
			{Tier: "supermarket-10", Name: voucher.Text{Zh: "商超 满50减10", En: "supermarket, 10 off 50"}, Sum: sum(8, 464_00, 80_00)},
			{Tier: "supermarket-30", Name: voucher.Text{Zh: "商超 满150减30", En: "supermarket, 30 off 150"}, Sum: sum(3, 512_50, 90_00)}},
		Standing: sum(11, 976_50, 170_00), Final: sum(10, 918_50, 160_00), Provisional: sum(1, 58_00, 10_00), Voided: sum(1, 58_00, 10_00),
		Hub: desk.Difference{Count: 1, Face: 10_00, Text: voucher.Text{Zh: "有 1 笔共 ¥10.00 还没有得到中心确认。", En: "The hub has not confirmed 1 sale of ¥10.00 yet."},
			Next: voucher.Text{Zh: "联网后会自动确认；可以先交班。", En: "It will be confirmed by itself when the line is back; you may close all the same."}}}
}

// others answers what the desk answers of shift, practice, PIN and settings.
func (s *scene) others(mux *http.ServeMux) {
	on := func(route string, answer func(body map[string]any) (int, any)) {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			var body map[string]any
			if r.Header.Get("Authorization") != "Bearer "+sceneToken || r.Method != "GET" && json.NewDecoder(r.Body).Decode(&body) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked = append(s.asked, route)
			status, out := answer(body)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(out)
		})
	}
	on("GET /v1/shift", func(map[string]any) (int, any) { return 200, s.shift })
	on("GET /v1/shifts", func(map[string]any) (int, any) { return 200, append([]desk.Shift{}, s.closed...) })
	on("POST /v1/shift/close", func(body map[string]any) (int, any) {
		if body["number"] == float64(s.shift.Number) {
			done := s.shift
			until := sceneTime
			done.Until = &until
			s.closed = append([]desk.Shift{done}, s.closed...)
			s.shift = desk.Shift{Number: done.Number + 1, From: until, Hub: desk.Difference{Text: voucher.Text{Zh: "与中心一致。", En: "Till and hub agree."}}}
		}
		return 200, s.closed[0]
	})
	on("PUT /v1/practice", func(body map[string]any) (int, any) {
		s.change(func(v *desk.View) { v.Practice = body["on"].(bool) })
		return 200, struct{}{}
	})
	on("GET /v1/settings", func(map[string]any) (int, any) { return 200, s.view.Settings })
	rightPIN := func(body map[string]any) (int, any) {
		if body["pin"] != s.pin {
			return 403, desk.Error{Text: voucher.Text{Zh: "PIN 不对，还可以试 4 次。", En: "The PIN is wrong; 4 tries are left."}}
		}
		return 200, struct{}{}
	}
	on("POST /v1/pin/check", rightPIN)
	on("PUT /v1/pin", func(body map[string]any) (int, any) {
		status, out := rightPIN(body)
		if status == 200 {
			s.pin = body["next"].(string)
		}
		return status, out
	})
	on("PUT /v1/settings", func(body map[string]any) (int, any) {
		status, out := rightPIN(body)
		if status != 200 {
			return status, out
		}
		raw, _ := json.Marshal(body)
		now := s.view.Settings
		json.Unmarshal(raw, &now)
		s.change(func(v *desk.View) { v.Settings = now })
		return 200, now
	})
	s.guided(on, rightPIN)
}

// change makes another view and tells it; the lock is held.
func (s *scene) change(how func(*desk.View)) {
	how(&s.view)
	v := s.view
	s.tell(desk.Event{Type: desk.ViewEvent, View: &v})
}

func (s *scene) tell(e desk.Event) {
	for r := range s.readers {
		select {
		case r <- e:
		default:
		}
	}
}

// set changes the view.
func (s *scene) set(how func(*desk.View)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(how)
}

// answer gives an answer to all who listen, as after a scan.
func (s *scene) answer(a desk.Answer, d desk.Details) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.At = sceneTime
	a = a.Say(d)
	s.view.Last = &a
	s.tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
}

func (s *scene) heard(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if a == what {
			n++
		}
	}
	return n
}

func (s *scene) View() desk.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

func (s *scene) Watch(ctx context.Context) <-chan desk.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := make(chan desk.Event, 100)
	v := s.view
	r <- desk.Event{Type: desk.ViewEvent, View: &v}
	s.readers[r] = true
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.readers[r] {
			delete(s.readers, r)
			close(r)
		}
	})
	return r
}

// listen opens the door.
func (s *scene) listen(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	check(t, err)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: s.handler}}
	server.Start()
	s.URL = server.URL
	s.pause = sync.OnceFunc(func() { server.Listener.Close(); server.CloseClientConnections(); s.hangUp(); server.Close() })
}

// resume opens the door again, at the same address.
func (s *scene) resume(t *testing.T) {
	t.Helper()
	s.listen(t, strings.TrimPrefix(s.URL, "http://"))
}

// hangUp ends everybody's events.
func (s *scene) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.readers {
		delete(s.readers, r)
		close(r)
	}
}

func (s *scene) SetBill(_ context.Context, b desk.Bill) error {
	s.set(func(v *desk.View) { v.Bill = b })
	return nil
}

func (s *scene) Scan(_ context.Context, text, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, "scan "+text)
	return nil
}

func (s *scene) Picture(_ context.Context, texts []string, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, "picture "+strings.Join(texts, "+"))
	return nil
}

func (s *scene) Void(_ context.Context, id voucher.RedemptionID) desk.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, "void "+id.String())
	a := desk.Answer{Answer: voucher.Final, Redemption: id.String(), Bill: 58_00, Face: 10_00, Pay: 58_00, Voided: true, At: sceneTime}
	for i := range s.lines {
		if s.lines[i].Redemption == id.String() {
			s.lines[i].State, s.lines[i].Voided, s.lines[i].Pay = "voided", true, s.lines[i].Bill
		}
	}
	return a.Say(desk.Details{})
}

func (s *scene) Day(context.Context, string) ([]desk.Line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines), nil
}

func (s *scene) Sale(_ context.Context, id voucher.RedemptionID) (desk.Line, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		if l.Redemption == id.String() {
			return l, true, nil
		}
	}
	return desk.Line{}, false, nil
}
