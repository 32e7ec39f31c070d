package ginlogin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAnOldRememberCookieIsSentAgain(t *testing.T) {
	for name, logins := range map[string]ginlogin.LoginStore{"without a login store": nil, "with one": newShelf()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.Remember.RenewAfter, s.lm.Logins = 10*day, logins })
			b := s.browser()
			b.post("/login?id=1&remember=720h")
			first := s.says(b.cookie("remember_token"), "remember")
			s.clock.Advance(10*day - time.Second)
			wants(t, "sent again before", b.setCookie(b.do("GET", "/whoami"), "remember_token") != nil, false)
			s.clock.Advance(time.Second)
			wants(t, "sent again without a load", b.setCookie(b.do("GET", "/static"), "remember_token") != nil, false)
			rep := b.do("GET", "/whoami")
			set := b.setCookie(rep, "remember_token")
			if set == nil {
				t.Fatal("the cookie is not sent again")
			}
			first.IssuedAt = s.clock.Now().Unix()
			wants(t, "what it says", s.says(set.Value, "remember"), first)
			wants(t, "how long the browser keeps it", set.MaxAge, int((30 * day).Seconds()))
			wants(t, "sent once more", b.setCookie(b.do("GET", "/whoami"), "remember_token") != nil, false)
			s.clock.Advance(25 * day)
			wants(t, "beyond the first end", b.restore(), "200 user 1")
		})
	}
}

func TestAnOldRememberCookieIsSentAgainWithAnyPageOfTheUsers(t *testing.T) {
	for name, logins := range map[string]func() ginlogin.LoginStore{
		"without a login store": func() ginlogin.LoginStore { return nil }, "with one": func() ginlogin.LoginStore { return newShelf() },
	} {
		for path, sent := range map[string]bool{
			"/home":   true, // a template that names the user, after the headers
			"/secret": true, "/service": true, "/as": true, "/whoami": true,
			"/static": false, "/userid": false, "/fresh": false, "/remembered": false,
		} {
			t.Run(name+", "+path, func(t *testing.T) {
				s := newSite(t, cookieStore(), func(s *site) { s.lm.Remember.RenewAfter, s.lm.Logins = 10*day, logins() })
				s.shows("/service", func(c *gin.Context) any { return ginlogin.Context(c) != nil })
				s.shows("/as", func(c *gin.Context) any { u, _ := ginlogin.UserAs[*account](c); return u != nil })
				b := s.browser()
				b.post("/login?id=1&remember=1")
				wants(t, "too early", b.setCookie(b.do("GET", path), "remember_token") != nil, false)
				s.clock.Advance(10 * day)
				wants(t, "sent", b.setCookie(b.do("GET", path), "remember_token") != nil, sent)
				wants(t, "sent twice", sent && b.setCookie(b.do("GET", path), "remember_token") != nil, false)
			})
		}
	}
}

func TestConfirmLoginAsTheFirstQuestionRenewsTheRememberCookie(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.POST("/confirm-first", func(c *gin.Context) { answer200(c, ginlogin.ConfirmLogin(c, s.users.get("1"))) })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 3 {
		s.clock.Advance(time.Hour)
		b.put("session", "")
		before := b.cookie("remember_token")
		wants(t, "confirm", b.post("/confirm-first"), "200 ok")
		wants(t, "the cookie is of the row's new generation", b.cookie("remember_token") != before, true)
		wants(t, "fresh", b.get("/fresh"), "200 true")
	}
	s.clock.Advance(time.Hour)
	wants(t, "restored", b.restore(), "200 user 1")
	wants(t, "events of a theft", strings.Contains(s.told(), "stolen"), false)
}
