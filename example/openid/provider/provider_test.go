package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginlogin/ginlogin/example/openid/provider"
)

// visitor is one browser at one provider.
type visitor struct {
	t      *testing.T
	client *http.Client
	*provider.Provider
	ahead time.Duration
}

func open(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{t: t}
	v.Provider = &provider.Provider{
		ClientID: "site", ClientSecret: "secret: with+signs", RedirectURL: "https://site.example/callback?from=there",
		Now: func() time.Time { return time.Now().Add(v.ahead) },
	}
	server := httptest.NewServer(v.Handler())
	t.Cleanup(server.Close)
	v.Issuer, v.Pages = server.URL, server.URL
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return v
}

func (v *visitor) post(path string, form url.Values, header ...string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodPost, v.Pages+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(header) == 2 {
		req.Header.Set(header[0], header[1])
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp, string(text)
}

var verifier = strings.Repeat("v", 43)

func (v *visitor) request() url.Values {
	return url.Values{
		"client_id": {v.ClientID}, "redirect_uri": {v.RedirectURL}, "response_type": {"code"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}, "person": {"grace"},
	}
}

func (v *visitor) code() string {
	v.t.Helper()
	resp, _ := v.post("/authorize", v.request())
	to, err := resp.Location()
	if err != nil || to.Host != "site.example" || to.Query().Get("state") != "s" || to.Query().Get("from") != "there" {
		v.t.Fatalf("%s leads to %v", resp.Status, to)
	}
	return to.Query().Get("code")
}

func (v *visitor) redemption(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {v.RedirectURL}, "code_verifier": {verifier},
		"client_id": {v.ClientID}, "client_secret": {v.ClientSecret},
	}
}

func TestCodesAreGoodOnce(t *testing.T) {
	v := open(t)
	form := v.redemption(v.code())
	resp, text := v.post("/token", form)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != http.StatusOK || answer["id_token"] == nil {
		t.Fatalf("%s %s", resp.Status, text)
	}
	if resp, text = v.post("/token", form); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("the second time: %s %s", resp.Status, text)
	}
}

func TestTokensAreRefused(t *testing.T) {
	v := open(t)
	for name, change := range map[string]func(url.Values){
		"wrong secret":       func(f url.Values) { f.Set("client_secret", "x") },
		"wrong client":       func(f url.Values) { f.Set("client_id", "x") },
		"wrong verifier":     func(f url.Values) { f.Set("code_verifier", "x") },
		"no verifier":        func(f url.Values) { f.Del("code_verifier") },
		"wrong redirect_uri": func(f url.Values) { f.Set("redirect_uri", "https://evil.example/") },
		"wrong grant":        func(f url.Values) { f.Set("grant_type", "password") },
		"wrong code":         func(f url.Values) { f.Set("code", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			form := v.redemption(v.code())
			change(form)
			if resp, text := v.post("/token", form); resp.StatusCode < 400 || strings.Contains(text, "id_token") {
				t.Errorf("%s %s", resp.Status, text)
			}
		})
	}
	code := v.code()
	v.ahead = 2 * time.Minute
	if resp, _ := v.post("/token", v.redemption(code)); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an old code: %s", resp.Status)
	}
}

// What is not our client's is not sent anywhere.
func TestRequestsOfOthers(t *testing.T) {
	v := open(t)
	for name, change := range map[string]func(url.Values){
		"wrong client":         func(f url.Values) { f.Set("client_id", "x") },
		"wrong redirect_uri":   func(f url.Values) { f.Set("redirect_uri", "https://evil.example/") },
		"redirect_uri beneath": func(f url.Values) { f.Set("redirect_uri", v.RedirectURL+"/x") },
		"no PKCE":              func(f url.Values) { f.Del("code_challenge") },
		"plain PKCE":           func(f url.Values) { f.Set("code_challenge_method", "plain") },
		"a token at once":      func(f url.Values) { f.Set("response_type", "id_token") },
	} {
		t.Run(name, func(t *testing.T) {
			form := v.request()
			change(form)
			resp, text := v.post("/authorize", form)
			if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" || strings.Contains(text, "evil") {
				t.Errorf("%s, %v: %s", resp.Status, resp.Header, text)
			}
		})
	}
	for _, path := range []string{"/authorize", "/logout"} {
		if resp, _ := v.post(path, v.request(), "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, resp.Status)
		}
	}
}

// The people of two browsers have the same names and other subjects.
func TestPeopleOfEachBrowserAreItsOwn(t *testing.T) {
	v := open(t)
	if a, b, c := v.subject(), v.subject(), v.another().subject(); a != b || a == c {
		t.Errorf("the subjects are %q and %q, and in another browser %q", a, b, c)
	}
}

func (v *visitor) another() *visitor {
	jar, _ := cookiejar.New(nil)
	other := *v
	other.client = &http.Client{Jar: jar, CheckRedirect: v.client.CheckRedirect}
	return &other
}

func (v *visitor) subject() string {
	v.t.Helper()
	_, text := v.post("/token", v.redemption(v.code()))
	var answer struct {
		Token string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		v.t.Fatal(err)
	}
	return provider.SubjectOf(v.t, answer.Token)
}

// A site that does not answer is told of.
func TestLogoutThatTheSiteDoesNotHear(t *testing.T) {
	v := open(t)
	v.LogoutURL, v.Client = "https://site.example/logout", provider.InProcess(http.NotFoundHandler())
	v.code()
	if resp, text := v.post("/logout", nil); resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "did not answer") {
		t.Errorf("%s %s", resp.Status, text)
	}
	if resp, text := v.post("/logout", nil); resp.StatusCode != http.StatusOK || !strings.Contains(text, "not logged in here") {
		t.Errorf("%s %s", resp.Status, text)
	}
}
