package ginlogin_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

func TestAUserActsAsAnotherAndGoesBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		ada := c.login("ada", "&remember=1")
		ada.post("/data?cart=adas")
		remember := ada.cookie("remember_token")
		wants(t, "act", ada.post("/act?id=bob"), "200 ok")
		wants(t, "the current user", ada.get("/who"), "200 bob ")
		wants(t, "who acts", ada.get("/actor"), "200 ada")
		wants(t, "Ada's data", ada.get("/data"), "200 <nil>")
		ada.post("/data?cart=bobs")

		wants(t, "a page for fresh logins", ada.do("GET", "/vault").StatusCode, http.StatusForbidden)
		for _, path := range []string{"/confirm?via=pwd", "/others", "/everywhere", "/end", "/act?id=eve"} {
			got := ada.post(path)
			noStore := c.lm.Logins == nil && (path == "/everywhere" || path == "/end")
			if got != "400 "+ginlogin.ErrImpersonating.Error() && !(noStore && got == "400 "+ginlogin.ErrNoLoginStore.Error()) {
				t.Errorf("POST %s: %s", path, got)
			}
		}
		wants(t, "stop", ada.post("/stop"), "200 ok")
		wants(t, "back", ada.get("/who"), "200 ada pwd+otp")
		wants(t, "nobody acts", ada.get("/actor"), "200 none")
		wants(t, "fresh as before", ada.get("/vault"), "200 ok")
		wants(t, "Bob's data", ada.get("/data"), "200 <nil>")
		wants(t, "the remember cookie", ada.cookie("remember_token"), remember)
		wants(t, "to stop again", ada.post("/stop"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	})
}

func TestActingTakesAFreshLogin(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.login("ada", "&remember=1")
		c.clock.Advance(2 * time.Minute)
		b.put("session", "")
		wants(t, "restored", b.get("/who"), "200 ada pwd+otp")
		wants(t, "act", b.post("/act?id=bob"), "400 "+ginlogin.ErrNotFresh.Error())
		wants(t, "still", b.get("/who"), "200 ada pwd+otp")
		wants(t, "a stranger", c.browser().do("POST", "/act?id=bob").StatusCode, http.StatusSeeOther)
	})
}

