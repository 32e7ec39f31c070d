package ginlogin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestWhatIsMissingIsNamedAtTheFirstRequest(t *testing.T) {
	lm := ginlogin.New(newAccounts().find)
	store := cookieStore()
	behind := func(handlers ...gin.HandlerFunc) func(*gin.Engine) {
		return func(r *gin.Engine) {
			r.GET("/", append(handlers, func(c *gin.Context) { c.String(http.StatusOK, "inside") })...)
		}
	}
	named := ginlogin.New(newAccounts().find)
	named.SessionName = "b"
	other := ginlogin.New(newAccounts().find)
	other.Name = "other"
	many := sessions.SessionsMany([]string{"a", "b"}, store)
	one := sessions.Sessions("session", store)
	middleware := []string{"r.Use(lm.Middleware())", "sessions.Sessions"}

	for _, row := range []struct {
		name  string
		setup func(*gin.Engine)
		parts []string // of the panic; none means that the request is served
	}{
		{"a guard without the middleware", behind(one, ginlogin.LoginRequired()), middleware},
		{"FreshLoginRequired without the middleware", behind(one, ginlogin.FreshLoginRequired()), middleware},
		{"UserPasses without the middleware", behind(one, passes(func(*gin.Context, ginlogin.User) bool { return true })), middleware},
		{"AnonymousRequired without the middleware", behind(one, ginlogin.AnonymousRequired("/")), middleware},
		{"a guard with For without any middleware", behind(one, ginlogin.LoginRequired(ginlogin.For(lm))), middleware},
		{"a guard with For behind another manager's middleware", behind(one, other.Middleware(), ginlogin.LoginRequired(ginlogin.For(lm))), []string{"For", "r.Use(lm.Middleware())"}},
		{"Unauthorized with For behind another manager's middleware", behind(one, other.Middleware(), func(c *gin.Context) { ginlogin.Unauthorized(c, ginlogin.For(lm)) }), []string{"For", "r.Use(lm.Middleware())"}},
		{"NeedsRefresh with For behind another manager's middleware", behind(one, other.Middleware(), func(c *gin.Context) { ginlogin.NeedsRefresh(c, ginlogin.For(lm)) }), []string{"For", "r.Use(lm.Middleware())"}},
		{"CurrentUser without the middleware", behind(one, func(c *gin.Context) { ginlogin.CurrentUser(c) }), middleware},
		{"NextURL without the middleware", behind(one, func(c *gin.Context) { ginlogin.NextURL(c, "/") }), middleware},
		{"Flashes without the middleware", behind(one, func(c *gin.Context) { _, _ = ginlogin.Flashes(c) }), middleware},
		{"the middleware without sessions", behind(lm.Middleware()), []string{`r.Use(sessions.Sessions("session", store))`}},
		{"the middleware before sessions", behind(lm.Middleware(), one), []string{`r.Use(sessions.Sessions("session", store))`}},
		{"SessionsMany without SessionName", behind(many, lm.Middleware()), []string{"sessions.SessionsMany", "LoginManager.SessionName"}},
		{"SessionsMany with the name of none of them", behind(sessions.SessionsMany([]string{"a"}, store), named.Middleware()), []string{"sessions.SessionsMany", `"b"`, "LoginManager.SessionName"}},
		{"SessionsMany with the name of one of them", behind(many, named.Middleware(), ginlogin.AnonymousRequired("/")), nil},
		{"everything in its place", behind(one, lm.Middleware(), other.Middleware(), ginlogin.AnonymousRequired("/")), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := alone(t, row.setup).get("/")
			if row.parts == nil {
				wants(t, "answer", got, "200 inside")
				return
			}
			wantsText(t, "answer", got, append(row.parts, "500 panic: ginlogin: ")...)
		})
	}
}

func TestSessionsManyKeepsTheLoginInTheSessionThatIsNamed(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	lm.SessionName = "b"
	b := alone(t, func(r *gin.Engine) {
		r.Use(sessions.SessionsMany([]string{"a", "b"}, cookieStore()), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		r.GET("/page", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) })
	})
	rep := b.do("POST", "/login")
	wants(t, "cookies set", len(rep.Cookies()), 1)
	wants(t, "session b", b.setCookie(rep, "b") != nil, true)
	wants(t, "page", b.get("/page"), "200 1")
	b.put("b", "")
	wants(t, "without session b", b.get("/page"), "401 ")
}

