package wedge_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"hexiao/drivers/wedge"
)

// record is a struct input_event as the kernel writes it, with a time of two longs of that size.
func record(word int, kind, code uint16, value int32) []byte {
	b := bytes.Repeat([]byte{0xEE}, 2*word)
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, code)
	return binary.NativeEndian.AppendUint32(b, uint32(value))
}

func TestCutEvents(t *testing.T) {
	for _, word := range []int{4, 8} {
		a, b := record(word, 1, 30, 1), record(word, 0x11, 1, -2)
		if len(a) != map[int]int{4: 16, 8: 24}[word] {
			t.Fatalf("a record of %d bytes", len(a))
		}
		events, rest := wedge.CutEvents(append(append(a, b...), 1, 2, 3), word)
		want := []wedge.Event{wedge.NewEvent(1, 30, 1), wedge.NewEvent(0x11, 1, -2)}
		if len(events) != 2 || events[0] != want[0] || events[1] != want[1] || !bytes.Equal(rest, []byte{1, 2, 3}) {
			t.Errorf("word of %d bytes: %+v, rest %v", word, events, rest)
		}
	}
}

// FuzzCutEvents: however the stream is cut, the same events come out, and written again they give the same fields.
func FuzzCutEvents(f *testing.F) {
	f.Add(append(record(8, 1, 30, 1), record(8, 0, 0, 0)...), uint8(7), false)
	f.Add(record(4, 1, 30, 0), uint8(1), true)
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8, narrow bool) {
		word := map[bool]int{true: 4, false: 8}[narrow]
		whole, rest := wedge.CutEvents(stream, word)
		if len(whole)*(2*word+8)+len(rest) != len(stream) || len(rest) >= 2*word+8 {
			t.Fatalf("%d bytes gave %d events and %d bytes left", len(stream), len(whole), len(rest))
		}
		at := min(int(cut), len(stream))
		first, left := wedge.CutEvents(stream[:at], word)
		second, left := wedge.CutEvents(append(bytes.Clone(left), stream[at:]...), word)
		again := append(first, second...)
		if len(again) != len(whole) || !bytes.Equal(left, rest) {
			t.Fatalf("cut at %d: %d events, want %d", at, len(again), len(whole))
		}
		for i := range whole {
			fields := stream[i*(2*word+8)+2*word:][:8]
			if again[i] != whole[i] || !bytes.Equal(wedge.Fields(whole[i]), fields) {
				t.Errorf("event %d: %+v from % x", i, whole[i], fields)
			}
		}
	})
}
