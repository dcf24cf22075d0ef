package packaging

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"hexiao/hub/voucher"
)

// TestThePagesColoursAreTheWindows: written twice, because neither face knows the other.
func TestThePagesColoursAreTheWindows(t *testing.T) {
	css := text(t, "../agent/desk/page/page.css")
	names := map[string]string{"idle": "body", "offline": ".offline"}
	found := 0
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+) += palette\{(.*)\}$`).FindAllStringSubmatch(text(t, "../ui/cashier/palette.go"), -1) {
		found++
		name := names[m[1]]
		if name == "" {
			name = "." + m[1]
		}
		var colours []any
		for _, c := range regexp.MustCompile(`0x([0-9a-f]{6})`).FindAllStringSubmatch(m[2], -1) {
			colours = append(colours, "#"+c[1])
		}
		want := fmt.Sprintf("\n%s { --ground: %s; --bar: %s; --card: %s; --press: %s; --ink: %s; --soft: %s; --ghost: %s;", append([]any{name}, colours...)...)
		if !strings.Contains(css, want) {
			t.Errorf("page.css lacks%s", want)
		}
	}
	if found != 8 {
		t.Errorf("%d palettes were found in the window", found)
	}
}

// TestTheLargestBillIsTheLaws: entry.js knows it as a number of its own.
func TestTheLargestBillIsTheLaws(t *testing.T) {
	if want := fmt.Sprintf("export const MAX_FEN = %d;", voucher.MaxBill); !strings.Contains(text(t, "../agent/desk/page/entry.js"), want) {
		t.Errorf("entry.js lacks %q", want)
	}
}

// TestTheDescriptionKnowsTheJournalsStates: the desk may not ask the journal, so nothing else holds the two together.
func TestTheDescriptionKnowsTheJournalsStates(t *testing.T) {
	_, states, _ := strings.Cut(text(t, "../agent/journal/sale.go"), "func (s Sale) State() string {")
	states, _, _ = strings.Cut(states, "\n}\n")
	ours := map[string]bool{}
	for _, m := range regexp.MustCompile(`return "(\w+)"`).FindAllStringSubmatch(states, -1) {
		ours[m[1]] = true
	}
	var described struct {
		Components struct {
			Schemas struct{ State struct{ Enum []string } }
		}
	}
	check(t, json.Unmarshal([]byte(text(t, "../agent/desk/openapi.json")), &described))
	for _, s := range described.Components.Schemas.State.Enum {
		if !ours[s] {
			t.Errorf("the journal has no state %q", s)
		}
		delete(ours, s)
	}
	if len(ours) > 0 {
		t.Errorf("not described: %v", ours)
	}
}

// TestThePageLoadsNothingFromElsewhere reads the page's files for addresses.
func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	entries, err := os.ReadDir("../agent/desk/page")
	check(t, err)
	for _, e := range entries {
		for _, address := range regexp.MustCompile(`(?:https?:)?//[a-z0-9][a-z0-9.-]*\.[a-z]{2,}[^\s"']*`).FindAllString(text(t, "../agent/desk/page/"+e.Name()), -1) {
			if address != "http://www.w3.org/2000/svg" { // the name of a language, which nobody fetches
				t.Errorf("%s speaks of %s", e.Name(), address)
			}
		}
		if strings.Contains(text(t, "../agent/desk/page/"+e.Name()), "innerHTML") {
			t.Errorf("%s makes markup of text", e.Name())
		}
	}
}
