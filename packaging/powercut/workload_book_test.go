//go:build linux

package powercut_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"

	"hexiao/hub/book"
)

// small segments, so that the book goes from one to the next a dozen times.
var bookOptions = book.Options{SegmentBytes: 24 << 10}

func driveBook(folder string, s *script) (err error) {
	var b *book.Book
	dir := filepath.Join(folder, "hub", "book")
	open := func() (err error) { b, err = book.Open(dir, bookOptions); return err }
	seen := func() string { return seenBook(b) }
	if err := s.step(open, seen); err != nil {
		return err
	}
	for range s.steps(130) {
		act := func() error { _, err := b.Append(bodies(s)...); return err }
		if s.IntN(25) == 0 {
			act = func() error { return errors.Join(b.Close(), open()) }
		}
		if err := s.step(act, seen); err != nil {
			return err
		}
	}
	return b.Close()
}

// bodies are one group: few or many, short or long, some full of zeros.
func bodies(s *script) (group [][]byte) {
	for range 1 + s.IntN(8) {
		body := make([]byte, s.IntN(1+s.IntN(1500)))
		if s.IntN(4) > 0 {
			for i := range body {
				body[i] = byte(s.Uint32())
			}
		}
		group = append(group, body)
	}
	return group
}

// seenBook is what reading the book again gives, or why it cannot be read.
func seenBook(b *book.Book) string {
	seen, err := readBook(b)
	if err != nil {
		return err.Error()
	}
	return seen
}

// readBook is the head, whose hash is of all the bodies, and what reading them again gives.
func readBook(b *book.Book) (string, error) {
	at, head := b.Head()
	sum := sha256.New()
	err := b.Read(context.Background(), 0, func(e book.Entry) error {
		fmt.Fprintf(sum, "%d %x\n", e.At, e.Body)
		return nil
	})
	return fmt.Sprintf("%d entries, head %x, all %x", at, head[:6], sum.Sum(nil)[:6]), err
}

func openBook(at job) (r report) {
	dir := filepath.Join(at.Folder, "hub", "book")
	b, err := book.Open(dir, bookOptions)
	if r.failed("open", err) {
		return r
	}
	r.Seen, err = readBook(b)
	r.failed("look", err)
	if b.Cut() > 0 {
		r.Notes = append(r.Notes, "with an unfinished group cut off")
	}
	_, err = b.Append([]byte("after the power cut"))
	after := seenBook(b)
	r.failed("write", errors.Join(err, b.Close()))
	if b, err = book.Open(dir, bookOptions); r.failed("again", err) {
		return r
	}
	if again := seenBook(b); again != after {
		r.failed("again", fmt.Errorf("written: %s; there: %s", after, again))
	}
	r.failed("again", b.Close())
	return r
}
