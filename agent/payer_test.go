package agent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// The till keeps a keyed hash of who paid, the same for the same account and law, and never the name (G15).
func TestThePayerIsKeptAsAHashOnly(t *testing.T) {
	const account, other = "2088-0000-1234-5678", "2088-0000-8765-4321"
	b := newBench(t)
	now := time.Now()
	b.adoptLaw(func(l *wire.LawBody) { l.Payers = []byte("a key that the hub has given") })
	b.adoptLease(newLease(3))
	b.journal.Hear(now)
	core := agent.NewCore(agent.Config{Journal: b.journal})
	core.Wake(now)
	sells := func(serial voucher.Serial, payer, order string) (a desk.Answer, kept voucher.Payer) {
		t.Helper()
		core.Redeem(desk.Sale{Bill: 58_00, Code: code(serial), Payer: payer, Order: order}, func(got desk.Answer) { a = got }, now)
		s, known := b.journal.Spent(serial)
		if a.Answer != voucher.Provisional || !known {
			t.Fatalf("%+v", a)
		}
		return a, s.Redemption.Payer
	}
	first, one := sells(1, account, "A-1")
	_, same := sells(2, "  "+account+" ", "")
	again, _ := sells(1, other, "A-1")
	if one == (voucher.Payer{}) || same != one || again.Redemption != first.Redemption {
		t.Fatalf("%x, %x; asked again the sale is %s, was %s", one, same, again.Redemption, first.Redemption)
	}
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	check("set the bill", core.SetBill(desk.Bill{Fen: 60_00, Source: "pos", Payer: other}))
	view, err := json.Marshal(core.View(now))
	check("view", err)
	if strings.Contains(string(view), other) {
		t.Errorf("the view shows who pays: %s", view)
	}
	check("scan", core.Scan(code(3), "scanner", now))
	if s, known := b.journal.Spent(3); !known || s.Redemption.Payer == (voucher.Payer{}) || s.Redemption.Payer == one {
		t.Fatalf("the bill's payer: %v %+v", known, s)
	}
	check("set the bill", core.SetBill(desk.Bill{Fen: 60_00, Source: "pos"}))
	check("close", b.journal.Close())
	check("look at the disk", filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, name := range []string{account, other, "0000-1234"} {
			if strings.Contains(string(raw), name) {
				t.Errorf("%s holds %s", path, name)
			}
		}
		return err
	}))
}

// Without a key in the law (a hub of an earlier version) nothing is kept at all.
func TestNoPayerIsKeptWithoutAKey(t *testing.T) {
	b := newBench(t)
	defer b.journal.Close()
	now := time.Now()
	b.adoptLaw(nil)
	b.adoptLease(newLease(3))
	b.journal.Hear(now)
	core := agent.NewCore(agent.Config{Journal: b.journal})
	core.Wake(now)
	core.Redeem(desk.Sale{Bill: 58_00, Code: code(1), Payer: "2088"}, func(desk.Answer) {}, now)
	if s, known := b.journal.Spent(1); !known || s.Redemption.Payer != (voucher.Payer{}) {
		t.Fatalf("%v %+v", known, s)
	}
}
