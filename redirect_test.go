package ginlogin_test

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func ExampleIsSafeRedirect() {
	for _, next := range []string{
		"/account?tab=2",
		"https://shop.example/cart",
		"https://evil.example/login",
		`/\evil.example`, // a browser reads "//evil.example"
	} {
		fmt.Println(ginlogin.IsSafeRedirect(next, "shop.example"), next)
	}
	// Output:
	// true /account?tab=2
	// true https://shop.example/cart
	// false https://evil.example/login
	// false /\evil.example
}

// nextSite is a site with a page /next that says what NextURL says, and pages
// beneath /area that require a login.
func nextSite(t *testing.T, change func(*site)) *site {
	t.Helper()
	s := newSite(t, cookieStore(), change)
	next := func(c *gin.Context) { c.String(http.StatusOK, ginlogin.NextURL(c, "/fallback")) }
	s.engine.Any("/next", next)
	s.engine.POST("/confirm-next", func(c *gin.Context) {
		if err := confirm(c); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		next(c)
	})
	s.engine.GET("/area/*rest", ginlogin.LoginRequired(), s.inside)
	s.engine.NoRoute(ginlogin.LoginRequired(), s.inside)
	return s
}

// sessionNext keeps next in the session.
func sessionNext(s *site) { s.lm.UseSessionForNext = true }

// nextOf returns the next of a redirect.
func nextOf(t *testing.T, rep reply) string {
	t.Helper()
	to, err := rep.Location()
	if err != nil {
		t.Fatalf("no redirect: %d %s", rep.StatusCode, rep.body)
	}
	return to.Query().Get("next")
}

func TestNextURLAsksTheQueryThenTheFormThenTheSession(t *testing.T) {
	s := nextSite(t, sessionNext)
	stored, empty := s.browser(), s.browser()
	stored.post("/data?key=next&value=/session")

	for _, row := range []struct {
		name, method, query, form string
		session                   bool
		want                      string
	}{
		{"the query comes first", "POST", "?next=/query", "next=/form", true, "/query"},
		{"the form comes second", "POST", "", "next=/form", true, "/form"},
		{"the session comes third", "POST", "", "", true, "/session"},
		{"the fallback comes last", "POST", "", "", false, "/fallback"},
		{"a GET has a query", "GET", "?next=/query", "", true, "/query"},
		{"a GET without one has the session", "GET", "", "", true, "/session"},
		{"an empty query does not count", "POST", "?next=", "next=/form", true, "/form"},
		{"an empty form does not count", "POST", "?next=", "next=", true, "/session"},
		{"the first of two counts", "GET", "?next=/one&next=/two", "", true, "/one"},
		{"the case of the name matters", "GET", "?Next=/query", "", false, "/fallback"},
		{"an unsafe query falls back, whatever else there is", "POST", "?next=https://evil.example", "next=/form", true, "/fallback"},
		{"an unsafe form falls back, whatever else there is", "POST", "", "next=//evil.example", true, "/fallback"},
		{"an unsafe form behind a safe query is not looked at", "POST", "?next=/query", "next=//evil.example", true, "/query"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := empty
			if row.session {
				b = stored
			}
			rep := exchange(b, row.method, "/next"+row.query, row.form, func(*http.Request) {})
			wants(t, "next", rep.body, row.want)
			wants(t, "cookies set", len(rep.Cookies()), 0)
		})
	}
}

func TestNextURLReadsMultipartForms(t *testing.T) {
	s := nextSite(t, nil)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := errors.Join(form.WriteField("next", "/form?a=b"), form.Close()); err != nil {
		t.Fatal(err)
	}
	rep := exchange(s.browser(), "POST", "/next", body.String(), func(req *http.Request) {
		req.Header.Set("Content-Type", form.FormDataContentType())
	})
	wants(t, "next", rep.body, "/form?a=b")
}

func TestNextURLDoesNotReadTheBodyOfAGet(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	var parsed bool
	s.engine.GET("/next", func(c *gin.Context) {
		next := ginlogin.NextURL(c, "/home")
		parsed = c.Request.PostForm != nil || c.Request.MultipartForm != nil
		c.String(http.StatusOK, next)
	})
	var body strings.Builder
	form := multipart.NewWriter(&body)
	_ = form.WriteField("next", "/elsewhere")
	_ = form.Close()
	req := httptest.NewRequest(http.MethodGet, "/next", strings.NewReader(body.String()))
	req.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	wants(t, "next", w.Body.String(), "/home")
	wants(t, "parsed", parsed, false)
}

