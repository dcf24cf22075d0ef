package hidpos

// layout is where the parts of a scanner's input reports lie, report by report.
type layout struct {
	numbered bool            // each report begins with its number; else there is one kind, number 0
	reports  map[byte]report // by number, of those that bear decoded data
	wakes    bool            // there is a feature report 254 of one byte
}

// report is the layout of one kind of report. Places count from behind the report's number.
type report struct {
	data   field    // decoded data, whole bytes
	length field    // how many bytes of the data count; no size: all up to the zeros at the end
	more   field    // not zero: the code goes on in the next report; no size: it never does
	aim    [3]field // the AIM identifier, a byte each
}

// field is a place in a report, in bits.
type field struct{ at, size int }

// part is what one report gives of a code.
type part struct {
	data []byte
	aim  string // "]Q1"; empty when the scanner gave none
	more bool   // the code goes on
}

// read takes a report apart. Foreign reports give false; broken is true for one whose parts do not fit in it.
func (l layout) read(b []byte) (p part, mine, broken bool) {
	number := byte(0)
	if l.numbered {
		if len(b) == 0 {
			return part{}, false, false
		}
		number, b = b[0], b[1:]
	}
	r, mine := l.reports[number]
	if !mine {
		return part{}, false, false
	}
	size, ok := r.length.value(b)
	more, okMore := r.more.value(b)
	data, okData := r.bytes(b, int(size))
	if !ok || !okMore || !okData {
		return part{}, true, true
	}
	return part{data: data, aim: r.identifier(b), more: more != 0}, true, false
}

// bytes cuts out the decoded data. A short report is as good as its length says, no better.
func (r report) bytes(b []byte, size int) ([]byte, bool) {
	room := r.data.size / 8
	if r.length.size == 0 {
		size = room
	}
	from := r.data.at / 8
	if size > room || from+size > len(b) {
		return nil, false
	}
	data := b[from : from+size]
	for r.length.size == 0 && len(data) > 0 && data[len(data)-1] == 0 {
		data = data[:len(data)-1]
	}
	return data, true
}

// identifier is the AIM identifier, or nothing: some scanners leave its bytes zero, or put a mark of their own there.
func (r report) identifier(b []byte) string {
	var id [3]byte
	for i, f := range r.aim {
		v, ok := f.value(b)
		if !ok {
			return ""
		}
		id[i] = byte(v)
	}
	letter := id[1] >= 'A' && id[1] <= 'Z' || id[1] >= 'a' && id[1] <= 'z'
	if id[0] != ']' || !letter || id[2] < '0' || id[2] > 'z' {
		return ""
	}
	return string(id[:])
}

// value is the number in the field, lowest bit first; no size is 0. It reports false when the report ends before it.
func (f field) value(b []byte) (v uint32, ok bool) {
	if f.at+f.size > len(b)*8 {
		return 0, false
	}
	for i := range f.size {
		bit := f.at + i
		v |= uint32(b[bit/8]>>(bit%8)&1) << i
	}
	return v, true
}
