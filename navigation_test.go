package ginlogin_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/respond/clients"
)

// send sends what a client of package clients sends.
func send(b *browser, client clients.Client) reply {
	b.s.t.Helper()
	res, err := b.Do(client.Request(b.s.URL + clients.Page))
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return reply{res, string(body)}
}

func TestOnlyANavigationLeavesATrace(t *testing.T) {
	queried := newSite(t, cookieStore(), nil)
	stored := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	for _, s := range []*site{queried, stored} {
		s.guarded("/page", ginlogin.LoginRequired())
	}
	for _, client := range clients.All() {
		t.Run(client.Name, func(t *testing.T) {
			view := "/login"
			if client.Next != "" {
				view += "?next=" + url.QueryEscape(client.Next)
			}
			b := queried.browser()
			wantsAnswer(t, client, send(b, client), view)
			wants(t, "messages", b.get("/flashes"), messages(client.Message))
			wants(t, "events", queried.told(), "user_accessed user_unauthorized")

			b = stored.browser()
			wantsAnswer(t, client, send(b, client), "/login")
			next := "<nil>"
			if client.Next != "" {
				next = client.Next
			}
			wants(t, "next in the session", b.get("/data?key=next"), "200 "+next)
			wants(t, "messages beside it", b.get("/flashes"), messages(client.Message))
		})
	}
}

// messages returns what /flashes says if the guard's message waits, or none.
func messages(waits bool) string {
	if waits {
		return "200 [{message " + loginMessage + "}] <nil>"
	}
	return "200 [] <nil>"
}

// wantsAnswer checks what a client gets that asks for a page to log in for.
func wantsAnswer(t *testing.T, client clients.Client, rep reply, view string) {
	t.Helper()
	wants(t, "status", rep.StatusCode, client.Status)
	for _, header := range []string{"Location", "HX-Redirect"} {
		want := ""
		if header == client.Redirect {
			want = view
		}
		wants(t, header, rep.Header.Get(header), want)
	}
	wants(t, "Cache-Control", fmt.Sprint(rep.Header["Cache-Control"]), "[private, no-store]")
	wants(t, "Vary", fmt.Sprint(rep.Header["Vary"]), "[Cookie]")
	if !client.Message {
		wants(t, "cookies", len(rep.Cookies()), 0)
	}
	if client.Status == http.StatusUnauthorized {
		wants(t, "WWW-Authenticate", rep.Header.Get("WWW-Authenticate"), "Session")
	}
	if client.JSON {
		wants(t, "Content-Type", rep.Header.Get("Content-Type"), "application/json; charset=utf-8")
		wants(t, "body", rep.body, `{"error":"login required"}`)
	}
}

func TestWhatIsNoNavigationLeavesTheNextOfThePageThatIs(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	s.guarded("/page", ginlogin.LoginRequired())
	for _, client := range clients.All() {
		if client.Message {
			continue
		}
		b := s.browser()
		b.do("GET", "/secret?tab=1", "Sec-Fetch-Mode", "navigate", "Accept", acceptHTML)
		send(b, client)
		wants(t, "after "+client.Name+", next", b.get("/data?key=next"), "200 /secret?tab=1")
		wants(t, "after "+client.Name+", messages", b.get("/flashes"), messages(true))
	}
}