func TestNextURLFallsBackFromWhatLeadsAway(t *testing.T) {
	forced := nextSite(t, func(s *site) { s.lm.ForceHost = "shop.example" })
	free := nextSite(t, nil)
	own := strings.TrimPrefix(free.URL, "https://")

	for _, row := range []struct{ name, next, forced, free string }{
		{"a path is safe", "/page?a=b&c=d#e", "/page?a=b&c=d#e", "/page?a=b&c=d#e"},
		{"a URL to ForceHost is safe", "https://shop.example/page", "https://shop.example/page", "/fallback"},
		{"a URL to another host is not", "https://evil.example/page", "/fallback", "/fallback"},
		{"a URL to the host of the request is not", "https://" + own + "/page", "/fallback", "/fallback"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := "/next?next=" + url.QueryEscape(row.next)
			wants(t, "with ForceHost", forced.browser().get(path), "200 "+row.forced)
			wants(t, "without", free.browser().get(path), "200 "+row.free)
			form := url.Values{"next": {row.next}}.Encode()
			wants(t, "in a form", exchange(free.browser(), "POST", "/next", form, func(*http.Request) {}).body, row.free)
		})
	}
	session := nextSite(t, sessionNext).browser()
	session.post("/data?key=next&value=//evil.example")
	wants(t, "in the session", session.get("/next"), "200 /fallback")
}

func TestTheFallbackIsTheCallersAndNotChecked(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/next", func(c *gin.Context) { c.String(http.StatusOK, ginlogin.NextURL(c, "https://start.example/")) })
	wants(t, "next", s.browser().get("/next?next=//evil.example"), "200 https://start.example/")
}

func TestNextURLOnACopyOfTheContextIsTheFallback(t *testing.T) {
	s := newSite(t, cookieStore(), sessionNext)
	s.engine.POST("/copy", func(c *gin.Context) {
		before := ginlogin.NextURL(c.Copy(), "/fallback")
		if err := ginlogin.Login(c, s.users.get("1")); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, before+" "+ginlogin.NextURL(c.Copy(), "/fallback"))
	})
	b := s.browser()
	b.get("/secret")
	wants(t, "before and after the login", b.post("/copy"), "200 /fallback /fallback")
}

func TestAStoredNextIsLeftAloneUnlessTheSettingAsksForIt(t *testing.T) {
	s := nextSite(t, nil)
	b := s.browser()
	b.post("/data?key=next&value=/theirs")
	wants(t, "NextURL", b.get("/next"), "200 /fallback")
	b.get("/secret")
	wants(t, "after a refusal", b.get("/data?key=next"), "200 /theirs")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "after a login", b.get("/data?key=next"), "200 /theirs")
}

func TestAStoredNextOfAnotherTypeIsNone(t *testing.T) {
	s := nextSite(t, sessionNext)
	s.engine.POST("/number", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("next", 7)
		answer200(c, session.Save())
	})
	b := s.browser()
	b.post("/number")
	wants(t, "NextURL", b.get("/next"), "200 /fallback")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "still there", b.get("/data?key=next"), "200 7")
}

func TestNextURLOpensNoSessionWithoutACookieOrTheSetting(t *testing.T) {
	for _, row := range []struct {
		name, cookie string
		useSession   bool
		want         string
	}{
		{"without a cookie none is opened", "", true, "opened 0, saved 0"},
		{"without the setting none is opened", "x=y", false, "opened 0, saved 0"},
		{"with both one is opened", "x=y", true, "opened 1, saved 0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			store := &faultyStore{Store: cookieStore()}
			s := newSite(t, store, func(s *site) { s.lm.UseSessionForNext = row.useSession })
			s.engine.GET("/next", func(c *gin.Context) { c.String(http.StatusOK, ginlogin.NextURL(c, "/fallback")) })
			var header []string
			if row.cookie != "" {
				header = []string{"Cookie", row.cookie}
			}
			wants(t, "next", s.browser().get("/next", header...), "200 /fallback")
			wants(t, "store", store.counted(), row.want)
		})
	}
}

