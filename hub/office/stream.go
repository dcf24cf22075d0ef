package office

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// Streams of events as other programs record them, one JSON object a line; what the fields mean stands in the notes to
// the detector's development set and in hub/cashout/DESIGN.md.

// MaxLine is the longest line of a stream that is read, in bytes. A usual one has 450.
const MaxLine = 1 << 16

// Stream reads events from a recorded stream. It allocates the voucher's name only; what the detector keeps by number it
// gets by number.
type Stream struct {
	in     *bufio.Reader
	parse  fastjson.Parser
	values fieldsOf          // of the line read last
	names  map[string]string // merchants, townships, terminals, tiers: few
	line   int
	days   [16]dated               // lately named, by their last digit
	extra  map[string]voucher.Text // by field
	odd    *BadLine                // of the line read last
}

// NewStream reads from in.
func NewStream(in io.Reader) *Stream {
	return &Stream{in: bufio.NewReaderSize(in, 1<<20), names: map[string]string{}, extra: map[string]voucher.Text{}}
}

// Line is the number of the line that Next read last, from 1; empty lines count.
func (s *Stream) Line() int { return s.line }

// Odd says what is not as it should be with the line that Next read last although it was taken; nil for nothing.
func (s *Stream) Odd() *BadLine { return s.odd }

// waits tells whether the next line must be waited for.
func (s *Stream) waits() bool { return s.in.Buffered() == 0 }

func (s *Stream) bad(code, field, zh, en string) *BadLine {
	return &BadLine{s.line, field, code, voucher.Text{Zh: zh, En: en}}
}

// Next reads the next event into e. Errors: io.EOF at the end; *BadLine for a line that is left out (the stream goes on
// behind it); anything else ends the stream.
func (s *Stream) Next(e *cashout.Event) error {
	s.odd = nil
	raw, err := s.read()
	if err != nil {
		return err
	}
	if !usual(raw, &s.values) {
		if err := s.parsed(raw); err != nil {
			return err
		}
	}
	return s.event(e)
}

// parsed reads a line of any form into values.
func (s *Stream) parsed(raw []byte) error {
	v, err := s.parse.ParseBytes(raw)
	if err != nil {
		return s.bad("not_json", "", "不是完整的 JSON，已跳过", "is not a whole JSON object; left out")
	}
	o, err := v.Object()
	if err != nil {
		return s.bad("not_json", "", "不是 JSON 对象，已跳过", "is not a JSON object; left out")
	}
	return s.fields(o)
}

// byteOrder is what some editors put before a file's first line.
var byteOrder = []byte("\xef\xbb\xbf")

// read gives the next line that is not empty.
func (s *Stream) read() ([]byte, error) {
	for {
		raw, err := s.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			s.line++
			if err := s.skip(); err != nil {
				return nil, err
			}
			return nil, s.bad("too_long", "", "超过 1 MiB，已跳过", "is longer than 1 MiB; left out")
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(raw) == 0) {
			return nil, err
		}
		if s.line++; s.line == 1 {
			raw = bytes.TrimPrefix(raw, byteOrder)
		}
		if len(raw) > MaxLine {
			return nil, s.bad("too_long", "", fmt.Sprintf("长 %d 字节，超过 %d，已跳过", len(raw), MaxLine), fmt.Sprintf("has %d bytes, more than %d; left out", len(raw), MaxLine))
		}
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			return raw, nil
		}
	}
}

