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

// An ID token that is wrong in one claim logs nobody in.
func TestBadIDTokens(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	unsigned := func(algorithm string, claims map[string]any) string {
		text, err := json.Marshal(claims)
		if err != nil {
			t.Error(err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"`+algorithm+`"}`)) + "." + encode(text) + "."
	}
	signedWith := func(algorithm jose.SignatureAlgorithm, key any) func(map[string]any) string {
		return func(claims map[string]any) string {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
			if err != nil {
				t.Error(err)
				return ""
			}
			text, _ := json.Marshal(claims)
			signed, err := signer.Sign(text)
			if err != nil {
				t.Error(err)
				return ""
			}
			token, _ := signed.CompactSerialize()
			return token
		}
	}
	claim := func(name string, value any) func(map[string]any) string {
		return func(claims map[string]any) string {
			claims[name] = value
			if value == nil {
				delete(claims, name)
			}
			return e.signed(claims)
		}
	}
	secret := []byte(strings.Repeat(e.ClientSecret, 4))
	for name, change := range map[string]func(map[string]any) string{
		"another nonce":            claim("nonce", "another"),
		"no nonce":                 claim("nonce", nil),
		"another issuer":           claim("iss", "https://another.example"),
		"issuer with a slash more": claim("iss", e.Issuer+"/"),
		"another audience":         claim("aud", "another site"),
		"no audience":              claim("aud", nil),
		"several, for nobody":      claim("aud", []string{e.ClientID, "another site"}),
		"for another party":        claim("azp", "another site"),
		"expired":                  claim("exp", time.Now().Add(-time.Minute).Unix()),
		"no expiry":                claim("exp", nil),
		"of tomorrow":              claim("nbf", time.Now().Add(24*time.Hour).Unix()),
		"no subject":               claim("sub", ""),
		"subject with a zero byte": claim("sub", "a\x00b"),
		"sid with a zero byte":     claim("sid", "a\x00b"),
		"long subject":             claim("sub", strings.Repeat("x", 256)),
		"not signed":               func(claims map[string]any) string { return unsigned("none", claims) },
		"signed by nobody":         func(claims map[string]any) string { return unsigned("ES256", claims) },
		"signed with our secret":   signedWith(jose.HS256, secret),
		"no token":                 func(map[string]any) string { return "" },
		"half a token":             func(claims map[string]any) string { return e.signed(claims)[:40] },
	} {
		t.Run(name, func(t *testing.T) {
			e.set(change)
			b := &browser{ada.Another(), ada.there}
			b.come("grace").Is(http.StatusBadRequest).Says("Nothing has been done")
			b.KnownAs("")
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
	e.Now = s.Now
	address := ada.answer("grace")
	clock.Advance(11 * time.Minute)
	ada.Get(address).Is(http.StatusBadRequest)
	ada.come("grace").LeadsTo("/login/openid/new")
	clock.Advance(11 * time.Minute)
	ada.Get("/login/openid/new").LeadsTo("/login")
	var rows int
	ada.Get("/login/openid")
	if err := s.DB.QueryRow(`SELECT (SELECT count(*) FROM openid_attempts) + (SELECT count(*) FROM openid_proofs)`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v: what has expired is not deleted", rows, err)
	}
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
