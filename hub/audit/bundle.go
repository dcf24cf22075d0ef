package audit

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"hexiao/hub/book"
)

// A bundle is a book to be handed out: gzip around "HXAUDIT1", then of each entry its length (uint32, little-endian) and
// its bytes, then a length of 0xffffffff and the hash of the chain after the last. The entries carry the hub's seals and
// the terminals' signatures themselves, so nothing else is needed to audit it.
const (
	bundleMagic = "HXAUDIT1"
	bundleEnd   = 0xffffffff
)

// ErrBundle is wrapped by what is wrong with a bundle as a file; the entries in it are Verify's to judge.
var ErrBundle = errors.New("not a whole audit bundle; export it again with `hexiao-hub audit export` (不是完整的审计文件：请用 `hexiao-hub audit export` 重新导出)")

// Export writes all of a book to w. It gives the position and hash of the chain at its end, for the auditor to compare by
// telephone.
func Export(ctx context.Context, b Reader, w io.Writer) (last book.Position, head book.Hash, err error) {
	zip := gzip.NewWriter(w)
	out := bufio.NewWriterSize(zip, 1<<16)
	out.WriteString(bundleMagic)
	err = b.Read(ctx, 0, func(e book.Entry) error {
		last, head = e.At, e.Hash
		if err := binary.Write(out, binary.LittleEndian, uint32(len(e.Body))); err != nil {
			return err
		}
		_, err := out.Write(e.Body)
		return err
	})
	if err == nil {
		err = binary.Write(out, binary.LittleEndian, uint32(bundleEnd))
	}
	if err == nil {
		_, err = out.Write(head[:])
	}
	if err = errors.Join(err, out.Flush(), zip.Close()); err != nil {
		return 0, book.Hash{}, fmt.Errorf("export the book: %w", err)
	}
	return last, head, nil
}

// Bundle reads what Export wrote into a file, and makes the chain anew as it goes.
type Bundle struct{ Path string }

// Read implements Reader. Errors wrap ErrBundle, or are f's or the context's.
func (b Bundle) Read(ctx context.Context, from book.Position, f func(book.Entry) error) error {
	file, err := os.Open(b.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	zip, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return fmt.Errorf("%s: %w: %w", b.Path, ErrBundle, err)
	}
	in := bufio.NewReaderSize(zip, 1<<16)
	magic := make([]byte, len(bundleMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != bundleMagic {
		return fmt.Errorf("%s: %w", b.Path, ErrBundle)
	}
	if err := entries(ctx, in, from, f); err != nil {
		return fmt.Errorf("%s: %w", b.Path, err)
	}
	return nil
}

func entries(ctx context.Context, in *bufio.Reader, from book.Position, f func(book.Entry) error) error {
	var at book.Position
	var head book.Hash
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var length uint32
		if err := binary.Read(in, binary.LittleEndian, &length); err != nil {
			return fmt.Errorf("%w: after entry %d: %w", ErrBundle, at, err)
		}
		if length == bundleEnd {
			return last(in, at, head)
		}
		if length > book.MaxBody {
			return fmt.Errorf("%w: entry %d has %d bytes", ErrBundle, at+1, length)
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrBundle, at+1, err)
		}
		at, head = at+1, head.Next(body)
		if at > from {
			if err := f(book.Entry{At: at, Body: body, Hash: head}); err != nil {
				return err
			}
		}
	}
}

func last(in *bufio.Reader, at book.Position, head book.Hash) error {
	var said book.Hash
	if _, err := io.ReadFull(in, said[:]); err != nil || said != head {
		return fmt.Errorf("%w: the chain of its %d entries does not end as it was written", ErrBundle, at)
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is something behind its end", ErrBundle)
	}
	return nil
}
