package wire

import (
	"bytes"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"

	"hexiao/hub/voucher"
)

// Numbers is an exact set of vouchers by the low 32 bits of their serials, which are unique within a campaign. The zero
// value is empty. It is not safe for concurrent use.
type Numbers struct{ set roaring.Bitmap }

// NumberOf is what stands for a voucher in such a set.
func NumberOf(s voucher.Serial) uint32 { return uint32(s) }

// Add puts vouchers in.
func (n *Numbers) Add(all ...uint32) { n.set.AddMany(all) }

// Remove takes one out.
func (n *Numbers) Remove(one uint32) { n.set.Remove(one) }

// Has tells whether a voucher is in.
func (n *Numbers) Has(s voucher.Serial) bool { return n.set.Contains(NumberOf(s)) }

// Len is how many are in.
func (n *Numbers) Len() int { return int(n.set.GetCardinality()) }

// Merge puts in what one set holds and takes out what another holds.
func (n *Numbers) Merge(add, remove *Numbers) {
	n.set.Or(&add.set)
	n.set.AndNot(&remove.set)
}

// Bytes is the set in Roaring's portable form; nil when it is empty.
func (n *Numbers) Bytes() ([]byte, error) {
	if n.set.IsEmpty() {
		return nil, nil
	}
	n.set.RunOptimize()
	raw, err := n.set.ToBytes()
	if err != nil {
		return nil, fmt.Errorf("encode numbers: %w", err)
	}
	return raw, nil
}

// ReadNumbers reads what Bytes wrote, and keeps nothing of raw. What is not one whole, well-formed set is refused; the
// error wraps ErrFrame.
func ReadNumbers(raw []byte) (n *Numbers, err error) {
	n = new(Numbers)
	if len(raw) == 0 {
		return n, nil
	}
	defer func() {
		if r := recover(); r != nil { // the library trusts the sizes in what it reads more than strangers deserve
			n, err = nil, fmt.Errorf("%w: numbers: %v", ErrFrame, r)
		}
	}()
	rest := bytes.NewReader(raw)
	if _, err := n.set.ReadFrom(rest); err != nil {
		return nil, fmt.Errorf("%w: numbers: %w", ErrFrame, err)
	}
	if err := n.set.Validate(); err != nil {
		return nil, fmt.Errorf("%w: numbers: %w", ErrFrame, err)
	}
	if left, _ := io.Copy(io.Discard, rest); left > 0 {
		return nil, fmt.Errorf("%w: %d bytes after the numbers", ErrFrame, left)
	}
	return n, nil
}
