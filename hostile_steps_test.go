package ginlogin_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// onServer reports whether the sessions of the site are on the server, so that the cookie
// of a session that has gone is worth nothing.
func (c *club) onServer() bool { return strings.Contains(c.t.Name(), "/server") }

// endsCopies reports whether the site can end the copy of a session at all.
func (c *club) endsCopies() bool { return c.onServer() || c.lm.Logins != nil }

// spoiled returns a browser with copies of the cookies of those names, each with another
// letter in its middle.
func (b *browser) spoiled(names ...string) *browser {
	other := b.copyOf(names...)
	for _, name := range names {
		if value := []byte(b.cookie(name)); len(value) > 0 {
			if at := len(value) / 2; value[at] == 'A' {
				value[at] = 'B'
			} else {
				value[at] = 'A'
			}
			other.put(name, string(value))
		}
	}
	return other
}

// A trick makes a browser that has something of a member's login.
type trick struct {
	name string
	copy bool // the site must be able to end copies for it to fail
	play func(c *club, member *browser) *browser
}

// tricks are those that every capability has to withstand.
var tricks = []trick{
	{"nothing", false, func(c *club, _ *browser) *browser { return c.browser() }},
	{"a spoiled session", false, func(_ *club, b *browser) *browser { return b.spoiled("session") }},
	{"spoiled cookies", false, func(_ *club, b *browser) *browser { return b.spoiled("session", "remember_token") }},
	{"a copy, and a ban", false, func(c *club, b *browser) *browser {
		c.members["ada"].Banned = true
		return b.copyOf("session", "remember_token")
	}},
	{"a copy, and a new password", false, func(c *club, b *browser) *browser {
		c.members["ada"].Hash = "new"
		return b.copyOf("session", "remember_token")
	}},
	{"a copy, and the end of the account", false, func(c *club, b *browser) *browser {
		delete(c.members, "ada")
		return b.copyOf("session", "remember_token")
	}},
	{"a copy, and a logout", true, copyBefore("/logout")},
	{"a copy, and a first step", true, copyBefore("/login?id=ada")},
	{"another user's login", false, func(c *club, _ *browser) *browser { return c.login("eve") }},
}

// playTricks plays all tricks on a member's login against a page that is open to it.
func playTricks(t *testing.T, open func(c *club) *browser, attack func(c *club, b *browser) (got string), inside string) {
	silence(t)
	for _, trick := range tricks {
		t.Run(trick.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				b := open(c)
				c.clock.Advance(time.Minute)
				if trick.copy && !c.endsCopies() {
					return // docs/security.md says so
				}
				if got := attack(c, trick.play(c, b)); strings.HasPrefix(got, inside) {
					t.Errorf("the attacker gets %q", got)
				}
			})
		})
	}
}

func TestNoTrickOpensAClosedSite(t *testing.T) {
	open := func(c *club) *browser {
		c.engine.GET("/diary", func(ctx *gin.Context) { ctx.String(http.StatusOK, "diary of "+ginlogin.CurrentUser(ctx).GetID()) })
		b := c.login("ada", "&remember=1")
		wants(t, "the member", b.get("/diary"), "200 diary of ada")
		return b
	}
	playTricks(t, open, func(_ *club, b *browser) string { return b.get("/diary") }, "200 diary of ada")
}

func TestNoTrickPassesAStepUp(t *testing.T) {
	open := func(c *club) *browser {
		c.engine.GET("/keys-of", ginlogin.FreshLoginRequired(ginlogin.FreshFor(5*time.Minute), ginlogin.Via("otp"), ginlogin.RefreshView("/code")),
			func(ctx *gin.Context) { ctx.String(http.StatusOK, "keys of "+ginlogin.CurrentUser(ctx).GetID()) })
		b := c.login("ada", "&remember=1")
		wants(t, "the member", b.get("/keys-of"), "200 keys of ada")
		return b
	}
	playTricks(t, open, func(_ *club, b *browser) string { return b.get("/keys-of") }, "200 keys of ada")
}

func TestAStepUpIsOfOneLoginAndOneBrowser(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		c.engine.POST("/confirm-as", func(ctx *gin.Context) {
			answer200(ctx, ginlogin.ConfirmLogin(ctx, c.members[ctx.Query("id")], ginlogin.Via("otp")))
		})
		b := c.login("ada", "&remember=1")
		c.clock.Advance(5 * time.Minute)
		copied, remembered := b.copyOf("session"), b.copyOf("remember_token")
		wants(t, "with another user's code", b.post("/confirm-as?id=eve"), "400 "+ginlogin.ErrNotAuthenticated.Error())
		wants(t, "a code is still asked for", b.do("GET", "/keys").StatusCode, http.StatusFound)
		wants(t, "with the own code", b.post("/confirm?via=otp"), "200 ok")
		wants(t, "passes", b.get("/keys"), "200 ok")
		wants(t, "a copy of before", copied.do("GET", "/keys").StatusCode, http.StatusFound)
		wants(t, "a restored login", remembered.do("GET", "/keys").StatusCode, http.StatusFound)
		c.clock.Advance(5 * time.Minute)
		wants(t, "five minutes later", b.do("GET", "/keys").StatusCode, http.StatusFound)
	})
}

