package ui_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

var update = flag.Bool("update", false, "write the golden slips anew")

func receipt() ui.Receipt {
	return ui.Receipt{Shop: "芦山惠民超市（一店）", Campaign: voucher.Text{Zh: "芦山县“冬日送暖”消费券", En: "Lushan County winter vouchers"}, Terminal: "T000001",
		Answer: voucher.Final, Redemption: "T000001-1-42", Tier: "supermarket-10", Voucher: "3f0c9e5b7a214d68", Order: "A-1001",
		Bill: 1234_50, Source: "pos", Face: 10_00, Pay: 1224_50, Chain: "3f2a91bc04d7", At: time.Date(2023, 12, 11, 14, 2, 3, 0, time.FixedZone("", 8*60*60))}
}

var slips = []struct {
	name   string
	change func(*ui.Receipt)
}{
	{"final", func(*ui.Receipt) {}},
	{"final-copy", func(r *ui.Receipt) { r.Copy = true }},
	{"provisional-shop", func(r *ui.Receipt) { r.Answer, r.Risk = voucher.Provisional, voucher.MerchantBears }},
	{"provisional-fund", func(r *ui.Receipt) { r.Answer, r.Risk = voucher.Provisional, voucher.FundBears }},
	{"voided", func(r *ui.Receipt) { r.Voided, r.Pay = true, r.Bill }},
	{"not-confirmed", func(r *ui.Receipt) {
		r.Answer, r.Pay = voucher.Refused, r.Bill
		said := ui.Sentence(voucher.AlreadyRedeemed, ui.Details{Answer: voucher.Refused, Replaced: true, Bill: r.Bill, Face: r.Face, Used: r.At, UsedBill: r.Bill})
		r.Notice = voucher.Text{Zh: said.Message.Zh + said.Next.Zh, En: said.Message.En + " " + said.Next.En}
	}},
	{"bare", func(r *ui.Receipt) {
		r.Shop, r.Campaign, r.Order, r.Tier, r.Voucher, r.Source, r.Chain = "", voucher.Text{}, "", "", "", "", ""
	}},
	{"long", func(r *ui.Receipt) {
		r.Shop = "四川省雅安市芦山县芦阳街道先锋社区某某某某生活超市有限责任公司第一分公司"
		r.Order = strings.Repeat("order-", 10)
	}},
}

func TestSlipsAreAsTheyWere(t *testing.T) {
	for _, c := range slips {
		for _, lang := range []string{"zh", "en"} {
			for width, name := range map[int]string{32: "32", 42: "42", 48: "48"} {
				r := receipt()
				c.change(&r)
				got := ui.Slip(r, lang, width)
				narrow(t, c.name, got, width)
				large(t, c.name, ui.SlipRows(r, lang, width), width)
				file := filepath.Join("testdata", "slips", c.name+"."+lang+"."+name+".txt")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil || string(want) != got {
					t.Errorf("%s differs (%v):\n%s", file, err, got)
				}
			}
		}
	}
}

// narrow checks what every slip must be: no line wider than the paper, and nothing that is a command to a printer.
func narrow(t *testing.T, name, slip string, width int) {
	t.Helper()
	for _, line := range strings.Split(slip, "\n") {
		n := 0
		for _, r := range line {
			if n++; r > 0x7f {
				n++
			}
			if !unicode.IsPrint(r) {
				t.Errorf("%s: %q holds %U", name, line, r)
			}
		}
		if n > width {
			t.Errorf("%s: %q has %d columns, the paper %d", name, line, n, width)
		}
	}
}

// large checks that the answer, and nothing else, stands in large type, or bold where it would not fit.
func large(t *testing.T, name string, rows []ui.Row, width int) {
	t.Helper()
	n := 0
	for _, row := range rows {
		if row.Large != "" {
			n++
			narrow(t, name, row.Large, width/2)
		}
	}
	if n != 1 {
		t.Errorf("%s: %d lines in large type", name, n)
	}
}

