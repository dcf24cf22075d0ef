package ledger

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// PersonSet enters somebody who may sign what needs a person's word.
type PersonSet struct {
	Name string `cbor:"1,keyasint"`
	Key  []byte `cbor:"2,keyasint"` // Ed25519 public key, 32 bytes
}

// Signature is a person's word on a statement: the statement's bytes as they were signed, and who did. An operator at
// the hub's console signs nothing; whoever can reach the console can reach the book.
type Signature struct {
	Name    string      `cbor:"1,keyasint"`
	Console bool        `cbor:"2,keyasint,omitempty"` // Name is the operating system's name of the operator
	Signed  wire.Signed `cbor:"3,keyasint,omitzero"`
}

// Proposed is what one person has signed and a second must sign too, word for word, before it is done.
type Proposed struct {
	Case uint64    `cbor:"1,keyasint,omitempty"`
	By   Signature `cbor:"2,keyasint"`

	Terminal voucher.TerminalID `cbor:"3,keyasint,omitempty"` // of a write-off
}

// Most bytes of a person's name, and of a reason.
const (
	maxName   = 64
	maxReason = 1000
)

// AddPerson enters somebody who may sign. Refusals: bad_request for a name or key that is none, person_known for a
// name or a key that is in use.
func (l *Ledger) AddPerson(ctx context.Context, p PersonSet) error {
	return l.tell(ctx, func(d *draft) error { return d.addPerson(p) })
}

// Persons lists those who may sign, by name.
func (l *Ledger) Persons(ctx context.Context) ([]PersonSet, error) {
	return ask(ctx, l, func(d *draft) ([]PersonSet, error) {
		all := make([]PersonSet, 0, len(d.signers))
		for name, key := range d.signers {
			all = append(all, PersonSet{name, key})
		}
		slices.SortFunc(all, func(a, b PersonSet) int { return strings.Compare(a.Name, b.Name) })
		return all, nil
	})
}

func (d *draft) addPerson(p PersonSet) error {
	if !plain(p.Name, maxName) || len(p.Key) != ed25519.PublicKeySize {
		return refuse("bad_request", fmt.Sprintf("人员须有姓名（最多 %d 字节，不含控制字符）和 Ed25519 公钥", maxName),
			fmt.Sprintf("a person has a name (at most %d bytes, no control characters) and an Ed25519 public key", maxName))
	}
	for name, key := range d.signers {
		if name == p.Name || key.Equal(ed25519.PublicKey(p.Key)) {
			return refuse("person_known", fmt.Sprintf("%s 已登记；每人一个姓名、一把钥匙，登记后不能更换", name),
				fmt.Sprintf("%s is entered already; a person has one name and one key, and they stay", name))
		}
	}
	d.add(Entry{Person: &p})
	return nil
}

// plain tells whether a text can stand on record: not empty, not too long, no control characters.
func plain(s string, most int) bool {
	return strings.TrimSpace(s) != "" && len(s) <= most &&
		strings.IndexFunc(s, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar }) < 0
}

// verify checks a person's signature over a statement and reads it into body. The error is a *Refusal.
func (d *draft) verify(by Signature, purpose wire.Purpose, body any) error {
	key := d.signers[by.Name]
	if key == nil {
		return refuse("person_unknown", fmt.Sprintf("没有登记 %q；请先用 person add 登记", by.Name),
			fmt.Sprintf("%q is not entered; enter the person first with `person add`", by.Name))
	}
	if err := by.Signed.Open(body, key, purpose); err != nil {
		return refuse("bad_signature", fmt.Sprintf("签名不是 %s 的钥匙签的；请核对 --key", by.Name),
			fmt.Sprintf("the signature was not made with the key of %s; look at --key", by.Name))
	}
	return nil
}

// wantReason refuses what stays on record without saying why.
func wantReason(reason string) error {
	if plain(reason, maxReason) {
		return nil
	}
	return refuse("bad_request", fmt.Sprintf("请用 --reason 写明原因（最多 %d 字节，不含控制字符）：它会留存备查", maxReason),
		fmt.Sprintf("say why with --reason (at most %d bytes, no control characters): it stays on record", maxReason))
}

// second looks among what was proposed for the same words signed by somebody else. again: this person has signed them
// before.
func second(all []Proposed, by Signature) (first *Proposed, again bool) {
	for i := range all {
		if string(all[i].By.Signed.Raw) != string(by.Signed.Raw) {
			continue
		}
		if all[i].By.Name == by.Name {
			again = true
		} else {
			first = &all[i]
		}
	}
	return first, again
}
