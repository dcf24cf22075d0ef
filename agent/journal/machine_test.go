package journal_test

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// modelSale is what a sale should be.
type modelSale struct {
	serial                     uint64
	accepted, reversed, voided bool
	confirm, undo              uint64 // numbers of records
	answer, confirmed          voucher.Result
}

func (s *modelSale) shown() bool { return s.accepted || s.confirm != 0 }

func (s *modelSale) state() string {
	result := s.answer
	if s.confirm != 0 && s.confirmed != voucher.Noted && result != voucher.Disputed {
		result = s.confirmed
	}
	switch {
	case s.reversed:
		return "reversed"
	case s.voided:
		return "voided"
	case result == voucher.Redeemed:
		return "final"
	case result == voucher.Disputed:
		return "disputed"
	case result == voucher.Rejected:
		return "refused"
	case s.shown():
		return "provisional"
	}
	return "waiting"
}

func (s *modelSale) holds() bool {
	state := s.state()
	return state != "reversed" && state != "voided" && state != "refused"
}

// machine drives a journal and a model of it side by side. The journal may be closed and opened, or its file copied and
// the copy opened, as after a power cut, at any step; and writes may fail.
type machine struct {
	t   *testing.T
	dir string
	pc  *pc
	j   *journal.Journal

	last     uint64 // number of the newest record
	sales    map[uint64]*modelSale
	answered map[uint64]bool
	used     uint64
	lease    uint64
	given    bool // the lease in force was given back
	epoch    uint32
	earlier  map[uint64]bool // vouchers that are known to be used, elsewhere or in earlier epochs
	version  uint64          // of the set of used vouchers
	serial   uint32
	top      time.Time // highest trusted time seen
}

func TestJournalEqualsItsModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{t: t, dir: inMemory(t), pc: newPC(), sales: map[uint64]*modelSale{}, answered: map[uint64]bool{}, epoch: 1, earlier: map[uint64]bool{}}
		m.open()
		defer func() { m.j.Close() }()
		law := lawBody(1, voucher.AtClaim)
		adopt(t, m.j, law)
		r.Repeat(rapid.StateMachineActions(m))
	})
}

// inMemory is a folder that no disk slows down, where the system has one: thousands of syncs tell nothing here, because
// the file is copied as the system shows it and not as a disk holds it.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "journal")
	if err != nil {
		dir, err = os.MkdirTemp(t.TempDir(), "")
	}
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (m *machine) open() {
	j, err := journal.Open(m.dir, till, m.pc.options())
	must(m.t, err)
	m.j = j
}

func (m *machine) holder(serial uint64) (uint64, bool) {
	for n, s := range m.sales {
		if s.serial == serial && s.holds() {
			return n, true
		}
	}
	return 0, false
}

// fault makes some writes fail, and says whether the next one will.
func (m *machine) fault(r *rapid.T) bool {
	switch rapid.IntRange(0, 9).Draw(r, "fault") {
	case 0:
		m.j.FailBefore(syscall.ENOSPC)
		return true
	case 1:
		m.j.FailBehind(syscall.EIO)
		return true
	}
	return false
}

// wrote says that one record was written, or failed to be.
func (m *machine) wrote(r *rapid.T, failed bool, err error) bool {
	if failed != (err != nil) {
		r.Fatalf("write should fail: %v; it said %v", failed, err)
	}
	if !failed {
		m.last++
	}
	return !failed
}

func (m *machine) Ask(r *rapid.T) {
	serial := rapid.Uint64Range(1, 6).Draw(r, "serial")
	if _, held := m.holder(serial); held {
		if _, err := m.j.Ask(sold(serial)); err == nil {
			r.Fatalf("voucher %d was asked for twice", serial)
		}
		return
	}
	failed := m.fault(r)
	_, err := m.j.Ask(sold(serial))
	if m.wrote(r, failed, err) {
		m.sales[m.last] = &modelSale{serial: serial}
	}
}

