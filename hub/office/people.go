package office

import (
	"context"
	"strings"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// tokenLife is how long an enrolment token may be used: long enough for a technician's next day (kubeadm's are as long).
const tokenLife = 24 * time.Hour

// Imported says what came of a list of merchants.
type Imported struct {
	Rows    int `json:"rows"`
	Added   int `json:"added"`
	Changed int `json:"changed"`
}

func (o *Office) importMerchants(ctx context.Context, in File) (Imported, error) {
	all, err := registry.ReadMerchants(in.Name, in.Data)
	if err != nil {
		return Imported{}, err
	}
	added, changed, err := o.Ledger.SetMerchants(ctx, all)
	return Imported{len(all), added, changed}, err
}

// Suspension names a merchant and why; the reason stays on record.
type Suspension struct {
	Code   voucher.MerchantID `json:"code"`
	Reason string             `json:"reason"`
}

func (o *Office) suspendMerchant(ctx context.Context, in Suspension) (voucher.Merchant, error) {
	if strings.TrimSpace(in.Reason) == "" {
		return voucher.Merchant{}, refuse("bad_request", "暂停商户须用 --reason 写明原因", "say why with --reason: it stays on record")
	}
	return o.setMerchant(ctx, in.Code, voucher.MerchantSuspended, in.Reason)
}

func (o *Office) resumeMerchant(ctx context.Context, in Suspension) (voucher.Merchant, error) {
	return o.setMerchant(ctx, in.Code, voucher.MerchantActive, in.Reason)
}

func (o *Office) setMerchant(ctx context.Context, code voucher.MerchantID, to voucher.MerchantStatus, reason string) (voucher.Merchant, error) {
	if err := o.Ledger.SetMerchantStatus(ctx, code, to, reason); err != nil {
		return voucher.Merchant{}, err
	}
	m, _, err := o.Ledger.Merchant(ctx, code)
	return m, err
}

// WantToken asks for an enrolment token.
type WantToken struct {
	Merchant voucher.MerchantID `json:"merchant"`
	Place    *voucher.Place     `json:"place,omitempty"` // where the terminal will stand; the merchant's place when nil
}

// Token is an enrolment token in clear: it is shown once and kept nowhere.
type Token struct {
	Token    string             `json:"token"`
	Merchant voucher.MerchantID `json:"merchant"`
	Name     string             `json:"name"`
	Expires  time.Time          `json:"expires"`
}

func (o *Office) makeToken(ctx context.Context, in WantToken) (Token, error) {
	m, _, err := o.Ledger.Merchant(ctx, in.Merchant)
	if err != nil {
		return Token{}, err
	}
	if in.Place == nil {
		in.Place = m.Place
	}
	t, expires := wire.NewToken(o.Keys.CAHash()), o.Now().Add(tokenLife)
	hash := t.Hash()
	err = o.Ledger.MakeToken(ctx, ledger.TokenMade{Hash: hash[:], Merchant: in.Merchant, Place: in.Place, Expires: expires.UnixMilli()})
	return Token{t.Text(), in.Merchant, m.Name, expires}, err
}

// Revocation names a terminal and why.
type Revocation struct {
	ID     voucher.TerminalID `json:"id"`
	Reason string             `json:"reason"`
}

func (o *Office) revokeTerminal(ctx context.Context, in Revocation) (None, error) {
	return None{}, o.Ledger.SetTerminal(ctx, in.ID, voucher.TerminalRevoked, in.Reason)
}
