package voucher_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

func TestParseYuan(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     voucher.Fen
		err      error
	}{
		{"whole yuan", "58", 5800, nil},
		{"one decimal", "58.5", 5850, nil},
		{"two decimals", "58.05", 5805, nil},
		{"spaces around", " 58 ", 5800, nil},
		{"leading zeros", "0058.00", 5800, nil},
		{"one fen", "0.01", 1, nil},
		{"the largest bill", "1000000", voucher.MaxBill, nil},
		{"one fen above the largest", "1000000.01", 0, voucher.ErrTooMuch},
		{"a bill of 0", "0", 0, voucher.ErrNotPositive},
		{"0.00", "0.00", 0, voucher.ErrNotPositive},
		{"below zero", "-3", 0, voucher.ErrNotPositive},
		{"the letter O", "5O", 0, voucher.ErrNotMoney},
		{"an exponent", "1e9", 0, voucher.ErrNotMoney},
		{"three decimals", "1.005", 0, voucher.ErrNotMoney},
		{"nothing", "", 0, voucher.ErrNotMoney},
		{"only a point", ".", 0, voucher.ErrNotMoney},
		{"no whole part", ".5", 0, voucher.ErrNotMoney},
		{"a point and no decimals", "5.", 0, voucher.ErrNotMoney},
		{"a thousands separator", "1,000", 0, voucher.ErrNotMoney},
		{"a plus sign", "+5", 0, voucher.ErrNotMoney},
		{"minus nonsense", "-x", 0, voucher.ErrNotMoney},
		{"not a number", "NaN", 0, voucher.ErrNotMoney},
		{"full-width digits", "５８", 0, voucher.ErrNotMoney},
		{"a barcode", "6901234567892", 0, voucher.ErrTooMuch},
		{"thirty digits", "999999999999999999999999999999", 0, voucher.ErrTooMuch},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := voucher.ParseYuan(c.in)
			if got != c.want || !errors.Is(err, c.err) {
				t.Fatalf("ParseYuan(%q) = %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
			}
		})
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := voucher.Fen(rapid.Int64Range(1, int64(voucher.MaxBill)).Draw(t, "fen"))
		if got, err := voucher.ParseYuan(f.String()); got != f || err != nil {
			t.Fatalf("%d is written %q and read %d, %v", f, f, got, err)
		}
	})
}
