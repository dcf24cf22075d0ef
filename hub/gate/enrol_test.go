package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestEnrolment(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	k := h.token("M1", time.Hour)
	status, reply, _ := h.post(enrolment(k, key(1)))
	if status != http.StatusOK || reply.Terminal == "" || reply.Merchant != "M1" || reply.Name != "鲁山超市" ||
		!bytes.Equal(reply.HubKey, h.keys.HubPublic()) || !bytes.Equal(reply.CA, h.keys.CA()) {
		t.Fatalf("%d %+v", status, reply)
	}
	expired := h.token("M1", -time.Second)
	suspended := h.token("M2", time.Hour)
	h.must(h.ledger.SetMerchantStatus(ctx, "M2", voucher.MerchantSuspended, ""))
	false_ := enrolment(h.token("M1", time.Hour), key(1))
	false_.Proof = wire.Sign(false_.Secret, key(2), wire.ForEnrol)
	newer := bytes.Replace(asJSON(t, enrolment(h.token("M1", time.Hour), key(7))), []byte("{"), []byte(`{"tpm":"later",`), 1)
	for _, c := range []struct {
		name   string
		ask    any
		status int
		code   string
	}{
		{"the same PC again, its answer was lost", enrolment(k, key(1)), http.StatusOK, ""},
		{"another PC with the same token", enrolment(k, key(2)), http.StatusForbidden, "token_used"},
		{"a token of another hub", enrolment(wire.NewToken([32]byte{}), key(3)), http.StatusForbidden, "token_unknown"},
		{"a token of yesterday", enrolment(expired, key(3)), http.StatusForbidden, "token_expired"},
		{"a merchant that is suspended", enrolment(suspended, key(3)), http.StatusForbidden, "merchant_suspended"},
		{"a key that it does not hold", false_, http.StatusBadRequest, "bad_request"},
		{"a program with fields from the future", newer, http.StatusOK, ""},
		{"no JSON", []byte("hello"), http.StatusBadRequest, "bad_request"},
		{"half a key", []byte(`{"secret":"AAAA","public":"AAAA","proof":"AAAA"}`), http.StatusBadRequest, "bad_request"},
		{"two requests at once", append(asJSON(t, enrolment(k, key(1))), "{}"...), http.StatusBadRequest, "bad_request"},
		{"a megabyte", []byte(`{"version":"` + strings.Repeat("x", 1<<20) + `"}`), http.StatusBadRequest, "bad_request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, again, no := h.post(c.ask)
			if status != c.status || no.Code != c.code || (c.code != "") != (no.Text.Zh != "" && no.Text.En != "") {
				t.Fatalf("%d %+v %+v", status, again, no)
			}
			if c.code == "" && strings.HasPrefix(c.name, "the same PC") && again.Terminal != reply.Terminal {
				t.Errorf("%s, then %s", reply.Terminal, again.Terminal)
			}
		})
	}
	if log := h.log.String(); strings.Contains(log, k.Text()) || !strings.Contains(log, "token_used") {
		t.Errorf("the log shows a token, or no refusal:\n%s", log)
	}
}

func TestTooManyEnrolments(t *testing.T) {
	h := open(t)
	for range 100 {
		status, _, no := h.post(enrolment(wire.NewToken([32]byte{}), key(1)))
		if status == http.StatusTooManyRequests {
			if no.Text.Zh == "" || h.metric(`hexiao_enrolments_total{result="too_many_requests"}`) != "1" {
				t.Errorf("%+v", no)
			}
			return
		}
	}
	t.Fatal("a hundred guesses in a row were listened to")
}

func asJSON(t *testing.T, v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
