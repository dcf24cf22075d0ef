package printer

import (
	"context"
	"time"

	"hexiao/drivers"
)

// What a printer says of itself. DLE EOT n is answered at once, also by a printer that is out of paper; GS r 1 in its turn, behind everything
// that was sent before it (Epson, "ESC/POS Command Reference").
var (
	askState = []byte{0x10, 0x04, 1}
	askCover = []byte{0x10, 0x04, 2}
	askPaper = []byte{0x10, 0x04, 4}
	askTurn  = []byte{0x1d, 'r', 1}
)

const (
	stateOffline = 0x08 // in the answer to DLE EOT 1
	coverIsOpen  = 0x04 // in the answer to DLE EOT 2, and so are the next two
	coverNoPaper = 0x20 // printing stopped because the paper has ended
	coverFault   = 0x40 // knife jammed, head too hot
	paperEnd     = 0x60 // in the answer to DLE EOT 4
)

// isStatus tells the answer to a DLE EOT from whatever else may come: bits 1 and 4 are set, bits 0 and 7 are not. An automatic status, which some
// printers are set to send (see isUnasked), and XON and XOFF look otherwise.
func isStatus(b byte) bool { return b&0x93 == 0x12 }

// isUnasked tells the first of the four bytes of an automatic status. The three behind it (isMore) look like the answer to GS r 1.
func isUnasked(b byte) bool { return b&0x93 == 0x10 }

func isMore(b byte) bool { return b&0x90 == 0 }

// isTurn tells the answer to GS r 1.
func isTurn(b byte) bool { return b&0x90 == 0 }

// answerIn is how long a printer may take to answer. At 9600 baud three bytes and one are 4 ms on the line; the rest is for networks and for a
// printer whose program is busy.
const answerIn = 300 * time.Millisecond

// status is what one printer answered; answered is false for one that says nothing, as many do.
type status struct {
	answered            bool
	state, cover, paper byte
}

// ask asks the printer how it is. A printer that does not answer the first question is not asked the others.
func (s *session) ask(ctx context.Context) (st status, err error) {
	for _, q := range []struct {
		ask []byte
		to  *byte
	}{{askState, &st.state}, {askCover, &st.cover}, {askPaper, &st.paper}} {
		if _, err := s.line.write(ctx, q.ask); err != nil {
			return st, err
		}
		b, ok, err := s.hear(ctx, isStatus, answerIn)
		if err != nil || !ok {
			return st, err
		}
		st.answered, *q.to = true, b
	}
	return st, nil
}

// hear waits for one byte that is meant; false when none came.
func (s *session) hear(ctx context.Context, meant func(byte) bool, within time.Duration) (byte, bool, error) {
	var buf [64]byte
	for until := time.Now().Add(within); ; {
		left := time.Until(until)
		if left <= 0 || ctx.Err() != nil {
			return 0, false, nil
		}
		n, err := s.line.read(ctx, buf[:], left)
		if b, ok := s.pick(buf[:n], meant); ok {
			return b, true, nil
		}
		if err != nil {
			return 0, false, err
		}
	}
}

// pick finds the first byte that is meant in what the printer has said. It looks through all of it: an automatic status may begin behind that byte.
func (s *session) pick(said []byte, meant func(byte) bool) (answer byte, ok bool) {
	for _, b := range said {
		if !s.unasked(b) && !ok && meant(b) {
			answer, ok = b, true
		}
	}
	return answer, ok
}

// unasked tells whether a byte is part of an automatic status.
func (s *session) unasked(b byte) bool {
	switch {
	case isUnasked(b):
		s.more = 3
		return true
	case s.more > 0 && isMore(b):
		s.more--
		return true
	}
	s.more = 0
	return false
}

// trouble is what the status says a person must see to, the cause before what follows from it.
func (st status) trouble(place string) (drivers.Problem, bool) {
	switch {
	case !st.answered:
		return drivers.Problem{}, false
	case st.cover&coverIsOpen != 0:
		return coverOpen(place), true
	case st.paper&paperEnd != 0 || st.cover&coverNoPaper != 0:
		return noPaper(place), true
	case st.cover&coverFault != 0:
		return jammed(place), true
	case st.state&stateOffline != 0:
		return isOffline(place), true
	}
	return drivers.Problem{}, false
}
