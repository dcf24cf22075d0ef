package ledger

import (
	"context"
	"testing"

	"hexiao/hub/voucher"
)

// inline makes the hub's ledger one that decides in its caller's goroutine.
func (h *hub) inline() {
	h.stop()
	h.single = true
	h.open()
}

func TestInlineDecidesTheSameInTheCallersGoroutine(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.inline()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	a.accept(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("%+v", o)
	}
	h.refold()
	h.single = false
	h.restart()
	if o := a.again(1); o.Result != voucher.Redeemed {
		t.Fatalf("the book that was written inline gives %+v", o)
	}
}

func TestInlineStopsWithItsBook(t *testing.T) {
	h := newHub(t, t.TempDir())
	h.inline()
	h.begin(law(voucher.AtClaim, 4))
	h.must(h.book.Close())
	ctx := context.Background()
	if err := h.SetMerchantStatus(ctx, "M1", voucher.MerchantSuspended, "x"); err == nil {
		t.Fatal("answered though nothing is on disk")
	}
	if err := h.SetMerchantStatus(ctx, "M2", voucher.MerchantSuspended, "x"); err != ErrStopped || h.Running() {
		t.Fatalf("%v, running %v", err, h.Running())
	}
}