func TestEveryRefusalIsPrivate(t *testing.T) {
	for _, setting := range []string{"private, no-store", "no-cache", ""} {
		t.Run("CacheControl "+setting, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.CacheControl = setting })
			s.guarded("/view", ginlogin.LoginRequired())
			s.guarded("/no-view", ginlogin.LoginRequired(ginlogin.LoginView("")))
			s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
			s.guarded("/passes", passes(func(*gin.Context, ginlogin.User) bool { return false }))
			s.guarded("/else", passes(func(*gin.Context, ginlogin.User) bool { return false }, ginlogin.Otherwise("/plans")))
			s.guarded("/unsure", ginlogin.RequestPasses(func(*gin.Context, ginlogin.User) (bool, error) { return false, errors.New("policy down") }))
			s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
			s.guarded("/called", func(c *gin.Context) { ginlogin.Unauthorized(c) })
			stranger, stale := s.browser(), s.browser()
			stale.post("/login?id=1&fresh=0")

			want := "[]"
			if setting != "" {
				want = "[" + setting + "]"
			}
			for _, row := range []struct {
				name, method, path string
				b                  *browser
				header             []string
				status             int
			}{
				{"a redirect to the login page", "GET", "/view", stranger, nil, 302},
				{"a redirect of a form", "POST", "/view", stranger, nil, 303},
				{"a redirect of a form of another site", "POST", "/view", stranger, []string{"Sec-Fetch-Site", "cross-site"}, 303},
				{"a redirect of a frame", "GET", "/view", stranger, []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 302},
				{"a 401 of a program", "GET", "/view", stranger, []string{"Accept", "application/json"}, 401},
				{"a 401 of htmx", "GET", "/view", stranger, []string{"HX-Request", "true"}, 401},
				{"a 401 without a view", "GET", "/no-view", stranger, nil, 401},
				{"a 401 with NoRedirect", "GET", "/api", stranger, nil, 401},
				{"a 401 that the handler asks for", "GET", "/called", stranger, []string{"Accept", "application/json"}, 401},
				{"a redirect to the refresh page", "GET", "/vault", stale, nil, 302},
				{"a 401 of a stale program", "GET", "/vault", stale, []string{"Accept", "application/json"}, 401},
				{"a 403", "GET", "/passes", stale, nil, 403},
				{"a redirect instead of a 403", "GET", "/else", stale, nil, 302},
				{"a 503 of a test", "GET", "/unsure", stale, nil, 503},
				{"a redirect of who is logged in", "GET", "/welcome", stale, nil, 302},
			} {
				rep := row.b.do(row.method, row.path, row.header...)
				wants(t, row.name+": status", rep.StatusCode, row.status)
				wants(t, row.name+": Cache-Control", fmt.Sprint(rep.Header["Cache-Control"]), want)
				wants(t, row.name+": Vary", fmt.Sprint(rep.Header["Vary"]), "[Cookie]")
			}

			s.users.fail(errors.New("database down"))
			rep := stale.do("GET", "/view")
			wants(t, "an outage: status", rep.StatusCode, 503)
			wants(t, "an outage: Cache-Control", fmt.Sprint(rep.Header["Cache-Control"]), want)
			wants(t, "an outage: Vary", fmt.Sprint(rep.Header["Vary"]), "[Cookie]")
		})
	}
}

func TestAnOutageThatAStrangerMeetsIsPrivate(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return nil, errors.New("tokens down") }
	})
	s.guarded("/page", ginlogin.LoginRequired())
	rep := s.browser().do("GET", "/page")
	wants(t, "answer", answerOf(rep), "503")
	wants(t, "Cache-Control", fmt.Sprint(rep.Header["Cache-Control"]), "[private, no-store]")
	wants(t, "Vary", fmt.Sprint(rep.Header["Vary"]), "[Cookie]")
}

func TestARefusalKeepsTheAppsOwnCacheControl(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, _ error) {
			c.Header("Cache-Control", "max-age=1")
			c.Status(http.StatusServiceUnavailable)
		}
	})
	own := func(c *gin.Context) { c.Header("Cache-Control", "no-cache") }
	s.guarded("/page", own, ginlogin.LoginRequired())
	s.guarded("/handled", ginlogin.LoginRequired())
	b := s.browser()
	wants(t, "set before", fmt.Sprint(b.do("GET", "/page").Header["Cache-Control"]), "[no-cache]")
	wants(t, "set before, for a program", fmt.Sprint(b.do("GET", "/page", "Accept", "application/json").Header["Cache-Control"]), "[no-cache]")
	b.post("/login?id=1")
	s.users.fail(errors.New("database down"))
	wants(t, "set by a handler", fmt.Sprint(b.do("GET", "/handled").Header["Cache-Control"]), "[max-age=1]")
}

func TestAHandlerOfRefusalsAnswersPrivately(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.UnauthorizedHandler = func(c *gin.Context) { c.String(http.StatusTeapot, "who are you?") }
	})
	s.guarded("/page", ginlogin.LoginRequired())
	rep := s.browser().do("GET", "/page")
	wants(t, "answer", answerOf(rep), "418 | who are you?")
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
}

func TestANextOfAnyLengthMakesNoLocationOfThatLength(t *testing.T) {
	for _, inSession := range []bool{false, true} {
		s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = inSession })
		s.guarded("/page", ginlogin.LoginRequired())
		s.guarded("/away", ginlogin.LoginRequired(ginlogin.LoginView("https://sso.example/login")))
		s.engine.GET("/url", func(c *gin.Context) {
			c.String(http.StatusOK, ginlogin.LoginURL(c, "/login", "/page?q="+strings.Repeat("%20", 2000)))
		})
		b := s.browser()
		long := "?q=" + strings.Repeat("%20", 2400)
		wants(t, "a query of 7 kB", b.do("GET", "/page"+long).Header.Get("Location"), "/login")
		wants(t, "for htmx", b.do("GET", "/page", "HX-Request", "true", "HX-Current-URL", s.URL+"/board"+long).Header.Get("HX-Redirect"), "/login")
		wants(t, "for a login page on another site", b.do("GET", "/away"+long).Header.Get("Location"), "https://sso.example/login")
		wants(t, "LoginURL", b.get("/url"), "200 /login")
		wants(t, "next in the session", b.get("/data?key=next"), "200 <nil>")
		wants(t, "the message is left all the same", b.get("/flashes"), messages(true))
	}
}
