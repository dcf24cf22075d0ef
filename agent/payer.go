package agent

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"hexiao/hub/voucher"
)

// payerOf hashes the name of a paying account with the key that the law gives all tills, so that the hub can tell that two
// bills were paid by one account and not by whom. Zero where there is no name, or no key: the name itself is never kept.
func (t *Core) payerOf(name string) voucher.Payer {
	law := t.law()
	if name = strings.TrimSpace(name); name == "" || law == nil || len(law.Payers) == 0 {
		return voucher.Payer{}
	}
	mac := hmac.New(sha256.New, law.Payers)
	mac.Write([]byte("hexiao payer 1\x00" + name))
	return voucher.Payer(mac.Sum(nil)[:8])
}