func (m *machine) Accept(r *rapid.T) {
	serial := rapid.Uint64Range(1, 6).Draw(r, "serial")
	want := voucher.OK
	if _, held := m.holder(serial); held || m.earlier[serial] {
		want = voucher.AlreadyRedeemed
	} else if m.given || m.used == m.lease {
		want = voucher.OfflineLimit
	}
	failed := want == voucher.OK && m.fault(r)
	_, reason, err := m.j.Accept(sold(serial))
	if reason != want {
		r.Fatalf("accept: %v, want %v", reason, want)
	}
	if want == voucher.OK && m.wrote(r, failed, err) {
		m.sales[m.last] = &modelSale{serial: serial, accepted: true}
		m.used++
	}
}

func (m *machine) some(r *rapid.T, fit func(*modelSale) bool) (uint64, *modelSale) {
	var fits []uint64
	for n := uint64(1); n <= m.last; n++ {
		if s, ok := m.sales[n]; ok && fit(s) {
			fits = append(fits, n)
		}
	}
	if len(fits) == 0 {
		r.Skip("no such sale")
	}
	n := rapid.SampledFrom(fits).Draw(r, "sale")
	return n, m.sales[n]
}

func (m *machine) Confirm(r *rapid.T) {
	n, s := m.some(r, func(s *modelSale) bool { return s.state() == "waiting" })
	want := voucher.OK
	if m.earlier[s.serial] {
		want = voucher.AlreadyRedeemed
	} else if m.given || m.used == m.lease {
		want = voucher.OfflineLimit
	}
	failed := want == voucher.OK && m.fault(r)
	_, reason, err := m.j.Confirm(n)
	if reason != want {
		r.Fatalf("confirm: %v, want %v", reason, want)
	}
	if want == voucher.OK && m.wrote(r, failed, err) {
		s.confirm = m.last
		m.used++
	}
}

func (m *machine) Reverse(r *rapid.T) {
	n, s := m.some(r, func(s *modelSale) bool { return !s.shown() && s.holds() })
	failed := m.fault(r)
	_, err := m.j.Reverse(n)
	if m.wrote(r, failed, err) {
		s.reversed, s.undo = true, m.last
	}
}

func (m *machine) Void(r *rapid.T) {
	n, s := m.some(r, func(s *modelSale) bool { return s.holds() && s.state() != "waiting" })
	failed := m.fault(r)
	_, err := m.j.Void(n)
	if m.wrote(r, failed, err) {
		s.voided, s.undo = true, m.last
	}
}

// Settle lets the hub answer the next records in order, and some of the earlier ones again in another way.
func (m *machine) Settle(r *rapid.T) {
	next := uint64(1)
	for m.answered[next] {
		next++
	}
	if next > m.last {
		r.Skip("all answered")
	}
	upTo := rapid.Uint64Range(next, min(m.last, next+3)).Draw(r, "up to")
	from := rapid.Uint64Range(max(next, 3)-2, next).Draw(r, "from")
	var outcomes []voucher.Outcome
	for n := from; n <= upTo; n++ {
		result := rapid.SampledFrom([]voucher.Result{voucher.Redeemed, voucher.Rejected, voucher.Disputed}).Draw(r, "result")
		if s, ok := m.sales[n]; !ok && !m.confirms(n) {
			result = voucher.Undone
			if m.undoesNothing(n) {
				result = voucher.Noted
			}
		} else if !ok && result == voucher.Rejected {
			result = voucher.Noted
		} else if ok && m.clashes(n, s) {
			result = voucher.Rejected
		}
		o := word(n, result, voucher.OK)
		o.ID.Epoch = m.epoch
		outcomes = append(outcomes, o)
	}
	failed := m.fault(r)
	last, err := m.j.Hash(upTo)
	must(m.t, err)
	ack := wire.AckBody{Terminal: till, Epoch: m.epoch, Last: upTo, Outcomes: outcomes, Answered: last[:]}
	raw := seal(m.t, ack, wire.ForAck)
	if err := m.j.Settle(ack, raw); failed != (err != nil) {
		r.Fatalf("settle should fail: %v; it said %v", failed, err)
	} else if failed {
		return
	}
	for _, o := range outcomes {
		if n := o.ID.Number; !m.answered[n] {
			m.answered[n] = true
			m.answer(n, o.Result)
		}
	}
}

