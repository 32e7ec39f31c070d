package ginlogin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestVaryCookieIsSetOnceAndOnlyWhenTheUserWasAskedFor(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	var vary []string
	s.engine.GET("/vary", func(c *gin.Context) {
		c.Writer.Header()["Vary"] = vary
		ginlogin.CurrentUser(c)
		ginlogin.LoginFresh(c)
		_, _ = ginlogin.Flashes(c)
		c.String(http.StatusOK, "page")
	})
	b := s.browser()
	wants(t, "of who never asks", fmt.Sprint(b.do("GET", "/static").Header["Vary"]), "[]")
	for _, path := range []string{"/whoami", "/home", "/secret", "/fresh", "/remembered", "/userid", "/flashes"} {
		wants(t, "of "+path, fmt.Sprint(b.do("GET", path).Header["Vary"]), "[Cookie]")
	}
	wants(t, "of what sets the session's cookie", fmt.Sprint(b.do("POST", "/flash?message=hello").Header["Vary"]), "[Cookie]")
	b.post("/login?id=1")
	wants(t, "of who never asks, logged in", fmt.Sprint(b.do("GET", "/static").Header["Vary"]), "[]")

	for _, row := range []struct {
		name string
		app  []string
		want string
	}{
		{"the app sets none", nil, `["Cookie"]`},
		{"the app sets another", []string{"Accept-Encoding"}, `["Accept-Encoding" "Cookie"]`},
		{"the app sets Cookie", []string{"Cookie"}, `["Cookie"]`},
		{"the app sets cookie", []string{"cookie"}, `["cookie"]`},
		{"the app sets it in a list", []string{"Accept-Encoding, Cookie ,Origin"}, `["Accept-Encoding, Cookie ,Origin"]`},
		{"the app sets it in the second line", []string{"Origin", "Cookie"}, `["Origin" "Cookie"]`},
		{"the app varies by everything", []string{"*"}, `["*"]`},
		{"the app sets what has Cookie in its name", []string{"X-Cookie, Cookie2"}, `["X-Cookie, Cookie2" "Cookie"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			vary = row.app
			wants(t, "Vary", fmt.Sprintf("%q", b.do("GET", "/vary").Header["Vary"]), row.want)
		})
	}
}

func TestCacheControlIsSetWhenAUserWasFoundOrACookieIsSet(t *testing.T) {
	for _, setting := range []string{"private, no-store", "no-cache", ""} {
		t.Run("CacheControl "+setting, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.CacheControl = setting })
			s.engine.GET("/own", func(c *gin.Context) {
				c.Header("Cache-Control", "max-age=5")
				ginlogin.CurrentUser(c)
				answer200(c, ginlogin.AddFlash(c, "info", "hello"))
			})
			s.engine.GET("/own-later", func(c *gin.Context) {
				ginlogin.CurrentUser(c)
				c.Header("Cache-Control", "max-age=5")
			})
			b := s.browser()
			cacheControl := func(method, path string) string {
				t.Helper()
				return fmt.Sprintf("%q", b.do(method, path).Header["Cache-Control"])
			}
			const none, own = `[]`, `["max-age=5"]`
			private := none
			if setting != "" {
				private = fmt.Sprintf("%q", []string{setting})
			}
			wants(t, "who never asks", cacheControl("GET", "/static"), none)
			wants(t, "nobody", cacheControl("GET", "/whoami"), none)
			wants(t, "nobody in a template", cacheControl("GET", "/home"), none)
			wants(t, "a refusal that flashes", cacheControl("GET", "/secret"), private)
			wants(t, "login", cacheControl("POST", "/login?id=1&remember=1"), private)
			wants(t, "a user", cacheControl("GET", "/whoami"), private)
			wants(t, "a user in a template", cacheControl("GET", "/home"), private)
			wants(t, "who never asks, logged in", cacheControl("GET", "/static"), none)
			wants(t, "the app's own", cacheControl("GET", "/own"), own)
			wants(t, "the app's own, set later", cacheControl("GET", "/own-later"), own)
			b.put("session", none)
			wants(t, "a restored user", cacheControl("GET", "/whoami"), private)
			wants(t, "logout", cacheControl("POST", "/logout"), private)
			b.put("remember_token", "forged")
			wants(t, "a remember cookie that is deleted", cacheControl("GET", "/whoami"), private)
		})
	}
}

func TestAfterTheHeadersNoneIsTouched(t *testing.T) {
	var before, after string
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "page")
		before = fmt.Sprint(c.Writer.Header())
		ginlogin.CurrentUser(c)
		after = fmt.Sprint(c.Writer.Header())
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 2 {
		rep := b.do("GET", "/late")
		wants(t, "headers", after, before)
		wants(t, "Vary", rep.Header.Get("Vary"), "")
		wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "")
		wants(t, "cookies set", len(rep.Cookies()), 0)
		b.put("session", "") // and now with a login that would be restored
	}
}

func TestOneResponseSetsACookieOnce(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	both := func(c *gin.Context, what ...func() error) {
		for _, do := range what {
			if err := do(); err != nil {
				c.String(http.StatusInternalServerError, err.Error())
				return
			}
		}
		c.String(http.StatusOK, "ok")
	}
	login := func(c *gin.Context, id string, opts ...ginlogin.LoginOption) func() error {
		return func() error { return ginlogin.Login(c, s.users.get(id), opts...) }
	}
	logout := func(c *gin.Context) func() error { return func() error { return ginlogin.Logout(c) } }
	save := func(c *gin.Context) func() error {
		return func() error {
			session := sessions.Default(c)
			session.Set("k", "v")
			return session.Save()
		}
	}
	s.engine.POST("/twice", func(c *gin.Context) {
		both(c, login(c, "1", ginlogin.Remember(true)), login(c, "2", ginlogin.Remember(true)))
	})
	s.engine.POST("/in-and-out", func(c *gin.Context) { both(c, login(c, "1", ginlogin.Remember(true)), logout(c)) })
	s.engine.POST("/out-and-in", func(c *gin.Context) { both(c, logout(c), login(c, "2", ginlogin.Remember(true))) })
	s.engine.POST("/all", func(c *gin.Context) {
		both(c, login(c, "1", ginlogin.Remember(true)), func() error { return ginlogin.AddFlash(c, "info", "one") }, func() error { return confirm(c) })
	})
	s.engine.POST("/save-first", func(c *gin.Context) { both(c, save(c), login(c, "1")) })
	s.engine.POST("/neighbours", func(c *gin.Context) {
		for _, name := range []string{"session2", "my_session", "remember_token2", "my_remember_token", "other"} {
			http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: "session=remember_token="})
		}
		both(c, login(c, "1", ginlogin.Remember(true)), login(c, "2", ginlogin.Remember(true)))
	})
	cookies := func(rep reply) string {
		var names []string
		for _, cookie := range rep.Cookies() {
			name := cookie.Name
			if cookie.MaxAge < 0 {
				name = "-" + name
			}
			names = append(names, name)
		}
		return strings.Join(names, " ")
	}

	for _, row := range []struct{ name, before, path, want, user, remembered, data string }{
		{"two logins: the second counts", "", "/twice", "session remember_token", "2", "2", "<nil>"},
		{"login and logout: nobody is left", "", "/in-and-out", "-session", "", "", "<nil>"},
		{"login and logout of who was remembered", "/login?id=1&remember=1", "/in-and-out", "-session -remember_token", "", "", "<nil>"},
		{"logout and login: the new one is logged in", "/login?id=1&remember=1", "/out-and-in", "session remember_token", "2", "2", "<nil>"},
		{"login, flash and confirmation", "", "/all", "remember_token session", "1", "1", "<nil>"},
		{"the app's save before a login is in it", "", "/save-first", "session", "1", "", "v"},
		{"neighbours stay as they are", "", "/neighbours", "session2 my_session remember_token2 my_remember_token other session remember_token", "2", "2", "<nil>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.browser()
			if row.before != "" {
				b.post(row.before)
			}
			rep := b.do("POST", row.path)
			wants(t, "answer", rep.body, "ok")
			wants(t, "cookies", cookies(rep), row.want)
			wants(t, "user", b.get("/whoami"), "200 user "+row.user)
			wants(t, "data", b.get("/data?key=k"), "200 "+row.data)
			b.put("session", "")
			wants(t, "remembered", b.get("/whoami"), "200 user "+row.remembered)
		})
	}
}

// plainHTTPLog logs in over plain HTTP and returns what was logged.
func plainHTTPLog(t *testing.T, path string, secureSession, secureRemember bool, change func(*http.Request)) string {
	t.Helper()
	store := cookie.NewStore(keyOf("session"))
	options := ginlogin.SessionOptions()
	options.Secure = secureSession
	store.Options(options)
	s := newSite(t, store, func(s *site) { s.lm.Remember.Secure = secureRemember })
	if err := s.engine.SetTrustedProxies([]string{"0.0.0.0/0"}); err != nil { // Gin's default
		t.Fatal(err)
	}
	for range 3 {
		req := httptest.NewRequest("POST", "http://shop.example"+path, nil)
		change(req)
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, req)
		if res := w.Result(); res.StatusCode != http.StatusOK {
			t.Fatalf("login: %s", res.Status)
		}
	}
	return s.logged()
}

func TestASecureCookieOverPlainHTTPIsWarnedOfOnce(t *testing.T) {
	const sessionSetting, rememberSetting = "the session store's Options.Secure", "LoginManager.Remember.Secure"
	from := func(address string) func(*http.Request) {
		return func(req *http.Request) { req.RemoteAddr = address }
	}
	const login, remembered = "/login?id=1", "/login?id=1&remember=1"

	for _, row := range []struct {
		name, path        string
		session, remember bool
		change            func(*http.Request)
		setting           string // that is named; none means no warning
	}{
		{"a Secure session names the store's option", login, true, true, from("192.0.2.1:1234"), sessionSetting},
		{"a Secure remember cookie names its setting", remembered, false, true, from("192.0.2.1:1234"), rememberSetting},
		{"both are one warning", remembered, true, true, from("192.0.2.1:1234"), sessionSetting},
		{"a visitor by IPv6 is a visitor", login, true, true, from("[2001:db8::1]:1234"), sessionSetting},
		{"a proxy that says plain HTTP is no excuse", login, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-Proto", "http")
		}, sessionSetting},
		{"a visitor who says loopback is no excuse", login, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-For", "127.0.0.1")
		}, sessionSetting},

		{"no Secure cookie is no reason", remembered, false, false, from("192.0.2.1:1234"), ""},
		{"a remember cookie that is not set is no reason", login, false, true, from("192.0.2.1:1234"), ""},
		{"loopback is no reason", remembered, true, true, from("127.0.0.1:1234"), ""},
		{"all of loopback is no reason", remembered, true, true, from("127.8.9.10:1234"), ""},
		{"loopback by IPv6 is no reason", remembered, true, true, from("[::1]:1234"), ""},
		{"loopback mapped to IPv6 is no reason", remembered, true, true, from("[::ffff:127.0.0.1]:1234"), ""},
		{"a Unix socket is no reason", remembered, true, true, from("@"), ""},
		{"TLS is no reason", remembered, true, true, func(req *http.Request) {
			tls := httptest.NewRequest("GET", "https://shop.example/", nil).TLS
			req.RemoteAddr, req.TLS = "192.0.2.1:1234", tls
		}, ""},
		{"a proxy that says HTTPS is no reason", remembered, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-Proto", "https")
		}, ""},
		{"a proxy that says HTTPS loudly is no reason", remembered, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-Proto", "HTTPS")
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			logged := plainHTTPLog(t, row.path, row.session, row.remember, row.change)
			if row.setting == "" {
				wants(t, "log", logged, "")
				return
			}
			wants(t, "warnings", strings.Count(logged, "plain HTTP"), 1)
			mentions(t, "log", logged, "level=WARN", "plain HTTP", row.setting, "host=shop.example")
		})
	}
}

func TestADeletedCookieIsNotWarnedOf(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	req := httptest.NewRequest("GET", "http://shop.example/whoami", nil)
	req.AddCookie(&http.Cookie{Name: "remember_token", Value: "forged"})
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	wants(t, "the cookie is deleted", w.Result().Cookies()[0].MaxAge, -1)
	wants(t, "log", s.logged(), "")
}

func TestASessionCookieWithoutPathIsWarnedOfOnce(t *testing.T) {
	for path, warnings := range map[string]int{"": 1, "/": 0, "/app": 0} {
		store := cookieStore()
		store.Options(sessions.Options{Path: path, MaxAge: 3600, HttpOnly: true})
		s := newSite(t, store, nil)
		b := s.browser()
		for range 2 {
			b.post("/login?id=1")
		}
		wants(t, "path "+path, strings.Count(s.logged(), "has no Path"), warnings)
	}
}

func TestOnOnesOwnMachinePlainHTTPIsNotWarnedOf(t *testing.T) {
	for host, local := range map[string]bool{
		"localhost": true, "LOCALHOST:8080": true, "127.0.0.1:8080": true, "[::1]:8080": true, "127.1.2.3": true,
		"localhost.example": false, "192.168.1.7:8080": false, "shop.example": false,
	} {
		s := newSite(t, cookieStore(), nil)
		req := httptest.NewRequest(http.MethodPost, "http://"+host+"/login?id=1", nil) // of 192.0.2.1, as a container sees it
		s.engine.ServeHTTP(httptest.NewRecorder(), req)
		wants(t, host, !strings.Contains(s.logged(), "plain HTTP"), local)
	}
}
