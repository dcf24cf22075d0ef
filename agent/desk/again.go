package desk

import (
	"crypto/sha256"
	"time"

	"hexiao/hub/voucher"
)

// againWithin is how soon the same text is the same phone that still lies under the scanner.
const againWithin = time.Second

// Sighting is one reading of a text while a bill was at hand, without the text. The zero value is like no other.
type Sighting struct {
	text  [sha256.Size]byte // hash of what voucher.ParseCode reads; zero for an empty text
	bills int
	at    time.Time
}

// See notes a reading; bills is how often a bill was set before.
func See(text string, bills int, at time.Time) Sighting {
	s := Sighting{bills: bills, at: at}
	if clean := voucher.Capitals(text); clean != "" {
		s.text = sha256.Sum256([]byte(clean))
	}
	return s
}

// Again tells whether this is no other scan than the one before: the same text against the same bill, within a second of it
// or while it is still being dealt with. Another bill makes it another question.
func (s Sighting) Again(before Sighting, dealtWith bool) bool {
	same := s.text == before.text && s.text != Sighting{}.text && s.bills == before.bills
	return same && (dealtWith || s.at.Sub(before.at) < againWithin)
}
