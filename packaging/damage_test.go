package packaging

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// harm is what befalls a file while its program is stopped.
type harm struct {
	kind string
	do   func(raw []byte, at int) []byte
}

var harms = []harm{
	{"a flipped bit", func(raw []byte, at int) []byte { raw[at] ^= 1 << (at % 8); return raw }},
	{"a byte of zeros", func(raw []byte, at int) []byte { raw[at] = 0; return raw }},
	{"512 bytes of zeros", func(raw []byte, at int) []byte { clear(raw[at:min(at+512, len(raw))]); return raw }},
	{"cut off", func(raw []byte, at int) []byte { return raw[:at] }},
}

// folder is all files of a folder, by their path inside it.
type folder map[string][]byte

func readFolder(t *testing.T, dir string) folder {
	t.Helper()
	all := folder{}
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[name], err = os.ReadFile(path)
		return err
	}))
	return all
}

// write makes a folder what it was.
func (f folder) write(t *testing.T, dir string) {
	t.Helper()
	check(t, os.RemoveAll(dir))
	for name, raw := range f {
		check(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		check(t, os.WriteFile(filepath.Join(dir, name), raw, 0o600))
	}
}

// traded is a hub and a till after a day of real sales, both stopped.
type traded struct {
	stage    *stage.Stage
	hub      *stage.Hub
	till     *stage.Till
	shown    []desk.Answer
	campaign []byte // what `campaign show` says
}

// trade sells n vouchers at a real till.
func trade(ctx context.Context, t *testing.T, n int) *traded {
	t.Helper()
	d := &traded{stage: &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}}
	var err error
	d.hub, err = d.stage.StartHub()
	check(t, err)
	t.Cleanup(func() { d.hub.Kill() })
	check(t, d.hub.Begin(ctx, "testdata/large.toml", "hexiao-hub/merchants-sample.csv"))
	issued, err := d.hub.Issue(ctx, "supermarket-10", n, "")
	check(t, err)
	d.till, err = d.stage.EnrolAt(ctx, d.hub, d.hub.Address, "till", "M0001")
	check(t, err)
	check(t, d.till.Run())
	t.Cleanup(func() { d.till.Kill() })
	until(ctx, t, "the hub", func() bool {
		v, err := d.till.Desk.Status(ctx)
		return err == nil && v.Hub.Online && v.Merchant != ""
	})
	for _, v := range issued {
		a, err := d.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: v.Code})
		if err != nil || a.Answer != voucher.Final {
			t.Fatalf("%s %s, %v", a.Answer, a.Reason, err)
		}
		d.shown = append(d.shown, a)
	}
	d.campaign, err = d.hub.Do(ctx, "campaign", "show", "--json")
	check(t, err)
	check(t, d.till.Stop())
	check(t, d.hub.Stop())
	return d
}

// TestADamagedHubIsNotServed damages the files of a real hub that was ended in order, each at many places. Either it does
// not start, names the file and the cure, and leaves all as it is; or it starts and knows everything.
func TestADamagedHubIsNotServed(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	d := trade(ctx, t, 40)
	good := readFolder(t, d.hub.Data())
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	refused, served := 0, 0
	for name, raw := range good {
		used := len(bytes.TrimRight(raw, "\x00"))
		if used == 0 {
			continue // a lock, or a segment of the book that is prepared
		}
		for _, h := range harms {
			for range size(60, 3) {
				at := r.IntN(used)
				bad := h.do(slices.Clone(raw), at)
				if bytes.Equal(bad, raw) {
					continue
				}
				good.write(t, d.hub.Data())
				check(t, os.WriteFile(filepath.Join(d.hub.Data(), name), bad, 0o600))
				what := fmt.Sprintf("%s with %s at %d of %d", name, h.kind, at, used)
				if d.serves(ctx, t, what, name) {
					served++
				} else {
					refused++
				}
			}
		}
	}
	t.Logf("figures: damaged files of a hub: %d times it refused and named the file, %d times it started and knew everything", refused, served)
	if refused == 0 {
		t.Error("no damage was refused")
	}
}

// serves tells whether the hub starts on what its folder now holds.
func (d *traded) serves(ctx context.Context, t *testing.T, what, name string) bool {
	t.Helper()
	before := readFolder(t, d.hub.Data())
	check(t, d.hub.Launch())
	err := d.hub.Await()
	if err == nil {
		d.knows(ctx, t, what, name != "views.db")
		if err := d.hub.Stop(); err != nil {
			t.Errorf("%s: it ended with %v", what, err)
		}
		return true
	}
	if err := d.hub.Stop(); err == nil || err.Error() != "exit status 1" {
		t.Errorf("%s: it ended with %v", what, err)
	}
	said := lastLine(err.Error())
	if !strings.HasPrefix(said, "hexiao-hub: ") || !strings.Contains(said, filepath.Base(name)) || !chinese(said) {
		t.Errorf("%s: it said %q", what, said)
	}
	for file, raw := range readFolder(t, d.hub.Data()) {
		if !bytes.Equal(raw, before[file]) && !strings.HasPrefix(file, "views.db") {
			t.Errorf("%s: %s was changed", what, file)
		}
	}
	return false
}

// knows compares the hub with what was sold: the ledger, and the views unless it was they that were damaged. They are not
// the truth and have no checksum: a byte that changed in a value of theirs shows until they are made anew.
func (d *traded) knows(ctx context.Context, t *testing.T, what string, views bool) {
	t.Helper()
	if now, err := d.hub.Do(ctx, "campaign", "show", "--json"); err != nil || !bytes.Equal(now, d.campaign) {
		t.Errorf("%s: the hub starts, and the campaign is %s, not %s (%v)", what, now, d.campaign, err)
	}
	if !views {
		return
	}
	var ids []string
	for _, a := range d.shown {
		ids = append(ids, a.Voucher)
	}
	have, err := d.hub.Standings(ctx, ids)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, a := range d.shown {
		if s := have[a.Voucher]; s.State != "redeemed" || s.Redemption != a.Redemption {
			t.Errorf("%s: the hub starts, and voucher %s is %s by %q", what, a.Voucher, s.State, s.Redemption)
		}
	}
}

func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}

// chinese tells whether a sentence has Chinese in it.
func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
}
