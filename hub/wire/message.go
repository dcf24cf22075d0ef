package wire

import (
	"hexiao/hub/voucher"
)

// Limits of the websocket, agreed on by both sides.
const (
	MaxUp      = 64 << 10 // bytes of a frame from a terminal
	MaxDown    = 1 << 20  // bytes of a frame from the hub
	MaxRecords = 100      // records in one frame
	MaxFlight  = 4        // frames of records that may wait for their acks
)

// Protocol is the version of this protocol; the hub answers a Hello of another major version with a Bye.
const Protocol = 1

// Challenge is the hub's first frame. The terminal signs the nonce to show that it holds its key.
type Challenge struct {
	Nonce      []byte `cbor:"1,keyasint"` // 32 random bytes
	HubTime    int64  `cbor:"2,keyasint"` // milliseconds since 1970
	Generation []byte `cbor:"3,keyasint"` // 16 bytes, new when the hub was made or restored
}

// Hello is the terminal's first frame: a HelloBody and the device key's signature over it.
type Hello struct{ Signed }

// HelloBody is what a terminal says of itself.
type HelloBody struct {
	Nonce    []byte             `cbor:"1,keyasint"` // the challenge's
	Protocol int                `cbor:"2,keyasint"`
	Terminal voucher.TerminalID `cbor:"3,keyasint"`
	Epoch    uint32             `cbor:"4,keyasint"`
	Last     uint64             `cbor:"5,keyasint"` // number of the newest record in the journal, 0 for none
	Head     []byte             `cbor:"6,keyasint"` // its hash
	Law      uint64             `cbor:"7,keyasint"` // revision of the law it has, 0 for none
	Lease    uint32             `cbor:"8,keyasint"` // serial of the lease it has, 0 for none
	Version  string             `cbor:"9,keyasint"` // of the program

	Generation []byte  `cbor:"10,keyasint,omitempty"` // of the hub whose acks it has; empty before the first
	Ratchet    Ratchet `cbor:"11,keyasint,omitzero"`  // the newest that is on its disk
	Settled    uint64  `cbor:"12,keyasint,omitempty"` // all records up to this one have had the hub's word
	Lent       *Signed `cbor:"13,keyasint,omitempty"` // the lease it has, as received
	Named      *Signed `cbor:"14,keyasint,omitempty"` // to a hub of another generation: the law it has, as received
	Spent      uint64  `cbor:"15,keyasint,omitempty"` // version of its spent set
	Lost       bool    `cbor:"16,keyasint,omitempty"` // damage took away what may have been records after Last
}

// Ratchet is a secret that turns with each signed Ack and Pulse. A terminal shows the newest that is on its disk when it
// comes again; whoever shows an older one than was confirmed has a copy of the disk, or one that was put back.
type Ratchet struct {
	Turn   uint64 `cbor:"1,keyasint"` // counts the connections of an epoch, from 1; 0 for none yet
	Tick   uint64 `cbor:"2,keyasint"` // counts what was signed within it
	Secret []byte `cbor:"3,keyasint"` // 16 bytes
}

// Welcome answers a good Hello.
type Welcome struct {
	State voucher.TerminalState `cbor:"1,keyasint"`
	Last  uint64                `cbor:"2,keyasint"`           // number of the newest record the hub has of this epoch
	Head  []byte                `cbor:"3,keyasint"`           // its hash
	Order *Signed               `cbor:"4,keyasint,omitempty"` // an OrderBody: to begin a new epoch once everything of this one is answered
	Lanes bool                  `cbor:"5,keyasint,omitempty"` // the hub answers a LaneAsk; an earlier one would end the connection
}

// OrderBody tells a terminal to close its epoch and begin another.
type OrderBody struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"` // the new one
	HubTime  int64              `cbor:"3,keyasint"` // milliseconds since 1970
}

// Law carries a LawBody signed by the hub: after a Welcome when the terminal's is older, and at once when it changes.
type Law struct{ Signed }

// LawBody is all that a terminal must know to judge.
type LawBody struct {
	Revision uint64                `cbor:"1,keyasint"` // grows with each change for this terminal
	Campaign voucher.Campaign      `cbor:"2,keyasint"`
	Keys     []Key                 `cbor:"3,keyasint"` // that codes may be signed with
	Merchant voucher.Merchant      `cbor:"4,keyasint"`
	Terminal voucher.TerminalID    `cbor:"5,keyasint"`
	State    voucher.TerminalState `cbor:"6,keyasint"`
	Place    *voucher.Place        `cbor:"7,keyasint,omitempty"`
	HubTime  int64                 `cbor:"8,keyasint"`            // milliseconds since 1970
	Device   []byte                `cbor:"9,keyasint,omitempty"`  // the terminal's public key: what names it to a hub that has lost it
	Payers   []byte                `cbor:"10,keyasint,omitempty"` // key of voucher.Payer, the same at all tills; empty: none is kept
}

// Key is a public key that codes are signed with.
type Key struct {
	ID     uint8  `cbor:"1,keyasint"`
	Public []byte `cbor:"2,keyasint"` // Ed25519, 32 bytes
}

// Lease carries a voucher.Lease signed by the hub.
type Lease struct{ Signed }

