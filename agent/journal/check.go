package journal

import (
	"context"
	"fmt"
)

// CheckFile reads a bbolt file of a journal from its first page to its last, and changes nothing. The error wraps
// ErrDamaged when the file is not whole. On some damaged files bbolt never comes back, or ends the process whatever is
// recovered: call it in a process of its own, and take one that died or took too long for damage (Options.Check). ctx is
// looked at before and after only.
func CheckFile(ctx context.Context, path string) error {
	b := boltFile{path: path, sys: newSystem(), read: true}
	err := ctx.Err()
	if err == nil {
		err = b.open()
	}
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.all(func(put) error { return nil }); err != nil { // first, because a fault in here can be caught
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
