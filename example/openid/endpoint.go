package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/rules"
)

// endpoint is the provider as the site sees it.
type endpoint struct {
	settings *config.OpenID
	client   *http.Client
	now      func() time.Time

	turn   chan struct{} // one at a time asks the provider for its addresses
	found  *discovered
	failed error
	until  time.Time // so long failed is the answer
}

// discovered is the provider's description of itself.
type discovered struct {
	oauth2.Config
	verifier    *oidc.IDTokenVerifier
	namesItself bool // in its answers, as RFC 9207 has it
}

// patience is how long the provider may take for one answer.
const patience = 4 * time.Second

func newEndpoint(settings *config.OpenID, client *http.Client, now func() time.Time) *endpoint {
	return &endpoint{settings: settings, client: client, now: now, turn: make(chan struct{}, 1)}
}

// get asks the provider for its addresses at the first login, and not at the start: an outage of the provider must not
// stop the site. While it is down it is asked every few seconds at most.
func (e *endpoint) get(ctx context.Context) (*discovered, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e.found != nil || e.now().Before(e.until) {
		return e.found, e.failed
	}
	// Without the cancellation: a visitor who leaves must not make it an outage for the others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if e.found, e.failed = e.discover(ctx); e.failed != nil {
		e.until = e.now().Add(5 * time.Second)
	}
	return e.found, e.failed
}

func (e *endpoint) discover(ctx context.Context) (*discovered, error) {
	s := e.settings
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, e.client), s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("asking %s for its addresses: %w", s.Issuer, err)
	}
	var says struct {
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
		Methods     []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, fmt.Errorf("reading what %s says of itself: %w", s.Issuer, err)
	}
	addresses := provider.Endpoint()
	// Otherwise x/oauth2 tries both ways, and some providers spend the code at the failed try.
	addresses.AuthStyle = oauth2.AuthStyleInHeader
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		addresses.AuthStyle = oauth2.AuthStyleInParams
	}
	return &discovered{
		Config: oauth2.Config{
			ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: s.RedirectURL, Endpoint: addresses, Scopes: s.Scopes,
		},
		verifier:    provider.Verifier(&oidc.Config{ClientID: s.ClientID, Now: e.now}),
		namesItself: says.NamesItself,
	}, nil
}

// Identity is the visitor's account at the provider.
type identity struct {
	Issuer, Subject string
	SID             string // of the session at the provider; "" if it does not say
	Name, Email     string // as the provider says; nothing is decided by them
	authenticated   time.Time
}

// externalID names the login at the provider for ginlogin.EndExternal. A provider's sid is unique for its issuer only.
func (i identity) externalID() string {
	if i.SID == "" {
		return subjectID(i.Issuer, i.Subject)
	}
	return i.Issuer + " " + i.SID
}

// subjectID stands in for the sid of providers that send none.
func subjectID(issuer, subject string) string { return issuer + " sub=" + subject }

// refusal is an invalid answer, as opposed to an outage.
type refusal struct{ error }

// refusalUnlessOutage distinguishes an invalid token from one that could not be checked. go-oidc drops the error
// beneath, and keeps its text.
func refusalUnlessOutage(err error) error {
	if strings.Contains(err.Error(), "fetching keys") || strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		return err
	}
	return refusal{err}
}

// redeem exchanges the code for an ID token, and checks it. Errors are a refusal, or an outage.
func (e *endpoint) redeem(ctx context.Context, code string, a *attempt) (identity, error) {
	d, err := e.get(ctx)
	if err != nil {
		return identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, e.client), patience)
	defer cancel()
	token, err := d.Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	var answered *oauth2.RetrieveError
	switch {
	case errors.As(err, &answered) && answered.Response.StatusCode < http.StatusInternalServerError:
		return identity{}, refusal{fmt.Errorf("the provider refused the code: %s", answered.ErrorCode)}
	case err != nil:
		return identity{}, fmt.Errorf("exchanging the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return identity{}, refusalUnlessOutage(err)
	}
	return e.examine(id, a)
}

// examine checks what go-oidc leaves to its callers.
func (e *endpoint) examine(id *oidc.IDToken, a *attempt) (identity, error) {
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.nonce)) != 1 {
		return identity{}, refusal{errors.New("the ID token has another nonce")}
	}
	var claims struct {
		Party         string  `json:"azp"`
		SID           string  `json:"sid"`
		Name          string  `json:"name"`
		Email         string  `json:"email"`
		Authenticated float64 `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil {
		return identity{}, refusal{err}
	}
	// A token for several audiences says which of them has asked (OpenID Connect Core, 3.1.3.7).
	if len(id.Audience) > 1 && claims.Party == "" || claims.Party != "" && claims.Party != e.settings.ClientID {
		return identity{}, refusal{errors.New("the ID token was made for another client")}
	}
	if id.Subject == "" || len(id.Subject) > 255 || !rules.IsText(id.Subject) || len(claims.SID) > 255 || !rules.IsText(claims.SID) {
		return identity{}, refusal{errors.New("the ID token has no good subject or sid")}
	}
	who := identity{
		Issuer: e.settings.Issuer, Subject: id.Subject, SID: claims.SID,
		Name: shown(claims.Name), Email: shown(claims.Email),
	}
	if claims.Authenticated > 0 {
		who.authenticated = time.Unix(int64(claims.Authenticated), 0)
	}
	return who, nil
}

// shown is a text of the provider that pages can show and databases keep.
func shown(text string) string {
	if len(text) > 200 || !rules.IsText(text) {
		return ""
	}
	return text
}
