package book

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/crc32"
)

// A frame is an entry on disk; all numbers are little-endian.
//
//	 0  uint32  CRC-32C over the segment's salt and the frame from byte 4 to its end, padding included
//	 4  uint32  length of the body
//	 8  uint64  position
//	16  uint32  number in its group, 1 for the first
//	20  uint32  entries in its group
//	24  8 bytes the link: the first of the chain's hash after this entry
//	32  body, then zeros up to a multiple of 8
const (
	frameHead  = 32
	frameAlign = 8
	linkBytes  = 8
)

func frameBytes(body int) int64 {
	return frameHead + (int64(body)+frameAlign-1)&^(frameAlign-1)
}

// header is the fixed part of a frame.
type header struct {
	sum           uint32
	length        uint32
	at            Position
	number, count uint32
	link          [linkBytes]byte
}

func readHeader(b []byte) header {
	return header{
		sum:    binary.LittleEndian.Uint32(b[0:]),
		length: binary.LittleEndian.Uint32(b[4:]),
		at:     Position(binary.LittleEndian.Uint64(b[8:])),
		number: binary.LittleEndian.Uint32(b[16:]),
		count:  binary.LittleEndian.Uint32(b[20:]),
		link:   [linkBytes]byte(b[24:frameHead]),
	}
}

func (h header) bytes() int64 { return frameBytes(int(h.length)) }

// possible says whether a header could be one, before its length is believed.
func (h header) possible() bool {
	return h.length <= MaxBody && h.number >= 1 && h.number <= h.count && h.at >= Position(h.number)
}

// first is the position of the first entry of the group; all before it was durable when the group was written.
func (h header) first() Position { return h.at - Position(h.number) + 1 }

// write fills frame, which must have the frame's length, but for the body's own bytes copies nothing twice.
func (h header) write(frame, body []byte, seed uint32) {
	binary.LittleEndian.PutUint32(frame[4:], h.length)
	binary.LittleEndian.PutUint64(frame[8:], uint64(h.at))
	binary.LittleEndian.PutUint32(frame[16:], h.number)
	binary.LittleEndian.PutUint32(frame[20:], h.count)
	copy(frame[24:frameHead], h.link[:])
	clear(frame[frameHead+copy(frame[frameHead:], body):])
	binary.LittleEndian.PutUint32(frame, frameSum(frame, seed))
}

func frameSum(frame []byte, seed uint32) uint32 { return crc32.Update(seed, castagnoli, frame[4:]) }

// Next returns the hash of the chain after an entry with this body: SHA-256 over the hash before it (32 bytes), the
// body's length (4 bytes, little-endian) and the body. It lets an auditor follow the chain without the book's files.
func (h Hash) Next(body []byte) Hash {
	var c chain
	c.init()
	c.hash = h
	c.add(body)
	return c.hash
}

// chain walks along the hashes without allocating.
type chain struct {
	hash   Hash
	length [4]byte
	sum    hash.Hash
}

func (c *chain) init() { c.sum = sha256.New() }

func (c *chain) add(body []byte) {
	binary.LittleEndian.PutUint32(c.length[:], uint32(len(body)))
	c.sum.Reset()
	c.sum.Write(c.hash[:])
	c.sum.Write(c.length[:])
	c.sum.Write(body)
	c.sum.Sum(c.hash[:0])
}

func (c *chain) link() [linkBytes]byte { return [linkBytes]byte(c.hash[:linkBytes]) }

var zeros [256 << 10]byte

func allZero(b []byte) bool {
	for len(b) > len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}