func TestNextURLFallsBackInAnOutageOfTheStore(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, sessionNext)
	s.engine.GET("/next", func(c *gin.Context) { c.String(http.StatusOK, ginlogin.NextURL(c, "/fallback")) })
	b := s.browser()
	b.post("/data?key=next&value=/session")
	wants(t, "before", b.get("/next"), "200 /session")
	store.failLoads(errors.New("store down"))
	wants(t, "meanwhile", b.get("/next"), "200 /fallback")
}

func TestGuardsStoreNextInTheSessionWhenAsked(t *testing.T) {
	s := nextSite(t, sessionNext)
	b := s.browser()

	wants(t, "refused", answerOf(b.do("GET", "/area/a?b=c&d=e")), "302 | Location: /login")
	wants(t, "stored", b.get("/data?key=next"), "200 /area/a?b=c&d=e")
	wants(t, "a refused POST", answerOf(b.do("POST", "/secret")), "303 | Location: /login")
	wants(t, "which stores nothing", b.get("/data?key=next"), "200 /area/a?b=c&d=e")
	wants(t, "a refused script", b.do("GET", "/secret", "Accept", "application/json").StatusCode, 401)
	wants(t, "which stores nothing either", b.get("/data?key=next"), "200 /area/a?b=c&d=e")
	wants(t, "the latest counts", b.do("GET", "/secret").StatusCode, http.StatusFound)
	wants(t, "stored", b.get("/data?key=next"), "200 /secret")
	rep := b.do("GET", "/secret")
	wants(t, "what is stored and flashed already is not written again", len(rep.Cookies()), 0)
	wants(t, "the login page may look", b.get("/next"), "200 /secret")
	wants(t, "and look again", b.get("/next"), "200 /secret")
	wants(t, "htmx", b.do("GET", "/secret", "HX-Request", "true", "HX-Current-URL", s.URL+"/page").Header.Get("HX-Redirect"), "/login")
	wants(t, "stored", b.get("/data?key=next"), "200 /page")
}

func TestALoginTakesTheStoredNextOutOfTheSession(t *testing.T) {
	s := nextSite(t, sessionNext)
	b := s.browser()
	b.get("/secret")
	wants(t, "login leads there", b.post("/login?id=1"), "200 /secret")
	wants(t, "stored", b.get("/data?key=next"), "200 <nil>")
	wants(t, "the second login does not", b.post("/login?id=1"), "200 /")

	b.post("/logout")
	b.get("/secret")
	wants(t, "as another user", b.post("/login?id=2"), "200 /secret")
	wants(t, "stored", b.get("/data?key=next"), "200 <nil>")

	b.get("/vault")
	b.post("/data?key=next&value=/kept")
	wants(t, "as another user, while logged in", b.post("/login?id=1"), "200 /kept")
	wants(t, "stored", b.get("/data?key=next"), "200 <nil>")

	b.post("/logout")
	b.get("/secret")
	wants(t, "a query goes before it", b.post("/login?id=1&next=/query"), "200 /query")
	wants(t, "and it is gone all the same", b.get("/data?key=next"), "200 <nil>")
}

func TestAConfirmationTakesTheStoredNextOutOfTheSession(t *testing.T) {
	s := nextSite(t, sessionNext)
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	wants(t, "refused", answerOf(b.do("GET", "/vault")), "302 | Location: /reauthenticate")
	wants(t, "stored", b.get("/data?key=next"), "200 /vault")
	wants(t, "confirmation leads there", b.post("/confirm-next"), "200 /vault")
	wants(t, "stored", b.get("/data?key=next"), "200 <nil>")
	wants(t, "the vault is open", b.get("/vault"), "200 vault")
	wants(t, "the second confirmation does not", b.post("/confirm-next"), "200 /fallback")
}

func TestAFailedLoginOrConfirmationLeavesTheStoredNext(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, sessionNext)
	b := s.browser()
	b.get("/secret")
	wants(t, "inactive", b.do("POST", "/login?id=3").StatusCode, 400)
	wants(t, "no login to confirm", b.do("POST", "/confirm").StatusCode, 400)
	store.failSaves(errors.New("store down"))
	wants(t, "outage", b.do("POST", "/login?id=1").StatusCode, 400)
	store.failSaves(nil)
	wants(t, "stored", b.get("/data?key=next"), "200 /secret")
	wants(t, "login", b.post("/login?id=1"), "200 /secret")
}

