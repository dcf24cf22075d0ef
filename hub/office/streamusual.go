package office

import (
	"bytes"
	"strconv"

	"github.com/valyala/fastjson"
)

// value is one value of a line: of a text what stands between its quotes, of a number its digits.
type value struct {
	kind fastjson.Type
	text []byte // valid until the next line is read
}

// valueOf takes a value out of a parsed line.
func valueOf(v *fastjson.Value) value {
	switch kind := v.Type(); kind {
	case fastjson.TypeString:
		text, _ := v.StringBytes() // it is a text
		return value{kind, text}
	case fastjson.TypeNumber:
		return value{kind, v.MarshalTo(nil)}
	default:
		return value{kind: kind}
	}
}

// usual reads a line of the usual form: all fields and no other, in the order of streamFields, with no escapes in their
// texts. Nearly every line of a recorded stream is such a one, and is read in half the time. False for all others, which
// the parser then reads: whatever this takes, the parser takes in the same way (FuzzUsualLines).
func usual(line []byte, all *fieldsOf) bool {
	in := cursor{line}
	for i, name := range streamFields {
		first := byte(',')
		if i == 0 {
			first = '{'
		}
		if !in.take(first) || !in.key(name) || !in.value(&all[i]) {
			return false
		}
	}
	return in.take('}') && len(bytes.TrimLeft(in.rest, " ")) == 0
}

// cursor is what is left of a line.
type cursor struct{ rest []byte }

// take goes over a sign, and blanks before it.
func (c *cursor) take(sign byte) bool {
	for len(c.rest) > 0 && c.rest[0] == ' ' {
		c.rest = c.rest[1:]
	}
	if len(c.rest) == 0 || c.rest[0] != sign {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// key goes over a field's name and the colon behind it.
func (c *cursor) key(name string) bool {
	if !c.take('"') || len(c.rest) <= len(name) || string(c.rest[:len(name)]) != name || c.rest[len(name)] != '"' {
		return false
	}
	c.rest = c.rest[len(name)+1:]
	return c.take(':')
}

func (c *cursor) value(to *value) bool {
	if c.take('"') {
		return c.string(to)
	}
	for _, w := range &words {
		if len(c.rest) >= len(w.text) && string(c.rest[:len(w.text)]) == w.text {
			*to, c.rest = value{kind: w.kind}, c.rest[len(w.text):]
			return true
		}
	}
	return c.number(to)
}

var words = [...]struct {
	text string
	kind fastjson.Type
}{{"null", fastjson.TypeNull}, {"false", fastjson.TypeFalse}, {"true", fastjson.TypeTrue}}

func (c *cursor) string(to *value) bool {
	for i, b := range c.rest {
		switch {
		case b == '"':
			*to, c.rest = value{fastjson.TypeString, c.rest[:i]}, c.rest[i+1:]
			return true
		case b == '\\' || b < ' ':
			return false
		}
	}
	return false
}

// number takes digits, with a point among them or without.
func (c *cursor) number(to *value) bool {
	n := 0
	if n < len(c.rest) && c.rest[n] == '-' {
		n++
	}
	whole := digits(c.rest[n:])
	if whole == 0 || whole > 1 && c.rest[n] == '0' {
		return false
	}
	if n += whole; n < len(c.rest) && c.rest[n] == '.' {
		part := digits(c.rest[n+1:])
		if part == 0 {
			return false
		}
		n += 1 + part
	}
	*to, c.rest = value{fastjson.TypeNumber, c.rest[:n]}, c.rest[n:]
	return true
}

// digits counts those at the beginning.
func digits(b []byte) (n int) {
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// integer reads a whole number of at most 18 digits.
func integer(b []byte) (n int64, ok bool) {
	all, minus := bytes.CutPrefix(b, []byte("-"))
	if len(all) == 0 || len(all) > 18 || digits(all) != len(all) {
		return 0, false
	}
	for _, d := range all {
		n = n*10 + int64(d-'0')
	}
	if minus {
		n = -n
	}
	return n, true
}

// tens are the powers of ten that a position needs.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// decimal reads a number as strconv.ParseFloat does: with up to 15 digits, one division of two exact numbers gives its
// very bits.
func decimal(b []byte) (float64, bool) {
	all, minus := bytes.CutPrefix(b, []byte("-"))
	whole := digits(all)
	part := 0
	if whole < len(all) && all[whole] == '.' {
		part = digits(all[whole+1:])
	}
	if n := whole + part; whole == 0 || n > 15 || part > 0 && n+1 != len(all) || part == 0 && n != len(all) {
		x, err := strconv.ParseFloat(string(b), 64)
		return x, err == nil
	}
	n := 0.0
	for _, d := range all {
		if d != '.' {
			n = n*10 + float64(d-'0')
		}
	}
	if n /= tens[part]; minus {
		n = -n
	}
	return n, true
}
