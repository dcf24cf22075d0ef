package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"

	"hexiao/hub/voucher"
)

// ErrToken: the text is no enrolment token, or lost a part on its way.
var ErrToken = errors.New("not an enrolment token; one begins with hxt1. and is given by `hexiao-hub terminal token`")

const tokenPrefix = "hxt1."

// Token lets one terminal enrol once. It carries the hash of the hub's CA, which the agent checks before it sends the
// secret, so that a token shown to a false hub gives nothing away.
type Token struct {
	CA     [32]byte // SHA-256 of the CA certificate's DER
	Secret [20]byte
}

// NewToken makes a token with a fresh secret.
func NewToken(ca [32]byte) Token {
	t := Token{CA: ca}
	rand.Read(t.Secret[:])
	return t
}

// ParseToken reads what Text wrote; it returns ErrToken.
func ParseToken(text string) (Token, error) {
	body, ok := strings.CutPrefix(strings.TrimSpace(text), tokenPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if !ok || err != nil || len(raw) != 32+20+4 {
		return Token{}, ErrToken
	}
	var t Token
	copy(t.CA[:], raw)
	copy(t.Secret[:], raw[32:])
	if sum := t.check(); string(sum[:4]) != string(raw[52:]) {
		return Token{}, ErrToken
	}
	return t, nil
}

// Text is the token as a technician types or pastes it. The last four bytes are a checksum.
func (t Token) Text() string {
	sum := t.check()
	raw := append(append(append([]byte{}, t.CA[:]...), t.Secret[:]...), sum[:4]...)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

func (t Token) check() [32]byte {
	return sha256.Sum256(append(append([]byte("hexiao token 1\x00"), t.CA[:]...), t.Secret[:]...))
}

// Hash is what the hub keeps of the secret.
func (t Token) Hash() [32]byte { return HashSecret(t.Secret[:]) }

// HashSecret is Hash for a secret that came by itself.
func HashSecret(secret []byte) [32]byte {
	return sha256.Sum256(append([]byte("hexiao token secret 1\x00"), secret...))
}

// LogValue hides the token.
func (t Token) LogValue() slog.Value { return slog.StringValue("enrolment token") }

// String hides the token; Text gives it in clear.
func (t Token) String() string { return "enrolment token" }

// EnrolRequest is the body of POST /v1/enrol, as JSON. The device key never leaves the PC: only its public half is sent.
type EnrolRequest struct {
	Secret  []byte `json:"secret"`
	Public  []byte `json:"public"` // Ed25519, 32 bytes
	Proof   []byte `json:"proof"`  // signature of the device key over the secret, for ForEnrol
	Version string `json:"version"`
}

// ForEnrol is the purpose of EnrolRequest.Proof.
const ForEnrol Purpose = "hexiao enrol 1\x00"

// EnrolReply is the answer to a good EnrolRequest.
type EnrolReply struct {
	Terminal voucher.TerminalID `json:"terminal"`
	Merchant voucher.MerchantID `json:"merchant"`
	Name     string             `json:"name"`    // the merchant's, for the technician to compare
	HubKey   []byte             `json:"hub_key"` // Ed25519 public key that law, leases and acks are signed with
	CA       []byte             `json:"ca"`      // DER of the hub's CA certificate
}

// EnrolRefusal is the answer to any other, with status 403 or 400.
type EnrolRefusal struct {
	Code string       `json:"code"` // "token_used", "token_expired", "token_unknown", "bad_request", "merchant_suspended"
	Text voucher.Text `json:"text"`
}
