package drivers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"hexiao/drivers"
)

func TestScanHidesItsText(t *testing.T) {
	secret := "HX1SECRETSECRETSECRETWXYZ"
	scan := drivers.Scan{Device: "counter", Text: secret, Symbology: "]Q1", At: noon}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("scan", "scan", scan)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("scan", "scan", scan, "inside", struct{ Scan drivers.Scan }{scan})
	marshalled, err := json.Marshal(scan)
	if err != nil {
		t.Fatal(err)
	}
	for where, out := range map[string]string{
		"text log": text.String(), "JSON log": js.String(), "JSON": string(marshalled),
		"%v": fmt.Sprintf("%v", scan), "%+v": fmt.Sprintf("%+v", scan), "%#v": fmt.Sprintf("%#v", scan), "%s": fmt.Sprintf("%s", scan),
		"%q": fmt.Sprintf("%q", &scan), "%d": fmt.Sprintf("%d", []drivers.Scan{scan}),
	} {
		if strings.Contains(out, "SECRET") || strings.Contains(out, "1SE") {
			t.Errorf("%s shows the code: %s", where, out)
		}
		if !strings.Contains(out, "counter") {
			t.Errorf("%s does not name the device: %s", where, out)
		}
	}
}

func TestScanMasked(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"6901234":            "*******",
		"12345678901":        "***********",
		"HX1AAAAAAAAAWXYZ":   "HX***WXYZ",
		"283456789012345678": "28***5678",
		"芦山消费券满一百元减二十元": "芦山***减二十元",
	} {
		if got := (drivers.Scan{Text: text}).Masked(); got != want {
			t.Errorf("masked %q is %q, want %q", text, got, want)
		}
	}
}
