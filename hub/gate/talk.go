package gate

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// TalkOptions are what a Talk is given. Ledger, Hub, Nonce and Send are needed.
type TalkOptions struct {
	Ledger *ledger.Ledger
	Hub    ed25519.PrivateKey
	Nonce  []byte                   // 32 fresh random bytes
	Send   func(frame []byte) error // takes a frame for the terminal; must not block. An error of it ends the talk

	Issuing ed25519.PrivateKey // signs lane vouchers; nil: there are none, and the Welcome says so
	Chance  func() uint32      // for their serials; crypto/rand

	Log    *slog.Logger     // silence
	Now    func() time.Time // time.Now
	Return time.Duration    // over which those are spread who must say hello anew; 0

	// What others want to know of it. Each may be nil; each is called where the talk is, before what it tells of is sent.
	Overtaken func() bool               // a connection that was made later has come in as this terminal: this one's hello is of the past
	Entered   func(ledger.TerminalInfo) // the terminal is who it says; laws may be pushed from now on
	Heard     func(report *wire.Status) // it spoke, and reported itself when report is not nil
	Received  func(b ledger.Batch, ack wire.AckBody, before uint64, took time.Duration)
	Granted   func()                      // a lease
	Ruled     func(law *voucher.Campaign) // a law is looked at for this terminal
}

// Talk is one terminal's conversation with everything that the hub does in it, but without a socket: frames in, frames
// out, and each call returns when what it led to is in the book. conn runs it beside a websocket, a rehearsal without.
// Law is safe for concurrent use, all else is for one goroutine.
type Talk struct {
	o       TalkOptions
	session *Session
	faces   []byte // the hub's generation, as the challenge said
	limited bool   // it was told that it gets no more lane vouchers

	mu    sync.Mutex // guards the rest
	law   uint64     // newest revision that the terminal has or was sent
	fresh bool       // no law was looked at since the hello
	ahead uint64     // what is added to the ledger's revisions for this terminal
}

// NewTalk begins a talk; it sends nothing yet.
func NewTalk(o TalkOptions) *Talk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Chance == nil {
		o.Chance = random
	}
	if o.Overtaken == nil {
		o.Overtaken = func() bool { return false }
	}
	if o.Entered == nil {
		o.Entered = func(ledger.TerminalInfo) {}
	}
	if o.Heard == nil {
		o.Heard = func(*wire.Status) {}
	}
	if o.Received == nil {
		o.Received = func(ledger.Batch, wire.AckBody, uint64, time.Duration) {}
	}
	if o.Granted == nil {
		o.Granted = func() {}
	}
	if o.Ruled == nil {
		o.Ruled = func(*voucher.Campaign) {}
	}
	return &Talk{o: o, session: NewSession(o.Hub, o.Nonce, o.Ledger.Secret)}
}

// Terminal is who this is; empty before the hub has looked at its hello.
func (t *Talk) Terminal() voucher.TerminalID { return t.session.Terminal() }

// Hello is what the terminal said of itself.
func (t *Talk) Hello() wire.HelloBody { return t.session.Hello() }

// Begin sends the challenge.
func (t *Talk) Begin() error {
	t.faces = t.o.Ledger.Generation()
	return t.send(t.session.Challenge(t.faces, t.o.Now()))
}

// Hear deals with one frame. After an error the talk is over: a *Farewell says what the terminal is to be told, any other
// is Send's.
func (t *Talk) Hear(ctx context.Context, frame []byte) error {
	now := t.o.Now()
	ask, err := t.session.Hear(frame, now)
	switch {
	case err != nil:
		return err
	case ask.Identify != nil:
		return t.greet(ctx, *ask.Identify)
	case ask.Deliver != nil:
		return t.deliver(ctx, *ask.Deliver)
	case ask.Lane:
		return t.lane(ctx)
	}
	return t.heed(ctx, *ask.Report, now)
}

