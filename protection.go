package ginlogin

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"
)

// SessionProtection says what happens to a login whose client changes its
// address or user agent: it may be a thief with the session cookie, or a phone that
// has changed networks.
type SessionProtection int

const (
	// ProtectBasic keeps the user logged in but makes the login stale, so that
	// FreshLoginRequired asks for the password. From then on the new client is the
	// login's client.
	ProtectBasic SessionProtection = iota
	// ProtectStrong ends the login and deletes the remember cookie. Users whose
	// address changes, on phones and behind some proxies, are logged out often.
	ProtectStrong
	// ProtectNone does nothing.
	ProtectNone
)

// An identifier is what a login remembers of its client: a hash, since the record
// needs to tell clients apart and not to know them.
type identifier [22]byte

func (id identifier) String() string { return string(id[:]) }

func (m *manager) identifierOf(c *gin.Context) (id identifier) {
	client := make([]byte, 0, 256) // on the stack: few are longer
	if m.Identifier != nil {
		client = append(client, m.Identifier(c)...)
	} else {
		client = append(client, network(c.ClientIP())...)
		client = append(client, '|')
		client = append(client, headerOf(c.Request.Header, "User-Agent")...)
	}
	sum := sha256.Sum256(client)
	base64.RawURLEncoding.Encode(id[:], sum[:16])
	return id
}

// identifier is identifierOf the request. An Identifier that asks for the user is
// told nobody: how the login is has yet to be found out.
func (r *resolver) identifier() identifier {
	defer r.inside(&r.busy)()
	return r.m.identifierOf(r.c)
}

// network returns an IPv4 address as it is and of an IPv6 address its /64: the
// rest is the device's to choose, and privacy extensions change it every day. What
// is no address stays, too.
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

// protect looks at a login found in the session. It only notes what is to be
// written; that waits until the user has loaded.
func (r *resolver) protect() {
	if r.m.SessionProtection == ProtectNone {
		return
	}
	client := r.identifier()
	if string(client[:]) == r.record.identifier {
		return
	}
	r.protected = true
	if r.m.SessionProtection == ProtectStrong {
		r.refused = true
		r.pending = pending{session: removeAll, remember: forgetUnseen}
		r.from, r.record = fromNowhere, record{}
		return
	}
	r.record.fresh = false
	r.record.identifier = client.String()
	r.pending.session = writeRecord
}