// skip leaves out the rest of a line. Its error is the reader's.
func (s *Stream) skip() error {
	for {
		_, err := s.in.ReadSlice('\n')
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// The fields of a line. All must be there. Null may stand for what is not known: person, device, payer, township, both
// coordinates of a place; of a claim, what only a sale has is not looked at.
var streamFields = []string{"time", "type", "terminal", "merchant", "industry", "township", "tier", "voucher", "person", "amount_fen",
	"face_fen", "offline", "synced", "claim_time", "claim_lat", "claim_lon", "terminal_lat", "terminal_lon", "device", "payer"}

// fieldsOf are a line's values, by streamFields.
type fieldsOf [20]value

func (s *Stream) fields(o *fastjson.Object) (err error) {
	next, seen := 0, [len(s.values)]bool{}
	o.Visit(func(key []byte, v *fastjson.Value) {
		at := fieldNo(key, next)
		next = at + 1
		switch {
		case err != nil:
		case at < 0:
			s.unknown(key)
		case seen[at]:
			err = s.bad("field_twice", streamFields[at], fmt.Sprintf("字段 %s 出现两次，已跳过", streamFields[at]), fmt.Sprintf("has the field %s twice; left out", streamFields[at]))
		default:
			s.values[at], seen[at] = valueOf(v), true
		}
	})
	for i, here := range seen {
		if !here && err == nil {
			err = s.bad("field_missing", streamFields[i], fmt.Sprintf("缺少字段 %s，已跳过", streamFields[i]), fmt.Sprintf("lacks the field %s; left out", streamFields[i]))
		}
	}
	return err
}

// fieldNo finds a field by its name; -1 for none. It looks first where the field is when all come in the usual order.
func fieldNo(key []byte, usual int) int {
	if usual < len(streamFields) && streamFields[usual] == string(key) {
		return usual
	}
	for i, name := range streamFields {
		if len(name) == len(key) && name == string(key) {
			return i
		}
	}
	return -1
}

// unknown notes a field that means nothing here: of a line the first one. Of names, only so many are kept.
func (s *Stream) unknown(key []byte) {
	text, known := s.extra[string(key)]
	if !known {
		name := strings.ToValidUTF8(string(key[:min(len(key), 60)]), "?")
		text = voucher.Text{Zh: fmt.Sprintf("有未知字段 %q，不予理会，其余照常计入", name), En: fmt.Sprintf("has the unknown field %q; the rest is taken", name)}
		if len(s.extra) < 100 {
			s.extra[string(key)] = text
		}
	}
	if s.odd == nil {
		s.odd = &BadLine{s.line, string(key), "field_unknown", text}
	}
}

// Unknown names the fields that were seen and mean nothing here, in order; a hundred at most.
func (s *Stream) Unknown() []string { return slices.Sorted(maps.Keys(s.extra)) }

// name keeps one copy of a name that comes again and again. A stream has few of them; one that has a million gets copies.
func (s *Stream) name(b []byte) string {
	if n, known := s.names[string(b)]; known {
		return n
	}
	n := string(b)
	if len(s.names) < 1<<20 {
		s.names[n] = n
	}
	return n
}

// clock reads an RFC 3339 time of this century in seconds.
func (s *Stream) clock(b []byte) (int64, bool) {
	t, ok := s.instant(b)
	return t, ok && t >= cashout.Earliest && t <= cashout.Latest
}

// instant reads the usual form by hand, because it is half of all work; anything else goes through the time package.
func (s *Stream) instant(b []byte) (int64, bool) {
	if len(b) != 25 || string(b[19:]) != "+08:00" || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		t, err := time.Parse(time.RFC3339, string(b))
		return t.Unix(), err == nil
	}
	midnight, known := s.midnight([10]byte(b))
	if !known {
		return 0, false
	}
	h, okH := two(b[11:], 24)
	m, okM := two(b[14:], 60)
	sec, okS := two(b[17:], 60)
	return midnight + h*3600 + m*60 + sec, okH && okM && okS
}

// midnight is when a day begins in China. A line names two or three days, and mostly those of the line before.
func (s *Stream) midnight(day [10]byte) (int64, bool) {
	at := &s.days[day[9]&15]
	if at.day == day {
		return at.midnight, true
	}
	t, err := time.Parse(time.RFC3339, string(day[:])+"T00:00:00+08:00")
	if err == nil {
		at.day, at.midnight = day, t.Unix()
	}
	return t.Unix(), err == nil
}

// dated is a day and when it begins.
type dated struct {
	day      [10]byte
	midnight int64
}

func two(b []byte, below int64) (int64, bool) {
	x, y := int64(b[0])-'0', int64(b[1])-'0'
	n := x*10 + y
	return n, x >= 0 && x <= 9 && y >= 0 && y <= 9 && n < below
}