// greet answers a hello. Others learn of the terminal before the law is read, so that no change falls between.
func (t *Talk) greet(ctx context.Context, hello wire.HelloBody) error {
	met, err := t.meet(ctx, hello)
	if err != nil {
		return err
	}
	t.compare(met)
	w, err := t.session.Welcome(met, t.o.Now())
	w.Lanes = t.o.Issuing != nil
	if err == nil {
		err = t.send(w)
	}
	if err != nil {
		return err
	}
	t.law, t.fresh = hello.Law, true
	t.o.Entered(met.TerminalInfo)
	if !bytes.Equal(t.faces, t.o.Ledger.Generation()) {
		// It answered a hub that was not restored yet, and did not show what a restored one must see. Whoever entered before
		// the change is sent away by the change.
		return again(true, t.o.Return)
	}
	if err := t.freshLaw(ctx); err != nil {
		return err
	}
	if met.Grant != nil && met.Lease.Epoch == hello.Epoch && met.Lease.Serial > hello.Lease {
		if err := t.lease(met.Grant); err != nil {
			return err
		}
	}
	return t.topUp(ctx)
}

// meet looks who says hello, and has the ledger take it.
func (t *Talk) meet(ctx context.Context, hello wire.HelloBody) (ledger.Met, error) {
	key, err := t.o.Ledger.Device(ctx, hello)
	switch {
	case errors.Is(err, ledger.ErrUnknownTerminal):
		return ledger.Met{}, t.session.Unknown()
	case err != nil:
		return ledger.Met{}, fault(fmt.Errorf("look up %s: %w", hello.Terminal, err))
	}
	if err := t.session.Prove(key); err != nil {
		return ledger.Met{}, err
	}
	if t.o.Overtaken() {
		// It waited on a slow line while the terminal called again. Met now, it would show an older secret than was
		// confirmed since, and the terminal would be taken for a copy of itself.
		return ledger.Met{}, replaced()
	}
	met, err := t.o.Ledger.Meet(ctx, hello)
	if err != nil {
		return ledger.Met{}, fault(fmt.Errorf("meet %s: %w", hello.Terminal, err))
	}
	return met, nil
}

// compare looks for a disk that is older than the book, or another one. What it means is the ledger's to say when
// records come; here it is only brought to somebody's notice.
func (t *Talk) compare(info ledger.Met) {
	h := t.session.Hello()
	switch {
	case h.Epoch != info.Epoch:
		t.o.Log.Warn("terminal is in another epoch than the book", "terminal", h.Terminal, "epoch", h.Epoch, "book", info.Epoch)
	case h.Last < info.Last:
		t.o.Log.Warn("terminal has fewer records than the book: an older disk", "terminal", h.Terminal, "last", h.Last, "book", info.Last)
	case h.Last == info.Last && info.Last > 0 && string(h.Head) != string(info.Head):
		t.o.Log.Warn("terminal has another chain of records than the book", "terminal", h.Terminal, "last", h.Last)
	}
}

// freshLaw sends the law in force when it is newer than what the terminal has. Before a campaign there is none.
func (t *Talk) freshLaw(ctx context.Context) error {
	_, err := t.Law(ctx)
	if err != nil && asFarewell(err) == nil {
		err = fault(fmt.Errorf("law for %s: %w", t.Terminal(), err))
	}
	return err
}

