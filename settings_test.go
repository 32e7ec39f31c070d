package ginlogin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestNewPresetsTheDefaults(t *testing.T) {
	lm := ginlogin.New(newAccounts().find)
	for name, pair := range map[string][2]any{
		"Name":                        {lm.Name, ""},
		"SecretKeys":                  {len(lm.SecretKeys), 0},
		"SessionName":                 {lm.SessionName, ""},
		"LoginView":                   {lm.LoginView, ""},
		"LoginMessage":                {lm.LoginMessage, "Please log in to access this page."},
		"LoginMessageCategory":        {lm.LoginMessageCategory, "message"},
		"RefreshView":                 {lm.RefreshView, ""},
		"NeedsRefreshMessage":         {lm.NeedsRefreshMessage, "Please reauthenticate to access this page."},
		"NeedsRefreshMessageCategory": {lm.NeedsRefreshMessageCategory, "message"},
		"UnauthorizedHandler":         {lm.UnauthorizedHandler == nil, true},
		"NeedsRefreshHandler":         {lm.NeedsRefreshHandler == nil, true},
		"ErrorHandler":                {lm.ErrorHandler == nil, true},
		"Localize":                    {lm.Localize == nil, true},
		"IsNotFound":                  {lm.IsNotFound == nil, true},
		"RequestLoader":               {lm.RequestLoader == nil, true},
		"AnonymousUser":               {lm.AnonymousUser == nil, true},
		"SessionProtection":           {lm.SessionProtection, ginlogin.ProtectBasic},
		"Identifier":                  {lm.Identifier == nil, true},
		"UseSessionForNext":           {lm.UseSessionForNext, false},
		"IdleTimeout":                 {lm.IdleTimeout, time.Duration(0)},
		"AbsoluteTimeout":             {lm.AbsoluteTimeout, time.Duration(0)},
		"FreshFor":                    {lm.FreshFor, time.Duration(0)},
		"ForceHost":                   {lm.ForceHost, ""},
		"CacheControl":                {lm.CacheControl, "private, no-store"},
		"Logger":                      {lm.Logger == nil, true},
		"AuditLog":                    {lm.AuditLog == nil, true},
		"Logins":                      {lm.Logins == nil, true},
		"MaxLogins":                   {lm.MaxLogins, 100},
		"LoginRequired":               {lm.LoginRequired, false},
		"TrustedOrigins":              {len(lm.TrustedOrigins), 0},
		"IsActivity":                  {lm.IsActivity == nil, true},
		"Remember": {lm.Remember, ginlogin.RememberCookie{
			Name: "", Duration: 365 * 24 * time.Hour, Grace: time.Minute, Domain: "", Path: "/",
			Secure: true, HTTPOnly: true, SameSite: http.SameSiteLaxMode, RefreshEachRequest: false,
		}},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", name, pair[0], pair[1])
		}
	}
	wants(t, "the defaults build", panicText(func() { lm.Middleware() }), "")
}

