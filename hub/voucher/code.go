package voucher

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"strings"
)

// A code is the text in a voucher's QR: "HX1" and the base32 (RFC 4648, upper case, no padding) of 93 bytes:
//
//	 0     format, 1
//	 1     signature suite, 1 = Ed25519 (2 is kept for SM2 with SM3)
//	 2     key id
//	 3- 6  campaign number        } big endian
//	 7     phase
//	 8     tier
//	 9-16  serial                 } big endian
//	17-24  holder tag, 8 bytes of a keyed hash of the holder
//	25-28  CRC-32C of all the other bytes, so that a mangled scan is known before any signature is looked at
//	29-92  signature over signDomain and bytes 0-24
//
// 152 characters, all in QR's alphanumeric set: a version 6 symbol at error correction M (which holds 154).
const (
	codePrefix = "HX1"
	bodySize   = 25
	codeSize   = bodySize + 4 + ed25519.SignatureSize
	codeText   = len(codePrefix) + (codeSize*8+4)/5
	signDomain = "hexiao voucher code 1\x00"

	formatOne    = 1
	suiteEd25519 = 1
)

var (
	base32Code = base32.StdEncoding.WithPadding(base32.NoPadding)
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Errors of ParseCode.
var (
	// ErrUnknownCode: the text is no voucher code of ours at all.
	ErrUnknownCode = errors.New("not a voucher code")
	// ErrDamaged: it was meant as one, but is cut, glued or mangled; scanning again may help.
	ErrDamaged = errors.New("damaged voucher code")
	// ErrNewerCode: a voucher code of a later version or signature suite; this program must be updated to read it.
	ErrNewerCode = errors.New("voucher code of a later version")
)

// Body is what a code says, 25 bytes as they are signed.
type Body struct {
	Key      uint8   `cbor:"1,keyasint"`
	Campaign uint32  `cbor:"2,keyasint"`
	Phase    PhaseNo `cbor:"3,keyasint"`
	Tier     TierNo  `cbor:"4,keyasint"`
	Serial   Serial  `cbor:"5,keyasint"`
	Holder   [8]byte `cbor:"6,keyasint"`
}

// Sight is proof of having seen a whole code: 16 bytes of its SHA-256. A till sends it instead of the code, and the
// hub compares it with what it issued; neither journal nor book then holds a code that could be used again.
type Sight [16]byte

// Code is a voucher code that was read whole: its checksum holds. Its signature may still be anything.
type Code struct {
	Body Body
	raw  [codeSize]byte
}

// LogValue masks the code: only the voucher's ID, which nobody can redeem with, may stand in a log.
func (c Code) LogValue() slog.Value { return slog.StringValue("voucher " + c.Body.Serial.String()) }

// String masks the code as LogValue does; Text gives it in clear.
func (c Code) String() string { return c.LogValue().String() }

// Text is the code as it stands in the QR: 152 characters.
func (c Code) Text() string { return codePrefix + base32Code.EncodeToString(c.raw[:]) }

// Sight is what a till keeps and sends of the code.
func (c Code) Sight() Sight {
	sum := sha256.Sum256(c.raw[:])
	return Sight(sum[:16])
}

// Sign makes the code of a voucher; key.Sign is deterministic, so signing again gives the same code.
func Sign(b Body, key ed25519.PrivateKey) Code {
	c := Code{Body: b}
	b.put(c.raw[:bodySize])
	copy(c.raw[bodySize+4:], ed25519.Sign(key, signed(c.raw[:bodySize])))
	binary.BigEndian.PutUint32(c.raw[bodySize:], c.checksum())
	return c
}

func (b Body) put(to []byte) {
	to[0], to[1], to[2] = formatOne, suiteEd25519, b.Key
	binary.BigEndian.PutUint32(to[3:], b.Campaign)
	to[7], to[8] = byte(b.Phase), byte(b.Tier)
	binary.BigEndian.PutUint64(to[9:], uint64(b.Serial))
	copy(to[17:], b.Holder[:])
}

func (b *Body) take(from []byte) {
	b.Key = from[2]
	b.Campaign = binary.BigEndian.Uint32(from[3:])
	b.Phase, b.Tier = PhaseNo(from[7]), TierNo(from[8])
	b.Serial = Serial(binary.BigEndian.Uint64(from[9:]))
	copy(b.Holder[:], from[17:])
}

func signed(body []byte) []byte { return append([]byte(signDomain), body...) }

func (c *Code) checksum() uint32 {
	sum := crc32.Update(0, castagnoli, c.raw[:bodySize])
	return crc32.Update(sum, castagnoli, c.raw[bodySize+4:])
}

// Genuine tells whether the code was signed by the key; about 40 us.
func (c Code) Genuine(key ed25519.PublicKey) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	return ed25519.Verify(key, signed(c.raw[:bodySize]), c.raw[bodySize+4:])
}

