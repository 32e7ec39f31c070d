package ginlogin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// wantsWarning fails the test unless the site has logged one line, with these parts; no
// parts mean no line.
func (s *site) wantsWarning(parts ...string) {
	s.t.Helper()
	logged := s.logged()
	wants(s.t, "lines of "+logged, strings.Count(logged, "\n"), min(len(parts), 1))
	wantsText(s.t, "log", logged, parts...)
}

// entering adds a route that logs u in, and ignores the error as beginners do.
func (s *site) entering(u ginlogin.User, opts ...ginlogin.LoginOption) {
	s.engine.POST("/enter", func(c *gin.Context) { _ = ginlogin.Login(c, u, opts...) })
}

// Callers ignore the error, and wonder why nobody is logged in.
func TestAMistakeThatLoginReturnsIsWarnedOfOnce(t *testing.T) {
	remember := []ginlogin.LoginOption{ginlogin.Remember(true)}
	for _, row := range []struct {
		name string
		user ginlogin.User
		opts []ginlogin.LoginOption
		keys [][]byte
		want []string
	}{
		{"remembering without keys", &account{ID: "1"}, remember, nil, []string{"level=WARN", "LoginManager.SecretKeys", "path=/enter"}},
		{"a user without an ID", &account{}, nil, nil, []string{"level=WARN", "GetID of the *ginlogin_test.account is empty"}},
		{"a nil user", (*account)(nil), nil, nil, []string{"level=WARN", "the user is nil"}},
		{"a lifetime without a unit", &account{ID: "1"}, []ginlogin.LoginOption{ginlogin.RememberFor(30)}, [][]byte{keyOf("k")}, []string{"level=WARN", "the lifetime is 30ns"}},
		{"an inactive user is no mistake", &account{ID: "3", Inactive: true}, nil, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = row.keys })
			s.entering(row.user, row.opts...)
			for range 2 {
				s.browser().post("/enter")
			}
			s.wantsWarning(row.want...)
		})
	}
}

// A page on another port of the developer's machine may be another site.
func TestALoginFromAnotherSiteIsWarnedOfInDevelopment(t *testing.T) {
	for host, want := range map[string][]string{
		"http://localhost:8080": {"LoginManager.TrustedOrigins"}, "https://localhost:8080": nil, "http://shop.example": nil,
	} {
		s := newSite(t, cookieStore(), nil)
		req := httptest.NewRequest("POST", host+"/login?id=1", nil)
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		wants(t, "login on "+host, s.serve(req).StatusCode, http.StatusBadRequest)
		s.wantsWarning(want...)
	}
}

func TestASessionHashThatChangesByItselfIsWarnedOfOnce(t *testing.T) {
	s, _ := newMemberSite(t, nil)
	s.entering(&insured{account: account{ID: "m"}, password: "as Authenticate read it"})
	for range 2 {
		b := s.browser()
		b.post("/enter")
		b.get("/whoami")
	}
	s.wantsWarning("level=WARN", "the SessionHash of the user who has just logged in has changed", "user=m")
}

func TestAPasswordThatChangesIsNotWarnedOf(t *testing.T) {
	s, one := newMemberSite(t, nil)
	b, other := s.browser(), s.browser()
	b.post("/join")
	other.post("/join")
	b.get("/whoami")
	one.password = "second"
	other.get("/whoami")
	s.wantsWarning()
}

func TestALoginThatNoGuardLetsPassIsWarnedOfOnce(t *testing.T) {
	site := func(opts ...ginlogin.LoginOption) *site {
		s := newSite(t, cookieStore(), nil)
		s.entering(&account{ID: "3"}, opts...) // whom the loader returns inactive
		s.guarded("/page", ginlogin.LoginRequired())
		return s
	}
	s := site()
	for range 2 {
		b := s.browser()
		b.post("/enter")
		b.get("/page")
	}
	s.wantsWarning("level=WARN", "no guard lets the user pass who has just logged in", "IsActive", "user=3")

	s = site()
	b := s.browser()
	b.post("/enter")
	s.clock.Advance(time.Minute)
	b.get("/page")
	s.wantsWarning() // of a user who is banned later

	s = site(ginlogin.Force())
	b = s.browser()
	b.post("/enter")
	b.get("/page")
	s.wantsWarning() // of a login that was forced
}

type (
	administrator struct {
		ginlogin.UserMixin
		ID string
	}
	loginRow struct{ *account }
)

func (a administrator) GetID() string { return a.ID }

