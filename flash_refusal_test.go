package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAHundredRefusalsLeaveOneMessage(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.get("/secret")
	session := b.cookie("session")
	for range 100 {
		rep := b.do("GET", "/secret")
		wants(t, "cookies set", len(rep.Cookies()), 0)
	}
	wants(t, "the session did not change", b.cookie("session") == session, true)
	wants(t, "flashes", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
}

func TestARefusalFlashesItsMessage(t *testing.T) {
	for _, row := range []struct {
		name                string
		change              func(*ginlogin.LoginManager)
		anonymous, notFresh string
	}{
		{"the defaults", func(*ginlogin.LoginManager) {}, "{message " + loginMessage + "}", "{message " + refreshMessage + "}"},
		{"messages of one's own", func(lm *ginlogin.LoginManager) { lm.LoginMessage, lm.NeedsRefreshMessage = "Who?", "Really?" }, "{message Who?}", "{message Really?}"},
		{"categories of one's own", func(lm *ginlogin.LoginManager) {
			lm.LoginMessageCategory, lm.NeedsRefreshMessageCategory = "warning", "danger"
		}, "{warning " + loginMessage + "}", "{danger " + refreshMessage + "}"},
		{"no category", func(lm *ginlogin.LoginManager) { lm.LoginMessageCategory, lm.NeedsRefreshMessageCategory = "", "" }, "{ " + loginMessage + "}", "{ " + refreshMessage + "}"},
		{"no login message", func(lm *ginlogin.LoginManager) { lm.LoginMessage = "" }, "", "{message " + refreshMessage + "}"},
		{"no refresh message", func(lm *ginlogin.LoginManager) { lm.NeedsRefreshMessage = "" }, "{message " + loginMessage + "}", ""},
		{"translated", func(lm *ginlogin.LoginManager) {
			lm.Localize = func(c *gin.Context, message string) string {
				return "[" + c.GetHeader("Accept-Language") + "] " + message
			}
		}, "{message [de] " + loginMessage + "}", "{message [de] " + refreshMessage + "}"},
		{"no message is not translated", func(lm *ginlogin.LoginManager) {
			lm.LoginMessage, lm.NeedsRefreshMessage = "", ""
			lm.Localize = func(*gin.Context, string) string { return "translated" }
		}, "", ""},
		{"no view", func(lm *ginlogin.LoginManager) { lm.LoginView, lm.RefreshView = "", "" }, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { row.change(s.lm) })
			b := s.browser()
			b.get("/secret", "Accept-Language", "de")
			wants(t, "anonymous", b.get("/flashes"), "200 ["+row.anonymous+"] <nil>")
			b.post("/login?id=1&fresh=0")
			b.get("/vault", "Accept-Language", "de")
			wants(t, "stale", b.get("/flashes"), "200 ["+row.notFresh+"] <nil>")
			b.get("/secret")
			wants(t, "let in", b.get("/flashes"), "200 [] <nil>")
		})
	}
}

func TestWithoutAMessageARefusalOpensNoSession(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) { s.lm.LoginMessage = "" })
	rep := s.browser().do("GET", "/secret")
	wants(t, "status", rep.StatusCode, http.StatusFound)
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "store", store.counted(), "opened 0, saved 0")
}

func TestA401WithoutRedirectFlashesNothing(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	s.guarded("/no-view", ginlogin.LoginRequired(ginlogin.LoginView("")))
	b := s.browser()
	for _, request := range [][]string{
		{"/api"}, {"/no-view"}, {"/secret", "Accept", "application/json"}, {"/secret", "Sec-Fetch-Mode", "cors"},
	} {
		rep := b.do("GET", request[0], request[1:]...)
		wants(t, "status", rep.StatusCode, http.StatusUnauthorized)
		wants(t, "cookies set", len(rep.Cookies()), 0)
	}
	wants(t, "flashes", b.get("/flashes"), "200 [] <nil>")
}

func TestAFlashThatCannotBeSavedBreaksNoRedirect(t *testing.T) {
	for _, useSession := range []bool{false, true} {
		t.Run(fmt.Sprintf("UseSessionForNext %v", useSession), func(t *testing.T) {
			store := &faultyStore{Store: cookieStore()}
			s := newSite(t, store, func(s *site) { s.lm.UseSessionForNext = useSession })
			b := s.browser()
			b.post("/login?id=1&fresh=0")
			store.failSaves(errors.New("store down"))
			for _, visitor := range []*browser{b, s.browser()} {
				s.failures()
				s.logged()
				rep := visitor.do("GET", "/vault")
				wants(t, "status", rep.StatusCode, http.StatusFound)
				wants(t, "cookies set", len(rep.Header["Set-Cookie"]), 0)
				wants(t, "errors", s.failures(), "ginlogin: saving the session: store down")
				wantsText(t, "log", s.logged(), "store down", "level=ERROR", "path=/vault")
			}
			store.failSaves(nil)
			wants(t, "flashes", b.get("/flashes"), "200 [] <nil>")
			wants(t, "the login stands", b.get("/whoami"), "200 user 1")
		})
	}
}

func TestALoginAnswersTheMessagesOfGuards(t *testing.T) { // D28
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.get("/secret")
	flashOn(b, "info", "one")
	b.post("/login?id=1&fresh=0")
	wants(t, "after a login", b.get("/flashes"), "200 [{info one}] <nil>")
	b.get("/vault")
	flashOn(b, "info", "two")
	b.post("/confirm")
	wants(t, "after a confirmation", b.get("/flashes"), "200 [{info two}] <nil>")
}

// The message asks for what has happened by other ways than a login, too, or for what makes
// no sense after a logout.
func TestMessagesOfGuardsGoWithWhatTheyAskFor(t *testing.T) {
	for name, act := range map[string]func(b *browser, remembered string){
		"a restore": func(b *browser, remembered string) {
			b.get("/secret") // beyond the Path of the remember cookie
			b.put("remember_token", remembered)
			wants(b.s.t, "restored", b.get("/whoami"), "200 user 1")
		},
		"the second step": func(b *browser, _ string) {
			b.get("/secret")
			b.post("/begin")
			wants(b.s.t, "finished", b.post("/finish"), "200 ok")
		},
		"a login as another user": func(b *browser, _ string) {
			b.post("/login?id=1&fresh=0")
			b.get("/vault")
			b.post("/login?id=2")
		},
		"a logout of a user whose login was stale": func(b *browser, _ string) {
			b.post("/login?id=1&fresh=0")
			b.get("/vault")
			b.post("/logout")
		},
		"a logout that clears": func(b *browser, _ string) {
			b.post("/login?id=1&fresh=0")
			b.get("/vault")
			b.post("/logout?clear=1")
		},
		"the end of other logins": func(b *browser, _ string) {
			b.get("/secret")
			b.post("/login?id=1")
			b.post("/others")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachSession(t, func(s *site) { s.lm.Logins = newShelf() }, func(t *testing.T, s *site) {
				s.engine.POST("/begin", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, s.users.get("1"))) })
				s.engine.POST("/finish", func(c *gin.Context) { answer200(c, ginlogin.FinishLogin(c, s.users.get("1"))) })
				s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
				other := s.browser()
				other.post("/login?id=1&remember=1")
				b := s.browser()
				act(b, other.cookie("remember_token"))
				wants(t, "messages", b.get("/flashes"), "200 [] <nil>")
			})
		})
	}
}
