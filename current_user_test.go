package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

func TestARequestThatDoesNotAskReadsAndWritesNothing(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, byToken)
	visitor, user := s.browser(), s.browser()
	user.post("/login?id=1&remember=1")
	for name, ask := range map[string]func() reply{
		"by a visitor":              func() reply { return visitor.do("GET", "/static") },
		"by a user":                 func() reply { return user.do("GET", "/static") },
		"by a program with a token": func() reply { return visitor.do("GET", "/static", "Token", "1") },
		"with cookies that are no good": func() reply {
			return s.browser().do("GET", "/static", "Cookie", "session=x; remember_token=y")
		},
		"by a user whose client changed": func() reply { return user.do("GET", "/static", "User-Agent", "other") },
	} {
		t.Run(name, func(t *testing.T) {
			rack.counts()
			s.users.calls()
			s.told()
			rep := ask()
			reads, saves := rack.counts()
			wants(t, "session reads", reads, 0)
			wants(t, "session saves", saves, 0)
			wants(t, "loader calls", len(s.users.calls()), 0)
			wants(t, "events", s.told(), "")
			wantsNoCookies(t, "answer", rep)
			wants(t, "Vary", strings.Join(rep.Header["Vary"], ","), "")
			wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "")
		})
	}
}

func TestARequestWithoutCookiesNeverOpensTheSession(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	for _, tc := range []struct{ method, path, want string }{
		{"GET", "/whoami", "200 user "},
		{"GET", "/home", "200 [Log in] Home () fresh=false"},
		{"GET", "/fresh", "200 false"},
		{"GET", "/remembered", "200 false"},
		{"GET", "/userid", `200 "" false`},
		{"GET", "/flashes", "200 [] <nil>"},
		{"POST", "/logout", "200 ok"},
		{"POST", "/logout?clear=1", "200 ok"},
		{"POST", "/confirm", "400 " + ginlogin.ErrNotAuthenticated.Error()},
	} {
		rack.counts()
		rep := s.browser().do(tc.method, tc.path)
		wants(t, tc.path, fmt.Sprintf("%d %s", rep.StatusCode, rep.body), tc.want)
		reads, saves := rack.counts()
		wants(t, tc.path+": session reads", reads, 0)
		wants(t, tc.path+": session saves", saves, 0)
		wantsNoCookies(t, tc.path, rep)
		wants(t, tc.path+": Vary", rep.Header.Get("Vary"), "Cookie")
		wants(t, tc.path+": Cache-Control", rep.Header.Get("Cache-Control"), "")
	}
	wants(t, "loader calls", len(s.users.calls()), 0)
}

func TestASessionIsReadOncePerRequest(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.browser()
	b.post("/login?id=1")
	rack.counts()
	b.get("/home")
	reads, saves := rack.counts()
	wants(t, "reads", reads, 1)
	wants(t, "saves", saves, 0)
}

func TestIdentifyingWritesNothing(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.rememberedBrowser("/login?id=1&remember=1")
	b.post("/data?key=cart&value=book")
	rack.counts()
	for path, want := range map[string]string{"/userid": `200 "1" true`, "/fresh": "200 false", "/remembered": "200 true"} {
		rep := b.do("GET", path)
		wants(t, path, fmt.Sprintf("%d %s", rep.StatusCode, rep.body), want)
		wantsNoCookies(t, path, rep)
		wants(t, path+": Vary", rep.Header.Get("Vary"), "Cookie")
	}
	_, saves := rack.counts()
	wants(t, "saves", saves, 0)
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "events", s.told(), "")
}

