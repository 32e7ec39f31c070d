package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// flashOn adds a message as a page of the site does.
func flashOn(b *browser, category, message string) string {
	b.s.t.Helper()
	return b.post("/flash?" + url.Values{"category": {category}, "message": {message}}.Encode())
}

func TestFlashesComeInTheirOrderOnceAndWithTheirCategory(t *testing.T) {
	for name, store := range map[string]sessions.Store{"in the cookie": cookieStore(), "on the server": memStore()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store, nil)
			b := s.browser()
			wants(t, "at first", b.get("/flashes"), "200 [] <nil>")
			wants(t, "first", flashOn(b, "info", "one"), "200 ok")
			wants(t, "second", flashOn(b, "error", "two"), "200 ok")
			wants(t, "third", flashOn(b, "info", "three"), "200 ok")
			wants(t, "flashes", b.get("/flashes"), "200 [{info one} {error two} {info three}] <nil>")
			wants(t, "again", b.get("/flashes"), "200 [] <nil>")
			wants(t, "another visitor's", s.browser().get("/flashes"), "200 [] <nil>")
		})
	}
}

func TestAFlashIsAnyText(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/quoted", func(c *gin.Context) {
		flashes, err := ginlogin.Flashes(c)
		c.String(http.StatusOK, "%q %v", flashes, err)
	})
	b := s.browser()
	for _, row := range []struct{ name, category, message string }{
		{"unicode", "schön ☃", "Grüße, 世界 🎉"},
		{"markup", "<b>", `<script>alert("1" & '2')</script>`},
		{"quotes and backslashes", `"\`, `\"{}[],:`},
		{"line breaks and controls", "a\nb", "a\r\n\t\x00\x7f"},
		{"line separators", "x", "\u2028\u2029"},
		{"no category", "", "message"},
		{"no message", "category", ""},
		{"a long one", "x", strings.Repeat("long ", 200)},
	} {
		t.Run(row.name, func(t *testing.T) {
			wants(t, "flash", flashOn(b, row.category, row.message), "200 ok")
			wants(t, "flashes", b.get("/quoted"), fmt.Sprintf("200 %q <nil>", []ginlogin.Flash{{row.category, row.message}}))
		})
	}
}

func TestAMessageThatWaitsIsNotAddedTwice(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	flashOn(b, "info", "one")
	flashOn(b, "info", "two")
	rep := b.do("POST", "/flash?category=info&message=one")
	wants(t, "cookies set for the second time", len(rep.Cookies()), 0)
	flashOn(b, "error", "one")
	wants(t, "flashes", b.get("/flashes"), "200 [{info one} {info two} {error one}] <nil>")
	flashOn(b, "info", "one")
	wants(t, "once shown, it can be added again", b.get("/flashes"), "200 [{info one}] <nil>")
}

func TestAMessageThatIsNoUTF8IsNotAddedTwiceEither(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	for range 3 {
		wants(t, "flash", flashOn(b, "info", "caf\xe9"), "200 ok")
	}
	flashes := b.get("/flashes")
	wants(t, "messages in "+flashes, strings.Count(flashes, "{info "), 1)
}

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

func TestNothingIsWrittenWhenNoFlashWaits(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, nil)
	b := s.browser()
	rep := b.do("GET", "/flashes")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "")
	wants(t, "without a cookie", store.counted(), "opened 0, saved 0")

	b.post("/data?key=k&value=v")
	store.counted()
	rep = b.do("GET", "/flashes")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "")
	wants(t, "with a cookie", store.counted(), "opened 1, saved 0")
}

func TestReadingFlashesRemovesNothingElse(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/data?key=k&value=v")
	b.post("/login?id=1")
	flashOn(b, "info", "one")
	rep := b.do("GET", "/flashes")
	wants(t, "flashes", rep.body, "[{info one}] <nil>")
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	wants(t, "data", b.get("/data?key=k"), "200 v")
	wants(t, "login", b.get("/whoami"), "200 user 1")
}

func TestASessionOfNothingButFlashesEndsWhenTheyAreRead(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.get("/secret")
	wants(t, "a session", b.cookie("session") != "", true)
	rep := b.do("GET", "/flashes")
	wants(t, "its cookie is deleted", b.setCookie(rep, "session").MaxAge, -1)
	wants(t, "no session", b.cookie("session"), "")
}

func TestFlashesOfThisVeryRequestAreRead(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/both", func(c *gin.Context) {
		err := errors.Join(ginlogin.AddFlash(c, "info", "one"), ginlogin.AddFlash(c, "info", "two"))
		first, err1 := ginlogin.Flashes(c)
		second, err2 := ginlogin.Flashes(c)
		c.String(http.StatusOK, "%v %v %v", first, second, errors.Join(err, err1, err2))
	})
	b := s.browser()
	rep := b.do("GET", "/both")
	wants(t, "flashes", rep.body, "[{info one} {info two}] [] <nil>")
	wants(t, "at most one session cookie", len(rep.Header["Set-Cookie"]) <= 1, true)
	b.setCookie(rep, "session")
	wants(t, "afterwards", b.get("/flashes"), "200 [] <nil>")
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

