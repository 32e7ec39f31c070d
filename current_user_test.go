package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

func TestAHandlerThatDoesNotAskCostsNothing(t *testing.T) {
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

func TestQuestionsThatLoadNobodyWriteNothing(t *testing.T) {
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

func TestHowTheCurrentLoginIs(t *testing.T) { // D12
	now := time.Now().Unix()
	of := func(id string) string { return signed(tokenOf(id, now, 1<<20), "remember", "") }
	for _, tc := range []struct {
		name              string
		prepare           func(b *browser)
		id                string
		fresh, remembered bool
	}{
		{"nobody", func(*browser) {}, "", false, false},
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
		below, _ := fromContext(ginlogin.Context(c))
		wants(t, "a copy's error", err, nil)
		wants(t, "a copy's user", ofCopy.GetID(), ginlogin.CurrentUser(c).GetID())
		wants(t, "the user below HTTP", below.GetID(), ginlogin.CurrentUser(c).GetID())
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
		{"nobody", "", none},
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

// answeringUser answers as it is told.
type answeringUser struct{ authenticated, active, anonymous bool }

func (answeringUser) GetID() string           { return "1" }
func (u answeringUser) IsAuthenticated() bool { return u.authenticated }
func (u answeringUser) IsActive() bool        { return u.active }
func (u answeringUser) IsAnonymous() bool     { return u.anonymous }

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

func TestTheAnonymousUserCanBeOnesOwn(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.AnonymousUser = func(c *gin.Context) ginlogin.User {
			if c.GetHeader("Nil") != "" {
				return nil
			}
			return ginlogin.AnonymousUser{"Name": "Guest of " + c.Request.URL.Path}
		}
	})
	s.shows("/below", func(c *gin.Context) any { u, ok := fromContext(ginlogin.Context(c)); return fmt.Sprint(u, ok) })
	s.shows("/copy", func(c *gin.Context) any { return ginlogin.CurrentUser(c.Copy()) })
	s.shows("/out", func(c *gin.Context) any { return fmt.Sprint(ginlogin.Logout(c), ginlogin.CurrentUser(c)) })
	b := s.browser()
	wants(t, "in a template", b.get("/home"), "200 [Log in] Home (Guest of /home) fresh=false")
	wants(t, "of a factory that has none", b.get("/home", "Nil", "1"), "200 [Log in] Home () fresh=false")
	wants(t, "below HTTP", b.get("/below"), "200 map[Name:Guest of /below] false")
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

func TestEventHandlersMayAskForTheUser(t *testing.T) {
	var told []string
	s := newSite(t, memStore(), func(s *site) {
		byToken(s)
		s.lm.LoginView = ""
		for e := range eventCount {
			s.lm.On(e, func(c *gin.Context, u ginlogin.User) {
				below, _ := fromContext(ginlogin.Context(c))
				told = append(told, fmt.Sprintf("%v of %q: %q %q", e, u.GetID(), ginlogin.CurrentUser(c).GetID(), below.GetID()))
			})
		}
	})
	b := s.browser()
	for _, tc := range []struct{ what, method, path, header, want string }{
		{"nobody", "GET", "/secret", "", `user_accessed of "": "" "", user_unauthorized of "": "" ""`},
		{"a token", "GET", "/whoami", "2", `user_accessed of "2": "2" "2", user_loaded_from_request of "2": "2" "2"`},
		{"a login", "POST", "/login?id=1&fresh=0&remember=1", "", `user_logged_in of "1": "1" "1"`},
		{"a page for fresh logins", "GET", "/vault", "", `user_accessed of "1": "1" "1", user_needs_refresh of "1": "1" "1"`},
		{"a confirmation", "POST", "/confirm", "", `user_login_confirmed of "": "1" "1", user_accessed of "1": "1" "1"`},
		{"a logout", "POST", "/logout", "", `user_accessed of "": "" "", user_logged_out of "1": "" ""`},
	} {
		told = nil
		b.do(tc.method, tc.path, "Token", tc.header)
		wants(t, tc.what, strings.Join(told, ", "), tc.want)
	}
}

// Templates.

// filler is more than any buffer between a template and the network holds.
var filler = strings.Repeat("<p>A page that is long.</p>\n", 4096)

// deepTemplates name the user in a template within a template.
const deepTemplates = `{{ define "deep" }}{{ template "deeper" . }}{{ end }}` +
	`{{ define "deeper" }}{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }} fresh={{ .LoginFresh }}` +
	`{{ else }}Nobody {{ .CurrentUser.Name }}{{ end }}{{ end }}`

// rendering adds a page that is rendered from that text.
func (s *site) rendering(text string, data gin.H) {
	s.engine.SetHTMLTemplate(template.Must(template.New("page").Parse(text)))
	s.engine.GET("/page", func(c *gin.Context) { c.HTML(http.StatusOK, "page", ginlogin.TemplateData(c, data)) })
}

func TestATemplateMayNameTheUserLate(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(s *site, b *browser)
		want    string
		sets    string // cookies
		private bool
		err     string
	}{
		{"nobody", func(*site, *browser) {}, "Nobody ", "", false, ""},
		{"a user", func(_ *site, b *browser) { b.post("/login?id=1") }, "Hi Ada fresh=true", "", true, ""},
		{"a remembered user", func(_ *site, b *browser) { b.post("/login?id=1&remember=1"); b.put("session", "") }, "Hi Ada fresh=false", "session", true, ""},
		{"a user whose client changed", func(_ *site, b *browser) { b.post("/login?id=1"); b.agent = "other" }, "Hi Ada fresh=false", "session", true, ""},
		{"a cookie that is no good", func(_ *site, b *browser) { b.put("remember_token", "x") }, "Nobody ", "remember_token", true, ""},
		{"an inactive user", func(_ *site, b *browser) { b.post("/login?id=3&force=1") }, "Nobody Mallory", "", true, ""},
		{"a user during an outage", func(s *site, b *browser) { b.post("/login?id=1"); s.users.fail(errStoreDown) }, "Nobody ", "", true, "loading the user: connection refused"},
		{"a remembered user during an outage", func(s *site, b *browser) {
			b.post("/login?id=1&remember=1")
			b.put("session", "")
			s.users.fail(errStoreDown)
		}, "Nobody ", "", true, "loading the user: connection refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			s.rendering(`{{ .title }} `+filler+`{{ template "deep" . }}!`+deepTemplates, gin.H{"title": "Home"})
			b := s.browser()
			tc.prepare(s, b)
			s.users.calls()
			s.logged()
			s.reported()
			rep := b.do("GET", "/page")
			wants(t, "status", rep.StatusCode, http.StatusOK)
			wants(t, "the page", strings.Replace(rep.body, filler, "… ", 1), "Home … "+tc.want+"!")
			var names []string
			for _, set := range rep.Cookies() {
				names = append(names, set.Name)
			}
			wants(t, "cookies set", strings.Join(names, " "), tc.sets)
			wants(t, "loader calls", len(s.users.calls()) <= 1, true)
			told, logged := strings.Join(s.reported(), ","), s.logged()
			wantsText(t, "c.Errors", told, tc.err)
			wantsText(t, "log", logged, tc.err)
			wants(t, "an error is told", told != "", tc.err != "")
			wants(t, "an error is logged", logged != "", tc.err != "")
			wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			wants(t, "private", rep.Header.Get("Cache-Control") == "private, no-store", tc.private)
		})
	}
}

func TestATemplateThatDoesNotNameTheUserLoadsNone(t *testing.T) {
	s := newSite(t, cookieStore(), byToken)
	s.rendering(`{{ .title }} {{ .missing }} {{ .LoginFresh }}`, gin.H{"title": "Home"})
	b := s.browser()
	wants(t, "nobody", b.get("/page"), "200 Home  false")
	wants(t, "a token", b.get("/page", "Token", "1"), "200 Home  false")
	wants(t, "loader calls", len(s.users.calls()), 0)
	b.post("/login?id=1&remember=1")
	s.told()
	rep := b.do("GET", "/page")
	wants(t, "a user", rep.body, "Home  true")
	wantsNoCookies(t, "a user", rep)
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "events", s.told(), "")

	b.put("session", "")
	rep = b.do("GET", "/page")
	wants(t, "a restored login", b.setCookie(rep, "session") != nil, true)
	wants(t, "loader calls of a restored login", len(s.users.calls()), 1)
}

