package ginlogin_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestTheSourcesAreAskedInTheirOrder(t *testing.T) {
	const session, cookie, request = "1", "2", "4"
	for _, tc := range []struct {
		name                string
		session, cookie     bool
		gone                string // users who are gone
		user, asked, events string
	}{
		{"the session before all others", true, true, "", "1", "1", "user_accessed=1"},
		{"the cookie before the request", false, true, "", "2", "2", "user_accessed=2 user_loaded_from_cookie=2"},
		{"the request at last", false, false, "", "4", "token 4", "user_accessed=4 user_loaded_from_request=4"},
		{"a vanished session user falls through to the cookie", true, true, "1", "2", "1 2", "user_accessed=2 user_loaded_from_cookie=2"},
		{"a vanished session user falls through to the request", true, false, "1", "4", "1 token 4", "user_accessed=4 user_loaded_from_request=4"},
		{"a vanished cookie user falls through to the request", false, true, "2", "4", "2 token 4", "user_accessed=4 user_loaded_from_request=4"},
		{"both vanished fall through to the request", true, true, "1 2", "4", "1 2 token 4", "user_accessed=4 user_loaded_from_request=4"},
		{"all vanished leave the anonymous user", true, true, "1 2 4", "", "1 2 token 4", "user_accessed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), byToken)
			s.users.rows[request] = &account{ID: request, Name: "Token"}
			b := s.browser()
			if tc.session {
				b.post("/login?id=" + session)
			}
			if tc.cookie {
				b.put("remember_token", signed(tokenOf(cookie, s.clock.Now().Unix(), 1000), "remember", ""))
			}
			for id := range strings.FieldsSeq(tc.gone) {
				s.users.drop(id)
			}
			s.clock.Advance(time.Minute) // a younger login would be kept, as that of a user who is not found yet
			s.told()
			rep := b.do("GET", "/whoami", "Token", request)
			wants(t, "user", rep.body, "user "+tc.user)
			wants(t, "asked", strings.Join(s.users.calls(), " "), tc.asked)
			wants(t, "events", s.told(), tc.events)
			wants(t, "session cookie left", b.cookie("session") != "", tc.user == session || tc.user == cookie)
			wants(t, "remember cookie left", b.cookie("remember_token") != "", tc.cookie && !strings.Contains(tc.gone, cookie))

			b.do("GET", "/whoami", "Token", request)
			again := strings.Join(s.users.calls(), " ")
			for id := range strings.FieldsSeq(tc.gone) {
				if id != request && strings.Contains(again, id) {
					t.Errorf("the next request asks for %s again, who is gone: %s", id, again)
				}
			}
		})
	}
}

func TestACookieUserTakesThePlaceOfAVanishedSessionUser(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	b.put("remember_token", signed(tokenOf("2", s.clock.Now().Unix(), 1000), "remember", ""))
	s.users.drop("1")
	wants(t, "user", b.get("/whoami"), "200 user 2")
	b.put("remember_token", "")
	wants(t, "restored for good", b.get("/whoami"), "200 user 2")
	wants(t, "fresh", b.get("/fresh"), "200 false")
}

func TestAUserIsAskedForOncePerRequest(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.engine.GET("/all", ginlogin.LoginRequired(), ginlogin.FreshLoginRequired(), ginlogin.RequestPasses(func(c *gin.Context, u *account) (bool, error) {
		return ginlogin.CurrentUser(c) == u, nil
	}), func(c *gin.Context) {
		ginlogin.UserAs[*account](ginlogin.Context(c))
		ginlogin.UserAs[*account](c)
		ginlogin.UserID(c)
		ginlogin.LoginRemembered(c)
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, gin.H{"title": "All"}))
	})
	b := s.browser()
	b.post("/login?id=1")
	s.users.calls()
	s.told()
	wants(t, "page", b.get("/all"), "200 [Hi Ada] All (Ada) fresh=true")
	wants(t, "asked", strings.Join(s.users.calls(), " "), "1")
	wants(t, "events", s.told(), "user_accessed=1")
}

func TestAnIDIsAskedForOnceThoughTwoSourcesNameIt(t *testing.T) {
	s := newSite(t, memStore(), byToken)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.users.drop("1")
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "asked", strings.Join(s.users.calls(), " "), "1")
}

func TestALoaderThatFailsChangesNothing(t *testing.T) {
	for name, prepare := range map[string]func(s *site) *browser{
		"for a session":              func(s *site) *browser { b := s.browser(); b.post("/login?id=1"); return b },
		"for a session and a cookie": func(s *site) *browser { b := s.browser(); b.post("/login?id=1&remember=1"); return b },
		"for a cookie":               func(s *site) *browser { return s.rememberedBrowser("/login?id=1&remember=1") },
		"for a session whose client changed": func(s *site) *browser {
			b := s.browser()
			b.post("/login?id=1")
			b.agent = "other"
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, byToken)
				b := prepare(s)
				session, remember := b.cookie("session"), b.cookie("remember_token")
				s.told()
				s.users.fail(errStoreDown)
				for path, want := range map[string]string{
					"/whoami": "503 outage",
					"/secret": "503 ",
					"/vault":  "503 ",
					"/home":   "200 [Log in] Home () fresh=",
				} {
					s.users.calls()
					s.logged()
					s.reported()
					rep := b.do("GET", path, "Token", "2")
					wantsText(t, path, fmt.Sprintf("%d %s", rep.StatusCode, rep.body), want)
					wantsNoCookies(t, path, rep)
					wants(t, path+": asked", strings.Join(s.users.calls(), " "), "1")
					wants(t, path+": events", s.told(), "user_accessed")
					wants(t, path+": c.Errors", strings.Join(s.reported(), ","), "ginlogin: loading the user: connection refused")
					wantsText(t, path+": log", s.logged(), "level=ERROR", "ginlogin: loading the user: connection refused", "path="+path)
				}
				wants(t, "session cookie", b.cookie("session"), session)
				wants(t, "remember cookie", b.cookie("remember_token"), remember)
				s.users.fail(nil)
				wants(t, "afterwards", b.get("/secret"), "200 secret")
			})
		})
	}
}

