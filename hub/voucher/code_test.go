package voucher_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

var (
	issuing = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	public  = issuing.Public().(ed25519.PublicKey)
	other   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
)

func body(t *rapid.T) voucher.Body {
	return voucher.Body{
		Key:      rapid.Uint8().Draw(t, "key"),
		Campaign: rapid.Uint32().Draw(t, "campaign"),
		Phase:    voucher.PhaseNo(rapid.Uint8().Draw(t, "phase")),
		Tier:     voucher.TierNo(rapid.Uint8().Draw(t, "tier")),
		Serial:   voucher.Serial(rapid.Uint64().Draw(t, "serial")),
		Holder:   [8]byte(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "holder")),
	}
}

func TestCodeReadsBackInAnyDress(t *testing.T) {
	around := []string{"", "\r", "\n", "\r\n", "\t", "\x02", "\x03", "]Q1", "]Q3", " ", "\ufeff", "\u3000"}
	rapid.Check(t, func(t *rapid.T) {
		code := voucher.Sign(body(t), issuing)
		text := code.Text()
		if len(text) != 152 {
			t.Fatalf("%d characters, want the 152 that fit a version 6 QR", len(text))
		}
		dressed := text
		switch rapid.IntRange(0, 3).Draw(t, "case") {
		case 1:
			dressed = strings.ToLower(text)
		case 2:
			dressed = strings.Map(func(r rune) rune { return r - '!' + 0xff01 }, text)
		case 3:
			dressed = text + text // two reads glued together
		}
		scan := rapid.SampledFrom(around).Draw(t, "before") + dressed + rapid.SampledFrom([]string{"", "\r", "\r\n", "\t", "\x03"}).Draw(t, "after")
		got, err := voucher.ParseCode(scan)
		if err != nil || got != code {
			t.Fatalf("%q: %v", scan, err)
		}
		if !got.Genuine(public) || got.Genuine(other.Public().(ed25519.PublicKey)) {
			t.Fatal("the signature holds for the wrong key, or not for the right one")
		}
	})
}

func TestMangledCodeIsDamagedNeverForged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(voucher.Sign(body(t), issuing).Text())
		i := rapid.IntRange(3, len(text)-1).Draw(t, "place")
		text[i] = rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")).Filter(func(c byte) bool { return c != text[i] }).Draw(t, "letter")
		if code, err := voucher.ParseCode(string(text)); !errors.Is(err, voucher.ErrDamaged) {
			t.Fatalf("character %d changed: %v %v", i, code, err)
		}
	})
}

func TestPieceOfACodeAsksForAnotherScan(t *testing.T) {
	text := voucher.Sign(voucher.Body{Campaign: 1, Phase: 1, Tier: 1, Serial: 0xfeedfacecafef00d}, issuing).Text()
	for from := range text {
		for _, to := range []int{len(text), len(text) - 1, (from + len(text)) / 2} {
			if from == 0 && to == len(text) || to <= from {
				continue
			}
			r := voucher.Read(text[from:to], voucher.DefaultPayments())
			if !r.Reason.IsScan() {
				t.Fatalf("characters %d to %d: %s", from, to, r.Reason)
			}
		}
	}
}

func TestTwoCodesGluedAskForAnotherScan(t *testing.T) {
	a := voucher.Sign(voucher.Body{Campaign: 1, Serial: 1}, issuing).Text()
	b := voucher.Sign(voucher.Body{Campaign: 1, Serial: 2}, issuing).Text()
	for _, scan := range []string{a + b, a + "\r" + b, a + b[:40], b[100:] + a} {
		if r := voucher.Read(scan, nil); r.Reason != voucher.DamagedScan {
			t.Errorf("%d characters: %s", len(scan), r.Reason)
		}
	}
}

func TestForgedCodeIsIntactWithAnotherSignature(t *testing.T) {
	code, err := voucher.ParseCode(voucher.Sign(voucher.Body{Campaign: 1, Serial: 1}, other).Text())
	if err != nil || code.Genuine(public) {
		t.Fatalf("err %v, genuine %v", err, code.Genuine(public))
	}
	if code.Genuine(nil) {
		t.Fatal("genuine without a key")
	}
}

