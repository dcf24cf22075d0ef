package book

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// A segment file begins with two pages of 4 KiB. What they say fits into the first 512 bytes of each, which a disk
// writes whole or not at all; the rest is zeros. The mark has a page of its own so that rewriting it never touches
// the page of the head, also on a disk with sectors of 4 KiB.
//
//	   0  8 bytes "HXBOOK\r\n"
//	   8  uint32  version of the format, 1
//	  16  uint64  number of the segment, 1 for the first
//	  24  uint64  length of the file, which never changes
//	  32  uint64  position of its first entry
//	  40  32 bytes hash of the chain before that entry
//	  72  8 bytes salt, random, under every checksum of the file
//	 508  uint32  CRC-32C over bytes 0 to 508
//	4096  8 bytes "HXMARK\r\n"
//	4104  uint32  0 live, 1 sealed: the next segment exists
//	4112  uint64  a position that was durable when the mark was written
//	4120  uint64  offset behind that entry's frame
//	4128  32 bytes hash of the chain after that entry
//	4604  uint32  CRC-32C over the salt and bytes 4096 to 4604
//	8192  frames
const (
	page       = 4096
	sector     = 512
	sumAt      = sector - 4
	markAt     = page
	framesAt   = 2 * page
	version    = 1
	headMagic  = "HXBOOK\r\n"
	markMagic  = "HXMARK\r\n"
	saltBytes  = 8
	stateLive  = 0
	stateShut  = 1
	nameEnding = ".book"
	spareName  = "spare"
)

func pages(n int64) int64 { return (n + page - 1) &^ (page - 1) }

// segment is what is known of a segment file. For the live one, end, last and hash grow with every group.
type segment struct {
	number uint64
	bytes  int64
	first  Position
	prev   Hash
	salt   [saltBytes]byte
	seed   uint32 // checksum of the salt, from which the others go on
	path   string // for errors

	state uint32
	last  Position // first-1 when it is empty
	end   int64    // behind the last entry's frame
	hash  Hash     // after the last entry
	posts []post
}

// post is a place between two groups from which reading can begin without walking there.
type post struct {
	at     Position // of the entry before it
	offset int64
	hash   Hash
}

// postEvery is how far posts stand apart: a reader that follows the head walks at most so far to its place, 0.4 ms
// (1,200 redemptions), and a segment of 64 MiB needs 14 KiB of memory for them.
const postEvery = 256 << 10

func (s *segment) startPosts() { s.posts = []post{{s.first - 1, framesAt, s.prev}} }

// postHere is called before a group is added.
func (s *segment) postHere(p post) {
	if p.offset-s.posts[len(s.posts)-1].offset >= postEvery {
		s.posts = append(s.posts, p)
	}
}

func (s *segment) name() string { return segmentName(s.number) }

func segmentName(number uint64) string { return fmt.Sprintf("%08d%s", number, nameEnding) }

// segmentNumber is 0 for a name that is not a segment's.
func segmentNumber(name string) uint64 {
	digits, ok := strings.CutSuffix(name, nameEnding)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || segmentName(n) != name {
		return 0
	}
	return n
}

// segmentLength grows from 1 MiB by doubling, so that a fresh folder is small and made in milliseconds.
func segmentLength(number uint64, full int64) int64 {
	const start, most = 1 << 20, 1 << 62
	if doublings := number - 1; doublings < 40 {
		return min(full, start<<doublings)
	}
	return min(full, most)
}

func (s *segment) damage(offset int64, at Position, format string, a ...any) *Damage {
	return &Damage{File: s.path, Offset: offset, At: at, What: fmt.Sprintf(format, a...)}
}

func (s *segment) setSalt(salt [saltBytes]byte) {
	s.salt = salt
	s.seed = crc32.Update(0, castagnoli, salt[:])
}

func (s *segment) headPage() []byte {
	b := make([]byte, page)
	copy(b, headMagic)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint64(b[16:], s.number)
	binary.LittleEndian.PutUint64(b[24:], uint64(s.bytes))
	binary.LittleEndian.PutUint64(b[32:], uint64(s.first))
	copy(b[40:], s.prev[:])
	copy(b[72:], s.salt[:])
	binary.LittleEndian.PutUint32(b[sumAt:], crc32.Checksum(b[:sumAt], castagnoli))
	return b
}

// markSector says how far the segment is durable now.
func (s *segment) markSector(state uint32) []byte {
	b := make([]byte, sector)
	copy(b, markMagic)
	binary.LittleEndian.PutUint32(b[8:], state)
	binary.LittleEndian.PutUint64(b[16:], uint64(s.last))
	binary.LittleEndian.PutUint64(b[24:], uint64(s.end))
	copy(b[32:], s.hash[:])
	binary.LittleEndian.PutUint32(b[sumAt:], crc32.Update(s.seed, castagnoli, b[:sumAt]))
	return b
}

// writeMark returns when the mark is durable.
func (s *segment) writeMark(f File, state uint32) error {
	if _, err := f.WriteAt(s.markSector(state), markAt); err != nil {
		return fmt.Errorf("mark %s: %w", s.path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("mark %s: %w", s.path, err)
	}
	return nil
}

// begin writes head and mark of an empty segment; it does not sync.
func (s *segment) begin(f File) error {
	b := make([]byte, framesAt)
	copy(b, s.headPage())
	copy(b[markAt:], s.markSector(stateLive))
	if _, err := f.WriteAt(b, 0); err != nil {
		return fmt.Errorf("begin %s: %w", s.path, err)
	}
	return nil
}

// parse takes the segment from the first two pages of its file. With the fields of head and mark come last, end and
// hash of the mark, which are bounds from below unless the segment is sealed.
func (s *segment) parse(b []byte, size int64) error {
	if err := s.parseHead(b[:page]); err != nil {
		return err
	}
	if size != s.bytes {
		return s.damage(min(size, s.bytes), s.first, "the file has %d bytes instead of %d", size, s.bytes)
	}
	return s.parseMark(b[markAt:framesAt])
}

func (s *segment) parseHead(b []byte) error {
	sum := binary.LittleEndian.Uint32(b[sumAt:])
	if string(b[:8]) != headMagic || sum != crc32.Checksum(b[:sumAt], castagnoli) || !allZero(b[sector:]) {
		return s.damage(0, 0, "the head of the segment does not fit its checksum")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return fmt.Errorf("%s has format %d and this program reads %d: use the program that wrote it, or a newer one (账本格式较新：请使用更新的程序)", s.path, v, version)
	}
	if n := binary.LittleEndian.Uint64(b[16:]); n != s.number {
		return s.damage(0, 0, "it is segment %d under the name of segment %d", n, s.number)
	}
	s.bytes = int64(binary.LittleEndian.Uint64(b[24:]))
	s.first = Position(binary.LittleEndian.Uint64(b[32:]))
	s.prev = Hash(b[40:72])
	s.setSalt([saltBytes]byte(b[72:80]))
	return nil
}

func (s *segment) parseMark(b []byte) error {
	sum := binary.LittleEndian.Uint32(b[sumAt:])
	if string(b[:8]) != markMagic || sum != crc32.Update(s.seed, castagnoli, b[:sumAt]) || !allZero(b[sector:]) {
		return s.damage(markAt, s.first, "the mark of the segment does not fit its checksum")
	}
	s.state = binary.LittleEndian.Uint32(b[8:])
	s.last = Position(binary.LittleEndian.Uint64(b[16:]))
	s.end = int64(binary.LittleEndian.Uint64(b[24:]))
	s.hash = Hash(b[32:64])
	return nil
}
