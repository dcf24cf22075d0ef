package office

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// Where the fields stand in streamFields.
const (
	atTime = iota
	atType
	atTerminal
	atMerchant
	atIndustry
	atTownship
	atTier
	atVoucher
	atPerson
	atAmount
	atFace
	atOffline
	atSynced
	atClaimTime
	atClaimLat
	atClaimLon
	atTerminalLat
	atTerminalLon
	atDevice
	atPayer
)

// reading takes values out of a line and keeps the first thing that is wrong.
type reading struct {
	s   *Stream
	err error
}

func (s *Stream) event(e *cashout.Event) error {
	r := reading{s: s}
	*e = cashout.Event{}
	switch kind := string(r.text(atType, false)); kind {
	case "claim":
		e.Kind = cashout.Claim
	case "redeem":
		e.Kind = cashout.Redeem
	case "void":
		e.Kind = cashout.Void
	default:
		r.wrong(atType, "须为 claim、redeem 或 void", "must be claim, redeem or void")
	}
	r.common(e)
	if e.Kind != cashout.Claim {
		r.sale(e)
	}
	return r.err
}

func (r *reading) common(e *cashout.Event) {
	e.Time = r.clock(atTime)
	e.Arrived = e.Time
	if !r.null(atSynced) {
		e.Arrived = r.clock(atSynced)
	}
	v := r.text(atVoucher, false)
	e.Voucher = string(v)
	e.Key = cashout.Hash(e.Voucher)
	e.Person, e.Device = r.hash(atPerson), r.hash(atDevice)
	e.Trade = voucher.Trade(r.s.name(r.text(atIndustry, false)))
	if !e.Trade.Known() {
		r.wrong(atIndustry, "须为 supermarket、dining 或 fuel", "must be supermarket, dining or fuel")
	}
	e.Tier = r.s.name(r.text(atTier, false))
	e.Face = r.fen(atFace)
	e.Claimed = r.clock(atClaimTime)
	e.ClaimAt = r.place(atClaimLat, atClaimLon)
	e.Offline = r.flag(atOffline)
	if e.Offline == r.null(atSynced) {
		r.wrong(atSynced, "与 offline 不符", "does not fit offline")
	}
}

func (r *reading) sale(e *cashout.Event) {
	e.Merchant = string(r.text(atMerchant, false)) // many: looking them up costs more than a copy
	e.Town = r.s.name(r.text(atTownship, true))
	e.Terminal = string(r.text(atTerminal, false))
	e.Bill = r.fen(atAmount)
	e.Fix = r.place(atTerminalLat, atTerminalLon)
	e.Payer = r.hash(atPayer)
}

// wrong notes what a field must be.
func (r *reading) wrong(at int, zh, en string) {
	if r.err == nil {
		name := streamFields[at]
		r.err = r.s.bad("field_wrong", name, fmt.Sprintf("字段 %s %s，已跳过", name, zh), fmt.Sprintf("the field %s %s; left out", name, en))
	}
}

func (r *reading) value(at int) *value { return &r.s.values[at] }

func (r *reading) null(at int) bool { return r.value(at).kind == fastjson.TypeNull }

func (r *reading) text(at int, empty bool) []byte {
	v := r.value(at)
	if v.kind == fastjson.TypeNull && empty {
		return nil
	}
	if b := v.text; v.kind == fastjson.TypeString && (len(b) > 0 || empty) && len(b) <= 200 && utf8.Valid(b) {
		return b
	}
	r.wrong(at, "须为 1 到 200 字节的 UTF-8 文字", "must be a text of 1 to 200 bytes in UTF-8")
	return nil
}

// hash gives the key of a name that may be null.
func (r *reading) hash(at int) uint64 {
	if r.null(at) {
		return 0
	}
	if b := r.text(at, true); len(b) > 0 {
		return cashout.HashBytes(b)
	}
	return 0
}

func (r *reading) clock(at int) int64 {
	t, ok := r.s.clock(r.text(at, false))
	if !ok {
		r.wrong(at, "须为 2000 年至 2099 年之间的 RFC 3339 时间", "must be a time in RFC 3339, from 2000 to 2099")
	}
	return t
}

func (r *reading) fen(at int) voucher.Fen {
	v := r.value(at)
	n, ok := integer(v.text)
	if v.kind != fastjson.TypeNumber || !ok || n < 0 || n > 1e11 {
		r.wrong(at, "须为 0 以上的整数（分）", "must be a whole number of fen, not below 0")
	}
	return voucher.Fen(n)
}

func (r *reading) flag(at int) bool {
	kind := r.value(at).kind
	if kind != fastjson.TypeTrue && kind != fastjson.TypeFalse {
		r.wrong(at, "须为 true 或 false", "must be true or false")
	}
	return kind == fastjson.TypeTrue
}

// place reads a position. Latitude and longitude are both there or both null. The comparison is so written that what is
// not a number fails: the JSON parser lets NaN and Inf pass.
func (r *reading) place(lat, lon int) cashout.Place {
	if r.null(lat) && r.null(lon) {
		return cashout.Place{}
	}
	return cashout.Place{Lat: r.degrees(lat, 90), Lon: r.degrees(lon, 180)}
}

func (r *reading) degrees(at int, most float64) float64 {
	v := r.value(at)
	x, ok := decimal(v.text)
	if v.kind != fastjson.TypeNumber || !ok || !(math.Abs(x) <= most) {
		r.wrong(at, fmt.Sprintf("须为 -%g 到 %g 的度数", most, most), fmt.Sprintf("must be degrees from -%g to %g", most, most))
		return 0
	}
	return x
}
