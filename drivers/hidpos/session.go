package hidpos

import "hexiao/drivers"

// honeywell makes scanners that stay silent until feature report 254 is set to 1; see github.com/NielsLeenheer/WebHidBarcodeScanner. It is sent
// to their devices only, and only when the descriptor has that report, in one byte: nobody knows what it does elsewhere.
const honeywell = "0C2E"

// session is the reading of a device between plugging in and unplugging: its reports joined, its scans handed on.
type session struct {
	d      *Device
	emit   func(drivers.Scan)
	join   joiner
	before uint64
}

func (d *Device) session(l layout, emit func(drivers.Scan)) *session {
	return &session{d: d, emit: emit, join: joiner{layout: l, codes: drivers.NewCodes(d.options.Device, d.options.Framing)}}
}

func (s *session) pass(scans []drivers.Scan) {
	s.d.repeats.Add(s.join.codes.Repeats() - s.before)
	s.before = s.join.codes.Repeats()
	for _, scan := range scans {
		s.emit(scan)
	}
}
