package storetest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

const crowd = 12

// together runs f for everybody in a crowd at once.
func together(f func(i int)) {
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// sibling returns a browser with the same cookies in a jar of its own.
func (b *browser) sibling() *browser {
	tab := b.s.browser()
	for _, c := range b.Cookies() {
		tab.Put(c.Name, c.Value)
	}
	return tab
}

func TestParallelRequestsOfAUser(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1", "set cart=book")
		together(func(i int) {
			site.Wants(t, "reading", b.does("who", "fresh", "get cart"), "user 1, fresh true, cart=book")
			site.Wants(t, "writing", b.does("who", fmt.Sprint("set note=", i)), "user 1")
			site.Wants(t, "the guard", b.guarded(), 200)
		})
		site.Wants(t, "afterwards", b.does("who", "get cart"), "user 1, cart=book")
		s.wantsSessions(1, 0)
	})
}

func TestParallelRequestsOfARememberedUser(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1")
		b.Put("session", "")
		b.does("set cart=book")
		together(func(int) {
			site.Wants(t, "restored", b.does("who"), "user 1")
			site.Wants(t, "again", b.does("who"), "user 1")
		})
		b.Put("remember_token", "")
		site.Wants(t, "afterwards", b.does("who"), "user 1")
	})
}

// Twelve tabs log in at once, from one session.
func TestParallelLogins(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		old := b.session()
		together(func(int) {
			tab := b.sibling()
			site.Wants(t, "login", tab.does("login 1"), "")
			site.Wants(t, "later", tab.does("who"), "user 1")
		})
		site.Wants(t, "the old cookie", s.copyOf(old).does("who"), "user ")
		s.wantsSessions(crowd, 1)
	})
}

// Twelve people log in at once. Nobody is taken for another.
func TestParallelUsers(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		together(func(i int) {
			b, user := s.browser(), fmt.Sprint(1+i%2)
			b.does("set cart=" + user)
			site.Wants(t, "login", b.does("login "+user), "")
			for range 3 {
				site.Wants(t, "later", b.does("who", "get cart"), "user "+user+", cart="+user)
			}
			site.Wants(t, "logout", b.does("logout"), "")
			site.Wants(t, "afterwards", b.does("who", "get cart"), "user , cart="+user)
		})
	})
}
