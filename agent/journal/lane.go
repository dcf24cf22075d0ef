package journal

import (
	"fmt"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Till and line never meet, so that a lane voucher is asked for and given here, in memory: after a restart another one is asked for.
type lanes struct {
	known bool           // the hub that speaks now gives lane vouchers
	wish  uint64         // counts what was asked for
	came  *wire.LaneBody // the answer to the newest wish
	open  bool           // there is none yet
}

// WantLane asks for a lane voucher; the line asks the hub as soon as it can.
func (j *Journal) WantLane() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lanes.wish, j.lanes.came, j.lanes.open = j.lanes.wish+1, nil, true
	j.signal()
}

// LaneWish numbers the wish that has no answer yet; 0 for none.
func (j *Journal) LaneWish() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.lanes.open {
		return 0
	}
	return j.lanes.wish
}

// FaceLanes says whether the hub that speaks now gives lane vouchers; whoever OnLaw named is told.
func (j *Journal) FaceLanes(known bool) {
	j.mu.Lock()
	told := j.lanes.known != known
	j.lanes.known = known
	tell := j.onLaw
	j.mu.Unlock()
	if told {
		tell()
	}
}

// AdoptLane takes the hub's answer, verified; one that nobody asked for is dropped. Whoever OnLaw named is told. The error is
// ErrOther.
func (j *Journal) AdoptLane(b wire.LaneBody) error {
	j.mu.Lock()
	if b.Terminal != j.fold.owner.Terminal {
		j.mu.Unlock()
		return fmt.Errorf("lane voucher for %s: %w", b.Terminal, ErrOther)
	}
	told := j.lanes.open
	if told {
		j.lanes.came, j.lanes.open = &b, false
	}
	tell := j.onLaw
	j.mu.Unlock()
	if told {
		tell()
	}
	return nil
}

// Lane is the hub's answer to the newest wish, nil before it has come; known tells whether the hub that spoke last gives any.
func (j *Journal) Lane() (came *wire.LaneBody, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lanes.came, j.lanes.known
}

// DropLane forgets the wish and its answer.
func (j *Journal) DropLane() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lanes.came, j.lanes.open = nil, false
}

// Handed is a handover in this journal.
type Handed struct {
	voucher.Handover
	ID      voucher.RedemptionID
	At      time.Time        // the till's trusted time
	Outcome *voucher.Outcome // the hub's word, nil while it is still to come
}

// handed is what memory keeps of the newest handover.
type handed struct {
	voucher.Handover
	number uint64
	at     int64
}

// Handover records a technician's word that the till works; it goes to the hub as any record. Errors: ErrUnproven, ErrRenewing,
// ErrFull, ErrBroken, and one that wraps wire.ErrFrame for a handover that is not whole.
func (j *Journal) Handover(h voucher.Handover) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.fold.doubt != nil:
		return ErrUnproven
	case j.renewing:
		return ErrRenewing
	}
	return j.append(voucher.Record{Kind: voucher.Handed, Handover: &h}, j.clock.stamp(j.now()))
}

// Handed is the newest handover of this epoch that is still here.
func (j *Journal) Handed() (h Handed, there bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	if f.handed == nil {
		return h, false
	}
	return Handed{f.handed.Handover, f.id(f.handed.number), time.UnixMilli(f.handed.at), f.others[f.handed.number]}, true
}
