package hidpos_test

import "slices"

// Report descriptors as makers write them, made from HID 1.11, section 6.2.2, and the HID POS usage tables 1.02. Each knows how to lay a part of
// a code into a report, so that tests do not ask the parser where things are.
type model struct {
	name       string
	descriptor []byte
	room       int                                              // bytes of a code in one report
	report     func(data []byte, aim [3]byte, more bool) []byte // with its number, if it has one
}

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

// Pieces of descriptors.
var (
	scannerApplication = []byte{0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01}
	oneByteEach        = []byte{0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08}
	lengthByte         = []byte{0x95, 0x01, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C}
	symbologyBytes     = []byte{0x95, 0x03, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02}
	data56             = []byte{0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01}
	vendor2            = []byte{0x06, 0x66, 0xFF, 0x95, 0x02, 0x09, 0x04, 0x09, 0x00, 0x81, 0x02, 0x05, 0x8C}
	continuedBit       = []byte{0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, 0x95, 0x07, 0x81, 0x03}
	wakeFeature        = []byte{0x06, 0x66, 0xFF, 0x85, 0xFE, 0x75, 0x08, 0x95, 0x01, 0x09, 0x10, 0xB1, 0x02}
	end                = []byte{0xC0}
)

func scannedData(number byte) []byte { return []byte{0x09, 0x12, 0xA1, 0x02, 0x85, number} }

// usual64 is report 2 of 64 bytes: number, length, three bytes of AIM, 56 of data, two of the maker's, and bit 0 of the last: more follows
// (Access-IS LSR118, appendix B; Honeywell's are alike).
func usual64(data []byte, aim [3]byte, more bool) []byte {
	b := make([]byte, 64)
	b[0], b[1], b[2], b[3], b[4] = 2, byte(len(data)), aim[0], aim[1], aim[2]
	copy(b[5:61], data)
	b[61] = 's'
	if more {
		b[63] = 1
	}
	return b
}

var honeywellLike = model{"report 2 of 64 bytes, and the report that wakes it",
	cat(scannerApplication, scannedData(2), oneByteEach, lengthByte, symbologyBytes, data56, vendor2, continuedBit, end, wakeFeature, end), 56, usual64}

var models = []model{
	honeywellLike,
	{"beside a keyboard and a consumer control in one descriptor", cat(
		[]byte{0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
			0x75, 0x08, 0x95, 0x07, 0x81, 0x03, 0xC0},
		scannerApplication, scannedData(2), oneByteEach, lengthByte, symbologyBytes, data56, vendor2, continuedBit, end, end,
		[]byte{0x05, 0x0C, 0x09, 0x01, 0xA1, 0x01, 0x85, 0x03, 0x75, 0x10, 0x95, 0x01, 0x19, 0x00, 0x2A, 0xFF, 0x03, 0x81, 0x00, 0xC0}), 56, usual64},
	{"the bit that says more before the data, and settings in the same report number as output", cat(
		scannerApplication, scannedData(7), []byte{0x15, 0x00, 0x25, 0x01}, continuedBit, oneByteEach,
		symbologyBytes, []byte{0x95, 0x3A, 0x09, 0xFE, 0x82, 0x02, 0x01}, lengthByte, []byte{0x95, 0x04, 0x09, 0x11, 0x91, 0x02}, end, end), 58,
		func(data []byte, aim [3]byte, more bool) []byte {
			b := make([]byte, 64)
			b[0], b[2], b[3], b[4], b[63] = 7, aim[0], aim[1], aim[2], byte(len(data))
			copy(b[5:], data)
			if more {
				b[1] = 1
			}
			return b
		}},
	{"no report numbers, small reports, symbology by a range of usages", cat(
		scannerApplication, oneByteEach, lengthByte, []byte{0x95, 0x03, 0x19, 0xFB, 0x29, 0xFD, 0x81, 0x02, 0x95, 0x1B, 0x09, 0xFE, 0x82, 0x02, 0x01}, continuedBit, end), 27,
		func(data []byte, aim [3]byte, more bool) []byte {
			b := make([]byte, 32)
			b[0], b[1], b[2], b[3] = byte(len(data)), aim[0], aim[1], aim[2]
			copy(b[4:31], data)
			if more {
				b[31] = 1
			}
			return b
		}},
	{"usages that bring their page, a pushed state, a whole byte that says more", cat(
		[]byte{0x0B, 0x02, 0x00, 0x8C, 0x00, 0xA1, 0x01, 0x85, 0x02, 0x05, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0xA4,
			0x09, 0x3B, 0x81, 0x02, 0x0B, 0xFF, 0x00, 0x8C, 0x00, 0x81, 0x02,
			0x95, 0x03, 0x0B, 0xFB, 0x00, 0x8C, 0x00, 0x0B, 0xFC, 0x00, 0x8C, 0x00, 0x0B, 0xFD, 0x00, 0x8C, 0x00, 0x81, 0x02,
			0xB4, 0xFE, 0x02, 0x77, 0x01, 0x02, 0x95, 0x3A, 0x0B, 0xFE, 0x00, 0x8C, 0x00, 0x82, 0x02, 0x01, 0xC0}), 58,
		func(data []byte, aim [3]byte, more bool) []byte {
			b := make([]byte, 64)
			b[0], b[1], b[3], b[4], b[5] = 2, byte(len(data)), aim[0], aim[1], aim[2]
			copy(b[6:], data)
			if more {
				b[2] = 1
			}
			return b
		}},
	{"data as an array of bytes in two pieces, length in two bytes, AIM behind, large reports", cat(
		scannerApplication, scannedData(2), oneByteEach, []byte{0x75, 0x10, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, 0x05, 0x8C, 0x75, 0x08},
		[]byte{0x96, 0x00, 0x01, 0x09, 0xFE, 0x81, 0x00}, []byte{0x95, 0xF4, 0x09, 0xFE, 0x81, 0x00}, symbologyBytes, continuedBit, end, end), 256 + 244,
		func(data []byte, aim [3]byte, more bool) []byte {
			b := make([]byte, 1+2+500+3+1)
			b[0], b[1], b[2] = 2, byte(len(data)), byte(len(data)>>8)
			copy(b[3:], data)
			copy(b[503:], aim[:])
			if more {
				b[506] = 1
			}
			return b
		}},
}

// without are models whose reports lack a part.
var withoutLength = model{"no length: zeros at the end are none of the code",
	cat(scannerApplication, scannedData(2), oneByteEach, []byte{0x95, 0x3E, 0x09, 0xFE, 0x82, 0x02, 0x01}, continuedBit, end, end), 62,
	func(data []byte, _ [3]byte, more bool) []byte {
		b := make([]byte, 64)
		b[0] = 2
		copy(b[1:63], data)
		if more {
			b[63] = 1
		}
		return b
	}}

var withoutMore = model{"no bit that says more: each report is a code",
	cat(scannerApplication, oneByteEach, lengthByte, []byte{0x95, 0x3F, 0x09, 0xFE, 0x82, 0x02, 0x01}, end), 63,
	func(data []byte, _ [3]byte, _ bool) []byte {
		b := make([]byte, 64)
		b[0] = byte(len(data))
		copy(b[1:], data)
		return b
	}}

// reports lays a whole code into reports.
func (m model) reports(code string, aim string) (all [][]byte) {
	var id [3]byte
	copy(id[:], aim)
	for data := []byte(code); ; {
		n := min(m.room, len(data))
		all = append(all, m.report(data[:n], id, n < len(data)))
		if data = data[n:]; len(data) == 0 {
			return all
		}
	}
}
