package agent

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Core is the state machine of one till. Each method is one step: it is handed the instant, writes to the journal, and
// leaves its answers in News. It has no goroutine and no clock but the journal's, and is not safe for concurrent use:
// Terminal drives it from a mailbox, a rehearsal from its own loop. Whoever drives it calls Wake once, Tick at Next's
// instants, and Settled with what Journal.OnSettled gives; now is always the driver's clock, which only measures
// patience.
type Core struct {
	journal  *journal.Journal
	log      *slog.Logger
	version  string
	patience time.Duration
	passOn   func(source, text string) bool
	zone     zone
	stopping bool // takes nothing new

	hub      desk.Hub
	problem  voucher.Text // with the line
	scanners []desk.Scanner
	devices  []desk.Device
	bill     desk.Bill     // without its payer
	payer    voucher.Payer // of the bill at hand
	billsSet int           // how often somebody set the bill

	waits    map[id]*wait  // asked of the hub
	scanning id            // the one among them that came from a scanner; zero for none
	recent   desk.Sighting // the scan before, so that a phone left under the scanner is read once
	voids    map[id]*wait  // voids whose callers wait for the hub's word, by the sale

	shown    map[id]bool // sales shown PROVISIONAL whose outcome is to come
	unvoided map[id]bool // voids said to be PROVISIONAL whose outcome is to come
	undo     map[id]bool // asks that could not be reversed because the journal could not be written

	lane    *laneTest // nil for none
	printed laneStep  // that a slip of its redemption was printed; zero before

	closes    *Closes
	shiftFrom mark        // the running shift holds the sales behind this record
	closing   *closingNow // nil: nobody waits for a close

	fault  string               // desk.WarnDiskFull or desk.WarnJournal while the journal cannot be written
	since  map[string]time.Time // of warnings
	last   *desk.Answer
	news   []desk.Answer // for everybody to hear
	looked time.Time     // when Tick last did its rounds
}

// id names a sale: its number alone would name another one after the journal has begun anew.
type id = voucher.RedemptionID

// request is one sale to be judged.
type request struct {
	code   string
	bill   voucher.Fen
	order  string
	payer  voucher.Payer
	from   voucher.BillSource // where the bill comes from
	source string             // "pos", or a scanner's name
	answer func(desk.Answer)  // called once; nil when only the events tell
	set    int                // of a scan: billsSet when it came
}

// Redeem judges and records one sale that POS software asks for. answer is called once, now or in a later step.
func (t *Core) Redeem(s desk.Sale, answer func(desk.Answer), now time.Time) {
	t.redeem(request{code: s.Code, bill: s.Bill, order: s.Order, payer: t.payerOf(s.Payer), from: voucher.BillOfPOS, source: "pos", answer: answer}, now)
}

// Stop takes nothing new from now on. What waits for the hub is answered by Tick as ever.
func (t *Core) Stop() { t.stopping = true }

// News takes what everybody who listens is to be told: each answer once, in order.
func (t *Core) News() []desk.Answer {
	news := t.news
	t.news = nil
	return news
}

func (q *request) isScan() bool { return q.answer == nil }

// wait is a record that the hub has been sent and somebody waits for.
type wait struct {
	request
	id       id
	deadline time.Time
	used     bool                // the voucher was known to be used elsewhere when the hub was asked
	also     []func(desk.Answer) // who asked the same again meanwhile
}

// NewCore makes a till on its journal. It starts nothing, writes nothing, and does not listen to the journal: the driver
// does. Config.Now is not used.
func NewCore(c Config) *Core {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	t := &Core{
		journal: c.Journal, log: c.Log, version: c.Version, patience: c.Patience, scanners: slices.Clone(c.Scanners),
		closes: c.Closes, passOn: c.PassOn,
		waits: map[id]*wait{}, voids: map[id]*wait{},
		shown: map[id]bool{}, unvoided: map[id]bool{}, undo: map[id]bool{}, since: map[string]time.Time{},
	}
	if t.closes == nil {
		t.closes = new(Closes)
	}
	slices.SortStableFunc(t.scanners, byName)
	t.startShift()
	return t
}

