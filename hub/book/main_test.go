package book_test

import (
	"fmt"
	"os"
	"testing"

	"hexiao/hub/book"
)

// TestMain lets the test program start itself again as another process that has a book open.
func TestMain(m *testing.M) {
	dir := os.Getenv("BOOK_TEST_DIR")
	switch os.Getenv("BOOK_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "open":
		_, err := book.Open(dir, book.Options{})
		fmt.Println(err)
	case "append":
		appendUntilKilled(dir)
	case "fill":
		if err := fillDisk(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("ok")
	}
}

// appendUntilKilled prints each position when it is durable.
func appendUntilKilled(dir string) {
	b, err := book.Open(dir, book.Options{SegmentBytes: 16 << 10})
	for err == nil {
		at, _ := b.Head()
		_, err = b.Append(numbered(at+1), numbered(at+2), numbered(at+3))
		fmt.Println(at + 3)
	}
	fmt.Println(err)
}

// numbered is a body that tells its own position and has its own length.
func numbered(at book.Position) []byte {
	return fmt.Appendf(nil, "entry %d%*s", at, int(at%97), "")
}
