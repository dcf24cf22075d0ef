package voucher

import (
	"errors"
	"log/slog"
	"strings"
)

// PaymentScheme tells the one-use payment codes of one wallet from everything else: digits only, one of the lengths,
// beginning with a number between From and To (both of equal length, compared as text). It is data: a campaign may
// bring a table of its own.
type PaymentScheme struct {
	Name     string `cbor:"1,keyasint" json:"name"`     // "alipay"
	Title    Text   `cbor:"2,keyasint" json:"title"`    // what a cashier calls it
	From     string `cbor:"3,keyasint" json:"from"`     // "25"
	To       string `cbor:"4,keyasint" json:"to"`       // "30"
	Shortest int    `cbor:"5,keyasint" json:"shortest"` // digits after and with the prefix
	Longest  int    `cbor:"6,keyasint" json:"longest"`
	Before   string `cbor:"7,keyasint,omitempty" json:"before,omitempty"` // fixed text in front of the digits, such as "fp"
}

// DefaultPayments is the table of DESIGN section 5. Sources: Alipay's trade.pay text (prefix 25-30, 16-24 digits; face
// codes "fp" and 33 characters), WeChat Pay's micropay text (10-15, 18 digits), CCB's API text for UnionPay (62, 19
// digits); e-CNY (01, 19 digits) is from other people's code only, so a campaign may replace it.
func DefaultPayments() []PaymentScheme {
	alipay := Text{"支付宝付款码", "Alipay payment code"}
	return []PaymentScheme{
		{Name: "alipay", Title: alipay, From: "25", To: "30", Shortest: 16, Longest: 24},
		{Name: "alipay-face", Title: alipay, Before: "fp", From: "0", To: "9", Shortest: 33, Longest: 33},
		{Name: "wechat", Title: Text{"微信付款码", "WeChat Pay payment code"}, From: "10", To: "15", Shortest: 18, Longest: 18},
		{Name: "unionpay", Title: Text{"云闪付付款码", "UnionPay payment code"}, From: "62", To: "62", Shortest: 19, Longest: 19},
		{Name: "ecny", Title: Text{"数字人民币付款码", "e-CNY payment code"}, From: "01", To: "01", Shortest: 19, Longest: 19},
	}
}

func (p PaymentScheme) matches(text string) bool {
	if len(text) < len(p.Before) || !strings.EqualFold(text[:len(p.Before)], p.Before) {
		return false
	}
	text = text[len(p.Before):]
	if len(text) < p.Shortest || len(text) > p.Longest || len(text) < len(p.From) {
		return false
	}
	head := text[:len(p.From)]
	return digits(text) && p.From <= head && head <= p.To
}

// Reading is what a scan turned out to be. Reason is OK when Code is a voucher code that was read whole; otherwise one
// of the reasons that ask for another scan, with Title naming what was scanned where that is known.
type Reading struct {
	Reason Reason
	Code   Code
	Scheme string // of a payment code, its scheme's name
	Title  Text   // "支付宝付款码", "Alipay payment code"; of a damaged scan, what became of it; empty when there is no name for it
	Masked string // what may be shown and logged of a code that is not ours: first 2 and last 4

	likeOurs bool // of OtherCode: it begins as ours do
}

// Foreign tells whether the scan is some other program's code, so that it may go on to that program: a payment code, the
// barcode of goods, or any other code. What may have been meant for us stays, and is asked for again: a damaged scan, a code
// of a later version, and whatever begins as our codes do ("HX", in either case), such as a code whose third letter was
// misread, or one of practice. A foreign code that begins so is asked for again too, which is said; typed into a POS, a piece
// of a voucher would go unnoticed.
func (r Reading) Foreign() bool {
	switch r.Reason {
	case PaymentCode, GoodsBarcode:
		return true
	case OtherCode:
		return !r.likeOurs
	}
	return false
}

// LogValue shows no code.
func (r Reading) LogValue() slog.Value {
	if r.Reason == OK {
		return r.Code.LogValue()
	}
	return slog.StringValue(r.Reason.String() + " " + r.Masked)
}

// Read tells what a scan is: a voucher code, a payment code by the table, a goods barcode, or something else.
func Read(scan string, payments []PaymentScheme) Reading {
	code, err := ParseCode(scan)
	if err == nil {
		return Reading{Code: code}
	}
	text := Clean(scan)
	r := Reading{Reason: OtherCode, Masked: Mask(text), likeOurs: strings.HasPrefix(strings.ToUpper(text), codePrefix[:2])}
	if scheme, ok := paymentScheme(text, payments); ok {
		r.Reason, r.Scheme, r.Title = PaymentCode, scheme.Name, scheme.Title
		return r
	}
	switch {
	case errors.Is(err, ErrDamaged), text == "":
		r.Reason = DamagedScan
		if digitsLeft(text) {
			r.Title = Text{"被输入法吃掉字母的券码", "a voucher code whose letters an input method has taken"}
		}
	case errors.Is(err, ErrNewerCode):
		r.Title = Text{"新版本的券码，本机须先升级", "a voucher code of a later version; this till must be updated first"}
	case goods(text):
		r.Reason, r.Title = GoodsBarcode, Text{"商品条码", "goods barcode"}
	}
	return r
}

func paymentScheme(text string, table []PaymentScheme) (PaymentScheme, bool) {
	for _, p := range table {
		if p.matches(text) {
			return p, true
		}
	}
	// EMVCo's consumer-presented QR is base64 and begins with 85 05 "CPV01"; nine characters of it do not depend on what follows.
	if strings.HasPrefix(text, "hQVDUFYwM") {
		return PaymentScheme{Name: "emvco", Title: Text{"银行卡付款码", "bank card payment code"}}, true
	}
	return PaymentScheme{}, false
}

// goods tells GTIN-8, -12, -13 and -14 by length and check digit (GS1 General Specifications, 7.9).
func goods(text string) bool {
	if n := len(text); !digits(text) || n != 8 && n != 12 && n != 13 && n != 14 {
		return false
	}
	sum := 0
	for i, weight := len(text)-1, 1; i >= 0; i, weight = i-1, 4-weight {
		sum += int(text[i]-'0') * weight
	}
	return sum%10 == 0
}

// Mask keeps the first 2 and last 4 characters of a code that is not ours: enough to find it on a slip, too little to
// use it. Short texts are hidden whole.
func Mask(text string) string {
	r := []rune(text)
	if len(r) < 10 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:2]) + "****" + string(r[len(r)-4:])
}
