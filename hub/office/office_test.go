package office_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// served is a hub that serves its folder until the test ends.
func served(t *testing.T, dir string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	o, err := office.Open(ctx, dir, office.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- o.Ledger.Run(ctx) }()
	if err := o.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	ln, err := office.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	go func() { ended <- o.Serve(ctx, ln, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	t.Cleanup(func() {
		stop()
		<-ended
		<-ended
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
}

func ask[Out any](t *testing.T, dir, name string, in any) (Out, *office.Refusal) {
	t.Helper()
	var out Out
	raw, err := office.Ask(context.Background(), dir, name, in)
	if no := (*office.Refusal)(nil); errors.As(err, &no) {
		return out, no
	}
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out, nil
}

// must is ask for what has to be granted.
func must[Out any](t *testing.T, dir, name string, in any) Out {
	t.Helper()
	out, no := ask[Out](t, dir, name, in)
	if no != nil {
		t.Fatalf("%s: %s", name, no.Text.En)
	}
	return out
}

func campaign(t *testing.T, start time.Time) office.ApplyCampaign {
	t.Helper()
	data, err := os.ReadFile("../../packaging/hexiao-hub/lushan.toml")
	if err != nil {
		t.Fatal(err)
	}
	return office.ApplyCampaign{File: office.File{Name: "lushan.toml", Data: data}, Start: start.Format(time.RFC3339)}
}

const list = "code,name,trade,township,uscc,lat,lon,open,close,status\nM1,店,supermarket,镇,,,,,,active\nM2,站,fuel,镇,,,,,,active\n"

// TestTheSameThroughTheSocketAndAlone plays a morning at the office both ways.
func TestTheSameThroughTheSocketAndAlone(t *testing.T) {
	for _, way := range []string{"alone", "through the socket", "through the socket of a deep folder"} {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			if strings.HasSuffix(way, "folder") {
				dir = filepath.Join(dir, strings.Repeat("deep/", 25))
			}
			if way != "alone" {
				served(t, dir)
			}
			morning(t, dir)
		})
	}
}

func morning(t *testing.T, dir string) {
	if _, no := ask[office.Campaign](t, dir, "campaign.show", office.None{}); no == nil || no.Code != "no_campaign" && no.Code != "no_hub" {
		t.Fatalf("a campaign before one was applied: %+v", no)
	}
	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	if a := must[office.Applied](t, dir, "campaign.apply", campaign(t, start)); !a.Changed || a.Revision != 1 || !a.Phases[0].Start.Equal(start) {
		t.Fatalf("%+v", a)
	}
	if a := must[office.Applied](t, dir, "campaign.apply", campaign(t, start)); a.Changed {
		t.Fatal("the same campaign again changed something")
	}
	if i := must[office.Imported](t, dir, "merchant.import", office.File{Name: "m.csv", Data: []byte(list)}); i.Added != 2 {
		t.Fatalf("%+v", i)
	}
	token := must[office.Token](t, dir, "terminal.token", office.WantToken{Merchant: "M1"})
	if _, err := wire.ParseToken(token.Token); err != nil || time.Until(token.Expires) > 24*time.Hour {
		t.Fatalf("%v, good until %s", err, token.Expires)
	}
	rows := must[[]office.Voucher](t, dir, "voucher.issue", office.WantVouchers{Tier: "supermarket-10", Count: 7})
	for _, v := range rows {
		code, err := voucher.ParseCode(v.Code)
		if err != nil || code.Body.Serial.String() != v.ID || v.Face != 10_00 || v.Threshold != 50_00 || !v.ValidFrom.Equal(start) {
			t.Fatalf("%+v %v", v, err)
		}
	}
	for _, name := range []string{rows[0].ID, rows[0].Code, strings.ToLower(rows[0].Code)} {
		if v := must[store.VoucherRow](t, dir, "voucher.show", office.Named{ID: name}); v.ID != rows[0].ID || v.State != "issued" {
			t.Fatalf("%+v", v)
		}
	}
	c := must[office.Campaign](t, dir, "campaign.show", office.None{})
	if c.Phase != 1 || c.Pools[0].Issued != 7 || c.Pools[0].Outstanding != 7 || c.Budget != 1_000_000_00 {
		t.Fatalf("%+v", c)
	}
	must[voucher.Merchant](t, dir, "merchant.suspend", office.Suspension{Code: "M1", Reason: "test"})
	all := must[[]store.MerchantRow](t, dir, "merchant.list", office.None{})
	if len(all) != 2 || all[0].Status != voucher.MerchantSuspended || all[0].Reason != "test" {
		t.Fatalf("%+v", all)
	}
	must[voucher.Merchant](t, dir, "merchant.resume", office.Suspension{Code: "M1"})
	if n := must[[]office.Terminal](t, dir, "terminal.list", office.None{}); len(n) != 0 {
		t.Fatalf("%+v", n)
	}
}

func TestRefusalsNameThePlaceAndChangeNothing(t *testing.T) {
	dir := t.TempDir()
	served(t, dir)
	start := time.Now().Add(-time.Hour)
	must[office.Applied](t, dir, "campaign.apply", campaign(t, start))
	must[office.Imported](t, dir, "merchant.import", office.File{Name: "m.csv", Data: []byte(list)})
	must[[]office.Voucher](t, dir, "voucher.issue", office.WantVouchers{Tier: "dining-50", Count: 1, Person: "li"})
	before := must[office.Campaign](t, dir, "campaign.show", office.None{})
	broken := campaign(t, start)
	broken.Data = []byte(strings.Replace(string(broken.Data), "stock_at", "stok_at", 1))
	for _, c := range []struct {
		name, operation string
		in              any
		code, said      string
	}{
		{"an unknown key", "campaign.apply", broken, "bad_file", "lushan.toml:"},
		{"a start that is no time", "campaign.apply", office.ApplyCampaign{File: campaign(t, start).File, Start: "tomorrow"}, "bad_request", "RFC 3339"},
		{"a bad trade", "merchant.import", office.File{Name: "m.csv", Data: []byte(strings.Replace(list, "fuel", "casino", 1))}, "bad_file", "m.csv:3"},
		{"a token for nobody", "terminal.token", office.WantToken{Merchant: "M9"}, "unknown_merchant", "M9"},
		{"a tier that is not there", "voucher.issue", office.WantVouchers{Tier: "dining-51", Count: 1}, "unknown_voucher", "dining-51"},
		{"more than is left, though a part would fit", "voucher.issue", office.WantVouchers{Tier: "supermarket-20", Count: 7001}, "out_of_stock", "7000"},
		{"none at all", "voucher.issue", office.WantVouchers{Tier: "supermarket-20"}, "bad_request", "100000"},
		{"a person who has one of the trade", "voucher.issue", office.WantVouchers{Tier: "dining-10", Count: 1, Person: "li"}, "person_limit", "person"},
		{"a phase that is not there", "voucher.issue", office.WantVouchers{Tier: "dining-10", Count: 1, Phase: 3}, "unknown_voucher", "3"},
		{"a suspension without a reason", "merchant.suspend", office.Suspension{Code: "M1"}, "bad_request", "--reason"},
		{"a voucher never issued", "voucher.show", office.Named{ID: "00000000000000ff"}, "not_found", "00000000000000ff"},
		{"no voucher's ID", "voucher.show", office.Named{ID: "x"}, "bad_request", "16"},
		{"an unknown terminal", "terminal.show", office.Named{ID: "T9"}, "unknown_terminal", "T9"},
		{"an unknown case", "case.show", office.Named{ID: "9"}, "not_found", "9"},
		{"an unknown field", "merchant.show", map[string]string{"name": "M1"}, "bad_request", "name"},
		{"an unknown operation", "money.print", office.None{}, "bad_request", "money.print"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, no := ask[json.RawMessage](t, dir, c.operation, c.in)
			if no == nil || no.Code != c.code || !strings.Contains(no.Text.En, c.said) || no.Text.Zh == "" || no.Text.Zh == no.Text.En {
				t.Fatalf("%+v, want %s naming %q", no, c.code, c.said)
			}
		})
	}
	after := must[office.Campaign](t, dir, "campaign.show", office.None{})
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if string(a) != string(b) {
		t.Fatalf("a refusal changed the stock:\n%s\n%s", a, b)
	}
}

func TestAFolderHasOneHub(t *testing.T) {
	dir := t.TempDir()
	served(t, dir)
	if _, err := office.Open(context.Background(), dir, office.Settings{}); !errors.Is(err, book.ErrLocked) {
		t.Fatal(err)
	}
}

func TestKeysOfAnotherHubAreNoticed(t *testing.T) {
	dir := t.TempDir()
	if _, no := ask[office.None](t, dir, "merchant.list", office.None{}); no == nil || no.Code != "no_hub" {
		t.Fatalf("a hub was made by looking for one: %+v", no)
	}
	must[office.Imported](t, dir, "merchant.import", office.File{Name: "m.csv", Data: []byte(list)})
	if err := os.RemoveAll(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	_, no := ask[office.None](t, dir, "merchant.list", office.None{})
	if no == nil || no.Code != "other_hub" {
		t.Fatalf("a book with new keys was served: %+v", no)
	}
}

func TestPersonsAreKeyedHashes(t *testing.T) {
	dir := t.TempDir()
	must[office.Applied](t, dir, "campaign.apply", campaign(t, time.Now().Add(-time.Hour)))
	must[[]office.Voucher](t, dir, "voucher.issue", office.WantVouchers{Tier: "dining-50", Count: 1, Person: "13800138000"})
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "13800138000") {
			t.Errorf("%s holds what was said of the holder, in clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.Open(context.Background(), dir, office.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	found := false
	err = o.Book.Read(context.Background(), 0, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		found = found || err == nil && entry.Issued != nil && len(entry.Issued.Person) == 32
		return err
	})
	if err != nil || !found {
		t.Fatalf("the book has no hash of the person (%v)", err)
	}
}