func TestSightDiffersWithEverySignature(t *testing.T) {
	b := voucher.Body{Campaign: 1, Serial: 1}
	if voucher.Sign(b, issuing).Sight() == voucher.Sign(b, other).Sight() {
		t.Fatal("a code signed by another key has the same sight: knowing the serial would be enough")
	}
	if first, again := voucher.Sign(b, issuing), voucher.Sign(b, issuing); first.Sight() != again.Sight() {
		t.Fatal("signing again gives another sight")
	}
}

func TestCodeIsMaskedWhereverItIsPrinted(t *testing.T) {
	code := voucher.Sign(voucher.Body{Campaign: 1, Serial: 0xabc}, issuing)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "code", code, "reading", voucher.Read(code.Text(), nil))
	printed := log.String() + fmt.Sprintf("%v %s", code, code)
	if strings.Contains(printed, code.Text()[:20]) || !strings.Contains(printed, code.Body.Serial.String()) {
		t.Fatal(printed)
	}
}

func TestSerialReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := voucher.Serial(rapid.Uint64().Draw(t, "serial"))
		if got, ok := voucher.ParseSerial(s.String()); !ok || got != s {
			t.Fatalf("%s reads as %s, %v", s, got, ok)
		}
	})
	for _, bad := range []string{"", "12", "zzzzzzzzzzzzzzzz", "+000000000000001"} {
		if _, ok := voucher.ParseSerial(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzParseCode has an oracle: whatever is read as a code encodes to the text it was read from, or to one of its length typed on
// another keyboard, and nothing that was not signed by the key is genuine.
func FuzzParseCode(f *testing.F) {
	good := voucher.Sign(voucher.Body{Key: 1, Campaign: 1, Phase: 1, Tier: 2, Serial: 42}, issuing).Text()
	for _, s := range []string{good, strings.ToLower(good), "]Q1" + good + "\r\n", good + good, good[:80], good[80:], "HX2" + good[3:], "", "6901234567892", "281234567890123456",
		strings.NewReplacer("Y", "Z", "Z", "Y").Replace(good), strings.NewReplacer("1", "&", "2", "é").Replace(good)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, scan string) {
		code, err := voucher.ParseCode(scan)
		if err != nil {
			if !errors.Is(err, voucher.ErrDamaged) && !errors.Is(err, voucher.ErrUnknownCode) && !errors.Is(err, voucher.ErrNewerCode) {
				t.Fatalf("an error of no known kind: %v", err)
			}
			return
		}
		clean := strings.ToUpper(voucher.Clean(scan))
		if bare := []rune(strings.NewReplacer("'", "", "‘", "", "’", "").Replace(clean)); clean != code.Text()+code.Text() &&
			len(bare) != len(code.Text()) && utf8.RuneCountInString(clean) != len(code.Text()) {
			t.Fatalf("%q was read as %q", clean, code.Text())
		}
		if code.Genuine(public) && voucher.Sign(code.Body, issuing) != code {
			t.Fatal("genuine, but not what the key signs for this body")
		}
		if _, ok := voucher.Read(scan, voucher.DefaultPayments()), true; !ok || voucher.Read(scan, voucher.DefaultPayments()).Reason != voucher.OK {
			t.Fatal("a code that ParseCode reads was taken for something else")
		}
	})
}

func TestNarrow(t *testing.T) {
	for wide, plain := range map[string]string{"ＨＸ１ａｚ": "HX1az", "５８．５０": "58.50", "58。5": "58.5", "￥1　2": "¥1 2", "！～": "!~", "HX1 58.50 鲁山": "HX1 58.50 鲁山", "，、": ",、"} {
		if got := strings.Map(voucher.Narrow, wide); got != plain {
			t.Errorf("%q became %q, want %q", wide, got, plain)
		}
	}
}