func TestAFailingStoreIsAnErrorOfAddFlashAndFlashes(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, nil)
	b := s.browser()
	flashOn(b, "info", "one")

	store.failSaves(errors.New("store down"))
	wants(t, "adding", flashOn(b, "info", "two"), "400 ginlogin: saving the session: store down")
	rep := b.do("GET", "/flashes")
	wants(t, "reading", rep.body, "[] ginlogin: saving the session: store down")
	wants(t, "cookies set", len(rep.Header["Set-Cookie"]), 0)
	store.failSaves(nil)
	store.failLoads(errors.New("store lost"))
	wants(t, "adding", flashOn(b, "info", "two"), "400 ginlogin: reading the session: store lost")
	wants(t, "reading", b.get("/flashes"), "200 [] ginlogin: reading the session: store lost")
	store.failLoads(nil)
	wants(t, "the message still waits", b.get("/flashes"), "200 [{info one}] <nil>")
}

func TestAfterTheHeadersFlashesWaitOn(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "page ")
		flashes, err := ginlogin.Flashes(c)
		c.String(http.StatusOK, "%v %v %v", flashes, errors.Is(err, ginlogin.ErrHeadersWritten), errors.Is(ginlogin.AddFlash(c, "info", "two"), ginlogin.ErrHeadersWritten))
	})
	b := s.browser()
	flashOn(b, "info", "one")
	rep := b.do("GET", "/late")
	wants(t, "late", rep.body, "page [] true true")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "next page", b.get("/flashes"), "200 [{info one}] <nil>")
}

func TestForeignDataUnderTheKeyOfFlashesIsNoFlash(t *testing.T) {
	var data any
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/foreign", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set(flashKey, data)
		answer200(c, session.Save())
	})
	for _, row := range []struct {
		name string
		data any
	}{
		{"text", "hello"},
		{"no text", ""},
		{"a number", 7},
		{"a list", []string{"info", "hello"}},
		{"JSON that is null", "null"},
		{"JSON that is a number", "7"},
		{"JSON that is an object", `{"Category":"info","Message":"hello"}`},
		{"JSON that is a list of texts", `["hello","world"]`},
		{"JSON that is a list of numbers", `[1,2]`},
		{"JSON that is Flask's list of pairs", `[["info","hello"]]`},
		{"JSON that is a list with other fields", `[{"Category":7,"Message":[]}]`},
		{"JSON that is cut off", `[{"Category":"info","Message":"hello"},{"Cat`},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.browser()
			data = row.data
			wants(t, "foreign data", b.post("/foreign"), "200 ok")
			rep := b.do("GET", "/flashes")
			wants(t, "flashes", rep.body, "[] <nil>")
			wants(t, "cookies set", len(rep.Cookies()), 0)
			wants(t, "the data stays", b.get("/data?key="+flashKey), fmt.Sprintf("200 %v", row.data))
			wants(t, "a refusal", b.do("GET", "/secret").StatusCode, http.StatusFound)
			wants(t, "flashes", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
		})
	}
}

func TestGorillasFlashesAndOursLiveSideBySide(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/theirs", func(c *gin.Context) {
		session := sessions.Default(c)
		session.AddFlash("theirs")
		session.AddFlash("their info", "info")
		answer200(c, session.Save())
	})
	s.engine.GET("/theirs", func(c *gin.Context) {
		session := sessions.Default(c)
		plain, info := session.Flashes(), session.Flashes("info")
		if err := session.Save(); err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.String(http.StatusOK, "%v %v", plain, info)
	})
	s.engine.POST("/mixed", func(c *gin.Context) {
		session := sessions.Default(c)
		session.AddFlash("theirs")
		err := ginlogin.AddFlash(c, "info", "ours")
		session.AddFlash("theirs, too")
		answer200(c, errors.Join(err, session.Save()))
	})
	b := s.browser()
	wants(t, "theirs", b.post("/theirs"), "200 ok")
	wants(t, "ours, with the name of theirs as category", flashOn(b, "info", "ours"), "200 ok")
	wants(t, "a refusal", b.do("GET", "/secret").StatusCode, http.StatusFound)
	wants(t, "ours", b.get("/flashes"), "200 [{info ours} {message "+loginMessage+"}] <nil>")
	wants(t, "theirs", b.get("/theirs"), "200 [theirs] [their info]")

	wants(t, "in one request", b.post("/mixed"), "200 ok")
	wants(t, "theirs", b.get("/theirs"), "200 [theirs theirs, too] []")
	wants(t, "ours", b.get("/flashes"), "200 [{info ours}] <nil>")
}

func TestFlashesLoadNoUser(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	flashOn(b, "info", "one")
	b.get("/flashes")
	wants(t, "events", s.told(), "")
	wants(t, "loader calls", len(s.users.calls()), 0)
}

func TestFlashesOutliveALoginAndALogoutButNoChangeOfUser(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	flashOn(b, "info", "one")
	b.post("/login?id=1")
	b.post("/logout")
	b.post("/login?id=2")
	wants(t, "after login, logout and login", b.get("/flashes"), "200 [{info one}] <nil>")
	flashOn(b, "info", "for Grace alone")
	b.post("/login?id=1")
	wants(t, "after a change of user", b.get("/flashes"), "200 [] <nil>")
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
