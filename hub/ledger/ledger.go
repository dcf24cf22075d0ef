package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// maxGroup bounds how many waiting requests are decided and written together.
const maxGroup = 4096

// ErrStopped: the ledger no longer runs, or its book failed; what was asked may or may not be in the book, and asking
// again after the next start tells.
var ErrStopped = errors.New("the ledger has stopped")

// Options are what a Ledger is given. All may be left out.
type Options struct {
	Now     func() time.Time                                // time.Now when nil
	Sign    func(raw []byte) []byte                         // signs leases with the hub's key
	Seal    func(raw []byte) []byte                         // signs what the book holds, for ForSeal; nil: nothing is sealed
	Changed func(Change)                                    // what may concern terminals, after it is on disk; must not block
	Grouped func(requests, entries int, took time.Duration) // after each group, for metrics; must not block

	// Wrote is handed the entries of each group once they are in the book, and where the first of them stands, so that
	// whoever follows the book need not read and decode them again. It must not block nor write to them; nil: nobody.
	Wrote func(first book.Position, entries []Entry)

	Payers  []byte // key of voucher.Payer, for the law; nil: tills keep none
	Ratchet []byte // key of the ratchet's secrets; the same for the hub's whole life, else every terminal is taken for a copy

	// Inline lets each method decide and write in its caller's own goroutine, one request to a group: for a program that
	// has one thread only and replays itself. Run is not called then, and the ledger is not safe for concurrent use.
	Inline bool
}

// Ledger is the mailbox around the state. Every method but Run may be called by many at once, and blocks until its answer
// is on disk.
type Ledger struct {
	o      Options
	book   *book.Book
	state  *state // owned by Run once it runs
	inbox  chan *request
	ended  chan struct{}
	alive  atomic.Bool
	made   atomic.Pointer[HubMade]
	failed bool // with Inline: the book failed
}

type request struct {
	decide func(*draft)
	done   chan error
}

// Open folds the book. It starts nothing; an error names the entry that cannot be read.
func Open(ctx context.Context, b *book.Book, o Options) (*Ledger, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sign == nil {
		o.Sign = func([]byte) []byte { return nil }
	}
	if o.Changed == nil {
		o.Changed = func(Change) {}
	}
	if o.Grouped == nil {
		o.Grouped = func(int, int, time.Duration) {}
	}
	s, err := fold(ctx, b)
	if err != nil {
		return nil, err
	}
	l := &Ledger{o: o, book: b, state: s, inbox: make(chan *request, maxGroup), ended: make(chan struct{})}
	l.alive.Store(o.Inline)
	l.made.Store(s.hub)
	return l, nil
}

func fold(ctx context.Context, b *book.Book) (*state, error) {
	s := newState()
	err := b.Read(ctx, 0, func(e book.Entry) error {
		entry, err := DecodeEntry(e.Body)
		if err == nil {
			err = s.apply(&entry)
		}
		if err != nil {
			return fmt.Errorf("entry %d of the book: %w", e.At, err)
		}
		return nil
	})
	return s, err
}

// Run decides until ctx ends or the book fails; a failed append is fatal, and the next start folds the book again.
func (l *Ledger) Run(ctx context.Context) error {
	l.alive.Store(true)
	defer close(l.ended)
	defer l.alive.Store(false)
	for {
		select {
		case <-ctx.Done():
			if err := l.sealLast(); err != nil {
				return err
			}
			return ctx.Err()
		case first := <-l.inbox:
			if err := l.commit(l.gather(first)); err != nil {
				return err
			}
		}
	}
}

// Running tells whether the ledger takes requests.
func (l *Ledger) Running() bool { return l.alive.Load() }

// Generation is the hub's, 16 bytes; nil before Found. It changes when the hub is restored, and when it notices that its
// book has lost its end (Change.Hub). Safe for concurrent use; it does not block.
func (l *Ledger) Generation() []byte {
	if h := l.made.Load(); h != nil {
		return h.Generation
	}
	return nil
}

