package sitetest

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// OnLocalhost has the browsers open the site at localhost: there are no passkeys on 127.0.0.1.
func (s *BrowserSite) OnLocalhost() *BrowserSite {
	s.URL = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// A Phone is an authenticator of Chromium's own for a browser: it verifies its user and syncs its passkeys. It
// answers at once, as if somebody always touched it.
type Phone struct {
	b  *Browser
	id webauthn.AuthenticatorID
}

// HasPhone gives the browser a phone. There is one for each page, whatever the profile.
func (b *Browser) HasPhone() *Phone {
	b.t.Helper()
	b.do("turning on virtual authenticators", cdpAction(webauthn.Enable, webauthn.EnableParams{}))
	added := command(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			DefaultBackupEligibility: true, DefaultBackupState: true,
		},
	})
	return &Phone{b, added.AuthenticatorID}
}

// Keys returns the passkeys on the phone.
func (p *Phone) Keys() []*webauthn.Credential {
	p.b.t.Helper()
	return command(p.b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: p.id}).Credentials
}

// Import puts a passkey onto the phone.
func (p *Phone) Import(key *webauthn.Credential) {
	p.b.t.Helper()
	// Not webauthn.AddCredential: its parameters name what this authenticator does not have, and Chromium refuses them.
	p.b.do("importing a passkey", cdpAction(cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}, map[string]any{
		"authenticatorId": p.id,
		"credential": map[string]any{
			"credentialId": key.CredentialID, "isResidentCredential": true, "rpId": key.RpID, "privateKey": key.PrivateKey,
			"userHandle": key.UserHandle, "signCount": key.SignCount, "backupEligibility": true, "backupState": true,
		},
	}))
}

// KnowsItsUser says whether the phone verifies who holds it.
func (p *Phone) KnowsItsUser(knows bool) {
	p.b.t.Helper()
	p.b.do("verifying the user", cdpAction(webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{
		AuthenticatorID: p.id, IsUserVerified: knows}))
}

// IsTouched says whether somebody touches the phone when it asks for that.
func (p *Phone) IsTouched(touched bool) {
	p.b.t.Helper()
	p.b.do("touching the phone", cdpAction(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{
		AuthenticatorID: p.id, Enabled: touched}))
}

// command sends a command of the protocol that has an answer.
func command[P, R any](b *Browser, method cdp.Command[P, R], params P) (answer R) {
	b.t.Helper()
	b.do(string(method.Method), chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		answer, err = cdp.Call(ctx, target, method, params)
		return err
	}))
	return answer
}

// Await is Ask for a script whose value is a promise.
func (b *Browser) Await(script string) string {
	b.t.Helper()
	answer, err := within(b.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return answer
}

// WaitUntil waits for what does not show on the page.
func (b *Browser) WaitUntil(what string, done func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !done(); {
		if time.Now().After(deadline) {
			b.t.Fatalf("waiting until %s", what)
		}
		b.Await(`new Promise(resolve => setTimeout(() => resolve(""), 20))`)
	}
}

// TurnOffScripts has the browser run no script of any page.
func (b *Browser) TurnOffScripts() {
	b.t.Helper()
	b.do("turning off scripts", cdpAction(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}
