package ginlogin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/loginmem"
)

// A clubMember has a password that can change, and may be banned.
type clubMember struct {
	ginlogin.UserMixin
	ID, Hash string
	Banned   bool
}

func (m *clubMember) GetID() string       { return m.ID }
func (m *clubMember) IsActive() bool      { return !m.Banned }
func (m *clubMember) SessionHash() string { return m.Hash }

// A club is a site of members that is closed but for its views.
type club struct {
	*site
	members map[string]*clubMember
}

// newClub starts a club with a route for each step of a login and for acting as
// another member.
func newClub(t *testing.T, store func() sessions.Store, change func(lm *ginlogin.LoginManager)) *club {
	t.Helper()
	c := &club{members: map[string]*clubMember{
		"ada": {ID: "ada", Hash: "a"}, "bob": {ID: "bob", Hash: "b"}, "eve": {ID: "eve", Hash: "e"},
	}}
	find := func(_ context.Context, id string) (*clubMember, error) { return c.members[id], nil }
	c.site = siteBehind(t, sessions.Sessions("session", store()), func(s *site) {
		s.lm = ginlogin.New(find)
		s.lm.SecretKeys = [][]byte{keyOf("remember")}
		s.lm.LoginView, s.lm.RefreshView, s.lm.LoginRequired = "/login", "/reauthenticate", true
		s.lm.Now = s.clock.Now
		change(s.lm)
	}, func(s *site) { s.engine.Use(s.lm.Middleware()) })
	open := ginlogin.LoginNotRequired()
	memberOf := func(ctx *gin.Context) *clubMember {
		return c.members[ctx.Query("id")]
	}
	c.engine.POST("/login", func(ctx *gin.Context) {
		answer200(ctx, ginlogin.BeginLogin(ctx, memberOf(ctx), ginlogin.Remember(ctx.Query("remember") != ""), ginlogin.Via("pwd")))
	})
	c.engine.POST("/code", open, func(ctx *gin.Context) {
		answer200(ctx, ginlogin.FinishLogin(ctx, memberOf(ctx), ginlogin.Via("otp")))
	})
	c.engine.GET("/pending", open, func(ctx *gin.Context) {
		m, ok := ginlogin.PendingUser[*clubMember](ctx)
		if !ok {
			ctx.String(http.StatusOK, "none")
			return
		}
		ctx.String(http.StatusOK, m.ID)
	})
	c.engine.GET("/who", open, func(ctx *gin.Context) {
		u, err := ginlogin.LoadUser(ctx)
		if err != nil {
			ctx.String(http.StatusServiceUnavailable, err.Error())
			return
		}
		ctx.String(http.StatusOK, "%s %s", u.GetID(), strings.Join(ginlogin.LoginMethods(ctx), "+"))
	})
	c.engine.GET("/vault", ginlogin.FreshLoginRequired(), answerOK)
	c.engine.GET("/keys", ginlogin.FreshLoginRequired(ginlogin.FreshFor(5*time.Minute), ginlogin.Via("otp"), ginlogin.RefreshView("/code")), answerOK)
	c.engine.POST("/confirm", func(ctx *gin.Context) {
		answer200(ctx, ginlogin.ConfirmLogin(ctx, ginlogin.CurrentUser(ctx), ginlogin.Via(ctx.Query("via"))))
	})
	c.engine.POST("/act", func(ctx *gin.Context) { answer200(ctx, ginlogin.Impersonate(ctx, memberOf(ctx))) })
	c.engine.POST("/stop", c.stop)
	c.engine.GET("/actor", open, func(ctx *gin.Context) {
		m, ok := ginlogin.Impersonator[*clubMember](ctx)
		if !ok {
			ctx.String(http.StatusOK, "none")
			return
		}
		ctx.String(http.StatusOK, m.ID)
	})
	c.engine.POST("/others", func(ctx *gin.Context) { answer200(ctx, ginlogin.LogoutOthers(ctx, ginlogin.CurrentUser(ctx))) })
	c.engine.POST("/everywhere", func(ctx *gin.Context) { answer200(ctx, ginlogin.LogoutEverywhere(ctx)) })
	c.engine.POST("/end", func(ctx *gin.Context) { answer200(ctx, ginlogin.EndLogin(ctx, "another")) })
	c.engine.POST("/logout", open, ginlogin.LogoutTo("/"))
	c.engine.POST("/data", open, func(ctx *gin.Context) {
		session := sessions.Default(ctx)
		session.Set("cart", ctx.Query("cart"))
		answer200(ctx, session.Save())
	})
	c.engine.GET("/data", open, func(ctx *gin.Context) { ctx.String(http.StatusOK, "%v", sessions.Default(ctx).Get("cart")) })
	return c
}

func (c *club) stop(ctx *gin.Context) { answer200(ctx, ginlogin.StopImpersonating(ctx)) }

// login takes both steps.
func (c *club) login(id string, query ...string) *browser {
	c.t.Helper()
	b := c.browser()
	wants(c.t, "first step", b.post("/login?id="+id+strings.Join(query, "")), "200 ok")
	wants(c.t, "second step", b.post("/code?id="+id), "200 ok")
	return b
}