// secondStepTricks are for when Ada has taken the first step.
var secondStepTricks = []trick{
	{"nothing", false, func(c *club, _ *browser) *browser { return c.browser() }},
	{"a spoiled session", false, func(_ *club, b *browser) *browser { return b.spoiled("session") }},
	{"another user's first step, with the same password", false, func(c *club, _ *browser) *browser {
		eve := c.browser()
		c.members["eve"].Hash = c.members["ada"].Hash
		eve.post("/login?id=eve")
		return eve
	}},
	{"another user's login", false, func(c *club, _ *browser) *browser { return c.login("eve") }},
	{"a copy, ten minutes later", false, func(c *club, b *browser) *browser {
		c.clock.Advance(10 * time.Minute)
		return b.copyOf("session")
	}},
	{"a copy, and a ban", false, func(c *club, b *browser) *browser {
		c.members["ada"].Banned = true
		return b.copyOf("session")
	}},
	{"a copy, and a new password", false, func(c *club, b *browser) *browser {
		c.members["ada"].Hash = "new"
		return b.copyOf("session")
	}},
	{"a copy, and the owner's second step", true, copyBefore("/code?id=ada")},
	{"a copy, and the owner's logout", true, copyBefore("/logout")},
	{"a copy, and the owner's first step anew", true, copyBefore("/login?id=ada")},
}

// copyBefore takes a copy of the session, and then has the owner post to path.
func copyBefore(path string) func(*club, *browser) *browser {
	return func(_ *club, b *browser) *browser {
		copied := b.copyOf("session")
		b.post(path)
		return copied
	}
}

// The attacker has Ada's code.
func TestNoTrickTakesTheSecondStep(t *testing.T) {
	silence(t)
	for _, row := range secondStepTricks {
		t.Run(row.name, func(t *testing.T) {
			onEachStore(t, func(t *testing.T, c *club) {
				if row.copy && !c.onServer() {
					return // the copy of a cookie is good for its ten minutes, which docs/states.md says
				}
				b := c.browser()
				b.post("/login?id=ada&remember=1")
				attacker := row.play(c, b)
				if got := attacker.post("/code?id=ada"); got == "200 ok" {
					t.Errorf("the attacker's second step: %s", got)
				}
				if got := attacker.get("/who"); strings.HasPrefix(got, "200 ada") {
					t.Errorf("the attacker is %s", got)
				}
			})
		})
	}
}

// docs/states.md says why session stores cannot prevent it.
func TestTwoSecondStepsAtOnceBothFindTheFirst(t *testing.T) {
	c := newClub(t, memStore, func(*ginlogin.LoginManager) {})
	var both sync.WaitGroup
	both.Add(2)
	c.engine.POST("/meet", ginlogin.LoginNotRequired(), func(ctx *gin.Context) {
		m, ok := ginlogin.PendingUser[*clubMember](ctx)
		both.Done()
		both.Wait()
		if !ok {
			ctx.String(http.StatusBadRequest, "nobody")
			return
		}
		answer200(ctx, ginlogin.FinishLogin(ctx, m))
	})
	b := c.browser()
	b.post("/login?id=ada")
	copied, late := b.copyOf("session"), b.copyOf("session")
	got := make([]string, 2)
	var group sync.WaitGroup
	for i, browser := range []*browser{b, copied} {
		group.Go(func() { got[i] = browser.post("/meet") })
	}
	group.Wait()
	wants(t, "both second steps", strings.Join(got, ", "), "200 ok, 200 ok")
	wants(t, "one that comes after them", late.post("/code?id=ada"), "400 "+ginlogin.ErrNotAuthenticated.Error())
}

// Of two second steps at the same moment both may find the first one unspent. What has
// to be spent is the code.
func TestACodeThatIsSpentOnceLogsInOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		var mu sync.Mutex
		unspent := true
		spend := func() (spent bool) {
			mu.Lock()
			defer mu.Unlock()
			spent, unspent = unspent, false
			return spent
		}
		c.engine.POST("/spend", ginlogin.LoginNotRequired(), func(ctx *gin.Context) {
			m, ok := ginlogin.PendingUser[*clubMember](ctx)
			if !ok || !spend() {
				ctx.String(http.StatusUnprocessableEntity, "wrong code")
				return
			}
			answer200(ctx, ginlogin.FinishLogin(ctx, m))
		})
		b := c.browser()
		b.post("/login?id=ada")
		const many = 8
		copies, got := make([]*browser, many), make([]string, many)
		for i := range copies {
			copies[i] = b.copyOf("session")
		}
		var group sync.WaitGroup
		for i, copied := range copies {
			group.Go(func() { got[i] = copied.post("/spend") })
		}
		group.Wait()
		in := 0
		for i, copied := range copies {
			if who := copied.get("/who"); (got[i] == "200 ok") != strings.HasPrefix(who, "200 ada") {
				t.Errorf("the answer is %s, and the browser is %s", got[i], who)
			}
			if got[i] == "200 ok" {
				in++
			}
		}
		wants(t, "logged in", in, 1)
	})
}
