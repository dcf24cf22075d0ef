package office

import (
	"encoding/hex"
	"fmt"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// Events turns the entries of a book into what the cash-out detector looks at: entry in, events out. It is a pure fold, so
// that an entry gives the same events live, after a restart and in an export of the whole book. Where the ledger does not
// know something (a payer, a terminal's own position) the event does not either: a terminal's enrolled place is where it
// should be, and says nothing of where it was. It is not safe for concurrent use.
type Events struct {
	Law  func(*voucher.Campaign) // a campaign is in force from now on
	Shop func(cashout.Shop)      // a merchant signed up, or what it had declared has changed
	Take func(*Sight)            // an event; what it points to is valid until Take returns

	campaign *voucher.Campaign
	shops    map[voucher.MerchantID]*shop
	tills    map[voucher.TerminalID]voucher.MerchantID
	claims   cashout.Table[*claim] // by serial
	chains   map[chainKey]*chain
	disputes map[uint64]*sold // by case
	sight    Sight

	newest  *chain // that was asked for last
	asked   *shop
	records block[sold]
	issues  block[claim]
	touched uint64 // by expect; means nothing, see cashout.Table.Touch
}

// block makes values that are kept for ever, many at a time: one by one they would cost as much as all that is done with
// them.
type block[T any] []T

func (b *block[T]) add(v T) *T {
	if len(*b) == cap(*b) {
		*b = make([]T, 0, 128)
	}
	*b = append(*b, v)
	return &(*b)[len(*b)-1]
}

// Sight is an event as the detector takes it, with what the detector knows by number only.
type Sight struct {
	cashout.Event
	At                    book.Position        // of the entry
	Redemption            voucher.RedemptionID // of Redeem and Void, as the cashier knows it
	Person, Device, Payer Short
	Source                voucher.BillSource // of the bill
}

// Short is the beginning of a keyed hash; zero where nobody is known.
type Short [8]byte

// String gives 16 hexadecimal digits, "" for the zero value.
func (s Short) String() string {
	if s == (Short{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}

// key is the number by which the detector knows it: of the digits, as a recorded stream has them.
func (s Short) key() uint64 {
	if s == (Short{}) {
		return 0
	}
	var digits [16]byte
	hex.Encode(digits[:], s[:])
	return cashout.HashBytes(digits[:])
}

func short(hash []byte) (s Short) {
	copy(s[:], hash)
	return s
}

// claim is what is known of a voucher.
type claim struct {
	at             int64 // seconds since 1970
	person, device Short
	key            uint64 // of the voucher
	personKey      uint64 // Short.key
	deviceKey      uint64
	place          cashout.Place
	tier           voucher.TierNo
	used           bool
}

// shop is a merchant as it is declared now.
type shop struct {
	cashout.Shop
	known bool
}

type chainKey struct {
	terminal voucher.TerminalID
	epoch    uint32
}

// chain is the records of one epoch: record n is at n-1.
type chain struct {
	chainKey
	records []*sold
}

// sold is a record as far as later ones refer to it. There is one of every record ever received.
type sold struct {
	chain  *chain
	shop   *shop // whose terminal it was then
	number uint64
	of     uint64 // of Confirm: the sale
	serial voucher.Serial
	bill   voucher.Fen
	payer  Short
	at     int64 // when it happened, seconds since 1970
	kind   voucher.Kind
	result voucher.Result
	source voucher.BillSource
	in     bool // of a sale: a redemption that was told of and stands
}

func (s *sold) id() voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: s.chain.terminal, Epoch: s.chain.epoch, Number: s.number}
}

// NewEvents begins before the first entry of a book. declared hears of merchants, take of events; declared may be nil.
func NewEvents(declared func(cashout.Shop), take func(*Sight)) *Events {
	if declared == nil {
		declared = func(cashout.Shop) {}
	}
	return &Events{Law: func(*voucher.Campaign) {}, Shop: declared, Take: take, shops: map[voucher.MerchantID]*shop{}, tills: map[voucher.TerminalID]voucher.MerchantID{},
		chains: map[chainKey]*chain{}, disputes: map[uint64]*sold{}}
}

// Add takes the next entry. The error is ledger.ErrEntry's, for one that does not fit those before it.
func (v *Events) Add(at book.Position, e *ledger.Entry) error {
	v.sight.At = at
	switch {
	case e.Campaign != nil:
		v.campaign = &e.Campaign.Campaign
		v.Law(v.campaign)
	case e.Merchant != nil:
		v.declare(&e.Merchant.Merchant)
	case e.Terminal != nil:
		v.tills[e.Terminal.ID] = e.Terminal.Merchant
	case e.Issued != nil:
		v.issued(e.Issued, e.At/1000)
	case e.Received != nil:
		return v.received(e.Received, e.At/1000)
	case e.Case != nil:
		v.stray(e.Case)
	case e.Decided != nil:
		v.decided(e.Decided, e.At/1000)
	case e.Amended != nil:
		return v.amended(e.Amended, e.At/1000)
	}
	return nil
}

// shop finds a merchant; one that was never declared has its name only.
func (v *Events) shop(m voucher.MerchantID) *shop {
	if v.asked != nil && v.asked.Merchant == string(m) {
		return v.asked
	}
	s := v.shops[m]
	if s == nil {
		s = &shop{Shop: cashout.Shop{Merchant: string(m)}}
		v.shops[m] = s
	}
	v.asked = s
	return s
}

func (v *Events) declare(m *voucher.Merchant) {
	s := cashout.Shop{Merchant: string(m.Code), Trade: m.Trade, Town: m.Township}
	if m.Place != nil {
		s.Place = cashout.Place(*m.Place)
	}
	s.Open, s.Close = openHours(m.Open, m.Close)
	if is := v.shop(m.Code); !is.known || is.Shop != s {
		is.Shop, is.known = s, true
		v.Shop(s)
	}
}

// openHours gives whole hours that hold those declared, and 0, 0 where none were: "07:30" and "25:15" are 7 and 26.
func openHours(open, close string) (from, to int) {
	a, okA := minutes(open)
	b, okB := minutes(close)
	if !okA || !okB || b <= a {
		return 0, 0
	}
	return a / 60, (b + 59) / 60
}

func minutes(s string) (int, bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%d", &h, &m); n != 2 || err != nil || h < 0 || h > 48 || m < 0 || m > 59 {
		return 0, false
	}
	return h*60 + m, true
}