func (l *Ledger) gather(first *request) []*request {
	group := []*request{first}
	for len(group) < maxGroup {
		select {
		case r := <-l.inbox:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// commit decides a group, writes its entries with one sync, and only then answers.
func (l *Ledger) commit(group []*request) error {
	began := time.Now()
	d := &draft{state: l.state, time: l.now(), sign: l.o.Sign, ratchet: l.o.Ratchet, keeps: l.o.Wrote != nil}
	first := l.state.position + 1
	if l.o.Seal != nil && l.state.unsealed >= sealEvery {
		l.sealNow(d)
	}
	for _, r := range group {
		r.decide(d)
	}
	d.complete()
	err := d.fault
	if err == nil && len(d.bodies) > 0 {
		var last book.Position
		if last, err = l.book.Append(d.bodies...); err == nil && last != l.state.position {
			err = fmt.Errorf("the book is at %d, the ledger at %d", last, l.state.position)
		}
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrStopped, err)
	}
	for _, r := range group {
		r.done <- err
	}
	if err == nil {
		l.made.Store(l.state.hub)
		if len(d.entries) > 0 {
			l.o.Wrote(first, d.entries)
		}
		l.o.Grouped(len(group), len(d.bodies), time.Since(began))
		if !d.change.Empty() {
			l.o.Changed(d.change)
		}
	}
	return err
}

// now never runs backwards, also over restarts: the newest entry's time is the least.
func (l *Ledger) now() time.Time {
	now := l.o.Now()
	if last := l.state.now(); now.Before(last) {
		return last
	}
	return now
}

// do posts a request and waits until it is decided and on disk.
func (l *Ledger) do(ctx context.Context, decide func(*draft)) error {
	r := &request{decide, make(chan error, 1)}
	if l.o.Inline {
		return l.doInline(r)
	}
	select {
	case l.inbox <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return ErrStopped
	}
	select {
	case err := <-r.done:
		return err
	case <-l.ended:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrStopped
		}
	}
}

// doInline does in the caller's goroutine what Run does in its own; a failed book is as fatal here.
func (l *Ledger) doInline(r *request) error {
	if l.failed {
		return ErrStopped
	}
	err := l.commit([]*request{r})
	if err != nil {
		l.failed = true
		l.alive.Store(false)
	}
	return err
}

// ask is do for a request with an answer.
func ask[A any](ctx context.Context, l *Ledger, decide func(*draft) (A, error)) (A, error) {
	var answer A
	var no error
	if err := l.do(ctx, func(d *draft) { answer, no = decide(d) }); err != nil {
		return answer, err
	}
	return answer, no
}

// tell is do for a request that is only granted or refused.
func (l *Ledger) tell(ctx context.Context, decide func(*draft) error) error {
	_, err := ask(ctx, l, func(d *draft) (struct{}, error) { return struct{}{}, decide(d) })
	return err
}

// Found makes the first entry of an empty book; on a book that has one it checks that it is the same hub's.
func (l *Ledger) Found(ctx context.Context, h HubMade) error {
	return l.tell(ctx, func(d *draft) error { return d.found(h) })
}

// Apply puts a campaign in force, whole, and gives it with its revision; changed is false when it was in force already.
func (l *Ledger) Apply(ctx context.Context, c voucher.Campaign) (in voucher.Campaign, changed bool, err error) {
	in, err = ask(ctx, l, func(d *draft) (voucher.Campaign, error) {
		var no error
		in, changed, no = d.applyNew(c)
		return in, no
	})
	return in, changed, err
}

// SetMerchants adds merchants and replaces what is known of those that are there.
func (l *Ledger) SetMerchants(ctx context.Context, all []voucher.Merchant) (added, changed int, err error) {
	err = l.tell(ctx, func(d *draft) (no error) {
		added, changed, no = d.setMerchants(all)
		return no
	})
	return added, changed, err
}

// SetMerchantStatus suspends a merchant or lets it in again; the reason stays on record.
func (l *Ledger) SetMerchantStatus(ctx context.Context, code voucher.MerchantID, status voucher.MerchantStatus, reason string) error {
	return l.tell(ctx, func(d *draft) error { return d.setMerchantStatus(code, status, reason) })
}

// MakeToken lets one terminal of a merchant enrol.
func (l *Ledger) MakeToken(ctx context.Context, k TokenMade) error {
	return l.tell(ctx, func(d *draft) error { return d.makeToken(k) })
}

// Enrol uses a token up and gives the terminal it makes. Refusals: token_unknown, token_used, token_expired,
// merchant_suspended.
func (l *Ledger) Enrol(ctx context.Context, n Enrolment) (TerminalEnrolled, error) {
	return ask(ctx, l, func(d *draft) (TerminalEnrolled, error) { return d.enrol(n) })
}

// SetTerminal freezes, frees or revokes a terminal; a revoked one stays revoked.
func (l *Ledger) SetTerminal(ctx context.Context, id voucher.TerminalID, to voucher.TerminalState, reason string) error {
	return l.tell(ctx, func(d *draft) error { return d.setTerminalNamed(id, to, reason) })
}

// Issue issues vouchers, all or none, at most MaxIssue at a time. Refusals: no_campaign, unknown_voucher, out_of_stock, person_limit,
// serial_in_use, bad_request.
func (l *Ledger) Issue(ctx context.Context, v VouchersIssued) error {
	return l.tell(ctx, func(d *draft) error { return d.issue(v) })
}

// Receive decides a terminal's records in order. The ack is good even with ErrGap and ErrRecovering: it says
// where the chain ends.
// The ratchet is left to the caller.
func (l *Ledger) Receive(ctx context.Context, b Batch) (wire.AckBody, error) {
	ack, err := ask(ctx, l, func(d *draft) (wire.AckBody, error) { return d.receive(b) })
	if err == nil || errors.Is(err, ErrGap) || errors.Is(err, ErrRecovering) {
		at, head := l.book.Head()
		ack.Book, ack.BookHead = uint64(at), head[:]
	}
	return ack, err
}

// TopUp grants a terminal a new lease when that is worth while; nil otherwise.
func (l *Ledger) TopUp(ctx context.Context, id voucher.TerminalID) (*LeaseGranted, error) {
	return ask(ctx, l, func(d *draft) (*LeaseGranted, error) { return d.topUp(id) })
}
