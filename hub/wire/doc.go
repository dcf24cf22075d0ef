// Package wire is what a terminal and the hub say to each other: the messages of the websocket, the enrolment call and
// its token, and the bytes that are signed. It knows the law (hub/voucher), CBOR and, for sets of used vouchers,
// Roaring bitmaps, and neither sockets nor disks; the
// uplink speaks it on one side, the gate on the other.
//
// A frame is one byte for the message's type and the CBOR (deterministic, integer keys) of its body. What is signed is
// carried as the bytes that were signed, and verified as received, never encoded again. Fields are only ever added: a
// frame with fields that this version does not know is still read, because tills and hub are never updated on the same day.
package wire