// twoDoors is a site with customers everywhere and staff beneath /staff.
func twoDoors(t *testing.T) (b *browser, clerks *accounts) {
	customers, clerks := newAccounts(), newAccounts()
	lm, staff := ginlogin.New(customers.find), ginlogin.New(clerks.find)
	lm.Logger, staff.Logger = slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler)
	lm.LoginView, lm.RefreshView = "/login", "/again"
	staff.Name, staff.LoginView, staff.RefreshView = "staff", "/staff/login", "/staff/again"
	opts := func(c *gin.Context) []ginlogin.LoginOption {
		if c.Query("fresh") == "0" {
			return []ginlogin.LoginOption{ginlogin.NotFresh()}
		}
		return nil
	}
	return alone(t, func(r *gin.Engine) {
		who := func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) }
		r.Use(useSessions(), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, customers.get("1"), opts(c)...)) })
		r.GET("/page", ginlogin.LoginRequired(), who)
		r.GET("/for-staff", ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group := r.Group("/staff", staff.Middleware())
		group.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, clerks.get("2"), opts(c)...)) })
		group.GET("/page", ginlogin.LoginRequired(), who)
		group.GET("/for-staff", ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group.GET("/for-customers", ginlogin.LoginRequired(ginlogin.For(lm)), who)
		group.GET("/for-both", ginlogin.LoginRequired(ginlogin.For(lm)), ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group.GET("/fresh-staff", ginlogin.FreshLoginRequired(), who)
		group.GET("/fresh-customers", ginlogin.FreshLoginRequired(ginlogin.For(lm)), who)
		group.GET("/ada", passes(func(_ *gin.Context, u ginlogin.User) bool { return u.(*account).Name == "Ada" }, ginlogin.For(lm)), who)
		group.GET("/send", func(c *gin.Context) { ginlogin.Unauthorized(c, ginlogin.For(lm)) })
		group.GET("/send-again", func(c *gin.Context) { ginlogin.NeedsRefresh(c, ginlogin.For(lm)) })
	}), clerks
}

func TestForNamesTheManagerThatAGuardAsks(t *testing.T) {
	const toLogin, toStaff = "302 | Location: /login?next=%2Fstaff%2F", "302 | Location: /staff/login?next=%2Fstaff%2F"
	b, _ := twoDoors(t)
	check := func(when string, want map[string]string) {
		t.Helper()
		for path, answer := range want {
			wants(t, when+" "+path, answerOf(b.do("GET", path)), answer)
		}
	}
	check("a stranger", map[string]string{
		"/page":                  "302 | Location: /login?next=%2Fpage",
		"/staff/page":            toStaff + "page",
		"/staff/for-staff":       toStaff + "for-staff",
		"/staff/for-customers":   toLogin + "for-customers",
		"/staff/for-both":        toLogin + "for-both",
		"/staff/fresh-staff":     toStaff + "fresh-staff",
		"/staff/fresh-customers": toLogin + "fresh-customers",
		"/staff/ada":             toLogin + "ada",
		"/staff/send":            toLogin + "send",
		"/staff/send-again":      "302 | Location: /again?next=%2Fstaff%2Fsend-again",
	})
	wants(t, "the customer logs in", b.post("/login?fresh=0"), "200 ok")
	check("customer", map[string]string{
		"/page":                  "200 | 1",
		"/staff/page":            toStaff + "page",
		"/staff/for-staff":       toStaff + "for-staff",
		"/staff/for-customers":   "200", // and the current user is the staff's: anonymous
		"/staff/for-both":        toStaff + "for-both",
		"/staff/fresh-customers": "302 | Location: /again?next=%2Fstaff%2Ffresh-customers",
		"/staff/ada":             "200",
	})
	wants(t, "the clerk logs in", b.post("/staff/login"), "200 ok")
	check("both", map[string]string{
		"/page":                  "200 | 1",
		"/staff/page":            "200 | 2",
		"/staff/for-customers":   "200 | 2",
		"/staff/for-both":        "200 | 2",
		"/staff/fresh-staff":     "200 | 2",
		"/staff/fresh-customers": "302 | Location: /again?next=%2Fstaff%2Ffresh-customers",
		"/staff/ada":             "200 | 2",
	})
	wantsText(t, "outside of the staff's middleware", b.get("/for-staff"), "500 panic: ginlogin: ", "r.Use(lm.Middleware())")
}

