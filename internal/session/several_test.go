package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"
	gsessions "github.com/gorilla/sessions"
)

// visitNumber says in the tests which of two sessions is newer.
const visitNumber = "visit"

func newerVisit(a, b map[any]any) bool {
	return fmt.Sprint(a[visitNumber]) > fmt.Sprint(b[visitNumber])
}

// choosing makes a page whose session knows which of two is newer.
func (s *site) choosing(path string, answer func(c *gin.Context, v *Session) any) {
	s.page(path, func(c *gin.Context, v *Session) any {
		v.Newer = newerVisit
		return answer(c, v)
	})
}

// visited returns the cookie of a new session with that number.
func (s *site) visited(number string) string {
	s.t.Helper()
	b := s.browser()
	b.get("/app/set?key=" + visitNumber + "&value=" + number)
	return b.cookie()
}

// send requests a page with cookies of the session's name, and returns the response, with its body.
func (s *site) send(path string, values ...string) (*http.Response, string) {
	s.t.Helper()
	req := httptest.NewRequest("GET", s.URL+path, nil)
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, "session="+value)
	}
	req.Header.Set("Cookie", strings.Join(pairs, "; "))
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	res := w.Result()
	return res, w.Body.String()
}

func (s *site) sends(path string, values ...string) string {
	s.t.Helper()
	_, body := s.send(path, values...)
	return body
}

// eachChoosingStore is eachStore without cookiestore, which chooses by itself.
func eachChoosingStore(t *testing.T, test func(t *testing.T, s *site)) {
	eachServerStore(t, test)
	t.Run("cookie store", func(t *testing.T) { test(t, newSite(t, sessions.Sessions("session", cookieStore()))) })
}

func TestOfSeveralSessionsTheNewestIsTheVisitors(t *testing.T) {
	eachChoosingStore(t, func(t *testing.T, s *site) {
		s.choosing("/read", func(c *gin.Context, v *Session) any {
			return fmt.Sprintf("%v %v %v %v", v.Open(c), v.Get(visitNumber), sessions.Default(c).Get(visitNumber), v.Several())
		})
		one, two, three := s.visited("1"), s.visited("2"), s.visited("3")
		for _, row := range []struct {
			name   string
			values []string
			want   string
		}{
			{"the only one", []string{one}, "<nil> 1 1 false"},
			{"the newer one in front", []string{two, one}, "<nil> 2 2 true"},
			{"the newer one behind", []string{one, two}, "<nil> 2 2 true"},
			{"the newest of three", []string{one, three, two}, "<nil> 3 3 true"},
			{"the valid one behind a planted one", []string{"planted", one}, "<nil> 1 1 false"},
			{"the valid one in front of a planted one", []string{one, "planted"}, "<nil> 1 1 false"},
			{"the newest between planted ones", []string{"planted", one, "", two, "planted"}, "<nil> 2 2 true"},
			{"none of planted ones", []string{"planted", "too"}, "<nil>  <nil> false"},
			{"one that a cookie cannot have does not count", []string{`"`, one}, "<nil> 1 1 false"},
			{"the eighth", []string{"1", "2", "3", "4", "5", "6", "7", one}, "<nil> 1 1 false"},
			{"not the ninth", []string{one, "2", "3", "4", "5", "6", "7", "8", two}, "<nil> 1 1 false"},
		} {
			wants(t, row.name, s.sends("/read", row.values...), row.want)
		}
	})
}

func TestOfSessionsThatAreAsNewTheOrderTells(t *testing.T) {
	for _, row := range []struct{ name, path, want string }{
		{"with the Path of the whole site, the one first set last", "/", "c"},
		{"with a longer Path, the one in front", "/app", "a"},
		{"with the folder of the page, the one in front", "", "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rack := newRack()
			options := testOptions()
			options.Path = row.path
			rack.Options(options)
			s := newSite(t, sessions.Sessions("session", rack))
			for _, id := range []string{"a", "b", "c"} {
				rack.rows[id] = map[any]any{visitNumber: "1", "name": id}
			}
			s.choosing("/read", func(c *gin.Context, v *Session) any { _ = v.Open(c); return v.Get("name") })
			s.page("/unknowing", func(c *gin.Context, v *Session) any { _ = v.Open(c); return v.Get("name") })
			wants(t, "as new", s.sends("/read", "a", "b", "c"), row.want)
			wants(t, "not known to differ", s.sends("/unknowing", "a", "b", "c"), row.want)
		})
	}
}