func TestAUserWhoseAbsenceIsFoundOutTooLateIsNobody(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.rendering(filler+`{{ .LoggedIn }}`, nil)
	b := s.browser()
	b.post("/login?id=1")
	s.users.drop("1")
	rep := b.do("GET", "/page")
	wants(t, "page", strings.TrimPrefix(rep.body, filler), "false")
	wantsNoCookies(t, "too late", rep)
	wants(t, "the next request that loads in time", b.setCookie(b.do("GET", "/whoami"), "session").MaxAge, -1)
}

func TestTemplateDataLeavesTheHandlersMapAlone(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.shows("/values", func(c *gin.Context) any {
		data := gin.H{"title": "Home"}
		values := ginlogin.TemplateData(c, data)
		values["more"] = 1
		wants(t, "the handler's map", len(data), 1)
		wants(t, "a value", fmt.Sprint(values["title"]), "Home")
		wants(t, "data of nothing", ginlogin.TemplateData(c, nil).LoggedIn(), false)
		return values["more"]
	})
	wants(t, "values", s.browser().get("/values"), "200 1")

	var empty ginlogin.TemplateValues
	wants(t, "values made without TemplateData: user", empty.CurrentUser().IsAnonymous(), true)
	wants(t, "values made without TemplateData: logged in", empty.LoggedIn(), false)
	wants(t, "values made without TemplateData: fresh", empty.LoginFresh(), false)
}