func TestSessionOptionsAreThoseOfTheDocs(t *testing.T) {
	wants(t, "options", ginlogin.SessionOptions(), sessions.Options{
		Path: "/", MaxAge: 30 * 24 * 60 * 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func TestMiddlewarePanicsAtAWrongSettingAndNamesIt(t *testing.T) {
	short, long := make([]byte, 31), make([]byte, 32)
	for _, row := range []struct {
		name  string
		wrong func(*ginlogin.LoginManager)
		parts []string
	}{
		{"a literal instead of New", func(lm *ginlogin.LoginManager) { *lm = ginlogin.LoginManager{} }, []string{"New"}},
		{"no loader at all", func(lm *ginlogin.LoginManager) { *lm = *ginlogin.New[*account](nil) }, []string{"New", "RequestLoader"}},
		{"a request loader made of nothing", func(lm *ginlogin.LoginManager) {
			*lm = *ginlogin.New[*account](nil)
			lm.RequestLoader = ginlogin.FromRequest[*account](nil)
		}, []string{"RequestLoader"}},

		{"a name in capitals", func(lm *ginlogin.LoginManager) { lm.Name = "Staff" }, []string{"LoginManager.Name", `"Staff"`}},
		{"a name with a blank", func(lm *ginlogin.LoginManager) { lm.Name = "our staff" }, []string{"LoginManager.Name"}},
		{"a name with a dot", func(lm *ginlogin.LoginManager) { lm.Name = "our.staff" }, []string{"LoginManager.Name"}},
		{"a name beyond ASCII", func(lm *ginlogin.LoginManager) { lm.Name = "küche" }, []string{"LoginManager.Name"}},
		{"a name with a line break inside", func(lm *ginlogin.LoginManager) { lm.Name = "our\nstaff" }, []string{"LoginManager.Name"}},

		{"a short key", func(lm *ginlogin.LoginManager) { lm.SecretKeys = [][]byte{short} }, []string{"LoginManager.SecretKeys[0]", "31 bytes", "32"}},
		{"a short old key", func(lm *ginlogin.LoginManager) { lm.SecretKeys = [][]byte{long, short} }, []string{"LoginManager.SecretKeys[1]"}},
		{"an empty key", func(lm *ginlogin.LoginManager) { lm.SecretKeys = [][]byte{nil} }, []string{"LoginManager.SecretKeys[0]", "0 bytes"}},

		{"a session name with a blank", func(lm *ginlogin.LoginManager) { lm.SessionName = "my session" }, []string{"LoginManager.SessionName", `"my session"`}},
		{"a session name beyond ASCII", func(lm *ginlogin.LoginManager) { lm.SessionName = "sitzung☃" }, []string{"LoginManager.SessionName"}},

		{"a login view that is relative", func(lm *ginlogin.LoginManager) { lm.LoginView = "login" }, []string{"LoginView", `"login"`}},
		{"a refresh view that is relative", func(lm *ginlogin.LoginManager) { lm.RefreshView = "again" }, []string{"RefreshView", `"again"`}},

		{"a forced host with a scheme", func(lm *ginlogin.LoginManager) { lm.ForceHost = "https://shop.example" }, []string{"LoginManager.ForceHost", `"https://shop.example"`}},
		{"a forced host with a path", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example/" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a query", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example?a" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a fragment", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example#a" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a user", func(lm *ginlogin.LoginManager) { lm.ForceHost = "me@shop.example" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a blank", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop example" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a backslash", func(lm *ginlogin.LoginManager) { lm.ForceHost = `shop.example\` }, []string{"LoginManager.ForceHost"}},
		{"a forced host that is a port", func(lm *ginlogin.LoginManager) { lm.ForceHost = ":8443" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with a port that is none", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example:https" }, []string{"LoginManager.ForceHost"}},
		{"a forced host with slashes before", func(lm *ginlogin.LoginManager) { lm.ForceHost = "//shop.example" }, []string{"LoginManager.ForceHost"}},

		{"a protection below the first", func(lm *ginlogin.LoginManager) { lm.SessionProtection = -1 }, []string{"LoginManager.SessionProtection"}},
		{"a protection behind the last", func(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectNone + 1 }, []string{"LoginManager.SessionProtection"}},

		{"a negative number of logins", func(lm *ginlogin.LoginManager) { lm.MaxLogins = -1 }, []string{"LoginManager.MaxLogins", "-1"}},
		{"a negative idle timeout", func(lm *ginlogin.LoginManager) { lm.IdleTimeout = -1 }, []string{"LoginManager.IdleTimeout"}},
		{"an idle timeout below a second", func(lm *ginlogin.LoginManager) { lm.IdleTimeout = time.Second - 1 }, []string{"LoginManager.IdleTimeout"}},
		{"a negative absolute timeout", func(lm *ginlogin.LoginManager) { lm.AbsoluteTimeout = -time.Hour }, []string{"LoginManager.AbsoluteTimeout"}},
		{"a freshness below a second", func(lm *ginlogin.LoginManager) { lm.FreshFor = time.Millisecond }, []string{"LoginManager.FreshFor"}},
		{"an idle timeout without keys", func(lm *ginlogin.LoginManager) { lm.IdleTimeout = time.Hour }, []string{"LoginManager.SecretKeys", "IdleTimeout"}},
		{"with a login store, an idle timeout that is not longer than the grace", func(lm *ginlogin.LoginManager) {
			lm.Logins, lm.IdleTimeout = newShelf(), time.Minute
		}, []string{"LoginManager.IdleTimeout", "Remember.Grace"}},
		{"a renewal below a second", func(lm *ginlogin.LoginManager) { lm.Remember.RenewAfter = time.Millisecond }, []string{"LoginManager.Remember.RenewAfter"}},
		{"a trusted origin with a path", func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = []string{"https://app.example/"} }, []string{"LoginManager.TrustedOrigins"}},
		{"a trusted origin without a host", func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = []string{"https://"} }, []string{"LoginManager.TrustedOrigins"}},
		{"a trusted origin that is no URL", func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = []string{"https://app example"} }, []string{"LoginManager.TrustedOrigins"}},
		{"a trusted origin without a scheme", func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = []string{"app.example"} }, []string{"LoginManager.TrustedOrigins"}},
		{"a negative grace", func(lm *ginlogin.LoginManager) { lm.Remember.Grace = -time.Second }, []string{"LoginManager.Remember.Grace"}},

		{"a Cache-Control with a line break", func(lm *ginlogin.LoginManager) { lm.CacheControl = "private\r\nX-Evil: 1" }, []string{"LoginManager.CacheControl"}},
		{"a Cache-Control with a zero byte", func(lm *ginlogin.LoginManager) { lm.CacheControl = "private\x00" }, []string{"LoginManager.CacheControl"}},

		{"a cookie name with a blank", func(lm *ginlogin.LoginManager) { lm.Remember.Name = "remember me" }, []string{"LoginManager.Remember.Name", `"remember me"`}},
		{"no duration", func(lm *ginlogin.LoginManager) { lm.Remember.Duration = 0 }, []string{"LoginManager.Remember.Duration"}},
		{"a negative duration", func(lm *ginlogin.LoginManager) { lm.Remember.Duration = -time.Hour }, []string{"LoginManager.Remember.Duration"}},
		{"a cookie without a path", func(lm *ginlogin.LoginManager) { lm.Remember = ginlogin.RememberCookie{Duration: time.Hour} }, []string{"Remember.Path"}},
		{"a duration below a second", func(lm *ginlogin.LoginManager) { lm.Remember.Duration = time.Second - 1 }, []string{"LoginManager.Remember.Duration"}},
		{"a cookie that has replaced the defaults", func(lm *ginlogin.LoginManager) { lm.Remember = ginlogin.RememberCookie{Name: "remember"} }, []string{"LoginManager.Remember.Duration", "single fields"}},

		{"__Host- that is not Secure", func(lm *ginlogin.LoginManager) { lm.Remember.Name, lm.Remember.Secure = "__Host-remember", false }, []string{"LoginManager.Remember.Name", `"__Host-remember"`, "Secure"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			lm := ginlogin.New(newAccounts().find)
			row.wrong(lm)
			wantsText(t, "panic", panicText(func() { lm.Middleware() }), append(row.parts, "ginlogin: ")...)
		})
	}
}

