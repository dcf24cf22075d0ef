package desk_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// bench stands in for the PC's devices; what is not to be written begins with its reason.
type bench struct{ now desk.DeviceSetup }

func (b *bench) Setup(context.Context) (desk.Setup, error) {
	return desk.Setup{DeviceSetup: b.now, File: "/etc/hexiao-agent/agent.toml", Fixed: voucher.Text{Zh: "固定", En: "fixed"}, Restart: true, Found: []desk.Found{
		{Kind: "serial", Address: "usb:0C2E:0B61", Path: "/dev/ttyACM0", Name: "1950g", InUseBy: "pos (4)", SetUp: "左", Likely: true}}}, nil
}

func (b *bench) SetUp(ctx context.Context, change func(*desk.DeviceSetup)) (desk.Setup, error) {
	next := b.now
	change(&next)
	for _, s := range next.Scanners {
		switch s.Path {
		case "refused":
			return desk.Setup{}, &desk.Error{Status: http.StatusBadRequest, Text: voucher.Text{Zh: "不行", En: "no"}}
		case "fixed":
			return desk.Setup{}, &desk.Error{Status: http.StatusConflict, Text: voucher.Text{Zh: "固定", En: "fixed"}}
		}
	}
	b.now = next
	return b.Setup(ctx)
}

func checked(context.Context) []desk.Finding {
	return []desk.Finding{{Check: "disk", State: desk.Bad, Text: voucher.Text{Zh: "满了", En: "full"}, Next: voucher.Text{Zh: "请清理", En: "free some"}},
		{Check: "clock", State: desk.Fine, Text: voucher.Text{Zh: "对", En: "right"}}}
}

func TestDevicesAreSetUpThroughTheClient(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	c := desk.NewClient(s.URL, token)
	want := desk.DeviceSetup{
		Scanners: []desk.ScannerSetup{{Kind: "evdev", Path: "usb:0C2E:0B61", Name: "左"}, {Path: "COM3", Mode: "9600 8N1"}},
		PassOn:   &desk.PassOnSetup{To: "COM7", Mode: "9600 8N1", End: "none"},
		Display:  &desk.DisplaySetup{From: "COM4", To: "COM5", Mode: "2400 8N1", Kind: "led8n"},
		Printer:  &desk.PrinterSetup{To: "/dev/usb/lp0", Width: 48, Lang: "zh", Each: true},
	}
	now, err := c.SetUp(t.Context(), thePIN, want)
	if err != nil || !reflect.DeepEqual(now.DeviceSetup, want) {
		t.Fatalf("%+v, %v", now.DeviceSetup, err)
	}
	if got, err := c.Setup(t.Context()); err != nil || !reflect.DeepEqual(got, now) || len(got.Found) != 1 || !got.Restart || got.Fixed.Zh == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if now, err = c.SetUp(t.Context(), thePIN, desk.DeviceSetup{}); err != nil || len(now.Scanners) > 0 || now.PassOn != nil || now.Display != nil || now.Printer != nil {
		t.Errorf("nothing set up any more: %+v, %v", now.DeviceSetup, err)
	}
	if _, err := c.SetUp(t.Context(), "999999", want); status(err) != http.StatusForbidden {
		t.Errorf("with a wrong PIN: %v", err)
	}
	if got, err := c.Setup(t.Context()); err != nil || len(got.Scanners) > 0 {
		t.Errorf("after a wrong PIN: %+v, %v", got.DeviceSetup, err)
	}
}

func TestPartsThatAreNotGivenStay(t *testing.T) {
	k := newCounter()
	_, s := fullDesk(t, k, book{})
	for _, body := range []string{`"scanners":[{"path":"COM3"}],"printer":{"to":"COM4"}`, `"display":{"from":"COM5"}`, `"printer":null`} {
		if a := send(t, asked{method: "PUT", target: "/v1/setup", body: `{"pin":"` + thePIN + `",` + body + `}`}, s.URL); a.StatusCode != 200 {
			t.Fatalf("%s: %d", body, a.StatusCode)
		}
	}
	got, err := desk.NewClient(s.URL, token).Setup(t.Context())
	if err != nil || len(got.Scanners) != 1 || got.Scanners[0].Path != "COM3" || got.Display == nil || got.Printer != nil {
		t.Errorf("%+v, %v", got.DeviceSetup, err)
	}
}

// TestAMistakeInAPartIsNamedWithItsPlace: in a list it is not enough to say that a field is missing.
func TestAMistakeInAPartIsNamedWithItsPlace(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	c := desk.NewClient(s.URL, token)
	for body, place := range map[string]string{
		`"scanners":[{"path":"a"},{"name":"b"}]`: "scanners[1]", `"printer":{"to":1}`: "printer", `"display":{}`: "display", `"pass_on":{"to":"type","x":1}`: "pass_on",
	} {
		err := c.Raw(t.Context(), "PUT", "/v1/setup", `{"pin":"`+thePIN+`",`+body+`}`)
		e, ok := err.(*desk.Error)
		if !ok || e.Status != http.StatusBadRequest || !strings.HasPrefix(e.Text.Zh, place) || !strings.HasPrefix(e.Text.En, place) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestThePCIsCheckedThroughTheClient(t *testing.T) {
	_, s := fullDesk(t, newCounter(), book{})
	found, err := desk.NewClient(s.URL, token).Doctor(t.Context())
	if err != nil || !reflect.DeepEqual(found, checked(t.Context())) {
		t.Errorf("%+v, %v", found, err)
	}
}
