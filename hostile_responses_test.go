package ginlogin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// lands returns where a browser ends that follows the Location of an answer from
// https://shop.example, by the rules of the URL standard that matter here.
func lands(t *testing.T, location string) string {
	t.Helper()
	location = strings.Trim(location, " \t\r\n\x00")
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(location)
	base, _ := url.Parse("https://shop.example/login")
	target, err := base.Parse(location)
	if err != nil {
		return "nowhere"
	}
	if strings.HasPrefix(location, "///") || target.Host == "" {
		return "elsewhere"
	}
	return target.Scheme + "://" + target.Host
}

func TestASmuggledNextLeadsNowhereElse(t *testing.T) {
	targets := []string{
		"https://evil.example", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `\/\/evil.example`, `/\/evil.example`,
		"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example", "//evil.example\x00", "/%09/evil.example",
		"https:evil.example", "https:/evil.example", "https:///evil.example", "HTTPS://EVIL.EXAMPLE", "http:\\\\evil.example", "ht\ttps://evil.example",
		"//shop.example@evil.example", "//shop.example:pw@evil.example/", "//evil.example#shop.example", "//evil.example?shop.example", "//evil.example\\shop.example",
		"//evil。example", "//evil%E3%80%82example", "//shop.example.evil.example", "//shop.exampl", "//xn--shop-.example",
		"/..//evil.example", "/./\\evil.example", "/a/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example", "/%2F/evil.example", "/%5cevil.example",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "blob:https://shop.example/x",
		"/ok\r\nSet-Cookie: evil=1", "/ok\r\n\r\n<script>", "/ok%0d%0aSet-Cookie:%20evil=1", "//[::1]", "//127.0.0.1", "//0x7f.1", "//", "https://", "?//evil.example", "#//evil.example",
	}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	s.engine.POST("/enter", func(c *gin.Context) {
		if err := ginlogin.Login(c, s.users.get("1")); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/start"))
	})
	s.engine.GET("/pages/*rest", ginlogin.LoginRequired(), answerOK)
	check := func(how, target string, rep reply) {
		t.Helper()
		wants(t, how+", status", rep.StatusCode, http.StatusSeeOther)
		location := rep.Header.Get("Location")
		if to := lands(t, location); to != "https://shop.example" {
			t.Errorf("%s: %q leads to %q, that is %s", how, target, location, to)
		}
		for _, c := range rep.Cookies() {
			if c.Name != "session" && c.Name != "remember_token" {
				t.Errorf("%s: %q sets the cookie %s", how, target, c.Name)
			}
		}
	}
	post := func(b *browser, path, body string) reply {
		return exchange(b, "POST", path, body, func(*http.Request) {})
	}
	for _, target := range targets {
		escaped := url.QueryEscape(target)
		check("query", target, post(s.browser(), "/enter?next="+escaped, ""))
		check("form", target, post(s.browser(), "/enter", "next="+escaped))
		check("query before an honest form", target, post(s.browser(), "/enter?next="+escaped, "next=/ok"))
		check("form behind an honest query", target, post(s.browser(), "/enter?next=/ok", "next="+escaped))
		check("two in the query", target, post(s.browser(), "/enter?next=/ok&next="+escaped, ""))
		check("behind an empty one", target, post(s.browser(), "/enter?next=&next="+escaped, "next="+escaped))

		// The session gets what a guard was asked for, or what the app put there.
		planted := s.browser()
		planted.post("/data?key=next&value=" + escaped)
		check("session", target, post(planted, "/enter", ""))
	}
	for _, path := range []string{"//evil.example/", "///evil.example", "/pages//evil.example", "/pages/..//evil.example", `/pages/\evil.example`, "/pages/%0d%0aSet-Cookie:%20evil=1", "/pages/?next=//evil.example"} {
		asked := s.browser()
		req, err := http.NewRequest("GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = path
		if res, err := asked.Do(req); err == nil {
			res.Body.Close()
			check("guarded path", path, post(asked, "/enter", ""))
		}
	}
	wants(t, "an honest one", post(s.browser(), "/enter?next=/ok", "").Header.Get("Location"), "/ok")
}

func TestASpoofedHostLeadsNowhereElse(t *testing.T) {
	spoofs := map[string]func(*http.Request){
		"Host":                  func(r *http.Request) { r.Host = "evil.example" },
		"Host with a port":      func(r *http.Request) { r.Host = "evil.example:443" },
		"Host with a user":      func(r *http.Request) { r.Host = "shop.example@evil.example" },
		"X-Forwarded-Host":      func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example") },
		"Forwarded":             func(r *http.Request) { r.Header.Set("Forwarded", "host=evil.example;proto=http") },
		"X-Original-URL":        func(r *http.Request) { r.Header.Set("X-Original-URL", "//evil.example/") },
		"X-Rewrite-URL":         func(r *http.Request) { r.Header.Set("X-Rewrite-URL", "//evil.example/") },
		"X-HTTP-Host-Override":  func(r *http.Request) { r.Header.Set("X-HTTP-Host-Override", "evil.example") },
		"a page of htmx's":      func(r *http.Request) { htmx(r, "https://evil.example/page") },
		"Host and htmx's page":  func(r *http.Request) { r.Host = "evil.example"; htmx(r, "https://evil.example/page") },
		"a script of htmx's":    func(r *http.Request) { htmx(r, "javascript:alert(1)") },
		"a path of htmx's":      func(r *http.Request) { htmx(r, "//evil.example/page") },
		"a Referer":             func(r *http.Request) { r.Header.Set("Referer", "https://evil.example/") },
		"a target with a host":  func(r *http.Request) { r.RequestURI, r.URL.Host = "https://evil.example/secret", "evil.example" },
		"a target without path": func(r *http.Request) { r.RequestURI = "*" },
	}
	for _, view := range []string{"/login", "https://sso.example/login"} {
		for _, forced := range []string{"", "shop.example"} {
			for _, inSession := range []bool{false, true} {
				s := newSite(t, cookieStore(), func(s *site) {
					s.lm.LoginView, s.lm.ForceHost, s.lm.UseSessionForNext = view, forced, inSession
				})
				for name, spoof := range spoofs {
					what := fmt.Sprintf("%s, view %s, ForceHost %q, session %v", name, view, forced, inSession)
					req := httptest.NewRequest("GET", "https://shop.example/secret", nil)
					spoof(req)
					res := s.serve(req)
					target := res.Header.Get("Location") + res.Header.Get("HX-Redirect")
					if target == "" {
						t.Errorf("%s: answered %s", what, res.Status)
						continue
					}
					u, err := url.Parse(target)
					if err != nil {
						t.Errorf("%s: sent to %q", what, target)
						continue
					}
					if u.Host != "" && u.Host != "sso.example" && u.Host != forced {
						t.Errorf("%s: sent to %q", what, target)
					}
					// A login page on another site sends the visitor back to next. Without
					// ForceHost next has the requested host, forged or not: the page there
					// has to know the hosts that it serves.
					next := u.Query().Get("next")
					if strings.Contains(next, "evil") && (forced != "" || view == "/login") {
						t.Errorf("%s: next is %q", what, next)
					}
				}
			}
		}
	}
}

func htmx(r *http.Request, page string) {
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Current-URL", page)
}

func TestRequestsFromOtherSitesComeWithoutOurCookies(t *testing.T) {
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		s := newSite(t, store, nil)
		rep := s.browser().do("POST", "/login?id=1&remember=1")
		wants(t, name+": cookies", len(rep.Cookies()), 2)
		for _, c := range rep.Cookies() {
			wants(t, name+": "+c.Name+", SameSite", c.SameSite, http.SameSiteLaxMode)
			wants(t, name+": "+c.Name+", HttpOnly", c.HttpOnly, true)
			wants(t, name+": "+c.Name+", Secure", c.Secure, true)
			wants(t, name+": "+c.Name+", Domain", c.Domain, "")
		}
	}
}

