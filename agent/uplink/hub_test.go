package uplink_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const till voucher.TerminalID = "T000001"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// authority is a CA and a certificate of it for a hub at "hub.test" and 127.0.0.1.
type authority struct {
	ca   *x509.Certificate
	leaf tls.Certificate // with the CA in its chain
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	from := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hub CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, from, from, &caKey.PublicKey, caKey)
	must(t, err)
	ca, err := x509.ParseCertificate(der)
	must(t, err)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "hub"}, NotBefore: from.NotBefore, NotAfter: from.NotAfter,
		DNSNames: []string{"hub.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err = x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	must(t, err)
	return authority{ca, tls.Certificate{Certificate: [][]byte{der, ca.Raw}, PrivateKey: key}}
}

func (a authority) hash() [32]byte { return sha256.Sum256(a.ca.Raw) }

// hub speaks the hub's side of wire, and does as it is told: each connection takes the next act of the script, and
// behaves well when there is none left.
type hub struct {
	authority
	t      testing.TB
	key    ed25519.PrivateKey
	device ed25519.PublicKey
	law    wire.LawBody
	lease  voucher.Lease
	judge  func(*voucher.Record) voucher.Outcome
	door   func(http.ResponseWriter, *http.Request) bool // answers in place of the websocket when it says false

	mu       sync.Mutex // guards the rest
	epoch    uint32     // of the terminal
	gen      []byte     // its generation
	waits    bool       // it was put back to an older state and decides nothing new
	proven   int        // records it took with a proof
	strays   [][]byte   // other records under known numbers
	ticks    uint64     // of the ratchet, over all connections
	script   []func(*visit)
	visits   int
	chain    [][]byte
	words    []voucher.Outcome
	received int // records, again ones counted again
	statuses []wire.Status
	hellos   []wire.HelloBody
	inside   map[*visit]bool
	lives    sync.WaitGroup
}

// newHub makes a hub that knows one device.
func newHub(t testing.TB) (*hub, uplink.Identity) {
	t.Helper()
	pub, device, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	h := &hub{authority: newAuthority(t), t: t, key: key, device: pub, epoch: 1, inside: map[*visit]bool{}}
	h.law = wire.LawBody{
		Revision: 1, Terminal: till, State: voucher.TerminalGood, Merchant: voucher.Merchant{Code: "M0001", Status: voucher.MerchantActive},
		Campaign: voucher.Campaign{ID: "lushan", Number: 7, StockAt: voucher.AtClaim,
			Phases: []voucher.Phase{{No: 1}}, Tiers: []voucher.Tier{{No: 1, Face: 1000, Threshold: 5000}}},
	}
	h.lease = voucher.Lease{Terminal: till, Epoch: 1, Serial: 1, Campaign: "lushan", Until: 1 << 50, Count: 1000, Sum: 1 << 40}
	h.judge = func(*voucher.Record) voucher.Outcome { return voucher.Outcome{Result: voucher.Redeemed} }
	return h, uplink.Identity{Terminal: till, Merchant: "M0001", Hub: "https://hub.test:8443", HubKey: key.Public().(ed25519.PublicKey), CA: h.ca, Device: device}
}

// serve lets the hub answer on a listener until stop.
func (h *hub) serve(ln net.Listener) (stop func()) {
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	var serving sync.WaitGroup
	serving.Go(func() {
		server.Serve(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{h.leaf}, MinVersion: tls.VersionTLS13}))
	})
	return func() {
		server.Close()
		serving.Wait()
		h.lives.Wait()
	}
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/terminal" || r.Header.Get("Origin") != "" || r.Header.Get("Sec-WebSocket-Extensions") != "" {
		h.t.Errorf("%s with %v", r.URL, r.Header)
	}
	if h.door != nil && !h.door(w, r) {
		return
	}
	up := websocket.Upgrader{}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	h.mu.Lock()
	act := (*visit).behave
	if h.visits < len(h.script) {
		act = h.script[h.visits]
	}
	h.visits++
	v := &visit{hub: h, ws: ws}
	h.inside[v] = true
	h.mu.Unlock()
	h.lives.Go(func() {
		defer v.cut()
		act(v)
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.inside, v)
	})
}