func TestDataCannotPassForTheUserOfATemplate(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.rendering(`{{ .CurrentUser.Name }} {{ .LoggedIn }}`, gin.H{"CurrentUser": &account{Name: "Forged"}, "LoggedIn": true})
	b := s.browser()
	wants(t, "nobody", b.get("/page"), "200  false")
	b.post("/login?id=1")
	wants(t, "a user", b.get("/page"), "200 Ada true")
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
		{"a user who is gone", nil, func(s *site, b *browser) { b.post("/login?id=1&remember=1"); s.users.drop("1") }, ""},
		{"a cookie that is no good", nil, func(_ *site, b *browser) { b.put("remember_token", "x") }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, tc.change)
			s.engine.GET("/late", func(c *gin.Context) {
				c.String(http.StatusOK, "late ")
				header := c.Writer.Header().Clone()
				c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID())
				fromContext(ginlogin.Context(c))
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

// Below HTTP.

func TestFromContextOfAnyOtherContextIsNobody(t *testing.T) {
	u, ok := fromContext(context.Background())
	wants(t, "anonymous", u.IsAnonymous(), true)
	wants(t, "logged in", ok, false)
}

func TestAContextCarriesTheUserLazily(t *testing.T) {
	s := newSite(t, cookieStore(), byToken)
	s.shows("/carried", func(c *gin.Context) any {
		ctx := context.WithValue(ginlogin.Context(c), ginContext{}, "more")
		calls := len(s.users.calls())
		u, ok := fromContext(ctx)
		again, _ := fromContext(ctx)
		wants(t, "the same user", again.GetID(), u.GetID())
		return fmt.Sprintf("%q %v, before: %d calls, then: %s", u.GetID(), ok, calls, strings.Join(s.users.calls(), " "))
	})
	s.shows("/unused", func(c *gin.Context) any { return ginlogin.Context(c).Err() })
	b := s.browser()
	wants(t, "nobody", b.get("/carried"), `200 "" false, before: 0 calls, then: `)
	wants(t, "a token, which only the handler's goroutine can look at", b.get("/carried", "Token", "2"), `200 "2" true, before: 1 calls, then: `)
	b.post("/login?id=1&remember=1")
	wants(t, "a user", b.get("/carried"), `200 "1" true, before: 0 calls, then: 1`)
	wants(t, "a context that nobody asks", b.get("/unused")+strings.Join(s.users.calls(), " "), "200 <nil>")

	b.put("session", "")
	rep := b.do("GET", "/unused")
	wants(t, "a restored login", strings.Join(s.users.calls(), " "), "1")
	wants(t, "its cookie", b.setCookie(rep, "session") != nil, true)

	s.users.drop("1")
	wants(t, "a user who is gone", b.get("/carried"), `200 "" false, before: 0 calls, then: 1`)
	b.post("/login?id=3&force=1")
	wants(t, "an inactive user", b.get("/carried"), `200 "3" false, before: 0 calls, then: 3`)
}

func TestALoaderThatFailsBelowHTTPIsLogged(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.shows("/below", func(c *gin.Context) any {
		u, ok := fromContext(ginlogin.Context(c))
		return fmt.Sprintf("%q %v", u.GetID(), ok)
	})
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	s.logged()
	rep := b.do("GET", "/below")
	wants(t, "answer", rep.body, `"" false`)
	wantsNoCookies(t, "answer", rep)
	wantsText(t, "log", s.logged(), "ginlogin: loading the user: connection refused")
}

func TestAStoreThatFailsBeforeAContextIsMadeIsReported(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	s.shows("/below", func(c *gin.Context) any { _, ok := fromContext(ginlogin.Context(c)); return ok })
	b := s.browser()
	b.post("/login?id=1")
	rack.readsFail(errStoreDown)
	rep := b.do("GET", "/below")
	rack.readsFail(nil)
	wants(t, "answer", rep.body, "false")
	wantsNoCookies(t, "answer", rep)
	wants(t, "c.Errors", strings.Join(s.reported(), ","), "ginlogin: reading the session: connection refused")
}

func TestGoroutinesMayAskAContextAtOnce(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.shows("/many", func(c *gin.Context) any {
		ctx := ginlogin.Context(c)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if u, ok := fromContext(ctx); !ok || u.GetID() != "1" {
					t.Errorf("a goroutine is told %q, %v", u.GetID(), ok)
				}
			})
		}
		u := ginlogin.CurrentUser(c)
		wg.Wait()
		return u.GetID()
	})
	b := s.browser()
	b.post("/login?id=1")
	for range 10 {
		s.users.calls()
		wants(t, "user", b.get("/many"), "200 1")
		// All the goroutines together ask once; the handler does not wait for them.
		if asked := len(s.users.calls()); asked < 1 || asked > 2 {
			t.Errorf("the loader is asked %d times", asked)
		}
	}
}