// Browsers accept a cookie whose name begins with __Host- only if it is Secure, has the
// Path / and no Domain, so that other subdomains cannot plant one. The same holds for
// its deletion.
func TestCookiesOfTheHostPrefixKeepItsPromise(t *testing.T) {
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		s := siteBehind(t, sessions.Sessions("__Host-session", store), func(s *site) { s.lm.Remember.Name = "__Host-remember" }, nil)
		b := s.browser()
		for _, path := range []string{"/login?id=1&remember=1", "/logout?clear=1"} {
			rep := b.do("POST", path)
			wants(t, name+" "+path+": cookies", len(rep.Cookies()), 2)
			for _, c := range rep.Cookies() {
				isHost := strings.HasPrefix(c.Name, "__Host-") && c.Secure && c.Path == "/" && c.Domain == ""
				wants(t, name+" "+path+": "+c.Raw, isHost, true)
			}
		}
	}
}

// The attacker's page posts the attacker's own credentials (login CSRF): the visitor
// would go on as the attacker, and type a credit card into that account. No cookie
// attribute helps, because the request needs no cookie.
func TestALoginFromACrossSiteFormIsRefused(t *testing.T) {
	for _, store := range []func() sessions.Store{cookieStore, memStore} {
		s := newSite(t, store(), nil)
		victim := s.browser()
		wants(t, "an honest login", victim.post("/login?id=1", "Origin", s.URL, "Sec-Fetch-Site", "same-origin"), "200 /")
		rep := victim.crossSite("/login?id=2&remember=1")
		wants(t, "the error", rep.body, ginlogin.ErrCrossSite.Error())
		wantsNoCookies(t, "the answer", rep)
		wants(t, "the user", victim.get("/whoami"), "200 user 1")
	}
}

