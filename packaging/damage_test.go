package packaging

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
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
	more     []stage.Voucher // that nobody has used
	shown    []desk.Answer
	campaign []byte // what `campaign show` says
}

// trade sells vouchers at a real till: some with the hub, then some without, which the hub has not heard of.
func trade(ctx context.Context, t *testing.T, online, offline int) *traded {
	t.Helper()
	d := &traded{stage: &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}}
	var err error
	d.hub, err = d.stage.StartHub()
	check(t, err)
	t.Cleanup(func() { d.hub.Kill() })
	check(t, d.hub.Begin(ctx, "testdata/large.toml", "hexiao-hub/merchants-sample.csv"))
	issued, err := d.hub.Issue(ctx, "supermarket-10", online+offline+1, "")
	check(t, err)
	d.till, err = d.stage.EnrolAt(ctx, d.hub, d.hub.Address, "till", "M0001")
	check(t, err)
	patient(t, d.till, "10s")
	check(t, d.till.Run())
	t.Cleanup(func() { d.till.Kill() })
	d.view(ctx, t, "the hub", func(v desk.View) bool { return v.Hub.Online && v.Merchant != "" })
	d.sell(ctx, t, issued[:online], voucher.Final)
	d.view(ctx, t, "a lease", func(v desk.View) bool { return v.Lease.Count >= uint64(offline) })
	d.campaign, err = d.stock(ctx)
	check(t, err)
	check(t, d.hub.Stop())
	d.view(ctx, t, "the line to be down", func(v desk.View) bool { return !v.Hub.Online })
	d.sell(ctx, t, issued[online:online+offline], voucher.Provisional)
	check(t, d.till.Stop())
	d.more = issued[online+offline:]
	return d
}

// openCases come and go with what the cash-out detector thinks of such a day.
var openCases = regexp.MustCompile(`"open_cases":\d+`)

// stock is what `campaign show` says.
func (d *traded) stock(ctx context.Context) ([]byte, error) {
	out, err := d.hub.Do(ctx, "campaign", "show", "--json")
	return openCases.ReplaceAll(out, nil), err
}

func (d *traded) view(ctx context.Context, t *testing.T, what string, wanted func(desk.View) bool) {
	t.Helper()
	until(ctx, t, what, func() bool {
		v, err := d.till.Desk.Status(ctx)
		return err == nil && wanted(v)
	})
}

func (d *traded) sell(ctx context.Context, t *testing.T, vouchers []stage.Voucher, want voucher.Answer) {
	t.Helper()
	for _, v := range vouchers {
		a, err := d.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: v.Code})
		if err != nil || a.Answer != want {
			t.Fatalf("%s %s, %v", a.Answer, a.Reason, err)
		}
		d.shown = append(d.shown, a)
	}
}

// beside lets the full run of a test that mostly waits for programs go beside others.
func beside(t *testing.T) {
	t.Helper()
	if proving() {
		t.Parallel()
	}
}