func TestAfterTheRequestAContextKnowsWhatWasKnown(t *testing.T) {
	s := newSite(t, memStore(), nil)
	var ctx context.Context
	s.shows("/nobody-asks", func(c *gin.Context) any { ctx = ginlogin.Context(c); return "" })
	s.shows("/current", func(c *gin.Context) any { ctx = ginlogin.Context(c); return ginlogin.CurrentUser(c).GetID() })
	s.shows("/below", func(c *gin.Context) any { ctx = ginlogin.Context(c); u, _ := fromContext(ctx); return u.GetID() })
	b := s.browser()
	b.post("/login?id=1")
	for _, tc := range []struct {
		name, path string
		want       bool
	}{
		{"nothing, if nobody asked", "/nobody-asks", false},
		{"the user, if CurrentUser was asked", "/current", true},
		{"the user, if FromContext was asked", "/below", true},
	} {
		b.get(tc.path)
		s.users.calls()
		u, ok := fromContext(ctx)
		wants(t, tc.name, ok, tc.want)
		wants(t, tc.name+": whose ID", u.GetID() == "1", tc.want)
		wants(t, tc.name+": loader calls", len(s.users.calls()), 0)
	}
}

// Copies of the context.

func TestACopyOfTheContextIsToldWhatIsKnownAndChangesNothing(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.engine.GET("/copied", func(c *gin.Context) {
		early := c.Copy()
		u, err := ginlogin.LoadUser(early)
		wants(t, "before: error", errors.Is(err, ginlogin.ErrNotResolved), true)
		wants(t, "before: user", u.IsAnonymous(), true)
		id, ok := ginlogin.UserID(early)
		wants(t, "before: ID", fmt.Sprintf("%q %v", id, ok), `"" false`)
		wants(t, "before: fresh", ginlogin.LoginFresh(early), false)
		wants(t, "before: remembered", ginlogin.LoginRemembered(early), false)
		_, below := fromContext(ginlogin.Context(early))
		wants(t, "before: below HTTP", below, false)
		wants(t, "before: in a template", ginlogin.TemplateData(early, nil).LoggedIn(), false)

		ginlogin.CurrentUser(c)
		for name, copied := range map[string]*gin.Context{"early": early, "late": c.Copy()} {
			u, err := ginlogin.LoadUser(copied)
			wants(t, name+": error", err, nil)
			wants(t, name+": user", u.GetID(), "1")
			id, ok := ginlogin.UserID(copied)
			wants(t, name+": ID", fmt.Sprintf("%q %v", id, ok), `"1" true`)
			wants(t, name+": fresh", ginlogin.LoginFresh(copied), true)
			wants(t, name+": remembered", ginlogin.LoginRemembered(copied), true)
			as, ok := ginlogin.UserAs[*account](copied)
			wants(t, name+": own type", ok && as.Name == "Ada", true)
			values := ginlogin.TemplateData(copied, gin.H{"a": 1})
			wants(t, name+": in a template", values.LoggedIn() && values.LoginFresh(), true)

			for what, err := range map[string]error{
				"Login":        ginlogin.Login(copied, s.users.get("2"), ginlogin.Remember(true)),
				"Logout":       ginlogin.Logout(copied, ginlogin.ClearSession()),
				"ConfirmLogin": ginlogin.ConfirmLogin(copied, s.users.get("1")),
				"AddFlash":     ginlogin.AddFlash(copied, "a", "b"),
			} {
				wants(t, name+": "+what, errors.Is(err, ginlogin.ErrNotResolved), true)
			}
			_, err = ginlogin.Flashes(copied)
			wants(t, name+": Flashes", errors.Is(err, ginlogin.ErrNotResolved), true)
		}
		c.String(http.StatusOK, "%s", ginlogin.CurrentUser(c).GetID())
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	rep := b.do("GET", "/copied")
	wants(t, "answer", rep.body, "1")
	wantsNoCookies(t, "answer", rep)
}

func TestACopyIsToldOfAnOutage(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.shows("/copied", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		u, err := ginlogin.LoadUser(c.Copy())
		return fmt.Sprint(u.IsAnonymous(), errors.Is(err, errStoreDown))
	})
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	wants(t, "answer", b.get("/copied"), "200 true true")
}

func TestAfterTheMiddlewareTheContextItselfIsAsGoodAsACopy(t *testing.T) {
	s := siteBehind(t, sessions.Sessions("session", memStore()), nil, func(s *site) {
		s.engine.Use(func(c *gin.Context) {
			c.Next()
			if path := c.Request.URL.Path; path != "/static" && path != "/whoami" {
				return
			}
			u, err := ginlogin.LoadUser(c)
			s.mu.Lock()
			s.events = append(s.events, fmt.Sprintf("%q %v", u.GetID(), err))
			s.mu.Unlock()
			wants(t, "Logout afterwards", errors.Is(ginlogin.Logout(c), ginlogin.ErrNotResolved), true)
		}, s.lm.Middleware())
		s.routes(s.engine)
	})
	b := s.browser()
	b.post("/login?id=1")
	b.get("/static")
	wants(t, "if nobody asked", s.told(), `"" `+ginlogin.ErrNotResolved.Error())
	b.get("/whoami")
	wants(t, "if somebody asked", s.told(), `"1" <nil>`)
}

func TestFunctionsPanicWithoutTheirMiddleware(t *testing.T) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	for name, call := range map[string]func(){
		"CurrentUser":     func() { ginlogin.CurrentUser(c) },
		"LoadUser":        func() { _, _ = ginlogin.LoadUser(c) },
		"UserAs":          func() { ginlogin.UserAs[*account](c) },
		"UserID":          func() { ginlogin.UserID(c) },
		"LoginFresh":      func() { ginlogin.LoginFresh(c) },
		"LoginRemembered": func() { ginlogin.LoginRemembered(c) },
		"Context":         func() { ginlogin.Context(c) },
		"TemplateData":    func() { ginlogin.TemplateData(c, nil) },
		"Login":           func() { _ = ginlogin.Login(c, &account{ID: "1"}) },
		"Logout":          func() { _ = ginlogin.Logout(c) },
		"ConfirmLogin":    func() { _ = confirm(c) },
	} {
		wantsText(t, name, panicText(call), "ginlogin: ", "r.Use(lm.Middleware())")
	}
}

