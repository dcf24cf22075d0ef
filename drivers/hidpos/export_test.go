package hidpos

import (
	"time"
	"unsafe"

	"hexiao/drivers"
)

// Errors for the tests outside.
var (
	ErrNotPOS = errNotPOS
	ErrBroken = errBroken
)

// Parsed is a report descriptor that was read.
type Parsed struct{ l layout }

// Parse is parse.
func Parse(descriptor []byte) (Parsed, error) {
	l, err := parse(descriptor)
	return Parsed{l}, err
}

// Wakes tells whether there is a feature report 254 of one byte.
func (p Parsed) Wakes() bool { return p.l.wakes }

// Probed is the layout that is made of a class driver's answers, when the class driver has read a descriptor of this layout. Numbers
// of reports come from the layout, places only from the answers.
func (p Parsed) Probed() (Parsed, error) {
	c := classDriver{p.l}
	l, err := probe(c.abilities(), c)
	l.wakes = p.l.wakes // a feature report is asked for by itself
	return Parsed{l}, err
}

// classDriver answers as hid.dll does, for reports of 300 bytes at most.
type classDriver struct{ layout }

func (c classDriver) abilities() (all []ability) {
	for number, r := range c.reports {
		one := func(usage uint32, f field) {
			if f.size > 1 {
				all = append(all, ability{number, usage, usage, f.size, 1})
			}
		}
		one(byteCount, r.length)
		one(continued, r.more)
		all = append(all, ability{number, decoded, decoded, 8, r.data.size / 8})
		if r.aim[0].size > 0 {
			all = append(all, ability{number, symbology1, symbology3, 8, 1})
		}
		all = append(all, ability{number, 0xFF66_0004, 0xFF66_0004, 8, 2})
		if c.numbered {
			all = append(all, ability{number + 1, byteCount, byteCount, 8, 1})
		}
	}
	return all
}

func (c classDriver) value(a ability, usage uint32) ([]byte, bool) {
	r := c.reports[a.report]
	switch {
	case usage == byteCount:
		return set(a.report, r.length)
	case usage == continued:
		return set(a.report, r.more)
	case usage == decoded:
		return set(a.report, r.data)
	case usage >= symbology1 && usage <= symbology3:
		return set(a.report, r.aim[usage-symbology1])
	}
	return nil, false
}

func (c classDriver) button(report byte, usage uint32) ([]byte, bool) {
	if r := c.reports[report]; usage == continued && r.more.size == 1 {
		return set(report, r.more)
	}
	return nil, false
}

func set(report byte, f field) ([]byte, bool) {
	b := make([]byte, 600)
	b[0] = report
	for i := range f.size {
		b[1+(f.at+i)/8] |= 1 << ((f.at + i) % 8)
	}
	return b, f.size > 0
}

// SizesOfHid are the sizes of HIDP_CAPS and HIDP_VALUE_CAPS, and where the fields lie that a mistake would move.
func SizesOfHid() []uintptr {
	var c hidCaps
	var v hidValueCaps
	return []uintptr{unsafe.Sizeof(c), unsafe.Offsetof(c.InputValues), unsafe.Offsetof(c.FeatureValues),
		unsafe.Sizeof(v), unsafe.Offsetof(v.IsRange), unsafe.Offsetof(v.BitSize), unsafe.Offsetof(v.UnitsExp), unsafe.Offsetof(v.UsageMin)}
}

// Ability reads a HIDP_VALUE_CAPS as it lies in memory and gives report number, first and last usage, bits and count.
func Ability(raw [72]byte) [5]int {
	a := (*hidValueCaps)(unsafe.Pointer(&raw)).ability()
	return [5]int{int(a.report), int(a.from), int(a.to), a.size, a.count}
}

// Joiner is a joiner that nobody reads a device for.
type Joiner struct{ join joiner }

// NewJoiner gives one for reports of that layout.
func NewJoiner(p Parsed, framing drivers.Framing) *Joiner {
	return &Joiner{joiner{layout: p.l, codes: drivers.NewCodes("counter", framing)}}
}

// Add is add.
func (j *Joiner) Add(b []byte, now time.Time) []drivers.Scan { return j.join.add(b, now) }

// Empty says that there is no report to be read.
func (j *Joiner) Empty() { j.join.queue.empty() }

// Flush is flush.
func (j *Joiner) Flush(now time.Time) []drivers.Scan { return j.join.flush(now) }

// Unplugged is unplugged.
func (j *Joiner) Unplugged(now time.Time) []drivers.Scan { return j.join.unplugged(now) }
