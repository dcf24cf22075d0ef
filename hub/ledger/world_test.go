package ledger

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// The world plays terminals whose disks are copied and put back, and a hub that is restored from backups or loses the end
// of its book, among sales of every kind. It holds the guarantees of the machine, and that
//   - a disk that is older than one that has spoken is noticed when it speaks,
//   - what an ack has said of a record of a terminal without copies it will say for ever, also after a restore,
//   - when all have spoken again, everything has been answered and the hub has recovered.
func TestCopiesAndRestoresInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { playWorld(t, false) })
}

// A disk that loses what was synced breaks every promise; what remains is that it is noticed, and that stock and sums hold.
func TestABookThatLosesItsEndInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { playWorld(t, true) })
}

type world struct {
	*machine
	lossy   bool
	disks   []*disk
	saved   []save
	scratch string
}

// disk is a terminal's disk; one terminal may have several.
type disk struct {
	*till
	line *lineage
	turn uint64 // newest that is on it

	given uint32 // leases up to this serial were given back
}

// lineage is a terminal as the world knows it.
type lineage struct {
	copied  bool
	written bool
	seen    uint64 // newest turn that the hub knows to be on one of its disks, in the epoch
	epoch   uint32
}

// save is a backup, and what the hub knew then.
type save struct {
	dir  string
	seen map[*lineage]lineage
}

func playWorld(t *rapid.T, lossy bool) {
	c := law(rapid.SampledFrom([]voucher.StockAt{voucher.AtClaim, voucher.AtRedemption}).Draw(t, "stock at"), rapid.Uint32Range(0, 12).Draw(t, "units"))
	if rapid.Bool().Draw(t, "fund bears") {
		c.Offline.Bears, c.Offline.Reserve = voucher.FundBears, 150_00
	}
	scratch := tempDir(t)
	m := &machine{hub: newHub(t, filepath.Join(scratch, "book")), law: c}
	m.inline()
	m.begin(c)
	w := &world{machine: m, lossy: lossy, scratch: scratch}
	defer func() { w.stop() }()
	w.who = []signer{w.signer("li"), w.signer("wang")}
	for i, merchant := range []voucher.MerchantID{"M1", "M1", "M2"} {
		d := &disk{till: m.till(merchant, byte(i+1)), line: &lineage{epoch: 1}}
		w.disks = append(w.disks, d)
		m.tills = append(m.tills, d.till)
		d.file()
	}
	actions := map[string]func(*rapid.T){
		"surrender": w.surrender, "junk": w.junk, "write off": w.writeOff, "issue": w.issueOne, "lane": w.laneOne, "ask": w.ask, "accept": w.accept, "undo": w.undo, "talk": w.talkOne, "talk more": w.talkOne, "copy": w.copyDisk, "put back": w.oldDisk,
		"resume": w.resumeOne, "later": w.later, "restart": func(*rapid.T) { w.restart() }, "backup": w.saveOne, "restore": w.restoreOne, "": w.check,
	}
	if lossy {
		actions["lose the end"] = w.loseEnd
	}
	t.Repeat(actions)
	w.heal(t)
	w.check(t)
	w.refold()
	w.audit()
}

func (w *world) disk(t *rapid.T) *disk { return rapid.SampledFrom(w.disks).Draw(t, "disk") }

func (w *world) sale(t *rapid.T) *voucher.Redemption {
	if len(w.codes) == 0 {
		t.Skip("nothing issued")
	}
	return sale(rapid.SampledFrom(w.codes).Draw(t, "code"), bill(t))
}

func (w *world) ask(t *rapid.T) {
	s, d := w.sale(t), w.disk(t)
	n := d.record(voucher.Record{Kind: voucher.Ask, Sale: s})
	switch rapid.IntRange(0, 3).Draw(t, "then") {
	case 0:
		d.about(voucher.Reverse, n)
	case 1:
		d.record(voucher.Record{Kind: voucher.Confirm, Of: n, Lease: d.under()})
	}
}

func (w *world) accept(t *rapid.T) {
	s, d := w.sale(t), w.disk(t)
	d.record(voucher.Record{Kind: voucher.Accept, Sale: s, Lease: d.under()})
}

// under is the lease that the disk may accept under, 0 for none.
func (d *disk) under() uint32 {
	if d.lease <= d.given {
		return 0
	}
	return d.lease
}

func (w *world) surrender(t *rapid.T) {
	d := w.disk(t)
	if d.under() == 0 {
		t.Skip("no lease")
	}
	d.record(voucher.Record{Kind: voucher.Surrender, Lease: d.lease})
	d.given = d.lease
}

