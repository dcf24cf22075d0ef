package voucher

import "fmt"

// Reason is why an answer is what it is. A refusal is an answer, not an error: it crosses the wire, is counted, and
// has its sentence in ui. Reasons are only ever added, never renumbered or renamed.
type Reason uint16

// The reasons, in the order of DESIGN section 7.
const (
	OK Reason = iota
	BelowThreshold
	AlreadyRedeemed
	UnknownVoucher
	Forged
	WrongTrade
	NotYetValid
	Expired
	VoucherRevoked
	MerchantNotActive // "merchant_suspended": suspended, or not (yet) on the published list
	TerminalIsRevoked
	TerminalIsFrozen
	OutOfStock
	PersonLimit
	OutsideArea
	OfflineLimit
	HubSilent
	ClockUntrusted
	DamagedScan
	PaymentCode
	GoodsBarcode
	OtherCode
	BillMissing
	Busy
	NoCampaign    // "no_campaign": this till has not heard the law yet
	JournalFailed // "journal_failed": this till cannot write to its disk
	WrittenOff    // "written_off": accepted under a lease that was written off
	Unreadable    // "unreadable_record": the hub cannot read the record; it is kept as it came
	OtherTerminal // "other_terminal": a lane voucher of another till
	LaneLimit     // "lane_limit": the till was given as many lane vouchers today as the hub gives one in a day
	reasonEnd
)

var reasonNames = [...]string{
	OK: "ok", BelowThreshold: "below_threshold", AlreadyRedeemed: "already_redeemed", UnknownVoucher: "unknown_voucher",
	Forged: "forged", WrongTrade: "wrong_trade", NotYetValid: "not_yet_valid", Expired: "expired",
	VoucherRevoked: "voucher_revoked", MerchantNotActive: "merchant_suspended", TerminalIsRevoked: "terminal_revoked",
	TerminalIsFrozen: "terminal_frozen", OutOfStock: "out_of_stock", PersonLimit: "person_limit", OutsideArea: "outside_area",
	OfflineLimit: "offline_limit", HubSilent: "hub_silent", ClockUntrusted: "clock_untrusted", DamagedScan: "damaged_scan",
	PaymentCode: "payment_code", GoodsBarcode: "goods_barcode", OtherCode: "other_code", BillMissing: "bill_missing",
	Busy: "busy", NoCampaign: "no_campaign", JournalFailed: "journal_failed", WrittenOff: "written_off",
	Unreadable: "unreadable_record", OtherTerminal: "other_terminal", LaneLimit: "lane_limit",
}

// Reasons lists every reason, in order.
func Reasons() []Reason {
	all := make([]Reason, reasonEnd)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

// String is the reason's fixed name, which scripts rely on.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason_%d", uint16(r))
}

// MarshalText writes the name.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name; one that this version does not know is an error.
func (r *Reason) UnmarshalText(b []byte) error {
	for i, name := range reasonNames {
		if name == string(b) {
			*r = Reason(i)
			return nil
		}
	}
	return fmt.Errorf("unknown reason %q", b)
}

// Answer is one of the four things a cashier can be told (DESIGN section 3). There is no fifth.
type Answer string

// The four answers.
const (
	Final       Answer = "FINAL"       // 核销成功: the hub has recorded it
	Provisional Answer = "PROVISIONAL" // 离线受理: kept on this till's disk, inside its lease
	Refused     Answer = "REFUSED"     // 不可核销: the law or the hub says no; nothing happened
	ScanAgain   Answer = "SCAN_AGAIN"  // 请重扫: a damaged scan, or some other code
)

// IsScan tells whether the reason speaks of the scan itself, so that the answer is ScanAgain and not Refused.
func (r Reason) IsScan() bool {
	return r == DamagedScan || r == PaymentCode || r == GoodsBarcode || r == OtherCode
}
