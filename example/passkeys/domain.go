package passkeys

import (
	"errors"
	"net"
	"net/url"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// errNoDomain says that passkeys do not work at the address by which the visitor has come.
var errNoDomain = errors.New("there are no passkeys at this address")

// relyingParty returns the site as authenticators know it. A passkey is bound to a domain for ever, and browsers
// allow none for an IP address.
//
// With Origins the domain is the host of the first one, and answers from all of them are accepted. Without
// Origins, passkeys work only on localhost, at any port: the Host header says which, and only a program on this
// machine can have a page there. No other host is believed: a site that takes its name from the Host header lets
// visitors choose it.
func (p *Passkeys) relyingParty(c *gin.Context) (*webauthn.WebAuthn, error) {
	origins := p.Origins
	if len(origins) == 0 {
		if hostname(c.Request.Host) != "localhost" {
			return nil, errNoDomain
		}
		scheme := "http"
		if c.Request.TLS != nil {
			scheme = "https"
		}
		origins = []string{scheme + "://" + c.Request.Host}
	}
	first, err := url.Parse(origins[0])
	if err != nil {
		return nil, err
	}
	patience := webauthn.TimeoutConfig{Timeout: lifetime}
	return webauthn.New(&webauthn.Config{
		RPID:          first.Hostname(),
		RPDisplayName: "ginlogin example",
		RPOrigins:     origins,
		// It would reveal the kind of device, and we accept all of them.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), // otherwise the login page has to ask for the user
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: patience, Registration: patience},
	})
}

// elsewhere returns where passkeys of the site work when they do not work here, or "" if we do not know. From this
// machine it is the same port of localhost.
func elsewhere(c *gin.Context) string {
	host := c.Request.Host
	if ip := net.ParseIP(hostname(host)); ip == nil || !ip.IsLoopback() || c.Request.TLS != nil {
		return ""
	}
	if _, port, err := net.SplitHostPort(host); err == nil {
		return "http://" + net.JoinHostPort("localhost", port)
	}
	return "http://localhost"
}

func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }
