package hidpos

import "hexiao/drivers"

// honeywell makes scanners that stay silent until feature report 254 is set to 1; see github.com/NielsLeenheer/WebHidBarcodeScanner. It is sent
// to their devices only, and only when the descriptor has that report, in one byte: nobody knows what it does elsewhere.
const honeywell = "0C2E"

// session is the reading of a device between plugging in and unplugging: its reports joined, its scans handed on.
type session struct {
	drivers.Teller
	join joiner
}

func (d *Device) session(l layout, emit func(drivers.Scan)) *session {
	codes := drivers.NewCodes(d.options.Device, d.options.Framing)
	return &session{Teller: drivers.Teller{Emit: emit, Repeats: codes.Repeats, Count: &d.repeats}, join: joiner{layout: l, codes: codes}}
}

func (s *session) pass(scans []drivers.Scan) { s.Tell(scans) }