func TestMiddlewareAcceptsWhatIsRight(t *testing.T) {
	for _, row := range []struct {
		name  string
		right func(*ginlogin.LoginManager)
	}{
		{"a request loader without a user loader", func(lm *ginlogin.LoginManager) {
			*lm = *ginlogin.New[*account](nil)
			lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return nil, nil }
		}},
		{"a name", func(lm *ginlogin.LoginManager) { lm.Name = "staff-2_b" }},
		{"keys of 32 bytes", func(lm *ginlogin.LoginManager) { lm.SecretKeys = [][]byte{make([]byte, 32), make([]byte, 64)} }},
		{"a session name", func(lm *ginlogin.LoginManager) { lm.SessionName = "b" }},
		{"a view with a query", func(lm *ginlogin.LoginManager) { lm.LoginView = "/login?from=guard" }},
		{"a view at the root", func(lm *ginlogin.LoginManager) { lm.LoginView = "/" }},
		{"a view on another site", func(lm *ginlogin.LoginManager) { lm.LoginView = "https://sso.example:8443/login" }},
		{"a view on another site over plain HTTP", func(lm *ginlogin.LoginManager) { lm.RefreshView = "http://sso.example" }},
		{"a forced host", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example" }},
		{"a forced host with a port", func(lm *ginlogin.LoginManager) { lm.ForceHost = "shop.example:8443" }},
		{"a forced host of one label", func(lm *ginlogin.LoginManager) { lm.ForceHost = "localhost" }},
		{"a forced IPv4 address", func(lm *ginlogin.LoginManager) { lm.ForceHost = "192.0.2.1:80" }},
		{"a forced IPv6 address", func(lm *ginlogin.LoginManager) { lm.ForceHost = "[2001:db8::1]" }},
		{"a forced IPv6 address with a port", func(lm *ginlogin.LoginManager) { lm.ForceHost = "[2001:db8::1]:8443" }},
		{"strong protection", func(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectStrong }},
		{"no protection", func(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectNone }},
		{"no Cache-Control", func(lm *ginlogin.LoginManager) { lm.CacheControl = "" }},
		{"any number of logins", func(lm *ginlogin.LoginManager) { lm.MaxLogins = 0 }},
		{"one login", func(lm *ginlogin.LoginManager) { lm.MaxLogins = 1 }},
		{"a duration of a second", func(lm *ginlogin.LoginManager) { lm.Remember.Duration = time.Second }},
		{"a trusted origin", func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = []string{"https://app.example:8443"} }},
		{"with a login store, an idle timeout longer than the grace", func(lm *ginlogin.LoginManager) {
			lm.Logins, lm.IdleTimeout = newShelf(), time.Minute+time.Second
		}},
		{"no grace", func(lm *ginlogin.LoginManager) { lm.Remember.Grace = 0 }},
		{"times of a second", func(lm *ginlogin.LoginManager) {
			lm.SecretKeys = [][]byte{make([]byte, 32)} // for the activity cookie
			lm.IdleTimeout, lm.AbsoluteTimeout, lm.FreshFor = time.Second, time.Second, time.Second
		}},
		{"a cookie domain", func(lm *ginlogin.LoginManager) { lm.Remember.Domain = "shop.example" }},
		{"a cookie that is not Secure", func(lm *ginlogin.LoginManager) { lm.Remember.Secure = false }},
		{"__Host- that keeps its promise", func(lm *ginlogin.LoginManager) { lm.Remember.Name = "__Host-remember" }},
		{"__Secure- that keeps its promise", func(lm *ginlogin.LoginManager) {
			lm.Remember.Name, lm.Remember.Domain, lm.Remember.Path = "__Secure-remember", "shop.example", "/app"
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			lm := ginlogin.New(newAccounts().find)
			row.right(lm)
			wants(t, "panic", panicText(func() { lm.Middleware() }), "")
		})
	}
}