func TestQuestionsAboutALoginIdentifyAndLoadNoUser(t *testing.T) { // D12
	now := time.Now().Unix()
	of := func(id string) string { return signed(tokenOf(id, now, 1<<20), "remember", "") }
	for _, tc := range []struct {
		name              string
		prepare           func(b *browser)
		id                string
		fresh, remembered bool
	}{
		{"a visitor", func(*browser) {}, "", false, false},
		{"a visitor with data", func(b *browser) { b.post("/data?key=a&value=b") }, "", false, false},
		{"a login", func(b *browser) { b.post("/login?id=1") }, "1", true, false},
		{"a login that is not fresh", func(b *browser) { b.post("/login?id=1&fresh=0") }, "1", false, false},
		{"a login with remember", func(b *browser) { b.post("/login?id=1&remember=1") }, "1", true, true},
		{"a login with another user's cookie", func(b *browser) { b.post("/login?id=1"); b.put("remember_token", of("2")) }, "1", true, false},
		{"a login with a cookie of nonsense", func(b *browser) { b.post("/login?id=1"); b.put("remember_token", "x") }, "1", true, false},
		{"a login whose client changed", func(b *browser) { b.post("/login?id=1&remember=1"); b.agent = "other" }, "1", false, true},
		{"a cookie", func(b *browser) { b.put("remember_token", of("1")) }, "1", false, true},
		{"a cookie of nonsense", func(b *browser) { b.put("remember_token", "x") }, "", false, false},
		{"a cookie that has ended", func(b *browser) {
			b.put("remember_token", signed(tokenOf("1", now-9000, 100), "remember", ""))
		}, "", false, false},
		{"a logout", func(b *browser) { b.post("/login?id=1&remember=1"); b.post("/logout") }, "", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, memStore(), nil)
			b := s.browser()
			tc.prepare(b)
			s.users.calls()
			wants(t, "fresh", b.get("/fresh"), fmt.Sprintf("200 %v", tc.fresh))
			wants(t, "remembered", b.get("/remembered"), fmt.Sprintf("200 %v", tc.remembered))
			wants(t, "ID", b.get("/userid"), fmt.Sprintf("200 %q %v", tc.id, tc.id != ""))
			wants(t, "loader calls", len(s.users.calls()), 0)
			wants(t, "user", b.get("/whoami"), "200 user "+tc.id)
		})
	}
}

func TestTheAnswersChangeWithinARequest(t *testing.T) {
	s := newSite(t, memStore(), nil)
	about := func(c *gin.Context) string {
		id, _ := ginlogin.UserID(c)
		ofCopy, err := ginlogin.LoadUser(c.Copy())
		below, _ := ginlogin.UserAs[*account](ginlogin.Context(c))
		own, _ := ginlogin.UserAs[*account](c)
		wants(t, "a copy's error", err, nil)
		wants(t, "a copy's user", ofCopy.GetID(), ginlogin.CurrentUser(c).GetID())
		wants(t, "the user below HTTP", below, own)
		return fmt.Sprintf("%s/%s %v %v", ginlogin.CurrentUser(c).GetID(), id, ginlogin.LoginFresh(c), ginlogin.LoginRemembered(c))
	}
	s.shows("/all", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		told := []string{about(c)}
		for _, step := range []func() error{
			func() error { return ginlogin.Login(c, s.users.get("1"), ginlogin.Remember(true), ginlogin.NotFresh()) },
			func() error { return confirm(c) },
			func() error { return ginlogin.Login(c, s.users.get("2")) },
			func() error { return ginlogin.Logout(c) },
		} {
			wants(t, "error", step(), nil)
			told = append(told, about(c))
		}
		return strings.Join(told, ", ")
	})
	wants(t, "the answers", s.browser().get("/all"), "200 / false false, 1/1 false true, 1/1 true true, 2/2 true false, / false false")
	wants(t, "loader calls", len(s.users.calls()), 0)
}

func TestUserAsTellsYourOwnType(t *testing.T) {
	type stranger struct{ *account }
	s := newSite(t, memStore(), nil)
	s.shows("/as", func(c *gin.Context) any {
		name := "<nil>"
		own, ok := ginlogin.UserAs[*account](c)
		if own != nil {
			name = own.Name
		}
		_, isUser := ginlogin.UserAs[ginlogin.User](c)
		_, isStranger := ginlogin.UserAs[stranger](c)
		_, isAnonymous := ginlogin.UserAs[ginlogin.AnonymousUser](c)
		return fmt.Sprintf("account=%s %v, User=%v, stranger=%v, AnonymousUser=%v", name, ok, isUser, isStranger, isAnonymous)
	})
	const none = "200 account=<nil> false, User=false, stranger=false, AnonymousUser=false"
	for _, tc := range []struct {
		name, login, want string
	}{
		{"a visitor", "", none},
		{"a user", "/login?id=1", "200 account=Ada true, User=true, stranger=false, AnonymousUser=false"},
		{"an inactive user", "/login?id=3&force=1", none},
	} {
		b := s.browser()
		if tc.login != "" {
			b.post(tc.login)
		}
		wants(t, tc.name, b.get("/as"), tc.want)
	}
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	wants(t, "a user during an outage", b.get("/as"), none)
}

