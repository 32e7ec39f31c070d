package visit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/respond"
)

// client returns the hash of the request's client. While Identifier runs, the current
// user is anonymous: the login has not been judged yet.
func (v *Visit) client() (hash login.Client) {
	text := make([]byte, 0, 256) // on the stack: few are longer
	if v.m.Identifier != nil {
		text = append(text, v.identifier()...)
	} else {
		address := v.c.ClientIP()
		v.warnProxies(address)
		text = append(text, network(address)...)
		text = append(text, '|')
		text = append(text, respond.HeaderOf(v.c.Request.Header, "User-Agent")...)
	}
	sum := sha256.Sum256(text)
	base64.RawURLEncoding.Encode(hash[:], sum[:16])
	return hash
}

func (v *Visit) identifier() string {
	defer v.inside(&v.asking)()
	return v.m.Identifier(v.c)
}

// passive reports whether the app says that the request does not count as use.
func (v *Visit) passive() bool {
	if v.m.IsActivity == nil {
		return false
	}
	defer v.inside(&v.asking)()
	return !v.m.IsActivity(v.c)
}

// network returns an IPv4 address unchanged, and the /64 network of an IPv6 address:
// the device chooses the rest, and privacy extensions change it every day. Text that
// is no address is returned unchanged, too.
func network(address string) string {
	if !strings.Contains(address, ":") {
		return address
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.Prefix(64)
	return prefix.Addr().String()
}

// maxUserAgent is how much of a user agent a row gets; clients may send a lot.
const maxUserAgent = 512

func userAgent(req *http.Request) string {
	agent := req.UserAgent()
	return strings.ToValidUTF8(agent[:min(len(agent), maxUserAgent)], "")
}