// TestNobodysCookieLandsOnAnothersResponse has many users send many requests at
// once. Each request leaves goroutines behind that hold copies of its context and
// wake up while Gin has given context and writer to other requests; then they ask
// for everything and try to change everything.
func TestNobodysCookieLandsOnAnothersResponse(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		const users, rounds, goroutines = 12, 12, 4
		s := newSite(t, store, func(s *site) {
			for i := range users {
				id := fmt.Sprintf("user%d", i)
				s.users.rows[id] = &account{ID: id, Name: id}
			}
		})
		attacker := &account{ID: "attacker"}

		// mischief does on a copy whatever can be done. id is its request's user,
		// known whether the request has asked for it, ctx what Context returned.
		mischief := func(c *gin.Context, ctx context.Context, id string, known bool) {
			u, err := ginlogin.LoadUser(c)
			switch {
			case errors.Is(err, ginlogin.ErrNotResolved) && !known && u.IsAnonymous():
			case err == nil && u.GetID() == id:
			default:
				t.Errorf("a copy of %s is told %q, %v", id, u.GetID(), err)
			}
			if u := ginlogin.CurrentUser(c); u.GetID() != id && (known || !u.IsAnonymous()) {
				t.Errorf("a copy of %s has the current user %q", id, u.GetID())
			}
			if got, ok := ginlogin.UserID(c); got != id && (known || ok) {
				t.Errorf("a copy of %s has the ID %q", id, got)
			}
			if known && !ginlogin.LoginFresh(c) {
				t.Errorf("a copy of %s is not fresh", id)
			}
			if known && !ginlogin.LoginRemembered(c) {
				t.Errorf("a copy of %s is not remembered", id)
			}
			if own, ok := ginlogin.UserAs[*account](c); ok && own.ID != id {
				t.Errorf("a copy of %s is told %q", id, own.ID)
			}
			if u, ok := fromContext(ctx); ok && u.GetID() != id {
				t.Errorf("the context of %s has %q", id, u.GetID())
			}
			values := ginlogin.TemplateData(c, gin.H{"title": id})
			if values.LoggedIn() && values.CurrentUser().GetID() != id {
				t.Errorf("the template of %s names %q", id, values.CurrentUser().GetID())
			}
			_, flashes := ginlogin.Flashes(c)
			for what, err := range map[string]error{
				"Login":        ginlogin.Login(c, attacker, ginlogin.Remember(true)),
				"Logout":       ginlogin.Logout(c, ginlogin.ClearSession()),
				"ConfirmLogin": confirm(c),
				"AddFlash":     ginlogin.AddFlash(c, "late", "for "+id),
				"Flashes":      flashes,
			} {
				if !errors.Is(err, ginlogin.ErrNotResolved) {
					t.Errorf("%s on a copy of %s: got %v, want ErrNotResolved", what, id, err)
				}
			}
		}

		var late sync.WaitGroup
		turns := make(chan struct{}, goroutines)
		work := func(known bool) gin.HandlerFunc {
			return func(c *gin.Context) {
				id := c.Query("u")
				if known {
					ginlogin.CurrentUser(c)
				}
				ctx := ginlogin.Context(c)
				for i := range goroutines {
					copied := c.Copy()
					late.Go(func() {
						if i > 0 {
							<-turns // given by the handler of some other request
						}
						mischief(copied, ctx, id, known)
					})
				}
				for range goroutines - 1 {
					select {
					case turns <- struct{}{}:
					default:
					}
				}
				got := ginlogin.CurrentUser(c).GetID()
				if c.Query("flash") != "" {
					if err := ginlogin.AddFlash(c, "own", id); err != nil {
						t.Error(err)
					}
				}
				c.String(http.StatusOK, got)
			}
		}
		s.engine.GET("/asked", work(true))
		s.engine.GET("/unasked", work(false))

		browsers := make([]*browser, users)
		for i := range browsers {
			browsers[i] = s.browser()
			wants(t, "login", browsers[i].post(fmt.Sprintf("/login?id=user%d&remember=1", i)), "200 /")
		}
		var visits sync.WaitGroup
		for i, b := range browsers {
			visits.Go(func() {
				id := fmt.Sprintf("user%d", i)
				for round := range rounds {
					path, sets := []string{"/asked", "/unasked"}[round%2]+"?u="+id, ""
					if round%3 == 0 {
						path, sets = path+"&flash=1", "session"
					}
					rep := b.do("GET", path)
					if rep.body != id {
						t.Errorf("%s is answered %q", id, rep.body)
					}
					for _, set := range rep.Cookies() {
						if set.Name != sets {
							t.Errorf("the response to %s sets the cookie %v", id, set)
						}
					}
					if sets != "" {
						b.setCookie(rep, "session")
						if got, want := b.get("/flashes"), "200 [{own "+id+"}] <nil>"; got != want {
							t.Errorf("%s has the flashes %q", id, got)
						}
					}
				}
				if got := b.get("/whoami"); got != "200 user "+id {
					t.Errorf("at the end %s is answered %q", id, got)
				}
				if got := s.says(b.cookie("remember_token"), "remember").UserID; got != id {
					t.Errorf("at the end %s has the remember cookie of %s", id, got)
				}
			})
		}
		visits.Wait()
		close(turns) // those that are left have no request to hide behind
		within(t, "the goroutines", late.Wait)
	})
}

