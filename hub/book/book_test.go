package book_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"hexiao/hub/book"
)

var background = context.Background()

func openBook(t *testing.T, dir string, o book.Options) *book.Book {
	t.Helper()
	b, err := book.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func readAll(t *testing.T, b *book.Book, from book.Position) []book.Entry {
	t.Helper()
	var all []book.Entry
	err := b.Read(background, from, func(e book.Entry) error {
		e.Body = bytes.Clone(e.Body)
		all = append(all, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNewBookIsEmptyAndCheap(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "book")
	b := openBook(t, dir, book.Options{})
	if at, hash := b.Head(); at != 0 || hash != (book.Hash{}) || b.Cut() != 0 {
		t.Errorf("head %d %s, %d bytes cut", at, hash, b.Cut())
	}
	if all := readAll(t, b, 0); len(all) != 0 {
		t.Errorf("%d entries", len(all))
	}
	if n := folderBytes(t, dir); n > 1<<20 {
		t.Errorf("the new folder has %d bytes", n)
	}
}

func folderBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

func TestEntriesComeBackInOrderFromAnyPosition(t *testing.T) {
	dir := t.TempDir()
	o := book.Options{SegmentBytes: 16 << 10}
	b := openBook(t, dir, o)
	const entries = 700 // four segments
	for at := book.Position(1); at <= entries; at += 2 {
		if last, err := b.Append(numbered(at), numbered(at+1)); err != nil || last != at+1 {
			t.Fatal(last, err)
		}
	}
	for _, again := range []bool{false, true} {
		if again {
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			b = openBook(t, dir, o)
		}
		all := readAll(t, b, 0)
		if at, hash := b.Head(); len(all) != entries || at != entries || all[entries-1].Hash != hash {
			t.Fatalf("%d entries, head %d %s", len(all), at, hash)
		}
		for from := range book.Position(entries + 1) {
			part := readAll(t, b, from)
			if len(part) != entries-int(from) {
				t.Fatalf("%d entries after %d", len(part), from)
			}
			for i, e := range part {
				if want := all[int(from)+i]; e.At != from+book.Position(i)+1 || !bytes.Equal(e.Body, numbered(e.At)) || e.Hash != want.Hash {
					t.Fatalf("after %d: entry %d is %q", from, e.At, e.Body)
				}
			}
		}
	}
}

// In a long segment reading does not begin at its beginning.
func TestReadingBeginsAtTheRightPlaceOfALongSegment(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir, book.Options{})
	const entries = 9000
	for at := book.Position(1); at <= entries; at += 30 {
		group := make([][]byte, 30)
		for i := range group {
			group[i] = bytes.Repeat(numbered(at+book.Position(i)), 3)
		}
		if _, err := b.Append(group...); err != nil {
			t.Fatal(err)
		}
	}
	readFromEverySeventh(t, b, entries)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	readFromEverySeventh(t, openBook(t, dir, book.Options{}), entries)
}

func readFromEverySeventh(t *testing.T, b *book.Book, entries book.Position) {
	for from := book.Position(0); from < entries; from += 7 {
		enough := errors.New("enough")
		err := b.Read(background, from, func(e book.Entry) error {
			if e.At != from+1 || !bytes.HasPrefix(e.Body, numbered(from+1)) {
				t.Fatalf("after %d comes %d, %q", from, e.At, e.Body)
			}
			return enough
		})
		if err != enough {
			t.Fatalf("after %d: %v", from, err)
		}
	}
}

func TestReaderAheadOfTheBookHearsIt(t *testing.T) {
	b := openBook(t, t.TempDir(), book.Options{})
	if _, err := b.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := b.Read(background, 2, func(book.Entry) error { return nil }); !errors.Is(err, book.ErrAhead) {
		t.Errorf("asked to read after entry 2 of 1: %v", err)
	}
}

func TestReadStopsWhenItIsToldTo(t *testing.T) {
	b := openBook(t, t.TempDir(), book.Options{})
	if _, err := b.Append([]byte("one"), []byte("two")); err != nil {
		t.Fatal(err)
	}
	enough, seen := errors.New("enough"), 0
	if err := b.Read(background, 0, func(book.Entry) error { seen++; return enough }); err != enough || seen != 1 {
		t.Errorf("%d entries, %v", seen, err)
	}
	ctx, cancel := context.WithCancel(background)
	seen = 0
	if err := b.Read(ctx, 0, func(book.Entry) error { seen++; cancel(); return nil }); err != context.Canceled || seen != 1 {
		t.Errorf("%d entries, %v", seen, err)
	}
}

func TestSizesOfBodiesAndGroups(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir, book.Options{SegmentBytes: 16 << 10})
	large := bytes.Repeat([]byte{7}, book.MaxBody)
	most := make([][]byte, book.MaxGroup/len(large))
	for i := range most {
		most[i] = large
	}
	for _, c := range []struct {
		name  string
		group [][]byte
		want  error
	}{
		{"nothing", nil, nil},
		{"an empty body", [][]byte{{}}, nil},
		{"a body of 1 MiB", [][]byte{large}, nil},
		{"a body with one byte more", [][]byte{{1}, append(large, 1)}, book.ErrTooLarge},
		{"a group with one body too many", most, book.ErrTooLarge},
		{"the largest group", most[1:], nil},
		{"a small one after it", [][]byte{{1}}, nil},
	} {
		before, _ := b.Head()
		last, err := b.Append(c.group...)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want == nil && last != before+book.Position(len(c.group)) || c.want != nil && last != 0 {
			t.Errorf("%s: after %d comes %d", c.name, before, last)
		}
		if c.want != nil {
			if at, _ := b.Head(); at != before {
				t.Errorf("%s: refused, but the head went from %d to %d", c.name, before, at)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	all := readAll(t, openBook(t, dir, book.Options{}), 0)
	if n := len(all); n != 2+len(most)-1+1 || len(all[0].Body) != 0 || len(all[n-2].Body) != book.MaxBody || len(all[n-1].Body) != 1 {
		t.Errorf("%d entries came back", n)
	}
}

func TestClosedBookRefuses(t *testing.T) {
	b := openBook(t, t.TempDir(), book.Options{})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Append([]byte{1}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	if err := b.Read(background, 0, func(book.Entry) error { return nil }); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if err := b.Verify(background); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Verify: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

func TestOneFolderOneBook(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir, book.Options{})
	if _, err := book.Open(dir, book.Options{}); !errors.Is(err, book.ErrLocked) {
		t.Errorf("opened again here: %v", err)
	}
	if err := book.Verify(background, dir); !errors.Is(err, book.ErrLocked) {
		t.Errorf("verified while it is open: %v", err)
	}
	said, err := child("open", dir).Output()
	if err != nil || !strings.Contains(string(said), book.ErrLocked.Error()) {
		t.Errorf("opened by another process: %s, %v", said, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if said, err := child("open", dir).Output(); err != nil || string(said) != "<nil>\n" {
		t.Errorf("opened by another process after the close: %s, %v", said, err)
	}
	if err := book.Verify(background, dir); err != nil {
		t.Errorf("verified after the close: %v", err)
	}
}

// child is this test program in another role, see TestMain.
func child(role, dir string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "BOOK_TEST_ROLE="+role, "BOOK_TEST_DIR="+dir)
	return c
}

func TestKilledProcessKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	for cycle := range 10 {
		acknowledged := killAfter(t, dir, 20+13*cycle)
		b := openBook(t, dir, book.Options{SegmentBytes: 16 << 10})
		all := readAll(t, b, 0)
		if len(all) < acknowledged || len(all)%3 != 0 {
			t.Fatalf("cycle %d: %d entries, %d were acknowledged", cycle, len(all), acknowledged)
		}
		for _, e := range all {
			if !bytes.Equal(e.Body, numbered(e.At)) {
				t.Fatalf("cycle %d: entry %d is %q", cycle, e.At, e.Body)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if err := book.Verify(background, dir); err != nil {
			t.Fatalf("cycle %d: %v", cycle, err)
		}
	}
}

// killAfter kills a process that appends after so many groups, and returns the last position that it acknowledged.
func killAfter(t *testing.T, dir string, groups int) (acknowledged int) {
	t.Helper()
	c := child("append", dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == groups {
			if err := c.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
		if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(); err == nil {
		t.Error("the process ended before it was killed")
	}
	return acknowledged
}

func TestReadersBesideTheAppender(t *testing.T) {
	b := openBook(t, t.TempDir(), book.Options{SegmentBytes: 16 << 10})
	const entries = 1500
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() { follow(t, b, entries) })
	}
	readers.Go(func() {
		for range 20 {
			if err := b.Verify(background); err != nil {
				t.Error(err)
			}
		}
	})
	for at := book.Position(1); at <= entries; at += 3 {
		if _, err := b.Append(numbered(at), numbered(at+1), numbered(at+2)); err != nil {
			t.Fatal(err)
		}
	}
	readers.Wait()
}

// follow reads on from where it is until it has seen all.
func follow(t *testing.T, b *book.Book, entries book.Position) {
	var seen book.Position
	for seen < entries {
		head, _ := b.Head()
		err := b.Read(background, seen, func(e book.Entry) error {
			if e.At != seen+1 || !bytes.Equal(e.Body, numbered(e.At)) {
				return fmt.Errorf("after %d comes %d, %q", seen, e.At, e.Body)
			}
			seen = e.At
			return nil
		})
		if err != nil || seen < head {
			t.Errorf("read up to %d, the head was %d before: %v", seen, head, err)
			return
		}
	}
}

// TestFilesAreAsDESIGNSays reads a segment with nothing of this package but the tables of DESIGN.md.
func TestFilesAreAsDESIGNSays(t *testing.T) {
	dir := t.TempDir()
	b := openBook(t, dir, book.Options{SegmentBytes: 16 << 10})
	groups := [][][]byte{{bytes.Repeat([]byte{255}, 200)}, {[]byte("a")}, {[]byte("12345678"), {}, []byte("last")}}
	for _, g := range groups {
		if _, err := b.Append(g...); err != nil {
			t.Fatal(err)
		}
	}
	_, head := b.Head()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "00000001.book"))
	if err != nil {
		t.Fatal(err)
	}
	u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	table := crc32.MakeTable(crc32.Castagnoli)
	salt := raw[72:80]
	if string(raw[:8]) != "HXBOOK\r\n" || u32(raw[8:]) != 1 || u64(raw[16:]) != 1 || u64(raw[24:]) != uint64(len(raw)) || u64(raw[32:]) != 1 ||
		!bytes.Equal(raw[40:72], make([]byte, 32)) || u32(raw[508:]) != crc32.Checksum(raw[:508], table) {
		t.Errorf("head % x", raw[:80])
	}
	hash, offset := [32]byte{}, 8192
	for g, at := 0, uint64(0); g < len(groups); g++ {
		for i, body := range groups[g] {
			at++
			f := raw[offset:][:32+(len(body)+7)/8*8]
			hash = sha256.Sum256(append(append(hash[:], f[4:8]...), body...))
			if u32(f[4:]) != uint32(len(body)) || u64(f[8:]) != at || u32(f[16:]) != uint32(i+1) || u32(f[20:]) != uint32(len(groups[g])) ||
				!bytes.Equal(f[24:32], hash[:8]) || !bytes.Equal(f[32:], append(bytes.Clone(body), make([]byte, len(f)-32-len(body))...)) || u32(f) != crc32.Checksum(append(bytes.Clone(salt), f[4:]...), table) {
				t.Errorf("frame %d is % x", at, f)
			}
			offset += len(f)
		}
	}
	mark := raw[4096:][:512]
	if string(mark[:8]) != "HXMARK\r\n" || u32(mark[8:]) != 0 || u64(mark[16:]) != 5 || u64(mark[24:]) != uint64(offset) || !bytes.Equal(mark[32:64], hash[:]) ||
		u32(mark[508:]) != crc32.Checksum(append(bytes.Clone(salt), mark[:508]...), table) || head != hash {
		t.Errorf("mark % x, head %s", mark[:64], head)
	}
}

func TestAppendDoesNotAllocateForEachEntry(t *testing.T) {
	b := openBook(t, t.TempDir(), book.Options{})
	group := bodies(256)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := b.Append(group...); err != nil {
			t.Error(err)
		}
	}); n > 8 {
		t.Errorf("%.0f allocations for a group of %d", n, len(group))
	}
}
