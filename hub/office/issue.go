package office

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// WantVouchers asks for vouchers of one tier.
type WantVouchers struct {
	Tier   voucher.TierID  `json:"tier"`
	Count  int             `json:"count"`
	Phase  voucher.PhaseNo `json:"phase,omitempty"`  // 0: the one that runs
	Person string          `json:"person,omitempty"` // a hash that the issuing platform made of the holder; never a number in clear
	Device string          `json:"device,omitempty"` // likewise of the phone that claimed
	Place  *voucher.Place  `json:"place,omitempty"`  // where that phone was
}

// Voucher is one issued voucher with its code in clear, for whoever hands it to the holder. It is kept nowhere.
type Voucher struct {
	ID         string             `json:"id"`
	Code       string             `json:"code"`
	Campaign   voucher.CampaignID `json:"campaign"`
	Phase      voucher.PhaseNo    `json:"phase"`
	Tier       voucher.TierID     `json:"tier"`
	Face       voucher.Fen        `json:"face_fen"`
	Threshold  voucher.Fen        `json:"threshold_fen"`
	ValidFrom  time.Time          `json:"valid_from"`
	ValidUntil time.Time          `json:"valid_until"`
}

func (o *Office) issue(ctx context.Context, in WantVouchers) ([]Voucher, error) {
	_, c, err := o.campaign(ctx)
	if err != nil {
		return nil, err
	}
	tier, phase, err := o.what(c, in)
	if err != nil {
		return nil, err
	}
	for {
		serials, err := o.serials(ctx, in.Count)
		if err != nil {
			return nil, err
		}
		entry, rows := o.draw(c, tier, phase, serials, in)
		err = o.Ledger.Issue(ctx, entry)
		if no, refused := errors.AsType[*Refusal](err); refused && no.Code == "serial_in_use" {
			continue // another request drew one of them in the meantime
		}
		if err != nil {
			return nil, err
		}
		return rows, nil
	}
}

// serials draws serials that can be issued: random, so that none can be guessed, and none with the low half of another.
// They are drawn before anything is signed: a hundred thousand of them nearly always have some that must be drawn anew.
func (o *Office) serials(ctx context.Context, n int) ([]voucher.Serial, error) {
	var seen wire.Numbers
	all := make([]voucher.Serial, 0, n)
	for len(all) < n {
		fresh := make([]voucher.Serial, 0, n-len(all))
		for range cap(fresh) {
			var serial [8]byte
			rand.Read(serial[:])
			if s := voucher.Serial(binary.BigEndian.Uint64(serial[:])); !seen.Has(s) {
				seen.Add(wire.NumberOf(s))
				fresh = append(fresh, s)
			}
		}
		taken, err := o.Ledger.InUse(ctx, fresh)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(fresh, func(s voucher.Serial) bool { return slices.Contains(taken, s) })...)
	}
	return all, nil
}

// what finds the tier and phase, and looks whether the request makes sense at all.
func (o *Office) what(c *voucher.Campaign, in WantVouchers) (voucher.Tier, voucher.Phase, error) {
	tier, known := c.TierNamed(in.Tier)
	phase, dated := c.Phase(in.Phase)
	if in.Phase == 0 {
		phase, dated = c.PhaseAt(o.Now())
	}
	switch {
	case in.Count < 1 || in.Count > ledger.MaxIssue:
		return tier, phase, refuse("bad_request", fmt.Sprintf("一次须发 1 到 %d 张", ledger.MaxIssue), fmt.Sprintf("1 to %d vouchers are issued at a time", ledger.MaxIssue))
	case !known:
		return tier, phase, refuse("unknown_voucher", fmt.Sprintf("活动没有券种 %q", in.Tier), fmt.Sprintf("the campaign has no tier %q", in.Tier))
	case !dated && in.Phase == 0:
		return tier, phase, refuse("not_yet_valid", "现在没有正在进行的一期；可用 --phase 指明", "no phase is running now; name one with --phase")
	case !dated:
		return tier, phase, refuse("unknown_voucher", fmt.Sprintf("活动没有第 %d 期", in.Phase), fmt.Sprintf("the campaign has no phase %d", in.Phase))
	}
	return tier, phase, nil
}

// draw makes the codes of some vouchers and the entry that issues them.
func (o *Office) draw(c *voucher.Campaign, tier voucher.Tier, phase voucher.Phase, serials []voucher.Serial, in WantVouchers) (ledger.VouchersIssued, []Voucher) {
	entry := ledger.VouchersIssued{Phase: phase.No, Tier: tier.No, Vouchers: make([]ledger.Issued, len(serials)), At: in.Place}
	rows := make([]Voucher, len(serials))
	var holder [8]byte
	if in.Person != "" {
		hash := o.keyed("person", in.Person)
		entry.Person, holder = hash[:], [8]byte(o.keyed("holder", in.Person))
	}
	if in.Device != "" {
		entry.Device = o.keyed("device", in.Device)[:16]
	}
	for i, serial := range serials {
		code := voucher.Sign(voucher.Body{Key: o.Keys.IssuingPublic().ID, Campaign: c.Number, Phase: phase.No, Tier: tier.No,
			Serial: serial, Holder: holder}, o.Keys.Issuing())
		entry.Vouchers[i] = ledger.Issued{Serial: code.Body.Serial, Sight: code.Sight(), Holder: holder}
		rows[i] = Voucher{code.Body.Serial.String(), code.Text(), c.ID, phase.No, tier.ID, tier.Face, tier.Threshold, phase.Start, phase.End}
	}
	return entry, rows
}

// keyed hashes a person, or a phone, with a secret of the hub's, so that the book cannot be searched by whoever knows people (PIPL
// art. 6).
func (o *Office) keyed(purpose, person string) []byte {
	secret, err := hkdf.Key(sha256.New, o.Keys.Issuing().Seed(), nil, "hexiao persons 1", sha256.Size)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "hexiao %s 1\x00%s", purpose, person)
	return mac.Sum(nil)
}
