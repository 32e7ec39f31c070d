package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// eventSite is a site whose store notes among the events when it has saved, and
// which also finds users by a token.
func eventSite(t *testing.T, change func(*site)) (*site, *faultyStore) {
	t.Helper()
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) {
			return s.users.get(c.GetHeader("X-Token")), nil
		})
		store.onSave = func() { s.tell("saved") }
		if change != nil {
			change(s)
		}
	})
	return s, store
}

// tell adds to what told returns.
func (s *site) tell(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, what)
}

func TestEventsFireInTheirOrderAfterTheSave(t *testing.T) {
	s, _ := eventSite(t, nil)
	s.engine.POST("/confirm-loaded", func(c *gin.Context) { ginlogin.CurrentUser(c); answer200(c, confirm(c)) })
	strong, _ := eventSite(t, func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong })

	login := func(query string) func(*browser) { return func(b *browser) { b.post("/login?" + query) } }
	visit := func(path string, header ...string) func(*browser) {
		return func(b *browser) { b.get(path, header...) }
	}
	post := func(path string) func(*browser) { return func(b *browser) { b.post(path) } }
	anew := func(b *browser) { b.put("session", "") }
	moved := func(b *browser) { b.agent = "another browser" }

	for _, row := range []struct {
		name  string
		site  *site
		steps []func(*browser) // the last one counts
		want  string
	}{
		{"a page that does not ask", s, []func(*browser){login("id=1"), visit("/static")}, ""},
		{"a visitor asks", s, []func(*browser){visit("/whoami")}, "user_accessed"},
		{"a user asks", s, []func(*browser){login("id=1"), visit("/whoami")}, "user_accessed=1"},
		{"a login", s, []func(*browser){login("id=1")}, "saved user_logged_in=1"},
		{"a login as another user", s, []func(*browser){login("id=1"), login("id=2")}, "saved user_logged_in=2"},
		{"a login that is refused", s, []func(*browser){login("id=3")}, ""},
		{"a login that is forced", s, []func(*browser){login("id=3&force=1")}, "saved user_logged_in=3"},
		{"a logout", s, []func(*browser){login("id=1"), post("/logout")}, "saved user_accessed user_logged_out=1"},
		{"a logout without a login", s, []func(*browser){post("/logout")}, "user_accessed"},
		{"a logout while remembered", s, []func(*browser){login("id=1&remember=1"), anew, post("/logout")}, "user_accessed user_loaded_from_cookie=1 user_logged_out=1"},
		{"a logout of a token", s, []func(*browser){func(b *browser) { b.post("/logout", "X-Token", "2") }}, "user_accessed user_loaded_from_request=2 user_logged_out=2"},
		{"a confirmation", s, []func(*browser){login("id=1&fresh=0"), post("/confirm")}, "saved user_login_confirmed=1"},
		{"a confirmation of a loaded user", s, []func(*browser){login("id=1&fresh=0"), post("/confirm-loaded")}, "user_accessed=1 saved user_login_confirmed=1"},
		{"a confirmation without a login", s, []func(*browser){post("/confirm")}, ""},
		{"a remember cookie", s, []func(*browser){login("id=1&remember=1"), anew, visit("/whoami")}, "saved user_accessed=1 user_loaded_from_cookie=1"},
		{"a remember cookie at the second page", s, []func(*browser){login("id=1&remember=1"), anew, visit("/whoami"), visit("/whoami")}, "user_accessed=1"},
		{"a token", s, []func(*browser){visit("/whoami", "X-Token", "2")}, "user_accessed=2 user_loaded_from_request=2"},
		{"a refusal", s, []func(*browser){visit("/secret")}, "user_accessed user_unauthorized saved"},
		{"a refusal of a script", s, []func(*browser){visit("/secret", "Accept", "application/json")}, "user_accessed user_unauthorized"},
		{"a refusal of the inactive", s, []func(*browser){login("id=3&force=1"), visit("/secret")}, "user_accessed=3 user_unauthorized=3 saved"},
		{"a refusal of the stale", s, []func(*browser){login("id=1&fresh=0"), visit("/vault")}, "user_accessed=1 user_needs_refresh=1 saved"},
		{"a refusal of the remembered", s, []func(*browser){login("id=1&remember=1"), anew, visit("/vault")}, "saved user_accessed=1 user_loaded_from_cookie=1 user_needs_refresh=1 saved"},
		{"basic protection", s, []func(*browser){login("id=1"), moved, visit("/whoami")}, "saved user_accessed=1 session_protected=1"},
		{"basic protection at the second page", s, []func(*browser){login("id=1"), moved, visit("/whoami"), visit("/whoami")}, "user_accessed=1"},
		{"strong protection", strong, []func(*browser){login("id=1"), moved, visit("/whoami")}, "saved user_accessed session_protected"},
		{"strong protection at the second page", strong, []func(*browser){login("id=1"), moved, visit("/whoami"), visit("/whoami")}, "user_accessed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := row.site.browser()
			for _, step := range row.steps {
				row.site.told()
				step(b)
			}
			wants(t, "events", row.site.told(), row.want)
		})
	}
}

