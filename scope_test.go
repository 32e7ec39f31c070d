package ginlogin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// house has customers and staff: side by side under /shop and /office, and under
// /both the staff within the customers.
type house struct {
	customers, staff *site
	nested           gin.IRouter // /both/inner, within both
}

func newHouse(t *testing.T, store sessions.Store) house {
	t.Helper()
	h := house{staff: &site{t: t, users: newAccounts(), log: &strings.Builder{}}}
	h.customers = siteBehind(t, sessions.Sessions("session", store), func(s *site) { loadWith(s, s.users.find); s.lm.Name = "customers" }, func(s *site) {
		h.staff.engine, h.staff.clock = s.engine, s.clock
		loadWith(h.staff, h.staff.users.find)
		h.staff.lm.Name, h.staff.lm.LoginView = "staff", "/office/login"
		h.staff.lm.ForceHost, h.staff.lm.UseSessionForNext = "office.example", true
		for id, name := range map[string]string{"1": "Boss", "2": "Clerk"} {
			h.staff.users.rows[id] = &account{ID: id, Name: name}
		}
		s.routes(s.engine.Group("/shop", s.lm.Middleware()))
		h.staff.routes(s.engine.Group("/office", h.staff.lm.Middleware()))

		outer := s.engine.Group("/both", s.lm.Middleware())
		outer.GET("/outer", func(c *gin.Context) { c.String(http.StatusOK, nameOf(ginlogin.CurrentUser(c))) })
		h.nested = outer.Group("/inner", func(c *gin.Context) {
			c.Next()
			if c.Request.URL.Path == "/both/inner/names" {
				c.String(http.StatusOK, "; afterwards %s", nameOf(ginlogin.CurrentUser(c)))
			}
		}, h.staff.lm.Middleware())
		h.nested.GET("/names", func(c *gin.Context) { c.String(http.StatusOK, "within %s", nameOf(ginlogin.CurrentUser(c))) })
	})
	h.staff.Server = h.customers.Server
	return h
}

func nameOf(u ginlogin.User) string {
	if a, ok := u.(*account); ok {
		return a.Name
	}
	return "nobody"
}

func TestManagersDoNotConfuseTheirUsers(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		wants(t, "a customer logs in", b.post("/shop/login?id=1&remember=1"), "200 /")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Ada] Home (Ada) fresh=true")
		wants(t, "in the office", b.get("/office/home"), "200 [Log in] Home () fresh=false")
		wants(t, "the office's guard", b.do("GET", "/office/secret").StatusCode, http.StatusFound)

		wants(t, "staff logs in", b.post("/office/login?id=1&remember=1&fresh=0"), "200 /office/secret")
		wants(t, "in the office", b.get("/office/home"), "200 [Hi Boss] Home (Boss) fresh=false")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Ada] Home (Ada) fresh=true")

		wants(t, "another customer logs in", b.post("/shop/login?id=2"), "200 /")
		wants(t, "in the office", b.get("/office/home"), "200 [Hi Boss] Home (Boss) fresh=false")
		wants(t, "the customer's cookie", b.cookie("remember_token_customers"), "")
		wants(t, "the staff's cookie", b.cookie("remember_token_staff") != "", true)

		wants(t, "staff logs out and clears", b.post("/office/logout?clear=1"), "200 ok")
		wants(t, "in the office", b.get("/office/home"), "200 [Log in] Home () fresh=false")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Grace] Home (Grace) fresh=true")
		wants(t, "the customer logs out", b.post("/shop/logout"), "200 ok")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Log in] Home () fresh=false")
	})
}