func (w *world) junk(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	w.disk(t).till.later()
}

// writeOff has two persons write off what the terminal of a disk has left.
func (w *world) writeOff(t *rapid.T) {
	d := w.disk(t)
	if rapid.IntRange(0, 4).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	body, no := w.statement(d.id, rapid.Bool().Draw(t, "past"), rapid.Bool().Draw(t, "release"), "lost")
	if no != "" {
		t.Skip(no)
	}
	for _, p := range w.who {
		if _, no := w.writesOff(p.sign(w.t, body, ForWriteOff)); no != "" {
			t.Fatal(no)
		}
	}
	d.line.written = true
}

func (w *world) undo(t *rapid.T) {
	d := w.disk(t)
	if len(d.raw) == 0 {
		t.Skip("no records")
	}
	d.about(voucher.Void, uint64(rapid.IntRange(1, len(d.raw)).Draw(t, "of")))
}

func (w *world) copyDisk(t *rapid.T) {
	if len(w.disks) >= 6 || rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	d := w.disk(t)
	d.line.copied = true
	w.disks = append(w.disks, &disk{d.image(), d.line, d.turn, d.given})
}

// oldDisk puts one disk of a terminal in the place of another.
func (w *world) oldDisk(t *rapid.T) {
	d := w.disk(t)
	for i, other := range w.disks {
		if other != d && other.line == d.line {
			w.disks[i] = &disk{d.image(), d.line, d.turn, d.given}
			return
		}
	}
	t.Skip("it has no copy")
}

func (w *world) later(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "hours")) * time.Hour)
}

func (w *world) talkOne(t *rapid.T) { w.talk(t, w.disk(t)) }

// talk is a whole conversation, as an agent holds it: hello, report, records, and the order if there is one.
func (w *world) talk(t *rapid.T, d *disk) {
	m := w.hello(t, d)
	w.send(t, d, m.Last)
	if m.Order != nil && d.settled == uint64(len(d.raw)) {
		d.obey(m)
		d.turn, d.given = 0, 0
	}
}

func (w *world) hello(t *rapid.T, d *disk) Met {
	older := d.epoch < d.line.epoch || d.epoch == d.line.epoch && d.turn < d.line.seen
	m := d.greets()
	if older && m.State == voucher.TerminalGood && m.Order == nil {
		t.Fatalf("a disk of %s with turn %d spoke after one with turn %d, and nothing was noticed", d.id, d.turn, d.line.seen)
	}
	if !older && !d.line.copied && !d.line.written && !w.lossy && m.State != voucher.TerminalGood {
		t.Fatalf("the only disk of %s is taken for a copy: %+v", d.id, m)
	}
	d.turn, d.ratchet.Turn = m.Turn, m.Turn
	if d.epoch > d.line.epoch {
		d.line.epoch, d.line.seen = d.epoch, 0
	}
	if d.epoch == d.line.epoch {
		d.line.seen = max(d.line.seen, m.Turn)
	}
	d.borrow()
	return m
}

// borrow keeps the lease and the law of the epoch that the disk is in.
func (d *disk) borrow() {
	info, err := d.h.Terminal(context.Background(), d.id)
	d.h.must(err)
	if info.Epoch == d.epoch {
		d.file()
	}
}

// send sends what the hub lacks or has not answered: what was answered before with its ack.
func (w *world) send(t *rapid.T, d *disk, last uint64) {
	for from := min(last, d.settled); from < uint64(len(d.raw)); {
		to, proof := d.proof(from + 1)
		if proof == nil && rapid.Bool().Draw(t, "cut") {
			to = from + 1 + uint64(rapid.IntRange(0, int(to-from)-1).Draw(t, "to"))
		}
		b := d.batch(int(from), int(to))
		b.Proof = proof
		ack, err := w.Receive(context.Background(), b)
		if len(ack.Outcomes) > 0 {
			w.keepAck(t, d, ack)
		}
		if errors.Is(err, ErrGap) || errors.Is(err, ErrRecovering) || errors.Is(err, ErrRecord) {
			return
		}
		w.must(err)
		from = to
	}
}

// proof finds the newest ack that has the outcome of record n, and the last record that it has; else where the next begins.
func (d *disk) proof(n uint64) (to uint64, proof *wire.AckBody) {
	to = uint64(len(d.raw))
	for i := len(d.acks) - 1; i >= 0; i-- {
		a := d.acks[i]
		first, end := a.Outcomes[0].ID.Number, a.Outcomes[len(a.Outcomes)-1].ID.Number
		if a.Epoch != d.epoch || len(a.Answered) == 0 {
			continue
		}
		if first <= n && n <= end {
			return end, &a
		}
		if first > n {
			to = min(to, first-1)
		}
	}
	return to, nil
}

