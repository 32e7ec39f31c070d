package ginlogin_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestLoginAndLogoutToRefuseFormsOfOtherSites(t *testing.T) {
	for _, row := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"a client without these headers passes", nil, false},
		{"a form of this page passes", []string{"Sec-Fetch-Site", "same-origin", "Origin", "this"}, false},
		{"a form of another host of this site passes", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.site.example"}, false},
		{"a request that the user began passes", []string{"Sec-Fetch-Site", "none"}, false},
		{"a form of another site is refused", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, true},
		{"a form of another site without Origin is refused", []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"a form of a trusted origin passes", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://app.example"}, false},
		{"the trusted origin on another port is refused", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://app.example:8443"}, true},
		{"the trusted origin over plain HTTP is refused", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://app.example"}, true},
		{"an old browser's form of this host passes", []string{"Origin", "this"}, false},
		{"an old browser's form of ForceHost passes", []string{"Origin", "https://site.example"}, false},
		{"an old browser's form of a trusted origin passes", []string{"Origin", "https://app.example"}, false},
		{"an old browser's form of another host is refused", []string{"Origin", "https://evil.example"}, true},
		{"an old browser's form of a host with this host in its name is refused", []string{"Origin", "https://site.example.evil.example"}, true},
		{"an old browser's form of a page without an origin is refused", []string{"Origin", "null"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.TrustedOrigins = []string{"https://app.example"}
				s.lm.ForceHost = "site.example"
			})
			s.engine.POST("/leave", ginlogin.LogoutTo("/bye"))
			header := append([]string{}, row.headers...)
			for i, value := range header {
				if value == "this" {
					header[i] = s.URL
				}
			}
			b := s.browser()
			if row.refused {
				wants(t, "login", b.post("/login?id=1", header...), "400 "+ginlogin.ErrCrossSite.Error())
				wants(t, "user", b.get("/whoami"), "200 user ")
				b.post("/login?id=1")
				rep := b.do("POST", "/leave", header...)
				wants(t, "logout", rep.StatusCode, http.StatusForbidden)
				wants(t, "body, which the app renders for browsers", rep.body, "")
				wantsNoCookies(t, "logout", rep)
				wants(t, "user", b.get("/whoami"), "200 user 1")
				return
			}
			wants(t, "login", b.post("/login?id=1", header...), "200 /")
			wants(t, "user", b.get("/whoami"), "200 user 1")
			wants(t, "logout", b.do("POST", "/leave", header...).StatusCode, http.StatusSeeOther)
			wants(t, "user", b.get("/whoami"), "200 user ")
		})
	}
}

func TestACallbackThatAProviderPostsMayLogIn(t *testing.T) {
	s := newSite(t, memStore(), nil)
	login := func(opts ...ginlogin.LoginOption) gin.HandlerFunc {
		return func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get("1"), opts...)) }
	}
	s.engine.Any("/callback", login())
	s.engine.Any("/checked-callback", login(ginlogin.FromOtherSite()))
	provider := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://provider.example"}
	b := s.browser()
	wants(t, "a callback by GET", b.get("/callback", provider...), "200 ok")
	wants(t, "a posted callback", s.browser().post("/callback", provider...), "400 "+ginlogin.ErrCrossSite.Error())
	wants(t, "one that has checked its state", s.browser().post("/checked-callback", provider...), "200 ok")
}

func TestBothStepsOfALoginRefuseFormsOfOtherSites(t *testing.T) {
	s := newSite(t, memStore(), nil)
	step := func(step func(*gin.Context, ginlogin.User, ...ginlogin.LoginOption) error, opts ...ginlogin.LoginOption) gin.HandlerFunc {
		return func(c *gin.Context) { answer200(c, step(c, s.users.get("1"), opts...)) }
	}
	s.engine.POST("/password", step(ginlogin.BeginLogin))
	s.engine.POST("/code", step(ginlogin.FinishLogin))
	s.engine.POST("/password-callback", step(ginlogin.BeginLogin, ginlogin.FromOtherSite()))
	s.engine.POST("/code-callback", step(ginlogin.FinishLogin, ginlogin.FromOtherSite()))
	provider := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://provider.example"}
	refused := "400 " + ginlogin.ErrCrossSite.Error()
	b := s.browser()
	wants(t, "the first step", b.post("/password", provider...), refused)
	wants(t, "the second without a first", b.post("/code"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "a first step that has checked its state", b.post("/password-callback", provider...), "200 ok")
	wants(t, "the second step", b.post("/code", provider...), refused)
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "a second step that has checked its state", b.post("/code-callback", provider...), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestALoginFromAnotherSiteLeavesTheLoginBefore(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.told()
	rep := b.do("POST", "/login?id=2", "Sec-Fetch-Site", "cross-site")
	wants(t, "status", rep.StatusCode, http.StatusBadRequest)
	wantsNoCookies(t, "answer", rep)
	wants(t, "events", s.told(), "")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}
