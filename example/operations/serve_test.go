package operations

import (
	"net"
	"net/netip"
	"testing"
)

func TestReachable(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80": "localhost:80",
		"0.0.0.0:80":   "localhost:80",
		"[::]:80":      "localhost:80",
		"[::1]:80":     "localhost:80",
		"192.0.2.1:80": "192.0.2.1:80",
	} {
		tcp := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))
		if got := Reachable(tcp); got != want {
			t.Errorf("%s is reachable at %s, want %s", address, got, want)
		}
	}
}