func TestTheMixinAndTheAnonymousUserAreOpposites(t *testing.T) {
	var user ginlogin.UserMixin
	wants(t, "mixin: authenticated", user.IsAuthenticated(), true)
	wants(t, "mixin: active", user.IsActive(), true)
	wants(t, "mixin: anonymous", user.IsAnonymous(), false)
	var nobody ginlogin.AnonymousUser
	wants(t, "nobody: authenticated", nobody.IsAuthenticated(), false)
	wants(t, "nobody: active", nobody.IsActive(), false)
	wants(t, "nobody: anonymous", nobody.IsAnonymous(), true)
	wants(t, "nobody: ID", nobody.GetID(), "")
}

func TestAnAppMayMakeItsOwnAnonymousUser(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.AnonymousUser = func(c *gin.Context) ginlogin.User {
			if c.GetHeader("Nil") != "" {
				return nil
			}
			return ginlogin.AnonymousUser{"Name": "Guest of " + c.Request.URL.Path}
		}
	})
	s.shows("/copy", func(c *gin.Context) any { return ginlogin.CurrentUser(c.Copy()) })
	s.shows("/out", func(c *gin.Context) any { return fmt.Sprint(ginlogin.Logout(c), ginlogin.CurrentUser(c)) })
	b := s.browser()
	wants(t, "in a template", b.get("/home"), "200 [Log in] Home (Guest of /home) fresh=false")
	wants(t, "of a factory that has none", b.get("/home", "Nil", "1"), "200 [Log in] Home () fresh=false")
	wants(t, "on a copy", b.get("/copy"), "200 map[Name:Guest of /copy]")
	b.post("/login?id=1")
	wants(t, "after a logout", b.get("/out"), "200 <nil> map[Name:Guest of /out]")
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	wantsText(t, "during an outage", b.get("/home"), "200 [Log in] Home (Guest of /home)")
}

func TestAFactoryOfTheAnonymousUserMayAskForTheUser(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.AnonymousUser = func(c *gin.Context) ginlogin.User {
			u, err := ginlogin.LoadUser(c)
			id, _ := ginlogin.UserID(c)
			return ginlogin.AnonymousUser{"Name": fmt.Sprintf("told %q %q %v", u.GetID(), id, err)}
		}
	})
	b := s.browser()
	wants(t, "nobody", b.get("/home"), "200 [Log in] Home (told &#34;&#34; &#34;&#34; &lt;nil&gt;) fresh=false")
	b.post("/login?id=1")
	wants(t, "logout", b.post("/logout"), "200 ok")
}

// After the headers.

