package wedge

import "encoding/binary"

// Event and CutEvents for the tests outside.
type Event = event

// CutEvents is cutEvents.
var CutEvents = cutEvents

// NewEvent makes an Event.
func NewEvent(kind, code uint16, value int32) Event { return event{kind, code, value} }

// Fields writes an event's fields as the kernel does.
func Fields(e Event) []byte {
	b := binary.NativeEndian.AppendUint16(nil, e.kind)
	b = binary.NativeEndian.AppendUint16(b, e.code)
	return binary.NativeEndian.AppendUint32(b, uint32(e.value))
}

// Type feeds events to a fresh keyboard and returns the bytes typed, with "!" where events were lost.
func Type(caps bool, events ...Event) string {
	k := newKeyboard(caps)
	var out []byte
	for _, e := range events {
		typed, lost := k.feed(e)
		out = append(out, typed...)
		if lost {
			out = append(out, '!')
		}
	}
	return string(out)
}

// TypeRaw feeds keys as Raw Input tells them, scan code and flags, to a fresh keyboard, and gives what was typed up to where keys were lost.
func TypeRaw(keys [][2]uint16) (text string, lost bool) {
	k := newKeyboard(false)
	for _, key := range keys {
		for _, e := range fromSet1(key[0], key[1]) {
			typed, gone := k.feed(e)
			text, lost = text+string(typed), lost || gone
		}
	}
	return text, lost
}
