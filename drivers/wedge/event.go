package wedge

import "encoding/binary"

// The kinds and codes of Linux input events that are needed (linux/input-event-codes.h).
const (
	evSyn = 0x00
	evKey = 0x01
	evLED = 0x11

	synReport  = 0
	synDropped = 3
	ledCapsL   = 1
)

// event is a Linux struct input_event without its time: the time of reading serves as well, and needs no agreement about clocks.
type event struct {
	kind, code uint16
	value      int32
}

// cutEvents decodes the whole events in b and returns the bytes that are left. word is the size of a kernel long, 4 or 8: the event's
// time is two of them.
func cutEvents(b []byte, word int) ([]event, []byte) {
	size := 2*word + 8
	var events []event
	for len(b) >= size {
		fields := b[2*word : size]
		events = append(events, event{
			kind:  binary.NativeEndian.Uint16(fields),
			code:  binary.NativeEndian.Uint16(fields[2:]),
			value: int32(binary.NativeEndian.Uint32(fields[4:])),
		})
		b = b[size:]
	}
	return events, b
}