func TestAfterTheHeadersAUserIsFoundButNothingIsWritten(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(*site)
		prepare func(s *site, b *browser)
		want    string
	}{
		{"a user", nil, func(_ *site, b *browser) { b.post("/login?id=1") }, "1"},
		{"a remembered user", nil, func(_ *site, b *browser) { b.post("/login?id=1&remember=1"); b.put("session", "") }, "1"},
		{"a user whose client changed", nil, func(_ *site, b *browser) { b.post("/login?id=1"); b.agent = "other" }, "1"},
		{"a user refused by strong protection", protecting(ginlogin.ProtectStrong), func(_ *site, b *browser) { b.post("/login?id=1&remember=1"); b.agent = "other" }, ""},
		{"a user who is gone", nil, func(s *site, b *browser) {
			b.post("/login?id=1&remember=1")
			s.users.drop("1")
			s.clock.Advance(time.Minute)
		}, ""},
		{"an invalid cookie", nil, func(_ *site, b *browser) { b.put("remember_token", "x") }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, tc.change)
			s.engine.GET("/late", func(c *gin.Context) {
				c.String(http.StatusOK, "late ")
				header := c.Writer.Header().Clone()
				c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID())
				ginlogin.Context(c)
				ginlogin.TemplateData(c, nil).LoggedIn()
				if after := c.Writer.Header(); !reflect.DeepEqual(after, header) {
					t.Errorf("headers after the headers: got %v, want %v", after, header)
				}
			})
			b := s.browser()
			tc.prepare(s, b)
			session, remember := b.cookie("session"), b.cookie("remember_token")
			kept := rack.row(session)
			rack.counts()
			rep := b.do("GET", "/late")
			wants(t, "answer", rep.body, "late "+tc.want)
			wantsNoCookies(t, "answer", rep)
			_, saves := rack.counts()
			wants(t, "saves", saves, 0)
			if row := rack.row(session); !reflect.DeepEqual(row, kept) {
				t.Errorf("the store: got %v, want %v", row, kept)
			}
			wants(t, "session cookie", b.cookie("session"), session)
			wants(t, "remember cookie", b.cookie("remember_token"), remember)
		})
	}
}

func TestACommitThatFailsIsReportedAndTheUserStands(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	noSaves := func(*gsessions.Session) bool { return true }
	for name, prepare := range map[string]func() *browser{
		"a restored login":             func() *browser { return s.rememberedBrowser("/login?id=1&remember=1") },
		"a login whose client changed": func() *browser { b := s.browser(); b.post("/login?id=1"); b.agent = "other"; return b },
	} {
		b := prepare()
		s.reported()
		s.logged()
		rack.savesFail(noSaves)
		rep := b.do("GET", "/secret")
		rack.savesFail(nil)
		wants(t, name, rep.body, "secret")
		wantsNoCookies(t, name, rep)
		wants(t, name+": c.Errors", strings.Join(s.reported(), ","), "ginlogin: saving the session: connection refused")
		wantsText(t, name+": log", s.logged(), "level=ERROR", "saving the session: connection refused")
		wants(t, name+": the next request", b.get("/whoami"), "200 user 1")
		wants(t, name+": fresh", b.get("/fresh"), "200 false")
	}

	b := s.browser()
	b.post("/login?id=2")
	s.users.drop("2")
	s.clock.Advance(time.Minute)
	rack.savesFail(noSaves)
	wants(t, "a user who is gone", b.get("/whoami"), "200 user ")
	rack.savesFail(nil)
	wants(t, "the next request", b.get("/whoami"), "200 user ")
	wants(t, "its session", b.cookie("session"), "")
}

// halfShelf is a login store that can be read, and nothing changed in.
type halfShelf struct{ *shelf }

func (halfShelf) SwapLogin(context.Context, ginlogin.StoredLogin, ginlogin.StoredLogin) (bool, error) {
	return false, errStoreDown
}
func (halfShelf) DeleteLogin(context.Context, string) error { return errStoreDown }

func TestARowThatCannotBeWrittenIsReportedAndTheUserStands(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = halfShelf{newShelf()} })
	b := s.browser()
	b.post("/login?id=1")
	s.clock.Advance(time.Hour) // so that there is a use to note
	for _, tc := range []struct{ name, method, path, want string }{
		{"a use that is to be noted", "GET", "/whoami", "200 user 1"},
		{"a login in place of another", "POST", "/login?id=2", "200 /"},
	} {
		s.reported()
		s.logged()
		rep := b.do(tc.method, tc.path)
		wants(t, tc.name, fmt.Sprintf("%d %s", rep.StatusCode, rep.body), tc.want)
		wants(t, tc.name+": c.Errors", strings.Join(s.reported(), ","), "ginlogin: the login store: connection refused")
		wantsText(t, tc.name+": log", s.logged(), "the login store: connection refused")
	}
	wants(t, "the user afterwards", b.get("/whoami"), "200 user 2")
}