// keepAck does what a journal does: the first word on a record stays.
func (w *world) keepAck(t *rapid.T, d *disk, ack wire.AckBody) {
	for _, o := range ack.Outcomes {
		if was := d.outcome(o.ID); was != nil && !d.line.copied && !w.lossy {
			if was.Result != o.Result || was.Reason != o.Reason || was.At != o.At {
				t.Fatalf("record %s was answered %+v and is %+v now", o.ID, *was, o)
			}
		}
	}
	d.acks = append(d.acks, ack)
	d.settled = max(d.settled, ack.Outcomes[len(ack.Outcomes)-1].ID.Number)
}

func (d *disk) outcome(id voucher.RedemptionID) *voucher.Outcome {
	for _, a := range d.acks {
		for _, o := range a.Outcomes {
			if o.ID == id {
				return &o
			}
		}
	}
	return nil
}

// resumeOne decides a case about a terminal as the rule proposes, or one about money.
func (w *world) resumeOne(t *rapid.T) {
	s := w.summary()
	if s.Cases == 0 {
		t.Skip("no cases")
	}
	info, err := w.Case(context.Background(), rapid.Uint64Range(1, s.Cases).Draw(t, "case"))
	if _, gap := err.(*Refusal); gap {
		t.Skip("a number that was lost")
	}
	w.must(err)
	w.decides(byConsole(info.Number, info.Rule.Propose))
}

func (w *world) knows() map[*lineage]lineage {
	seen := map[*lineage]lineage{}
	for _, d := range w.disks {
		seen[d.line] = *d.line
	}
	return seen
}

func (w *world) saveOne(t *rapid.T) {
	if len(w.saved) > 2 {
		t.Skip("enough")
	}
	w.stop()
	dir, err := os.MkdirTemp(w.scratch, "backup")
	w.must(err)
	w.must(os.CopyFS(dir, os.DirFS(w.dir)))
	w.open()
	w.saved = append(w.saved, save{dir, w.knows()})
}

func (w *world) goBack(t *rapid.T) save {
	if len(w.saved) == 0 || rapid.IntRange(0, 2).Draw(t, "seldom") > 0 {
		t.Skip("no backup")
	}
	return rapid.SampledFrom(w.saved).Draw(t, "backup")
}

// forget makes the world know what the hub knows: in a backup, older disks may be the newest.
func (w *world) forget(s save) {
	for line, was := range s.seen {
		line.seen, line.epoch = was.seen, was.epoch
	}
}

func (w *world) restoreOne(t *rapid.T) {
	s := w.goBack(t)
	before := bytes.Clone(w.Generation())
	w.restore(s.dir)
	if bytes.Equal(before, w.Generation()) {
		t.Fatal("the generation stayed")
	}
	w.forget(s)
}

func (w *world) loseEnd(t *rapid.T) {
	s := w.goBack(t)
	w.putBack(s.dir)
	w.forget(s)
}

// heal lets everybody speak until nothing moves any more: cases about terminals are decided, and who cannot report is
// revoked.
func (w *world) heal(t *rapid.T) {
	for range 6 {
		for _, d := range w.disks {
			w.talk(t, d)
		}
		w.decideTerminals()
	}
	for _, id := range w.recovery().Waiting {
		if !w.hasCopies(id) && !w.lossy {
			t.Fatalf("%s has shown all it had, and the hub still waits for it", id)
		}
		w.must(w.SetTerminal(context.Background(), id, voucher.TerminalRevoked, "cannot report"))
	}
	if r := w.recovery(); r.Recovering {
		t.Fatalf("%+v", r)
	}
	for range 3 {
		for _, d := range w.disks {
			w.talk(t, d)
		}
		w.decideTerminals()
	}
	for _, d := range w.disks {
		if d.settled != uint64(len(d.raw)) && !w.lossy {
			t.Fatalf("%s in epoch %d has %d records, %d were answered", d.id, d.epoch, len(d.raw), d.settled)
		}
	}
}

func (w *world) hasCopies(id voucher.TerminalID) bool {
	for _, d := range w.disks {
		if d.id == id && d.line.copied {
			return true
		}
	}
	return false
}

func (w *world) decideTerminals() {
	for n := range w.summary().Cases {
		info, err := w.Case(context.Background(), n+1)
		if err == nil && info.Ruling == nil && info.Kind.AboutTerminal() {
			w.decides(byConsole(info.Number, voucher.Resume))
		}
	}
}
