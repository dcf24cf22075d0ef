package hidpos

import "math/bits"

// On Windows the report descriptor is not to be had: its class driver has read it, and answers questions about it. What is needed is asked
// here in a way that tells where each part lies: a usage is set to all ones in an empty report, and the ones are where it lies.

// prober sets usages in empty input reports of one number and gives the report, its number first; false where the report has no such usage.
type prober interface {
	value(a ability, usage uint32) ([]byte, bool)    // one of the ability's usages, all of it
	button(report byte, usage uint32) ([]byte, bool) // a usage that is on or off
}

// ability is a usage of a kind of input report, as the class driver lists it.
type ability struct {
	report   byte
	from, to uint32 // usages, with their page; the same for one
	size     int    // bits of each
	count    int    // how many there are of it
}

// probe makes the layout of the reports. It returns errNotPOS when none bears decoded data.
func probe(all []ability, ask prober) (layout, error) {
	l := layout{reports: map[byte]report{}}
	for _, a := range all {
		l.numbered = l.numbered || a.report != 0
	}
	for _, a := range all {
		if !a.is(a.report, decoded) || a.size != 8 {
			continue
		}
		data := single(ask.value(a, decoded))
		if data.at%8 != 0 || data.size == 0 || data.size != 8*a.count {
			continue
		}
		l.reports[a.report] = around(data, a.report, all, ask)
	}
	if len(l.reports) == 0 {
		return layout{}, errNotPOS
	}
	return l, nil
}

// around finds what else is in a report that bears decoded data.
func around(data field, number byte, all []ability, ask prober) report {
	one := func(usage uint32) field {
		for _, a := range all {
			if a.is(number, usage) {
				return single(ask.value(a, usage))
			}
		}
		return field{}
	}
	r := report{data: data, length: one(byteCount), more: single(ask.button(number, continued))}
	if r.more.size == 0 {
		r.more = one(continued)
	}
	for i := range r.aim {
		r.aim[i] = one(symbology1 + uint32(i))
	}
	return r
}

func (a ability) is(report byte, usage uint32) bool {
	return a.report == report && a.from <= usage && usage <= a.to
}

// single is the place of a usage, nothing where there is none.
func single(set []byte, ok bool) field {
	f, whole := placed(set)
	if !ok || !whole {
		return field{}
	}
	return f
}

// placed finds the ones in a report, behind its number. It reports false unless they lie in one piece.
func placed(report []byte) (field, bool) {
	f, last, ones := field{at: -1}, -1, 0
	for i := 1; i < len(report); i++ {
		b := report[i]
		if b == 0 {
			continue
		}
		if f.at < 0 {
			f.at = 8*(i-1) + bits.TrailingZeros8(b)
		}
		last = 8*(i-1) + bits.Len8(b) - 1
		ones += bits.OnesCount8(b)
	}
	f.size = last - f.at + 1
	return f, f.at >= 0 && f.size == ones
}

// hidCaps is HIDP_CAPS of hidpi.h: lengths in bytes, with the report's number.
type hidCaps struct {
	Usage, Page                                uint16
	InputBytes, OutputBytes, FeatureBytes      uint16
	_                                          [17]uint16
	Links                                      uint16
	InputButtons, InputValues, InputIndices    uint16
	OutputButtons, OutputValues, OutputIndices uint16
	FeatureButtons, FeatureValues, FeatureIx   uint16
}

// hidValueCaps is HIDP_VALUE_CAPS of hidpi.h.
type hidValueCaps struct {
	Page                                uint16
	Report                              byte
	IsAlias                             bool
	BitField, Link, LinkUsage, LinkPage uint16
	IsRange, IsStrings, IsDesignators   bool
	IsAbsolute, HasNull                 bool
	_                                   byte
	BitSize, Count                      uint16
	_                                   [5]uint16
	UnitsExp, Units                     uint32
	LogicalMin, LogicalMax              int32
	PhysicalMin, PhysicalMax            int32
	UsageMin, UsageMax                  uint16 // UsageMax means something where IsRange
	_                                   [6]uint16
}

func (c hidValueCaps) ability() ability {
	a := ability{report: c.Report, size: int(c.BitSize), count: int(c.Count)}
	a.from = uint32(c.Page)<<16 | uint32(c.UsageMin)
	a.to = a.from
	if c.IsRange {
		a.to = uint32(c.Page)<<16 | uint32(c.UsageMax)
	}
	return a
}
