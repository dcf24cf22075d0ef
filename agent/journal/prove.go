package journal

import (
	"fmt"
	"time"

	"hexiao/hub/wire"
)

// doubt says since when, by the PC's clock, and why nobody knows whether this is all that the journal once held: a file
// was damaged or missing, and what it held was made again from what was left. Nothing is sold then, not even online, until
// the hub has shown that it does not know more (Meet).
//
// Where not even the second journal could be read to its end, records may be gone that the hub never heard of, and no word
// of its can take that doubt away: the hub is told with each hello, opens a case, and a new epoch ends it.
type doubt struct {
	At   int64  `cbor:"1,keyasint"` // milliseconds since 1970
	Why  string `cbor:"2,keyasint"`
	Lost bool   `cbor:"3,keyasint,omitempty"` // records may be gone
}

func doubtPut(now time.Time, why error, lost bool) (put, error) {
	value, err := wire.Marshal(doubt{now.UnixMilli(), why.Error(), lost})
	return named(keyDoubt, value), err
}

// prove takes the doubt away: the hub's newest record is one of this chain.
func (j *Journal) prove(last uint64, s Stamp) error {
	if err := j.write([]put{named(keyDoubt, nil)}, s); err != nil {
		return fmt.Errorf("prove up to %d: %w", last, err)
	}
	j.log.Info("journal proven by the hub", "last", last)
	return nil
}
