package gate

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// maxEnrol bounds the body of an enrolment, which has about 300 bytes.
const maxEnrol = 4 << 10

// enrol lets one terminal in for good: POST /v1/enrol with wire.EnrolRequest, answered by wire.EnrolReply or a
// wire.EnrolRefusal. The same PC asking again with the same token gets the same answer, because the first may be lost.
func (g *Gate) enrol(w http.ResponseWriter, r *http.Request) {
	now := g.now()
	if wait := max(g.enrols.take(remote(r), now), g.allEnrol.take(everybody, now)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		g.refuse(w, r, http.StatusTooManyRequests, "too_many_requests", "入网请求过于频繁，请稍后重试。", "Too many enrolments from here; try again in a moment.")
		return
	}
	q, ok := readEnrolment(w, r)
	if !ok {
		g.refuse(w, r, http.StatusBadRequest, "bad_request", "入网请求无法读取；请更新本机程序。", "The request cannot be read; update the program on this PC.")
		return
	}
	if !wire.Verify(q.Secret, q.Proof, ed25519.PublicKey(q.Public), wire.ForEnrol) {
		g.refuse(w, r, http.StatusBadRequest, "bad_request", "本机未能证明持有其密钥；请重新入网。", "This PC did not prove that it holds its key; enrol again.")
		return
	}
	t, err := g.o.Ledger.Enrol(r.Context(), ledger.Enrolment{Hash: wire.HashSecret(q.Secret), Key: q.Public, Version: plain(q.Version)})
	if no, refused := errors.AsType[*ledger.Refusal](err); refused {
		g.refuse(w, r, http.StatusForbidden, no.Code, no.Text.Zh, no.Text.En)
		return
	}
	m, _, err2 := g.o.Ledger.Merchant(r.Context(), t.Merchant)
	if err = errors.Join(err, err2); err != nil {
		g.log.Error("enrolment failed", "from", r.RemoteAddr, "err", err)
		g.metrics.enrolments.WithLabelValues("fault").Inc()
		writeRefusal(w, http.StatusInternalServerError, "fault", "中心内部错误，请稍后用同一入网码重试。", "Internal error of the hub; try again later with the same token.")
		return
	}
	g.metrics.enrolments.WithLabelValues("ok").Inc()
	g.log.Info("terminal enrolled", "terminal", t.ID, "merchant", t.Merchant, "from", r.RemoteAddr)
	writeJSON(w, http.StatusOK, wire.EnrolReply{Terminal: t.ID, Merchant: t.Merchant, Name: m.Name, HubKey: g.o.Hub.Public().(ed25519.PublicKey), CA: g.o.CA})
}

// readEnrolment takes fields that it does not know: agents and hub are never updated on the same day.
func readEnrolment(w http.ResponseWriter, r *http.Request) (wire.EnrolRequest, bool) {
	var q wire.EnrolRequest
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnrol))
	if d.Decode(&q) != nil || d.Decode(new(any)) != io.EOF {
		return q, false
	}
	return q, len(q.Secret) == len(wire.Token{}.Secret) && len(q.Public) == ed25519.PublicKeySize && len(q.Proof) == ed25519.SignatureSize
}

// refuse answers and notes a refusal. The code comes from a small fixed set.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, status int, code, zh, en string) {
	g.metrics.enrolments.WithLabelValues(code).Inc()
	g.log.Warn("enrolment refused", "from", r.RemoteAddr, "code", code)
	writeRefusal(w, status, code, zh, en)
}

func writeRefusal(w http.ResponseWriter, status int, code, zh, en string) {
	writeJSON(w, status, wire.EnrolRefusal{Code: code, Text: voucher.Text{Zh: zh, En: en}})
}
