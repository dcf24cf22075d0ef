package wire

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"hexiao/hub/voucher"
)

// ErrFrame is wrapped by everything that is wrong with a frame as such.
var ErrFrame = errors.New("bad frame")

// Message is one of the structs of this package that travel as a frame.
type Message any

// The first byte of a frame. Numbers are never reused.
const (
	tChallenge = iota + 1
	tHello
	tWelcome
	tLaw
	tLease
	tRecords
	tAck
	tStatus
	tPulse
	tBye
	tRecall
	tSpent
	tLaneAsk
	tLane
)

var (
	encoder = mode(cbor.CoreDetEncOptions().EncMode())
	decoder = mode(cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxArrayElements: 1 << 17,
		MaxMapPairs:      1 << 16,
		MaxNestedLevels:  16,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsAllowed,
	}.DecMode())
)

func mode[M any](m M, err error) M {
	if err != nil {
		panic(err) // a mistake in the options above
	}
	return m
}

// Encode makes the frame of a message. It panics on a type that is no message.
func Encode(m Message) ([]byte, error) {
	body, err := encoder.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	return append([]byte{typeOf(m)}, body...), nil
}

func typeOf(m Message) byte {
	switch m.(type) {
	case Challenge:
		return tChallenge
	case Hello:
		return tHello
	case Welcome:
		return tWelcome
	case Law:
		return tLaw
	case Lease:
		return tLease
	case Records:
		return tRecords
	case Ack:
		return tAck
	case Status:
		return tStatus
	case Pulse:
		return tPulse
	case Bye:
		return tBye
	case Recall:
		return tRecall
	case Spent:
		return tSpent
	case LaneAsk:
		return tLaneAsk
	case Lane:
		return tLane
	}
	panic(fmt.Sprintf("wire: %T is no message", m))
}

// Decode reads a frame into one of the structs of this package, by value. Every error wraps ErrFrame. What the frame
// holds points into frame.
func Decode(frame []byte) (Message, error) {
	if len(frame) < 2 {
		return nil, fmt.Errorf("%w: %d bytes", ErrFrame, len(frame))
	}
	switch body := frame[1:]; frame[0] {
	case tChallenge:
		return as[Challenge](body)
	case tHello:
		return as[Hello](body)
	case tWelcome:
		return as[Welcome](body)
	case tLaw:
		return as[Law](body)
	case tLease:
		return as[Lease](body)
	case tRecords:
		return as[Records](body)
	case tAck:
		return as[Ack](body)
	case tStatus:
		return as[Status](body)
	case tPulse:
		return as[Pulse](body)
	case tBye:
		return as[Bye](body)
	case tRecall:
		return as[Recall](body)
	case tSpent:
		return as[Spent](body)
	case tLaneAsk:
		return as[LaneAsk](body)
	case tLane:
		return as[Lane](body)
	}
	return nil, fmt.Errorf("%w: type %d", ErrFrame, frame[0])
}

func as[M any](body []byte) (Message, error) {
	var m M
	if err := unmarshal(body, &m); err != nil {
		return nil, err
	}
	return m, nil
}

func unmarshal(body []byte, to any) error {
	if err := decoder.Unmarshal(body, to); err != nil {
		return fmt.Errorf("%w: %T: %w", ErrFrame, to, err)
	}
	return nil
}

// EncodeRecord encodes a record, once and for all: these bytes are what is kept, hashed, signed and sent.
func EncodeRecord(r *voucher.Record) ([]byte, error) {
	raw, err := encoder.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	return raw, nil
}

// DecodeRecord reads what EncodeRecord made and checks its form: an ID, a known kind, and what the kind needs. Errors
// wrap ErrFrame.
func DecodeRecord(raw []byte) (*voucher.Record, error) {
	var r voucher.Record
	if err := unmarshal(raw, &r); err != nil {
		return nil, err
	}
	sale := r.Kind == voucher.Ask || r.Kind == voucher.Accept
	about := r.Kind == voucher.Confirm || r.Kind == voucher.Reverse || r.Kind == voucher.Void
	switch {
	case r.ID.Terminal == "" || r.ID.Epoch == 0 || r.ID.Number == 0:
		return nil, fmt.Errorf("%w: record without an ID", ErrFrame)
	case !sale && !about && r.Kind != voucher.Surrender && r.Kind != voucher.Handed:
		return nil, fmt.Errorf("%w: record %s of kind %d", ErrFrame, r.ID, r.Kind)
	case sale != (r.Sale != nil):
		return nil, fmt.Errorf("%w: record %s of kind %d and its sale do not go together", ErrFrame, r.ID, r.Kind)
	case about != (r.Of != 0) || r.Of >= r.ID.Number:
		return nil, fmt.Errorf("%w: record %s is about number %d", ErrFrame, r.ID, r.Of)
	case (r.Kind == voucher.Handed) != (r.Handover != nil):
		return nil, fmt.Errorf("%w: record %s of kind %d and its handover do not go together", ErrFrame, r.ID, r.Kind)
	case r.Handover != nil && !r.Handover.Whole():
		return nil, fmt.Errorf("%w: record %s has a handover that is not whole", ErrFrame, r.ID)
	case sale && len(r.Sale.Order) > voucher.MaxOrder:
		return nil, fmt.Errorf("%w: record %s has an order of %d bytes", ErrFrame, r.ID, len(r.Sale.Order))
	}
	return &r, nil
}

// ReadLink reads of a record what its chain needs: its ID and the hash of the one before. It is for one that DecodeRecord
// refuses, of a later version or with a damaged part. Errors wrap ErrFrame.
func ReadLink(raw []byte) (id voucher.RedemptionID, prev [32]byte, err error) {
	var r struct {
		ID   voucher.RedemptionID `cbor:"1,keyasint"`
		Prev [32]byte             `cbor:"2,keyasint"`
	}
	if err := unmarshal(raw, &r); err != nil {
		return id, prev, err
	}
	if r.ID.Terminal == "" || r.ID.Epoch == 0 || r.ID.Number == 0 {
		return id, prev, fmt.Errorf("%w: record without an ID", ErrFrame)
	}
	return r.ID, r.Prev, nil
}

// Marshal encodes a body that is kept or signed as bytes, deterministically.
func Marshal(body any) ([]byte, error) { return encoder.Marshal(body) }

// Unmarshal reads what Marshal wrote. Errors wrap ErrFrame.
func Unmarshal(raw []byte, to any) error { return unmarshal(raw, to) }
