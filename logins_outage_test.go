package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// answered is what the visitor gets, and what is left when the store works again.
type answered struct {
	answer   string
	cookies  bool   // the answer sets some
	reported bool   // in c.Errors and in the log
	left     string // user and freshness of the browser, user of the other device, rows
}

// A storeOperation is something that a visitor does with a login, who has the same user
// logged in on another device.
type storeOperation struct {
	name    string
	change  func(*site)
	login   string
	prepare func(s *site, b *browser)
	do      func(s *site, b *browser) reply
	good    answered
	fails   map[string]answered // by the method that fails; the others are not needed
}

// storeCalls are the methods of a login store, as shelf.told names them.
var storeCalls = []string{"create", "find", "swap", "delete", "delete all", "list", "find external"}

func posts(path string) func(*site, *browser) reply {
	return func(_ *site, b *browser) reply { return b.do("POST", path) }
}

func gets(path string) func(*site, *browser) reply {
	return func(_ *site, b *browser) reply { return b.do("GET", path) }
}

// later lets the time pass after which a use is noted again.
func later(s *site, _ *browser) { s.clock.Advance(2 * time.Minute) }

const storeDown = "400 ginlogin: the login store: connection refused"

var storeOperations = []storeOperation{
	{
		name: "a page view", login: "/login?id=1", prepare: later, do: gets("/secret"),
		good: answered{answer: "200 secret", left: "1 fresh, 1, 2 rows"},
		fails: map[string]answered{
			"find": {answer: "503 ", reported: true, left: "1 fresh, 1, 2 rows"},
			"swap": {answer: "200 secret", reported: true, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "a restore by the remember cookie", login: "/login?id=1&remember=1",
		prepare: func(s *site, b *browser) { s.clock.Advance(time.Hour); b.put("session", "") },
		do:      gets("/secret"),
		good:    answered{answer: "200 secret", cookies: true, left: "1 stale, 1, 2 rows"},
		fails: map[string]answered{
			"find": {answer: "503 ", reported: true, left: "1 stale, 1, 2 rows"},
			// Session and cookie tell of the row's new generation, so they are not sent.
			"swap": {answer: "200 secret", reported: true, left: "1 stale, 1, 2 rows"},
		},
	},
	{
		name: "a login of another user", login: "/login?id=1", prepare: later, do: posts("/login?id=2&remember=1"),
		good: answered{answer: "200 /", cookies: true, left: "2 fresh, 1, 2 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, left: "1 fresh, 1, 2 rows"},
			"create": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
			// The new login stands. The row of the old one stays, which no browser uses.
			"delete": {answer: "200 /", cookies: true, reported: true, left: "2 fresh, 1, 3 rows"},
			"list":   {answer: "200 /", cookies: true, reported: true, left: "2 fresh, 1, 2 rows"},
		},
	},
	{
		name: "a login beyond MaxLogins", login: "/nowhere", do: posts("/login?id=1"),
		change: func(s *site) { s.lm.MaxLogins = 1 },
		good:   answered{answer: "200 /", cookies: true, left: "1 fresh, none, 1 rows"},
		fails: map[string]answered{
			"create": {answer: storeDown, left: "none, 1, 1 rows"},
			"list":   {answer: "200 /", cookies: true, reported: true, left: "1 fresh, 1, 2 rows"},
			"delete": {answer: "200 /", cookies: true, reported: true, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "a logout", login: "/login?id=1&remember=1", prepare: later, do: posts("/logout"),
		good: answered{answer: "200 ok", cookies: true, left: "none, 1, 1 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"delete": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
			"swap":   {answer: "200 ok", cookies: true, reported: true, left: "none, 1, 1 rows"},
		},
	},
	{
		name: "ConfirmLogin", login: "/login?id=1&fresh=0", prepare: later, do: posts("/confirm"),
		good: answered{answer: "200 ok", cookies: true, left: "1 fresh, 1, 2 rows"},
		fails: map[string]answered{
			"find": {answer: storeDown, left: "1 stale, 1, 2 rows"},
			"swap": {answer: "200 ok", cookies: true, reported: true, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "LogoutOthers", login: "/login?id=1&remember=1", prepare: later, do: posts("/others"),
		good: answered{answer: "200 ok", cookies: true, left: "1 fresh, none, 1 rows"},
		fails: map[string]answered{
			"find": {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"swap": {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			// The copies of this login are cut off already; it goes on with new cookies.
			"delete all": {answer: storeDown, cookies: true, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "EndLogin of the other device", login: "/login?id=1",
		do: func(s *site, b *browser) reply {
			for _, row := range s.lm.Logins.(*shelf).rows {
				if row.UserAgent == "other device" {
					return b.do("POST", "/end?id="+row.ID)
				}
			}
			return reply{}
		},
		good: answered{answer: "200 ok", left: "1 fresh, none, 1 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"delete": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "LogoutEverywhere", login: "/login?id=1&remember=1", do: posts("/everywhere"),
		good: answered{answer: "200 ok", cookies: true, left: "none, none, 0 rows"},
		fails: map[string]answered{
			"find":       {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"delete all": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "the first step of another user's login", login: "/login?id=1&remember=1", prepare: later, do: posts("/begin?id=2"),
		good: answered{answer: "200 ok", cookies: true, left: "none, 1, 1 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"delete": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
			"swap":   {answer: "200 ok", cookies: true, reported: true, left: "none, 1, 1 rows"},
		},
	},
	{
		name: "Impersonate", login: "/login?id=1", do: posts("/act?id=2"),
		good: answered{answer: "200 ok", cookies: true, left: "2 stale, 1, 3 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"create": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "a page view while acting", login: "/login?id=1", prepare: acting, do: gets("/secret"),
		good: answered{answer: "200 secret", left: "2 stale, 1, 3 rows"},
		fails: map[string]answered{
			"find": {answer: "503 ", reported: true, left: "2 stale, 1, 3 rows"},
			"swap": {answer: "200 secret", reported: true, left: "2 stale, 1, 3 rows"},
		},
	},
	{
		name: "StopImpersonating", login: "/login?id=1", prepare: acting, do: posts("/stop"),
		good: answered{answer: "200 ok", cookies: true, left: "1 fresh, 1, 2 rows"},
		fails: map[string]answered{
			"find":   {answer: storeDown, left: "2 stale, 1, 3 rows"},
			"delete": {answer: storeDown, left: "2 stale, 1, 3 rows"},
			"swap":   {answer: "200 ok", cookies: true, reported: true, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "the list of devices", login: "/login?id=1", do: gets("/devices/count"),
		good: answered{answer: "200 2", left: "1 fresh, 1, 2 rows"},
		fails: map[string]answered{
			"find": {answer: storeDown, reported: true, left: "1 fresh, 1, 2 rows"},
			"list": {answer: storeDown, left: "1 fresh, 1, 2 rows"},
		},
	},
	{
		name: "strong protection", login: "/login?id=1&remember=1", do: gets("/secret"),
		change:  func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong },
		prepare: func(_ *site, b *browser) { b.agent = "another client" },
		good:    answered{answer: "302", cookies: true, left: "none, 1, 1 rows"},
		fails: map[string]answered{
			// This browser is out in any case; the row stays.
			"find":   {answer: "302", cookies: true, reported: true, left: "none, 1, 2 rows"},
			"delete": {answer: "302", cookies: true, reported: true, left: "none, 1, 2 rows"},
		},
	},
	{
		name: "a theft that a page view notices", login: "/login?id=1&remember=1", prepare: replaced,
		do:   func(_ *site, b *browser) reply { return thiefOf(b).do("GET", "/secret") },
		good: answered{answer: "302", cookies: true, left: "none, none, 0 rows"},
		fails: map[string]answered{
			"find":       {answer: "503 ", reported: true, left: "1 stale, 1, 2 rows"},
			"delete all": {answer: "503 ", reported: true, left: "1 stale, 1, 2 rows"},
		},
	},
	{
		name: "a theft that a logout notices", login: "/login?id=1&remember=1", prepare: replaced,
		do:   func(_ *site, b *browser) reply { return thiefOf(b).do("POST", "/logout") },
		good: answered{answer: "200 ok", cookies: true, left: "none, none, 0 rows"},
		fails: map[string]answered{
			"find":       {answer: storeDown, reported: true, left: "1 stale, 1, 2 rows"},
			"delete all": {answer: storeDown, reported: true, left: "1 stale, 1, 2 rows"},
		},
	},
}

// acting lets the user act as another one.
func acting(s *site, b *browser) {
	b.post("/act?id=2")
	later(s, b)
}

// replaced lets a thief copy the remember cookie, under a name of its own, and replaces
// it.
func replaced(s *site, b *browser) {
	b.put("copy", b.cookie("remember_token"))
	for range 2 {
		s.clock.Advance(time.Hour)
		b.restore()
	}
	s.clock.Advance(time.Hour)
	b.get("/whoami")
}

func thiefOf(b *browser) *browser {
	thief := b.s.browser()
	thief.put("remember_token", b.cookie("copy"))
	return thief
}

// One method of the login store fails, while the others work: an error that is dropped
// would let a thief in, or say "done" of what was not.
func TestEachMethodOfTheLoginStoreMayFail(t *testing.T) {
	for _, op := range storeOperations {
		for _, call := range storeCalls {
			t.Run(op.name+", "+call+" fails", func(t *testing.T) {
				want, needed := op.fails[call]
				if !needed {
					want = op.good
				}
				op.run(t, call, want)
			})
		}
	}
}

func (op *storeOperation) run(t *testing.T, call string, want answered) {
	s, store := newStoredSite(t, op.change)
	s.engine.GET("/devices/count", func(c *gin.Context) {
		if logins, err := ginlogin.Logins(c); err != nil {
			answer200(c, err)
		} else {
			c.String(http.StatusOK, "%d", len(logins))
		}
	})
	s.engine.POST("/begin", func(c *gin.Context) { answer200(c, ginlogin.BeginLogin(c, s.users.get(c.Query("id")))) })
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get(c.Query("id")))) })
	s.engine.POST("/stop", func(c *gin.Context) { answer200(c, ginlogin.StopImpersonating(c)) })
	b, other := s.browser(), s.browser()
	other.agent = "other device"
	other.post("/login?id=1")
	other.get("/whoami")
	b.post(op.login)
	b.get("/whoami")
	if op.prepare != nil {
		op.prepare(s, b)
	}
	s.reported()
	s.told()
	store.failOnly(call, errStoreDown)
	rep := op.do(s, b)
	store.failOnly("", nil)
	wants(t, "answer", textOf(rep), want.answer)
	wants(t, "sets cookies", len(rep.Cookies()) > 0, want.cookies)
	wants(t, "reported", len(s.reported()) > 0, want.reported)
	if want.left != op.good.left {
		told := s.told()
		wants(t, "events of what has not happened: "+told, strings.Contains(told, "stolen") || strings.Contains(told, "logged_out"), false)
	}
	wants(t, "left", leftOf(store, b, other), want.left)
	if want.answer != op.good.answer {
		wants(t, "the answer once the store works", textOf(op.do(s, b)), op.good.answer)
		wants(t, "left then", leftOf(store, b, other), op.good.left)
	}
}

// A contendedShelf loses every swap, as if other requests were always faster.
type contendedShelf struct {
	*shelf
	lost int
}

func (s *contendedShelf) SwapLogin(context.Context, ginlogin.StoredLogin, ginlogin.StoredLogin) (bool, error) {
	s.lost++
	return false, nil
}

func TestARowThatChangesFasterThanItIsReadIsAnOutage(t *testing.T) {
	store := &contendedShelf{shelf: newShelf()}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = store })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	s.engine.POST("/others-at-once", func(c *gin.Context) { answer200(c, ginlogin.LogoutOthers(c, s.users.get("1"))) })
	b := s.browser()
	b.post("/login?id=1")
	s.clock.Advance(2 * time.Minute)
	for _, path := range []string{"/confirm", "/others-at-once", "/others"} {
		store.lost = 0
		wantsText(t, path, b.post(path), "400 ginlogin: the login store: ", "kept changing")
		wants(t, path+": it ends", store.lost > 1 && store.lost < 100, true)
	}
	wants(t, "a page", b.get("/secret"), "503 ")
	wants(t, "rows", store.count(), 1)
}

func TestEndLoginsAndEndExternalReportAnOutage(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.engine.POST("/external", func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get("1"), ginlogin.ExternalID("sid"))) })
	s.browser().post("/external")
	for call, end := range map[string]func() error{
		"delete all":    func() error { return s.lm.EndLogins(t.Context(), "1") },
		"find external": func() error { return s.lm.EndExternal(t.Context(), "sid") },
		"delete":        func() error { return s.lm.EndExternal(t.Context(), "sid") },
	} {
		store.failOnly(call, errStoreDown)
		wants(t, call, errors.Is(end(), errStoreDown), true)
		wants(t, call+": rows", store.count(), 1)
	}
}

// textOf returns an answer as text, a redirect without its page.
func textOf(rep reply) string {
	if rep.StatusCode == http.StatusFound {
		return "302"
	}
	return fmt.Sprintf("%d %s", rep.StatusCode, rep.body)
}

// leftOf says what is left of the logins. It asks no store that fails.
func leftOf(store *shelf, b, other *browser) string {
	who := func(b *browser) string {
		if user := strings.TrimPrefix(b.get("/whoami"), "200 user "); user != "" {
			return user
		}
		return "none"
	}
	user := who(b)
	if user != "none" {
		user += map[string]string{"200 true": " fresh", "200 false": " stale"}[b.get("/fresh")]
	}
	return fmt.Sprintf("%s, %s, %d rows", user, who(other), store.count())
}

// A frozenStore reads from a replica that lags.
type frozenStore struct {
	ginlogin.LoginStore
	rows map[string]ginlogin.StoredLogin
}

func (f *frozenStore) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	if row, ok := f.rows[id]; ok {
		return row, nil
	}
	return f.LoginStore.FindLogin(ctx, id)
}

// docs/scaling.md says so, and that reads need the primary.
func TestAReplicaThatDoesNotKnowOfARestoreIsAnOutage(t *testing.T) {
	frozen := &frozenStore{LoginStore: newShelf()}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = frozen })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	b.get("/whoami")
	s.clock.Advance(time.Hour)
	rows, err := frozen.ListLogins(t.Context(), "1", 10)
	noError(t, err)
	wants(t, "restored", b.restore(), "200 user 1")
	frozen.rows = map[string]ginlogin.StoredLogin{rows[0].ID: rows[0]}
	wants(t, "on the replica", b.get("/whoami"), "503 outage")
	frozen.rows = nil
	wants(t, "on the primary", b.get("/whoami"), "200 user 1")
}
