package visit

import (
	"net/http"
	"strings"
	"testing"
	"unsafe"

	"github.com/gin-gonic/gin"
)

func init() { gin.SetMode(gin.ReleaseMode) }

func TestTheNetworkOfAnAddress(t *testing.T) {
	for _, row := range []struct{ name, address, want string }{
		{"an IPv4 address is its own", "192.0.2.1", "192.0.2.1"},
		{"of an IPv6 address it is the /64", "2001:db8:1:2::1", "2001:db8:1:2::"},
		{"the device's half of an IPv6 address does not count", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"},
		{"the /64 beside it is another", "2001:db8:1:3::1", "2001:db8:1:3::"},
		{"an IPv6 address that is written out is the same", "2001:0DB8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::"},
		{"IPv4 mapped into IPv6 is the IPv4 address", "::ffff:192.0.2.1", "192.0.2.1"},
		{"a zone does not count", "fe80::1%eth0", "fe80::"},
		{"text that is no address stays", "a:b", "a:b"},
		{"the address of a Unix socket stays", "@", "@"},
		{"no address stays none", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := network(row.address); got != row.want {
				t.Errorf("the network of %q is %q, want %q", row.address, got, row.want)
			}
		})
	}
}

func TestARowGetsTheUserAgentAsText(t *testing.T) {
	for _, row := range []struct{ name, agent, want string }{
		{"as it is", "Mozilla/5.0 é", "Mozilla/5.0 é"},
		{"cut at 512 bytes", strings.Repeat("x", 600), strings.Repeat("x", 512)},
		{"without a character that the cut has split", strings.Repeat("x", 511) + "é", strings.Repeat("x", 511)},
		{"without bytes that are no UTF-8", "a\xffb", "ab"},
		{"none", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := userAgent(&http.Request{Header: http.Header{"User-Agent": {row.agent}}}); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestAClientIsAHash(t *testing.T) {
	ask := func(address, agent string, identifier func(*gin.Context) string) string {
		c, _ := gin.CreateTestContext(nil)
		c.Request = &http.Request{RemoteAddr: address, Header: http.Header{"User-Agent": {agent}}}
		v := &Visit{m: &Manager{Identifier: identifier}, c: c}
		hash := v.client()
		return string(hash[:])
	}
	own := func(c *gin.Context) string { return "phone" }
	one := ask("192.0.2.1:1", "a", nil)
	// The hash is in sessions that exist: another one would make all logins stale.
	if want := "GldLb72dtuNoQlScEMqEvA"; one != want {
		t.Errorf("the hash is %s, want %s", one, want)
	}
	for name, other := range map[string]string{
		"another address":    ask("192.0.2.2:1", "a", nil),
		"another user agent": ask("192.0.2.1:1", "b", nil),
		"an Identifier":      ask("192.0.2.1:1", "a", own),
	} {
		if other == one {
			t.Errorf("%s does not change the hash", name)
		}
	}
	if ask("192.0.2.1:1", "a", own) != ask("192.0.2.2:1", "b", own) {
		t.Error("with an Identifier address and user agent count")
	}
}

// Every request pays for these bytes. Go's allocator takes twice as long for 512 of them,
// and hardly less for 320.
func TestAVisitFitsIntoThreeHundredAndEightyFourBytes(t *testing.T) {
	if size := unsafe.Sizeof(Visit{}); size > 384 {
		t.Errorf("a Visit has %d bytes", size)
	}
}
