package provider

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// LogoutEvent is the claim that makes a token a logout token.
const LogoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// overview shows who of the browser's people are logged in here.
func (p *Provider) overview(w http.ResponseWriter, req *http.Request) {
	p.show(w, p.secretOf(w, req), http.StatusOK, "")
}

func (p *Provider) show(w http.ResponseWriter, secret string, status int, message string) {
	p.mu.Lock()
	var in []person
	for _, one := range people {
		if _, ok := p.sessions[subject(secret, one)]; ok {
			in = append(in, one)
		}
	}
	p.mu.Unlock()
	show(w, status, "overview.html", map[string]any{"Title": "Demo provider", "Pages": p.Pages, "In": in, "Message": message})
}

// logout ends the sessions of the browser, and tells the client to end the logins that came of them.
func (p *Provider) logout(w http.ResponseWriter, req *http.Request) {
	secret := p.secretOf(w, req)
	var errs []error
	for _, one := range people {
		sub := subject(secret, one)
		p.mu.Lock()
		ended, ok := p.sessions[sub]
		delete(p.sessions, sub)
		p.mu.Unlock()
		if ok && p.LogoutURL != "" {
			errs = append(errs, p.tell(req, sub, ended.id))
		}
	}
	if errors.Join(errs...) != nil {
		p.show(w, secret, http.StatusBadGateway, "You are logged out here, but a site that you used this for did not answer.")
		return
	}
	p.show(w, secret, http.StatusOK, "You are logged out here, and on the site that you used this for.")
}

// tell sends a logout token.
func (p *Provider) tell(req *http.Request, subject, sid string) error {
	now := p.Now()
	token, err := p.Sign(map[string]any{
		"iss": p.Issuer, "aud": p.ClientID, "sub": subject, "sid": sid, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(),
		"events": map[string]any{LogoutEvent: struct{}{}},
	})
	if err != nil {
		return err
	}
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	out, err := http.NewRequestWithContext(req.Context(), http.MethodPost, p.LogoutURL, body)
	if err != nil {
		return err
	}
	out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.Client.Do(out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the site answered %s", resp.Status)
	}
	return nil
}
