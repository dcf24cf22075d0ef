package uplink

import (
	"errors"
	"fmt"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Talk is one conversation with the hub as far as it needs no socket: frames come in, what they bring is kept in the
// journal, and frames to be sent come out. It has no goroutine and no clock; it blocks for the journal's disk only, and
// is not safe for concurrent use. A call drives it with a websocket, a rehearsal without.
//
// After an error the connection is of no more use: it is a *Trouble with the hub's farewell (see Farewell), wraps
// wire.ErrFrame, wire.ErrSignature, ErrRenewed or one of the journal's errors, or says what else went wrong.
type Talk struct {
	journal *journal.Journal
	session session
	state   voucher.TerminalState
	wish    uint64          // for a lane voucher, as last asked of this hub
	order   *wire.OrderBody // to begin another epoch, once everything of this one is answered
}

// ErrRenewed: the journal has begun another epoch as the hub ordered; the connection is to be made anew, at once. From
// Talk.
var ErrRenewed = errors.New("the journal has begun anew; connect again")

// NewTalk begins a conversation; the hub's challenge is to come. The version is the program's.
func NewTalk(id Identity, j *journal.Journal, version string) *Talk {
	return &Talk{journal: j, session: session{id: id, version: version, papers: j.Papers}}
}

// ShowPapers has the hello show the lease and the law as they were received, as it does anyway to a hub of another
// generation: for a hub that has just said that it does not know this terminal (a Bye that is Fatal, before it let us in).
// It may have lost the end of its book without knowing.
func (t *Talk) ShowPapers() { t.session.shows = true }

// Open tells whether the hub has let us in.
func (t *Talk) Open() bool { return t.session.stage == open }

// Ready tells whether the hub decides what it is asked. One that has let us in but leaves records without an answer was put
// back to an older state and waits for other terminals: to a sale it is as if the line were down.
func (t *Talk) Ready() bool { return t.Open() && !t.session.mute }

// Take keeps what a frame brings, and gives what is to be sent now, in order.
func (t *Talk) Take(frame []byte) (out [][]byte, err error) {
	next, err := t.absorb(frame)
	if err != nil {
		return nil, err
	}
	if next.reply != nil {
		if out, err = also(out, next.reply); err != nil {
			return nil, err
		}
	}
	if next.opens {
		t.state = next.welcome.State
		if out, err = also(out, t.session.status(t.journal.State())); err != nil {
			return nil, err
		}
	}
	records, err := t.Pump()
	return append(out, records...), err
}

// Absorb keeps what a frame brings, when nothing can be sent any more.
func (t *Talk) Absorb(frame []byte) error {
	_, err := t.absorb(frame)
	return err
}

// Pump gives what is to be sent of the journal's records, as many frames as the hub may be sent now. It is to be called
// when the journal signals Pending.
func (t *Talk) Pump() (out [][]byte, err error) {
	if out, err = t.askLane(); err != nil {
		return nil, err
	}
	for {
		st := t.journal.State()
		after, ok := t.session.wants(st)
		if !ok {
			return out, nil
		}
		m, err := t.records(after, st)
		if err != nil {
			return out, err
		}
		if out, err = also(out, m); err != nil {
			return out, err
		}
	}
}

// askLane asks for a lane voucher where one is wanted, once in a conversation.
func (t *Talk) askLane() (out [][]byte, err error) {
	wish := t.journal.LaneWish()
	if wish == 0 || wish == t.wish || !t.Open() || !t.session.lanes {
		return nil, nil
	}
	t.wish = wish
	return also(nil, wire.LaneAsk{})
}

// records makes a frame of the records after a number. What the hub has answered once and does not have any more goes
// with the ack that answered it.
func (t *Talk) records(after uint64, st journal.State) (wire.Message, error) {
	if after >= st.Settled {
		return t.session.records(t.journal.Unsettled(after, wire.MaxRecords), nil)
	}
	raws, proof, err := t.journal.Proven(after, wire.MaxRecords)
	if err != nil {
		return nil, err
	}
	return t.session.records(raws, proof)
}

// Report gives the terminal's word on itself: the heartbeat, due every 10 s, and then whatever a hub that was not ready
// to answer is to be asked again. Before the hub has let us in it is nothing.
func (t *Talk) Report() (out [][]byte, err error) {
	if !t.Open() {
		return nil, nil
	}
	if err := errors.Join(t.giveBack(), t.renew()); err != nil {
		return nil, err
	}
	st := t.journal.State()
	if out, err = also(nil, t.session.status(st)); err != nil {
		return nil, err
	}
	t.session.again(st)
	records, err := t.Pump()
	return append(out, records...), err
}

// Untold tells whether a Report is due soon, within Soon: an answer of the hub's is on the disk, and the hub does not know
// that. A copy of the disk as it was before, or one put back, would not be noticed: it would take back what was FINAL.
func (t *Talk) Untold() bool { return t.session.untold }

// Soon is how long a Report may wait that Untold asks for. Half as often as the hub bears.
const Soon = 2 * time.Second

// Parting is the terminal's last word on itself, for a line that is about to be closed; nil before the hub has let us in.
func (t *Talk) Parting() (frame []byte, err error) {
	if !t.Open() {
		return nil, nil
	}
	return wire.Encode(t.session.status(t.journal.State()))
}

// also puts a message's frame behind others.
func also(out [][]byte, m wire.Message) ([][]byte, error) {
	frame, err := wire.Encode(m)
	if err != nil {
		return out, err
	}
	return append(out, frame), nil
}

// absorb keeps what a frame brings. A farewell is an error.
func (t *Talk) absorb(frame []byte) (step, error) {
	next, err := t.session.receive(frame, t.journal.State())
	if err != nil {
		return step{}, err
	}
	if next.bye != nil {
		return step{}, farewell(*next.bye)
	}
	if !next.heard.IsZero() {
		t.journal.Hear(next.heard)
		t.journal.Turn(t.session.generation, next.ratchet)
	}
	if err := t.keep(next); err != nil {
		return step{}, err
	}
	return next, t.renew()
}

// renew obeys an order as soon as every record is answered.
func (t *Talk) renew() error {
	if t.order == nil {
		return nil
	}
	switch err := t.journal.Renew(*t.order); {
	case errors.Is(err, journal.ErrUnsettled):
		return nil
	case err != nil:
		return err
	}
	return ErrRenewed
}

// keep writes what came into the journal.
func (t *Talk) keep(next step) error {
	j := t.journal
	if next.opens {
		j.Face(next.faces)
		j.FaceLanes(next.welcome.Lanes)
		older, err := j.Meet(next.welcome.Last, next.welcome.Head)
		if err != nil {
			return err
		}
		if older {
			t.session.fork(j.State())
		}
		if next.order != nil && next.order.body.Epoch > j.State().Epoch {
			t.order = &next.order.body
		}
	}
	if next.law != nil {
		if err := j.AdoptLaw(next.law.raw, next.law.body); err != nil {
			return err
		}
		if err := t.giveBack(); err != nil {
			return err
		}
	}
	if next.lease != nil {
		if err := j.AdoptLease(next.lease.raw, next.lease.body); err != nil {
			return err
		}
	}
	if next.recall != nil {
		if err := t.recalled(next.recall.body); err != nil {
			return err
		}
	}
	if next.spent != nil {
		if err := j.AdoptSpent(next.spent.body); err != nil {
			return err
		}
	}
	if next.lane != nil {
		if err := j.AdoptLane(next.lane.body); err != nil {
			return err
		}
	}
	if next.ack == nil {
		return nil
	}
	if err := j.Settle(next.ack.body, next.ack.raw); err != nil {
		return err
	}
	t.session.untold = t.session.untold || len(next.ack.body.Outcomes) > 0
	return nil
}

// giveBack surrenders the lease when the law says that this till may not redeem. A law that says so and could not be
// obeyed because the disk was full is obeyed with a later report.
func (t *Talk) giveBack() error {
	st := t.journal.State()
	if st.Law == nil || st.Law.State == voucher.TerminalGood && st.Law.Merchant.Status == voucher.MerchantActive {
		return nil
	}
	return t.journal.Surrender(st.Lease.Serial)
}

// recalled surrenders the lease that the hub asks for. A recall is of one epoch, as the lease is.
func (t *Talk) recalled(b wire.RecallBody) error {
	if b.Terminal != t.session.id.Terminal {
		return fmt.Errorf("recall for %s: %w", b.Terminal, journal.ErrOther)
	}
	if b.Epoch != t.journal.State().Epoch {
		return nil
	}
	return t.journal.Surrender(b.Lease)
}

// byeError is the hub's farewell.
type byeError struct{ wire.Bye }

func (b *byeError) Error() string { return "the hub ended the connection" }

func farewell(bye wire.Bye) error {
	if bye.Text == (voucher.Text{}) {
		bye.Text = voucher.Text{Zh: "中心结束了连接，程序会自动重连", En: "the hub ended the connection; it is tried again by itself"}
	}
	return &Trouble{Text: bye.Text, Cause: &byeError{bye}}
}

// Farewell is the hub's last word in an error of a Talk; false when there was none.
func Farewell(err error) (wire.Bye, bool) {
	b, ok := errors.AsType[*byeError](err)
	if !ok {
		return wire.Bye{}, false
	}
	return b.Bye, true
}