func TestDuringAnOutageOnlyUserAccessedFires(t *testing.T) {
	s, store := eventSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.agent = "another browser"
	s.told()
	s.users.fail(errors.New("database down"))
	b.get("/secret")
	wants(t, "loader down, under protection", s.told(), "user_accessed")
	b.put("session", "")
	b.get("/secret")
	wants(t, "loader down, remembered", s.told(), "user_accessed")
	s.users.fail(nil)
	b.post("/login?id=1")
	s.told()
	store.failLoads(errors.New("store down"))
	b.get("/secret")
	wants(t, "store down", s.told(), "user_accessed")
	wants(t, "login", b.do("POST", "/login?id=1").StatusCode, 400)
	wants(t, "logout", b.do("POST", "/logout").StatusCode, 400)
	wants(t, "confirmation", b.do("POST", "/confirm").StatusCode, 400)
	wants(t, "store down", s.told(), "user_accessed")
}

func TestAChangeThatCannotBeSavedFiresNoEvent(t *testing.T) {
	s, store := eventSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	s.told()
	store.failSaves(errors.New("store down"))
	wants(t, "login", b.do("POST", "/login?id=2").StatusCode, 400)
	wants(t, "confirmation", b.do("POST", "/confirm").StatusCode, 400)
	wants(t, "events", s.told(), "")
	wants(t, "logout", b.do("POST", "/logout").StatusCode, 400)
	wants(t, "events", s.told(), "user_accessed=1")
}

func TestALogoutFiresItsEventThoughTheLoaderFails(t *testing.T) {
	s, _ := eventSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	s.users.fail(errors.New("database down"))
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "events", s.told(), "saved user_accessed user_logged_out")
	s.users.fail(nil)
	wants(t, "afterwards", b.get("/whoami"), "200 user ")
}

func TestTheUserOfAnEventIsNeverNil(t *testing.T) {
	guest := ginlogin.AnonymousUser{"Name": "Guest"}
	var seen []string
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.AnonymousUser = func(*gin.Context) ginlogin.User { return guest }
		for e := range eventCount {
			s.lm.On(e, func(_ *gin.Context, u ginlogin.User) { seen = append(seen, fmt.Sprintf("%v %v", e, u)) })
		}
	})
	s.engine.GET("/refused", func(c *gin.Context) { ginlogin.Unauthorized(c) })
	s.engine.GET("/stale", func(c *gin.Context) { ginlogin.NeedsRefresh(c) })
	b := s.browser()
	for path, want := range map[string]string{
		"/whoami":  "[user_accessed map[Name:Guest]]",
		"/secret":  "[user_accessed map[Name:Guest] user_unauthorized map[Name:Guest]]",
		"/refused": "[user_unauthorized map[Name:Guest]]",
		"/stale":   "[user_needs_refresh map[Name:Guest]]",
	} {
		seen = nil
		b.get(path)
		wants(t, path, fmt.Sprint(seen), want)
	}
	b.post("/login?id=1")
	seen = nil
	s.users.fail(errors.New("database down"))
	b.post("/logout")
	wants(t, "a logout during an outage", fmt.Sprint(seen), "[user_accessed map[Name:Guest] user_logged_out map[Name:Guest]]")
}

