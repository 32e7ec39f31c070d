package openid_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/openid/provider"
)

// elsewhere is a provider on a host of its own, which the test can make a bad one.
type elsewhere struct {
	*provider.Provider
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	change func(claims map[string]any) string // returns the ID token in place of the right one
	down   bool
	inBody bool // the client says who it is in the body of the request only, as to Apple
}

// newElsewhere starts a provider for the site.
func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	e := &elsewhere{t: t}
	e.server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(e.server.Close)
	e.Provider = &provider.Provider{
		Issuer: e.server.URL, Pages: e.server.URL, ClientID: "the site", ClientSecret: "its secret",
		RedirectURL: "/login/openid/callback", Now: time.Now,
	}
	return e
}

// is makes it the provider of the site.
func (e *elsewhere) is(s *sitetest.Site) {
	s.Config.OpenID = config.OpenID{
		Issuer: e.Issuer, Name: "Elsewhere", ClientID: e.ClientID, ClientSecret: e.ClientSecret,
		RedirectURL: e.RedirectURL, Scopes: []string{"openid", "email"},
	}
	e.Now = s.Now
}

func (e *elsewhere) posts(s *sitetest.Site) {
	e.is(s)
	s.Config.OpenID.FormPost = true
}

func (e *elsewhere) set(change func(map[string]any) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.change = change
}

func (e *elsewhere) setDown(down bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = down
}

func (e *elsewhere) serve(w http.ResponseWriter, req *http.Request) {
	e.mu.Lock()
	change, down := e.change, e.down
	e.mu.Unlock()
	switch {
	case req.URL.Path == "/style.css": // the demo has the site's
		w.Header().Set("Content-Type", "text/css")
		return
	case down:
		http.Error(w, "down", http.StatusInternalServerError)
		return
	case e.inBody && req.URL.Path == "/.well-known/openid-configuration":
		w.Header().Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		e.Handler().ServeHTTP(answer, req)
		io.WriteString(w, strings.Replace(answer.Body.String(), `"client_secret_basic",`, "", 1))
		return
	case e.inBody && req.Header.Get("Authorization") != "":
		http.Error(w, "in the body, please", http.StatusUnauthorized)
		return
	case change == nil || req.URL.Path != "/token":
		e.Handler().ServeHTTP(w, req)
		return
	}
	good := httptest.NewRecorder()
	e.Handler().ServeHTTP(good, req)
	var answer map[string]any
	if err := json.Unmarshal(good.Body.Bytes(), &answer); err != nil {
		e.t.Error(err)
	}
	if token, ok := answer["id_token"].(string); ok {
		answer["id_token"] = change(claimsOf(e.t, token))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(good.Code)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		e.t.Error(err)
	}
}

func claimsOf(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// signed signs claims as the provider does.
func (e *elsewhere) signed(claims map[string]any) string {
	e.t.Helper()
	token, err := e.Sign(claims)
	if err != nil {
		e.t.Error(err)
	}
	return token
}

// with changes one claim of the ID tokens; nil removes it.
func (e *elsewhere) with(name string, value any) {
	e.set(func(claims map[string]any) string {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
		return e.signed(claims)
	})
}

// browser is one browser, at the site and at the provider.
type browser struct {
	*sitetest.Visitor
	there *sitetest.Visitor
}

func (e *elsewhere) browser(v *sitetest.Visitor) *browser {
	return &browser{v.Another(), sitetest.NewVisitor(v.T, e.server.URL, nil)}
}

func (b *browser) fields(p *sitetest.Page) url.Values {
	b.T.Helper()
	u, err := url.Parse(p.Header.Get("Location"))
	if err != nil || u.Query().Get("state") == "" {
		b.T.Fatalf("%s does not lead to the provider but to %q (%d):\n%s", p.Name, u, p.StatusCode, p.Text)
	}
	return u.Query()
}

// answerTo goes to the provider, to which p redirects, says who it is there, and returns where the answer leads to.
func (b *browser) answerTo(p *sitetest.Page, person string) string {
	b.T.Helper()
	fields := b.fields(p)
	fields.Set("person", person)
	back := b.there.Send(http.MethodPost, "/authorize", fields.Encode(), nil)
	return back.Header.Get("Location")
}

// answer is answerTo for a new login.
func (b *browser) answer(person string) string {
	b.T.Helper()
	return b.answerTo(b.Get("/login/openid"), person)
}

// come logs in with the provider.
func (b *browser) come(person string) *sitetest.Page {
	b.T.Helper()
	return b.Get(b.answer(person))
}

// join makes an account for somebody whom the provider knows.
func (b *browser) join(person, email, name string) *sitetest.Page {
	b.T.Helper()
	b.come(person).LeadsTo("/login/openid/new")
	return b.Post("/login/openid/new", "email="+email, "name="+name, "proof="+b.proof("/login/openid/new"))
}

// proof returns the hidden field of a question.
func (b *browser) proof(path string) string {
	b.T.Helper()
	_, rest, _ := strings.Cut(b.Get(path).Is(http.StatusOK).HTML, `name="proof" value="`)
	value, _, found := strings.Cut(rest, `"`)
	if !found {
		b.T.Fatalf("%s asks nothing", path)
	}
	return value
}

// link links the account of a person there to that of whoever is logged in here.
func (b *browser) link(person string) *sitetest.Page {
	b.T.Helper()
	b.Get(b.answerTo(b.Get("/settings/openid/link"), person)).LeadsTo("/settings/openid/finish")
	return b.Post("/settings/openid/finish", "proof="+b.proof("/settings/openid/finish"))
}

// open serves a site with the provider, and a browser for Ada.
func open(t *testing.T, e *elsewhere, changes ...func(*sitetest.Site)) (*sitetest.Site, *browser) {
	t.Helper()
	s, v := sitetest.Open(t, append([]func(*sitetest.Site){e.is}, changes...)...)
	return s, e.browser(v)
}
