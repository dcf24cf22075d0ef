package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"hexiao/hub/voucher"
)

// Answer is what a cashier is told about one scan, and what POS software gets back. The field names are fixed.
type Answer struct {
	Answer     voucher.Answer `json:"answer"`
	Reason     voucher.Reason `json:"reason"`
	Redemption string         `json:"redemption"` // the redemption's ID; empty when nothing was recorded
	Bill       voucher.Fen    `json:"bill_fen"`
	Face       voucher.Fen    `json:"face_fen"` // what the voucher takes off; 0 when it is not known
	Pay        voucher.Fen    `json:"pay_fen"`  // what the customer pays: bill less face when accepted, the bill otherwise
	Message    voucher.Text   `json:"message"`  // one sentence: what happened
	Next       voucher.Text   `json:"next"`     // one sentence: what to do next

	Voucher  string         `json:"voucher,omitempty"` // the voucher's ID; never its code
	Tier     voucher.TierID `json:"tier,omitempty"`
	TierName voucher.Text   `json:"tier_name,omitzero"` // as people call it
	Order    string         `json:"order,omitempty"`

	BillSource string `json:"bill_source,omitempty"` // where the bill came from, as Bill.Source; empty where it is not known

	At       time.Time      `json:"at"`                 // the till's trusted time
	Voided   bool           `json:"voided,omitempty"`   // this answer is about undoing the redemption
	Replaced bool           `json:"replaced,omitempty"` // this answer replaces the PROVISIONAL one given before for the same redemption
	Risk     voucher.Bearer `json:"risk,omitempty"`     // of PROVISIONAL: who bears a later loss
	Practice bool           `json:"practice,omitempty"` // an answer of practice: nothing was redeemed
	Chain    string         `json:"chain,omitempty"`    // of an answer that is on record: begin of the hash of the till's record, see Chain
	Again    bool           `json:"-"`                  // somebody asks again for what was answered before, perhaps before the agent's last start
}

// Chain is the short form of a record's hash, that a person can read out: 12 hexadecimal digits. Who does not have the
// record cannot find them, and the hub finds them by the redemption's number (hexiao-hub audit record).
func Chain(head [32]byte) string {
	if head == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(head[:6])
}

// Sale is what POS software asks: one code against one bill.
type Sale struct {
	Bill  voucher.Fen `json:"bill_fen"`
	Code  string      `json:"code"`
	Order string      `json:"order,omitempty"`
	Payer string      `json:"payer,omitempty"` // the paying account as the POS names it, at most 64 characters; only a keyed hash of it is kept
}

// Bill is the sum of the sale at hand, in fen, and where it comes from.
type Bill struct {
	Fen    voucher.Fen `json:"bill_fen"` // 0 clears it
	Source string      `json:"source"`   // "pos", "display" or "typed"

	Payer string `json:"payer,omitempty"` // as in Sale; never shown again
}

// Over tells whether this bill takes the place of the one that is at hand. The latest does, whoever said it, with two
// exceptions for the customer's display, which only repeats what a POS shows: when it is cleared, it takes back what it
// had said itself and nothing that somebody typed or the POS set; and a sum that is there already stays as it is, with what
// else was said of it.
func (b Bill) Over(held Bill) bool {
	display := voucher.BillOfDisplay.String()
	switch {
	case b.Source != display:
		return true
	case b.Fen == 0:
		return held.Source == display
	}
	return b.Fen != held.Fen
}

// View is the state of the till that stays on the screen.
type View struct {
	Terminal voucher.TerminalID `json:"terminal"`
	Merchant string             `json:"merchant"` // its name; empty before the law has come
	Campaign voucher.Text       `json:"campaign"`
	Zone     string             `json:"zone,omitempty"` // of the campaign's dates, such as "Asia/Shanghai"; empty before the law has come
	Hub      Hub                `json:"hub"`
	Scanners []Scanner          `json:"scanners"`
	Devices  []Device           `json:"devices,omitempty"` // set up on this PC besides the scanners
	Queued   uint64             `json:"queued"`            // records the hub has not settled
	Oldest   *time.Time         `json:"oldest_queued,omitempty"`
	Lease    Lease              `json:"lease"`
	Bill     Bill               `json:"bill"`
	Busy     bool               `json:"busy"`           // a scan waits for the hub's answer
	Warnings []Warning          `json:"warnings"`       // what lasts and a person should know
	Last     *Answer            `json:"last,omitempty"` // the newest answer
	Version  string             `json:"version"`
	Practice bool               `json:"practice,omitempty"` // scans and bills go to practice
	Settings Settings           `json:"settings"`
	Accepted *Accepted          `json:"accepted,omitempty"` // by a technician: the newest time, as long as the journal has it
	Lane     *Lane              `json:"lane,omitempty"`     // a lane test that runs, or is over since less than LaneFresh; without its code
}

// Hub is how the line to the hub stands.
type Hub struct {
	Online bool      `json:"online"`
	Since  time.Time `json:"since"` // of that state; zero when never
}

// Scanner is one source of scans.
type Scanner struct {
	Name      string       `json:"name"` // such as "/dev/ttyUSB0"
	Connected bool         `json:"connected"`
	Problem   voucher.Text `json:"problem"` // empty when connected
}

