package gate_test

import (
	"testing"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// One bad record does not end the conversation, nor does it hold up those around it (G9).
func TestABadRecordIsAnsweredLikeAnyOther(t *testing.T) {
	later := func(l *till) []byte { // of a version that has a kind of record more
		n := l.record(voucher.Ask, l.h.issue(), 58_00)
		r, err := wire.DecodeRecord(l.raw[n-1])
		l.h.must(err)
		r.Kind = 99
		raw, err := wire.EncodeRecord(r)
		l.h.must(err)
		l.raw = l.raw[:n-1]
		return raw
	}
	for _, c := range []struct {
		name string
		raw  func(*till) []byte
	}{
		{"no record at all", func(*till) []byte { return []byte("junk") }},
		{"a kind of a later version", later},
		{"another terminal's, which cannot be read either", func(l *till) []byte {
			raw, err := wire.EncodeRecord(&voucher.Record{ID: voucher.RedemptionID{Terminal: "T000009", Epoch: 1, Number: 2}, Kind: 99})
			l.h.must(err)
			return raw
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			l := h.till("M1", 1)
			l.enter()
			l.record(voucher.Ask, h.issue(), 58_00)
			l.raw = append(l.raw, c.raw(l))
			l.record(voucher.Ask, h.issue(), 58_00)
			for range 2 { // and asked again it is answered again
				l.send(l.frame(0))
				b := l.ack()
				if len(b.Outcomes) != 3 || b.Last != 3 {
					t.Fatalf("%+v", b)
				}
				for i, want := range []voucher.Result{voucher.Redeemed, voucher.Disputed, voucher.Redeemed} {
					if o := b.Outcomes[i]; o.Result != want || o.ID.Number != uint64(i)+1 {
						t.Fatalf("%+v", o)
					}
				}
			}
			l.pulse()
		})
	}
}
