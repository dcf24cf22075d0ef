package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
)

// hubWait is how long a hub may take to say that it lives.
const hubWait = 10 * time.Second

// hub calls the hub over TLS as the uplink would, with the enrolled CA alone, and compares the clocks.
func (c *checkup) hub(ctx context.Context, i uplink.Identity) {
	ctx, cancel := context.WithTimeout(ctx, hubWait)
	defer cancel()
	roots := x509.NewCertPool()
	roots.AddCert(i.CA)
	carrier := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}, DisableKeepAlives: true}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, i.Hub+"/livez", nil)
	if err != nil {
		c.add("hub", bad, err.Error(), err.Error())
		return
	}
	began := time.Now()
	answer, err := carrier.RoundTrip(r)
	if err != nil {
		c.hubFailed(i.Hub, err)
		return
	}
	answer.Body.Close()
	took := time.Since(began)
	if answer.StatusCode != http.StatusOK {
		c.add("hub", bad, fmt.Sprintf("%s 有回应（%s），但不像核销中心；请核对网络和代理", i.Hub, answer.Status),
			fmt.Sprintf("%s answers (%s), but not as a hub; check the network and any proxy", i.Hub, answer.Status))
		return
	}
	c.add("hub", fine, fmt.Sprintf("%s 通，证书正确，%d 毫秒", i.Hub, took.Milliseconds()),
		fmt.Sprintf("%s answers, its certificate is right, %d ms", i.Hub, took.Milliseconds()))
	c.clock(answer.Header.Get("Date"), began.Add(took/2))
}

func (c *checkup) hubFailed(hub string, err error) {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		c.add("hub", bad, "中心的证书此刻无效；请先核对本机的日期和时间（现在显示 "+time.Now().Format(time.DateTime)+"）",
			"the hub's certificate is not valid now; check this PC's date and time first (it says "+time.Now().Format(time.DateTime)+")")
		return
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		c.add("hub", bad, hub+" 不是本机登记的中心，或中间有代理："+err.Error(), hub+" is not the hub that this PC enrolled with, or something stands between: "+err.Error())
		return
	}
	c.add("hub", bad, "连不上中心 "+hub+"；请检查网线、路由器和地址："+err.Error(), "the hub "+hub+" cannot be reached; check the cable, the router and the address: "+err.Error())
}

// clock compares this PC's clock with the hub's, which an HTTP answer gives to the second.
func (c *checkup) clock(date string, at time.Time) {
	hub, err := http.ParseTime(date)
	if err != nil {
		c.add("clock", warn, "中心没有报时，时钟未核对", "the hub gave no time; the clock was not compared")
		return
	}
	off := at.Sub(hub.Add(500 * time.Millisecond)).Round(time.Second)
	if off.Abs() > journal.Slack {
		c.add("clock", warn, fmt.Sprintf("本机时间与中心差 %v；请改成现在的北京时间并打开自动对时", off), fmt.Sprintf("this PC's clock is %v off the hub's; set it right and switch on time synchronisation", off))
		return
	}
	c.add("clock", fine, "本机时间与中心一致", "this PC's clock agrees with the hub's")
}
