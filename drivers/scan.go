// Package drivers cuts what scanners send into codes. It knows how to read, not what a code means: it must never learn what a voucher, a
// payment code or a terminal is. The rooms below it (serialport, hidpos, wedge, camera, qrimage) bring the bytes; packaging/hexiao-agent alone wires them
// to the till. Frames is pure and asks no clock; Attachment is the one loop that keeps a device read while it is plugged in and out.
package drivers

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxScan is the longest code that is taken, in bytes with its AIM prefix. A QR code holds at most 2,953 bytes (ISO/IEC 18004, version 40-L),
// or 7,089 digits that no voucher or payment code comes near; more than this is a stuck scanner or the wrong speed.
const MaxScan = 4096

// Cause says why a scan is damaged.
type Cause string

// The causes; the empty one belongs to a scan that is whole.
const (
	TooLong Cause = "too_long" // more than MaxScan bytes without an end
	Lost    Cause = "lost"     // bytes of it were lost: the scanner was unplugged, or the system dropped keys
	Garbled Cause = "garbled"  // its bytes are neither UTF-8 nor GB18030, or an input method got at its characters
)

// Scan is one reading of one code. It hides its Text from every kind of printing, because codes are worth money; only who names the field sees it.
type Scan struct {
	Device    string    // the scanner's name in the config; no secret
	Text      string    `json:"-"` // the code, without suffix, control prefix and AIM prefix. Empty, or not to be judged, when Damaged
	Raw       string    `json:"-"` // the code's bytes where they are others than Text's: with AIM prefix and ECI mark, or in GB18030; see Sent
	Symbology string    // the AIM prefix that was taken off ("]Q1" is a QR code), or empty
	At        time.Time // when its last byte was read
	Damaged   bool      // bytes of it are known to be missing or wrong: the answer is "scan again"
	Cause     Cause     // why it is damaged
}

// Sent is the code as the scanner sent it, byte for byte, for a program that used to hear the scanner itself: letter case, AIM prefix, ECI mark
// and charset are left as they came. What a scanner puts around a code is no part of it and is not kept: control characters in front (STX), and
// the end (CR, LF, TAB, ETX), of which each program wants its own.
func (s Scan) Sent() string {
	if s.Raw != "" {
		return s.Raw
	}
	return s.Text
}

// Masked is the text as it may be shown: the first 2 and the last 4 characters, nothing of a text shorter than 12.
func (s Scan) Masked() string {
	n := utf8.RuneCountInString(s.Text)
	if n < 12 {
		return strings.Repeat("*", n)
	}
	runes := []rune(s.Text)
	return string(runes[:2]) + "***" + string(runes[n-4:])
}

// LogValue implements slog.LogValuer; the text is masked.
func (s Scan) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("device", s.Device), slog.String("text", s.Masked()), slog.Int("bytes", len(s.Text))}
	if s.Symbology != "" {
		attrs = append(attrs, slog.String("symbology", s.Symbology))
	}
	if s.Damaged {
		attrs = append(attrs, slog.String("damaged", string(s.Cause)))
	}
	return slog.GroupValue(attrs...)
}

// Format implements fmt.Formatter, so that no verb, not even %#v, prints the text in clear.
func (s Scan) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, s.LogValue().String())
}
