package ecosystem

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// keepsLogins holds the site to what a login is: guards refuse, a login stays, a
// remembered one comes back, a logout ends it, each cookie arrives, and no shared
// cache may keep a page.
func keepsLogins(s *site.Site) {
	s.T.Helper()
	t, b := s.T, s.Browser()

	res := b.Do("GET", "/guarded")
	site.Wants(t, "a visitor's status", res.StatusCode, http.StatusFound)
	site.Wants(t, "a visitor's redirect", res.Header.Get("Location"), s.Path+"/login?next="+url.QueryEscape(s.Path+"/guarded"))
	site.Wants(t, "the redirect varies by cookie", res.Varies("Cookie"), true)
	site.Wants(t, "a script's status", b.Do("GET", "/guarded", "Accept", "application/json").StatusCode, http.StatusUnauthorized)

	res = b.Do("POST", "/login?id=ada")
	site.Wants(t, "the login", res.Text, "done")
	site.Wants(t, "its cookies", res.Sets(), "session "+remember)
	site.Wants(t, "its Cache-Control", res.Lines("Cache-Control"), "private, no-store")

	greets(b, "ada", "")

	first := b.Cookie(remember)
	b.Put("session", "")
	greets(b, "ada", "session "+remember) // restored, and the cookie replaced
	if next := b.Cookie(remember); next == first || next == "" {
		t.Errorf("the remember cookie was %q and is %q after its use", first, next)
	}
	greets(b, "ada", "")

	site.Wants(t, "the logout", b.Do("POST", "/logout").Text, "done")
	site.Wants(t, "the session cookie after it", b.Cookie("session"), "")
	site.Wants(t, "the remember cookie after it", b.Cookie(remember), "")
	site.Wants(t, "the status after it", b.Do("GET", "/guarded").StatusCode, http.StatusFound)
}

// greets expects the guarded page of a user, and that it sets these cookies.
func greets(b *site.Browser, id, cookies string) {
	b.Site.T.Helper()
	res := b.Do("GET", "/guarded")
	site.Wants(b.Site.T, "the page", res.Text, "Hi "+id)
	site.Wants(b.Site.T, "its cookies", res.Sets(), cookies)
	site.Wants(b.Site.T, "its Cache-Control", res.Lines("Cache-Control"), "private, no-store")
	site.Wants(b.Site.T, "it varies by cookie", res.Varies("Cookie"), true)
}

// tellsUsersApart sends requests of several users and of nobody at once: each is
// greeted by his own name.
func tellsUsersApart(s *site.Site) {
	s.T.Helper()
	const users, rounds = 6, 8
	var crowd sync.WaitGroup
	for i := range users {
		id := fmt.Sprint("user", i)
		b, nobody := loggedIn(s, id), s.Browser()
		crowd.Go(func() {
			for range rounds {
				site.Wants(s.T, "the page of "+id, b.Do("GET", "/guarded").Text, "Hi "+id)
				site.Wants(s.T, "nobody's status", nobody.Do("GET", "/guarded").StatusCode, http.StatusFound)
			}
		})
	}
	crowd.Wait()
}

// A site with nothing else in it passes what the others are held to.
func TestASiteOfItsOwnKeepsLogins(t *testing.T) {
	s := behind(t)
	keepsLogins(s)
	tellsUsersApart(s)
}
