package voucher

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Handover 交付验收 is a technician's word that a till was left working: who says so, with what the till was fitted out, what was
// looked at, and the redemption of the lane voucher that went the whole way. It stands in the terminal's signed chain of
// records, so that nobody can change it afterwards. (An "acceptance" is something else here: a sale taken without the hub.)
type Handover struct {
	Technician string       `cbor:"1,keyasint" json:"technician"`
	Note       string       `cbor:"2,keyasint,omitempty" json:"note,omitempty"`
	Version    string       `cbor:"3,keyasint" json:"version"`                      // of the agent
	System     string       `cbor:"4,keyasint" json:"system"`                       // "linux/amd64"
	Fittings   []Fitting    `cbor:"5,keyasint,omitempty" json:"fittings,omitempty"` // what is set up
	Checks     []Check      `cbor:"6,keyasint,omitempty" json:"checks,omitempty"`   // what doctor found
	Despite    []string     `cbor:"7,keyasint,omitempty" json:"despite,omitempty"`  // checks that failed and were known to when this was said
	Lane       RedemptionID `cbor:"8,keyasint" json:"-"`                            // of the lane voucher
	Steps      []LaneTime   `cbor:"9,keyasint,omitempty" json:"steps,omitempty"`    // how long each step of the lane test took
}

// Fitting is one device of a till.
type Fitting struct {
	Kind      string `cbor:"1,keyasint" json:"kind"` // "scanner", "printer", "display", "pass_on"
	Name      string `cbor:"2,keyasint" json:"name"`
	USB       string `cbor:"3,keyasint,omitempty" json:"usb,omitempty"` // "VID:PID[:SERIAL]"; empty when it has none, or none is known
	Connected bool   `cbor:"4,keyasint" json:"connected"`
}

// Check is what was looked at, and what came of it: "ok", "warn" or "fail".
type Check struct {
	Check string `cbor:"1,keyasint" json:"check"`
	State string `cbor:"2,keyasint" json:"state"`
}

// LaneTime is how long a step took.
type LaneTime struct {
	Step string `cbor:"1,keyasint" json:"step"`
	MS   int64  `cbor:"2,keyasint" json:"ms"` // 0: not known
}

// Bounds of a handover, in characters and in pieces: with all of them used, in characters of four bytes, it still fits a frame
// (wire.MaxUp): 56 KB of 64.
const (
	MaxTechnician = 64
	MaxNote       = 500
	maxWord       = 48
	maxPieces     = 32
	maxChecks     = 64
)

// Plain is a text as people may give it: without spaces around it, with one in place of whatever cannot be seen (control and
// format characters, line ends, what is no UTF-8), and cut to so many characters.
func Plain(text string, most int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, " "), func(r rune) bool {
		return unicode.IsSpace(r) || unseen(r)
	}), " ")
	if r := []rune(text); len(r) > most {
		return strings.TrimSpace(string(r[:most]))
	}
	return text
}

func unseen(r rune) bool { return unicode.Is(unicode.C, r) || r == 0x2028 || r == 0x2029 }

// Plain is the handover with every text of it made plain and within bounds.
func (h Handover) Plain() Handover {
	word := func(s string) string { return Plain(s, maxWord) }
	out := Handover{Technician: Plain(h.Technician, MaxTechnician), Note: Plain(h.Note, MaxNote), Version: word(h.Version), System: word(h.System), Lane: h.Lane}
	for _, f := range first(h.Fittings, maxPieces) {
		out.Fittings = append(out.Fittings, Fitting{word(f.Kind), word(f.Name), word(f.USB), f.Connected})
	}
	for _, c := range first(h.Checks, maxChecks) {
		out.Checks = append(out.Checks, Check{word(c.Check), word(c.State)})
	}
	for _, d := range first(h.Despite, maxPieces) {
		out.Despite = append(out.Despite, word(d))
	}
	for _, s := range first(h.Steps, maxPieces) {
		out.Steps = append(out.Steps, LaneTime{word(s.Step), max(0, s.MS)})
	}
	return out
}

func first[T any](all []T, most int) []T { return all[:min(len(all), most)] }

// Whole tells whether it may stand in a chain: it says who and of which redemption, and everything in it is plain and within
// its bounds. The hub asks it of what strangers send.
func (h Handover) Whole() bool {
	if strings.TrimSpace(h.Technician) == "" || h.Lane.Terminal == "" || h.Lane.Epoch == 0 || h.Lane.Number == 0 {
		return false
	}
	if len(h.Fittings) > maxPieces || len(h.Checks) > maxChecks || len(h.Despite) > maxPieces || len(h.Steps) > maxPieces {
		return false
	}
	words := []string{h.Version, h.System, string(h.Lane.Terminal)}
	for _, f := range h.Fittings {
		words = append(words, f.Kind, f.Name, f.USB)
	}
	for _, c := range h.Checks {
		words = append(words, c.Check, c.State)
	}
	for _, s := range h.Steps {
		if words = append(words, s.Step); s.MS < 0 {
			return false
		}
	}
	for _, w := range append(words, h.Despite...) {
		if !plain(w, maxWord) {
			return false
		}
	}
	return plain(h.Technician, MaxTechnician) && plain(h.Note, MaxNote)
}

func plain(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && strings.IndexFunc(text, unseen) < 0
}
