package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Errors for a caller that must choose. All come inside a *Trouble.
var (
	// ErrNotEnrolled: the folder holds no identity. From LoadIdentity.
	ErrNotEnrolled = errors.New("not enrolled")
	// ErrEnrolled: the folder holds an identity already. From Enrol.
	ErrEnrolled = errors.New("already enrolled")
	// ErrOtherHub: whoever answers is not the hub of the token, or of the identity. The secret was not sent.
	ErrOtherHub = errors.New("another hub")
	// ErrRefused: the hub refuses, and says why.
	ErrRefused = errors.New("refused by the hub")
)

// Trouble is an error with the sentence a person is shown: what is wrong, and what to do.
type Trouble struct {
	Text  voucher.Text
	Cause error // nil when the sentence says all
}

// Error gives the sentence in both languages, and the cause.
func (t *Trouble) Error() string {
	if t.Cause == nil {
		return fmt.Sprintf("%s (%s)", t.Text.En, t.Text.Zh)
	}
	return fmt.Sprintf("%s (%s): %v", t.Text.En, t.Text.Zh, t.Cause)
}

// Unwrap gives the cause.
func (t *Trouble) Unwrap() error { return t.Cause }

func trouble(cause error, zh, en string) *Trouble {
	return &Trouble{voucher.Text{Zh: zh, En: en}, cause}
}

// explain finds the sentence for what went wrong on the way to a hub. host is how the hub is called, now what this PC's
// clock says.
func explain(err error, host string, now time.Time) *Trouble {
	if t, ok := errors.AsType[*Trouble](err); ok {
		return t
	}
	if t := explainCertificate(err, host, now); t != nil {
		return t
	}
	switch {
	case errors.Is(err, wire.ErrSignature):
		return trouble(err, "收到的内容没有中心的签名，未采用；请联系技术支持", "what came was not signed by the hub and was not used; call support")
	case errors.Is(err, wire.ErrFrame), errors.Is(err, websocket.ErrReadLimit):
		return trouble(err, "看不懂中心发来的内容；请升级本机程序", "what the hub sent cannot be read; update this program")
	case errors.Is(err, journal.ErrOther):
		return trouble(err, "中心发来了别的终端的内容，未采用；请联系技术支持", "the hub sent what belongs to another terminal; it was not used, call support")
	case errors.Is(err, journal.ErrFull):
		return trouble(err, "本机磁盘已满，中心的答复无法保存；请清理磁盘", "this PC's disk is full, and the hub's answers cannot be kept; free some space")
	case errors.Is(err, journal.ErrBroken), errors.Is(err, journal.ErrDamaged):
		return trouble(err, "本机日志无法写入；请重启程序并检查磁盘", "this PC's journal cannot be written; restart the program and check the disk")
	}
	return explainNetwork(err, host)
}

func explainCertificate(err error, host string, now time.Time) *Trouble {
	if bad, ok := errors.AsType[x509.CertificateInvalidError](err); ok && bad.Reason == x509.Expired {
		day := now.Format(time.DateTime)
		return trouble(err, fmt.Sprintf("中心的证书此刻无效；请核对本机的日期和时间（现在显示 %s）", day),
			fmt.Sprintf("the hub's certificate is not valid now; check this PC's date and time (it says %s)", day))
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return trouble(err, fmt.Sprintf("中心的证书不含地址 %s；请核对中心地址", host),
			fmt.Sprintf("the hub's certificate does not name %s; check the hub's address", host))
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	if unknown || bad {
		return trouble(errors.Join(ErrOtherHub, err), fmt.Sprintf("%s 不是本机入网的中心（或中间有代理）；请核对网络", host),
			fmt.Sprintf("%s is not the hub this PC enrolled with, or something stands between; check the network", host))
	}
	return nil
}

func explainNetwork(err error, host string) *Trouble {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return trouble(err, fmt.Sprintf("找不到中心 %s；请检查网线、路由器和中心地址", host),
			fmt.Sprintf("the hub %s cannot be found; check the cable, the router and the hub's address", host))
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case ok && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return trouble(err, fmt.Sprintf("中心 %s 没有回应；请检查网络，程序会自动重试", host),
			fmt.Sprintf("the hub %s does not answer; check the network, it is tried again by itself", host))
	case errors.Is(err, websocket.ErrBadHandshake):
		return trouble(err, fmt.Sprintf("%s 有回应，但不是核销中心，或暂不接待；请核对中心地址", host),
			fmt.Sprintf("%s answers, but not as a hub, or not now; check the hub's address", host))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isClose(err):
		return trouble(err, fmt.Sprintf("与中心 %s 的连接断开，程序会自动重连", host),
			fmt.Sprintf("the line to the hub %s was cut; it is tried again by itself", host))
	}
	return trouble(err, fmt.Sprintf("连不上中心 %s；请检查网线和路由器，程序会自动重试", host),
		fmt.Sprintf("the hub %s cannot be reached; check the cable and the router, it is tried again by itself", host))
}

func isClose(err error) bool {
	_, ok := errors.AsType[*websocket.CloseError](err)
	return ok
}
