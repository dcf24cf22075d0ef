package voucher

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Fen is an amount of money in fen, a hundredth of a yuan. Amounts are exact: there is no float anywhere near money.
type Fen int64

// MaxBill is the largest bill a till takes, 1,000,000 yuan: above it a person has typed a barcode or forgotten the point.
// Every sum of a campaign also stays far below the limits of int64.
const MaxBill Fen = 100_000_000

// Errors of ParseYuan, for a caller that must choose the sentence it shows.
var (
	ErrNotMoney    = errors.New("not an amount in yuan, such as 58 or 58.50")
	ErrNotPositive = errors.New("the amount must be more than zero")
	ErrTooMuch     = errors.New("the amount is more than 1,000,000 yuan")
)

// ParseYuan reads an amount a person typed, in yuan with at most two decimals: "58", "58.5", "58.50". Digits only:
// no sign, no thousands separator, no exponent, so that "5O", "1e9" and "-3" are named instead of guessed at.
// It returns ErrNotMoney, ErrNotPositive or ErrTooMuch.
func ParseYuan(s string) (Fen, error) {
	f, err := parseYuan(strings.TrimSpace(s))
	switch {
	case err != nil:
		return 0, err
	case f == 0:
		return 0, ErrNotPositive
	case f > MaxBill:
		return 0, ErrTooMuch
	}
	return f, nil
}

func parseYuan(s string) (Fen, error) {
	if n, minus := strings.CutPrefix(s, "-"); minus {
		if _, err := parseYuan(n); err == nil {
			return 0, ErrNotPositive
		}
		return 0, ErrNotMoney
	}
	whole, part, pointed := strings.Cut(s, ".")
	if !digits(whole) || (pointed && (!digits(part) || len(part) > 2)) {
		return 0, ErrNotMoney
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 12 {
		return 0, ErrTooMuch
	}
	cents := (part + "00")[:2]
	n, err := strconv.ParseInt("0"+whole+cents, 10, 64)
	if err != nil {
		return 0, ErrNotMoney
	}
	return Fen(n), nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// CheckBill tells whether a bill handed over in fen is one a till takes: ErrNotPositive, ErrTooMuch or nil.
func CheckBill(f Fen) error {
	switch {
	case f <= 0:
		return ErrNotPositive
	case f > MaxBill:
		return ErrTooMuch
	}
	return nil
}

// String gives the amount in yuan with two decimals, for logs and tests: "58.00", "-0.05". People are shown ui's form.
func (f Fen) String() string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "-", uint64(-f)
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}
