package ginlogin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestWhatEndsActing(t *testing.T) {
	for _, row := range []struct {
		name   string
		ends   func(c *club, b *browser)
		stores bool // only with a login store
	}{
		{"an hour", func(c *club, _ *browser) { c.clock.Advance(time.Hour) }, false},
		{"a ban of the acting user", func(c *club, _ *browser) { c.members["ada"].Banned = true }, false},
		{"a new password of the acting user", func(c *club, _ *browser) { c.members["ada"].Hash = "new" }, false},
		{"a new password of the other", func(c *club, _ *browser) { c.members["bob"].Hash = "new" }, false},
		{"the end of the acting user", func(c *club, _ *browser) { delete(c.members, "ada") }, false},
		{"a logout of both", func(_ *club, b *browser) { b.post("/logout") }, false},
		{"the end of the acting user's logins", func(c *club, _ *browser) { _ = c.lm.EndLogins(c.t.Context(), "ada") }, true},
		{"the end of the other's logins", func(c *club, _ *browser) { _ = c.lm.EndLogins(c.t.Context(), "bob") }, true},
		{"a logout of all others by the acting user, elsewhere", func(c *club, _ *browser) { c.login("ada").post("/others") }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				if row.stores && c.lm.Logins == nil {
					return
				}
				b := c.login("ada")
				b.post("/act?id=bob")
				wants(t, "acting", b.get("/who"), "200 bob ")
				row.ends(c, b)
				if got := b.get("/who"); strings.HasPrefix(got, "200 bob") {
					t.Errorf("after it: %s", got)
				}
				if !strings.Contains(row.name, "of the other") && !strings.Contains(row.name, "the other's") {
					b.post("/stop")
					wants(t, "a way back", strings.HasPrefix(b.get("/who"), "200 ada"), false)
				}
			})
		})
	}
}

func TestAStreamOfAUserWhoActsEndsWithEitherLogin(t *testing.T) {
	for _, row := range []struct {
		name   string
		ends   func(c *club)
		stores bool // only with a login store
		want   string
	}{
		{"nothing", func(*club) {}, false, "200 true <nil>"},
		{"a ban of the acting user", func(c *club) { c.members["ada"].Banned = true }, false, "200 false <nil>"},
		{"a new password of the acting user", func(c *club) { c.members["ada"].Hash = "new" }, false, "200 false <nil>"},
		{"a ban of the other", func(c *club) { c.members["bob"].Banned = true }, false, "200 false <nil>"},
		{"a new password of the other", func(c *club) { c.members["bob"].Hash = "new" }, false, "200 false <nil>"},
		{"an hour", func(c *club) { c.clock.Advance(time.Hour) }, false, "200 false <nil>"},
		{"the end of the acting user's logins", func(c *club) { _ = c.lm.EndLogins(c.t.Context(), "ada") }, true, "200 false <nil>"},
		{"the end of the other's logins", func(c *club) { _ = c.lm.EndLogins(c.t.Context(), "bob") }, true, "200 false <nil>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				if row.stores && c.lm.Logins == nil {
					return
				}
				c.engine.GET("/stream", func(ctx *gin.Context) {
					stream := ginlogin.Context(ctx)
					row.ends(c)
					on, err := ginlogin.StillLoggedIn(stream)
					ctx.String(http.StatusOK, "%v %v", on, err)
				})
				b := c.login("ada")
				b.post("/act?id=bob")
				wants(t, "goes on", b.get("/stream"), row.want)
			})
		})
	}
}

func TestALogoutWhileActingLeavesNoCopyGood(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		if c.lm.Logins == nil {
			return // a copied cookie without rows on the server stays good, which docs/security.md says
		}
		b := c.login("ada")
		before := b.copyOf("session")
		b.post("/act?id=bob")
		acting := b.copyOf("session")
		b.post("/logout")
		for name, copied := range map[string]*browser{"from before acting": before, "while acting": acting} {
			wants(t, name, copied.get("/who"), "200  ")
			copied.post("/stop")
			wants(t, name+", after stopping", copied.get("/who"), "200  ")
		}
	})
}

func TestNoCopyLeadsToTheActingUserAfterActingHasEnded(t *testing.T) {
	for name, ends := range map[string]func(c *club, b *browser){
		"by going back":                    func(_ *club, b *browser) { b.post("/stop") },
		"by the end of the other's logins": func(c *club, _ *browser) { _ = c.lm.EndLogins(c.t.Context(), "bob") },
		"by the end of the acting logins":  func(c *club, _ *browser) { _ = c.lm.EndLogins(c.t.Context(), "ada") },
		"by an hour":                       func(c *club, _ *browser) { c.clock.Advance(time.Hour) },
		"by a logout":                      func(_ *club, b *browser) { b.post("/logout") },
		"by a login as somebody else":      func(_ *club, b *browser) { b.post("/login?id=eve") },
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				if c.lm.Logins == nil {
					return // without rows nothing on the server tells that acting has ended
				}
				c.engine.POST("/open-stop", ginlogin.LoginNotRequired(), c.stop)
				b := c.login("ada")
				b.post("/act?id=bob")
				copied := b.copyOf("session")
				ends(c, b)
				wants(t, "stop", copied.post("/open-stop"), "400 "+ginlogin.ErrNotAuthenticated.Error())
				if got := copied.get("/who"); got != "200  " {
					t.Errorf("the copy is %s", got)
				}
			})
		})
	}
}

func TestALogoutAfterActingHasEndedEndsTheActingLogin(t *testing.T) {
	c := newClub(t, cookieStore, func(lm *ginlogin.LoginManager) { lm.Logins = newShelf() })
	b := c.login("ada")
	before := b.copyOf("session")
	b.post("/act?id=bob")
	_ = c.lm.EndLogins(t.Context(), "bob")
	b.post("/logout")
	wants(t, "a copy from before acting", before.get("/who"), "200  ")
}
