package ginlogin_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// byToken makes the site find a user by the request's Token, after the session
// and the remember cookie.
func byToken(s *site) {
	s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) {
		id := c.GetHeader("Token")
		if id == "" {
			return nil, nil
		}
		s.users.mu.Lock()
		defer s.users.mu.Unlock()
		s.users.asked = append(s.users.asked, "token "+id)
		return s.users.rows[id], s.users.err
	})
}

// within fails the test unless f returns soon.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: it does not return", what)
	}
}

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

// GORM's Find leaves a zero struct when no row has the token, and returns no error.
func TestAZeroStructFromARequestLoaderIsNoUser(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(*gin.Context) (*account, error) { return &account{}, nil })
	})
	b := s.browser()
	wants(t, "a guard", b.do("GET", "/secret").StatusCode, http.StatusFound)
	wants(t, "the user", b.get("/home"), "200 [Log in] Home () fresh=false")
	wants(t, "events", strings.Contains(s.told(), "user_loaded_from_request"), false)
}

func TestARequestLoaderThatFailsIsAnOutage(t *testing.T) {
	s := newSite(t, memStore(), byToken)
	b := s.browser()
	s.users.fail(errStoreDown)
	wants(t, "user", b.get("/whoami", "Token", "1"), "503 outage")
	wants(t, "guard", b.do("GET", "/secret", "Token", "1").StatusCode, http.StatusServiceUnavailable)
	wants(t, "without a token", b.get("/whoami"), "200 user ")
	b.put("remember_token", "nonsense")
	wantsNoCookies(t, "a bad cookie is not deleted now", b.do("GET", "/whoami", "Token", "1"))
	s.users.fail(nil)
	wants(t, "but afterwards", b.get("/whoami", "Token", "1")+b.cookie("remember_token"), "200 user 1")
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

func TestFromRequestOfNilIsNoLoader(t *testing.T) {
	wants(t, "nil", ginlogin.FromRequest[*account](nil) == nil, true)
	lm := ginlogin.New[*account](nil)
	lm.RequestLoader = ginlogin.FromRequest[*account](nil)
	wantsText(t, "a manager without any loader", panicText(func() { lm.Middleware() }), "ginlogin: LoginManager has no loader")
}

func TestAManagerMayHaveOnlyARequestLoader(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) { loadWith[*account](s, nil); byToken(s) })
	b := s.browser()
	wants(t, "with a token", b.get("/secret", "Token", "1"), "200 secret")
	wants(t, "without one", b.do("GET", "/secret").StatusCode, http.StatusFound)

	b.post("/login?id=2&remember=1")
	wants(t, "a login that cannot be loaded", b.get("/whoami"), "200 user ")
	wants(t, "its remember cookie stays", b.cookie("remember_token") != "", true)
	wants(t, "a token beside it", b.get("/whoami", "Token", "1"), "200 user 1")
	s.shows("/about", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		id, ok := ginlogin.UserID(c)
		return fmt.Sprintf("%q %v fresh=%v", id, ok, ginlogin.LoginFresh(c))
	})
	wants(t, "the user of the token", b.get("/about", "Token", "1"), `200 "" false fresh=false`)
	s.shows("/below", func(c *gin.Context) any {
		_, ok := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
		return ok
	})
	wants(t, "below HTTP", b.get("/below"), "200 false")

	s.shows("/stream", func(c *gin.Context) any {
		on, err := ginlogin.StillLoggedIn(ginlogin.Context(c))
		return fmt.Sprint(on, err)
	})
	wants(t, "a stream without a token", b.get("/stream"), "200 false <nil>")
	wants(t, "a stream of the user of the token", b.get("/stream", "Token", "1"), "200 true <nil>")
	wants(t, "a stream of the login, which the token loads", b.get("/stream", "Token", "2"), "200 true <nil>")
}

func TestAUserOfTheRequestNeverTouchesTheSession(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, byToken)
	s.shows("/about", func(c *gin.Context) any {
		u, ok := ginlogin.UserAs[*account](c)
		id, identified := ginlogin.UserID(c)
		return fmt.Sprintf("%s %v %q %v fresh=%v remembered=%v", u.Name, ok, id, identified, ginlogin.LoginFresh(c), ginlogin.LoginRemembered(c))
	})
	b := s.browser()
	for range 2 {
		rep := b.do("GET", "/whoami", "Token", "1")
		wants(t, "user", rep.body, "user 1")
		wantsNoCookies(t, "answer", rep)
		wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
		wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	}
	reads, saves := rack.counts()
	wants(t, "reads", reads, 0)
	wants(t, "saves", saves, 0)
	wants(t, "all about the user", b.get("/about", "Token", "1"), `200 Ada true "" false fresh=false remembered=false`)
	wants(t, "a page for fresh logins", b.do("GET", "/vault", "Token", "1").StatusCode, http.StatusFound)

	b.post("/data?key=cart&value=book")
	rack.counts()
	wantsNoCookies(t, "with a session of a visitor", b.do("GET", "/secret", "Token", "1"))
	_, saves = rack.counts()
	wants(t, "saves", saves, 0)
	wants(t, "the next request without a token", b.get("/whoami"), "200 user ")
}

