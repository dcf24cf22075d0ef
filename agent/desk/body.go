package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// maxBody bounds a request's body, bytes: a scan of 4 KB (drivers cap it there) with every byte escaped, and more.
const maxBody = 32 << 10

// field is one member of a request's object: where its value goes.
type field struct {
	name   string
	needed bool
	take   func(json.RawMessage) *Error
}

// read takes a body that is one flat JSON object. Go's own decoder would take a field twice, or in other letters, and
// ignore what it does not know; where money is asked for each of them is a mistake that must be named.
func read(w http.ResponseWriter, r *http.Request, fields ...field) *Error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return refused(http.StatusRequestEntityTooLarge, "请求太长。", "The request is too long.")
	}
	if err != nil {
		return refused(http.StatusBadRequest, "请求没有收完整。", "The request did not arrive whole.")
	}
	return members(raw, fields...)
}

// members takes the members of one object.
func members(raw []byte, fields ...field) *Error {
	members, e := object(raw)
	if e != nil {
		return e
	}
	for _, f := range fields {
		value, given := members[f.name]
		delete(members, f.name)
		switch {
		case !given && f.needed:
			return refused(http.StatusBadRequest, "缺少字段 "+f.name+"。", "The field "+f.name+" is missing.")
		case !given:
			continue
		}
		if e := f.take(value); e != nil {
			return e
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		return refused(http.StatusBadRequest, fmt.Sprintf("不认识字段 %q。", shorten(name)), fmt.Sprintf("The field %q is not known.", shorten(name)))
	}
	return nil
}

func object(raw []byte) (map[string]json.RawMessage, *Error) {
	bad := refused(http.StatusBadRequest, "请求须是一个 JSON 对象。", "The request must be one JSON object.")
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		name, isName := key.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return nil, bad
		}
		if _, twice := members[name]; twice {
			return nil, refused(http.StatusBadRequest, fmt.Sprintf("字段 %q 出现了两次。", shorten(name)), fmt.Sprintf("The field %q is given twice.", shorten(name)))
		}
		members[name] = value
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil, bad
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bad
	}
	return members, nil
}

// fen takes an amount in fen: digits, with nothing that would have to be guessed at ("5O", 58.5, 1e9).
func fen(name string, to *voucher.Fen, check func(voucher.Fen) error) field {
	return field{name: name, needed: true, take: func(raw json.RawMessage) *Error {
		f, ok := integer(string(raw))
		if !ok {
			return refused(http.StatusBadRequest, name+" 须是整数，单位是分，例如 5800 表示 58.00 元。", name+" must be a whole number of fen, such as 5800 for 58.00 yuan.")
		}
		if err := check(f); err != nil {
			t := ui.Amount(err)
			return refused(http.StatusBadRequest, name+"："+t.Zh, name+": "+t.En)
		}
		*to = f
		return nil
	}}
}

// integer reads digits with or without a minus. What is longer than any bill comes back as the largest amount there is.
func integer(s string) (voucher.Fen, bool) {
	digits, minus := strings.CutPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	var n voucher.Fen
	for _, d := range []byte(digits) {
		if n = n*10 + voucher.Fen(d-'0'); n > 10*voucher.MaxBill {
			n = 10 * voucher.MaxBill
		}
	}
	if minus {
		n = -n
	}
	return n, true
}

// mayClear is voucher.CheckBill with 0 allowed, which clears the bill at hand.
func mayClear(f voucher.Fen) error {
	if f == 0 {
		return nil
	}
	return voucher.CheckBill(f)
}

func str(name string, needed bool, to *string, check func(string) *Error) field {
	return field{name: name, needed: needed, take: func(raw json.RawMessage) *Error {
		if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, to) != nil {
			return refused(http.StatusBadRequest, name+" 须是文字。", name+" must be a text.")
		}
		return check(*to)
	}}
}

// changes are what a request wants to be otherwise: those members that were given.
type changes[T any] []func(*T)

// given notes a change when its field is there.
func (c *changes[T]) given(f field, change func(*T)) field {
	take := f.take
	f.take = func(raw json.RawMessage) *Error {
		*c = append(*c, change)
		return take(raw)
	}
	return f
}

func (c changes[T]) make(of *T) {
	for _, change := range c {
		change(of)
	}
}

func anything(string) *Error { return nil }

// order numbers go to printers and lists, where a control character is a command.
func orderNumber(s string) *Error {
	switch {
	case len(s) > voucher.MaxOrder:
		return refused(http.StatusBadRequest, fmt.Sprintf("order 最长 %d 字节。", voucher.MaxOrder), fmt.Sprintf("order may have at most %d bytes.", voucher.MaxOrder))
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return refused(http.StatusBadRequest, "order 不能含控制字符。", "order may not hold control characters.")
	}
	return nil
}

// payerName is about an account's name, which only its hash outlives.
func payerName(s string) *Error {
	switch {
	case utf8.RuneCountInString(s) > voucher.MaxPayer:
		return refused(http.StatusBadRequest, fmt.Sprintf("payer 最长 %d 个字符。", voucher.MaxPayer), fmt.Sprintf("payer may have at most %d characters.", voucher.MaxPayer))
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return refused(http.StatusBadRequest, "payer 不能含控制字符。", "payer may not hold control characters.")
	}
	return nil
}

func billSource(s string) *Error {
	if _, known := voucher.BillSourceNamed(s); !known {
		return refused(http.StatusBadRequest, "source 须是 pos、display 或 typed。", `source must be "pos", "display" or "typed".`)
	}
	return nil
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return s
}