func TestCookiesAreSetBeforeTheirEventFires(t *testing.T) {
	var sent []string
	s := newSite(t, cookieStore(), func(s *site) {
		for _, e := range []ginlogin.Event{ginlogin.UserLoggedIn, ginlogin.UserLoggedOut, ginlogin.UserLoadedFromCookie, ginlogin.UserLoginConfirmed, ginlogin.SessionProtected} {
			s.lm.On(e, func(c *gin.Context, _ ginlogin.User) {
				var names []string
				for _, line := range c.Writer.Header()["Set-Cookie"] {
					name, _, _ := strings.Cut(line, "=")
					names = append(names, name)
				}
				slices.Sort(names)
				sent = append(sent, fmt.Sprint(e, names))
			})
		}
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.put("session", "")
	b.get("/whoami")
	b.post("/confirm")
	b.agent = "another browser"
	b.get("/whoami")
	b.post("/logout")
	wants(t, "Set-Cookie lines at each event", strings.Join(sent, ", "),
		"user_logged_in [remember_token session], user_loaded_from_cookie [session], user_login_confirmed [session], "+
			"session_protected [session], user_logged_out [remember_token session]")
}

func TestEventsHaveFlaskLoginsNames(t *testing.T) {
	for event, name := range map[ginlogin.Event]string{
		ginlogin.UserLoggedIn:          "user_logged_in",
		ginlogin.UserLoggedOut:         "user_logged_out",
		ginlogin.UserLoadedFromCookie:  "user_loaded_from_cookie",
		ginlogin.UserLoadedFromRequest: "user_loaded_from_request",
		ginlogin.UserLoginConfirmed:    "user_login_confirmed",
		ginlogin.UserUnauthorized:      "user_unauthorized",
		ginlogin.UserNeedsRefresh:      "user_needs_refresh",
		ginlogin.UserAccessed:          "user_accessed",
		ginlogin.SessionProtected:      "session_protected",
		ginlogin.RememberTokenStolen:   "remember_token_stolen",
		ginlogin.UserForbidden:         "user_forbidden",
		ginlogin.UserLoginFailed:       "user_login_failed",
		ginlogin.LoginsEnded:           "logins_ended",
		-1:                             "unknown",
		eventCount:                     "unknown",
	} {
		wants(t, fmt.Sprintf("name of %d", int(event)), event.String(), name)
	}
}

func TestEndingTheOtherLoginsIsAnEvent(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	other.post("/login?id=1")
	s.told()
	wants(t, "others", b.post("/others"), "200 ok")
	wants(t, "events of LogoutOthers", s.told(), "user_accessed=1 logins_ended=1")
	wants(t, "everywhere", b.post("/everywhere"), "200 ok")
	wants(t, "events of LogoutEverywhere", s.told(), "user_accessed=1 logins_ended=1 user_logged_out=1")
}

func TestLoginFailedIsAnEventAndALineOfTheAuditLog(t *testing.T) {
	s, read := newAuditedSite(t, func(*site) {})
	s.engine.POST("/guess", func(c *gin.Context) {
		switch c.Query("whose") {
		case "own":
			ginlogin.LoginFailed(c, s.users.get("1"), "wrong password")
		case "missing":
			ginlogin.LoginFailed(c, s.users.get("nobody"), "wrong password") // a nil *account
		case "unknown":
			ginlogin.LoginFailed(c, nil, "no such user")
		case "copy":
			ginlogin.LoginFailed(c.Copy(), nil, "late")
		}
		c.Status(http.StatusUnauthorized)
	})
	b := s.browser()
	for whose, want := range map[string][2]string{
		"own":     {"user_login_failed=1", `level=INFO msg=user_login_failed user=1 address=127.0.0.1 reason="wrong password"`},
		"missing": {"user_login_failed", `level=INFO msg=user_login_failed address=127.0.0.1 reason="wrong password"`},
		"unknown": {"user_login_failed", `level=INFO msg=user_login_failed address=127.0.0.1 reason="no such user"`},
		"copy":    {"", ""},
	} {
		read()
		s.told()
		wantsNoCookies(t, whose, b.do("POST", "/guess?whose="+whose))
		wants(t, whose+": events", s.told(), want[0])
		wants(t, whose+": audit log", strings.TrimSpace(read()), want[1])
	}
	b.post("/login?id=2")
	read()
	b.post("/guess?whose=own")
	wants(t, "by a user who is logged in, for another account", read(), `level=INFO msg=user_login_failed user=1 address=127.0.0.1 reason="wrong password"`)
}
