package desk_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"hexiao/agent/desk"
)

func noToken(r *http.Request) { r.Header.Del("Authorization") }

func TestWhatNeedsNoToken(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	for _, c := range []struct {
		name, method, path string
		status             int
	}{
		{"the page", "GET", "/", 200},
		{"the page's head", "HEAD", "/", 200},
		{"a file of it", "GET", "/page/keys.js", 200},
		{"a picture of it", "GET", "/page/icon.svg", 200},
		{"the description", "GET", "/openapi.json", 200},
		{"a file that is not there", "GET", "/page/server.go", 404},
		{"a folder", "GET", "/page/", 404},
		{"a path that climbs", "GET", "/page/..%2fserver.go", 401},
		{"a deeper path", "GET", "/page/a/b", 401},
		{"writing to the page", "POST", "/", 401},
		{"the status", "GET", "/v1/status", 401},
		{"a slip", "GET", "/v1/redemptions/T000001-1-1/slip", 401},
		{"something near the page", "GET", "/pages", 401},
		{"something below the description", "GET", "/openapi.json/x", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, body := do(t, c.method, s.URL+c.path, "", noToken); status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, body)
			}
		})
	}
}

// TestEveryIconIsDrawn looks up what the page's files ask for among the drawings.
func TestEveryIconIsDrawn(t *testing.T) {
	html := desk.PageFile("index.html")
	asked := 0
	for _, file := range []string{"sale.js", "frame.js", "list.js", "shift.js", "practice.js", "settings.js", "steps.js", "main.js"} {
		for _, m := range regexp.MustCompile(`(?:icon|big|notice|line)\("(\w+)"|(?:final|provisional|disputed|refused|reversed|voided|waiting): "(\w+)"`).FindAllStringSubmatch(desk.PageFile(file), -1) {
			asked++
			if name := m[1] + m[2]; !strings.Contains(html, `id="i-`+name+`"`) {
				t.Errorf("%s asks for the icon %s, which is not drawn", file, name)
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d icons were found", asked)
	}
}

// TestSharedWordsAreWhole reads the module that bears the words of ui: each answer and state in both languages.
func TestSharedWordsAreWhole(t *testing.T) {
	module := desk.PageFile("shared.js")
	var shared struct {
		Titles, States, Risk, Gone map[string]map[string]string
		Limits                     map[string]int
		Practise                   map[string]string
	}
	raw := strings.TrimSuffix(strings.TrimPrefix(module, "export default "), ";\n")
	if err := json.Unmarshal([]byte(raw), &shared); err != nil {
		t.Fatal(err)
	}
	for _, a := range desk.Answers {
		if shared.Titles[string(a)] == nil {
			t.Errorf("%s has no title", a)
		}
	}
	for _, s := range desk.LineStates {
		if shared.States[s] == nil {
			t.Errorf("%s has no word", s)
		}
	}
	for _, words := range []map[string]map[string]string{shared.Titles, shared.States, shared.Risk, shared.Gone} {
		for name, w := range words {
			if w["zh"] == "" || w["en"] == "" || w["zh"] == w["en"] {
				t.Errorf("%s is said as %v", name, w)
			}
		}
	}
	if l := shared.Limits; l["minPIN"] != desk.MinPIN || l["maxPIN"] != desk.MaxPIN || l["minTextSize"] != desk.MinTextSize || l["maxTextSize"] != desk.MaxTextSize || l["maxVolume"] != desk.MaxVolume {
		t.Errorf("limits are %v", l)
	}
	want := map[string]string{"good": "HXPRACTICE-GOOD", "offline": "HXPRACTICE-OFFLINE", "used": "HXPRACTICE-USED", "expired": "HXPRACTICE-EXPIRED", "damaged": "HXPRACTICE-DAMAGED"}
	if !maps.Equal(shared.Practise, want) {
		t.Errorf("practice codes are %v", shared.Practise)
	}
}

// TestThePageItselfSaysNothingInOneLanguageOnly: each pair of words in words.js has both, and the Chinese one is Chinese.
func TestThePageItselfSaysNothingInOneLanguageOnly(t *testing.T) {
	pairs := regexp.MustCompile(`\bt\("([^"]*)",\s*"([^"]*)"\)`).FindAllStringSubmatch(desk.PageFile("words.js"), -1)
	if want := strings.Count(desk.PageFile("words.js"), " t("); len(pairs) != want || want < 80 {
		t.Errorf("%d of %d pairs could be read", len(pairs), want)
	}
	for _, p := range pairs {
		if p[1] == "" || p[2] == "" || p[1] == p[2] {
			t.Errorf("%q and %q", p[1], p[2])
		}
	}
}
