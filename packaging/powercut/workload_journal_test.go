//go:build linux

package powercut_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const till voucher.TerminalID = "T000001"

var (
	noon       = time.Date(2023, 12, 11, 4, 0, 0, 0, time.UTC)
	hubKey     = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	generation = make([]byte, 16)
)

// player does at random what a till does with its journal.
type player struct {
	*script
	dir    string
	j      *journal.Journal
	passed time.Duration // since noon, on both of the PC's clocks
	serial uint64        // of the newest voucher
	law    uint64        // revision
	lease  uint32        // serial
	turns  uint64        // connections
}

func (p *player) open() (err error) {
	p.j, err = journal.Open(p.dir, till, journal.Options{
		Now: func() time.Time { return noon.Add(p.passed) }, Mono: func() time.Duration { return p.passed }})
	return err
}

func driveJournal(folder string, s *script) error {
	p := &player{script: s, dir: filepath.Join(folder, "journal")}
	if s.again { // vouchers and turns that were not seen before, and the hub's time did not stand still
		p.serial, p.turns, p.passed = 1<<30, 1<<30, time.Hour
	}
	seen := func() string { return seenJournal(p.j) }
	for _, do := range []func() error{p.open, p.newLaw, p.newLease} {
		if err := s.step(do, seen); err != nil {
			return err
		}
	}
	for range s.steps(140) {
		if err := s.step(p.act, seen); err != nil {
			return err
		}
	}
	return p.j.Close()
}

// act is one thing that a till does.
func (p *player) act() error {
	p.passed += time.Duration(p.IntN(5000)) * time.Millisecond
	switch n := p.IntN(100); {
	case n < 30:
		_, err := p.j.Ask(p.sold())
		return err
	case n < 52:
		_, _, err := p.j.Accept(p.sold())
		return err
	case n < 60:
		return p.about(func(n uint64) error { _, _, err := p.j.Confirm(n); return err })
	case n < 66:
		return p.about(func(n uint64) error { _, err := p.j.Reverse(n); return err })
	case n < 70:
		return p.about(func(n uint64) error { _, err := p.j.Void(n); return err })
	case n < 85:
		return p.settle()
	case n < 89:
		return p.newLease()
	case n < 91:
		return p.newLaw()
	case n < 93:
		return p.j.Surrender(p.lease)
	case n < 95:
		return p.spend()
	case n < 97:
		p.turn()
		return nil
	case n < 98:
		p.passed += 31 * time.Second // so that it is written
		p.j.Hear(noon.Add(p.passed))
		return nil
	}
	return errors.Join(p.j.Close(), p.open())
}

func (p *player) sold() voucher.Redemption {
	p.serial++
	return sold(p.serial)
}

// about does something to one of the newest records; that it cannot be done is no failure.
func (p *player) about(do func(number uint64) error) error {
	last := p.j.State().Last
	if last == 0 {
		return nil
	}
	err := do(last - uint64(p.IntN(int(min(last, 6)))))
	if errors.Is(err, journal.ErrNoSale) {
		return nil
	}
	return err
}

// settle lets the hub speak on some of the records that it has not spoken on.
func (p *player) settle() error {
	st := p.j.State()
	ack := wire.AckBody{Terminal: till, Epoch: st.Epoch, Last: min(st.Settled+1+p.Uint64N(6), st.Last)}
	if ack.Last > 0 {
		head, err := p.j.Hash(ack.Last)
		if err != nil {
			return err
		}
		ack.Head = head[:]
	}
	for n := st.Settled + 1; n <= ack.Last; n++ {
		o := voucher.Outcome{ID: voucher.RedemptionID{Terminal: till, Epoch: st.Epoch, Number: n}, At: noon.Add(p.passed).UnixMilli(),
			Result: []voucher.Result{voucher.Redeemed, voucher.Rejected, voucher.Disputed}[p.IntN(3)]}
		if o.Result != voucher.Redeemed {
			o.Reason = voucher.AlreadyRedeemed
		}
		ack.Outcomes = append(ack.Outcomes, o)
	}
	raw, err := wire.Seal(ack, hubKey, wire.ForAck)
	if err != nil {
		return err
	}
	return p.j.Settle(ack, raw)
}

// spend tells of vouchers that were used elsewhere.
func (p *player) spend() error {
	var used wire.Numbers
	for range 1 + p.IntN(50) {
		used.Add(p.Uint32() | 1<<31) // none of those that are sold here
	}
	add, err := used.Bytes()
	if err != nil {
		return err
	}
	from := p.j.State().Spent.Version
	return p.j.AdoptSpent(wire.SpentBody{Campaign: "lushan", Generation: generation, From: from, To: from + 1 + p.Uint64N(9),
		At: noon.Add(p.passed).UnixMilli(), Add: add})
}

// turn is the first word of the hub on a new connection.
func (p *player) turn() {
	p.turns++
	p.j.Turn(generation, wire.Ratchet{Turn: p.turns, Tick: 1, Secret: []byte("0123456789abcdef")})
}

