package ginlogin_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

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
		{"a visitor who says loopback is no excuse", login, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-For", "127.0.0.1")
		}, sessionSetting},

		{"no Secure cookie is no reason", remembered, false, false, from("192.0.2.1:1234"), ""},
		{"a remember cookie that is not set is no reason", login, false, true, from("192.0.2.1:1234"), ""},
		{"loopback is no reason", remembered, true, true, from("127.0.0.1:1234"), ""},
		{"a browser on its own machine, as a container sees it, is no reason", remembered, true, true, func(req *http.Request) {
			req.RemoteAddr, req.Host = "192.0.2.1:1234", "localhost:8080"
		}, ""},
		{"a proxy that says HTTPS is no reason", remembered, true, true, func(req *http.Request) {
			req.RemoteAddr = "192.0.2.1:1234"
			req.Header.Set("X-Forwarded-Proto", "https")
		}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			logged := plainHTTPLog(t, row.path, row.session, row.remember, row.change)
			if row.setting == "" {
				wants(t, "log", logged, "")
				return
			}
			wants(t, "warnings", strings.Count(logged, "plain HTTP"), 1)
			wantsText(t, "log", logged, "level=WARN", "plain HTTP", row.setting, "host=shop.example")
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

func TestASessionCookieThatBrowsersDropIsWarnedOfOnce(t *testing.T) {
	for _, row := range []struct {
		name, cookie string
		options      sessions.Options
		want         string
	}{
		{"SameSite None without Secure", "session", sessions.Options{Path: "/", SameSite: http.SameSiteNoneMode}, "SameSite None needs Secure"},
		{"__Host- with a Path", "__Host-session", sessions.Options{Path: "/app", Secure: true}, `Name \"__Host-session\" needs Secure, Path / and no Domain`},
		{"one that browsers keep", "__Host-session", sessions.Options{Path: "/", Secure: true, SameSite: http.SameSiteNoneMode}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			store := memStore()
			row.options.MaxAge = 3600
			store.Options(row.options)
			s := siteBehind(t, sessions.Sessions(row.cookie, store), func(s *site) { loadWith(s, s.users.find) }, nil)
			for range 2 {
				s.browser().post("/login?id=1")
			}
			logged := s.logged()
			wants(t, "warnings", strings.Count(logged, "\n"), min(len(row.want), 1))
			wantsText(t, "log", logged, row.want)
		})
	}
}

func TestARememberCookieThatBrowsersDropIsWarnedOfOnce(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Remember.SameSite, s.lm.Remember.Secure = http.SameSiteNoneMode, false })
	for range 2 {
		s.browser().post("/login?id=1&remember=1")
	}
	logged := s.logged()
	wants(t, "warnings", strings.Count(logged, "\n"), 1)
	wantsText(t, "log", logged, "SameSite None needs Secure", "cookie=remember_token", "setting=LoginManager.Remember")
}

// Of two cookies of one name each overwrites the other.
func TestTwoCookiesOfOneNameAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, session string
		change        func(lm *ginlogin.LoginManager)
		want          []string
	}{
		{"the remember cookie and the session", "session", func(lm *ginlogin.LoginManager) { lm.Remember.Name = "session" }, []string{"LoginManager.Remember.Name", `"session"`}},
		{"the default of the remember cookie and the session", "remember_token_staff", func(lm *ginlogin.LoginManager) { lm.Name = "staff" }, []string{"LoginManager.Remember.Name", `"remember_token_staff"`}},
		{"the remember cookie and the one for IdleTimeout", "session", func(lm *ginlogin.LoginManager) {
			lm.IdleTimeout, lm.Remember.Name = time.Hour, "login_activity"
		}, []string{"LoginManager.Remember.Name", `"login_activity"`, "IdleTimeout"}},
		{"the session and the one for IdleTimeout", "login_activity", func(lm *ginlogin.LoginManager) { lm.IdleTimeout = time.Hour }, []string{"the session's name", `"login_activity"`, "IdleTimeout"}},
	} {
		for kind, use := range map[string]gin.HandlerFunc{
			"gin-contrib": sessions.Sessions(row.session, cookieStore()),
			"cookiestore": cookiestore.Sessions(row.session, cookiestore.NewStore(keyOf("session"))),
		} {
			t.Run(row.name+", with "+kind, func(t *testing.T) {
				lm := ginlogin.New(newAccounts().find)
				lm.SecretKeys = [][]byte{keyOf("remember")}
				row.change(lm)
				b := alone(t, func(r *gin.Engine) {
					r.Use(use, lm.Middleware())
					r.GET("/", func(c *gin.Context) { ginlogin.CurrentUser(c) })
				})
				b.put("any", "cookie")
				wantsText(t, "answer", b.get("/"), append(row.want, "500 panic: ginlogin: ")...)
			})
		}
	}
}

func TestManagersWithOneRememberCookieAreWarnedOfOnce(t *testing.T) {
	managers := func(log *strings.Builder) (customers, staff *ginlogin.LoginManager) {
		customers, staff = ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find)
		staff.Name, staff.Remember.Name = "staff", "remember_token"
		customers.Logger = slog.New(slog.NewTextHandler(log, nil))
		staff.Logger = customers.Logger
		return customers, staff
	}
	var log strings.Builder
	customers, staff := managers(&log)
	nested := alone(t, func(r *gin.Engine) {
		r.Use(useSessions(), customers.Middleware())
		r.Group("/staff", staff.Middleware()).GET("/me", answerOK)
	})
	wantsText(t, "nested", nested.get("/staff/me"), "500 panic: ginlogin: ", "have the same LoginManager.Remember.Name, remember_token")

	customers, staff = managers(&log)
	siblings := alone(t, func(r *gin.Engine) {
		r.Use(useSessions())
		r.Group("/shop", customers.Middleware()).POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "1"})) })
		r.Group("/staff", staff.Middleware()).POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "1"})) })
	})
	siblings.post("/shop/login")
	for range 2 {
		siblings.post("/staff/login")
	}
	wants(t, "warnings: "+log.String(), strings.Count(log.String(), "have the same LoginManager.Remember.Name"), 1)
	wantsText(t, "log", log.String(), "cookie=remember_token", "staff")
}
