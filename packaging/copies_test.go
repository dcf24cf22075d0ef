package packaging

import (
	"context"
	"encoding/json"
	"fmt"
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

// copied is one real till whose disk is copied and put back, and its hub.
type copied struct {
	t      *testing.T
	ctx    context.Context
	stage  *stage.Stage
	hub    *stage.Hub
	till   *stage.Till
	watch  *stage.Watcher
	issued []stage.Voucher
}

func newCopied(t *testing.T) *copied {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	c := &copied{t: t, ctx: ctx}
	c.stage, c.hub = raise(ctx, t)
	var err error
	c.issued, err = c.hub.Issue(ctx, "supermarket-10", 12, "")
	check(t, err)
	c.till, err = c.stage.EnrolAt(ctx, c.hub, c.hub.Address, "till", "M0001")
	check(t, err)
	c.run(c.till)
	check(t, c.watch.View(time.Minute, "a lease", func(v desk.View) bool { return v.Lease.Count > 0 }))
	return c
}

func (c *copied) run(till *stage.Till) {
	c.t.Helper()
	check(c.t, till.Run())
	c.till, c.watch = till, till.Watch(c.ctx)
}

func (c *copied) online() {
	c.t.Helper()
	check(c.t, c.watch.View(time.Minute, "the hub", func(v desk.View) bool { return v.Hub.Online }))
}

func (c *copied) warned(code string, want bool) {
	c.t.Helper()
	check(c.t, c.watch.View(time.Minute, fmt.Sprintf("warning %s: %v", code, want), func(v desk.View) bool {
		return want == slices.ContainsFunc(v.Warnings, func(w desk.Warning) bool { return w.Code == code })
	}))
}

// sell scans one of the vouchers, and wants an answer.
func (c *copied) sell(n int, want voucher.Answer) desk.Answer {
	c.t.Helper()
	a, err := c.till.Desk.Redeem(c.ctx, desk.Sale{Bill: 58_00, Code: c.issued[n].Code})
	check(c.t, err)
	if a.Answer != want {
		c.t.Fatalf("voucher %d: %s %s, want %s", n, a.Answer, a.Reason, want)
	}
	return a
}

// backup is a copy of the till's folder; it is stopped for that.
func (c *copied) backup(name string) (folder string) {
	c.t.Helper()
	check(c.t, c.till.Stop())
	folder = filepath.Join(c.stage.Folder, name)
	check(c.t, os.CopyFS(folder, os.DirFS(c.till.Data())))
	return folder
}

func (c *copied) putBack(from string) {
	c.t.Helper()
	check(c.t, c.till.Stop())
	check(c.t, os.RemoveAll(c.till.Data()))
	check(c.t, os.CopyFS(c.till.Data(), os.DirFS(from)))
}

type caseRow struct {
	Number                                uint64
	Kind, Terminal, State, Reason, Record string
}

func (c *copied) cases() (all []caseRow) {
	c.t.Helper()
	out, err := c.hub.Do(c.ctx, "case", "list", "--json")
	check(c.t, err)
	for line := range strings.Lines(string(out)) {
		var row caseRow
		check(c.t, json.Unmarshal([]byte(line), &row))
		if row.Kind != string(voucher.Cashout) { // of which nobody here is innocent
			all = append(all, row)
		}
	}
	return all
}

// resumed decides the open case about the terminal, of the kind that is wanted, so that it may go on.
func (c *copied) resumed(kind voucher.CaseKind) {
	c.t.Helper()
	all := c.cases()
	i := slices.IndexFunc(all, func(r caseRow) bool { return r.Kind == string(kind) && r.State == "open" })
	if i < 0 {
		c.t.Fatalf("no open case %s: %+v", kind, all)
	}
	_, err := c.hub.Do(c.ctx, "case", "decide", fmt.Sprint(all[i].Number), "--verdict", "resume", "--reason", "tried")
	check(c.t, err)
}

// standing waits until the ledger says so of a voucher.
func (c *copied) standing(n int, want string) {
	c.t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(30 * time.Second); ; <-again.C {
		v, err := c.hub.Standing(c.ctx, c.issued[n].ID)
		check(c.t, err)
		if v.State == want {
			return
		}
		if time.Now().After(late) {
			c.t.Fatalf("voucher %d is %s, want %s", n, v.State, want)
		}
	}
}

// TestADiskThatWasPutBack: what a till took after its disk was put back reaches the hub, as cases; it accepts nothing
// more until a person has decided; and then it begins another epoch.
func TestADiskThatWasPutBack(t *testing.T) {
	c := newCopied(t)
	c.sell(0, voucher.Final)
	old := c.backup("backup")
	c.run(c.till)
	c.online()
	c.sell(1, voucher.Final)
	c.sell(2, voucher.Final)
	c.putBack(old)

	c.hub.Kill()
	c.run(c.till)
	c.sell(3, voucher.Provisional) // nobody can know yet; the lease is the limit
	check(t, c.hub.Again())
	c.warned(desk.WarnOlder, true)
	c.warned(desk.WarnFrozen, true)
	check(t, c.watch.View(time.Minute, "an empty queue", func(v desk.View) bool { return v.Queued == 0 }))
	if a := c.sell(4, voucher.Refused); a.Reason != voucher.TerminalIsFrozen {
		t.Errorf("%+v", a)
	}
	lines, err := c.till.Desk.Day(c.ctx, "")
	check(t, err)
	if len(lines) != 2 || lines[1].State != "disputed" {
		t.Errorf("the day: %+v", lines)
	}
	stray := lines[1].Redemption

	c.resumed(voucher.Gap)
	c.warned(desk.WarnOlder, false)
	c.warned(desk.WarnFrozen, false)
	check(t, c.watch.View(time.Minute, "a lease", func(v desk.View) bool { return v.Lease.Count > 0 }))
	a := c.sell(5, voucher.Final)
	if id, err := voucher.ParseRedemptionID(a.Redemption); err != nil || id.Epoch != 2 || id.Number != 1 {
		t.Errorf("the first of the new epoch is %s", a.Redemption)
	}
	id, err := voucher.ParseRedemptionID(stray)
	check(t, err)
	if a, err := c.till.Desk.Void(c.ctx, id); err != nil || a.Answer != voucher.Refused || !strings.Contains(a.Message.Zh, "重新编号以前") {
		t.Errorf("void of the old epoch: %+v, %v", a, err)
	}
	for _, n := range []int{0, 1, 2, 5} {
		c.standing(n, "redeemed")
	}
	c.standing(3, "issued") // a case about the acceptance is open; the voucher stays its holder's until that is decided
	c.standing(4, "issued")
	_, err = c.hub.Do(c.ctx, "audit", "verify")
	check(t, err)
	check(t, c.till.Stop())
}

// TestTwoPCsWithOneDisk: the second copy of a disk is noticed when it comes, and neither accepts anything until a person
// has decided; only one of the two goes on.
func TestTwoPCsWithOneDisk(t *testing.T) {
	c := newCopied(t)
	c.sell(0, voucher.Final)
	twin := c.backup("twin")
	first := c.till
	c.run(first)
	c.online()
	c.sell(1, voucher.Final)
	// the hub is told by the next report, 10 s later at most, and by the last one when the agent ends, that the ratchet of
	// this connection is on the disk
	check(t, first.Stop())

	second := c.stage.Enrolled(filepath.Base(twin))
	c.hub.Kill()
	c.run(second)
	c.sell(2, voucher.Provisional)
	check(t, c.hub.Again())
	c.warned(desk.WarnFrozen, true)
	check(t, c.watch.View(time.Minute, "an empty queue", func(v desk.View) bool { return v.Queued == 0 }))
	check(t, second.Stop())
	c.standing(1, "redeemed")
	c.standing(2, "issued")

	c.run(first)
	c.warned(desk.WarnFrozen, true)
	c.resumed(voucher.Fork)
	c.warned(desk.WarnFrozen, false)
	c.sell(3, voucher.Final)
	check(t, first.Stop())

	c.run(second) // it comes all the same
	c.warned(desk.WarnFrozen, true)
	if a := c.sell(4, voucher.Refused); a.Reason != voucher.TerminalIsFrozen {
		t.Errorf("%+v", a)
	}
	check(t, second.Stop())
	_, err := c.hub.Do(c.ctx, "audit", "verify")
	check(t, err)
}

// TestAHubThatWasPutBack: terminals bring a restored hub what it has lost, with its own words on it.
func TestAHubThatWasPutBack(t *testing.T) {
	c := newCopied(t)
	c.sell(0, voucher.Final)
	file := filepath.Join(c.stage.Folder, "backup")
	_, err := c.hub.Do(c.ctx, "backup", file)
	check(t, err)
	for n := 1; n <= 4; n++ {
		c.sell(n, voucher.Final)
	}
	c.hub.Kill()
	c.sell(5, voucher.Provisional)
	check(t, os.Rename(c.hub.Data(), c.hub.Data()+".lost"))
	_, err = c.hub.Do(c.ctx, "restore", file)
	check(t, err)
	check(t, c.hub.Again())
	for n := range 6 {
		c.standing(n, "redeemed")
	}
	c.online()
	c.sell(6, voucher.Final)
	if a := c.sell(2, voucher.Refused); a.Reason != voucher.AlreadyRedeemed {
		t.Errorf("%+v", a)
	}
	if all := c.cases(); len(all) != 0 {
		t.Errorf("cases: %+v", all)
	}
	_, err = c.hub.Do(c.ctx, "audit", "verify")
	check(t, err)
	check(t, c.till.Stop())
}

// TestAVoucherUsedElsewhereBeforeAnOutage: what another till has redeemed before the line was cut is refused during the
// outage.
func TestAVoucherUsedElsewhereBeforeAnOutage(t *testing.T) {
	c := newCopied(t)
	first := c.till
	c.sell(0, voucher.Final)
	second, err := c.stage.EnrolAt(c.ctx, c.hub, c.hub.Address, "other", "M0002")
	check(t, err)
	c.run(second)
	check(t, c.watch.View(time.Minute, "a lease", func(v desk.View) bool { return v.Lease.Count > 0 }))
	c.sell(1, voucher.Final) // so the answer to its first report has come, and the set with it
	c.hub.Kill()
	a := c.sell(0, voucher.Refused)
	if a.Reason != voucher.AlreadyRedeemed || !strings.Contains(a.Message.Zh, "别处") {
		t.Errorf("%+v", a)
	}
	c.sell(2, voucher.Provisional)
	check(t, second.Stop())
	check(t, first.Stop())
}

// TestARestoredHubWaitsForEveryTill: while one till has not reported, a restored hub decides nothing new; the others
// accept within their leases, and all of it is settled when the last one has come.
func TestARestoredHubWaitsForEveryTill(t *testing.T) {
	c := newCopied(t)
	first, watch := c.till, c.watch
	second, err := c.stage.EnrolAt(c.ctx, c.hub, c.hub.Address, "other", "M0002")
	check(t, err)
	c.run(second)
	check(t, c.watch.View(time.Minute, "a lease", func(v desk.View) bool { return v.Lease.Count > 0 }))
	file := filepath.Join(c.stage.Folder, "backup")
	_, err = c.hub.Do(c.ctx, "backup", file)
	check(t, err)
	c.sell(0, voucher.Final)
	check(t, second.Stop())
	c.till, c.watch = first, watch
	c.sell(1, voucher.Final)

	c.hub.Kill()
	check(t, os.Rename(c.hub.Data(), c.hub.Data()+".lost"))
	_, err = c.hub.Do(c.ctx, "restore", file)
	check(t, err)
	c.sell(2, voucher.Provisional)
	check(t, c.hub.Again())
	c.standing(1, "redeemed") // by the ack that had answered it
	check(t, c.watch.View(time.Minute, "word of what the hub waits for", func(v desk.View) bool {
		return !v.Hub.Online && v.Queued > 0 && slices.ContainsFunc(v.Warnings, func(w desk.Warning) bool { return strings.Contains(w.Text.En, "was restored") })
	}))
	c.sell(3, voucher.Provisional)
	if a := c.sell(0, voucher.Provisional); a.Redemption == "" { // a voucher that only the absent till knows to be used
		t.Errorf("%+v", a)
	}
	c.standing(2, "issued")

	check(t, second.Run())
	for _, n := range []int{0, 1, 2, 3} {
		c.standing(n, "redeemed")
	}
	check(t, c.watch.View(time.Minute, "the hub", func(v desk.View) bool { return v.Hub.Online && v.Queued == 0 }))
	c.sell(4, voucher.Final)
	if all := c.cases(); len(all) != 1 || all[0].Kind != string(voucher.Conflict) {
		t.Errorf("one voucher was used twice while the hub was away: %+v", all)
	}
	_, err = c.hub.Do(c.ctx, "audit", "verify")
	check(t, err)
	check(t, second.Stop())
	check(t, first.Stop())
}
