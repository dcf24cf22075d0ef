package cashout

import "hexiao/hub/voucher"

// Kind says what an event is.
type Kind uint8

// The kinds of event, as a recorded stream names them: claim, redeem, void.
const (
	Claim Kind = iota + 1
	Redeem
	Void
)

// Event is one line of the ledger as the detector sees it: what the hub knows at the moment when the event arrives, and
// nothing that it learns later. Times are seconds since 1970, money is fen. The detector copies what it keeps.
type Event struct {
	Kind    Kind
	Time    int64 // when it happened at the phone or at the terminal
	Arrived int64 // when the hub learnt of it; not before Time

	Voucher  string
	Key      uint64 // of the voucher: Hash of its name
	Person   uint64 // keyed hash of the holder; 0: not known
	Device   uint64 // phone that claimed; 0: not known
	Payer    uint64 // account that paid; 0: cash or not known
	Trade    voucher.Trade
	Tier     string
	Face     voucher.Fen
	Claimed  int64 // when the voucher was claimed
	ClaimAt  Place // where the phone was then
	Merchant string
	Town     string // the merchant's township as registered
	Terminal string
	Bill     voucher.Fen // before the voucher
	Offline  bool        // taken while the terminal had no line
	Fix      Place       // where the terminal was
}

// Place is a position in degrees (WGS 84); the zero value is none.
type Place struct{ Lat, Lon float64 }

// Known tells whether there is a position at all.
func (p Place) Known() bool { return p != Place{} }

// Shop is what a merchant declared when it signed up.
type Shop struct {
	Merchant    string
	Trade       voucher.Trade
	Town        string
	Place       Place
	Open, Close int // hours; Close may pass 24, and is 0 when the hours were not declared
}

// Hash gives the key of a voucher, person, phone or account: FNV-1a over 64 bits, never 0. What comes in is a keyed hash
// already, so that nobody can choose names that collide.
func Hash(name string) uint64 { return hash(name) }

// HashBytes is Hash for a name in a buffer.
func HashBytes(name []byte) uint64 { return hash(name) }

func hash[T string | []byte](name T) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return max(h, 1)
}