// cutAll cuts every line.
func (h *hub) cutAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.inside {
		v.cut()
	}
}

// visit is one connection as the hub sees it.
type visit struct {
	hub   *hub
	ws    *websocket.Conn
	nonce []byte
}

// cut ends the connection as a cable does.
func (v *visit) cut() { v.ws.NetConn().(*tls.Conn).NetConn().Close() }

func (v *visit) send(m wire.Message) {
	frame, err := wire.Encode(m)
	must(v.hub.t, err)
	v.ws.WriteMessage(websocket.BinaryMessage, frame)
}

// next is the next message; nil when the line is gone.
func (v *visit) next() wire.Message {
	_, frame, err := v.ws.ReadMessage()
	if err != nil {
		return nil
	}
	m, err := wire.Decode(frame)
	if err != nil || len(frame) > wire.MaxUp {
		v.hub.t.Errorf("a frame of %d bytes: %v", len(frame), err)
	}
	return m
}

// behave is a good hub's conversation.
func (v *visit) behave() {
	if v.challenge() && v.welcome() {
		v.talk(func(m wire.Message) bool { v.answer(m); return true })
	}
}

// inside does something once the terminal is in.
func inside(do func(v *visit)) func(*visit) {
	return func(v *visit) {
		if v.challenge() && v.welcome() {
			do(v)
		}
	}
}

func (v *visit) challenge() bool {
	v.nonce = make([]byte, 32)
	rand.Read(v.nonce)
	v.hub.mu.Lock()
	gen := v.hub.gen
	v.hub.mu.Unlock()
	v.send(wire.Challenge{Nonce: v.nonce, HubTime: time.Now().UnixMilli(), Generation: gen})
	hello, ok := v.next().(wire.Hello)
	if !ok {
		return false
	}
	var b wire.HelloBody
	if err := hello.Open(&b, v.hub.device, wire.ForHello); err != nil || !bytes.Equal(b.Nonce, v.nonce) || b.Terminal != till || b.Protocol != wire.Protocol {
		v.hub.t.Errorf("hello %+v: %v", b, err)
	}
	v.hub.mu.Lock()
	defer v.hub.mu.Unlock()
	v.hub.hellos = append(v.hub.hellos, b)
	return true
}

func (v *visit) welcome() bool {
	h := v.hub
	h.mu.Lock()
	w := wire.Welcome{Last: uint64(len(h.chain))}
	if w.Last > 0 {
		head := wire.Hash(h.chain[w.Last-1])
		w.Head = head[:]
	}
	had := h.hellos[len(h.hellos)-1]
	h.mu.Unlock()
	v.send(w)
	if had.Law < h.law.Revision {
		v.send(wire.Law{Signed: v.seal(h.law, wire.ForLaw)})
	}
	if had.Lease < h.lease.Serial {
		v.send(wire.Lease{Signed: v.seal(h.lease, wire.ForLease)})
	}
	return true
}

func (v *visit) seal(body any, p wire.Purpose) wire.Signed {
	s, err := wire.Seal(body, v.hub.key, p)
	must(v.hub.t, err)
	return s
}

// talk hears messages until the line is gone or do says that it is enough.
func (v *visit) talk(do func(wire.Message) bool) {
	for {
		m := v.next()
		if m == nil || !do(m) {
			return
		}
	}
}

func (v *visit) answer(m wire.Message) {
	switch m := m.(type) {
	case wire.Records:
		v.send(wire.Ack{Signed: v.seal(v.record(m), wire.ForAck)})
	case wire.Status:
		v.hub.mu.Lock()
		v.hub.statuses = append(v.hub.statuses, m)
		v.hub.mu.Unlock()
		v.send(wire.Pulse{Signed: v.seal(wire.PulseBody{HubTime: time.Now().UnixMilli(), Ratchet: v.tick()}, wire.ForPulse)})
	default:
		v.hub.t.Errorf("%T from a terminal", m)
	}
}

// tick turns the ratchet. Its secret is the tick itself, which is enough for a terminal that only gives it back.
func (v *visit) tick() wire.Ratchet {
	v.hub.mu.Lock()
	defer v.hub.mu.Unlock()
	return v.hub.turn()
}

