package ginlogin_test

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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

func TestATemplateLoadsTheUserWhenItNamesIt(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(s *site, b *browser)
		want    string
		sets    string // cookies
		private bool
		err     string
	}{
		{"a visitor", func(*site, *browser) {}, "Nobody ", "", false, ""},
		{"a user", func(_ *site, b *browser) { b.post("/login?id=1") }, "Hi Ada fresh=true", "", true, ""},
		{"a remembered user", func(_ *site, b *browser) { b.post("/login?id=1&remember=1"); b.put("session", "") }, "Hi Ada fresh=false", "session", true, ""},
		{"a user whose client changed", func(_ *site, b *browser) { b.post("/login?id=1"); b.agent = "other" }, "Hi Ada fresh=false", "session", true, ""},
		{"an invalid cookie", func(_ *site, b *browser) { b.put("remember_token", "x") }, "Nobody ", "remember_token", true, ""},
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
			s.clock.Advance(10 * time.Second) // beyond what is taken for a mistake of the program
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

func TestAUserFoundMissingAfterTheHeadersIsAnonymous(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.rendering(filler+`{{ .LoggedIn }}`, nil)
	b := s.browser()
	b.post("/login?id=1")
	s.users.drop("1")
	s.clock.Advance(time.Minute)
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