// Wake reads from the journal what an earlier life left: what was asked and shown to nobody is taken back, and what was
// shown PROVISIONAL is looked out for.
func (t *Core) Wake(now time.Time) {
	for _, s := range t.journal.Waiting() {
		t.log.Info("redemption taken back after a restart", "redemption", s.ID.String())
		t.owe(s.ID)
	}
	t.takeBack()
	for _, s := range t.journal.Day(time.Time{}, time.Unix(1<<40, 0)) {
		if s.State() == "provisional" {
			t.shown[s.ID] = true
		}
		if s.Voided && s.Undone == nil {
			t.unvoided[s.ID] = true
		}
	}
	t.looked = now
	t.wakeLane()
	t.Look(now)
}

// Next is when Tick has something to do.
func (t *Core) Next(now time.Time) time.Time {
	next := t.looked.Add(lookEvery)
	for _, waits := range []map[id]*wait{t.waits, t.voids} {
		for _, w := range waits {
			if w.deadline.Before(next) {
				next = w.deadline
			}
		}
	}
	return next
}

// Tick does what is due: answers where patience is over, and now and then what could not be done before.
func (t *Core) Tick(now time.Time) {
	for _, w := range due(t.waits, now) {
		t.goOn(w)
	}
	for _, w := range due(t.voids, now) {
		t.endVoid(w)
	}
	if now.Sub(t.looked) >= lookEvery {
		t.looked = now
		t.takeBack()
		t.journal.Note()
	}
}

func due(waits map[id]*wait, now time.Time) (due []*wait) {
	for _, of := range inOrder(waits) {
		if w := waits[of]; !now.Before(w.deadline) {
			due = append(due, w)
		}
	}
	return due
}

// inOrder lists sales as they began.
func inOrder[V any](sales map[id]V) []id {
	return slices.SortedFunc(maps.Keys(sales), func(a, b id) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Number, b.Number))
	})
}

// current tells whether a sale is of the journal's epoch: only such a one can still be changed.
func (t *Core) current(of id) bool { return of.Epoch == t.journal.State().Epoch }

// owe notes that a sale is still to be reversed.
func (t *Core) owe(of id) {
	t.undo[of] = true
	if t.current(of) {
		t.journal.Owe(of.Number)
	}
}

// Waiting tells whether somebody still waits for an answer.
func (t *Core) Waiting() bool { return len(t.waits)+len(t.voids) > 0 }

// takeBack reverses what was asked, shown to nobody, and could not be reversed at the time.
func (t *Core) takeBack() {
	for _, of := range inOrder(t.undo) {
		if !t.current(of) {
			delete(t.undo, of)
			continue
		}
		switch _, err := t.journal.Reverse(of.Number); {
		case err == nil:
			t.wrote()
		case !errors.Is(err, journal.ErrNoSale): // which would mean that it was shown after all, and so stands
			t.failed(err)
			return
		}
		delete(t.undo, of)
	}
}

// failed notes that the journal could not be written, and logs it once.
func (t *Core) failed(err error) {
	fault := desk.WarnJournal
	if errors.Is(err, journal.ErrFull) {
		fault = desk.WarnDiskFull
	}
	if t.fault != fault {
		t.log.Error("journal not written", "error", err)
	}
	t.fault = fault
}

// wrote notes that the journal can be written.
func (t *Core) wrote() {
	if t.fault != "" {
		t.log.Info("journal written again")
	}
	t.fault = ""
}

// Line notes how the line to the hub stands. Who waits for the hub goes on waiting: the line may be back in time.
func (t *Core) Line(online bool, since time.Time, problem voucher.Text) {
	t.hub, t.problem = desk.Hub{Online: online, Since: since}, problem
}

// Scanner notes how a scanner stands; a name that is not known yet is added.
func (t *Core) Scanner(s desk.Scanner) {
	i := slices.IndexFunc(t.scanners, func(old desk.Scanner) bool { return old.Name == s.Name })
	if i >= 0 {
		t.scanners[i] = s
		return
	}
	t.scanners = append(t.scanners, s)
	slices.SortStableFunc(t.scanners, byName)
}