func TestALogoutFromACrossSiteFormChangesNothing(t *testing.T) {
	for _, store := range []sessions.Store{cookieStore(), memStore()} {
		for _, path := range []string{"/logout", "/logout?clear=1"} {
			s := newSite(t, store, func(s *site) { s.lm.Logins = newShelf() }) // and without CrossOriginProtection
			victim := s.browser()
			victim.post("/login?id=1&remember=1")
			// Another cookie may come: Firefox and Safari take one without SameSite for SameSite=None.
			for _, others := range []string{"", "_ga=GA1.1.1"} {
				rep := s.browser().do("POST", path, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Cookie", others)
				wants(t, "answer", rep.body, "ok")
				wants(t, "cookies that it sets or deletes", len(rep.Header["Set-Cookie"]), 0)
			}
			victim.crossSite(path)
			wants(t, "the victim", victim.get("/vault"), "200 vault")
			wants(t, "the remember cookie", victim.restore(), "200 user 1")
		}
	}
}

// A form on another site posts to a guarded page, without our cookies. If the guard
// flashed its message into a new session, the cookie of that session would replace the
// visitor's: another site could log the visitor out.
func TestACrossSitePostToAGuardedPageDoesNotReplaceTheSession(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	victim := s.browser()
	victim.post("/login?id=1")
	wants(t, "sent to", victim.crossSite("/secret").Header.Get("Location"), "/login")
	wants(t, "the victim", victim.get("/whoami"), "200 user 1")
}

// As a login page does for a wrong password.
func TestAMessageForACrossSitePostDoesNotReplaceTheSession(t *testing.T) {
	for _, store := range []sessions.Store{cookieStore(), memStore()} {
		s := newSite(t, store, nil)
		victim, stranger := s.browser(), s.browser()
		victim.post("/login?id=1")
		const wrong = "/flash?category=error&message=wrong"
		wants(t, "answer", victim.crossSite(wrong).body, "ok")
		wants(t, "the victim", victim.get("/whoami"), "200 user 1")
		wants(t, "a post of the site's own", stranger.post(wrong, "Sec-Fetch-Site", "same-origin"), "200 ok")
		wants(t, "its message", stranger.get("/flashes"), "200 [{error wrong}] <nil>")
		// A session that is SameSite=None comes with the post, and keeps the message.
		session := "session=" + victim.cookie("session")
		rep := victim.do("POST", wrong, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Cookie", session)
		wants(t, "answer", rep.body, "ok")
		wants(t, "its message", victim.get("/flashes"), "200 [{error wrong}] <nil>")
	}
}

func TestNoCookieValueIsInAURLOrAPage(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&fresh=0&remember=1")
	for _, path := range []string{"/whoami", "/home", "/secret", "/vault", "/userid", "/devices", "/flashes"} {
		for _, header := range [][]string{nil, {"Accept", "application/json"}, {"HX-Request", "true"}} {
			rep := b.do("GET", path, header...)
			values := []string{b.cookie("session"), b.cookie("remember_token")}
			rep.Header.Del("Set-Cookie")
			for _, value := range values {
				if text := fmt.Sprint(rep.Header, rep.body); value == "" || strings.Contains(text, value) {
					t.Errorf("%s shows the cookie %q: %s", path, value, text)
				}
			}
		}
	}
}

func TestNothingSplitsAResponse(t *testing.T) {
	const evil = "x\r\nEvil: yes\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>\x00"
	s := newSite(t, cookieStore(), func(s *site) {
		s.users.rows[evil] = &account{ID: evil, Name: evil}
		s.lm.LoginMessage, s.lm.LoginMessageCategory = evil, evil
		s.lm.Localize = func(_ *gin.Context, message string) string { return message + evil }
		s.lm.Identifier = func(*gin.Context) string { return evil }
		s.lm.UseSessionForNext = true
	})
	s.engine.GET("/link", func(c *gin.Context) { c.Header("Link", ginlogin.LoginURL(c, "/login", c.Query("next"))) })
	escaped := url.QueryEscape(evil)
	b := s.browser()
	check := func(rep reply) reply {
		t.Helper()
		wants(t, "Evil", rep.Header.Get("Evil"), "")
		for _, c := range rep.Cookies() {
			if c.Name != "session" && c.Name != "remember_token" {
				t.Errorf("%s sets the cookie %q", rep.Request.URL.Path, c.Name)
			}
		}
		return rep
	}
	check(b.do("GET", "/secret"))
	check(b.do("GET", "/secret", "HX-Request", "true", "HX-Current-URL", s.URL+"/%0d%0aEvil:%20yes"))
	wants(t, "flashes", strings.Contains(check(b.do("GET", "/flashes")).body, "Evil: yes"), true)
	wants(t, "login", check(b.do("POST", "/login?remember=1&id="+escaped)).StatusCode, http.StatusOK)
	wants(t, "user", check(b.do("GET", "/whoami")).body, "user "+evil)
	check(b.do("POST", "/flash?category="+escaped+"&message="+escaped))
	check(b.do("GET", "/home"))
	wants(t, "restored", b.restore(), "200 user "+evil)
	check(b.do("GET", "/link?next="+escaped))
	check(b.do("POST", "/confirm?next="+escaped))
	check(b.do("POST", "/logout"))

	for name, make := range map[string]func(){
		"LoginView":           func() { ginlogin.LoginView("/login\r\nEvil: yes") },
		"RefreshView":         func() { ginlogin.RefreshView("https://sso.example/\r\nEvil: yes") },
		"a view of a manager": func() { lm := ginlogin.New(s.users.find); lm.LoginView = "/\r\nEvil: yes"; lm.Middleware() },
		"CacheControl":        func() { lm := ginlogin.New(s.users.find); lm.CacheControl = "no-store\r\nEvil: yes"; lm.Middleware() },
		"ForceHost":           func() { lm := ginlogin.New(s.users.find); lm.ForceHost = "shop.example\r\nEvil: yes"; lm.Middleware() },
		"a cookie's name":     func() { lm := ginlogin.New(s.users.find); lm.Remember.Name = "x\r\nEvil: yes"; lm.Middleware() },
		"a cookie's domain":   func() { lm := ginlogin.New(s.users.find); lm.Remember.Domain = "x\r\nEvil: yes"; lm.Middleware() },
		"a cookie's path":     func() { lm := ginlogin.New(s.users.find); lm.Remember.Path = "/\r\nEvil: yes"; lm.Middleware() },
	} {
		wants(t, name+" panics when it is set", strings.HasPrefix(panicText(make), "ginlogin: "), true)
	}
}

func TestAnAuditLogIsNotForged(t *testing.T) {
	const evil = "1\nlevel=INFO msg=user_logged_in user=admin"
	s, _ := newStoredSite(t, func(s *site) {
		s.users.rows[evil] = &account{ID: evil}
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
		s.engine.TrustedPlatform = "X-Client" // whatever that says is the address
	})
	b := s.browser()
	b.agent = "agent user=admin"
	req := httptest.NewRequest("POST", "https://shop.example/login?remember=1&id="+url.QueryEscape(evil), nil)
	req.Header["X-Client"] = []string{"192.0.2.1\nlevel=INFO msg=user_logged_in user=admin"}
	wants(t, "login", s.serve(req).StatusCode, http.StatusOK)
	text := s.logged()
	wants(t, "lines", strings.Count(text, "\n"), 1)
	wants(t, "is the user quoted", strings.Contains(text, `user="1\nlevel`), true)
	wants(t, "is the address quoted", strings.Contains(text, `address="192.0.2.1\nlevel`), true)
}

// A page that shows the user's ID must not be shown to another visitor from a cache.
func TestAPageThatAsksOnlyForTheUserIDIsPrivate(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	rep := b.do("GET", "/userid")
	wants(t, "body", rep.body, `"1" true`)
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
}

// A URL that is too long for the session is the visitor's doing. It must not put an
// error into the log at every request.
func TestAVisitorDoesNotFillTheLogWithLongURLs(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	b := s.browser()
	wants(t, "sent to", b.do("GET", "/secret?"+strings.Repeat("x", 5000)).Header.Get("Location"), "/login")
	wants(t, "logged", s.logged(), "")
	wants(t, "the message", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
}