func TestAVanishedLoginDoesNotVouchForTheUserOfTheRequest(t *testing.T) {
	s := newSite(t, memStore(), byToken)
	s.shows("/about", func(c *gin.Context) any {
		u := ginlogin.CurrentUser(c)
		id, _ := ginlogin.UserID(c)
		return fmt.Sprintf("%s %q fresh=%v", u.GetID(), id, ginlogin.LoginFresh(c))
	})
	b := s.browser()
	b.post("/login?id=2")
	s.users.drop("2")
	wants(t, "another user", b.get("/about", "Token", "1"), `200 1 "" fresh=false`)
}

func TestWhileARequestLoaderRunsTheUserIsAnonymous(t *testing.T) {
	var answers string
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) {
			u, err := ginlogin.LoadUser(c)
			_, below := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
			_, found := ginlogin.UserAs[*account](c)
			answers = fmt.Sprint(u.IsAnonymous(), err, ginlogin.CurrentUser(c).IsAnonymous(), below, found)
			return s.users.get("2"), nil
		}
	})
	within(t, "the request", func() {
		b := s.browser()
		wants(t, "user", b.get("/whoami"), "200 user 2")
		wants(t, "answers to the loader", answers, "true <nil> true false false")
		wants(t, "events", s.told(), "user_accessed=2 user_loaded_from_request=2")

		b.post("/login?id=1")
		s.users.drop("1")
		answers = ""
		wants(t, "behind a vanished login", b.get("/whoami"), "200 user 2")
		wants(t, "answers to the loader", answers, "true <nil> true false false")
	})
}

// ginContext is the key under which a test keeps the *gin.Context in the
// request's context, as some apps do.
type ginContext struct{}

func TestWhileAUserLoaderRunsTheUserIsAnonymous(t *testing.T) {
	for name, ask := range map[string]func(c *gin.Context) ginlogin.User{
		"for CurrentUser": func(c *gin.Context) ginlogin.User { return ginlogin.CurrentUser(c) },
		"for Context": func(c *gin.Context) ginlogin.User {
			u, _ := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
			return u
		},
		"for CurrentUser of a request that has the context with the user": func(c *gin.Context) ginlogin.User {
			c.Request = c.Request.WithContext(ginlogin.Context(c))
			return ginlogin.CurrentUser(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var answers string
			s := newSite(t, memStore(), func(s *site) {
				s.engine.Use(func(c *gin.Context) {
					c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginContext{}, c))
				})
				loadWith(s, func(ctx context.Context, id string) (*account, error) {
					_, below := ginlogin.UserAs[ginlogin.User](ctx)
					u, err := ginlogin.LoadUser(ctx.Value(ginContext{}).(*gin.Context))
					answers = fmt.Sprint(below, u.IsAnonymous(), err)
					return s.users.find(ctx, id)
				})
			})
			s.shows("/ask", func(c *gin.Context) any { return ask(c).GetID() })
			b := s.browser()
			b.post("/login?id=1")
			// Without the server, which could not be closed if the request hung.
			within(t, "the request", func() { wants(t, "user", b.direct("/ask").Body.String(), "1") })
			wants(t, "answers to the loader", answers, "false true <nil>")
			wants(t, "asked", strings.Join(s.users.calls(), " "), "1")
		})
	}
}

func TestAfterALoaderThatPanicsTheRequestHasAnOutage(t *testing.T) {
	var panics atomic.Bool
	s := newSite(t, memStore(), func(s *site) {
		s.engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, v any) { c.String(http.StatusInternalServerError, "%v", v) }))
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			if panics.Load() {
				panic("driver bug")
			}
			return s.users.find(ctx, id)
		})
		s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) {
			if panics.Load() {
				panic("header bug")
			}
			return nil, nil
		}
	})
	recovers := func(c *gin.Context) { c.Set("panic", panicText(func() { ginlogin.CurrentUser(c) })) }
	s.engine.GET("/guarded", recovers, ginlogin.LoginRequired(), func(*gin.Context) { t.Error("the guard lets the request pass") })
	s.engine.GET("/asks", recovers, func(c *gin.Context) {
		u, err := ginlogin.LoadUser(c)
		c.String(http.StatusOK, "%s, then %q, %v", c.GetString("panic"), u.GetID(), err)
	})
	b := s.browser()
	b.post("/login?id=1")
	panics.Store(true)
	within(t, "the requests", func() {
		rep := b.do("GET", "/whoami")
		wants(t, "a user loader", rep.body, "driver bug")
		wantsNoCookies(t, "a user loader", rep)
		wants(t, "a request loader", s.browser().get("/whoami"), "500 header bug")
		wants(t, "later in the request", b.get("/asks"), `200 driver bug, then "", ginlogin: a function of the app panicked while it helped to find the user`)
		wants(t, "a guard", b.get("/guarded"), "503 ")
		panics.Store(false)
		wants(t, "the next request", b.get("/whoami"), "200 user 1")
	})
}

func TestALoaderGetsTheRequestsContext(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.engine.Use(func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginContext{}, "trace"))
		})
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			wants(t, "value", fmt.Sprint(ctx.Value(ginContext{})), "trace")
			return s.users.find(ctx, id)
		})
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "user", b.get("/whoami"), "200 user 1")
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
