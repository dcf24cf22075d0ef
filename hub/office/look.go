package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// What people look at comes from the views, caught up with the book first.

// Named asks for one thing by its name.
type Named struct {
	ID string `json:"id"`
}

func (o *Office) views(ctx context.Context) (*store.Store, error) {
	if err := o.Views.CatchUp(ctx, o.Book); err != nil {
		return nil, fmt.Errorf("catch up with the book: %w", err)
	}
	return o.Views, nil
}

// see asks the views, caught up; what is not there is a Refusal with the sentence given.
func see[Row any](ctx context.Context, o *Office, look func(*store.Store) (Row, error), zh, en string) (Row, error) {
	v, err := o.views(ctx)
	if err != nil {
		var none Row
		return none, err
	}
	row, err := look(v)
	if errors.Is(err, store.ErrNotFound) {
		err = refuse("not_found", zh, en)
	}
	return row, err
}

func (o *Office) listMerchants(ctx context.Context, _ None) ([]store.MerchantRow, error) {
	return see(ctx, o, func(v *store.Store) ([]store.MerchantRow, error) { return v.Merchants(ctx) }, "", "")
}

// Merchant is `merchant show --json`.
type Merchant struct {
	store.MerchantRow
	Held voucher.Fen `json:"held_fen"`       // of what it has redeemed: kept from being paid out by cases about cash-out
	Case uint64      `json:"case,omitempty"` // the newest of these
}

func (o *Office) showMerchant(ctx context.Context, in Named) (m Merchant, err error) {
	m.MerchantRow, err = see(ctx, o, func(v *store.Store) (store.MerchantRow, error) { return v.Merchant(ctx, voucher.MerchantID(in.ID)) },
		"没有商户 "+in.ID, "there is no merchant "+in.ID)
	if err == nil {
		m.Held, m.Case, err = o.Ledger.HeldOf(ctx, m.Code)
	}
	return m, err
}

// showVoucher takes a voucher's ID or its code.
func (o *Office) showVoucher(ctx context.Context, in Named) (store.VoucherRow, error) {
	id, known := voucher.ParseSerial(in.ID)
	if code, err := voucher.ParseCode(in.ID); err == nil {
		id, known = code.Body.Serial, true
	}
	if !known {
		return store.VoucherRow{}, refuse("bad_request", "这不是券号（16 位十六进制）也不是完整的券码", "this is neither a voucher's ID (16 hexadecimal digits) nor a whole code")
	}
	return see(ctx, o, func(v *store.Store) (store.VoucherRow, error) { return v.Voucher(ctx, id, o.Now()) },
		"没有发过券 "+id.String(), "no voucher "+id.String()+" was ever issued")
}

// online is how long after its last report a terminal still counts as there: three of its reports.
const online = 30 * time.Second

// lagging is how old the oldest record of a terminal that is online may be before it is said to lag.
const lagging = time.Minute

// Terminal is a row of `terminal list --json`.
type Terminal struct {
	ID           voucher.TerminalID `json:"id"`
	Merchant     voucher.MerchantID `json:"merchant"`
	State        string             `json:"state"` // online, lagging, offline, frozen or revoked
	LastReport   *time.Time         `json:"last_report"`
	Queued       uint64             `json:"queued"`
	OldestQueued int64              `json:"oldest_queued_s"`
	Version      string             `json:"version"`
	Lease        *Lease             `json:"lease"`
	Stranded     *Stranded          `json:"stranded,omitempty"` // nil for nothing
	AcceptedAt   *time.Time         `json:"accepted_at"`        // when the hub received a technician's newest word that it works; nil before any

	Acceptance *store.HandoverRow `json:"acceptance,omitempty"` // of terminal.show: that word
}

// Stranded is what a terminal's leases hold that nobody else can use, because it is silent, may accept nothing, or its
// epoch is over. It comes back with its surrender, or when two persons write it off.
type Stranded struct {
	Units uint64      `json:"units"`   // lent out of the stock
	Sum   voucher.Fen `json:"sum_fen"` // lent out of the loss reserve
}

