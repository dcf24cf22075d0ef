package registry

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// names is what a server certificate is made out to, in order and each once.
type names struct {
	dns []string
	ips []string // as netip.Addr writes them
}

// wantedNames are the names given, and those that are always in the certificate. A host's own name that no certificate
// can carry (some PCs have Chinese ones) is left out: nobody reaches the hub by it.
func wantedNames(given []string) (names, error) {
	all := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil && dnsName(strings.ToLower(host)) {
		all = append(all, host)
	}
	var n names
	for _, name := range append(all, given...) {
		name = strings.TrimSuffix(strings.ToLower(name), ".")
		if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" {
			n.ips = append(n.ips, ip.Unmap().String())
		} else if dnsName(name) {
			n.dns = append(n.dns, name)
		} else {
			return names{}, fmt.Errorf("%q is neither a DNS name nor an IP address; give names as terminals use them, without https:// and port"+
				" (%q 既不是域名也不是 IP 地址；请填写终端所用的名称，不带 https:// 和端口)", name, name)
		}
	}
	return n.sorted(), nil
}

func namesOf(dns []string, ips []net.IP) names {
	n := names{dns: slices.Clone(dns)}
	for _, ip := range ips {
		addr, _ := netip.AddrFromSlice(ip)
		n.ips = append(n.ips, addr.Unmap().String())
	}
	return n.sorted()
}

func (n names) sorted() names {
	slices.Sort(n.dns)
	slices.Sort(n.ips)
	return names{slices.Compact(n.dns), slices.Compact(n.ips)}
}

func (n names) equal(o names) bool { return slices.Equal(n.dns, o.dns) && slices.Equal(n.ips, o.ips) }

func (n names) addresses() []net.IP {
	var ips []net.IP
	for _, ip := range n.ips {
		ips = append(ips, net.ParseIP(ip))
	}
	return ips
}

// dnsName tells whether a lower-case name can stand in a certificate: labels of letters, digits and hyphens (RFC 1123,
// 2.1), the first of which may be "*".
func dnsName(name string) bool {
	labels := strings.Split(name, ".")
	if len(labels) > 1 && labels[0] == "*" {
		labels = labels[1:]
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	return len(name) <= 253
}