func (p *player) newLaw() error {
	p.law++
	body := wire.LawBody{
		Revision: p.law, Terminal: till,
		Campaign: voucher.Campaign{
			ID: "lushan", Number: 7, StockAt: voucher.AtClaim,
			Phases: []voucher.Phase{{No: 1, Start: noon.Add(-time.Hour), End: noon.Add(48 * time.Hour)}},
			Tiers:  []voucher.Tier{{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 1000, Threshold: 5000}},
		},
	}
	raw, err := wire.Seal(body, hubKey, wire.ForLaw)
	if err != nil {
		return err
	}
	return p.j.AdoptLaw(raw, body)
}

func (p *player) newLease() error {
	p.lease++
	total := uint64(p.lease) * 10
	l := voucher.Lease{
		Terminal: till, Epoch: p.j.State().Epoch, Serial: p.lease, Campaign: "lushan", Granted: noon.UnixMilli(),
		Until: noon.Add(24 * time.Hour).UnixMilli(), Count: total, Sum: voucher.Fen(total) * 1000,
		Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: total}},
	}
	raw, err := wire.Seal(l, hubKey, wire.ForLease)
	if err != nil {
		return err
	}
	return p.j.AdoptLease(raw, l)
}

func sold(serial uint64) voucher.Redemption {
	b := voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: voucher.Serial(serial)}
	return voucher.Redemption{Voucher: b, Sight: voucher.Sight{1, 2, 3}, Bill: 5800, Order: "A-17"}
}

// seenJournal is all that the journal shows of itself: where it stands in words, the rest as a hash.
func seenJournal(j *journal.Journal) string {
	s, sum := j.State(), sha256.New()
	s.Unproven = false     // of one that was made again, which must hold the same
	s.Lost = false         // and that cannot know it
	s.Size, s.Limit = 0, 0 // of the files, not of what they hold
	law := uint64(0)
	if s.Law != nil {
		law = s.Law.Revision
	}
	out := json.NewEncoder(sum)
	out.Encode(s)
	for n := range s.Last {
		sale, _ := j.Sale(n + 1)
		out.Encode(sale)
	}
	out.Encode(j.Unsettled(0, int(s.Last)))
	return fmt.Sprintf("law %d, lease %d, given %d, used %d, last %d, settled %d, queued %d, acked %d, spent %d, turn %d, heard %d, all %x",
		law, s.Lease.Serial, s.Given, s.Used.Count, s.Last, s.Settled, s.Queued, s.Acked, s.Spent.Version, s.Ratchet.Turn,
		j.Stamp().Heard.UnixMilli(), sum.Sum(nil)[:6])
}

// openJournal opens it on a PC whose clock was set back to noon by the power cut.
func openJournal(at job) (r report) {
	dir, o := filepath.Join(at.Folder, "journal"), journal.Options{Now: func() time.Time { return noon }}
	if at.Damaged {
		o.Check = checkInChild
	}
	j, err := journal.Open(dir, till, o)
	if r.failed("open", err) {
		return r
	}
	r.Seen = seenJournal(j)
	r.failed("look", errors.Join(j.Verify(), timeKept(j)))
	sale, err := j.Ask(sold(1 << 40))
	if errors.Is(err, journal.ErrUnproven) && at.Damaged && j.State().Lost {
		// One file is damaged, and the other torn where the power went: nobody can tell that from damage to both.
		r.Notes = append(r.Notes, "made again, and silent until a person has decided")
		r.failed("again", j.Close())
		return r
	}
	if errors.Is(err, journal.ErrUnproven) && at.Damaged {
		r.Notes = append(r.Notes, "made again, and silent until the hub was heard")
		sale, err = askProven(j)
	}
	r.failed("write", errors.Join(err, j.Close()))
	if j, err = journal.Open(dir, till, o); r.failed("again", err) {
		return r
	}
	if again, _ := j.Sale(sale.Number); again != sale {
		r.failed("again", fmt.Errorf("sale %d was written after the power cut and is not there", sale.Number))
	}
	r.failed("again", errors.Join(j.Verify(), j.Close()))
	return r
}

// askProven asks once more when the hub has shown that it knows no more than what is here.
func askProven(j *journal.Journal) (journal.Sale, error) {
	s := j.State()
	if older, err := j.Meet(s.Last, s.Head[:]); err != nil || older {
		return journal.Sale{}, fmt.Errorf("met a hub that has the same: older %v, %w", older, err)
	}
	return j.Ask(sold(1 << 40))
}

// checkInChild reads a bbolt file in another process, as the agent does: on a damaged one bbolt may end the process, or
// never come back.
func checkInChild(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, path)
	cmd.Env = append(os.Environ(), roleVariable+"=check")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %w: %.200s", journal.ErrDamaged, err, said)
	}
	return nil
}

// timeKept tells whether trusted time has stayed where the newest record put it (G11).
func timeKept(j *journal.Journal) error {
	now := j.Stamp().At
	for _, s := range j.Day(time.Time{}, noon.AddDate(1, 0, 0)) {
		if s.At.After(now) {
			return fmt.Errorf("trusted time is %v after a record of %v", now, s.At)
		}
	}
	return nil
}
