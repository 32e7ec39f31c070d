package openid_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// linked serves a site where Ada has linked Grace's account, and is logged out.
func linked(t *testing.T, e *elsewhere, changes ...func(*sitetest.Site)) (*sitetest.Site, *browser) {
	t.Helper()
	s, ada := open(t, e, changes...)
	ada.LogIn()
	ada.link("grace").LeadsTo("/settings/openid")
	ada.Post("/logout").LeadsTo("/")
	return s, ada
}

// unsigned is a token without a signature.
func unsigned(t *testing.T, algorithm string, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"`+algorithm+`"}`)) + "." + encode(text) + "."
}

// signedWithSecret is a token that is signed with what the client and the provider both know.
func (e *elsewhere) signedWithSecret(claims map[string]any) string {
	e.t.Helper()
	key := jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat(e.ClientSecret, 4))}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		e.t.Error(err)
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil {
		e.t.Error(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		e.t.Error(err)
		return ""
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		e.t.Error(err)
	}
	return token
}

// badClaims are what is wrong with one claim; nil removes it.
var badClaims = map[string]struct {
	claim string
	value any
}{
	"another nonce":            {"nonce", "another"},
	"no nonce":                 {"nonce", nil},
	"another issuer":           {"iss", "https://another.example"},
	"issuer in capitals":       {"iss", "HTTP://127.0.0.1"},
	"another audience":         {"aud", "another site"},
	"no audience":              {"aud", nil},
	"several, for nobody":      {"aud", []string{"the site", "another site"}},
	"for another party":        {"azp", "another site"},
	"expired":                  {"exp", time.Now().Add(-time.Minute).Unix()},
	"no expiry":                {"exp", nil},
	"of tomorrow":              {"nbf", time.Now().Add(24 * time.Hour).Unix()},
	"no subject":               {"sub", ""},
	"subject with a zero byte": {"sub", "a\x00b"},
	"sid with a zero byte":     {"sid", "a\x00b"},
	"long subject":             {"sub", strings.Repeat("x", 256)},
}

// An ID token that is wrong logs nobody in.
func TestBadIDTokens(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	refused := func(t *testing.T) {
		t.Helper()
		b := &browser{ada.Another(), ada.there}
		b.come("grace").Is(http.StatusBadRequest).Says("Nothing has been done")
		b.KnownAs("")
	}
	for name, bad := range badClaims {
		t.Run(name, func(t *testing.T) {
			e.with(bad.claim, bad.value)
			refused(t)
		})
	}
	for name, change := range map[string]func(map[string]any) string{
		"not signed":             func(claims map[string]any) string { return unsigned(t, "none", claims) },
		"signed by nobody":       func(claims map[string]any) string { return unsigned(t, "ES256", claims) },
		"signed with our secret": e.signedWithSecret,
		"no token":               func(map[string]any) string { return "" },
		"half a token":           func(claims map[string]any) string { return e.signed(claims)[:40] },
	} {
		t.Run(name, func(t *testing.T) {
			e.set(change)
			refused(t)
		})
	}
	e.set(nil)
	ada.come("grace").LeadsTo("/") // all is well without the change
	e.set(func(claims map[string]any) string {
		claims["aud"], claims["azp"] = []string{e.ClientID, "another site"}, e.ClientID
		return e.signed(claims)
	})
	ada.Post("/logout")
	ada.come("grace").LeadsTo("/")
}

// What comes to the callback without being asked for is not read.
func TestAnswersThatNobodyAskedFor(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	address := ada.answer("grace")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(url.Values)) string {
		query := u.Query()
		change(query)
		return u.Path + "?" + query.Encode()
	}
	for name, path := range map[string]string{
		"nothing":       u.Path,
		"no state":      changed(func(q url.Values) { q.Del("state") }),
		"empty state":   changed(func(q url.Values) { q.Set("state", "") }),
		"two states":    changed(func(q url.Values) { q.Add("state", "x") }),
		"unknown state": changed(func(q url.Values) { q.Set("state", "x") }),
		"error alone":   u.Path + "?error=access_denied",
	} {
		t.Run(name, func(t *testing.T) { ada.Get(path).Is(http.StatusBadRequest) })
	}
	ada.Post(u.Path, "state="+u.Query().Get("state"), "code="+u.Query().Get("code")).LeadsTo("/login")
	ada.KnownAs("")
	ada.Get(address).LeadsTo("/") // none of these has used it up
	ada.Post("/logout")

	// Mix-up (RFC 9207): the answer says that another provider gives it, or does not say who.
	for name, change := range map[string]func(url.Values){
		"another issuer": func(q url.Values) { q.Set("iss", "https://another.example") },
		"no issuer":      func(q url.Values) { q.Del("iss") },
		"two issuers":    func(q url.Values) { q.Add("iss", "https://another.example") },
		"no code":        func(q url.Values) { q.Del("code") },
		"an error":       func(q url.Values) { q.Set("error", "server_error") },
	} {
		t.Run(name, func(t *testing.T) {
			u, _ = url.Parse(ada.answer("grace"))
			ada.Get(changed(change)).Is(http.StatusBadRequest)
			ada.KnownAs("")
		})
	}
}

// A code is good once, and for the login that it was made for.
func TestReplayedCode(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	first, _ := url.Parse(ada.answer("grace"))
	attacker := e.browser(ada.Visitor)
	stolen, _ := url.Parse(attacker.answer("grace"))
	query := stolen.Query() // the attacker's own state, with the code of Ada
	query.Set("code", first.Query().Get("code"))
	attacker.Get(stolen.Path + "?" + query.Encode()).Is(http.StatusBadRequest) // PKCE: it belongs to another login
	attacker.KnownAs("")

	used, _ := url.Parse(ada.answer("grace"))
	ada.Get(used.String()).LeadsTo("/")
	ada.Post("/logout")
	again, _ := url.Parse(ada.answer("grace"))
	query = again.Query()
	query.Set("code", used.Query().Get("code"))
	ada.Get(again.Path + "?" + query.Encode()).Is(http.StatusBadRequest)
	ada.KnownAs("")
}

// Of many answers with one state at the same moment one logs in.
func TestRaceForAState(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		e, s := newElsewhere(t), newSite(t)
		e.is(s)
		_, v := sitetest.Serve(t, s)
		ada := e.browser(v)
		ada.LogIn()
		ada.link("grace")
		ada.Post("/logout")
		address := ada.answer("grace")
		statuses := make([]int, 12)
		var all sync.WaitGroup
		for i := range statuses {
			copied := ada.Thief()
			all.Go(func() { statuses[i] = copied.Get(address).StatusCode })
		}
		all.Wait()
		slices.Sort(statuses)
		if statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusBadRequest {
			t.Errorf("the statuses are %v", statuses)
		}
	})
}

func TestStateExpires(t *testing.T) {
	e, clock := newElsewhere(t), &sitetest.Clock{}
	s, ada := open(t, e, clock.Runs)
	e.Now = time.Now // its code and its token are good still
	e.with("exp", time.Now().Add(time.Hour).Unix())
	address := ada.answer("grace")
	clock.Advance(11 * time.Minute)
	ada.Get(address).Is(http.StatusBadRequest)
	e.Now = s.Now
	ada.come("grace").LeadsTo("/login/openid/new")
	clock.Advance(11 * time.Minute)
	ada.Get("/login/openid/new").LeadsTo("/login")
	var rows int
	ada.Get("/login/openid")
	if err := s.DB.QueryRow(`SELECT (SELECT count(*) FROM openid_attempts) + (SELECT count(*) FROM openid_proofs)`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v: what has expired is not deleted", rows, err)
	}
}

// Who starts logins and never comes back has to wait; other networks do not.
func TestStartsAreThrottled(t *testing.T) {
	e := newElsewhere(t)
	s, ada := open(t, e, sitetest.WithClock(sitetest.NewWatch())) // or a slow machine would get more of them
	attacker := ada.Another()
	attacker.Address = "192.0.2.1"
	for range 100 {
		attacker.Get("/login/openid").Is(http.StatusSeeOther)
	}
	p := attacker.Get("/login/openid").Is(http.StatusTooManyRequests).Says("Please try again in")
	if p.Header.Get("Retry-After") == "" {
		t.Error("it is not said when")
	}
	var rows int
	if err := s.DB.QueryRow(`SELECT count(*) FROM openid_attempts`).Scan(&rows); err != nil || rows > 101 {
		t.Errorf("%d rows, %v", rows, err)
	}
	ada.come("grace").LeadsTo("/login/openid/new")
}

// Next leads to this site, whoever has made the link.
func TestNextStaysHere(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	for next, want := range map[string]string{"/devices": "/devices", "https://evil.example/": "/", "//evil.example": "/"} {
		ada.Get(ada.answerTo(ada.Get("/login/openid?next="+url.QueryEscape(next)), "grace")).LeadsTo(want)
		ada.Post("/logout")
	}
	ada.Get(ada.answer("grace") + "&next=https://evil.example/").LeadsTo("/")
}

// Who says no at the provider is back where they were.
func TestCancelled(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.Get(ada.answerTo(ada.Get("/login/openid?next=/devices"), "")).LeadsTo("/login?next=%2Fdevices")
	ada.LogIn()
	ada.Follow(ada.Get(ada.answerTo(ada.Get("/settings/openid/link"), "")).LeadsTo("/settings/openid")).Says("Nothing has been done")
}