// A shopper is a visitor to https://app.shop.test whose browser may have several cookies of one name.
type shopper struct {
	s   *site
	jar *cookiejar.Jar
}

func (s *site) shopper() *shopper {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &shopper{s, jar}
}

// appPage is a page in the folder of the Path "/app".
var appPage = &url.URL{Scheme: "https", Host: "app.shop.test", Path: "/app/page"}

// keeps gives the browser a cookie of the session's name.
func (v *shopper) keeps(value, domain, path string) *shopper {
	v.jar.SetCookies(appPage, []*http.Cookie{{Name: "session", Value: value, Domain: domain, Path: path, Secure: true}})
	return v
}

// get returns the body of a page.
func (v *shopper) get(page string) string {
	req := httptest.NewRequest("GET", "https://app.shop.test"+page, nil)
	for _, c := range v.jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.s.engine.ServeHTTP(w, req)
	v.jar.SetCookies(req.URL, w.Result().Cookies())
	return w.Body.String()
}

// cookies returns the values of the cookies of the session's name.
func (v *shopper) cookies() (values []string) {
	for _, c := range v.jar.Cookies(appPage) {
		values = append(values, c.Value)
	}
	return values
}

// isServerStore reports whether the test runs with a store that keeps sessions on the server.
func isServerStore(t *testing.T) bool { return !strings.Contains(t.Name(), "/cookie") }

func TestAVisitorWithoutACookieIsSentOne(t *testing.T) {
	for name, store := range map[string]sessions.Store{"a store on the server": newRack(), "cookiestore": cookiestore.NewStore(key("session"))} {
		options := testOptions()
		options.Domain = "shop.test"
		store.Options(options)
		s := newSite(t, sessions.Sessions("session", store))
		s.page("/app/forget", func(c *gin.Context, v *Session) any { return v.Update(c, Forget, set("k", "v")) })
		req := httptest.NewRequest("GET", "https://shop.test/app/forget", nil)
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, req)
		wants(t, name+": Set-Cookie lines", len(w.Result().Cookies()), 1)
	}
}

func TestTheAppSavesTheSessionThatCounts(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.choosing("/app/add", func(c *gin.Context, v *Session) any {
			return errors.Join(v.Open(c), appSet(c, "cart", "book"), appSet(c, "more", "pen"))
		})
		one, two := s.visited("1"), s.visited("2")
		b := s.shopper().keeps(one, "", "/").keeps(two, "shop.test", "/")
		wants(t, "add", b.get("/app/add"), "<nil>")
		read := func(key string) string { return b.get("/app/get?key=" + key) }
		wants(t, "the session", read(visitNumber)+read("cart")+read("more"), "2bookpen")
		wants(t, "cookies", len(b.cookies()), 1)
	})
}

func TestASessionThatTheAppHasSavedIsNotExchanged(t *testing.T) {
	eachChoosingStore(t, func(t *testing.T, s *site) {
		s.choosing("/app/both", func(c *gin.Context, v *Session) any {
			return fmt.Sprintf("%v %v %v%v %v %v", appSet(c, "cart", "book"), v.Open(c), v.Get(visitNumber), v.Get("cart"), v.Several(), v.Update(c, Keep, set("k", "v")))
		})
		wants(t, "update", s.sends("/app/both", s.visited("1"), s.visited("2")), "<nil> <nil> 1book false <nil>")
	})
}

func TestTheSessionIsChosenOnceInARequest(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	rack.rows["a"], rack.rows["b"] = map[any]any{visitNumber: "1"}, map[any]any{visitNumber: "2"}
	s.choosing("/both", func(c *gin.Context, outer *Session) any {
		inner := Of(c, "")
		opened := fmt.Sprintf("%v %v %v %v", outer.Open(c), inner.Open(c), inner.Get(visitNumber), inner.Several())
		return fmt.Sprintf("%s %v %v", opened, inner.Update(c, Keep, set("k", "v")), outer.Update(c, Keep, set("k", "w")))
	})
	wants(t, "both", s.sends("/both", "a", "b"), "<nil> <nil> 2 true <nil> <nil>")
	reads, saves := rack.counts()
	wants(t, "reads: one by the app, one of each cookie", reads, 3)
	wants(t, "saves: the session twice, and once the end of the other", saves, 3)
	wants(t, "the other one", rack.row("a") == nil, true)
}

