package ledger

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// audited goes through bodies as through a book, and checks the signatures of persons.
func audited(bodies [][]byte) error {
	read := func(_ context.Context, _ book.Position, f func(book.Entry) error) error {
		var head book.Hash
		for i, body := range bodies {
			head = head.Next(body)
			if err := f(book.Entry{At: book.Position(i + 1), Body: body, Hash: head}); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := Audit(context.Background(), read, func(a Autograph) error {
		if len(a.Of) > 6 && a.Of[:6] == "person" && !wire.Verify(a.Raw, a.Sig, a.Key, a.For) {
			return wire.ErrSignature
		}
		return nil
	})
	return err
}

func (h *hub) bodies() (all [][]byte) {
	h.t.Helper()
	h.must(h.book.Read(context.Background(), 0, func(e book.Entry) error { all = append(all, bytes.Clone(e.Body)); return nil }))
	return all
}

// What persons have not signed the hub cannot have decided, whoever holds its key.
func TestAnAuditFindsForgedDecisions(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(bears(law(voucher.AtRedemption, 40), 400_00))
	a, b := h.till("M1", 1), h.till("M2", 2)
	n := twice(h, a, b).Case
	m := clockOff(h, a).Case
	li, wang := h.signer("li"), h.signer("wang")
	zhao := h.signer("zhao")
	h.decides(li.decides(t, n, voucher.Refuse, "x"))
	h.decides(wang.decides(t, n, voucher.Refuse, "x"))
	h.decides(byConsole(m, voucher.Pay))
	body, _ := h.statement(b.id, false, false, "lost")
	h.writesOff(li.sign(t, body, ForWriteOff))
	h.writesOff(wang.sign(t, body, ForWriteOff))
	bodies := h.bodies()
	if err := audited(bodies); err != nil {
		t.Fatalf("a good book: %v", err)
	}
	release := body
	release.Release = true
	findsForged(t, bodies, []forgery{
		{"a decision turned round", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == n && set(&e.Decided.Verdict, voucher.Pay)
		}},
		{"one of two persons left out", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == n && set(&e.Decided.By, e.Decided.By[:1])
		}},
		{"one person twice", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == n && set(&e.Decided.By, []Signature{e.Decided.By[0], e.Decided.By[0]})
		}},
		{"another person's name", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == n && set(&e.Decided.By[1].Name, zhao.name)
		}},
		{"the console where two were needed", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == n && set(&e.Decided.By, []Signature{console})
		}},
		{"a signature for another case", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == m && set(&e.Decided.By, []Signature{li.decides(t, n, voucher.Pay, "looked at").By})
		}},
		{"more paid than the voucher is worth", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == m && set(&e.Decided.Paid, 20_00)
		}},
		{"paid out of somewhere else", func(e *Entry) bool {
			return e.Decided != nil && e.Decided.Case == m && set(&e.Decided.From, FromReserve)
		}},
		{"a case that is not there", func(e *Entry) bool { return e.Decided != nil && set(&e.Decided.Case, 77) }},
		{"a proposal that its person never signed", func(e *Entry) bool {
			return e.Proposed != nil && e.Proposed.Case == n && set(&e.Proposed.By.Signed.Raw, []byte{0xa0})
		}},
		{"a write-off by one person", func(e *Entry) bool { return e.Written != nil && set(&e.Written.By, e.Written.By[:1]) }},
		{"a write-off released that was not", func(e *Entry) bool { return e.Written != nil && set(&e.Written.Release, true) }},
		{"a write-off that one signed otherwise", func(e *Entry) bool {
			return e.Written != nil && set(&e.Written.By[0], li.sign(t, release, ForWriteOff))
		}},
	})
}

// forgery changes an entry, and tells whether it did.
type forgery struct {
	name  string
	forge func(e *Entry) bool
}

// findsForged holds that an audit finds each of some forgeries of a book.
func findsForged(t *testing.T, bodies [][]byte, all []forgery) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			forged, done := make([][]byte, len(bodies)), false
			for i, body := range bodies {
				e, err := DecodeEntry(body)
				if err == nil && !done && c.forge(&e) {
					done = true
					body, err = e.Encode()
				}
				if forged[i] = body; err != nil {
					t.Fatal(err)
				}
			}
			if err := audited(forged); !done || !errors.Is(err, ErrAudit) {
				t.Errorf("forged: %v; found: %v", done, err)
			}
		})
	}
}

func set[V any](field *V, to V) bool { *field = to; return true }