// Lease is what a terminal may accept without the hub; what it has used is as far as its records have come.
type Lease struct {
	Serial uint32      `json:"serial"`
	Count  uint64      `json:"count"`
	Sum    voucher.Fen `json:"sum_fen"`
	Until  time.Time   `json:"until"`
}

func (o *Office) listTerminals(ctx context.Context, _ None) ([]Terminal, error) {
	rows, err := see(ctx, o, func(v *store.Store) ([]store.TerminalRow, error) { return v.Terminals(ctx) }, "", "")
	if err != nil {
		return nil, err
	}
	all := make([]Terminal, len(rows))
	for i, r := range rows {
		if all[i], err = o.terminal(ctx, r.ID); err != nil {
			return nil, err
		}
		if !r.Accepted.IsZero() {
			all[i].AcceptedAt = &r.Accepted
		}
	}
	return all, nil
}

func (o *Office) showTerminal(ctx context.Context, in Named) (Terminal, error) {
	t, err := o.terminal(ctx, voucher.TerminalID(in.ID))
	if err != nil {
		return t, err
	}
	said, err := see(ctx, o, func(v *store.Store) ([]store.HandoverRow, error) { return v.Handovers(ctx, t.ID) }, "", "")
	for i := range said {
		if said[i].Honoured {
			t.Acceptance, t.AcceptedAt = &said[i], &said[i].HubTime
		}
	}
	return t, err
}

// listAcceptances lists technicians' words that a terminal works; of all terminals when none is named.
func (o *Office) listAcceptances(ctx context.Context, in Named) ([]store.HandoverRow, error) {
	if in.ID != "" {
		if _, err := o.terminal(ctx, voucher.TerminalID(in.ID)); err != nil {
			return nil, err
		}
	}
	all, err := see(ctx, o, func(v *store.Store) ([]store.HandoverRow, error) { return v.Handovers(ctx, voucher.TerminalID(in.ID)) }, "", "")
	if all == nil {
		all = []store.HandoverRow{}
	}
	return all, err
}

// terminal puts together what the ledger knows for good and what the gate heard last.
func (o *Office) terminal(ctx context.Context, id voucher.TerminalID) (Terminal, error) {
	info, err := o.Ledger.Terminal(ctx, id)
	if errors.Is(err, ledger.ErrUnknownTerminal) {
		return Terminal{}, refuse("unknown_terminal", fmt.Sprintf("没有终端 %s", id), fmt.Sprintf("there is no terminal %s", id))
	}
	if err != nil {
		return Terminal{}, err
	}
	t := Terminal{ID: id, Merchant: info.Merchant, State: "offline", Version: info.Version}
	if l := info.Lease; l.Serial > 0 {
		count, sum := l.Left(info.Used, o.Now())
		t.Lease = &Lease{l.Serial, count, sum, time.UnixMilli(l.Until)}
	}
	if s := info.Stranded; s.Count() > 0 || s.Sum > 0 {
		t.Stranded = &Stranded{s.Count(), s.Sum}
	}
	o.addLive(&t)
	if info.Closed {
		t.State = string(voucher.TerminalFrozen) // until it has reported and begins anew
	}
	if info.State != voucher.TerminalGood {
		t.State = string(info.State)
	}
	return t, nil
}

func (o *Office) addLive(t *Terminal) {
	if o.Live == nil {
		return
	}
	l, known := o.Live(t.ID)
	if !known {
		return
	}
	now := o.Now()
	t.LastReport, t.Queued, t.Version = &l.LastReport, l.Queued, l.Version
	if !l.Oldest.IsZero() {
		t.OldestQueued = max(0, int64(now.Sub(l.Oldest)/time.Second))
	}
	if l.Connected && now.Sub(l.LastReport) < online {
		t.State = "online"
		if time.Duration(t.OldestQueued)*time.Second > lagging {
			t.State = "lagging"
		}
	}
}
