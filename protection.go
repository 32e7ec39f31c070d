package ginlogin

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"

	"github.com/gin-gonic/gin"
)

// SessionProtection says what happens to a login whose client changes its
// address or user agent, which may be a thief with the session cookie, or a
// phone that left the house.
type SessionProtection int

const (
	// ProtectBasic keeps the user logged in but makes the login stale, so that
	// what FreshLoginRequired guards asks for the password again. The new client
	// is then the login's client.
	ProtectBasic SessionProtection = iota
	// ProtectStrong ends the login and deletes the remember cookie. Users whose
	// address changes, on phones and behind some proxies, are logged out often.
	ProtectStrong
	// ProtectNone does nothing.
	ProtectNone
)

// identifierOf returns what a login remembers of its client: a hash, since the
// record needs to tell clients apart and not to know them.
func (m *manager) identifierOf(c *gin.Context) string {
	var client string
	if m.Identifier != nil {
		client = m.Identifier(c)
	} else {
		client = network(c.ClientIP()) + "|" + c.Request.UserAgent()
	}
	sum := sha256.Sum256([]byte(client))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// identifier is identifierOf the request. An Identifier that asks for the user is
// told nobody: how the login is has yet to be found out.
func (r *resolver) identifier() string {
	defer r.inside(&r.busy)()
	return r.m.identifierOf(r.c)
}

// network returns an IPv4 address as it is and of an IPv6 address its /64: the
// rest is the device's to choose, and privacy extensions change it every day.
func network(address string) string {
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
	identifier := r.identifier()
	if identifier == r.record.identifier {
		return
	}
	r.protected = true
	if r.m.SessionProtection == ProtectStrong {
		over := r.record
		r.refused = true
		r.pending = pending{session: removeAll, remember: forgetUnseen, ended: &over}
		r.from, r.record = fromNowhere, record{}
		return
	}
	r.record.fresh = false
	r.record.identifier = identifier
	r.pending.session = writeRecord
}
