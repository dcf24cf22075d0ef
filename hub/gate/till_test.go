package gate_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// till is a terminal written by hand: it speaks wire, and can be made to speak it badly.
type till struct {
	h     *hub
	t     testing.TB
	id    voucher.TerminalID
	key   ed25519.PrivateKey
	raw   [][]byte // its chain of records
	ws    *websocket.Conn
	law   uint64
	lease voucher.Lease

	ratchet wire.Ratchet // on its disk
}

// enrolment is the request an honest agent makes.
func enrolment(k wire.Token, key ed25519.PrivateKey) wire.EnrolRequest {
	return wire.EnrolRequest{Secret: k.Secret[:], Public: key.Public().(ed25519.PublicKey), Proof: wire.Sign(k.Secret[:], key, wire.ForEnrol), Version: "till 1"}
}

// post calls /v1/enrol.
func (h *hub) post(body any) (int, wire.EnrolReply, wire.EnrolRefusal) {
	h.t.Helper()
	raw, isRaw := body.([]byte)
	if !isRaw {
		var err error
		raw, err = json.Marshal(body)
		h.must(err)
	}
	r, err := h.http.Post("https://"+h.addr+"/v1/enrol", "application/json", bytes.NewReader(raw))
	h.must(err)
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	h.must(err)
	var reply wire.EnrolReply
	var no wire.EnrolRefusal
	if r.StatusCode == http.StatusOK {
		h.must(json.Unmarshal(answer, &reply))
	} else {
		h.must(json.Unmarshal(answer, &no))
	}
	return r.StatusCode, reply, no
}

// till enrols a terminal.
func (h *hub) till(merchant voucher.MerchantID, seed byte) *till {
	h.t.Helper()
	status, reply, no := h.post(enrolment(h.token(merchant, time.Hour), key(seed)))
	if status != http.StatusOK {
		h.t.Fatalf("enrolment: %d %+v", status, no)
	}
	return &till{h: h, t: h.t, id: reply.Terminal, key: key(seed)}
}

// dial opens the websocket and nothing more.
func (l *till) dial(header http.Header) (*http.Response, error) {
	d := websocket.Dialer{TLSClientConfig: l.h.trust(), EnableCompression: header.Get("X-Test") == "compress", HandshakeTimeout: 10 * time.Second}
	ws, answer, err := d.Dial("wss://"+l.h.addr+"/v1/terminal", header)
	if err != nil {
		return answer, err
	}
	l.ws = ws
	l.t.Cleanup(func() { ws.Close() })
	return answer, nil
}

func (l *till) connect() wire.Challenge {
	l.t.Helper()
	if _, err := l.dial(nil); err != nil {
		l.t.Fatal(err)
	}
	return expect[wire.Challenge](l)
}

func (l *till) hello(c wire.Challenge) wire.HelloBody {
	head := l.head()
	return wire.HelloBody{Nonce: c.Nonce, Protocol: wire.Protocol, Terminal: l.id, Epoch: 1, Last: uint64(len(l.raw)), Head: head[:], Law: l.law, Lease: l.lease.Serial, Version: "till 1", Ratchet: l.ratchet}
}

func (l *till) head() [32]byte {
	if len(l.raw) == 0 {
		return [32]byte{}
	}
	return wire.Hash(l.raw[len(l.raw)-1])
}

// enter connects, says hello, and takes welcome, law and lease where they are due.
func (l *till) enter() wire.Welcome {
	l.t.Helper()
	l.greet(l.hello(l.connect()))
	w := expect[wire.Welcome](l)
	if l.law == 0 {
		l.adopt(expect[wire.Law](l))
	}
	if l.lease.Serial == 0 && w.State == voucher.TerminalGood {
		l.borrow(expect[wire.Lease](l))
	}
	return w
}

func (l *till) greet(b wire.HelloBody) {
	l.t.Helper()
	signed, err := wire.Seal(b, l.key, wire.ForHello)
	l.h.must(err)
	l.send(wire.Hello{Signed: signed})
}

func (l *till) adopt(m wire.Law) wire.LawBody {
	l.t.Helper()
	var b wire.LawBody
	l.h.must(m.Open(&b, l.h.keys.HubPublic(), wire.ForLaw))
	if b.Revision <= l.law || b.Terminal != l.id || b.HubTime == 0 {
		l.t.Fatalf("a law of revision %d after %d for %s at %d", b.Revision, l.law, b.Terminal, b.HubTime)
	}
	l.law = b.Revision
	return b
}

