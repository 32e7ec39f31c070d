package throttle

import "testing"

func TestNetwork(t *testing.T) {
	for _, tt := range []struct{ name, ip, want string }{
		{"an IPv4 address is a network of its own", "192.0.2.1", "192.0.2.1/32"},
		{"an IPv4 address in IPv6 form is the same", "::ffff:192.0.2.1", "192.0.2.1/32"},
		{"an IPv6 address is its /64", "2001:db8::1", "2001:db8::/64"},
		{"another address of that /64 is the same", "2001:db8:0:0:ffff::1", "2001:db8::/64"},
		{"the next /64 is another", "2001:db8:0:1::1", "2001:db8:0:1::/64"},
		{"a zone makes no difference", "fe80::1%eth0", "fe80::/64"},
		{"text that is no address", "not an address", ""},
		{"nothing", "", ""},
	} {
		if got := Network(tt.ip); got != tt.want {
			t.Errorf("%s: %q is in %q, want %q", tt.name, tt.ip, got, tt.want)
		}
	}
}
