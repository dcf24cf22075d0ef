package office

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// WantEvidence asks for the evidence pack of a case about cash-out in a new file. The pages are what whoever asks has made
// of the case's material: words for people are not written in the hub's rooms.
type WantEvidence struct {
	ID   string `json:"id"`
	File string `json:"file"` // an absolute path on the hub's machine
	Zh   []byte `json:"zh"`
	En   []byte `json:"en"`
}

// EvidenceOut is a pack that was written.
type EvidenceOut struct {
	File     string        `json:"file"`
	Rows     int           `json:"rows"`
	Position book.Position `json:"position"`
	Head     string        `json:"head"`
	Key      string        `json:"signed_by"`
}

func (o *Office) exportEvidence(ctx context.Context, in WantEvidence) (EvidenceOut, error) {
	if !filepath.IsAbs(in.File) {
		return EvidenceOut{}, refuse("bad_request", "请用 --out 给出文件", "name a file with --out")
	}
	shown, err := o.showCase(ctx, Named{in.ID})
	switch {
	case err != nil:
		return EvidenceOut{}, err
	case shown.Cashout == nil:
		return EvidenceOut{}, refuse("bad_request", "案件 "+in.ID+" 不是套现案件", "case "+in.ID+" is not about cash-out")
	}
	c := shown.Cashout
	e := Evidence{Case: c.Number, Made: o.Now(), Generation: o.Ledger.Generation(), Why: c.Alert, File: c, Zh: in.Zh, En: in.En}
	done := EvidenceOut{File: in.File}
	if done.Rows, err = o.evidenceRows(ctx, c.Merchant, &e); err != nil {
		return EvidenceOut{}, err
	}
	done.Position, done.Head, done.Key = e.Position, e.Head.String(), hex.EncodeToString(o.Keys.HubPublic())
	return done, toNewFile(in.File, func(out io.Writer) error { return WriteEvidence(out, e, o.Keys.Hub()) })
}

// evidenceRows folds the book for the merchant's redemptions and voids, what it declared, and the rules of its campaign.
func (o *Office) evidenceRows(ctx context.Context, merchant voucher.MerchantID, e *Evidence) (rows int, err error) {
	e.Position, e.Head = o.Book.Head()
	var lines, registry bytes.Buffer
	var failed error
	shops := &registryOf{at: map[string]int{}}
	v := NewEvents(shops.add, func(s *Sight) {
		if s.Kind != cashout.Claim && s.Merchant == string(merchant) {
			rows++
			failed = errors.Join(failed, WriteSight(&lines, s))
		}
	})
	if err := errors.Join(v.Read(ctx, &until{o.Book, e.Position, e.Head}), failed); err != nil {
		return 0, err
	}
	if at, known := shops.at[string(merchant)]; known {
		if err := writeShop(&registry, shops.all[at]); err != nil {
			return 0, err
		}
	}
	e.Rows, e.Registry = lines.Bytes(), registry.Bytes()
	if rules := rulesFor(cashout.DefaultRules(), v.campaign); rules.Version == e.Why.Rules {
		e.Rules = rules
	}
	return rows, nil
}
