package desk

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"hexiao/hub/voucher"
)

// Error is a request that the desk did not take: the status, and a sentence for the person at the other end. It travels
// as {"error":{"zh","en"}}.
type Error struct {
	Status int          `json:"-"`
	Text   voucher.Text `json:"error"`
}

// Error is the English sentence.
func (e *Error) Error() string { return e.Text.En }

func refused(status int, zh, en string) *Error { return &Error{status, voucher.Text{Zh: zh, En: en}} }

// admit tells whether a request may come in: spoken to a loopback name (else a page of the internet could reach us by
// pointing its own name at 127.0.0.1), not sent by a foreign page, and with the token where one is needed.
func (s *Server) admit(r *http.Request) *Error {
	switch {
	case !loopback(r.Host):
		return refused(http.StatusForbidden, "只能用 127.0.0.1 或 localhost 访问。", "The desk answers to 127.0.0.1 or localhost only.")
	case !ownPage(r):
		return refused(http.StatusForbidden, "不接受其他网页的请求。", "Requests of other web pages are refused.")
	case !open(r) && !s.bears(r):
		return refused(http.StatusUnauthorized, "缺少口令或口令不对；口令在数据目录的 desk.token 文件里。",
			"The token is missing or wrong; it stands in the file desk.token of the data folder.")
	}
	return nil
}

func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// ownPage: programs send no Origin; a browser's must be the very address that it speaks to.
func ownPage(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 0 || len(origins) == 1 && strings.EqualFold(origins[0], "http://"+r.Host)
}

// bears looks for the token in the header; the event stream may bring it in the query, because a browser's WebSocket
// cannot set headers.
func (s *Server) bears(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = ""
		if r.URL.Path == eventsPath {
			token = r.URL.Query().Get("token")
		}
	}
	return s.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}