func (v *Events) issued(e *ledger.VouchersIssued, at int64) {
	var place cashout.Place
	if e.At != nil {
		place = cashout.Place(*e.At)
	}
	person, device := short(e.Person), short(e.Device)
	about := claim{at: at, person: person, device: device, personKey: person.key(), deviceKey: device.key(), place: place, tier: e.Tier}
	for i := range e.Vouchers {
		about.key = cashout.Hash(serialName(e.Vouchers[i].Serial))
		c := v.issues.add(about)
		v.claims.Put(uint64(e.Vouchers[i].Serial), c)
		v.begin(cashout.Claim, e.Vouchers[i].Serial, c)
		v.sight.Time, v.sight.Arrived = at, at
		v.Take(&v.sight)
	}
}

// begin fills in what a voucher says of every event about it.
func (v *Events) begin(kind cashout.Kind, serial voucher.Serial, c *claim) {
	tier, _ := v.campaign.Tier(c.tier)
	name := serialName(serial)
	v.sight.Redemption, v.sight.Payer = voucher.RedemptionID{}, Short{}
	v.sight.Person, v.sight.Device = c.person, c.device
	v.sight.Event = cashout.Event{Kind: kind, Voucher: name, Key: c.key, Person: c.personKey, Device: c.deviceKey,
		Trade: tier.Trade, Tier: string(tier.ID), Face: tier.Face, Claimed: c.at, ClaimAt: c.place}
}

// serialName is Serial.String, quicker: it is asked for every event.
func serialName(s voucher.Serial) string {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(s >> (56 - 8*i))
	}
	var digits [16]byte
	hex.Encode(digits[:], raw[:])
	return string(digits[:])
}