// Several managers.

// house has customers and staff: side by side under /shop and /office, and under
// /both the staff within the customers.
type house struct{ customers, staff *site }

func newHouse(t *testing.T, store sessions.Store) house {
	t.Helper()
	office := &site{t: t, users: newAccounts(), log: &strings.Builder{}}
	shop := siteBehind(t, sessions.Sessions("session", store), func(s *site) { s.lm.Name = "customers" }, func(s *site) {
		office.engine, office.clock = s.engine, s.clock
		office.lm = ginlogin.New(office.users.find)
		office.lm.Name = "staff"
		office.lm.SecretKeys = s.lm.SecretKeys
		office.lm.LoginView = "/office/login"
		office.lm.Now = s.clock.Now
		for id, name := range map[string]string{"1": "Boss", "2": "Clerk"} {
			office.users.rows[id] = &account{ID: id, Name: name}
		}
		s.routes(s.engine.Group("/shop", s.lm.Middleware()))
		office.routes(s.engine.Group("/office", office.lm.Middleware()))

		outer := s.engine.Group("/both", s.lm.Middleware())
		outer.GET("/outer", func(c *gin.Context) { c.String(http.StatusOK, nameOf(ginlogin.CurrentUser(c))) })
		inner := outer.Group("/inner", func(c *gin.Context) {
			c.Next()
			c.String(http.StatusOK, "; afterwards %s", nameOf(ginlogin.CurrentUser(c)))
		}, office.lm.Middleware())
		inner.GET("/names", func(c *gin.Context) { c.String(http.StatusOK, "within %s", nameOf(ginlogin.CurrentUser(c))) })
		inner.GET("/customers", ginlogin.LoginRequired(ginlogin.For(s.lm)), func(c *gin.Context) {})
		inner.GET("/staff", ginlogin.LoginRequired(ginlogin.For(office.lm)), func(c *gin.Context) {})
		inner.GET("/innermost", ginlogin.LoginRequired(), func(c *gin.Context) {})
		inner.POST("/logout", func(c *gin.Context) { answer200(c, ginlogin.Logout(c)) })
	})
	office.Server = shop.Server
	return house{shop, office}
}