// Law sends the terminal its law when that is newer than what it was sent, and tells whether it was. It must not be called
// before Entered. Errors: a *Farewell, or the ledger's.
func (t *Talk) Law(ctx context.Context) (newer bool, err error) {
	body, err := t.o.Ledger.Law(ctx, t.Terminal())
	if _, none := errors.AsType[*ledger.Refusal](err); none {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	t.o.Ruled(&body.Campaign)
	if body.Revision, newer = t.revise(body.Revision); !newer {
		return false, nil
	}
	m, err := SealLaw(body, t.o.Hub, t.o.Now())
	if err != nil {
		return false, fault(err)
	}
	return true, t.send(m)
}

// revise gives the revision under which the terminal takes a law, and tells whether it has not got it yet. Revisions count
// the book's entries, so a hub that was put back to an older book would not be heard by whoever has a law of the lost one:
// to them they are counted on from there.
func (t *Talk) revise(revision uint64) (as uint64, newer bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fresh && revision < t.law && t.law < maxRevision {
		t.ahead = t.law + 1 - revision
	}
	t.fresh = false
	as = revision + t.ahead
	newer = as > t.law
	if newer {
		t.law = as
	}
	return as, newer
}

// maxRevision is far above any book, and far below where counting on would overflow.
const maxRevision = 1 << 60

// deliver hands records to the ledger and acks what became of them.
func (t *Talk) deliver(ctx context.Context, b ledger.Batch) error {
	began := time.Now()
	body, err := t.o.Ledger.Receive(ctx, b)
	switch {
	case errors.Is(err, ledger.ErrRecord):
		return badFrame(err, "本机发送了不属于本终端或本期日志的记录", "this PC sent records of another terminal or another journal")
	case err != nil && !errors.Is(err, ledger.ErrGap) && !errors.Is(err, ledger.ErrRecovering):
		return fault(fmt.Errorf("receive %d records of %s: %w", len(b.Records), b.Terminal, err))
	}
	t.o.Received(b, body, t.session.Last(), time.Since(began))
	t.o.Heard(nil)
	ack, err := t.session.Ack(body, t.o.Now())
	if err == nil {
		err = t.send(ack)
	}
	if err != nil || !drawsOnLease(b.Records) {
		return err
	}
	return t.topUp(ctx)
}

// drawsOnLease tells whether a lease could have become smaller: only then is it worth asking for a new one.
func drawsOnLease(records []*voucher.Record) bool {
	for _, r := range records {
		if r.Kind == voucher.Accept || r.Kind == voucher.Confirm || r.Kind == voucher.Surrender {
			return true
		}
	}
	return false
}

// heed takes a report and answers with the hub's time, and with whatever the ledger has for the terminal.
func (t *Talk) heed(ctx context.Context, s wire.Status, now time.Time) error {
	t.o.Heard(&s)
	reply, err := t.o.Ledger.Report(ctx, t.Terminal(), t.session.Hello().Epoch, s)
	if err != nil {
		return fault(fmt.Errorf("report of %s: %w", t.Terminal(), err))
	}
	m, err := t.session.Pulse(now)
	if err == nil {
		err = t.send(m)
	}
	if err == nil && reply.Recall != nil {
		err = t.recall(*reply.Recall)
	}
	if err == nil && reply.Grant != nil {
		t.o.Granted()
		err = t.lease(reply.Grant)
	}
	if err != nil {
		return err
	}
	return t.spent(ctx, s.Spent)
}

func (t *Talk) recall(body wire.RecallBody) error {
	m, err := t.session.Recall(body)
	if err != nil {
		return fault(err)
	}
	return t.send(m)
}

// spent sends what the terminal's set of used vouchers lacks, a part at a time: the next one follows the next report.
func (t *Talk) spent(ctx context.Context, has uint64) error {
	body, err := t.o.Ledger.Spent(ctx, has, wire.MaxNumbers)
	if err != nil {
		return fault(fmt.Errorf("used vouchers for %s: %w", t.Terminal(), err))
	}
	if body.To == body.From {
		return nil
	}
	m, err := t.session.Spent(body)
	if err != nil {
		return fault(err)
	}
	return t.send(m)
}

// lane gives the terminal a lane voucher. One that asks although it was not told that it may hears why there is none.
func (t *Talk) lane(ctx context.Context) error {
	code, no := voucher.Code{}, voucher.UnknownVoucher
	if t.o.Issuing != nil {
		var err error
		code, no, err = t.o.Ledger.LaneVoucher(ctx, t.Terminal(), t.o.Chance(),
			func(b voucher.Body) voucher.Code { return voucher.Sign(b, t.o.Issuing) })
		if err != nil {
			return fault(fmt.Errorf("lane voucher for %s: %w", t.Terminal(), err))
		}
	}
	if no == voucher.LaneLimit && !t.limited {
		t.limited = true
		t.o.Log.Warn("terminal asks for more lane vouchers than it is given in a day", "terminal", t.Terminal())
	}
	t.o.Heard(nil)
	m, err := t.session.Lane(code, no, t.o.Now())
	if err != nil {
		return fault(err)
	}
	return t.send(m)
}

func random() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

func (t *Talk) topUp(ctx context.Context) error {
	grant, err := t.o.Ledger.TopUp(ctx, t.Terminal())
	switch {
	case err != nil:
		return fault(fmt.Errorf("lease for %s: %w", t.Terminal(), err))
	case grant == nil:
		return nil
	}
	t.o.Granted()
	return t.lease(grant)
}

func (t *Talk) lease(g *ledger.LeaseGranted) error {
	return t.send(wire.Lease{Signed: wire.Signed{Raw: g.Raw, Sig: g.Sig}})
}

func (t *Talk) send(m wire.Message) error {
	frame, err := wire.Encode(m)
	if err != nil {
		return fault(err)
	}
	return t.o.Send(frame)
}