// After a change of Domain or Path a store on the server may have one session under two cookies.
func TestTwoCookiesOfOneSessionAreOneSession(t *testing.T) {
	rack := newRack()
	rack.byIsNew = true
	s := newSite(t, sessions.Sessions("session", rack))
	rack.rows["a"] = map[any]any{visitNumber: "1"}
	s.choosing("/update", func(c *gin.Context, v *Session) any {
		return fmt.Sprint(v.Update(c, Keep, set("k", "v")), " ", v.Several())
	})
	wants(t, "update", s.sends("/update", "a.1", "a.2"), "<nil> true")
	wants(t, "the session", fmt.Sprint(rack.row("a")["k"], rack.size()), "v1")
}

// Otherwise an attacker who planted the IDs would share the session (session fixation).
func TestOfSeveralUnknownIDsNoneIsTaken(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.choosing("/update", func(c *gin.Context, v *Session) any { return v.Update(c, Keep, set("k", "v")) })
	wants(t, "update", s.sends("/update", "planted", "too"), "<nil>")
	wants(t, "sessions under the planted IDs", len(rack.row("planted"))+len(rack.row("too")), 0)
	wants(t, "sessions", rack.size(), 1)
}

func TestADoubledCookieIsOne(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.choosing("/read", func(c *gin.Context, v *Session) any { return fmt.Sprint(v.Open(c), v.Get(visitNumber), v.Several()) })
		one := s.visited("1")
		wants(t, "read", s.sends("/read", one, one), "<nil>1false")
	})
}

func TestAnOutageAmongSeveralCookiesIsAnOutage(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	rack.rows["a"], rack.rows["b"] = map[any]any{visitNumber: "1"}, map[any]any{visitNumber: "2"}
	s.choosing("/open", func(c *gin.Context, v *Session) any {
		return fmt.Sprint(errors.Is(v.Open(c), errStoreDown), " ", v.Several(), " ", errors.Is(v.Update(c, Keep, set("k", "v")), errStoreDown))
	})
	for i, errs := range [][]error{{nil, errStoreDown}, {nil, nil, errStoreDown}} {
		rack.nextReadsFail(errs...)
		wants(t, fmt.Sprint("outage ", i), s.sends("/open", "a", "b"), "true false true")
	}
	wants(t, "after it", s.sends("/open", "a", "b"), "false true false")
}

// What is proven of a store holds for each request, whatever cookies it brings: otherwise the process
// would remember every request.
func TestAStoreIsProvenOnceWhateverCookiesCome(t *testing.T) {
	rack := newRack()
	options := testOptions()
	options.MaxAge = 0
	rack.Options(options)
	s := newSite(t, sessions.Sessions("session", rack))
	s.choosing("/update", func(c *gin.Context, v *Session) any { return v.Update(c, Keep, set("k", "v")) })
	for range 3 {
		rack.rows["a"], rack.rows["b"] = map[any]any{visitNumber: "1"}, map[any]any{visitNumber: "2"}
		wants(t, "update", s.sends("/update", "a", "b"), "<nil>")
	}
	count := 0
	proven.Range(func(key, _ any) bool {
		if odd := key.(oddity); odd.store == gsessions.Store(rack) {
			count++
		} else if _, ours := odd.store.(repeatable); ours {
			t.Error("a store made for one request is remembered")
		}
		return true
	})
	wants(t, "times that the store is remembered", count, 1)
}

// cookiestore knows when each session was saved, whatever logins say.
func TestCookiestoreChoosesByItself(t *testing.T) {
	store := cookiestore.NewStore(key("session"))
	for name, middleware := range map[string]gin.HandlerFunc{
		"cookiestore.Sessions": cookiestore.Sessions("session", store),
		"sessions.Sessions":    sessions.Sessions("session", store),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, middleware)
			s.choosing("/read", func(c *gin.Context, v *Session) any {
				return fmt.Sprintf("%v %v %v %v", v.Open(c), v.Get(visitNumber), sessions.Default(c).Get(visitNumber), v.Several())
			})
			two, one := s.visited("2"), s.visited("1")
			wants(t, "saved last", s.sends("/read", two, one), "<nil> 1 1 true")
			wants(t, "beside a planted one", s.sends("/read", "planted", two), "<nil> 2 2 false")
			wants(t, "alone", s.sends("/read", two), "<nil> 2 2 false")
		})
	}
}

func TestASessionOfTheAppsOwnMakingHasOneCookie(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		s.choosing("/read", func(c *gin.Context, v *Session) any {
			return fmt.Sprint(v.Several(), v.Update(c, Forget, set("k", "v")))
		})
		wants(t, "read", s.sends("/read", "a", "b"), "false <nil>")
	})
}