func nameOf(u ginlogin.User) string {
	if a, ok := u.(*account); ok {
		return a.Name
	}
	return "nobody"
}

func TestManagersDoNotConfuseTheirUsers(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		wants(t, "customer logs in", b.post("/shop/login?id=1&remember=1"), "200 /")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Ada] Home (Ada) fresh=true")
		wants(t, "in the office", b.get("/office/home"), "200 [Log in] Home () fresh=false")
		wants(t, "the office's door", b.do("GET", "/office/secret").StatusCode, http.StatusFound)

		wants(t, "staff logs in", b.post("/office/login?id=1&remember=1&fresh=0"), "200 /")
		wants(t, "in the office", b.get("/office/home"), "200 [Hi Boss] Home (Boss) fresh=false")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Ada] Home (Ada) fresh=true")

		wants(t, "another customer logs in", b.post("/shop/login?id=2"), "200 /")
		wants(t, "in the office", b.get("/office/home"), "200 [Hi Boss] Home (Boss) fresh=false")
		wants(t, "the customer's cookie", b.cookie("remember_token_customers"), "")
		wants(t, "the staff's cookie", b.cookie("remember_token_staff") != "", true)

		wants(t, "staff logs out and clears", b.post("/office/logout?clear=1"), "200 ok")
		wants(t, "in the office", b.get("/office/home"), "200 [Log in] Home () fresh=false")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Hi Grace] Home (Grace) fresh=true")
		wants(t, "customer logs out", b.post("/shop/logout"), "200 ok")
		wants(t, "in the shop", b.get("/shop/home"), "200 [Log in] Home () fresh=false")
	})
}

func TestACookieOfOneManagerIsNothingToAnother(t *testing.T) {
	h := newHouse(t, cookieStore())
	b, other := h.customers.browser(), h.customers.browser()
	b.post("/shop/login?id=1&remember=1")
	other.put("remember_token_staff", b.cookie("remember_token_customers"))
	wants(t, "the customer's cookie in the office", other.get("/office/whoami"), "200 user ")
	wants(t, "is deleted", other.cookie("remember_token_staff"), "")

	b.post("/office/login?id=2&remember=1")
	b.put("session", "")
	wants(t, "restored in the shop", b.get("/shop/whoami"), "200 user 1")
	wants(t, "restored in the office", b.get("/office/whoami"), "200 user 2")
}

func TestNestedManagersAreAskedEachForItsOwn(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		for _, tc := range []struct {
			step, path                  string
			inner, outer                string
			customers, staff, innermost int
		}{
			{"nobody is logged in", "", "nobody", "nobody", 302, 302, 302},
			{"a customer logs in", "/shop/login?id=1", "nobody", "Ada", 200, 302, 302},
			{"staff of the same ID logs in", "/office/login?id=1", "Boss", "Ada", 200, 200, 200},
			{"the customer logs out", "/shop/logout", "Boss", "nobody", 302, 200, 200},
		} {
			if tc.path != "" {
				b.post(tc.path)
			}
			wants(t, tc.step+": names", b.do("GET", "/both/inner/names").body, "within "+tc.inner+"; afterwards "+tc.outer)
			wants(t, tc.step+": name without the inner one", b.get("/both/outer"), "200 "+tc.outer)
			wants(t, tc.step+": For(customers)", b.do("GET", "/both/inner/customers").StatusCode, tc.customers)
			wants(t, tc.step+": For(staff)", b.do("GET", "/both/inner/staff").StatusCode, tc.staff)
			wants(t, tc.step+": a guard without For", b.do("GET", "/both/inner/innermost").StatusCode, tc.innermost)
		}
	})
}

func TestAGuardForAManagerRedirectsToItsLoginView(t *testing.T) {
	h := newHouse(t, cookieStore())
	b := h.customers.browser()
	wants(t, "customers", b.do("GET", "/both/inner/customers").Header.Get("Location"), "/login?next=%2Fboth%2Finner%2Fcustomers")
	wants(t, "staff", b.do("GET", "/both/inner/staff").Header.Get("Location"), "/office/login?next=%2Fboth%2Finner%2Fstaff")
}

func TestALogoutWithinLeavesTheOuterLogin(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		b.post("/shop/login?id=1")
		b.post("/office/login?id=1")
		wants(t, "logout", b.do("POST", "/both/inner/logout").body, "ok; afterwards Ada")
		wants(t, "names", b.do("GET", "/both/inner/names").body, "within nobody; afterwards Ada")
	})
}

