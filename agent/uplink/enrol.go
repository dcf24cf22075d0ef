package uplink

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

const (
	enrolPath    = "/v1/enrol"
	terminalPath = "/v1/terminal"
	enrolWait    = 20 * time.Second
	maxReply     = 64 << 10 // bytes of an answer to an enrolment; a good one has about 1 KiB
)

// Enrol makes the folder a terminal of the hub, with a token that `hexiao-hub terminal token` gave. The device key is
// made here and never leaves the PC; the token's secret is sent only to the hub whose CA the token names. A call whose
// answer was lost may be repeated with the same token: the hub answers the same terminal for the same key.
//
// It blocks for at most 20 s. Every error but the disk's is a *Trouble; ErrEnrolled, ErrOtherHub, ErrRefused and
// wire.ErrToken may be inside.
func Enrol(ctx context.Context, hub, token, dir, version string) (Identity, error) {
	t, err := wire.ParseToken(token)
	if err != nil {
		return Identity{}, trouble(err, "入网码不对或不完整；请从 `hexiao-hub terminal token` 的输出重新复制",
			"the token is wrong or lost a part; copy it again from `hexiao-hub terminal token`")
	}
	at, err := hubURL(hub)
	if err != nil {
		return Identity{}, err
	}
	if err := vacant(dir); err != nil {
		return Identity{}, err
	}
	key, err := device(dir)
	if err != nil {
		return Identity{}, fmt.Errorf("device key: %w", err)
	}
	reply, err := present(ctx, at, t, key, version)
	if err != nil {
		return Identity{}, explain(err, at.Host, time.Now())
	}
	return settle(dir, at, t, key, reply)
}

// hubURL reads how the hub is called: https, a host, and nothing behind it.
func hubURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, trouble(err, fmt.Sprintf("中心地址 %q 不对；应形如 https://hub.example:8443", text),
			fmt.Sprintf("%q is no address of a hub; one looks like https://hub.example:8443", text))
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// vacant makes the folder, and makes sure that no terminal lives there yet.
func vacant(dir string) error {
	if err := journal.MakeFolder(dir, 0o700); err != nil {
		return err
	}
	i, err := LoadIdentity(dir)
	if err == nil {
		return trouble(ErrEnrolled, fmt.Sprintf("目录 %s 已入网，终端 %s，商户 %s（%s）；如要另行入网，请换一个目录", dir, i.Terminal, i.Merchant, i.MerchantName),
			fmt.Sprintf("folder %s is already enrolled, as terminal %s of merchant %s (%s); use another folder for another terminal", dir, i.Terminal, i.Merchant, i.MerchantName))
	}
	if errors.Is(err, ErrNotEnrolled) {
		return nil
	}
	return err
}

// present shows the token to the hub.
func present(ctx context.Context, at *url.URL, t wire.Token, key ed25519.PrivateKey, version string) (wire.EnrolReply, error) {
	body, err := json.Marshal(wire.EnrolRequest{
		Secret: t.Secret[:], Public: key.Public().(ed25519.PublicKey), Proof: wire.Sign(t.Secret[:], key, wire.ForEnrol), Version: version,
	})
	if err != nil {
		return wire.EnrolReply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolWait)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, at.JoinPath(enrolPath).String(), bytes.NewReader(body))
	if err != nil {
		return wire.EnrolReply{}, err
	}
	q.Header.Set("Content-Type", "application/json")
	carrier := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: only(t.CA, at.Hostname()), DisableKeepAlives: true}
	defer carrier.CloseIdleConnections()
	client := http.Client{Transport: carrier, CheckRedirect: stay}
	r, err := client.Do(q)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	defer r.Body.Close()
	return readReply(r)
}

// stay refuses to carry the secret to where a redirect points.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// only is the TLS of a first meeting: nothing is known of the hub but the hash of its CA. The check runs inside the
// handshake, before anything is sent.
func only(ca [32]byte, host string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // in favour of VerifyConnection, which knows the one CA that counts
		VerifyConnection:   func(s tls.ConnectionState) error { return vouched(s.PeerCertificates, ca, host) },
	}
}

// vouched checks a chain: it holds the CA of that hash, the first certificate comes from it, and it names the host.
func vouched(chain []*x509.Certificate, ca [32]byte, host string) error {
	roots := x509.NewCertPool()
	found := false
	for _, c := range chain {
		if sha256.Sum256(c.Raw) == ca {
			roots.AddCert(c)
			found = true
		}
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
	if _, stranger := errors.AsType[x509.UnknownAuthorityError](err); !found || stranger {
		return trouble(ErrOtherHub, fmt.Sprintf("此入网码属于另一个中心，而不是 %s；请核对中心地址和入网码，入网码未发出", host),
			fmt.Sprintf("this token is of another hub than %s; check the address and the token. The token was not sent", host))
	}
	return err
}

func readReply(r *http.Response) (wire.EnrolReply, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxReply))
	if err != nil {
		return wire.EnrolReply{}, err
	}
	if r.StatusCode == http.StatusOK {
		var reply wire.EnrolReply
		if err := json.Unmarshal(raw, &reply); err != nil {
			return wire.EnrolReply{}, notAHub(err)
		}
		return reply, nil
	}
	var no wire.EnrolRefusal
	if err := json.Unmarshal(raw, &no); err != nil || no.Code == "" || no.Text == (voucher.Text{}) {
		return wire.EnrolReply{}, notAHub(fmt.Errorf("status %s", r.Status))
	}
	return wire.EnrolReply{}, &Trouble{Text: no.Text, Cause: fmt.Errorf("%w: %s", ErrRefused, no.Code)}
}

func notAHub(cause error) *Trouble {
	return trouble(cause, "该地址有回应，但不是核销中心的回应；请核对中心地址，或升级本机程序",
		"that address answers, but not as a hub does; check the address, or update this program")
}

// settle checks the hub's answer and keeps it.
func settle(dir string, at *url.URL, t wire.Token, key ed25519.PrivateKey, r wire.EnrolReply) (Identity, error) {
	if sha256.Sum256(r.CA) != t.CA {
		return Identity{}, notAHub(errors.New("its answer names another CA than the token"))
	}
	s := stored{
		Terminal: r.Terminal, Merchant: r.Merchant, Name: r.Name, Hub: at.String(),
		HubKey: r.HubKey, CA: r.CA, Device: key.Public().(ed25519.PublicKey),
	}
	i, err := s.identity("the hub's answer", key)
	if err != nil {
		return Identity{}, notAHub(err)
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return Identity{}, err
	}
	return i, keep(filepath.Join(dir, identityFile), append(raw, '\n'))
}
