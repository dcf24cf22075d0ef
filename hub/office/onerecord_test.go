package office

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hexiao/hub/voucher"
)

// TestASlipIsHeldAgainstTheBook: the chain on a till's slip is found under the redemption's number, and no other passes.
func TestASlipIsHeldAgainstTheBook(t *testing.T) {
	s := newStreet(t, 3)
	till := s.tills[0]
	for i := range 3 {
		person := fmt.Sprint("p", i)
		sale := s.claim(person, person, nil)
		sale.Bill = 58_00
		till.record(voucher.Record{Kind: voucher.Ask, Sale: sale})
	}
	head := hex.EncodeToString(till.head[:])
	id := voucher.RedemptionID{Terminal: till.id, Epoch: 1, Number: 3}.String()
	if _, err := s.showRecord(t.Context(), WantRecord{ID: id}); !is(err, "not_found") {
		t.Errorf("before it was sent: %v", err)
	}
	till.send()
	for _, chain := range []string{"", head[:12], head[:8], strings.ToUpper(head[:4] + " " + head[4:8] + " " + head[8:12]), head} {
		if r, err := s.showRecord(t.Context(), WantRecord{ID: id, Chain: chain}); err != nil || r.Chain != head || r.ID != id || r.Result != "redeemed" {
			t.Errorf("%q: %+v, %v", chain, r, err)
		}
	}
	for chain, code := range map[string]string{strings.Repeat("0", 12): "audit", head[:7]: "bad_request", "链值链值": "bad_request", head + "0": "bad_request"} {
		if _, err := s.showRecord(t.Context(), WantRecord{ID: id, Chain: chain}); !is(err, code) {
			t.Errorf("%q: %v, want %s", chain, err, code)
		}
	}
	other := voucher.RedemptionID{Terminal: till.id, Epoch: 1, Number: 2}.String()
	if _, err := s.showRecord(t.Context(), WantRecord{ID: other, Chain: head[:12]}); !is(err, "audit") {
		t.Errorf("another sale's chain passes: %v", err)
	}
	if _, err := s.showRecord(t.Context(), WantRecord{ID: "42"}); !is(err, "bad_request") {
		t.Errorf("no number: %v", err)
	}
}

func is(err error, code string) bool {
	no := new(Refusal)
	return errors.As(err, &no) && no.Code == code && no.Text.Zh != "" && no.Text.En != ""
}
