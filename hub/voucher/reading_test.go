package voucher_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, scan string
		want       voucher.Reason
		scheme     string
	}{
		{"an Alipay code", "281234567890123456", voucher.PaymentCode, "alipay"},
		{"an Alipay code of 16 digits", "2512345678901234", voucher.PaymentCode, "alipay"},
		{"an Alipay code of 24 digits with CR", "301234567890123456789012\r", voucher.PaymentCode, "alipay"},
		{"an Alipay face code", "fp" + strings.Repeat("1", 33), voucher.PaymentCode, "alipay-face"},
		{"a WeChat Pay code", "134567890123456789", voucher.PaymentCode, "wechat"},
		{"a UnionPay code", "6212345678901234567", voucher.PaymentCode, "unionpay"},
		{"an e-CNY code", "0112345678901234567", voucher.PaymentCode, "ecny"},
		{"a bank card's consumer QR", "hQVDUFYwMWETTwegAAAAVVVVUA8", voucher.PaymentCode, "emvco"},
		{"one digit too many for WeChat Pay", "1345678901234567890", voucher.OtherCode, ""},
		{"an unknown 18-digit code", "991234567890123456", voucher.OtherCode, ""},
		{"an EAN-13", "6901234567892", voucher.GoodsBarcode, ""},
		{"an EAN-13 with a wrong check digit", "6901234567893", voucher.OtherCode, ""},
		{"an EAN-8", "73513537", voucher.GoodsBarcode, ""},
		{"a UPC-A", "036000291452", voucher.GoodsBarcode, ""},
		{"a web address", "https://qr.alipay.com/fkx00000", voucher.OtherCode, ""},
		{"a merchant's QR", "00020101021126", voucher.OtherCode, ""},
		{"nothing", "", voucher.DamagedScan, ""},
		{"only CR", "\r", voucher.DamagedScan, ""},
		{"the head of a code", "HX1ABC", voucher.DamagedScan, ""},
		{"Chinese text", "优惠券", voucher.OtherCode, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := voucher.Read(c.scan, voucher.DefaultPayments())
			if r.Reason != c.want || r.Scheme != c.scheme {
				t.Fatalf("%s %q, want %s %q", r.Reason, r.Scheme, c.want, c.scheme)
			}
			if r.Reason == voucher.PaymentCode && (r.Title.Zh == "" || strings.Contains(r.Masked, c.scan[3:12])) {
				t.Fatalf("title %q, shown as %q", r.Title.Zh, r.Masked)
			}
		})
	}
}

func TestWhatMayGoOnToAnotherProgram(t *testing.T) {
	ours := voucher.Sign(voucher.Body{Key: 1, Campaign: 1, Phase: 1, Tier: 1, Serial: 1}, issuing).Text()
	for _, c := range []struct {
		name, scan string
		foreign    bool
	}{
		{"a payment code", "281234567890123456", true},
		{"the barcode of goods", "6901234567892", true},
		{"a web address", "https://example.org/menu", true},
		{"Chinese text", "会员卡", true},
		{"a single letter", "A", true},
		{"a voucher", ours, false},
		{"a voucher in small letters", strings.ToLower(ours), false},
		{"half a voucher", ours[:70], false},
		{"a voucher that lost its head", ours[40:], false},
		{"two vouchers glued together", ours + "X" + ours, false},
		{"a voucher whose version was misread", "HXI" + ours[3:], false},
		{"the same in small letters", "hxi" + ours[3:20], false},
		{"a voucher of a later version", "HX2" + strings.Repeat("0", 40), false},
		{"a code of practice", "HXPRACTICE-GOOD", false},
		{"nothing", "", false},
		{"control characters only", "\x02\r", false},
	} {
		if r := voucher.Read(c.scan, voucher.DefaultPayments()); r.Foreign() != c.foreign {
			t.Errorf("%s: %s, goes on: %v", c.name, r.Reason, r.Foreign())
		}
	}
}

func TestNoVoucherCodeIsAPaymentCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := voucher.Sign(body(t), issuing).Text()
		if r := voucher.Read(text, voucher.DefaultPayments()); r.Reason != voucher.OK {
			t.Fatalf("%s", r.Reason)
		}
	})
}

func TestReasonsKeepTheirNames(t *testing.T) {
	// The names of DESIGN section 7, in order: scripts rely on them. New ones come behind.
	fixed := strings.Fields(`ok below_threshold already_redeemed unknown_voucher forged wrong_trade not_yet_valid expired
		voucher_revoked merchant_suspended terminal_revoked terminal_frozen out_of_stock person_limit outside_area offline_limit
		hub_silent clock_untrusted damaged_scan payment_code goods_barcode other_code bill_missing busy`)
	all := voucher.Reasons()
	for i, name := range fixed {
		if all[i].String() != name {
			t.Errorf("reason %d is %s, want %s", i, all[i], name)
		}
	}
	for _, r := range all {
		b, err := json.Marshal(r)
		var back voucher.Reason
		if err != nil || json.Unmarshal(b, &back) != nil || back != r {
			t.Errorf("%s does not read back: %v", r, err)
		}
	}
	var r voucher.Reason
	if json.Unmarshal([]byte(`"sunspots"`), &r) == nil {
		t.Error("an unknown reason was read")
	}
}
