package storetest

import (
	"testing"

	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// meanwhile runs f while a request of the browser is at its step "wait".
func (s *storeSite) meanwhile(b *browser, steps []string, f func()) {
	s.T.Helper()
	done := make(chan string)
	go func() { done <- b.does(steps...) }()
	<-s.arrived
	f()
	s.proceed <- struct{}{}
	<-done
}

// What becomes of a login when a request that was in flight at the logout saves
// its session afterwards. Nothing in a session store prevents it; a store of
// logins does.
func TestALateSaveAfterLogout(t *testing.T) {
	for _, logout := range []struct {
		name, before string
		revival      func(kind) revival
	}{
		{"that emptied the session", "login 1", func(k kind) revival { return k.lateSave }},
		{"that left other data", "set cart=book", func(k kind) revival { return k.lateSaveOfMore }},
	} {
		t.Run(logout.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, k kind) {
				s := newSite(t, k)
				b := s.browser()
				b.does("login 1")
				b.does(logout.before)
				copied := b.session()
				s.meanwhile(b, []string{"get cart", "wait", "set late=1"}, func() {
					site.Wants(t, "logout", b.does("logout"), "")
				})
				late := logout.revival(k)
				site.Wants(t, "the browser", b.does("who"), loggedInIf(late != stays))
				site.Wants(t, "a copied cookie", s.copyOf(copied).does("who"), loggedInIf(late == everywhere))
			})
		})
	}
}

func TestALateSaveBringsNothingBackThatAStoreOfLoginsHasEnded(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k, func(with *setup) { with.logins = loginmem.New() })
		b := s.browser()
		b.does("login 1", "set cart=book")
		copied := b.session()
		s.meanwhile(b, []string{"get cart", "wait", "set late=1"}, func() {
			site.Wants(t, "logout", b.does("logout"), "")
		})
		site.Wants(t, "the browser", b.does("who"), "user ")
		site.Wants(t, "a copied cookie", s.copyOf(copied).does("who"), "user ")
	})
}