// Administrator 1 would be customer 1 from the next request on.
func TestALoginOfAnotherTypeThanTheLoadersIsWarnedOfOnce(t *testing.T) {
	for _, row := range []struct {
		name string
		user ginlogin.User
		want []string
	}{
		{"another type", administrator{ID: "1"}, []string{"level=WARN", "Login was given a ginlogin_test.administrator", "*ginlogin_test.account"}},
		{"a pointer to another type", &administrator{ID: "1"}, []string{"level=WARN", "*ginlogin_test.administrator"}},
		{"the type itself", &account{ID: "1"}, nil},
		{"a struct around it", loginRow{&account{ID: "1"}}, nil},
		{"a pointer to a struct around it", &insured{account: account{ID: "1"}}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			find := newAccounts().find
			s := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("k")} })
			s.entering(row.user)
			for range 2 {
				s.browser().post("/enter")
			}
			s.wantsWarning(row.want...)

			s = newSite(t, cookieStore(), func(s *site) {
				lm := ginlogin.New(func(ctx context.Context, id string) (ginlogin.User, error) { return find(ctx, id) })
				lm.Logger, lm.SecretKeys = s.lm.Logger, s.lm.SecretKeys
				s.lm = lm
			})
			s.entering(row.user)
			s.browser().post("/enter")
			s.wantsWarning() // where the loader returns users of any type
		})
	}
}

// visitLocally posts a login, and then opens a page with the cookies if it keeps them.
func (s *site) visitLocally(login, page string, keep bool, header ...string) {
	post := httptest.NewRequest("POST", login+"/login?id=1", nil)
	post.Header.Set("User-Agent", "Safari")
	cookies := s.serve(post).Cookies()
	get := httptest.NewRequest("GET", page+"/page", nil)
	get.Header.Set("User-Agent", "Safari")
	for i := 0; i < len(header); i += 2 {
		get.Header.Set(header[i], header[i+1])
	}
	for _, c := range cookies {
		if keep {
			get.AddCookie(c)
		}
	}
	s.serve(get)
}

func TestALoginWhoseCookieIsLostIsWarnedOfOnceInDevelopment(t *testing.T) {
	const local, other, real = "http://127.0.0.1:8080", "http://localhost:8080", "http://shop.example"
	warning := func(why string) []string {
		return []string{"level=WARN", "come back without the session's cookie", "127.0.0.1:8080", why}
	}
	secure, plain := ginlogin.SessionOptions(), sessions.Options{Path: "/"}
	for _, row := range []struct {
		name, cookie string
		options      sessions.Options
		login, page  string
		keep         bool
		header       []string
		want         []string
	}{
		{"a browser that drops a Secure cookie", "session", secure, local, local, false, nil, warning("Safari")},
		{"another name of the machine", "session", secure, local, other, false, nil, warning("localhost and 127.0.0.1 have separate cookies")},
		{"a script without credentials", "session", secure, local, local, false, []string{"Sec-Fetch-Mode", "cors"}, warning("fetch needs credentials")},
		{"a cookie of another Domain", "session", sessions.Options{Path: "/", Domain: "shop.example"}, local, local, false, nil, warning("set no Domain")},
		{"a prefix that needs Secure", "__Host-session", plain, local, local, false, nil, warning("this prefix")},
		{"a test without a cookie jar", "session", plain, local, local, false, nil, warning("needs a cookie jar")},
		{"a browser that keeps the cookie", "session", secure, local, local, true, nil, nil},
		{"another browser", "session", secure, local, local, false, []string{"User-Agent", "Firefox"}, nil},
		{"another session", "session", secure, local, local, false, []string{"Cookie", "session=another"}, nil},
		{"HTTPS", "session", secure, "https://localhost", "https://localhost", false, nil, nil},
		{"a site on the internet", "session", plain, real, real, false, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			store := cookieStore()
			store.Options(row.options)
			s := siteBehind(t, sessions.Sessions(row.cookie, store), func(s *site) {
				s.lm.Logger = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
			}, nil)
			s.guarded("/page", ginlogin.LoginRequired())
			for range 2 {
				s.visitLocally(row.login, row.page, row.keep, row.header...)
			}
			s.wantsWarning(row.want...)
		})
	}
}

func TestALogoutLosesNoCookie(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	cookies := s.serve(httptest.NewRequest("POST", "http://localhost/login?id=1", nil)).Cookies()
	logout := httptest.NewRequest("POST", "http://localhost/logout", nil)
	for _, c := range cookies {
		logout.AddCookie(c)
	}
	s.serve(logout)
	s.serve(httptest.NewRequest("GET", "http://localhost/page", nil))
	s.wantsWarning()
}

// The visitor gives the password again and again.
func TestALoginFormThatAGuardClosesIsWarnedOfOnce(t *testing.T) {
	for _, row := range []struct {
		name, method, referer string
		want                  []string
	}{
		{"the form of the login page", "POST", "/login?next=%2Fpage", []string{"level=WARN", "a form of a login page", "page=/login", "/enter"}},
		{"a form of another page", "POST", "/cart", nil},
		{"a link of the login page", "GET", "/login", nil},
		{"no Referer", "POST", "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			s.guarded("/enter", ginlogin.LoginRequired())
			for range 2 {
				var header []string
				if row.referer != "" {
					header = []string{"Referer", s.URL + row.referer}
				}
				s.browser().do(row.method, "/enter", append(header, "Accept", acceptHTML)...)
			}
			s.wantsWarning(row.want...)
		})
	}
}