func TestARememberCookieOfOneManagerIsNoLoginForAnother(t *testing.T) {
	h := newHouse(t, cookieStore())
	b, other := h.customers.browser(), h.customers.browser()
	b.post("/shop/login?id=1&remember=1")
	other.put("remember_token_staff", b.cookie("remember_token_customers"))
	wants(t, "the customer's cookie in the office", other.get("/office/whoami"), "200 user ")
	wants(t, "is deleted", other.cookie("remember_token_staff"), "")

	b.post("/office/login?id=2&remember=1")
	b.put("session", "")
	wants(t, "restored in the shop", b.get("/shop/whoami"), "200 user 1")
	wants(t, "restored in the office", b.get("/office/whoami"), "200 user 2")
}

func TestQuestionsAreOfTheManagerThatForNames(t *testing.T) {
	h := newHouse(t, memStore())
	about := func(c *gin.Context, opts ...ginlogin.AskOption) string {
		loaded, err := ginlogin.LoadUser(c, opts...)
		id, ok := ginlogin.UserID(c, opts...)
		values := ginlogin.TemplateData(c, nil, opts...)
		wants(t, "users", fmt.Sprint(nameOf(loaded), err, ok, ginlogin.LoginID(c, opts...) != "", values.LoggedIn(), nameOf(values.CurrentUser()), values.LoginFresh()),
			fmt.Sprint(nameOf(ginlogin.CurrentUser(c, opts...)), nil, id != "", id != "", id != "", nameOf(loaded), ginlogin.LoginFresh(c, opts...)))
		return fmt.Sprintf("%s %s fresh=%v remembered=%v %s", id, userBelow(c, opts...), ginlogin.LoginFresh(c, opts...),
			ginlogin.LoginRemembered(c, opts...), ginlogin.LoginURL(c, "/login", "", opts...))
	}
	h.nested.GET("/ask", func(c *gin.Context) {
		wants(t, "without For", about(c), about(c, ginlogin.For(h.staff.lm)))
		c.String(http.StatusOK, "%s, %s", about(c, ginlogin.For(h.customers.lm)), about(c, ginlogin.For(h.staff.lm)))
	})
	b := h.customers.browser()
	const noCustomer, noStaff = " none fresh=false remembered=false /login, ", " none fresh=false remembered=false //office.example/login"
	const ada, clerk = "1 Ada fresh=true remembered=true /login, ", "2 Clerk fresh=false remembered=false //office.example/login"
	for _, step := range []struct{ name, path, want string }{
		{"a visitor", "", noCustomer + noStaff},
		{"a customer", "/shop/login?id=1&remember=1", ada + noStaff},
		{"a customer who is staff as well", "/office/login?id=2&fresh=0", ada + clerk},
		{"staff", "/shop/logout", noCustomer + clerk},
	} {
		if step.path != "" {
			b.post(step.path)
		}
		wants(t, step.name, b.do("GET", "/both/inner/ask").body, step.want)
	}
}

