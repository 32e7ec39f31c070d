package ecosystem

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// keepsLogins holds the site to what a login is: guards refuse, a login stays, a
// remembered one comes back, a logout ends it, each cookie arrives, and no shared
// cache may keep a page.
func (s *site) keepsLogins() {
	s.t.Helper()
	t, b := s.t, s.browser()

	res := b.do("GET", "/guarded")
	wants(t, "a visitor's status", res.StatusCode, http.StatusFound)
	wants(t, "a visitor's redirect", res.Header.Get("Location"), s.path+"/login?next="+url.QueryEscape(s.path+"/guarded"))
	wants(t, "the redirect varies by cookie", res.varies("Cookie"), true)
	wants(t, "a script's status", b.do("GET", "/guarded", "Accept", "application/json").StatusCode, http.StatusUnauthorized)

	res = b.do("POST", "/login?id=ada")
	wants(t, "the login", res.body, "done")
	wants(t, "its cookies", res.setsCookies(), "session "+remember)
	wants(t, "its Cache-Control", res.header("Cache-Control"), "private, no-store")

	s.greets(b, "ada", "")

	first := b.cookie(remember)
	b.forget("session")
	s.greets(b, "ada", "session "+remember) // restored, and the cookie replaced
	if next := b.cookie(remember); next == first || next == "" {
		t.Errorf("the remember cookie was %q and is %q after its use", first, next)
	}
	s.greets(b, "ada", "")

	wants(t, "the logout", b.do("POST", "/logout").body, "done")
	wants(t, "the session cookie after it", b.cookie("session"), "")
	wants(t, "the remember cookie after it", b.cookie(remember), "")
	wants(t, "the status after it", b.do("GET", "/guarded").StatusCode, http.StatusFound)
}

// greets expects the guarded page of a user, and that it sets these cookies.
func (s *site) greets(b *browser, id, cookies string) {
	s.t.Helper()
	res := b.do("GET", "/guarded")
	wants(s.t, "the page", res.body, "Hi "+id)
	wants(s.t, "its cookies", res.setsCookies(), cookies)
	wants(s.t, "its Cache-Control", res.header("Cache-Control"), "private, no-store")
	wants(s.t, "it varies by cookie", res.varies("Cookie"), true)
}

// tellsUsersApart sends requests of several users and of nobody at once: each is
// greeted by his own name.
func (s *site) tellsUsersApart() {
	s.t.Helper()
	const users, rounds = 6, 8
	var crowd sync.WaitGroup
	for i := range users {
		id := fmt.Sprint("user", i)
		b, nobody := s.loggedIn(id), s.browser()
		crowd.Go(func() {
			for range rounds {
				wants(s.t, "the page of "+id, b.do("GET", "/guarded").body, "Hi "+id)
				wants(s.t, "nobody's status", nobody.do("GET", "/guarded").StatusCode, http.StatusFound)
			}
		})
	}
	crowd.Wait()
}

// A site with nothing else in it passes what the others are held to.
func TestASiteOfItsOwnKeepsLogins(t *testing.T) {
	s := behind(t)
	s.keepsLogins()
	s.tellsUsersApart()
}
