package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestConfirmLoginNeedsALogin(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) { return s.users.get(c.GetHeader("Token")), nil })
	})
	b := s.browser()
	for name, header := range map[string][]string{"no login": nil, "the user of a request": {"Token", "1"}} {
		rep := b.do("POST", "/confirm", header...)
		wants(t, name, rep.body, ginlogin.ErrNotAuthenticated.Error())
		wantsNoCookies(t, name, rep)
	}
	b.post("/data?key=cart&value=book")
	wants(t, "a session without login", b.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
}

func TestConfirmLoginMakesALoginFresh(t *testing.T) {
	for name, stale := range map[string]func(b *browser){
		"that was made stale":    func(b *browser) { b.post("/login?id=1&fresh=0") },
		"that was restored":      func(b *browser) { b.post("/login?id=1&remember=1"); b.put("session", ""); b.get("/whoami") },
		"that is to be restored": func(b *browser) { b.post("/login?id=1&remember=1"); b.put("session", "") },
		"whose client changed":   func(b *browser) { b.post("/login?id=1"); b.agent = "another browser" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			s.shows("/both", func(c *gin.Context) any {
				err := confirm(c)
				return fmt.Sprintf("%v fresh=%v user=%s", err, ginlogin.LoginFresh(c), ginlogin.CurrentUser(c).GetID())
			})
			b := s.browser()
			stale(b)
			wants(t, "before", b.get("/fresh"), "200 false")
			loginAt := s.clock.Now().Unix()
			s.clock.Advance(time.Hour)
			s.users.calls()
			wants(t, "in the request", b.post("/both"), "200 <nil> fresh=true user=1")
			wants(t, "afterwards", b.get("/vault"), "200 vault")

			rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key=_login"), "200 "))
			wants(t, "time of login", rec.LoginAt, loginAt)
			wants(t, "time of authentication", rec.AuthAt, s.clock.Now().Unix())
		})
	}
}

func TestConfirmLoginBindsTheLoginToThePresentClient(t *testing.T) {
	s := newSite(t, memStore(), protecting(ginlogin.ProtectNone))
	identifier := func(b *browser) string {
		rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key=_login"), "200 "))
		return rec.Client
	}
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	b.agent, other.agent = "another browser", "another browser"
	other.post("/login?id=1")
	wants(t, "bound to it before", identifier(b) == identifier(other), false)
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	wants(t, "bound to it afterwards", identifier(b) == identifier(other), true)
}

func TestConfirmLoginDoesNotHideAnOutage(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.shows("/both", func(c *gin.Context) any {
		_, before := ginlogin.LoadUser(c)
		err := confirm(c)
		u, after := ginlogin.LoadUser(c)
		if u.IsAnonymous() && after == nil {
			t.Error("after ConfirmLogin a user that could not be loaded passes for none")
		}
		return fmt.Sprintf("outage=%v confirmed=%v", errors.Is(before, errStoreDown), err == nil)
	})
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	s.users.fail(errStoreDown)
	wants(t, "answer", b.post("/both"), "200 outage=true confirmed=true")
}

func TestOnlyCredentialsOfTheUserConfirmALogin(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for path, u := range map[string]ginlogin.User{
		"/confirm/nil": nil, "/confirm/nil-pointer": (*account)(nil), "/confirm/zero": &account{},
		"/confirm/mallory": &account{ID: "2"}, "/confirm/ada": &account{ID: "1"},
	} {
		s.engine.POST(path, func(c *gin.Context) {
			err := ginlogin.ConfirmLogin(c, u)
			c.String(http.StatusOK, "%v", errors.Is(err, ginlogin.ErrNotAuthenticated))
		})
	}
	stranger := s.browser()
	wants(t, "nobody's login", stranger.post("/confirm/zero"), "200 true")
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	for _, who := range []string{"nil", "nil-pointer", "zero", "mallory"} {
		wants(t, who, b.post("/confirm/"+who), "200 true")
		wants(t, who+": fresh", b.get("/fresh"), "200 false")
	}
	wants(t, "ada", b.post("/confirm/ada"), "200 false")
	wants(t, "fresh", b.get("/fresh"), "200 true")
}

// The session is of a second login, and the remember cookie still of the first. Nothing has asked for the user yet.
func TestALoginThatWasEndedIsNotConfirmedByItsRememberCookie(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/login?id=1")
	noError(t, store.DeleteLogins(t.Context(), "1", ""))
	wants(t, "confirmed", b.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "the user", b.get("/whoami"), "200 user ")
}