func TestChangesAreOfTheManagerThatForNames(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		customers, staff := ginlogin.For(h.customers.lm), ginlogin.For(h.staff.lm)
		ada, clerk := h.customers.users.get("1"), h.staff.users.get("2")
		h.nested.GET("/state", func(c *gin.Context) {
			c.String(http.StatusOK, "%s %v, %s %v", userBelow(c, customers), ginlogin.LoginFresh(c, customers), userBelow(c, staff), ginlogin.LoginFresh(c, staff))
		})
		h.nested.GET("/next", func(c *gin.Context) {
			c.String(http.StatusOK, "%s %s", ginlogin.NextURL(c, "/fallback", customers), ginlogin.NextURL(c, "/fallback", staff))
		})
		b := h.customers.browser()
		b.get("/office/secret")
		wants(t, "next, which only staff keep in the session", b.do("GET", "/both/inner/next").body, "/fallback /office/secret")
		for i, step := range []struct {
			change                             func(c *gin.Context) error
			state, customerEvents, staffEvents string
		}{
			{func(c *gin.Context) error { return ginlogin.Login(c, ada, ginlogin.NotFresh(), customers) }, "Ada false, none false", "user_logged_in=1", ""},
			{func(c *gin.Context) error { return ginlogin.Login(c, clerk, ginlogin.NotFresh(), staff) }, "Ada false, Clerk false", "", "user_logged_in=2"},
			{func(c *gin.Context) error { return ginlogin.ConfirmLogin(c, ada, customers) }, "Ada true, Clerk false", "user_login_confirmed=1", ""},
			{func(c *gin.Context) error { return ginlogin.ConfirmLogin(c, clerk, staff) }, "Ada true, Clerk true", "", "user_login_confirmed=2"},
			{func(c *gin.Context) error { ginlogin.LoginFailed(c, ada, "wrong", customers); return nil }, "Ada true, Clerk true", "user_login_failed=1", ""},
			{func(c *gin.Context) error { ginlogin.LoginFailed(c, clerk, "wrong", staff); return nil }, "Ada true, Clerk true", "", "user_login_failed=2"},
			{func(c *gin.Context) error { return ginlogin.Logout(c, staff) }, "Ada true, none false", "", "user_accessed user_logged_out=2"},
			{func(c *gin.Context) error { ginlogin.LogoutTo("/", customers)(c); return nil }, "none false, none false", "user_accessed user_logged_out=1", ""},
		} {
			path := fmt.Sprint("/change", i)
			h.nested.POST(path, func(c *gin.Context) {
				if err := step.change(c); err != nil {
					t.Errorf("step %d: %v", i, err)
				}
			})
			h.customers.told()
			h.staff.told()
			b.post("/both/inner" + path)
			wants(t, path+": events of customers", h.customers.told(), step.customerEvents)
			wants(t, path+": events of staff", h.staff.told(), step.staffEvents)
			wants(t, path, b.do("GET", "/both/inner/state").body, step.state)
		}
	})
}

func TestLogoutOfTheInnerManagerLeavesTheOuterLogin(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		h.nested.POST("/logout", func(c *gin.Context) { answer200(c, ginlogin.Logout(c, ginlogin.ClearSession())) })
		b := h.customers.browser()
		b.post("/shop/login?id=1")
		b.post("/office/login?id=1")
		wants(t, "names", b.do("GET", "/both/inner/names").body, "within Boss; afterwards Ada")
		wants(t, "logout", b.post("/both/inner/logout"), "200 ok")
		wants(t, "names", b.do("GET", "/both/inner/names").body, "within nobody; afterwards Ada")
		wants(t, "outside", b.get("/both/outer"), "200 Ada")
	})
}

func TestRestoredLoginsOfNestedManagersShareOneSession(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		b.post("/shop/login?id=1&remember=1")
		b.post("/office/login?id=1&remember=1")
		b.put("session", "")
		for _, path := range []string{"/both/outer", "/both/inner/names"} {
			rep := b.do("GET", path)
			wants(t, path+" sets the session cookie", b.setCookie(rep, "session") != nil, true)
		}
		b.put("remember_token_customers", "")
		b.put("remember_token_staff", "")
		wants(t, "both are in it", b.do("GET", "/both/inner/names").body, "within Boss; afterwards Ada")
	})
}