// Device notes how a device stands; one that is not known yet is added.
func (t *Core) Device(d desk.Device) {
	same := func(old desk.Device) bool { return old.Kind == d.Kind && old.Name == d.Name }
	if i := slices.IndexFunc(t.devices, same); i >= 0 {
		t.devices[i] = d
		return
	}
	t.devices = append(t.devices, d)
	slices.SortStableFunc(t.devices, func(a, b desk.Device) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
}

// NoScanner takes away a scanner that is not set up any more.
func (t *Core) NoScanner(name string) {
	t.scanners = slices.DeleteFunc(t.scanners, func(s desk.Scanner) bool { return s.Name == name })
}

// NoDevice takes away a device that is not set up any more.
func (t *Core) NoDevice(kind, name string) {
	t.devices = slices.DeleteFunc(t.devices, func(d desk.Device) bool { return d.Kind == kind && d.Name == name })
}

func byName(a, b desk.Scanner) int { return cmp.Compare(a.Name, b.Name) }

// SetBill sets the bill at hand, or clears it with 0; the latest one holds, as desk.Bill.Over has it. Errors: voucher.ErrNotPositive or ErrTooMuch, desk.ErrStopping.
func (t *Core) SetBill(b desk.Bill) error {
	if b.Fen != 0 {
		if err := voucher.CheckBill(b.Fen); err != nil {
			return err
		}
	}
	if t.stopping {
		return desk.ErrStopping
	}
	if !b.Over(t.bill) {
		return nil
	}
	t.payer, b.Payer = t.payerOf(b.Payer), ""
	t.bill = b
	t.billsSet++
	return nil
}

// passedOn hands on a code that is not for us. It goes as often as it is scanned: two of the same bottle are two sold, and
// whether a code that still lies there is read again is between the scanner and the program that used to hear it alone.
func (t *Core) passedOn(source, text string) bool {
	if t.passOn == nil {
		return false
	}
	r := voucher.Read(text, payments(t.law()))
	if !r.Foreign() || !t.passOn(source, text) {
		return false
	}
	t.log.Debug("code passed on", "source", source, "reading", r)
	return true
}

// NotPassedOn says of a code which Config.PassOn took that it did not reach the other program: the cashier is asked for it
// again, by name.
func (t *Core) NotPassedOn(source, text string) {
	r := voucher.Read(text, payments(t.law()))
	q := request{bill: t.bill.Fen, source: source}
	t.conclude(&q, t.refuse(t.draft(q), r.Reason, desk.Details{Code: r.Title, Masked: r.Masked}))
}

// Scan judges a text against the bill at hand; the answer comes as news. An empty text is a scan that the scanner itself
// knows to be damaged. Scans go one at a time; the same text again within a second, or while it
// is being dealt with, is the same phone still lying there. Another bill makes it another question. The error is
// desk.ErrStopping.
func (t *Core) Scan(text, source string, now time.Time) error {
	if t.stopping {
		return desk.ErrStopping
	}
	if t.passedOn(source, text) {
		return nil
	}
	t.scan(text, source, desk.Details{}, now)
	return nil
}

// Picture is Scan for the texts of all codes that were found in one picture. Where none of them is meant the answer is SCAN AGAIN and says why.
func (t *Core) Picture(texts []string, source string, now time.Time) error {
	if t.stopping {
		return desk.ErrStopping
	}
	text, d, _ := desk.Pick(texts, func(text string) bool { return voucher.Read(text, payments(t.law())).Reason == voucher.OK })
	t.scan(text, source, d, now)
	return nil
}

// scan deals with one scan; the details say why one without a text came without.
func (t *Core) scan(text, source string, d desk.Details, now time.Time) {
	seen := desk.See(text, t.billsSet, now)
	if seen.Again(t.recent, t.scanning != id{}) {
		t.recent = seen
		return
	}
	from, _ := voucher.BillSourceNamed(t.bill.Source)
	q := request{code: text, bill: t.bill.Fen, payer: t.payer, from: from, source: source, set: t.billsSet}
	if (t.scanning != id{}) {
		t.conclude(&q, t.refuse(t.draft(q), voucher.Busy, desk.Details{}))
		return
	}
	t.recent = seen
	if d != (desk.Details{}) {
		t.conclude(&q, t.refuse(t.draft(q), voucher.DamagedScan, d))
		return
	}
	t.redeem(q, now)
}

// law is the law last heard, nil before any.
func (t *Core) law() *wire.LawBody { return t.journal.State().Law }

func payments(law *wire.LawBody) []voucher.PaymentScheme {
	if law == nil || len(law.Campaign.Payments) == 0 {
		return voucher.DefaultPayments()
	}
	return law.Campaign.Payments
}