func TestNextIsWhatTheBrowserAskedFor(t *testing.T) {
	s := nextSite(t, nil)
	inSession := nextSite(t, sessionNext)
	for name, path := range map[string]string{
		"a page":               "/area/a%2Fb?a=b&next=%2Fother&q=c%26d+e",
		"a route that is none": "/nowhere",
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			next := nextOf(t, b.do("GET", path))
			wants(t, "next", next, path)
			wants(t, "given back", b.get("/next?next="+url.QueryEscape(next)), "200 "+path)

			b = inSession.browser()
			b.get(path)
			wants(t, "out of the session", b.post("/login?id=1"), "200 "+path)
		})
	}
}

func TestBeneathAStrippedPrefixNextIsTheWholePath(t *testing.T) {
	s := nextSite(t, func(s *site) { s.lm.LoginView = "/app/login" })
	s.Config.Handler = http.StripPrefix("/app", s.engine)
	wants(t, "redirect", s.browser().do("GET", "/app/secret?a=b").Header.Get("Location"), "/app/login?next=%2Fapp%2Fsecret%3Fa%3Db")
}

func TestALoginViewOnAnotherSiteGetsTheWholeURL(t *testing.T) {
	for forceHost, want := range map[string]string{"": "https://{host}/area/a?b=c", "shop.example": "https://shop.example/area/a?b=c"} {
		s := nextSite(t, func(s *site) { s.lm.LoginView, s.lm.ForceHost = "https://sso.example/login?app=shop", forceHost })
		want = strings.ReplaceAll(want, "{host}", strings.TrimPrefix(s.URL, "https://"))
		wants(t, "Location", s.browser().do("GET", "/area/a?b=c").Header.Get("Location"),
			"https://sso.example/login?app=shop&next="+url.QueryEscape(want))
	}
}

func TestAForgedHostHeaderGetsNowhereWithForceHost(t *testing.T) {
	forged := func(req *http.Request) { req.Host = "evil.example" }
	s := nextSite(t, nil)
	wants(t, "a view of our own needs no host", exchange(s.browser(), "GET", "/secret", "", forged).Header.Get("Location"), "/login?next=%2Fsecret")
	for view, want := range map[string]string{
		"/login":                    "//shop.example/login?next=%2Fsecret",
		"https://sso.example/login": "https://sso.example/login?next=https%3A%2F%2Fshop.example%2Fsecret",
	} {
		s := nextSite(t, func(s *site) { s.lm.LoginView, s.lm.ForceHost = view, "shop.example" })
		wants(t, view, exchange(s.browser(), "GET", "/secret", "", forged).Header.Get("Location"), want)
	}
}

func TestForceHostReachesTheNextInTheSession(t *testing.T) {
	for _, row := range []struct{ name, view, location, stored, landing string }{
		{"a view of our own gets a path", "/login", "/login", "/secret", "/secret"},
		{"a view on another site gets the forced host", "https://sso.example/login", "https://sso.example/login", "https://shop.example/secret", "https://shop.example/secret"},
		{"a view on the forced host gets a path", "https://shop.example/login", "https://shop.example/login", "/secret", "/secret"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := nextSite(t, func(s *site) {
				s.lm.LoginView, s.lm.ForceHost, s.lm.UseSessionForNext = row.view, "shop.example", true
			})
			b := s.browser()
			wants(t, "Location", b.do("GET", "/secret").Header.Get("Location"), row.location)
			wants(t, "stored", b.get("/data?key=next"), "200 "+row.stored)
			wants(t, "login leads to", b.post("/login?id=1"), "200 "+row.landing)
		})
	}
}

func TestTheRefreshViewGetsNextAsTheLoginViewDoes(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RefreshView, s.lm.ForceHost = "https://sso.example/again", "shop.example"
	})
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	wants(t, "Location", b.do("GET", "/vault").Header.Get("Location"), "https://sso.example/again?next=https%3A%2F%2Fshop.example%2Fvault")
}

func TestLoginURLIsTheViewWithNext(t *testing.T) {
	for forceHost, want := range map[string]string{"": "/login?a=b&next=%2Fpage", "shop.example": "//shop.example/login?a=b&next=%2Fpage"} {
		s := newSite(t, cookieStore(), func(s *site) { s.lm.ForceHost = forceHost })
		s.engine.GET("/url", func(c *gin.Context) { c.String(http.StatusOK, ginlogin.LoginURL(c, "/login?a=b", "/page")) })
		wants(t, "URL", s.browser().get("/url"), "200 "+want)
		wants(t, "events", s.told(), "")
	}
}
