package drivers

import "time"

// Codes makes scans of codes that come whole, with ends that are known: from a report of a scanner, or from a picture. It drops repeats. It is
// pure: time comes with every call. It is not safe for concurrent use.
type Codes struct {
	device  string
	keepAIM bool
	anyway  func(text string) bool // nil: no text
	seen    sightings
}

// NewCodes gives the Codes of the device of that name, which stands in every Scan. Of the framing, Repeat, Anyway and KeepAIM count.
func NewCodes(device string, framing Framing) *Codes {
	if framing.Repeat == 0 {
		framing.Repeat = DefaultRepeat
	}
	return &Codes{device: device, keepAIM: framing.KeepAIM, anyway: framing.Anyway, seen: sightings{within: framing.Repeat}}
}

// Add makes a scan of one code, or none of a repeat or of nothing at all. Control characters around the code are taken off, those inside it
// stay. The symbology is the AIM identifier that the scanner gave beside the code, or empty when it gave none; one that stands in front of
// the code, and the ECI mark that either announces, is taken off unless Framing.KeepAIM says otherwise.
func (c *Codes) Add(code []byte, symbology string, now time.Time) []Scan {
	code = trim(code)
	if len(code) > MaxScan {
		return []Scan{c.Damaged(TooLong, now)}
	}
	raw := code
	switch {
	case c.keepAIM:
	case symbology == "" || len(code) > 3 && string(code[:3]) == symbology:
		symbology, code = cutAIM(code)
	default:
		code = cutECI(symbology, code)
	}
	return c.judge(raw, code, symbology, now)
}

// Damaged is a scan of which nothing is known but that it is not whole.
func (c *Codes) Damaged(cause Cause, now time.Time) Scan {
	return Scan{Device: c.device, At: now, Damaged: true, Cause: cause}
}

// Repeats counts the scans dropped because the same code had just been read.
func (c *Codes) Repeats() uint64 { return c.seen.repeats }

// judge makes a scan of what is left of a code's bytes.
func (c *Codes) judge(raw, code []byte, symbology string, now time.Time) []Scan {
	if len(code) == 0 {
		return nil
	}
	scan := Scan{Device: c.device, At: now, Symbology: symbology}
	text, whole := Text(code)
	scan.Text = text
	if !whole {
		scan.Damaged, scan.Cause = true, Garbled
		return []Scan{scan}
	}
	if (c.anyway == nil || !c.anyway(text)) && c.seen.again(text, now) {
		return nil
	}
	if text != string(raw) {
		scan.Raw = string(raw)
	}
	return []Scan{scan}
}

// trim takes off control characters at both ends, suffixes such as CR and LF among them.
func trim(code []byte) []byte {
	for len(code) > 0 && isControl(code[0]) {
		code = code[1:]
	}
	for len(code) > 0 && isControl(code[len(code)-1]) {
		code = code[:len(code)-1]
	}
	return code
}
