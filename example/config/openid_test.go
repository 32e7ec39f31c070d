package config

import (
	"reflect"
	"strings"
	"testing"
)

// withProvider is an environment with a provider, and the variables and values that follow.
func withProvider(more ...string) map[string]string {
	all := map[string]string{
		"OIDC_ISSUER": "https://accounts.example.com", "OIDC_CLIENT_ID": "id", "OIDC_CLIENT_SECRET": "c0ffee5ecret",
		"OIDC_REDIRECT_URL": "https://site.example/login/openid/callback",
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

func TestOpenID(t *testing.T) {
	whole := OpenID{
		Issuer: "https://accounts.example.com", Name: "accounts.example.com", ClientID: "id", ClientSecret: "c0ffee5ecret",
		RedirectURL: "https://site.example/login/openid/callback", Scopes: []string{"openid", "email", "profile"},
	}
	apple := whole
	apple.Name, apple.Scopes, apple.FormPost = "Apple", []string{"openid", "name", "email"}, true
	for name, test := range map[string]struct {
		variables map[string]string
		want      OpenID
	}{
		"nothing":               {nil, OpenID{Demo: true}},
		"no demo":               {map[string]string{"OIDC_DEMO": "0"}, OpenID{}},
		"keys":                  {map[string]string{"SECRET_KEYS": strings.Repeat("ab", 32), "SMTP_URL": "print", "SITE_URL": "https://site.example"}, OpenID{}},
		"proxies":               {map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8", "SMTP_URL": "print", "SITE_URL": "https://site.example"}, OpenID{}},
		"keys and a demo":       {map[string]string{"SECRET_KEYS": strings.Repeat("ab", 32), "OIDC_DEMO": "1", "SMTP_URL": "print", "SITE_URL": "https://site.example"}, OpenID{Demo: true}},
		"a real one":            {withProvider(), whole},
		"a real one, no demo":   {withProvider("OIDC_DEMO", "0"), whole},
		"one that posts":        {withProvider("OIDC_NAME", "Apple", "OIDC_SCOPES", "openid name email", "OIDC_RESPONSE_MODE", "form_post"), apple},
		"one that posts, query": {withProvider("OIDC_RESPONSE_MODE", "query"), whole},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load(environment(test.variables))
			if err != nil || !reflect.DeepEqual(c.OpenID, test.want) {
				t.Errorf("%+v, %v", c.OpenID, err)
			}
		})
	}
}

func TestOpenIDErrors(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"no issuer":         {map[string]string{"OIDC_CLIENT_ID": "id"}, "OIDC_CLIENT_ID: it is set without OIDC_ISSUER"},
		"demo of both":      {withProvider("OIDC_DEMO", "1"), "OIDC_DEMO"},
		"demo that is none": {map[string]string{"OIDC_DEMO": "no"}, "OIDC_DEMO"},
		"no secret":         {withProvider("OIDC_CLIENT_SECRET", ""), "OIDC_CLIENT_SECRET: it is empty"},
		"no ID":             {withProvider("OIDC_CLIENT_ID", ""), "OIDC_CLIENT_ID: it is empty"},
		"issuer over HTTP":  {withProvider("OIDC_ISSUER", "http://accounts.example.com"), "OIDC_ISSUER"},
		"no URL":            {withProvider("OIDC_ISSUER", "accounts.example.com"), "OIDC_ISSUER"},
		"bad URL":           {withProvider("OIDC_ISSUER", "https://%zz"), "OIDC_ISSUER"},
		"no redirect":       {withProvider("OIDC_REDIRECT_URL", ""), "OIDC_REDIRECT_URL"},
		"wrong redirect":    {withProvider("OIDC_REDIRECT_URL", "https://site.example/"), "OIDC_REDIRECT_URL"},
		"open redirect":     {withProvider("OIDC_REDIRECT_URL", "http://site.example/login/openid/callback"), "OIDC_REDIRECT_URL"},
		"mode":              {withProvider("OIDC_RESPONSE_MODE", "fragment"), "OIDC_RESPONSE_MODE"},
		"posts over HTTP":   {withProvider("OIDC_RESPONSE_MODE", "form_post", "OIDC_REDIRECT_URL", "http://localhost:8080/login/openid/callback"), "form_post needs HTTPS"},
		"posts, cookies":    {withProvider("OIDC_RESPONSE_MODE", "form_post", "INSECURE_COOKIES", "1"), "form_post needs HTTPS"},
		"scopes":            {withProvider("OIDC_SCOPES", "email"), "OIDC_SCOPES"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(environment(test.variables))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "c0ffee5ecret") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Load(environment(withProvider("OIDC_ISSUER", "http://127.0.0.1:1234", "OIDC_REDIRECT_URL", "http://[::1]:80/login/openid/callback"))); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}