func TestSettingsAreCopied(t *testing.T) {
	keys := [][]byte{keyOf("remember")}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = keys })
	neverCalled := func(c *gin.Context) { c.String(http.StatusTeapot, "changed") }
	s.lm.LoginView, s.lm.RefreshView = "/changed", "/changed"
	s.lm.LoginMessage, s.lm.LoginMessageCategory = "changed", "changed"
	s.lm.UnauthorizedHandler, s.lm.NeedsRefreshHandler = neverCalled, neverCalled
	s.lm.ErrorHandler = func(c *gin.Context, _ error) { neverCalled(c) }
	s.lm.Localize = func(*gin.Context, string) string { return "changed" }
	s.lm.IsNotFound = func(error) bool { return true }
	s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return s.users.get("2"), nil }
	s.lm.AnonymousUser = func(*gin.Context) ginlogin.User { return ginlogin.AnonymousUser{"Name": "changed"} }
	s.lm.SessionProtection = ginlogin.ProtectStrong
	s.lm.Identifier = func(*gin.Context) string { return fmt.Sprint(time.Now().UnixNano()) }
	s.lm.Remember = ginlogin.RememberCookie{Name: "changed", RefreshEachRequest: true}
	s.lm.UseSessionForNext = true
	s.lm.ForceHost = "changed.example"
	s.lm.CacheControl = "changed"
	s.lm.Name, s.lm.SessionName = "changed", "changed"
	s.lm.Logger = slog.New(slog.DiscardHandler)

	b := s.browser()
	wants(t, "refusal", answerOf(b.do("GET", "/secret")), "302 | Location: /login?next=%2Fsecret")
	wants(t, "flash", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
	wants(t, "a stranger", b.get("/home"), "200 [Log in] Home () fresh=false")
	wants(t, "login", b.post("/login?id=1&remember=1"), "200 /")
	wants(t, "remember cookie", b.cookie("remember_token") != "", true)
	wants(t, "Cache-Control", b.do("GET", "/whoami").Header.Get("Cache-Control"), "private, no-store")
	wants(t, "no protection at all", b.get("/vault"), "200 vault")
	s.users.fail(errors.New("database down"))
	s.logged()
	wants(t, "outage", b.get("/secret"), "503 ")
	wantsText(t, "log", s.logged(), "database down")
	s.users.fail(nil)

	keys[0][0] ^= 1
	s.lm.SecretKeys[0] = keyOf("changed")
	b.put("session", "")
	wants(t, "the remember cookie still verifies", b.get("/whoami"), "200 user 1")
	s.lm.SecretKeys = nil
	wants(t, "and is still signed", b.post("/login?id=1&remember=1"), "200 /")
}