// ParseCode reads the text of a scan. Case does not matter, and what scanners and input methods put around or do to a
// text is taken off first (Clean). Two copies of one code glued together are that code, and so is one that was typed on
// another keyboard layout than the scanner's.
//
// It returns ErrUnknownCode, ErrDamaged or ErrNewerCode. It never says that a code is forged: that takes an intact one.
func ParseCode(scan string) (Code, error) {
	text := Capitals(scan)
	code, err := parse(text)
	if err != nil {
		return repair(text, err)
	}
	return code, nil
}

func parse(text string) (Code, error) {
	if half := len(text) / 2; len(text) == 2*codeText && text[:half] == text[half:] {
		text = text[:half]
	}
	switch {
	case len(text) == codeText && strings.HasPrefix(text, codePrefix):
		return decode(text[len(codePrefix):])
	case strings.HasPrefix(text, codePrefix), fragment(text), digitsLeft(text), anotherScript(text):
		return Code{}, ErrDamaged
	case newerVersion(text):
		return Code{}, ErrNewerCode
	}
	return Code{}, ErrUnknownCode
}

func decode(text string) (Code, error) {
	var c Code
	n, err := base32Code.Decode(c.raw[:], []byte(text))
	if err != nil || n != codeSize || base32Code.EncodeToString(c.raw[:]) != text {
		return Code{}, ErrDamaged // re-encoded and compared: Go's decoder accepts tail bits that are not zero
	}
	if binary.BigEndian.Uint32(c.raw[bodySize:]) != c.checksum() {
		return Code{}, ErrDamaged
	}
	if c.raw[0] != formatOne || c.raw[1] != suiteEd25519 {
		return Code{}, ErrNewerCode
	}
	c.Body.take(c.raw[:bodySize])
	return c, nil
}

// fragment tells whether the text could be a piece of a code that lost its head, alone or glued to another: long, and of
// base32's alphabet only.
func fragment(text string) bool {
	if len(text) < 24 {
		return false
	}
	letters := 0
	text = strings.TrimPrefix(strings.TrimPrefix(text, "X"), "1")
	for _, c := range []byte(strings.ReplaceAll(text, codePrefix, "")) {
		switch {
		case c >= 'A' && c <= 'Z':
			letters++
		case c < '2' || c > '7':
			return false
		}
	}
	return letters > 0 || strings.Contains(text, codePrefix)
}

func newerVersion(text string) bool {
	return len(text) > 24 && strings.HasPrefix(text, "HX") && text[2] >= '0' && text[2] <= '9'
}

// Narrow gives the plain form of a character that a Chinese input method types: full-width letters, digits and marks
// (Unicode's block FF01-FF5E), the wide space and yen, and its full stop, which stands for a point in figures.
func Narrow(r rune) rune {
	switch {
	case r >= 0xff01 && r <= 0xff5e:
		return r - 0xff01 + '!'
	case r == 0x3000:
		return ' '
	case r == 0xffe5:
		return '¥'
	case r == '。':
		return '.'
	}
	return r
}

// Capitals is Clean in capital letters: two readings of one code are the same text then.
func Capitals(scan string) string { return strings.ToUpper(Clean(scan)) }

// Clean takes off what scanners put around a text (control characters, spaces, an AIM symbology mark such as "]Q1")
// and turns the full-width letters and digits of a Chinese input method into plain ones. Control characters inside the
// text go too: a wedge types them as keys.
func Clean(scan string) string {
	text := strings.Map(func(r rune) rune {
		if r = Narrow(r); r <= ' ' || r == 0x7f || r == 0xfeff {
			return -1
		}
		return r
	}, scan)
	if len(text) > 3 && text[0] == ']' {
		return text[3:]
	}
	return text
}