func TestImpersonateRefusesStrangersAndUsersWhoMayNotPass(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	act := func(u ginlogin.User) func(c *gin.Context) {
		return func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, u)) }
	}
	s.engine.POST("/act", act(s.users.get("2")))
	s.engine.POST("/act/nobody", act(nil))
	s.engine.POST("/act/zero", act(&account{}))
	s.engine.POST("/act/banned", act(&account{ID: "3", Inactive: true}))
	b := s.browser()
	wants(t, "a stranger", b.post("/act"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	b.post("/login?id=1")
	wants(t, "as a banned user", b.post("/act/banned"), "400 "+ginlogin.ErrInactiveUser.Error())
	wantsText(t, "as nobody", b.post("/act/nobody"), "400 ginlogin: ", "nil")
	wantsText(t, "as a user without an ID", b.post("/act/zero"), "400 ginlogin: ", "GetID")
	s.users.fail(errStoreDown)
	wantsText(t, "during an outage of the loader", b.post("/act"), "400 ", errStoreDown.Error())
	s.users.fail(nil)
	wants(t, "still", b.get("/whoami"), "200 user 1")
	wants(t, "as a customer", b.post("/act"), "200 ok")
}

func TestActingThatCannotBeSavedLeavesNoRow(t *testing.T) {
	rack, store := newRack(), newShelf()
	s := newSite(t, rack, func(s *site) { s.lm.Logins = store })
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	b := s.browser()
	b.post("/login?id=1")
	rack.savesFail(func(*gsessions.Session) bool { return true })
	wantsText(t, "act", b.post("/act"), "400 ", errStoreDown.Error())
	rack.savesFail(nil)
	wants(t, "user", b.get("/whoami"), "200 user 1")
	wants(t, "rows", store.count(), 1)
}

func TestARequestThatStopsActingIsOneAccess(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	s.engine.POST("/stop", func(c *gin.Context) {
		before := ginlogin.CurrentUser(c).GetID()
		err := ginlogin.StopImpersonating(c)
		c.String(http.StatusOK, "%s %v %s", before, err, ginlogin.CurrentUser(c).GetID())
	})
	b := s.browser()
	b.post("/login?id=1")
	b.post("/act")
	s.told()
	wants(t, "users", b.post("/stop"), "200 2 <nil> 1")
	wants(t, "events", s.told(), "user_accessed=2")
}

func TestATemplateNamesWhoActs(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	s.shows("/actor", func(c *gin.Context) any {
		values := ginlogin.TemplateData(c, nil)
		copied, _ := ginlogin.Impersonator[*account](c.Copy())
		return fmt.Sprint(values.Impersonator() == nil, ginlogin.TemplateValues{}.Impersonator() == nil, copied == nil)
	})
	b := s.browser()
	wants(t, "a stranger", b.get("/actor"), "200 true true true")
	b.post("/login?id=1")
	wants(t, "a user", b.get("/actor"), "200 true true true")
	b.post("/act")
	wants(t, "a user who acts", b.get("/actor"), "200 false true true")
}

// A replica that lags does not know the acting user, or the acting login, for a moment.
func TestActingOutlivesAReplicaThatLags(t *testing.T) {
	for name, lags := range map[string]func(c *club, behind *behindStore, lag bool){
		"of the users": func(c *club, _ *behindStore, lag bool) {
			delete(c.members, "ada")
			if !lag {
				c.members["ada"] = &clubMember{ID: "ada", Hash: "a"}
			}
		},
		"of the logins": func(_ *club, behind *behindStore, lag bool) {
			behind.user = ""
			if lag {
				behind.user = "ada"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			behind := &behindStore{LoginStore: newShelf()}
			c := newClub(t, cookieStore, func(lm *ginlogin.LoginManager) { lm.Logins = behind })
			b := c.login("ada")
			b.post("/act?id=bob")
			lags(c, behind, true)
			wants(t, "on the replica", b.get("/who"), "200  ")
			lags(c, behind, false)
			wants(t, "on the primary", b.get("/who"), "200 bob ")
			wants(t, "the way back", b.post("/stop"), "200 ok")
			wants(t, "back", b.get("/who"), "200 ada pwd+otp")
		})
	}
}

// A behindStore does not know the logins of a user yet.
type behindStore struct {
	ginlogin.LoginStore
	user string
}

func (s *behindStore) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	l, err := s.LoginStore.FindLogin(ctx, id)
	if s.user != "" && l.User == s.user {
		return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
	}
	return l, err
}

func TestActingIsUseOfBothLogins(t *testing.T) {
	onEachStore(t, func(t *testing.T, c *club) {
		b := c.login("ada")
		b.post("/act?id=bob")
		for range 5 {
			c.clock.Advance(9 * time.Minute)
			wants(t, "acting", b.get("/who"), "200 bob ")
		}
		wants(t, "stop", b.post("/stop"), "200 ok")
		wants(t, "back", b.get("/who"), "200 ada pwd+otp")
	}, func(lm *ginlogin.LoginManager) { lm.IdleTimeout = 10 * time.Minute })
}

func TestActingIsNamedInTheAuditLogAndInTheRow(t *testing.T) {
	var log strings.Builder
	c := newClub(t, cookieStore, func(lm *ginlogin.LoginManager) {
		lm.AuditLog = slog.New(slog.NewTextHandler(&log, nil))
		lm.Logins = newShelf()
	})
	b := c.login("ada")
	b.post("/act?id=bob")
	wantsText(t, "audit", log.String(), "level=WARN", "msg=impersonation_began", "user=bob", "acting=ada")
	rows, err := c.lm.Logins.ListLogins(t.Context(), "bob", 10)
	if err != nil || len(rows) != 1 || rows[0].ActingUser != "ada" {
		t.Errorf("Bob's rows: %+v, %v", rows, err)
	}
	devices, err := c.lm.LoginsOf(t.Context(), "bob")
	wants(t, "Bob's devices", len(devices), 0)
	wants(t, "error", err, error(nil))
	b.post("/stop")
	wantsText(t, "audit", log.String(), "msg=impersonation_ended")
}