func TestANameIsPartOfSessionKeyAndCookieName(t *testing.T) {
	for _, row := range []struct{ name, rememberName, key, cookie string }{
		{"", "", "_login", "remember_token"},
		{"staff", "", "_login.staff", "remember_token_staff"},
		{"staff_", "", "_login.staff_", "remember_token_staff_"},
		{"staff", "keep", "_login.staff", "keep"},
		{"", "__Host-keep", "_login", "__Host-keep"},
	} {
		t.Run(fmt.Sprintf("manager %q, cookie %q", row.name, row.rememberName), func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.Name, s.lm.Remember.Name = row.name, row.rememberName })
			b := s.browser()
			wants(t, "login", b.post("/login?id=1&remember=1"), "200 /")
			wants(t, "a record", b.get("/data?key="+row.key) != "200 <nil>", true)
			wants(t, "remember cookie", b.cookie(row.cookie) != "", true)
			b.put("session", "")
			wants(t, "restored", b.get("/whoami"), "200 user 1")
		})
	}
}

func TestAnonymousUserMakesTheUserOfAStranger(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(*gin.Context) ginlogin.User
		want string
	}{
		{"by default it has no name", nil, "200 [Log in] Home () fresh=false"},
		{"a custom one has what it was given", func(*gin.Context) ginlogin.User { return ginlogin.AnonymousUser{"Name": "Guest"} }, "200 [Log in] Home (Guest) fresh=false"},
		{"a custom one sees the request", func(c *gin.Context) ginlogin.User { return ginlogin.AnonymousUser{"Name": c.Query("as")} }, "200 [Log in] Home (you) fresh=false"},
		{"a custom one of another type does", func(*gin.Context) ginlogin.User { return anonymousMember{} }, "200 [Log in] Home (Eve) fresh=false"},
		{"nil is the default", func(*gin.Context) ginlogin.User { return nil }, "200 [Log in] Home () fresh=false"},
		{"a nil pointer is the default", func(*gin.Context) ginlogin.User { return (*account)(nil) }, "200 [Log in] Home () fresh=false"},
		{"a nil map is the default", func(*gin.Context) ginlogin.User { return ginlogin.AnonymousUser(nil) }, "200 [Log in] Home () fresh=false"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.AnonymousUser = row.make })
			wants(t, "page", s.browser().get("/home?as=you"), row.want)
		})
	}
}

// A login store that is no pointer, and that Go cannot compare.
type rowsByValue struct {
	ginlogin.LoginStore
	rows map[string]ginlogin.StoredLogin
}

func TestALoginStoreNeedNotBeComparable(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = rowsByValue{newShelf(), nil} })
	b := s.browser()
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "user", b.get("/whoami"), "200 user 1")
	wants(t, "log", s.logged(), "")
}