func TestTheOutageOfOneManagerIsNotTheOthers(t *testing.T) {
	b, clerks := twoDoors(t)
	b.post("/login")
	b.post("/staff/login")
	clerks.fail(errors.New("down"))
	wants(t, "staff", b.get("/staff/for-staff"), "503 ")
	wants(t, "both", b.get("/staff/for-both"), "503 ")
	wants(t, "customers", b.get("/page"), "200 1")
	wants(t, "customers beneath staff", b.get("/staff/for-customers"), "200 ")
}

func TestAManagerMayBuildSeveralMiddlewares(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	b := alone(t, func(r *gin.Engine) {
		lm.LoginView = "/login"
		first := r.Group("/first", useSessions(), lm.Middleware())
		lm.LoginView = "/other/login"
		second := r.Group("/second", useSessions(), lm.Middleware())
		first.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		first.GET("/page", ginlogin.LoginRequired(ginlogin.For(lm)))
		second.GET("/page", ginlogin.LoginRequired(ginlogin.For(lm)), func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) })
	})
	wants(t, "first", b.do("GET", "/first/page").Header.Get("Location"), "/login?next=%2Ffirst%2Fpage")
	wants(t, "second", b.do("GET", "/second/page").Header.Get("Location"), "/other/login?next=%2Fsecond%2Fpage")
	b.post("/first/login")
	wants(t, "of one name, they share logins", b.get("/second/page"), "200 1")
}

func TestAManagerKeepsToTheSessionBeforeIt(t *testing.T) {
	users := newAccounts()
	outer, inner := ginlogin.New(users.find), ginlogin.New(users.find)
	inner.Name = "admin"
	b := alone(t, func(e *gin.Engine) {
		e.Use(sessions.Sessions("session", cookieStore()), outer.Middleware())
		e.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		e.GET("/whoami", func(c *gin.Context) { c.String(200, ginlogin.CurrentUser(c).GetID()) })
		g := e.Group("/admin", sessions.Sessions("admin_session", cookieStore()), inner.Middleware())
		g.GET("/page", ginlogin.LoginRequired(ginlogin.For(outer)), func(c *gin.Context) { c.String(200, "page") })
		h := e.Group("/cart", sessions.Sessions("cart", cookieStore()))
		h.POST("/logout", func(c *gin.Context) { answer200(c, ginlogin.Logout(c)) })
		h.GET("/who", func(c *gin.Context) { c.String(200, ginlogin.CurrentUser(c).GetID()) })
	})
	wants(t, "login", b.post("/login"), "200 ok")
	wants(t, "whoami", b.get("/whoami"), "200 1")
	wants(t, "outer's user in a group with another session", b.get("/cart/who"), "200 1")
	wants(t, "outer's guard in the admin group", b.get("/admin/page"), "200 page")
	wants(t, "logout in a group with another session", b.post("/cart/logout"), "200 ok")
	wants(t, "whoami", b.get("/whoami"), "200 ")
}

func TestClearingASessionThatIsNotGorillasLeavesOtherManagersLogins(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		staff := ginlogin.New(s.users.find)
		staff.Name, staff.Now = "staff", s.clock.Now
		within := s.engine.Group("/within", staff.Middleware())
		s.routes(within)
		b := s.browser()
		b.put("any", "cookie")
		wants(t, "outer login", b.post("/login?id=1"), "200 /")
		wants(t, "inner login", b.post("/within/login?id=1"), "200 /")
		b.post("/data?key=cart&value=book")
		wants(t, "another inner login", b.post("/within/login?id=2"), "200 /")
		wants(t, "data", fmt.Sprint(own.saved()["cart"]), "<nil>")
		wants(t, "inner user", b.get("/within/whoami"), "200 user 2")
		wants(t, "outer user", b.get("/whoami"), "200 user 1")
		wants(t, "inner logout", b.post("/within/logout?clear=1"), "200 ok")
		wants(t, "inner user", b.get("/within/whoami"), "200 user ")
		wants(t, "outer user", b.get("/whoami"), "200 user 1")
	})
}