// clashes tells whether another sale holds the voucher of one that does not: a hub that is right does not redeem it then.
func (m *machine) clashes(n uint64, s *modelSale) bool {
	other, held := m.holder(s.serial)
	return held && other != n || m.earlier[s.serial]
}

// undoesNothing tells whether a record takes back what a hub that is right has rejected: an earlier epoch used it.
func (m *machine) undoesNothing(n uint64) bool {
	for _, s := range m.sales {
		if s.undo == n {
			return m.earlier[s.serial]
		}
	}
	return false
}

func (m *machine) confirms(n uint64) bool {
	for _, s := range m.sales {
		if s.confirm == n {
			return true
		}
	}
	return false
}

func (m *machine) answer(n uint64, result voucher.Result) {
	if s, ok := m.sales[n]; ok {
		s.answer = result
		return
	}
	for _, s := range m.sales {
		if s.confirm == n {
			s.confirmed = result
		}
	}
}

func (m *machine) TopUp(r *rapid.T) {
	m.lease += rapid.Uint64Range(0, 3).Draw(r, "more")
	m.serial++
	m.given = false
	l := leaseOf(m.serial, m.lease)
	l.Epoch = m.epoch
	must(m.t, m.j.AdoptLease(seal(m.t, l, wire.ForLease), l))
}

func (m *machine) Surrender(r *rapid.T) {
	writes := m.serial > 0 && !m.given
	failed := writes && m.fault(r)
	if err := m.j.Surrender(m.serial); failed != (err != nil) {
		r.Fatalf("surrender should fail: %v; it said %v", failed, err)
	}
	if writes && !failed {
		m.last++
		m.given = true
	}
}

// Handover is about no sale, and stands among the others.
func (m *machine) Handover(r *rapid.T) {
	failed := m.fault(r)
	if err := m.j.Handover(handover(1)); failed != (err != nil) {
		r.Fatalf("handover should fail: %v; it said %v", failed, err)
	}
	if !failed {
		m.last++
	}
}

// Spend brings a change to the set of used vouchers, or a whole new one, twice or too early as well.
func (m *machine) Spend(r *rapid.T) {
	numbers := rapid.SliceOfN(rapid.Uint32Range(1, 6), 0, 3)
	from, to := m.version, m.version+rapid.Uint64Range(1, 3).Draw(r, "more")
	whole := m.version == 0 || rapid.IntRange(0, 9).Draw(r, "whole") == 0
	if whole {
		from = 0
	}
	add, remove := numbers.Draw(r, "add"), numbers.Draw(r, "remove")
	remove = slices.DeleteFunc(remove, func(n uint32) bool { return slices.Contains(add, n) })
	body := spentBody(m.t, 1, from, to, add, remove)
	failed := m.fault(r)
	if err := m.j.AdoptSpent(body); failed != (err != nil) {
		r.Fatalf("a change to the set should fail: %v; it said %v", failed, err)
	} else if failed {
		return
	}
	must(m.t, m.j.AdoptSpent(spentBody(m.t, 1, to+1, to+2, []uint32{1, 2, 3, 4, 5, 6}, nil))) // too early
	if m.version = to; whole {
		clear(m.earlier)
	}
	for _, n := range add {
		m.earlier[uint64(n)] = true
	}
	for _, n := range remove {
		delete(m.earlier, uint64(n))
	}
}