// pushed waits for a law that nobody asked for.
func (l *till) pushed() wire.LawBody {
	l.t.Helper()
	return l.adopt(expect[wire.Law](l))
}

func (l *till) borrow(m wire.Lease) {
	l.t.Helper()
	var v voucher.Lease
	l.h.must(m.Open(&v, l.h.keys.HubPublic(), wire.ForLease))
	if v.Terminal != l.id || v.Serial <= l.lease.Serial {
		l.t.Fatalf("lease %+v after %+v", v, l.lease)
	}
	l.lease = v
}

func (l *till) send(m wire.Message) {
	l.t.Helper()
	frame, err := wire.Encode(m)
	l.h.must(err)
	l.sendRaw(websocket.BinaryMessage, frame)
}

func (l *till) sendRaw(kind int, frame []byte) {
	l.t.Helper()
	l.h.must(l.ws.WriteMessage(kind, frame))
}

// next reads one message.
func (l *till) next() (wire.Message, error) {
	l.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	kind, frame, err := l.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	if kind != websocket.BinaryMessage {
		return nil, fmt.Errorf("a message of kind %d", kind)
	}
	return wire.Decode(frame)
}

// expect reads one message of a kind and fails on any other.
func expect[M wire.Message](l *till) M {
	l.t.Helper()
	m, err := l.next()
	if err != nil {
		l.t.Fatalf("waiting for %T: %v\n%s", *new(M), err, l.h.log)
	}
	want, ok := m.(M)
	if !ok {
		l.t.Fatalf("got %T %+v, want %T", m, m, want)
	}
	return want
}

// farewell reads until the hub ends the session, and gives its last words and the close code.
func (l *till) farewell() (wire.Bye, int, error) {
	var bye *wire.Bye
	for {
		m, err := l.next()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok && bye != nil {
			return *bye, closed.Code, nil
		}
		if err != nil {
			return wire.Bye{}, 0, errors.Join(errNoFarewell, err)
		}
		if b, ok := m.(wire.Bye); ok {
			bye = &b
		}
	}
}

// record adds one to the chain and gives its number.
func (l *till) record(kind voucher.Kind, code voucher.Code, bill voucher.Fen) uint64 {
	l.t.Helper()
	r := voucher.Record{
		ID: voucher.RedemptionID{Terminal: l.id, Epoch: 1, Number: uint64(len(l.raw)) + 1}, Prev: l.head(), Kind: kind,
		At: time.Now().UnixMilli(), Heard: time.Now().UnixMilli(), Sure: true, WallClock: time.Now().UnixMilli(),
		Sale: &voucher.Redemption{Voucher: code.Body, Sight: code.Sight(), Bill: bill},
	}
	if kind == voucher.Accept {
		r.Lease = l.lease.Serial
	}
	raw, err := wire.EncodeRecord(&r)
	l.h.must(err)
	l.raw = append(l.raw, raw)
	return r.ID.Number
}

// frame is the records after a number, signed as they should be.
func (l *till) frame(after int) wire.Records {
	head := l.head()
	return wire.Records{Raw: l.raw[after:], Sig: wire.Sign(head[:], l.key, wire.ForRecords)}
}

// part is records after one number up to another.
func (l *till) part(after, to int) wire.Records {
	head := wire.Hash(l.raw[to-1])
	return wire.Records{Raw: l.raw[after:to], Sig: wire.Sign(head[:], l.key, wire.ForRecords)}
}

func (l *till) ack() wire.AckBody {
	l.t.Helper()
	m := expect[wire.Ack](l)
	var b wire.AckBody
	l.h.must(m.Open(&b, l.h.keys.HubPublic(), wire.ForAck))
	return b
}

// pulse asks for a sign of life, and passes over what else the hub has to say.
func (l *till) pulse() {
	l.t.Helper()
	l.send(wire.Status{})
	for {
		m, err := l.next()
		if err != nil {
			l.t.Fatalf("no pulse: %v", err)
		}
		if p, ok := m.(wire.Pulse); ok {
			var b wire.PulseBody
			l.h.must(p.Open(&b, l.h.keys.HubPublic(), wire.ForPulse))
			return
		}
	}
}