// onEachStore runs a test on sessions in cookies and on the server, with and without a
// login store.
func onEachStore(t *testing.T, test func(t *testing.T, c *club), settings ...func(lm *ginlogin.LoginManager)) {
	stores := map[string]func() sessions.Store{
		"cookie": cookieStore, "server": memStore,
		"cookiestore": func() sessions.Store { return cookiestore.NewStore(keyOf("session")) },
	}
	for name, store := range stores {
		for _, rows := range []bool{false, true} {
			with := name
			if rows {
				with += ", with Logins"
			}
			t.Run(with, func(t *testing.T) {
				test(t, newClub(t, store, func(lm *ginlogin.LoginManager) {
					for _, set := range settings {
						set(lm)
					}
					if rows {
						logins := loginmem.New()
						logins.Now = lm.Now
						lm.Logins = logins
					}
				}))
			})
		}
	}
}

func TestBetweenPasswordAndCodeNobodyIsLoggedIn(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.browser()
		wants(t, "nothing pending", b.get("/pending"), "200 none")
		wants(t, "the code without the password", b.post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
		wants(t, "first step", b.post("/login?id=ada&remember=1"), "200 ok")
		wants(t, "pending", b.get("/pending"), "200 ada")
		wants(t, "not logged in", b.get("/who"), "200  ")
		wants(t, "a closed page", b.do("GET", "/vault").StatusCode, http.StatusFound)
		wants(t, "no remember cookie yet", b.cookie("remember_token"), "")

		wants(t, "another user's code", b.post("/code?id=eve"), "400 "+ginlogin.ErrNotAuthenticated.Error())
		wants(t, "another browser", c.browser().post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
		wants(t, "the code", b.post("/code?id=ada"), "200 ok")
		wants(t, "logged in, by both methods", b.get("/who"), "200 ada pwd+otp")
		wants(t, "fresh", b.get("/vault"), "200 ok")
		wants(t, "remembered, as the first step said", b.cookie("remember_token") != "", true)
		wants(t, "nothing pending any more", b.get("/pending"), "200 none")
		wants(t, "the code again", b.post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	})
}

func TestWhatEndsAPendingLogin(t *testing.T) {
	for _, row := range []struct {
		name string
		ends func(c *club, b *browser)
	}{
		{"ten minutes", func(c *club, _ *browser) { c.clock.Advance(10 * time.Minute) }},
		{"another password", func(c *club, _ *browser) { c.members["ada"].Hash = "new" }},
		{"a logout", func(_ *club, b *browser) { b.post("/logout") }},
		{"the first step of another user", func(_ *club, b *browser) { b.post("/login?id=bob") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				b := c.browser()
				b.post("/login?id=ada")
				row.ends(c, b)
				wants(t, "pending", b.get("/pending") != "200 ada", true)
				wants(t, "the code", b.post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
				wants(t, "logged in", b.get("/who"), "200  ")
			})
		})
	}
}

func TestABanBetweenTheStepsIsNotPassed(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.browser()
		b.post("/login?id=ada")
		c.members["ada"].Banned = true
		wants(t, "pending", b.get("/pending"), "200 none")
		wants(t, "the code", b.post("/code?id=ada"), "400 "+ginlogin.ErrInactiveUser.Error())
	})
}

func TestTheFirstStepEndsTheLoginThatIsThere(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.login("bob", "&remember=1")
		b.post("/data?cart=bobs")
		wants(t, "first step of another user", b.post("/login?id=ada"), "200 ok")
		wants(t, "nobody is logged in", b.get("/who"), "200  ")
		wants(t, "Bob's data is gone", b.get("/data"), "200 <nil>")
		wants(t, "the code", b.post("/code?id=ada"), "200 ok")
		wants(t, "logged in", b.get("/who"), "200 ada pwd+otp")
	})
}

func TestAServersPendingLoginIsSpentOnce(t *testing.T) {
	c := newClub(t, memStore, func(*ginlogin.LoginManager) {})
	b := c.browser()
	b.post("/login?id=ada")
	thief := b.copyOf("session")
	wants(t, "the code", b.post("/code?id=ada"), "200 ok")
	wants(t, "a copy, with the code", thief.post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
}

func TestAStepUpAsksForTheMethodThatIsMissing(t *testing.T) {
	c := newClub(t, cookieStore, func(*ginlogin.LoginManager) {})
	b := c.login("ada")
	wants(t, "by code, just now", b.get("/keys"), "200 ok")
	c.clock.Advance(5 * time.Minute)
	wants(t, "five minutes later", answerOf(b.do("GET", "/keys")), "302 | Location: /code?next=%2Fkeys")
	wants(t, "confirmed by password", b.post("/confirm?via=pwd"), "200 ok")
	wants(t, "is not by code", answerOf(b.do("GET", "/keys")), "302 | Location: /code?next=%2Fkeys")
	wants(t, "but fresh", b.get("/vault"), "200 ok")
	rep := b.do("GET", "/keys", "Accept", "application/json")
	wants(t, "a script", answerOf(rep), `401 | WWW-Authenticate: Session error="insufficient_user_authentication", `+
		`error_description="fresh login required", max_age="300" | {"error":"fresh login required"}`)
	wants(t, "confirmed by code", b.post("/confirm?via=otp"), "200 ok")
	wants(t, "passes", b.get("/keys"), "200 ok")
	wants(t, "the methods of the login stay", b.get("/who"), "200 ada pwd+otp")
}

func TestViaWithoutAPageOfItsOwnPanics(t *testing.T) {
	for name, make := range map[string]func(){
		"no RefreshView": func() { ginlogin.FreshLoginRequired(ginlogin.Via("otp")) },
		"LoginRequired":  func() { ginlogin.LoginRequired(ginlogin.Via("otp")) },
		"not a name":     func() { ginlogin.Via("one time code") },
	} {
		wantsText(t, name, panicText(make), "Via")
	}
}
