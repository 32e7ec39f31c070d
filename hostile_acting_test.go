package ginlogin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// actingTricks are for when Ada acts as Bob.
var actingTricks = []trick{
	{"nothing", false, func(c *club, _ *browser) *browser { return c.browser() }},
	{"a spoiled session", false, func(_ *club, b *browser) *browser { return b.spoiled("session") }},
	{"another user's login", false, func(c *club, _ *browser) *browser { return c.login("eve") }},
	{"a copy, and an hour", false, func(c *club, b *browser) *browser {
		c.clock.Advance(time.Hour)
		return b.copyOf("session")
	}},
	{"a copy, and a ban of who acts", false, func(c *club, b *browser) *browser {
		c.members["ada"].Banned = true
		return b.copyOf("session")
	}},
	{"a copy, and a new password of who acts", false, func(c *club, b *browser) *browser {
		c.members["ada"].Hash = "new"
		return b.copyOf("session")
	}},
	{"a copy, and the way back", true, copyBefore("/stop")},
	{"a copy, and a logout", true, copyBefore("/logout")},
	{"a copy, and a first step", true, copyBefore("/login?id=ada")},
}

// The attacker wants to be Bob, or Ada.
func TestNoTrickActsAsAnother(t *testing.T) {
	silence(t)
	for _, row := range actingTricks {
		t.Run(row.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				if row.copy && !c.endsCopies() {
					return // docs/security.md says so
				}
				c.engine.POST("/open-stop", ginlogin.LoginNotRequired(), c.stop)
				b := c.login("ada")
				wants(t, "act", b.post("/act?id=bob"), "200 ok")
				attacker := row.play(c, b)
				for _, step := range []string{"at once", "after stopping"} {
					if got := attacker.get("/who"); strings.HasPrefix(got, "200 bob") || strings.HasPrefix(got, "200 ada") {
						t.Errorf("%s, the attacker is %s", step, got)
					}
					wants(t, step+", the way back", attacker.post("/open-stop"), "400 "+ginlogin.ErrNotAuthenticated.Error())
				}
			})
		})
	}
}

func TestTheEndOfACustomerEndsActing(t *testing.T) {
	silence(t)
	for name, end := range map[string]func(c *club){
		"the account's end":   func(c *club) { delete(c.members, "bob") },
		"another password":    func(c *club) { c.members["bob"].Hash = "new" },
		"an hour":             func(c *club) { c.clock.Advance(time.Hour) },
		"an absolute timeout": func(c *club) { c.clock.Advance(30 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				b, remembered := c.login("ada"), c.login("ada", "&remember=1")
				c.clock.Advance(time.Minute)
				b.post("/act?id=bob")
				remembered.post("/act?id=bob")
				c.clock.Advance(time.Minute)
				end(c)
				wants(t, "a closed page", b.do("GET", "/nowhere").StatusCode, http.StatusFound)
				wants(t, "with Ada's remember cookie, who acts", remembered.get("/actor"), "200 none")
				wants(t, "a page for fresh logins", remembered.do("GET", "/vault").StatusCode, http.StatusFound)
			}, func(lm *ginlogin.LoginManager) { lm.AbsoluteTimeout = 32 * time.Minute })
		})
	}
}

// As for every banned user, guards refuse, and the login is not ended.
func TestABannedCustomerIsRefusedAndTheWayBackIsOpen(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		c.engine.POST("/open-stop", ginlogin.LoginNotRequired(), c.stop)
		b := c.login("ada")
		b.post("/act?id=bob")
		c.members["bob"].Banned = true
		wants(t, "a closed page", b.do("GET", "/nowhere").StatusCode, http.StatusFound)
		wants(t, "the way back", b.post("/open-stop"), "200 ok")
		wants(t, "back", b.get("/who"), "200 ada pwd+otp")
	})
}

// Strong protection ends the login of who acts, too: a copy of before would be the
// thief's way round.
func TestAChangedClientEndsActingUnderStrongProtection(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.login("ada")
		before := b.copyOf("session")
		b.post("/act?id=bob")
		thief := b.copyOf("session")
		thief.agent = "another browser"
		wants(t, "the thief", thief.get("/who"), "200  ")
		wants(t, "the way back", thief.do("POST", "/stop").StatusCode, http.StatusSeeOther)
		if c.endsCopies() {
			wants(t, "the copy that was stolen", b.get("/who"), "200  ")
		}
		if c.lm.Logins != nil {
			wants(t, "a copy of before", before.get("/who"), "200  ")
		}
	}, func(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectStrong })
}

func TestALoginWhileActingEndsBothLogins(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		if c.lm.Logins == nil {
			return
		}
		c.engine.POST("/login-now", func(ctx *gin.Context) { answer200(ctx, ginlogin.Login(ctx, c.members["eve"])) })
		b := c.login("ada")
		before := b.copyOf("session")
		b.post("/act?id=bob")
		acting := b.copyOf("session")
		wants(t, "log in", b.post("/login-now"), "200 ok")
		wants(t, "the browser", b.get("/who"), "200 eve ")
		wants(t, "who acts", b.get("/actor"), "200 none")
		wants(t, "a copy of before", before.get("/who"), "200  ")
		wants(t, "a copy of acting", acting.get("/who"), "200  ")
	})
}

func TestNoActingAsABannedUserOrBetweenTheSteps(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		ada := c.login("ada")
		c.members["bob"].Banned = true
		wants(t, "as a banned user", ada.post("/act?id=bob"), "400 "+ginlogin.ErrInactiveUser.Error())
		wants(t, "still", ada.get("/who"), "200 ada pwd+otp")
		pending := c.browser()
		pending.post("/login?id=eve")
		wants(t, "between password and code", pending.do("POST", "/act?id=ada").StatusCode, http.StatusSeeOther)
		wants(t, "nobody", pending.get("/who"), "200  ")
	})
}
