package voucher_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

// keyboard is what a layout has on the keys of a US keyboard's rows, without Shift and with it. A space is a key that types nothing
// of its own.
type keyboard struct {
	name        string
	plain, with string
}

const (
	usPlain = "1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"
	usWith  = "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?"
)

// The rows as xkeyboard-config 2.35 has them.
var keyboards = []keyboard{
	{"British", "1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./", "!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@ZXCVBNM<>?"},
	{"French", "&é\"'(-è_çà)=azertyuiop $qsdfghjklmùwxcvbn,;:!", "1234567890°+AZERTYUIOP £QSDFGHJKLM%WXCVBN?./"},
	{"Belgian", "&é\"'(§è!çà)-azertyuiop $qsdfghjklmùwxcvbn,;:=", "1234567890°_AZERTYUIOP *QSDFGHJKLM%WXCVBN?./"},
	{"German", "1234567890ß qwertzuiopü+asdfghjklöäyxcvbnm,.-", "!\"§$%&/()=? QWERTZUIOPÜ*ASDFGHJKLÖÄYXCVBNM;:_"},
	{"Czech", "+ěščřžýáíé= qwertzuiopú)asdfghjklů§yxcvbnm,.-", "1234567890% QWERTZUIOP/(ASDFGHJKL\"!YXCVBNM?:_"},
	{"Slovak", "+ľščťžýáíé= qwertzuiopúäasdfghjklô§yxcvbnm,.-", "1234567890% QWERTZUIOP/(ASDFGHJKL\"!YXCVBNM?:_"},
	{"Spanish", "1234567890'¡qwertyuiop` asdfghjklñ zxcvbnm,.-", "!\"·$%&/()=?¿QWERTYUIOP^ ASDFGHJKLÑ ZXCVBNM;:_"},
}

// typed is what arrives when a scanner types the text, and the PC has the layout. A stuck Shift holds for digits, too; caps lock turns the
// letters' case and nothing else.
func (k keyboard) typed(text string, stuck, caps bool) string {
	plain, with := []rune(k.plain), []rune(k.with)
	var b strings.Builder
	for _, c := range text {
		key, shift := strings.IndexRune(usPlain, c), stuck
		if key < 0 {
			key, shift = strings.IndexRune(usWith, c), true
		}
		r := plain[key]
		if letter := unicode.IsLetter(r); shift != (caps && letter && unicode.IsLetter(with[key])) {
			r = with[key]
		}
		b.WriteRune(r)
	}
	return b.String()
}

// typedFor is what arrives on a US keyboard when the scanner is set to the layout.
func (k keyboard) typedFor(text string) string {
	plain, with := []rune(k.plain), []rune(k.with)
	var b strings.Builder
	for _, c := range text {
		if key := slices.Index(plain, c); key >= 0 {
			b.WriteByte(usPlain[key])
		} else {
			b.WriteByte(usWith[slices.Index(with, c)])
		}
	}
	return b.String()
}

func TestAScannerThatIsSetToAnotherLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(keyboards).Draw(t, "keyboard")
		code := voucher.Sign(body(t), issuing)
		text := code.Text()
		if rapid.Bool().Draw(t, "small letters") {
			text = strings.ToLower(text)
		}
		if got, err := voucher.ParseCode(k.typedFor(text)); err != nil || got != code {
			t.Fatalf("%s: %q: %v", k.name, k.typedFor(text), err)
		}
	})
}

func TestKeyboardsOfTheTestAreWhole(t *testing.T) {
	for _, k := range append(keyboards, keyboard{"US", usPlain, usWith}) {
		for _, rows := range []string{k.plain, k.with} {
			if n := len([]rune(rows)); n != len(usPlain) && k.name != "French" && k.name != "Belgian" || n < len(usPlain)-1 {
				t.Errorf("%s has %d keys, want %d", k.name, n, len(usPlain))
			}
		}
	}
}

// TestACodeTypedOnAnyLayoutIsThatCode: caps lock, Shift lost or stuck, and another layout than the scanner's are made good; what is damaged
// besides is damaged, and a false code stays a false one.
func TestACodeTypedOnAnyLayoutIsThatCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(keyboards).Draw(t, "keyboard")
		key := rapid.SampledFrom([]int{0, 1}).Draw(t, "key")
		code := voucher.Sign(body(t), []ed25519.PrivateKey{issuing, other}[key])
		text := code.Text()
		if rapid.Bool().Draw(t, "Shift is lost") {
			text = strings.ToLower(text)
		}
		stuck, caps := rapid.Bool().Draw(t, "Shift is stuck"), rapid.Bool().Draw(t, "caps lock")
		got, err := voucher.ParseCode(k.typed(text, stuck, caps) + "\r")
		if err != nil || got != code {
			t.Fatalf("%s, stuck %v, caps %v: %q: %v", k.name, stuck, caps, k.typed(text, stuck, caps), err)
		}
		if got.Genuine(public) != (key == 0) {
			t.Fatal("the layout made a false code of a true one, or the other way round")
		}
		changed := []byte(text)
		i := rapid.IntRange(3, len(text)-1).Draw(t, "place")
		changed[i] = rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")).Filter(func(c byte) bool { return c != strings.ToUpper(text)[i] }).Draw(t, "letter")
		if code, err := voucher.ParseCode(k.typed(string(changed), stuck, caps)); !errors.Is(err, voucher.ErrDamaged) {
			t.Fatalf("%s, character %d changed: %v %v", k.name, i, code, err)
		}
	})
}

func TestWhatAnInputMethodLeavesOfACode(t *testing.T) {
	text := voucher.Sign(voucher.Body{Campaign: 1, Phase: 1, Tier: 1, Serial: 0xfeedfacecafef00d}, issuing).Text()
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	russian := strings.NewReplacer("A", "Ф", "B", "И", "C", "С", "D", "В", "E", "У", "H", "Р", "X", "Ч").Replace(text)
	syllables := text[:9] + "'" + strings.ToLower(text[9:30]) + "’" + text[30:]
	for _, c := range []struct {
		name, scan string
		want       voucher.Reason
	}{
		{"it ate the letters and kept the digits", digits, voucher.DamagedScan},
		{"the 1 of the prefix, too", digits[1:], voucher.DamagedScan},
		{"full-width letters", strings.Map(func(r rune) rune { return r - '!' + 0xff01 }, text), voucher.OK},
		{"marks between syllables", syllables, voucher.OK},
		{"split in two, the head", text[:70], voucher.DamagedScan},
		{"split in two, the tail", text[70:], voucher.DamagedScan},
		{"a few letters lost", text[:40] + text[44:], voucher.DamagedScan},
		{"half of a code on a French keyboard", keyboards[1].typed(text[:70], false, false), voucher.DamagedScan},
		{"a Russian keyboard", russian, voucher.DamagedScan},
		{"a number that is none of ours", "123456723456789", voucher.OtherCode},
		{"a WeChat Pay code that has only such digits", "134567234567234567", voucher.PaymentCode},
		{"a goods barcode that has only such digits", "2345672345676", voucher.GoodsBarcode},
		{"a Russian sentence", "Это не ваучер", voucher.OtherCode},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := voucher.Read(c.scan, voucher.DefaultPayments())
			if r.Reason != c.want {
				t.Errorf("%s, want %s", r.Reason, c.want)
			}
			if ate := strings.Trim(c.scan, "1234567") == "" && c.want == voucher.DamagedScan; ate != strings.Contains(r.Title.Zh, "输入法") {
				t.Errorf("it says %q of the cause", r.Title.Zh)
			}
		})
	}
}
