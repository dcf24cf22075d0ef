package journal_test

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const till voucher.TerminalID = "T000001"

var (
	noon   = time.Date(2023, 12, 11, 4, 0, 0, 0, time.UTC)
	hubKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
)

// pc is a PC's two clocks.
type pc struct {
	wall time.Time
	mono time.Duration
}

func newPC() *pc { return &pc{wall: noon} }

// run lets time pass on both.
func (p *pc) run(d time.Duration) { p.wall, p.mono = p.wall.Add(d), p.mono+d }

func (p *pc) options() journal.Options {
	return journal.Options{Now: func() time.Time { return p.wall }, Mono: func() time.Duration { return p.mono }}
}

func open(t *testing.T, dir string, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, till, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// copied is a new folder with the journal's files as they are now: what a power cut at this moment leaves.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	copyFiles(t, dir, to)
	return to
}

func copyFiles(t *testing.T, dir, to string) {
	t.Helper()
	for _, file := range []string{"journal.db", "journal.log"} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, file), raw, 0o600))
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sold is a redemption of one voucher.
func sold(serial uint64) voucher.Redemption {
	b := voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: voucher.Serial(serial)}
	return voucher.Redemption{Voucher: b, Sight: voucher.Sight{1, 2, 3}, Bill: 5800, Order: "A-17"}
}

func seal(t *testing.T, body any, p wire.Purpose) wire.Signed {
	t.Helper()
	s, err := wire.Seal(body, hubKey, p)
	must(t, err)
	return s
}

// lawBody is a law with one tier of 10 yuan.
func lawBody(revision uint64, stock voucher.StockAt) wire.LawBody {
	return wire.LawBody{
		Revision: revision, Terminal: till,
		Campaign: voucher.Campaign{
			ID: "lushan", Number: 7, StockAt: stock,
			Phases: []voucher.Phase{{No: 1, Start: noon.Add(-time.Hour), End: noon.Add(48 * time.Hour)}},
			Tiers:  []voucher.Tier{{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 1000, Threshold: 5000}},
		},
	}
}

func leaseOf(serial uint32, count uint64) voucher.Lease {
	return voucher.Lease{
		Terminal: till, Epoch: 1, Serial: serial, Campaign: "lushan", Granted: noon.UnixMilli(),
		Until: noon.Add(24 * time.Hour).UnixMilli(), Count: count, Sum: voucher.Fen(count) * 1000,
		Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: count}},
	}
}

func adopt(t *testing.T, j *journal.Journal, law wire.LawBody, leases ...voucher.Lease) {
	t.Helper()
	must(t, j.AdoptLaw(seal(t, law, wire.ForLaw), law))
	for _, l := range leases {
		must(t, j.AdoptLease(seal(t, l, wire.ForLease), l))
	}
}

// settle lets the hub speak on records.
func settle(t *testing.T, j *journal.Journal, last uint64, outcomes ...voucher.Outcome) {
	t.Helper()
	ack, raw := ackOf(t, last, outcomes...)
	if n := len(outcomes); n > 0 && outcomes[n-1].ID.Number <= j.State().Last {
		hash, err := j.Hash(outcomes[n-1].ID.Number)
		must(t, err)
		ack.Answered = hash[:]
		raw = seal(t, ack, wire.ForAck)
	}
	must(t, j.Settle(ack, raw))
}

func ackOf(t *testing.T, last uint64, outcomes ...voucher.Outcome) (wire.AckBody, wire.Signed) {
	t.Helper()
	ack := wire.AckBody{Terminal: till, Epoch: 1, Last: last, Outcomes: outcomes}
	return ack, seal(t, ack, wire.ForAck)
}

func word(number uint64, result voucher.Result, reason voucher.Reason) voucher.Outcome {
	return voucher.Outcome{ID: voucher.RedemptionID{Terminal: till, Epoch: 1, Number: number}, Result: result, Reason: reason, At: noon.UnixMilli()}
}

func TestSaleIsStillThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, journal.Options{})
	asked, err := j.Ask(sold(1))
	must(t, err)
	if _, err := j.Ask(sold(1)); !errors.Is(err, journal.ErrSpent) {
		t.Fatalf("second ask for one voucher: %v", err)
	}
	must(t, j.Close())

	j = open(t, dir, journal.Options{})
	again, ok := j.Sale(1)
	if !ok || again != asked {
		t.Fatalf("after reopening %+v, before %+v", again, asked)
	}
	if w := j.Waiting(); len(w) != 1 || w[0] != asked {
		t.Fatalf("waiting: %+v", w)
	}
	must(t, j.Verify())
}
