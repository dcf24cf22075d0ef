// Package line is what the two halves of the driver lab say to each other: the guest, which runs the drivers inside a virtual machine and
// leads, and the host outside, which plugs, unplugs and sends for it. A message is one line of JSON on a serial line of its own, so that the
// kernel's chatter on the console cannot cut it. It knows neither QEMU nor a driver.
package line

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Message is one line. Exactly one of its fields is set.
type Message struct {
	Row    *Row    `json:"row,omitempty"`    // guest to host: what was seen
	Ask    *Ask    `json:"ask,omitempty"`    // guest to host: do this outside; the guest waits for the Answer
	Answer *Answer `json:"answer,omitempty"` // host to guest
	Done   *Done   `json:"done,omitempty"`   // guest to host: no more rows come
}

// Row is one line of the lab's table.
type Row struct {
	Device string        `json:"device"`
	Event  string        `json:"event"`
	Seen   string        `json:"seen"`
	Took   time.Duration `json:"took"` // from the event until it was seen, on the guest's clock
	Failed bool          `json:"failed"`
}

// What the guest may ask for.
const (
	PlugSerial   = "plug_serial"   // an FTDI adapter with Serial, whose far end is the wire ID
	PlugKeyboard = "plug_keyboard" // a USB keyboard called ID
	Unplug       = "unplug"        // the device called ID; answered when it is gone
	Send         = "send"          // Data into the far end of the wire ID, a byte every Pace, or all at once
	Receive      = "receive"       // wait for as many bytes as Data has at the far end of the wire ID, and answer with what came
	Type         = "type"          // Data on the newest keyboard, as QEMU's key names with spaces between
)

// Ask is a request of the guest's.
type Ask struct {
	Do     string        `json:"do"`
	ID     string        `json:"id,omitempty"`
	Serial string        `json:"serial,omitempty"`
	Port   string        `json:"port,omitempty"` // the socket of the USB controller, "1" to "4"; empty: any
	Data   []byte        `json:"data,omitempty"`
	Pace   time.Duration `json:"pace,omitempty"`
}

// Answer says that what was asked for is done, or why it is not.
type Answer struct {
	Data  []byte `json:"data,omitempty"`
	Error string `json:"error,omitempty"`
}

// Done ends the play.
type Done struct {
	Scenarios int `json:"scenarios"` // how many were played, so that a list that lost its end is noticed
}

// Encode gives the message as one line with its end.
func Encode(m Message) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and bytes always can
	}
	return append(b, '\n')
}

// Decode reads one line. Everything but whole messages of this version is an error.
func Decode(b []byte) (Message, error) {
	var m Message
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Message{}, fmt.Errorf("line %.80q: %w", b, err)
	}
	if d.More() {
		return Message{}, fmt.Errorf("line %.80q: more than one message", b)
	}
	set := 0
	for _, is := range []bool{m.Row != nil, m.Ask != nil, m.Answer != nil, m.Done != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return Message{}, fmt.Errorf("line %.80q: %w", b, errNotOne)
	}
	return m, nil
}

var errNotOne = errors.New("a message is a row, a question, an answer or the end, and only one of them")
