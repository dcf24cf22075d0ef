package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// description is openapi.json, and the schemas in it ready to be used. In what the desk says no field may stand that the
// description lacks, which the description itself does not ask, because clients must bear new ones.
type description struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func describe(t *testing.T) *description {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(desk.Description))
	if err != nil {
		t.Fatal(err)
	}
	d := &description{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	for _, s := range d.at("components", "schemas").(map[string]any) {
		closeObjects(s)
	}
	if err := d.compiler.AddResource("desk.json", doc); err != nil {
		t.Fatal(err)
	}
	return d
}

func closeObjects(s any) {
	m, isMap := s.(map[string]any)
	if !isMap {
		return
	}
	if m["properties"] != nil {
		m["additionalProperties"] = false
	}
	if of, some := m["oneOf"].([]any); some {
		for _, one := range of {
			closeObjects(one)
		}
	}
}

func (d *description) at(keys ...string) any {
	var here any = d.doc
	for _, k := range keys {
		m, _ := here.(map[string]any)
		if ref, some := m["$ref"].(string); some {
			m, _ = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
		}
		here = m[k]
	}
	return here
}

// check holds a JSON text against the schema at a place of the description.
func (d *description) check(t *testing.T, raw string, keys ...string) error {
	t.Helper()
	escaped := make([]string, len(keys))
	for i, k := range keys {
		escaped[i] = strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		escaped[i] = strings.NewReplacer("{", "%7B", "}", "%7D").Replace(escaped[i])
	}
	schema, err := d.compiler.Compile("desk.json#/" + strings.Join(escaped, "/"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

func (d *description) operations() (all []string) {
	for path, item := range d.doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			all = append(all, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// fullDesk has every part that a desk can have.
func fullDesk(t *testing.T, k *counter, sold book) (*desk.Server, *httptest.Server) {
	t.Helper()
	behind := new(shifts)
	server := desk.NewServer(desk.Config{
		Counter: k, Journal: &record{}, Sales: sold, Shifts: behind, Practice: behind, Settings: settings(t, t.TempDir(), nil), Bench: new(bench), Doctor: checked,
		Pictures: func(_ context.Context, r io.Reader) ([]string, error) { return picturesOf(r) },
		Printer:  new(press), Lanes: new(lanes), QR: func(text string) ([]byte, error) { return []byte(text), nil },
		Token: token, Log: slog.New(slog.DiscardHandler),
	})
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return server, s
}

func TestTheDescriptionNamesEveryRouteAndNothingElse(t *testing.T) {
	server, _ := fullDesk(t, newCounter(), book{})
	var routes []string
	for path, methods := range server.Routes() {
		for _, m := range methods {
			routes = append(routes, m+" "+strings.Replace(path, "{$}", "", 1))
		}
	}
	slices.Sort(routes)
	described := describe(t).operations()
	for _, r := range routes {
		if !slices.Contains(described, r) {
			t.Errorf("%s is not described", r)
		}
	}
	for _, o := range described {
		if !slices.Contains(routes, o) {
			t.Errorf("%s is described and not there", o)
		}
	}
}

func TestTheDescriptionsEnumerationsAreOurs(t *testing.T) {
	d := describe(t)
	var reasons []string
	for _, r := range voucher.Reasons() {
		reasons = append(reasons, r.String())
	}
	var answers []string
	for _, a := range desk.Answers {
		answers = append(answers, string(a))
	}
	for schema, want := range map[string][]string{"Reason": reasons, "FourAnswers": answers, "State": desk.LineStates} {
		if got := fmt.Sprint(d.at("components", "schemas", schema, "enum")); got != fmt.Sprint(want) {
			t.Errorf("%s is described as %s; it is %s", schema, got, want)
		}
	}
	risk := []string{string(voucher.MerchantBears), string(voucher.FundBears)}
	if got := fmt.Sprint(d.at("components", "schemas", "Answer", "properties", "risk", "enum")); got != fmt.Sprint(risk) {
		t.Errorf("risk is described as %s; it is %s", got, risk)
	}
}

// TestTheDescriptionsExamplesAreTrue holds every example against the schema beside it, and says where people read only
// one language.
func TestTheDescriptionsExamplesAreTrue(t *testing.T) {
	d := describe(t)
	examples := 0
	var walk func(at any, keys []string)
	walk = func(at any, keys []string) {
		m, isMap := at.(map[string]any)
		if !isMap {
			return
		}
		given := map[string]any{}
		if e, some := m["example"]; some {
			given["example"] = e
		}
		if all, some := m["examples"].(map[string]any); some {
			for name, e := range all {
				given[name] = e.(map[string]any)["value"]
			}
		}
		for name, e := range given {
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.check(t, string(raw), append(slices.Clone(keys), "schema")...); err != nil {
				t.Errorf("example %s of %s: %v", name, strings.Join(keys, " "), err)
			}
			examples++
		}
		if _, isOperation := m["operationId"]; isOperation {
			if said, _ := m["description"].(string); !strings.Contains(said, " / ") || said == strings.Map(ascii, said) {
				t.Errorf("%s is described in one language: %q", strings.Join(keys, " "), said)
			}
		}
		for k, v := range m {
			if k != "example" && k != "examples" && k != "schemas" {
				walk(v, append(slices.Clone(keys), k))
			}
		}
	}
	walk(d.doc, nil)
	if examples < 30 {
		t.Errorf("only %d examples were looked at", examples)
	}
}

func ascii(r rune) rune {
	if r > 127 {
		return -1
	}
	return r
}

// TestTheDescriptionIsWhatHappens asks a desk and holds what was sent and what came back against the description: the
// status is described, the body fits its schema, and the desk refuses a body with 400 if, and only if, the description
// does not allow it.
func TestTheDescriptionIsWhatHappens(t *testing.T) {
	d := describe(t)
	seen := map[string]bool{}
	for _, a := range requests() {
		t.Run(a.name, func(t *testing.T) {
			seen[a.method+" "+a.path] = true
			k := newCounter()
			k.view = richView()
			_, s := fullDesk(t, k, book{})
			if a.target == "" {
				a.target = a.path
			}
			answer := send(t, a, s.URL)
			if answer.StatusCode != a.status {
				t.Fatalf("status %d, want %d", answer.StatusCode, a.status)
			}
			d.allows(t, a)
			d.fits(t, a, answer)
		})
	}
	for _, o := range d.operations() {
		if !seen[o] {
			t.Errorf("nobody asked %s", o)
		}
	}
}

func send(t *testing.T, a asked, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(a.method, url+a.target, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if a.change != nil {
		a.change(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// allows compares what the description says of a request's body with what the desk did.
func (d *description) allows(t *testing.T, a asked) {
	t.Helper()
	place := []string{"paths", a.path, strings.ToLower(a.method), "requestBody", "content", "application/json", "schema"}
	if a.beyond || a.body == "" || d.at(place...) == nil || a.status == 401 || a.status == 403 {
		return
	}
	err := d.check(t, a.body, place...)
	if (err == nil) != (a.status < 400) {
		t.Errorf("the desk said %d; the description of the body: %v", a.status, err)
	}
}

func (d *description) fits(t *testing.T, a asked, answer *http.Response) {
	t.Helper()
	place := []string{"paths", a.path, strings.ToLower(a.method), "responses", strconv.Itoa(answer.StatusCode)}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	content, _ := d.at(append(place, "content")...).(map[string]any)
	if content[kind] == nil {
		t.Fatalf("status %d with %s is not described, only %v", answer.StatusCode, kind, slices.Collect(maps.Keys(content)))
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "application/json" {
		return
	}
	if d.at(append(place, "$ref")...) != nil || answer.StatusCode >= 400 {
		place = []string{"components", "schemas", "Error"}
	} else {
		place = append(place, "content", kind, "schema")
	}
	if err := d.check(t, string(raw), place...); err != nil {
		t.Errorf("%s\n%v", raw, err)
	}
}

// TestEventsAreAsDescribed holds frames of the stream against the schema of an event.
func TestEventsAreAsDescribed(t *testing.T) {
	d := describe(t)
	k := newCounter()
	k.view = richView()
	_, s := fullDesk(t, k, book{})
	conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/v1/events?heard=1&token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if d.at("paths", "/v1/events", "get", "responses", strconv.Itoa(answer.StatusCode)) == nil {
		t.Errorf("status %d is not described", answer.StatusCode)
	}
	h := desk.Hear("283456789012345678", "scanner", voucher.DefaultPayments(), noon)
	for n := range 3 {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 { // the view has come: from now on the stream listens
			k.tell(desk.Event{Type: desk.AnswerEvent, Answer: k.view.Last})
			k.tell(desk.Event{Type: desk.HeardEvent, Heard: &h})
		}
		if err := d.check(t, string(raw), "components", "schemas", "Event"); err != nil {
			t.Errorf("%s\n%v", raw, err)
		}
	}
	for _, bad := range []string{`{"type":"view"}`, `{"type":"answer","answer":{}}`, `{"type":"noise"}`, `{"type":"heard","heard":{"device":"a"}}`} {
		if d.check(t, bad, "components", "schemas", "Event") == nil {
			t.Errorf("the description would let %s pass", bad)
		}
	}
}

// richView has every field that a view can have.
func richView() desk.View {
	at := noon
	a := standing("T000001-1-1", voucher.Provisional)
	return desk.View{Terminal: "T000001", Merchant: "芦山惠民超市", Campaign: voucher.Text{Zh: "冬日送暖", En: "Winter"}, Zone: "Asia/Shanghai",
		Hub: desk.Hub{Online: true, Since: at}, Scanners: []desk.Scanner{{Name: "/dev/ttyUSB0", Problem: voucher.Text{Zh: "拔了", En: "unplugged"}}},
		Devices: []desk.Device{{Kind: desk.PrinterDevice, Name: "/dev/usb/lp0", Connected: true}},
		Queued:  3, Oldest: &at, Lease: desk.Lease{Count: 2, Sum: 2000, Until: &at}, Bill: desk.Bill{Fen: 5800, Source: "pos"}, Busy: true,
		Warnings: []desk.Warning{desk.NewWarning(desk.WarnHubSilent, "", at)}, Last: &a, Version: "test", Practice: true, Settings: desk.DefaultSettings(),
		Accepted: &desk.Accepted{Record: "T000001-1-44", Technician: "王工", Lane: "T000001-1-42", At: at, State: "acked", Hub: &at},
		Lane:     &desk.Lane{State: desk.LaneRunning, Steps: []desk.LaneStep{desk.LaneStep{Name: desk.LaneCode, State: desk.LaneDone, MS: 12, At: &at}.Say(desk.LaneDetails{})}, Begun: &at, Until: &at}}
}

// TestTheDescriptionHasTheDesksLimits: of settings and PIN, as the desk takes them.
func TestTheDescriptionHasTheDesksLimits(t *testing.T) {
	for what, times := range map[string]int{
		fmt.Sprintf(`"pattern": "^[0-9]{%d,%d}$"`, desk.MinPIN, desk.MaxPIN):                                             1,
		fmt.Sprintf(`"volume": {"type": "integer", "minimum": 0, "maximum": %d}`, desk.MaxVolume):                        2,
		fmt.Sprintf(`"text_size": {"type": "integer", "minimum": %d, "maximum": %d`, desk.MinTextSize, desk.MaxTextSize): 2,
	} {
		if n := strings.Count(string(desk.Description), what); n != times {
			t.Errorf("%s stands %d times in the description, want %d", what, n, times)
		}
	}
}
