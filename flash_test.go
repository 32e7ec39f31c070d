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