// Records carries records of one epoch without a gap, in order, 1 to MaxRecords, as they were encoded at the till. The
// signature is over the hash of the last one (see Hash): each record holds the hash of the one before, so it vouches
// for all of them.
type Records struct {
	Raw [][]byte `cbor:"1,keyasint"`
	Sig []byte   `cbor:"2,keyasint"`

	// Proof is an earlier Ack of this hub that has the outcomes of all these records: they are sent again to a hub that was
	// put back to an older state. The last of them is the last that the Ack answers (AckBody.Answered).
	Proof *Signed `cbor:"3,keyasint,omitempty"`
}

// Ack answers Records: an AckBody signed by the hub.
type Ack struct{ Signed }

// AckBody says what became of records, and what the hub now holds of the terminal's chain.
type AckBody struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
	Last     uint64             `cbor:"3,keyasint"` // newest record of the epoch in the book
	Head     []byte             `cbor:"4,keyasint"` // its hash
	Outcomes []voucher.Outcome  `cbor:"5,keyasint"` // in the order of the records
	HubTime  int64              `cbor:"6,keyasint"` // milliseconds since 1970

	Ratchet  Ratchet `cbor:"7,keyasint,omitzero"`
	Book     uint64  `cbor:"8,keyasint,omitempty"` // position of the hub's book, which the terminal so bears witness to
	BookHead []byte  `cbor:"9,keyasint,omitempty"` // hash of the book's chain there, 32 bytes

	// Answered is the hash of the last of these records that is on the hub's chain, so that the outcomes up to its own hold
	// for these very records and for no others under the same numbers. Those behind it are of a second chain, and nothing
	// about them is proven later; it is empty when all are.
	Answered []byte `cbor:"10,keyasint,omitempty"`
}

// Status is the terminal's word on itself; it is also the heartbeat, answered by a Pulse.
type Status struct {
	Queued uint64      `cbor:"1,keyasint"` // records the hub has not settled
	Oldest int64       `cbor:"2,keyasint"` // of those, when the oldest was made, milliseconds since 1970; 0 for none
	Lease  uint32      `cbor:"3,keyasint"` // serial of the lease it has
	Used   voucher.Use `cbor:"4,keyasint"` // all accepted under leases in this epoch, sent or not

	Turn  uint64 `cbor:"5,keyasint,omitempty"` // of the ratchet that is on its disk
	Tick  uint64 `cbor:"6,keyasint,omitempty"`
	Spent uint64 `cbor:"7,keyasint,omitempty"` // version of its spent set
}

// Pulse carries a PulseBody signed by the hub.
type Pulse struct{ Signed }

// PulseBody is the hub's time.
type PulseBody struct {
	HubTime int64   `cbor:"1,keyasint"` // milliseconds since 1970
	Ratchet Ratchet `cbor:"2,keyasint,omitzero"`
}

// Recall carries a RecallBody signed by the hub: the terminal answers with a Surrender record.
type Recall struct{ Signed }

// RecallBody asks a terminal to give back what a lease has left.
type RecallBody struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
	Lease    uint32             `cbor:"3,keyasint"` // serial
}

// Spent carries a SpentBody signed by the hub.
type Spent struct{ Signed }

// SpentBody brings a terminal's set of used vouchers from one version to another. Vouchers are named by the low 32 bits
// of their serials; each set is a Roaring bitmap in its portable form (see Numbers).
type SpentBody struct {
	Campaign   voucher.CampaignID `cbor:"1,keyasint"`
	Generation []byte             `cbor:"2,keyasint"` // versions are counted anew in each
	From       uint64             `cbor:"3,keyasint"` // 0: the set begins empty
	To         uint64             `cbor:"4,keyasint"`
	At         int64              `cbor:"5,keyasint"` // the hub's time of this version, milliseconds since 1970
	Add        []byte             `cbor:"6,keyasint,omitempty"`
	Remove     []byte             `cbor:"7,keyasint,omitempty"` // voided: to be used again
}

// MaxNumbers is how many vouchers one SpentBody names at most: at 2 to 10 bytes each it stays far below MaxDown.
const MaxNumbers = 50_000

// LaneAsk asks for a lane voucher for this terminal. It is answered by a Lane, and sent to a hub only whose Welcome says that it
// knows the question.
type LaneAsk struct{}

// Lane carries a LaneBody signed by the hub.
type Lane struct{ Signed }

// LaneBody gives a terminal its lane voucher, or says why there is none: the same again until it is used or soon ends.
type LaneBody struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Code     string             `cbor:"2,keyasint,omitempty"` // in clear, as it stands in a QR; empty with any reason but OK
	Reason   voucher.Reason     `cbor:"3,keyasint"`
	HubTime  int64              `cbor:"4,keyasint"` // milliseconds since 1970
}

// Bye is the hub's last frame before it closes: why, and when to come back. Fatal means that trying again as it is will
// not help (unknown terminal, other protocol): the agent says so and tries seldom.
type Bye struct {
	Text  voucher.Text `cbor:"1,keyasint"`
	After int64        `cbor:"2,keyasint"` // milliseconds
	Fatal bool         `cbor:"3,keyasint,omitempty"`
}