// TestADamagedHubIsNotServed damages the files of a real hub that was ended in order, each at many places. Either it does
// not start, names the file and the cure, and leaves all as it is; or it starts and knows everything.
func TestADamagedHubIsNotServed(t *testing.T) {
	beside(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	d := trade(ctx, t, 40, 0)
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
		if now, err := d.stock(ctx); err != nil || !bytes.Equal(now, d.campaign) {
			t.Errorf("%s: the hub starts, and the campaign is %s, not %s (%v)", what, now, d.campaign, err)
		}
		if name != "views.db" { // they are not the truth and have no checksum: a changed byte shows until they are made anew
			d.knows(ctx, t, what)
		}
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

// knows looks for every acceptance that was shown.
func (d *traded) knows(ctx context.Context, t *testing.T, what string) {
	t.Helper()
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
			t.Errorf("%s: it starts, and voucher %s is %s by %q", what, a.Voucher, s.State, s.Redemption)
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

// TestADamagedTillLosesNothing damages the files of a real agent that was ended in order with sales that the hub has not
// heard of, one file at a time, each at many places. Either it does not start, names file or folder and the cure, and keeps
// all bytes; or it starts, and everything that was shown is in the ledger when it has met the hub. In either case what it
// then shows is true.
func TestADamagedTillLosesNothing(t *testing.T) {
	beside(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	d := trade(ctx, t, 20, 10)
	goodHub, good := readFolder(t, d.hub.Data()), readFolder(t, d.till.Data())
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	count := map[string]int{}
	for name, raw := range good {
		for _, h := range harms {
			for range size(25, 2) {
				if len(raw) == 0 || name == "agent.toml" { // a lock; settings, which a person writes and whose mistakes are named
					continue
				}
				at := r.IntN(len(raw))
				bad := h.do(slices.Clone(raw), at)
				if bytes.Equal(bad, raw) {
					continue
				}
				goodHub.write(t, d.hub.Data())
				good.write(t, d.till.Data())
				check(t, os.WriteFile(filepath.Join(d.till.Data(), name), bad, 0o600))
				check(t, d.hub.Again())
				count[d.recovers(ctx, t, fmt.Sprintf("%s with %s at %d of %d", name, h.kind, at, len(raw)), name)]++
				d.hub.Kill()
			}
		}
	}
	t.Logf("figures: damaged files of a till, nothing lost: %v", count)
}

// recovers starts the agent on what its folder now holds, and says what it does.
func (d *traded) recovers(ctx context.Context, t *testing.T, what, name string) string {
	t.Helper()
	before := readFolder(t, d.till.Data())
	check(t, d.till.Launch())
	if err := d.till.Await(); err != nil {
		d.refuses(t, what, err, before)
		return "does not start and says why"
	}
	defer d.till.Kill()
	patience := 20 * time.Second
	if name == "identity.json" { // it has no checksum: with another hub's address the till waits, and says that it does
		patience = 2 * time.Second
	}
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := d.drained(soon)
	switch {
	case err != nil:
		t.Errorf("%s: it starts, and %v", what, err)
		return "broken"
	case v.Queued > 0 && name == "identity.json" && !v.Hub.Online && warned(v, desk.WarnHubSilent):
		return "starts, reaches no hub and says so"
	case v.Queued > 0:
		t.Errorf("%s: it starts, and %d records wait: %+v", what, v.Queued, v)
		return "broken"
	}
	d.knows(ctx, t, what)
	a, err := d.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: d.more[0].Code})
	if err != nil || a.Answer != voucher.Final {
		t.Errorf("%s: another sale: %s %s, %v", what, a.Answer, a.Reason, err)
	}
	return "starts and sells"
}

// drained waits until the hub has had a word on everything; when time is over the view says how far it came.
func (d *traded) drained(ctx context.Context) (desk.View, error) {
	for {
		v, err := d.till.Desk.Status(context.WithoutCancel(ctx))
		if err != nil || v.Queued == 0 && v.Hub.Online || ctx.Err() != nil {
			return v, err
		}
		stand(ctx, 2*time.Millisecond)
	}
}

func warned(v desk.View, code string) bool {
	return slices.ContainsFunc(v.Warnings, func(w desk.Warning) bool { return w.Code == code })
}

// refuses looks at an agent that does not start.
func (d *traded) refuses(t *testing.T, what string, err error, before folder) {
	t.Helper()
	said := lastLine(err.Error())
	if end := d.till.Stop(); end == nil || end.Error() != "exit status 1" {
		t.Errorf("%s: it ended with %v and said %q", what, end, said)
	}
	if !strings.HasPrefix(said, "hexiao-agent: ") || !strings.Contains(said, d.till.Data()) {
		t.Errorf("%s: it said %q", what, said)
	}
	after := readFolder(t, d.till.Data())
	for file, raw := range before {
		kept := false
		for _, now := range after {
			kept = kept || bytes.Equal(now, raw)
		}
		if !kept {
			t.Errorf("%s: the bytes of %s are gone", what, file)
		}
	}
}

// TestATillThatLostBothJournalsIsNoticed damages both journals of a real agent at once. What only the disk had may then be
// gone; it must not be gone in silence: the hub has every acceptance that was shown, or a case that says from which record
// on the terminal's disk is not whole, and the till sells nothing. The case's verdict lets it sell again.
func TestATillThatLostBothJournalsIsNoticed(t *testing.T) {
	beside(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	d := trade(ctx, t, 20, 10)
	goodHub, good := readFolder(t, d.hub.Data()), readFolder(t, d.till.Data())
	db, log := good["journal.db"], good["journal.log"]
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	count := map[string]int{}
	for i := range size(60, 9) {
		at, h := r.IntN(len(log)), harms[i%len(harms)]
		if i%3 == 0 { // among what the hub has not heard of
			at = len(log) - 1 - r.IntN(2_000)
		}
		goodHub.write(t, d.hub.Data())
		good.write(t, d.till.Data())
		check(t, os.WriteFile(filepath.Join(d.till.Data(), "journal.db"), db[:len(db)/3], 0o600))
		check(t, os.WriteFile(filepath.Join(d.till.Data(), "journal.log"), h.do(slices.Clone(log), at), 0o600))
		check(t, d.hub.Again())
		count[d.notices(ctx, t, fmt.Sprintf("journal.log with %s at %d of %d, journal.db cut", h.kind, at, len(log)))]++
		d.hub.Kill()
	}
	t.Logf("figures: both journals of a till damaged: %v", count)
}

// notices starts the agent on what is left of its journals, and says what became of it.
func (d *traded) notices(ctx context.Context, t *testing.T, what string) string {
	t.Helper()
	check(t, d.till.Launch())
	if err := d.till.Await(); err != nil {
		t.Errorf("%s: it does not start: %v", what, err)
		return "broken"
	}
	defer d.till.Kill()
	soon, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if v, err := d.drained(soon); err != nil || v.Queued > 0 {
		t.Errorf("%s: %+v, %v", what, v, err)
		return "broken"
	}
	cases, err := d.hub.Cases(ctx)
	check(t, err)
	if len(cases) == 0 {
		d.knows(ctx, t, what)
		return "nothing lost"
	}
	if a, err := d.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: d.more[0].Code}); err != nil || a.Answer != voucher.Refused {
		t.Errorf("%s: with %+v the till sells: %s %s, %v", what, cases[0], a.Answer, a.Reason, err)
	}
	if c := cases[0]; c.Kind != "gap" && c.Kind != "fork" {
		t.Errorf("%s: %+v", what, c)
	}
	if _, err := d.hub.Do(ctx, "case", "decide", fmt.Sprint(cases[0].Number), "--verdict", "resume", "--reason", "the merchant's slips were looked at"); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	var a desk.Answer
	until(soon, t, "a sale after the verdict", func() bool {
		a, err = d.till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: d.more[0].Code})
		return err == nil && a.Answer == voucher.Final
	})
	return "noticed as a " + cases[0].Kind + ", and sells again after the verdict"
}