// Renew begins another epoch, which knows of the old one only what is used.
func (m *machine) Renew(r *rapid.T) {
	if uint64(len(m.answered)) < m.last || rapid.IntRange(0, 3).Draw(r, "rarely") > 0 {
		r.Skip("not all answered")
	}
	m.j.FailNothing()
	must(m.t, m.j.Renew(order(m.epoch+1)))
	for serial := uint64(1); serial <= 6; serial++ {
		if _, held := m.holder(serial); held {
			m.earlier[serial] = true
		}
	}
	m.epoch, m.last, m.used, m.lease, m.serial, m.given = m.epoch+1, 0, 0, 0, 0, false
	m.sales, m.answered = map[uint64]*modelSale{}, map[uint64]bool{}
}

func (m *machine) HearAndWait(r *rapid.T) {
	m.j.Hear(m.pc.wall)
	m.pc.run(time.Duration(rapid.Int64Range(0, 100_000).Draw(r, "ms")) * time.Millisecond)
}

func (m *machine) Reopen(r *rapid.T) {
	must(m.t, m.j.Close())
	m.open()
}

// PowerCut goes on with the file as it is, without the journal having been closed.
func (m *machine) PowerCut(r *rapid.T) {
	dir := inMemory(m.t)
	copyFiles(m.t, m.dir, dir)
	must(m.t, m.j.Close())
	m.dir = dir
	m.open()
	must(m.t, m.j.Verify())
}

// Meet lets the hub show what it has of this epoch, which is what this disk has or less.
func (m *machine) Meet(r *rapid.T) {
	number := rapid.Uint64Range(0, m.last).Draw(r, "number")
	head, err := m.j.Hash(number)
	must(m.t, err)
	if older, err := m.j.Meet(number, head[:]); older || err != nil {
		r.Fatalf("older than a hub that has less: %v, %v", older, err)
	}
}

// Check looks at everything after each step.
func (m *machine) Check(r *rapid.T) {
	s := m.j.State()
	if s.Epoch != m.epoch || s.Unproven || s.Last != m.last || s.Used.Count != m.used || !m.given && s.Used.Count > s.Lease.Count || (s.Given == s.Lease.Serial) != (m.given || m.serial == 0) || s.Queued != m.last-uint64(len(m.answered)) {
		r.Fatalf("state %+v; the model has %d records, %d answered, %d used", s, m.last, len(m.answered), m.used)
	}
	m.checkSales(r)
	m.checkChain(r, s)
	at := m.j.Stamp().At
	if at.Before(m.top) {
		r.Fatalf("trusted time went back from %v to %v", m.top, at)
	}
	m.top = at
}

func (m *machine) checkSales(r *rapid.T) {
	waiting := map[uint64]bool{}
	for _, s := range m.j.Waiting() {
		waiting[s.Number] = true
	}
	for n := uint64(0); n <= m.last+1; n++ {
		got, ok := m.j.Sale(n)
		want, is := m.sales[n]
		if ok != is {
			r.Fatalf("record %d is a sale: %v", n, ok)
		}
		if !ok {
			continue
		}
		if got.State() != want.state() || got.Holds() != want.holds() || waiting[n] != (want.state() == "waiting") {
			r.Fatalf("sale %d is %s, waiting %v; the model's is %s", n, got.State(), waiting[n], want.state())
		}
	}
	for serial := uint64(1); serial <= 6; serial++ {
		got, held := m.j.Spent(voucher.Serial(serial))
		if want, is := m.holder(serial); held != is || held && got.Number != want {
			r.Fatalf("voucher %d is held by %d: %v; the model says %d: %v", serial, got.Number, held, want, is)
		}
	}
}

func (m *machine) checkChain(r *rapid.T, s journal.State) {
	raws := m.j.Unsettled(0, 1<<20)
	if uint64(len(raws)) != m.last {
		r.Fatalf("%d records, want %d", len(raws), m.last)
	}
	var prev [32]byte
	for i, raw := range raws {
		rec, err := wire.DecodeRecord(raw)
		if err != nil || rec.ID.Number != uint64(i+1) || rec.Prev != prev {
			r.Fatal(fmt.Errorf("record %d: %+v, %w", i+1, rec, err))
		}
		prev = wire.Hash(raw)
	}
	if prev != s.Head {
		r.Fatal("the head is not the hash of the newest record")
	}
}
