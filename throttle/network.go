package throttle

import "net/netip"

// Network returns the network of an IP address, as the name of a subject: an IPv4
// address by itself, and the /64 of an IPv6 address, since one client has at least
// that many. IPv4 addresses in IPv6 form (::ffff:192.0.2.1) are IPv4 addresses. Text
// that is no address gives "", one network for all such clients.
//
// Pass an address that the client cannot choose: behind a proxy, gin's ClientIP with
// SetTrustedProxies. Some providers give a client a /56 or a /48, which is 256 or
// 65,536 networks. The limit per account still applies to them.
func Network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 32
	if address = address.Unmap(); address.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(address.WithZone(""), bits).Masked().String()
}
