package voucher

import (
	"crypto/sha256"
	"time"
)

// A lane voucher 测试券 shows that a till works, from its scanner to the hub's book and back: it is signed, read, judged,
// recorded, sent and answered as any other, and worth nothing anywhere. It has a tier and a phase of its own, number 0,
// which no campaign can have: so there is no stock, lease, person or money that it could touch, and a program that was
// written before there were any knows no such tier and refuses it. It is bound to the terminal that asked for it (holder tag), is good
// for LaneLife (the high half of its serial says until when), and of one use: its void gives nothing back.

// What stands in a lane voucher's code, and how its tier is called.
const (
	LaneTier   TierNo  = 0
	LanePhase  PhaseNo = 0
	LaneTierID TierID  = "lane-test"

	// LaneLife is how long a lane voucher may be used: a technician's visit, and no longer, so that one that was
	// photographed is of no use the next day.
	LaneLife = time.Hour
)

// NewLane is what the lane voucher of a terminal says. Chance is random; the low half of a serial is its own within a campaign.
func NewLane(key uint8, campaign uint32, of TerminalID, until time.Time, chance uint32) Body {
	return Body{Key: key, Campaign: campaign, Phase: LanePhase, Tier: LaneTier, Holder: laneTag(of),
		Serial: Serial(uint64(until.Unix())<<32 | uint64(chance))}
}

// Lane tells whether it is a lane voucher's.
func (b Body) Lane() bool { return b.Tier == LaneTier && b.Phase == LanePhase }

// LaneUntil is when a lane voucher ends, to the second.
func (b Body) LaneUntil() time.Time { return time.Unix(int64(b.Serial>>32), 0) }

// laneTag is the holder tag that binds a lane voucher to its terminal.
func laneTag(of TerminalID) [8]byte {
	sum := sha256.Sum256([]byte("hexiao lane 1\x00" + of))
	return [8]byte(sum[:])
}

// lane judges a lane voucher. Trade, place and bill do not matter: nothing is bought.
func (f Facts) lane() Verdict {
	until := f.Voucher.LaneUntil()
	v := Verdict{Tier: Tier{No: LaneTier, ID: LaneTierID, Trade: f.Merchant.Trade},
		Phase: Phase{No: LanePhase, Start: until.Add(-LaneLife), End: until}}
	switch {
	case f.Standing == StandingAbsent:
		return Verdict{Reason: UnknownVoucher}
	case f.Standing == StandingRevoked:
		v.Reason = VoucherRevoked
	case f.Standing == StandingRedeemed:
		v.Reason = AlreadyRedeemed
	case f.Voucher.Holder != laneTag(f.Till):
		v.Reason = OtherTerminal
	case !f.At.Before(until):
		v.Reason = Expired
	}
	return v
}
