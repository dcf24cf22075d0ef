package streams

import (
	"cmp"
	"slices"
	"strconv"
)

type kind int

const (
	claim kind = iota
	redeem
	void
)

func (k kind) String() string { return [...]string{"claim", "redeem", "void"}[k] }

// line is one line of the stream.
type line struct {
	kind    kind
	arrival int64 // when the hub learns of it
	visit
	fix     point
	fixed   bool
	offline bool
}

// write puts down that something happens at a till, and returns when the hub learns of it.
func (w *county) write(c chance, what kind, k visit) int64 {
	l := line{kind: what, visit: k}
	l.arrival, l.offline = k.s.heard(k.t)
	l.fix, l.fixed = k.s.fix(c, k.till, k.t)
	w.lines = append(w.lines, l)
	return l.arrival
}

// writeClaims writes the claims, whose times are known only when everybody is done, and puts all lines in order.
func (w *county) writeClaims() {
	for phase := range w.pool {
		for t := range w.pool[phase] {
			for _, v := range w.pool[phase][t] {
				w.lines = append(w.lines, line{kind: claim, arrival: v.claimed, visit: visit{v: v, t: v.claimed}})
			}
		}
	}
	slices.SortStableFunc(w.lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.arrival, b.arrival), cmp.Compare(min(a.kind, 1), min(b.kind, 1)), cmp.Compare(a.t, b.t))
	})
}

// encode appends the line as JSON, without a line feed.
func (l *line) encode(b []byte) []byte {
	at := l.kind != claim
	t := &tiers[l.v.tier]
	b = appendText(append(b, `{"time":`...), appendTime(nil, l.t))
	b = appendText(append(b, `,"type":`...), []byte(l.kind.String()))
	if at {
		b = appendText(append(b, `,"terminal":`...), []byte(l.s.tills[l.till].id))
		b = appendText(append(b, `,"merchant":`...), []byte(l.s.id))
	} else {
		b = append(b, `,"terminal":null,"merchant":null`...)
	}
	b = appendText(append(b, `,"industry":`...), []byte(t.trade.String()))
	b = append(b, `,"township":`...)
	if at {
		b = appendText(b, []byte(l.s.town.id))
	} else {
		b = append(b, "null"...)
	}
	b = appendText(append(b, `,"tier":`...), []byte(t.name))
	b = appendText(append(b, `,"voucher":`...), appendID(nil, l.v.id))
	b = appendText(append(b, `,"person":`...), appendID(nil, l.v.who.id))
	b = l.encodeMoney(b, at, t)
	b = l.encodePlaces(b)
	b = appendText(append(b, `,"device":`...), appendID(nil, l.v.phone))
	b = append(b, `,"payer":`...)
	if at && l.payer != 0 {
		b = appendText(b, appendID(nil, l.payer))
	} else {
		b = append(b, "null"...)
	}
	return append(b, '}')
}

func (l *line) encodeMoney(b []byte, at bool, t *tier) []byte {
	b = append(b, `,"amount_fen":`...)
	if at {
		b = strconv.AppendInt(b, int64(l.bill), 10)
	} else {
		b = append(b, "null"...)
	}
	b = strconv.AppendInt(append(b, `,"face_fen":`...), int64(t.face), 10)
	b = strconv.AppendBool(append(b, `,"offline":`...), l.offline)
	b = append(b, `,"synced":`...)
	if l.offline {
		return appendText(b, appendTime(nil, l.arrival))
	}
	return append(b, "null"...)
}

func (l *line) encodePlaces(b []byte) []byte {
	b = appendText(append(b, `,"claim_time":`...), appendTime(nil, l.v.claimed))
	b = appendDegrees(append(b, `,"claim_lat":`...), l.v.at.lat)
	b = appendDegrees(append(b, `,"claim_lon":`...), l.v.at.lon)
	if !l.fixed {
		return append(b, `,"terminal_lat":null,"terminal_lon":null`...)
	}
	b = appendDegrees(append(b, `,"terminal_lat":`...), l.fix.lat)
	return appendDegrees(append(b, `,"terminal_lon":`...), l.fix.lon)
}

func appendText(b, text []byte) []byte { return append(append(append(b, '"'), text...), '"') }

func appendDegrees(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'f', 6, 64) }

func appendID(b []byte, x uint64) []byte {
	const digits = "0123456789abcdef"
	for i := 60; i >= 0; i -= 4 {
		b = append(b, digits[x>>i&15])
	}
	return b
}