func TestForPanicsWithoutTheMiddlewareOfItsManager(t *testing.T) {
	h := newHouse(t, cookieStore())
	staff := ginlogin.For(h.staff.lm)
	for name, call := range map[string]func(c *gin.Context){
		"a guard":     ginlogin.LoginRequired(staff),
		"CurrentUser": func(c *gin.Context) { ginlogin.CurrentUser(c, staff) },
		"Login":       func(c *gin.Context) { _ = ginlogin.Login(c, &account{ID: "1"}, staff) },
		"Logout":      func(c *gin.Context) { _ = ginlogin.Logout(c, staff) },

		"BeginLogin":        func(c *gin.Context) { _ = ginlogin.BeginLogin(c, &account{ID: "1"}, staff) },
		"PendingUser":       func(c *gin.Context) { ginlogin.PendingUser[*account](c, staff) },
		"FinishLogin":       func(c *gin.Context) { _ = ginlogin.FinishLogin(c, &account{ID: "1"}, staff) },
		"LoginFailed":       func(c *gin.Context) { ginlogin.LoginFailed(c, nil, "", staff) },
		"ConfirmLogin":      func(c *gin.Context) { _ = ginlogin.ConfirmLogin(c, &account{ID: "1"}, staff) },
		"LoginMethods":      func(c *gin.Context) { ginlogin.LoginMethods(c, staff) },
		"LoginEnds":         func(c *gin.Context) { ginlogin.LoginEnds(c, staff) },
		"StillLoggedIn":     func(c *gin.Context) { _, _ = ginlogin.StillLoggedIn(c, staff) },
		"Impersonate":       func(c *gin.Context) { _ = ginlogin.Impersonate(c, &account{ID: "1"}, staff) },
		"Impersonator":      func(c *gin.Context) { ginlogin.Impersonator[*account](c, staff) },
		"StopImpersonating": func(c *gin.Context) { _ = ginlogin.StopImpersonating(c, staff) },
		"Logins":            func(c *gin.Context) { _, _ = ginlogin.Logins(c, staff) },
		"LoginID":           func(c *gin.Context) { ginlogin.LoginID(c, staff) },
		"EndLogin":          func(c *gin.Context) { _ = ginlogin.EndLogin(c, "a", staff) },
		"LogoutOthers":      func(c *gin.Context) { _ = ginlogin.LogoutOthers(c, &account{ID: "1"}, staff) },
		"LogoutEverywhere":  func(c *gin.Context) { _ = ginlogin.LogoutEverywhere(c, staff) },
		"AddFlash":          func(c *gin.Context) { _ = ginlogin.AddFlash(c, "a", "b", staff) },
		"Flashes":           func(c *gin.Context) { _, _ = ginlogin.Flashes(c, staff) },
	} {
		engine := gin.New()
		engine.Use(sessions.Sessions("session", memStore()), h.customers.lm.Middleware())
		engine.GET("/", call)
		wantsText(t, name, panicText(func() {
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		}), "ginlogin: For names a manager", "r.Use(lm.Middleware())")
	}
}

func TestManagersOfOneNameCannotBeNested(t *testing.T) {
	named := func(name, session string) *ginlogin.LoginManager {
		lm := ginlogin.New(newAccounts().find)
		lm.Name, lm.SessionName = name, session
		return lm
	}
	first := named("", "a")
	for name, row := range map[string]struct {
		inner []*ginlogin.LoginManager
		panic string
	}{
		"two names":                   {[]*ginlogin.LoginManager{named("other", "a")}, ""},
		"a twin":                      {[]*ginlogin.LoginManager{named("", "a")}, "LoginManager.Name"},
		"the same manager":            {[]*ginlogin.LoginManager{first}, "added twice"},
		"a twin with another between": {[]*ginlogin.LoginManager{named("other", "a"), named("", "a")}, "LoginManager.Name"},
		"a twin with a session, but not a remember cookie, of its own": {[]*ginlogin.LoginManager{named("", "b")}, "LoginManager.Name"},
	} {
		engine := gin.New()
		engine.Use(sessions.SessionsMany([]string{"a", "b"}, memStore()), first.Middleware())
		for _, lm := range row.inner {
			engine.Use(lm.Middleware())
		}
		engine.GET("/", func(*gin.Context) {})
		text := panicText(func() { engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
		wantsText(t, name, text, row.panic)
		wants(t, name+": panic", text != "", row.panic != "")
	}
}

func TestOneManagerMayServeSeveralGroups(t *testing.T) {
	s := siteBehind(t, sessions.Sessions("session", memStore()), nil, func(s *site) {
		s.routes(s.engine.Group("/a", s.lm.Middleware()))
		s.routes(s.engine.Group("/b", s.lm.Middleware()))
	})
	b := s.browser()
	b.post("/a/login?id=1")
	wants(t, "in the other group", b.get("/b/whoami"), "200 user 1")
}