func TestRestoredLoginsOfNestedManagersShareOneSession(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		h := newHouse(t, store)
		b := h.customers.browser()
		b.post("/shop/login?id=1&remember=1")
		b.post("/office/login?id=1&remember=1")
		b.put("session", "")
		for _, path := range []string{"/both/outer", "/both/inner/names"} {
			rep := b.do("GET", path)
			wants(t, path+" sets the session cookie", b.setCookie(rep, "session") != nil, true)
		}
		b.put("remember_token_customers", "")
		b.put("remember_token_staff", "")
		wants(t, "both are in it", b.do("GET", "/both/inner/names").body, "within Boss; afterwards Ada")
	})
}

func TestAGuardForAnAbsentManagerPanics(t *testing.T) {
	h := newHouse(t, cookieStore())
	h.customers.engine.GET("/shop2", h.customers.lm.Middleware(), ginlogin.LoginRequired(ginlogin.For(h.staff.lm)))
	h.customers.engine.GET("/none", ginlogin.LoginRequired(ginlogin.For(h.staff.lm)))
	for _, path := range []string{"/shop2", "/none"} {
		text := panicText(func() {
			h.customers.engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
		})
		wantsText(t, path, text, "ginlogin: ", "r.Use(lm.Middleware())")
	}
}

func TestManagersOfOneNameCannotBeNested(t *testing.T) {
	first, twin, other := ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find)
	other.Name = "other"
	run := func(lms ...*ginlogin.LoginManager) string {
		engine := gin.New()
		engine.Use(sessions.Sessions("session", memStore()))
		for _, lm := range lms {
			engine.Use(lm.Middleware())
		}
		engine.GET("/", func(*gin.Context) {})
		return panicText(func() { engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
	}
	wants(t, "two names", run(first, other), "")
	wantsText(t, "a twin", run(first, twin), "ginlogin: ", "LoginManager.Name")
	wantsText(t, "the same manager twice", run(first, first), "ginlogin: ", "added twice")
	wantsText(t, "a twin with another between", run(first, other, twin), "ginlogin: ", "LoginManager.Name")
}

func TestManagersOfOneNameCannotBeNestedThoughTheirSessionsDiffer(t *testing.T) {
	first, second := ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find)
	first.SessionName, second.SessionName = "a", "b"
	engine := gin.New()
	engine.Use(sessions.SessionsMany([]string{"a", "b"}, memStore()), first.Middleware(), second.Middleware())
	engine.GET("/", func(*gin.Context) {})
	wantsText(t, "they would share a remember cookie", panicText(func() {
		engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}), "ginlogin: ", "LoginManager.Name")
}

func TestOneManagerMayServeSeveralGroups(t *testing.T) {
	s := siteBehind(t, sessions.Sessions("session", memStore()), nil, func(s *site) {
		s.routes(s.engine.Group("/a", s.lm.Middleware()))
		s.routes(s.engine.Group("/b", s.lm.Middleware()))
	})
	b := s.browser()
	b.post("/a/login?id=1")
	wants(t, "in the other group", b.get("/b/whoami"), "200 user 1")
}

func TestVaryNamesTheCookieOnce(t *testing.T) {
	for _, tc := range []struct{ before, want []string }{
		{nil, []string{"Cookie"}},
		{[]string{"Accept"}, []string{"Accept", "Cookie"}},
		{[]string{"Accept, cookie"}, []string{"Accept, cookie"}},
		{[]string{"Accept", "Cookie"}, []string{"Accept", "Cookie"}},
		{[]string{"*"}, []string{"*"}},
		{[]string{"X-Cookie"}, []string{"X-Cookie", "Cookie"}},
	} {
		s := newSite(t, cookieStore(), nil)
		s.shows("/vary", func(c *gin.Context) any {
			for _, v := range tc.before {
				c.Writer.Header().Add("Vary", v)
			}
			ginlogin.CurrentUser(c)
			return ginlogin.LoginFresh(c)
		})
		b := s.browser()
		b.post("/login?id=1")
		if got := b.do("GET", "/vary").Header["Vary"]; !slices.Equal(got, tc.want) {
			t.Errorf("after %q: got Vary %q, want %q", tc.before, got, tc.want)
		}
	}
}

func TestFromContextKnowsAGinContext(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/below", func(c *gin.Context) {
		u, ok := fromContext(c)
		c.String(http.StatusOK, "%v %s", ok, u.GetID())
	})
	b := s.browser()
	wants(t, "nobody", b.get("/below"), "200 false ")
	b.post("/login?id=1")
	wants(t, "a user", b.get("/below"), "200 true 1")
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	_, ok := fromContext(c)
	wants(t, "without the middleware", ok, false)
}
