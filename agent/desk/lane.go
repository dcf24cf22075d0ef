package desk

import (
	"context"
	"errors"
	"time"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// Lane is a lane test: how far a voucher that is worth nothing has come on the path of every scan, from the scanner to the hub's
// book and back (hub/ledger/DESIGN.md). Steps stand in their order; of a test that nobody has begun there are none.
type Lane struct {
	State      string     `json:"state"` // LaneNone, LaneRunning, LanePassed, LaneOver or LaneEnded
	Steps      []LaneStep `json:"steps"`
	Begun      *time.Time `json:"begun,omitempty"`      // the till's trusted time
	Until      *time.Time `json:"until,omitempty"`      // the code is good until then
	Redemption string     `json:"redemption,omitempty"` // its ID, once it was scanned
	Ready      bool       `json:"ready"`                // POST /v1/lane/accept may be asked now: it passed within the hour
	Accepted   *Accepted  `json:"accepted,omitempty"`   // the newest record that this till was left working

	// Of GET and POST /v1/lane only, while the code waits to be scanned: never in a View.
	Code string `json:"code,omitempty"` // as it stands in the QR
	PNG  []byte `json:"png,omitempty"`  // the QR, base64 of a PNG
}

// How a lane test stands.
const (
	LaneNone    = "none"    // nobody has begun one
	LaneRunning = "running" // a step is awaited
	LanePassed  = "passed"  // every step but the print is done
	LaneOver    = "failed"  // a step has failed; another test may be begun
	LaneEnded   = "ended"   // somebody has ended it
)

// LaneStep is one step of a lane test.
type LaneStep struct {
	Name  string       `json:"name"`  // "code", "scan", "answer", "record", "void", and "print" where there is a printer
	State string       `json:"state"` // "todo", "now", "done" or "failed"
	Text  voucher.Text `json:"text"`  // how it stands
	Next  voucher.Text `json:"next"`  // what to do when it stays so; empty for nothing
	MS    int64        `json:"ms"`    // how long it took, milliseconds; 0 while it is not done, and where the agent was started anew in between
	At    *time.Time   `json:"at,omitempty"`
}

// Accepted is the record that a technician has left this till working.
type Accepted struct {
	Record     string     `json:"record"` // its ID in the till's chain
	Technician string     `json:"technician"`
	Note       string     `json:"note,omitempty"`
	Lane       string     `json:"lane"` // the redemption of the lane voucher
	At         time.Time  `json:"at"`
	State      string     `json:"state"` // "waiting" for the hub, "acked" when the hub has it in its book, "rejected" when it does not find the lane test
	Hub        *time.Time `json:"hub,omitempty"`
}

// ErrNoLane: no lane test has passed within the hour, so nothing can be accepted.
var ErrNoLane = errors.New("no lane test has passed within the hour")

// ErrNotYet: the journal is being compared with the hub's book, or begins anew as the hub ordered; nothing is recorded meanwhile.
var ErrNotYet = errors.New("the journal waits for the hub")

// LaneFresh is how long after it passed a lane test may be accepted.
const LaneFresh = time.Hour

// Lanes is what stands behind the door for lane tests. All of it waits for the till's mailbox and the disk. Errors: ErrStopping,
// ErrPractising.
type Lanes interface {
	// Lane tells how far the test is; the code is in it while it waits to be scanned.
	Lane(ctx context.Context) (Lane, error)
	// BeginLane begins a test. One that runs goes on.
	BeginLane(ctx context.Context) (Lane, error)
	// EndLane ends a test that runs.
	EndLane(ctx context.Context) (Lane, error)
	// LanePrinted is told that a slip of a redemption was printed.
	LanePrinted(ctx context.Context, redemption string) error
	// AcceptLane records the handover: what the till knows itself (version, lane redemption, times) is filled in. Errors:
	// ErrNoLane, ErrNotYet, ErrNoRoom, ErrNotKept.
	AcceptLane(ctx context.Context, h voucher.Handover) (Lane, error)
}

// Say gives a step its two sentences.
func (s LaneStep) Say(d LaneDetails) LaneStep {
	d.Step, d.State, d.MS = s.Name, s.State, s.MS
	said := ui.SayLane(d)
	s.Text, s.Next = said.Message, said.Next
	return s
}

// LaneDetails are the figures of a step's sentences that it does not bear itself.
type LaneDetails = ui.Lane

// The steps and their states.
const (
	LaneCode   = ui.LaneCode
	LaneScan   = ui.LaneScan
	LaneAnswer = ui.LaneAnswer
	LaneRecord = ui.LaneRecord
	LaneVoid   = ui.LaneVoid
	LanePrint  = ui.LanePrint

	LaneTodo   = ui.LaneTodo
	LaneNow    = ui.LaneNow
	LaneDone   = ui.LaneDone
	LaneFailed = ui.LaneFailed
)

// Said is a message and what to do next.
type Said = ui.Said

// LaneTier names the tier of a lane voucher.
func LaneTier() voucher.Text { return ui.LaneTier() }

// BeginLane begins a lane test, or gives the one that runs.
func (c *Client) BeginLane(ctx context.Context) (Lane, error) {
	var l Lane
	return l, c.call(ctx, "POST", lanePath, nil, &l)
}

// Lane tells how far the lane test is.
func (c *Client) Lane(ctx context.Context) (Lane, error) {
	var l Lane
	return l, c.call(ctx, "GET", lanePath, nil, &l)
}

// EndLane ends a lane test that runs.
func (c *Client) EndLane(ctx context.Context) (Lane, error) {
	var l Lane
	return l, c.call(ctx, "DELETE", lanePath, nil, &l)
}

// Acceptance is what a technician says.
type Acceptance struct {
	Technician string   `json:"technician"`
	Note       string   `json:"note,omitempty"`
	Despite    []string `json:"despite,omitempty"` // checks of doctor that fail and are known to
	PIN        string   `json:"pin,omitempty"`     // where one is set
}

// AcceptLane puts the signed word that this till works into its journal; the hub keeps it. It blocks for what doctor looks at.
func (c *Client) AcceptLane(ctx context.Context, a Acceptance) (Lane, error) {
	var l Lane
	return l, c.call(ctx, "POST", acceptPath, a, &l)
}