// Device is something at the till that reads no codes.
type Device struct {
	Kind      string       `json:"kind"` // PrinterDevice, DisplayDevice or PassOnDevice
	Name      string       `json:"name"` // such as "/dev/usb/lp0"
	Connected bool         `json:"connected"`
	Problem   voucher.Text `json:"problem"` // empty when connected
}

// The kinds of device.
const (
	PrinterDevice = "printer" // of slips
	DisplayDevice = "display" // the customer's display, or the line on which the POS writes to it
	PassOnDevice  = "pass_on" // where codes go on to that are not for us
)

// Lease is what may still be accepted without the hub.
type Lease struct {
	Count uint64      `json:"count"`
	Sum   voucher.Fen `json:"sum_fen"`
	Until *time.Time  `json:"until,omitempty"`
}

// Warning is a condition that lasts: a fixed code, since when, and what to do.
type Warning struct {
	Code  string       `json:"code"` // "hub_silent", "scanner_unplugged", "lease_low", "clock_untrusted", "disk_full", "frozen", ...
	Since time.Time    `json:"since"`
	Text  voucher.Text `json:"text"`
	Next  voucher.Text `json:"next"`
}

// Event is one message of GET /v1/events, as a JSON text frame. Exactly one of View, Answer and Heard is set. The first
// event after connecting is a View.
type Event struct {
	Type   string  `json:"type"` // ViewEvent, AnswerEvent or HeardEvent
	View   *View   `json:"view,omitempty"`
	Answer *Answer `json:"answer,omitempty"`
	Heard  *Heard  `json:"heard,omitempty"` // sent to those only who ask for it with ?heard=1
	Gone   *Gone   `json:"-"`               // never sent: made by the Client when it cannot reach the agent, in place of the other two
}

// The types of event.
const (
	ViewEvent   = "view"
	AnswerEvent = "answer"
	HeardEvent  = "heard"
	GoneEvent   = "gone" // the Client's own
)

// Heard is one scan as it came in, whatever becomes of it: for whoever sets up a scanner and wants to see that it reads. A
// code that still lies under the scanner is heard again and again. It never holds the code.
type Heard struct {
	Device string       `json:"device"` // the scanner's name; "window" for what was typed there
	At     time.Time    `json:"at"`     // the till's trusted time
	Bytes  int          `json:"bytes"`  // length of its text in UTF-8
	Masked string       `json:"masked"` // as voucher.Mask has it
	Kind   string       `json:"kind"`   // VoucherHeard, or the reason for which it is none, such as "goods_barcode"
	Title  voucher.Text `json:"title"`  // what it is, where that is known
}

// VoucherHeard is the kind of a voucher's code, be it good or not.
const VoucherHeard = "voucher"

// Hear says what a scan looks like. It tells voucher codes, payment codes and barcodes apart as the law does.
func Hear(text, device string, payments []voucher.PaymentScheme, at time.Time) Heard {
	r := voucher.Read(text, payments)
	h := Heard{Device: device, At: at, Bytes: len(text), Masked: r.Masked, Kind: r.Reason.String(), Title: r.Title}
	if r.Reason == voucher.OK {
		h.Kind, h.Masked = VoucherHeard, voucher.Mask(voucher.Clean(text))
	}
	return h
}

// Gone says that the agent cannot be reached. It holds until the next View.
type Gone struct {
	Since time.Time
	Text  voucher.Text
	Next  voucher.Text
}

// Line is one redemption of a day's list.
type Line struct {
	Answer
	State string `json:"state"` // "final", "provisional", "disputed", "refused", "reversed", "voided", "waiting"
}

// Errors of a Counter.
var (
	// ErrDay: the day is not written as 2023-12-11.
	ErrDay = errors.New("not a day such as 2023-12-11")
	// ErrStopping: the agent is ending and takes nothing new.
	ErrStopping = errors.New("the agent is stopping")
)

// Counter is what stands behind the door. Every method is safe for concurrent use.
type Counter interface {
	// Redeem judges and records one sale. It blocks until there is an answer: at most the campaign's patience with the
	// hub, plus the disk. It always answers.
	Redeem(ctx context.Context, s Sale) Answer
	// Scan takes what a scanner or the window's keyboard gave, against the bill at hand. The answer comes as an event;
	// the error is ErrStopping, or ctx's.
	Scan(ctx context.Context, text, source string) error
	// Picture takes the texts of the codes that were found in one picture, none perhaps, against the bill at hand; Pick says which is meant. Else it
	// is as Scan.
	Picture(ctx context.Context, texts []string, source string) error
	// SetBill sets the bill at hand, or clears it with 0; the error is voucher.ErrNotPositive or ErrTooMuch, ErrStopping,
	// or ctx's.
	SetBill(ctx context.Context, b Bill) error
	// Void undoes a good redemption of this terminal.
	Void(ctx context.Context, id voucher.RedemptionID) Answer
	// Day lists the redemptions of a civil day ("2023-12-11") in the campaign's zone, oldest first; "" is today. The error
	// is ErrDay.
	Day(ctx context.Context, day string) ([]Line, error)
	// View is the state now.
	View() View
	// Watch gives every event from now on, a View first; the channel is closed when ctx ends. A reader that is too slow
	// is given up: its channel is closed, and it should watch again.
	Watch(ctx context.Context) <-chan Event
}
