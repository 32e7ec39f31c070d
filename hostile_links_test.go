package ginlogin_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A mailbox is a club that sends links: to choose a new password, and to log in.
type mailbox struct {
	*club
	mu             sync.Mutex
	resets, logins *ginlogin.Tokens[*clubMember]
}

func newMailbox(c *club) *mailbox {
	m := &mailbox{
		club:   c,
		resets: &ginlogin.Tokens[*clubMember]{Manager: c.lm, Purpose: "reset", Lifetime: time.Hour},
		logins: &ginlogin.Tokens[*clubMember]{Manager: c.lm, Purpose: "login", Lifetime: time.Hour},
	}
	open := ginlogin.LoginNotRequired()
	c.engine.GET("/reset", open, func(ctx *gin.Context) {
		if _, err := m.resets.User(ctx.Request.Context(), ctx.Query("token")); err != nil {
			ctx.String(http.StatusNotFound, err.Error())
			return
		}
		ctx.String(http.StatusOK, "choose a password")
	})
	c.engine.POST("/reset", open, m.reset)
	c.engine.POST("/link", open, func(ctx *gin.Context) {
		u, err := m.logins.User(ctx.Request.Context(), ctx.Query("token"))
		if err == nil {
			err = ginlogin.Login(ctx, u)
		}
		answer200(ctx, err)
	})
	return m
}

// reset sets the password by compare-and-swap, as a table of users does with
// WHERE hash = the hash that was read.
func (m *mailbox) reset(ctx *gin.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, err := m.resets.User(ctx.Request.Context(), ctx.Query("token"))
	if err == nil {
		m.members[u.ID] = &clubMember{ID: u.ID, Hash: u.Hash + "+", Banned: u.Banned}
	}
	answer200(ctx, err)
}

func (m *mailbox) link(tokens *ginlogin.Tokens[*clubMember], id string) string {
	m.t.Helper()
	token, err := tokens.New(m.t.Context(), m.members[id])
	noError(m.t, err)
	return token
}

func TestALinkIsGoodUntilItsPasswordIsChosen(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		m := newMailbox(c)
		thief := c.login("ada").copyOf("session")
		reset, login := m.link(m.resets, "ada"), m.link(m.logins, "ada")
		b := c.browser()
		for range 2 {
			wants(t, "a scanner of mails", c.browser().get("/reset?token="+reset), "200 choose a password")
		}
		wants(t, "the new password", b.post("/reset?token="+reset), "200 ok")
		wants(t, "nobody is logged in by it", b.get("/who"), "200  ")
		wants(t, "the thief of a session", thief.get("/who"), "200  ")
		for what, got := range map[string]string{
			"the link again":         b.post("/reset?token=" + reset),
			"in another browser":     c.browser().post("/reset?token=" + reset),
			"another link of before": b.post("/link?token=" + login),
			"the page of the link":   strings.Replace(b.get("/reset?token="+reset), "404", "400", 1),
		} {
			wants(t, what, got, "400 "+ginlogin.ErrBadToken.Error())
		}
	})
}

func TestNoTrickMakesALink(t *testing.T) {
	c := newClub(t, cookieStore, func(*ginlogin.LoginManager) {})
	m := newMailbox(c)
	staff := *c.lm
	staff.Name = "staff"
	ofStaff := &ginlogin.Tokens[*clubMember]{Manager: &staff, Purpose: "reset", Lifetime: time.Hour}
	ofAnother := newTokens("reset", func(_ context.Context, id string) (*clubMember, error) { return c.members[id], nil }, c.clock)
	adas, eves := m.link(m.resets, "ada"), m.link(m.resets, "eve")
	tokens := map[string]string{
		"none":                         "",
		"Eve's signature on Ada's":     adas[:strings.LastIndex(adas, ".")] + eves[strings.LastIndex(eves, "."):],
		"a link to log in":             m.link(m.logins, "ada"),
		"a link of another manager":    m.link(ofStaff, "ada"),
		"a link of another site's key": m.link(ofAnother, "ada"),
		"a session":                    c.login("ada").cookie("session"),
		"a remember cookie":            c.login("ada", "&remember=1").cookie("remember_token"),
	}
	for i := range adas {
		spoiled := []byte(adas)
		spoiled[i] ^= 1
		tokens["Ada's with another letter: "+string(spoiled)] = string(spoiled)
	}
	for what, token := range tokens {
		wants(t, what, c.browser().post("/reset?token="+url.QueryEscape(token)), "400 "+ginlogin.ErrBadToken.Error())
	}
	wants(t, "Ada's password", c.members["ada"].Hash, "a")
	c.clock.Advance(time.Hour)
	wants(t, "Ada's own, an hour later", c.browser().post("/reset?token="+adas), "400 "+ginlogin.ErrBadToken.Error())
}

func TestOfManyClicksAtOnceOneChoosesThePassword(t *testing.T) {
	c := newClub(t, cookieStore, func(*ginlogin.LoginManager) {})
	m := newMailbox(c)
	reset := m.link(m.resets, "ada")
	got := make([]string, 8)
	var group sync.WaitGroup
	for i := range got {
		b := c.browser()
		group.Go(func() { got[i] = b.post("/reset?token=" + reset) })
	}
	group.Wait()
	wants(t, "passwords chosen", len(got)-len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s == "200 ok" })), 1)
	wants(t, "Ada's password", c.members["ada"].Hash, "a+")
}

func TestALinkLogsNoBannedUserIn(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		m := newMailbox(c)
		login := m.link(m.logins, "ada")
		c.members["ada"].Banned = true
		b := c.browser()
		wants(t, "a link to log in", b.post("/link?token="+login), "400 "+ginlogin.ErrInactiveUser.Error())
		wants(t, "nobody", b.get("/who"), "200  ")
		form := b.crossSite("/link?token=" + login)
		wants(t, "from another site", form.body, ginlogin.ErrCrossSite.Error())
	})
}
