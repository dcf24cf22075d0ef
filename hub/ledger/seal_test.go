package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What the hub signs is what stands in the book: each seal names the entry before it and the hash of the chain there.
func TestTheBookIsSealedNowAndThenAndWhenTheHubStops(t *testing.T) {
	b, err := book.Open(t.TempDir(), book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	l, err := Open(context.Background(), b, Options{Seal: func(raw []byte) []byte { return wire.Sign(raw, key, ForSeal) }})
	if err != nil {
		t.Fatal(err)
	}
	life, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(life) }()
	if err := l.Found(life, HubMade{Generation: []byte{1}}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		shops := make([]voucher.Merchant, sealEvery/2)
		for n := range shops {
			shops[n] = voucher.Merchant{Code: voucher.MerchantID(time.Unix(int64(i*sealEvery+n), 0).String()), Status: voucher.MerchantActive}
		}
		if _, _, err := l.SetMerchants(life, shops); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-ended

	seals, since, before := 0, 0, book.Hash{}
	err = b.Read(context.Background(), 0, func(e book.Entry) error {
		since++
		entry, err := DecodeEntry(e.Body)
		if s := entry.Seal; err == nil && s != nil {
			seals, since = seals+1, 0
			if s.At != e.At-1 || !bytes.Equal(s.Head, before[:]) || !s.Genuine(key.Public().(ed25519.PublicKey)) || !MaybeSeal(e.Body) {
				t.Errorf("entry %d: the seal does not hold", e.At)
			}
		}
		before = e.Hash
		return err
	})
	if err != nil || seals != 2 || since != 0 {
		t.Fatalf("%d seals, %d entries behind the last (%v); want 2 and 0", seals, since, err)
	}
}
