package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed *.html
var files embed.FS

var pages = template.Must(template.ParseFS(files, "*.html"))

func show(w http.ResponseWriter, status int, page string, data map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, page, data) // a browser that is gone misses nothing
}

// kept are the parameters that the page hands on to the next step.
var kept = []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method"}

// accepts reports whether the request is one of our client. If not, it answers here and redirects nowhere: where to
// would be the choice of whoever has made the link.
func (p *Provider) accepts(w http.ResponseWriter, form url.Values) bool {
	good := form.Get("client_id") == p.ClientID && form.Get("redirect_uri") == p.RedirectURL &&
		form.Get("response_type") == "code" && form.Get("code_challenge_method") == "S256" && form.Get("code_challenge") != ""
	if !good {
		show(w, http.StatusBadRequest, "refused.html", map[string]any{"Title": "Unknown request", "Pages": p.Pages})
	}
	return good
}

// ask shows who one can be.
func (p *Provider) ask(w http.ResponseWriter, req *http.Request) {
	form := req.URL.Query()
	if !p.accepts(w, form) {
		return
	}
	p.secretOf(w, req)
	fields := map[string]string{}
	for _, name := range kept {
		if form.Has(name) {
			fields[name] = form.Get(name)
		}
	}
	show(w, http.StatusOK, "authorize.html", map[string]any{
		"Title": "Who are you?", "Pages": p.Pages, "Fields": fields, "People": people,
	})
}

// authorize sends the browser back to the client with a code.
func (p *Provider) authorize(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil || !p.accepts(w, req.PostForm) {
		return
	}
	form := req.PostForm
	result := url.Values{"state": {form.Get("state")}, "iss": {p.Issuer}}
	i := slices.IndexFunc(people, func(one person) bool { return one.Key == form.Get("person") })
	if i < 0 {
		result.Set("error", "access_denied")
	} else {
		result.Set("code", p.grant(people[i], subject(p.secretOf(w, req), people[i]), form))
	}
	if form.Get("response_mode") == "form_post" {
		fields := map[string]string{}
		for name := range result {
			fields[name] = result.Get(name)
		}
		show(w, http.StatusOK, "post.html", map[string]any{
			"Title": "Back to the site", "Pages": p.Pages, "Fields": fields, "Action": p.RedirectURL,
		})
		return
	}
	separator := "?"
	if strings.Contains(p.RedirectURL, "?") {
		separator = "&"
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, req, p.RedirectURL+separator+result.Encode(), http.StatusSeeOther)
}

// grant returns a code, and begins a session if there is none.
func (p *Provider) grant(who person, subject string, form url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grants, p.sessions = bounded(p.grants), bounded(p.sessions)
	if _, ok := p.sessions[subject]; !ok {
		p.sessions[subject] = session{id: rand.Text(), person: who}
	}
	code := rand.Text()
	p.grants[code] = grant{
		subject: subject, nonce: form.Get("nonce"), challenge: form.Get("code_challenge"), person: who, authenticated: p.Now(),
	}
	return code
}

// token takes the code of a client that proves who it is, and that it has begun the login.
func (p *Provider) token(w http.ResponseWriter, req *http.Request) {
	refuse := func(status int, reason string) { answer(w, status, map[string]string{"error": reason}) }
	if err := req.ParseForm(); err != nil {
		refuse(http.StatusBadRequest, "invalid_request")
		return
	}
	id, secret, ok := req.BasicAuth()
	if ok { // encoded there as in a form (RFC 6749, 2.3.1)
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = req.PostForm.Get("client_id"), req.PostForm.Get("client_secret")
	}
	if id != p.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(p.ClientSecret)) != 1 {
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	claims, ok := p.redeem(req.PostForm)
	if !ok {
		refuse(http.StatusBadRequest, "invalid_grant")
		return
	}
	token, err := p.Sign(claims)
	if err != nil {
		refuse(http.StatusInternalServerError, "server_error")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": token,
	})
}

// redeem spends a code.
func (p *Provider) redeem(form url.Values) (claims map[string]any, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.grants[form.Get("code")]
	delete(p.grants, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	now := p.Now()
	if !ok || now.Sub(g.authenticated) > codeLife || form.Get("grant_type") != "authorization_code" ||
		form.Get("redirect_uri") != p.RedirectURL || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		return nil, false
	}
	return map[string]any{
		"iss": p.Issuer, "sub": g.subject, "aud": p.ClientID, "sid": p.sessions[g.subject].id, "nonce": g.nonce,
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": g.authenticated.Unix(),
		"name": g.person.Name, "email": g.person.Email, "email_verified": true,
	}, true
}