func TestAClosedSiteLetsStrangersSeeWhatIsMarked(t *testing.T) {
	c := newClub(t, cookieStore, func(*ginlogin.LoginManager) {})
	c.engine.NoRoute(answerOK)
	stranger := c.browser()
	for path, want := range map[string]int{
		"/vault": http.StatusFound, "/pending": http.StatusOK, "/who": http.StatusOK, "/nowhere": http.StatusFound,
		"/login": http.StatusOK, "/login/": http.StatusFound, "/reauthenticate": http.StatusOK,
	} {
		wants(t, path, stranger.do("GET", path).StatusCode, want)
	}
	wants(t, "a program", stranger.do("GET", "/nowhere", "Accept", "application/json").StatusCode, http.StatusUnauthorized)
	member := c.login("ada")
	wants(t, "a member", member.get("/nowhere"), "200 ok")
}

func TestAnOpenGroupDoesNotOpenAClosedManagerWithinIt(t *testing.T) {
	c := newClub(t, cookieStore, func(*ginlogin.LoginManager) {})
	staff := ginlogin.New(newAccounts().find)
	staff.Name, staff.LoginRequired = "staff", true
	open := c.engine.Group("/open", ginlogin.LoginNotRequired())
	open.GET("/page", answerOK)
	within := open.Group("/staff", staff.Middleware())
	within.GET("/closed", answerOK)
	within.GET("/marked", ginlogin.LoginNotRequired(), answerOK)
	var got []int
	for _, path := range []string{"/open/page", "/open/staff/closed", "/open/staff/marked"} {
		got = append(got, c.browser().do("GET", path).StatusCode)
	}
	if want := []int{200, 401, 200}; !slices.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
}

// A shakyShelf cannot reach one of its rows.
type shakyShelf struct {
	*shelf
	lost, frozen string // IDs of rows that cannot be found, and that cannot be swapped
}

func (s *shakyShelf) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	if id == s.lost {
		return ginlogin.StoredLogin{}, errStoreDown
	}
	return s.shelf.FindLogin(ctx, id)
}

func (s *shakyShelf) SwapLogin(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	if old.ID == s.frozen {
		return false, errStoreDown
	}
	return s.shelf.SwapLogin(ctx, old, next)
}

func TestAnOutageOfOneOfTheTwoRowsIsNoEndOfActing(t *testing.T) {
	store := &shakyShelf{shelf: newShelf()}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = store })
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	s.engine.POST("/stop", func(c *gin.Context) { answer200(c, ginlogin.StopImpersonating(c)) })
	b := s.browser()
	b.post("/login?id=1")
	own := store.only(t).ID
	b.post("/act")
	for id, row := range store.rows {
		s.clock.Advance(2 * time.Minute) // after which a use is noted
		store.lost = id
		wantsText(t, "stop, without the row of "+row.User, b.post("/stop"), "400 ", errStoreDown.Error())
		wants(t, "a page", b.get("/secret"), "503 ")
		store.lost = ""
		wants(t, "user", b.get("/whoami"), "200 user 2")
	}
	s.clock.Advance(2 * time.Minute)
	s.reported()
	store.frozen = own
	wants(t, "a page whose use of the acting login cannot be noted", b.get("/secret"), "200 secret")
	wants(t, "reported", strings.Join(s.reported(), " "), "ginlogin: the login store: "+errStoreDown.Error())
	store.frozen = ""
	wants(t, "stop", b.post("/stop"), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}
