package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// OpenID is the OpenID Connect provider that users may log in with.
type OpenID struct {
	Issuer, Name           string // Name is what people call it
	ClientID, ClientSecret string
	RedirectURL            string // of the site, as it is registered with the provider
	Scopes                 []string
	FormPost               bool // the provider posts its answer, as Apple does

	// Demo says that the site has a small provider of its own in place of a real one.
	Demo bool
}

// openIDVariables are those that mean nothing without OIDC_ISSUER.
var openIDVariables = []string{"OIDC_NAME", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URL", "OIDC_SCOPES", "OIDC_RESPONSE_MODE"}

// loadOpenID reads the provider. Without OIDC_ISSUER it is the demo, unless something shows that the site is for
// others: its keys or its proxies are set. There the demo needs OIDC_DEMO=1, so that nobody leaves it on unseen.
func loadOpenID(getenv func(string) string) (OpenID, error) {
	demo := getenv("OIDC_DEMO")
	if demo != "" && demo != "0" && demo != "1" {
		return OpenID{}, fmt.Errorf("OIDC_DEMO: %q is neither 0 nor 1", demo)
	}
	issuer := getenv("OIDC_ISSUER")
	if issuer == "" {
		for _, name := range openIDVariables {
			if getenv(name) != "" {
				return OpenID{}, fmt.Errorf("%s: it is set without OIDC_ISSUER, the address of the provider", name)
			}
		}
		forOthers := getenv("SECRET_KEYS") != "" || getenv("TRUSTED_PROXIES") != ""
		return OpenID{Demo: demo == "1" || demo == "" && !forOthers}, nil
	}
	o := OpenID{
		Issuer: issuer, ClientID: getenv("OIDC_CLIENT_ID"), ClientSecret: getenv("OIDC_CLIENT_SECRET"),
		RedirectURL: getenv("OIDC_REDIRECT_URL"), FormPost: getenv("OIDC_RESPONSE_MODE") == "form_post",
		Scopes: strings.Fields(cmp.Or(getenv("OIDC_SCOPES"), "openid email profile")),
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return OpenID{}, fmt.Errorf("OIDC_ISSUER: it is no URL")
	}
	o.Name = cmp.Or(getenv("OIDC_NAME"), u.Host)
	return o, o.check(getenv, demo)
}

func (o OpenID) check(getenv func(string) string, demo string) error {
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if demo == "1" {
		complain("OIDC_DEMO: there is no demo beside OIDC_ISSUER")
	}
	if mode := getenv("OIDC_RESPONSE_MODE"); mode != "" && mode != "query" && mode != "form_post" {
		complain("OIDC_RESPONSE_MODE: %q is neither query nor form_post", mode)
	}
	for name, value := range map[string]string{"OIDC_CLIENT_ID": o.ClientID, "OIDC_CLIENT_SECRET": o.ClientSecret} {
		if value == "" {
			complain("%s: it is empty; the provider gives you one when you register the site", name)
		}
	}
	if !isSecureURL(o.Issuer) {
		complain("OIDC_ISSUER: %q is not a URL such as https://accounts.google.com", o.Issuer)
	}
	if u, err := url.Parse(o.RedirectURL); err != nil || !isSecureURL(o.RedirectURL) || u.Path != "/login/openid/callback" || u.RawQuery != "" {
		complain("OIDC_REDIRECT_URL: it is not https://, your host and /login/openid/callback")
	}
	if o.FormPost && (strings.HasPrefix(o.RedirectURL, "http:") || getenv("INSECURE_COOKIES") == "1") {
		complain("OIDC_RESPONSE_MODE: form_post needs HTTPS, because browsers send no other cookie from another site")
	}
	if !slices.Contains(o.Scopes, "openid") {
		complain("OIDC_SCOPES: openid is not among them")
	}
	return errors.Join(errs...)
}

// isSecureURL reports whether an address is one with HTTPS, or on this machine.
func isSecureURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}