func (h *hub) turn() wire.Ratchet {
	h.ticks++
	return wire.Ratchet{Turn: uint64(h.visits), Tick: h.ticks, Secret: binary.BigEndian.AppendUint64(nil, h.ticks)}
}

// proof reads the ack that records come with again: the words that this hub has lost.
func (h *hub) proof(m wire.Records) map[uint64]voucher.Outcome {
	if m.Proof == nil {
		return nil
	}
	var ack wire.AckBody
	if err := m.Proof.Open(&ack, h.key.Public().(ed25519.PublicKey), wire.ForAck); err != nil {
		h.t.Errorf("proof: %v", err)
	}
	words := map[uint64]voucher.Outcome{}
	for _, o := range ack.Outcomes {
		words[o.ID.Number] = o
	}
	return words
}

// record takes records in: new ones that follow get an outcome, known ones the same again. A hub that was put back stops
// before the first new one that comes without proof.
func (v *visit) record(m wire.Records) wire.AckBody {
	h := v.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	head := wire.Hash(m.Raw[len(m.Raw)-1])
	if len(m.Raw) > wire.MaxRecords || !wire.Verify(head[:], m.Sig, h.device, wire.ForRecords) {
		h.t.Errorf("a frame of %d records, or its signature is wrong", len(m.Raw))
	}
	ack := wire.AckBody{Terminal: till, Epoch: h.epoch, HubTime: time.Now().UnixMilli(), Ratchet: h.turn()}
	words := h.proof(m)
	for _, raw := range m.Raw {
		word, err := h.take(raw, words)
		if err == errNotYet {
			break
		}
		if err != nil {
			h.t.Error(err)
			break
		}
		ack.Outcomes = append(ack.Outcomes, word)
		if n := word.ID.Number; n <= uint64(len(h.chain)) && bytes.Equal(h.chain[n-1], raw) {
			answered := wire.Hash(raw)
			ack.Answered = answered[:]
		}
	}
	h.received += len(m.Raw)
	if ack.Last = uint64(len(h.chain)); ack.Last > 0 {
		head := wire.Hash(h.chain[ack.Last-1])
		ack.Head = head[:]
	}
	return ack
}

func (h *hub) tip() (hash [32]byte) {
	if len(h.chain) > 0 {
		hash = wire.Hash(h.chain[len(h.chain)-1])
	}
	return hash
}

// stray takes in a record of another chain. It is never paid by itself.
func (h *hub) stray(id voucher.RedemptionID, raw []byte) voucher.Outcome {
	if !slices.ContainsFunc(h.strays, func(had []byte) bool { return bytes.Equal(had, raw) }) {
		h.strays = append(h.strays, raw)
	}
	return voucher.Outcome{ID: id, Result: voucher.Disputed, Reason: voucher.TerminalIsFrozen, Case: 1, At: 5}
}

var errNotYet = errors.New("not decided before all have reported")

func (h *hub) take(raw []byte, proven map[uint64]voucher.Outcome) (voucher.Outcome, error) {
	r, err := wire.DecodeRecord(raw)
	if err != nil {
		return voucher.Outcome{}, err
	}
	if n := r.ID.Number; n <= uint64(len(h.chain)) {
		if bytes.Equal(h.chain[n-1], raw) {
			return h.words[n-1], nil
		}
		return h.stray(r.ID, raw), nil
	} else if prev := h.tip(); r.Prev != prev && len(h.strays) > 0 {
		return h.stray(r.ID, raw), nil // behind another stray
	} else if n != uint64(len(h.chain))+1 {
		if h.waits {
			return voucher.Outcome{}, errNotYet // what stands before it waits as well
		}
		return voucher.Outcome{}, errors.New("a gap in the chain")
	}
	word, is := proven[r.ID.Number]
	switch {
	case is:
		h.proven++
	case proven != nil:
		return voucher.Outcome{}, errors.New("a proof that does not speak of its record")
	case h.waits:
		return voucher.Outcome{}, errNotYet
	default:
		word = h.judge(r)
		word.ID, word.At = r.ID, time.Now().UnixMilli()
	}
	h.chain, h.words = append(h.chain, raw), append(h.words, word)
	return word, nil
}

// count reads one of the numbers under the lock.
func (h *hub) count(what func(*hub) int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return what(h)
}