// TestNoControlCharacterReachesThePrinter puts commands of receipt printers and tricks of Unicode into every name.
func TestNoControlCharacterReachesThePrinter(t *testing.T) {
	for _, bad := range []string{"\x1b@", "\x1dV\x00", "\x1bp\x00\x19\xfa", "\r\n=== FINAL ===\r\n", "\x00", "\x7f", "\u009b2J", "\u202e", "\u200b", "\u2028", "\ufeff", "\xff\xfe", "a\u0301", "\ue000", "\U000e0001"} {
		r := receipt()
		r.Shop, r.Terminal, r.Redemption, r.Tier, r.Voucher, r.Order, r.Chain = "店"+bad+"名", "T"+bad, "R"+bad, "t"+bad, "0123"+bad+"456789", "o"+bad, "3f2a"+bad
		r.Campaign = voucher.Text{Zh: "活" + bad + "动", En: "c" + bad}
		for _, lang := range []string{"zh", "en"} {
			got := ui.Slip(r, lang, 32)
			narrow(t, bad, got, 32)
			if lines, same := strings.Count(got, "\n"), strings.Count(ui.Slip(receipt(), lang, 32), "\n"); lines > same+2 {
				t.Errorf("%q makes %d lines of %d", bad, lines, same)
			}
		}
	}
}

// TestASlipIsAsWideAsItPrints: signs that GBK has beside the hanzi take two columns on paper, as hanzi do.
func TestASlipIsAsWideAsItPrints(t *testing.T) {
	for _, name := range []string{"卡尔·马克思超市", "αβγ±×÷店", "ПРОДУКТЫ"} {
		r := receipt()
		r.Shop, r.Order = name, name+name+name
		narrow(t, name, ui.Slip(r, "zh", 32), 32)
	}
}

// TestAProvisionalSlipIsNoFinalOne: not one line that tells the answer is the same.
func TestAProvisionalSlipIsNoFinalOne(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		final, provisional := receipt(), receipt()
		provisional.Answer, provisional.Risk = voucher.Provisional, voucher.MerchantBears
		a, b := ui.Slip(final, lang, 32), ui.Slip(provisional, lang, 32)
		if strings.Contains(a, "#") || strings.Count(b, "#") < 32*2 {
			t.Errorf("the frame does not tell them apart:\n%s\n%s", a, b)
		}
		for _, said := range []string{ui.Risk(voucher.MerchantBears).In(lang), map[string]string{"zh": "联网后由中心确认", "en": "will confirm"}[lang]} {
			if unframed := strings.NewReplacer(" #\n# ", " ", "#", "", "\n", " ").Replace(b); !strings.Contains(strings.Join(strings.Fields(unframed), " "), said) && !strings.Contains(strings.ReplaceAll(unframed, " ", ""), strings.ReplaceAll(said, " ", "")) {
				t.Errorf("it does not say %q:\n%s", said, b)
			}
		}
	}
}

// FuzzSlip: whatever names bring, each line of a slip can be printed, and the sums stand at its end.
func FuzzSlip(f *testing.F) {
	f.Add("店", "活动", "A-1")
	f.Add("\x1b@\x1dV", "\xff", "，，，，，，，，，，，，，，，，，，，，，，，，")
	f.Fuzz(func(t *testing.T, shop, campaign, order string) {
		r := receipt()
		r.Shop, r.Campaign.Zh, r.Order = shop, campaign, order
		for _, width := range []int{32, 42} {
			slip := ui.Slip(r, "zh", width)
			for _, c := range strings.ReplaceAll(slip, "\n", "") {
				if !unicode.IsPrint(c) {
					t.Errorf("%U gets through", c)
				}
			}
			if !strings.HasSuffix(slip, "1224.50 元\n"+strings.Repeat("=", width)+"\n链值"+strings.Repeat(" ", width-4-14)+"3f2a 91bc 04d7\n") {
				t.Errorf("the sum does not stand at the end:\n%s", slip)
			}
		}
	})
}