func TestWhatALoaderMayAnswer(t *testing.T) {
	own := errors.New("no such row")
	for _, tc := range []struct {
		name       string
		user       ginlogin.User
		err        error
		isNotFound func(error) bool
		want       string
	}{
		{"a user", &account{ID: "1"}, nil, nil, "200 user 1"},
		{"nil is no user", nil, nil, nil, "200 user "},
		{"a nil pointer is no user", (*account)(nil), nil, nil, "200 user "},
		{"a nil map is no user", ginlogin.AnonymousUser(nil), nil, nil, "200 user "},
		{"ErrUserNotFound is no user", nil, ginlogin.ErrUserNotFound, nil, "200 user "},
		{"ErrUserNotFound, wrapped, is no user", nil, fmt.Errorf("table users: %w", ginlogin.ErrUserNotFound), nil, "200 user "},
		{"ErrUserNotFound together with a user is no user", &account{ID: "1"}, ginlogin.ErrUserNotFound, nil, "200 user "},
		{"sql.ErrNoRows is no user", nil, sql.ErrNoRows, nil, "200 user "},
		{"sql.ErrNoRows, wrapped, is no user", nil, fmt.Errorf("table users: %w", sql.ErrNoRows), nil, "200 user "},
		{"an own error is no user if IsNotFound says so", nil, own, func(err error) bool { return errors.Is(err, own) }, "200 user "},
		{"ErrUserNotFound is no user whatever IsNotFound says", nil, ginlogin.ErrUserNotFound, func(error) bool { return false }, "200 user "},
		{"sql.ErrNoRows is an outage if IsNotFound says so", nil, sql.ErrNoRows, func(error) bool { return false }, "503 outage"},
		{"an own error is an outage", nil, own, nil, "503 outage"},
		{"an error together with a user is an outage", &account{ID: "1"}, own, nil, "503 outage"},
		{"an error together with a nil pointer is an outage", (*account)(nil), own, nil, "503 outage"},
		{"a deadline is an outage", nil, context.DeadlineExceeded, nil, "503 outage"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, memStore(), func(s *site) {
				loadWith(s, func(context.Context, string) (ginlogin.User, error) { return tc.user, tc.err })
				s.lm.IsNotFound = tc.isNotFound
			})
			b := s.browser()
			b.post("/login?id=1")
			s.clock.Advance(time.Minute)
			wants(t, "as a user loader", b.get("/whoami"), tc.want)
			wants(t, "the login is ended", b.cookie("session") == "", tc.want == "200 user ")

			r := newSite(t, memStore(), func(s *site) {
				s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return tc.user, tc.err }
				s.lm.IsNotFound = tc.isNotFound
			})
			wants(t, "as a request loader", r.browser().get("/whoami"), tc.want)
		})
	}
}

// valueUser is a user that is no pointer.
type valueUser struct {
	ginlogin.UserMixin
	id string
}

func (u valueUser) GetID() string { return u.id }

func TestAUserNeedNotBeAPointer(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		loadWith(s, func(_ context.Context, id string) (valueUser, error) { return valueUser{id: id}, nil })
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "guard", b.get("/secret"), "200 secret")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestALoaderMayTakeANumber(t *testing.T) {
	var asked []int64
	load := ginlogin.IntID(func(_ context.Context, id int64) (*account, error) {
		asked = append(asked, id)
		return &account{ID: fmt.Sprint(id)}, nil
	})
	for _, id := range []string{"42", "-1", "0", "9223372036854775807", "-9223372036854775808"} {
		asked = nil
		u, err := load(t.Context(), id)
		wants(t, id+": error", err, nil)
		wants(t, id, u.ID, id)
		wants(t, id+" asks for", fmt.Sprint(asked), "["+id+"]")
	}
	for _, id := range []string{"9223372036854775808", "", "one", "1.5", " 1", "0x1", "1_0", "1; DROP TABLE users"} {
		asked = nil
		u, err := load(t.Context(), id)
		wants(t, id+" is not found", errors.Is(err, ginlogin.ErrUserNotFound), true)
		wants(t, id+" is no user", u == nil, true)
		wants(t, id+" asks for", len(asked), 0)
	}
}

func TestALoginWithAnIDThatIsNoNumberIsEnded(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		loadWith(s, ginlogin.IntID(func(ctx context.Context, id int64) (*account, error) { return s.users.find(ctx, fmt.Sprint(id)) }))
		s.users.rows["ada"] = &account{ID: "ada"}
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "a number", b.get("/whoami"), "200 user 1")
	b.post("/login?id=ada")
	s.clock.Advance(time.Minute)
	wants(t, "no number", b.get("/whoami"), "200 user ")
	wants(t, "session", b.cookie("session"), "")
}

func TestTheErrorOfAMissingRowComesWithAHint(t *testing.T) {
	for text, explained := range map[string]bool{
		"users: record not found": true, "users: no rows in result set": true, "users: no documents": true, "connection refused": false,
	} {
		s := newSite(t, cookieStore(), nil)
		b := s.browser()
		b.post("/login?id=1")
		s.users.fail(errors.New(text))
		b.get("/whoami")
		wants(t, text, strings.Contains(s.logged(), "LoginManager.IsNotFound"), explained)
	}
}
