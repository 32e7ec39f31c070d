package openid_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// hiddenFields returns the form that a page posts.
func hiddenFields(html string) string {
	form := url.Values{}
	for _, part := range strings.Split(html, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		form.Set(name, value)
	}
	return form.Encode()
}

// crossSite is what a browser says of a form on another site's page.
var crossSite = []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Origin: https://elsewhere.example"}

// posted posts a form as a browser does from another site: it sends the cookies that are SameSite=None, and no other.
func (b *browser) posted(none map[string]bool, path, form string) *sitetest.Page {
	b.T.Helper()
	all := b.Client.Jar
	few, err := cookiejar.New(nil)
	if err != nil {
		b.T.Fatal(err)
	}
	for _, c := range all.Cookies(b.Site()) {
		if none[c.Name] {
			few.SetCookies(b.Site(), []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/", Secure: true}})
		}
	}
	b.Client.Jar = few
	p := b.Send(http.MethodPost, path, form, crossSite)
	all.SetCookies(b.Site(), p.Cookies())
	b.Client.Jar = all
	return p
}

const cookieOfAttempt = "__Host-openid"

var onlyTheAttempt = map[string]bool{cookieOfAttempt: true}

// away goes to a provider that posts, and returns what it would post.
func (b *browser) away(start, person string) string {
	b.T.Helper()
	p := b.Get(start)
	fields := b.fields(p)
	if fields.Get("response_mode") != "form_post" {
		b.T.Fatalf("the site asks for %s", fields)
	}
	if c := p.SetsCookie(cookieOfAttempt); c.SameSite != http.SameSiteNoneMode || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 {
		b.T.Errorf("the cookie is %s", c)
	}
	fields.Set("person", person)
	return hiddenFields(b.there.Send(http.MethodPost, "/authorize", fields.Encode(), nil).Is(http.StatusOK).HTML)
}

func TestFormPost(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		e, s := newElsewhere(t), newSite(t)
		e.posts(s)
		_, v := sitetest.Serve(t, s)
		ada, attacker := e.browser(v), e.browser(v)
		const callback = "/login/openid/callback"

		// Linking: the session does not come with the post, and does with the redirect.
		ada.LogIn()
		ada.posted(onlyTheAttempt, callback, ada.away("/settings/openid/link", "grace")).LeadsTo("/settings/openid/finish")
		ada.Post("/settings/openid/finish", "proof="+ada.proof("/settings/openid/finish")).LeadsTo("/settings/openid")
		ada.Post("/logout")

		form := ada.away("/login/openid?next=/devices", "grace")
		attacker.Get("/login/openid")
		attacker.posted(onlyTheAttempt, callback, form).Is(http.StatusBadRequest)
		ada.posted(nil, callback, form).Is(http.StatusBadRequest) // a Lax cookie would not have come
		ada.Get(callback + "?" + form).LeadsTo("/login?next=" + url.QueryEscape(callback+"?"+form))
		ada.posted(onlyTheAttempt, callback+"?"+form, "").Is(http.StatusBadRequest) // nor by the address
		ada.KnownAs("")
		ada.posted(onlyTheAttempt, callback, form).LeadsTo("/devices")
		ada.KnownAs("Ada Lovelace")
		ada.posted(onlyTheAttempt, callback, form).Is(http.StatusBadRequest)
		ada.KnownAs("Ada Lovelace")

		// All other forms from another site are refused as before.
		attacker.posted(onlyTheAttempt, "/login", "email="+sitetest.AdaEmail+"&password="+sitetest.AdaPassword).Is(http.StatusForbidden)
		ada.posted(onlyTheAttempt, callback, ada.away("/confirm/openid?next=/settings", "grace")).LeadsTo("/confirm/openid/done")
		ada.Get("/confirm/openid/done").LeadsTo("/settings")
	})
}

// Where the provider does not post, no cookie is sent to other sites.
func TestCookieIsLaxWithoutFormPost(t *testing.T) {
	e := newElsewhere(t)
	_, v := open(t, e)
	if c := v.Get("/login/openid").SetsCookie(cookieOfAttempt); c.SameSite != http.SameSiteLaxMode || !c.Secure || !c.HttpOnly {
		t.Errorf("the cookie is %s", c)
	}
	e = newElsewhere(t)
	_, v = open(t, e, func(s *sitetest.Site) { s.Config.SecureCookies = false })
	if c := v.Get("/login/openid").SetsCookie("openid"); c.SameSite != http.SameSiteLaxMode || c.Secure {
		t.Errorf("the cookie is %s", c)
	}
}
