package cookiestore

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func TestOfSeveralSessionsTheOneSavedLastCounts(t *testing.T) {
	store := NewStore(testKey)
	store.MigrateFrom(oldAuth)
	clock := withClock(store)
	clock.Time = time.Now() // which the old store knows, too
	start := clock.Time
	at := func(age time.Duration, name string) *http.Cookie {
		clock.Time = start.Add(-age)
		defer func() { clock.Time = start }()
		return issue(t, store, "session", map[any]any{"name": name})
	}
	ada, carol, bob, same := at(time.Hour, "ada"), at(time.Minute, "carol"), at(time.Second, "bob"), at(time.Second, "same")
	expired, ahead := at(31*day, "expired"), at(-25*time.Hour, "ahead")
	forged := &http.Cookie{Name: "session", Value: "forged"}
	old := &http.Cookie{Name: "session", Value: oldCookieFrom(t, start)}
	for _, row := range []struct {
		name    string
		path    string
		cookies []*http.Cookie
		want    string
		several bool
	}{
		{"one", "/", []*http.Cookie{bob}, "bob", false},
		{"the later one behind", "/", []*http.Cookie{ada, bob}, "bob", true},
		{"the later one in front", "/", []*http.Cookie{bob, ada}, "bob", true},
		{"the latest of three", "/", []*http.Cookie{ada, bob, carol}, "bob", true},
		{"one that was doubled is one", "/", []*http.Cookie{ada, ada}, "ada", false},
		{"of one second the one first set later", "/", []*http.Cookie{bob, same}, "same", true},
		{"of one second with a longer Path the one in front", "/app", []*http.Cookie{bob, same}, "bob", true},
		{"an expired one does not count", "/", []*http.Cookie{expired, ada}, "ada", false},
		{"one from far ahead does not count", "/", []*http.Cookie{ada, ahead}, "ada", false},
		{"a forged one does not count", "/", []*http.Cookie{forged, ada, forged}, "ada", false},
		{"one of the old store is older", "/", []*http.Cookie{old, ada, old}, "ada", true},
		{"one of the old store alone", "/", []*http.Cookie{forged, old}, "ada", false},
		{"the fifth is not looked at", "/", []*http.Cookie{ada, forged, forged, forged, bob}, "ada", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			store.Options(sessions.Options{Path: row.path, Secure: true})
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				engine := gin.New()
				engine.GET("/", use("session", store), func(c *gin.Context) {
					session := sessions.Default(c)
					name := session.Get("name")
					several := store.Several(c.Request, "session")
					if ours, ok := session.(*Session); ok && ours.Several() != several {
						t.Error("the session and the store disagree")
					}
					c.String(http.StatusOK, "%v %v", name, several)
				})
				req := httptest.NewRequest("GET", "/", nil)
				for _, c := range row.cookies {
					req.AddCookie(c)
				}
				w := httptest.NewRecorder()
				engine.ServeHTTP(w, req)
				if got, want := w.Body.String(), fmt.Sprint(row.want, " ", row.several); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}

// A shopper is a visitor to https://app.shop.test/area, with a browser's cookies.
type shopper struct {
	engine *gin.Engine
	jar    *cookiejar.Jar
}

var area = &url.URL{Scheme: "https", Host: "app.shop.test", Path: "/area/page"}

// newShopper has a browser with cookies, each behind its Domain and Path.
func newShopper(engine *gin.Engine, kept map[[2]string]string) *shopper {
	v := &shopper{engine: engine}
	v.jar, _ = cookiejar.New(nil)
	for where, value := range kept {
		v.jar.SetCookies(area, []*http.Cookie{{Name: "session", Value: value, Domain: where[0], Path: where[1], Secure: true}})
	}
	return v
}

func (v *shopper) get(path string) string {
	req := httptest.NewRequest("GET", "https://app.shop.test"+path, nil)
	for _, c := range v.jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.engine.ServeHTTP(w, req)
	v.jar.SetCookies(req.URL, w.Result().Cookies())
	return w.Body.String()
}

func TestASaveLeavesTheCookiesThatItShould(t *testing.T) {
	store := NewStore(testKey)
	clock := withClock(store)
	ada := issue(t, store, "session", map[any]any{"name": "ada"}).Value
	clock.Time = clock.Add(time.Hour)
	bob := issue(t, store, "session", map[any]any{"name": "bob"}).Value
	clock.Time = clock.Add(time.Hour)

	pages := map[string]func(s sessions.Session) error{
		"/area/set":    func(s sessions.Session) error { s.Set("cart", "book"); return s.Save() },
		"/area/clear":  func(s sessions.Session) error { s.Clear(); return s.Save() },
		"/area/end":    func(s sessions.Session) error { s.Options(sessions.Options{MaxAge: -1}); return s.Save() },
		"/area/again":  func(s sessions.Session) error { s.Clear(); _ = s.Save(); s.Set("cart", "book"); return s.Save() },
		"/area/unsaid": func(s sessions.Session) error { return s.Save() },
	}
	type where = [2]string
	for _, row := range []struct {
		name, page string
		kept       map[where]string
		want       string // the name, the cart, the number of cookies
	}{
		{"of several, the one it sets", "/area/set", map[where]string{{"", "/"}: ada, {"shop.test", "/area"}: bob}, "bob book 1"},
		{"of several, none after a Clear", "/area/clear", map[where]string{{"", "/"}: ada, {"shop.test", "/area"}: bob}, "<nil> <nil> 0"},
		{"of several, none after a deletion", "/area/end", map[where]string{{"", "/area/"}: ada, {"app.shop.test", "/"}: bob}, "<nil> <nil> 0"},
		{"of several, the one saved after a Clear", "/area/again", map[where]string{{"", "/"}: ada, {"shop.test", "/area"}: bob}, "<nil> book 1"},
		{"of several, all when nothing was changed", "/area/unsaid", map[where]string{{"", "/"}: ada, {"shop.test", "/"}: bob}, "bob <nil> 2"},
		{"of one with another Domain, none after a Clear", "/area/clear", map[where]string{{"shop.test", "/"}: ada}, "<nil> <nil> 0"},
		{"of one with another Path, none after a Clear", "/area/clear", map[where]string{{"", "/area"}: ada}, "<nil> <nil> 0"},
		{"of one with another Domain, none after a deletion", "/area/end", map[where]string{{"app.shop.test", "/area"}: ada}, "<nil> <nil> 0"},
		{"another app's of the same name after a Clear", "/area/clear", map[where]string{{"", "/"}: ada, {"shop.test", "/"}: "theirs"}, "<nil> <nil> 1"},
		{"another app's of the same name after a Set", "/area/set", map[where]string{{"", "/"}: ada, {"shop.test", "/"}: "theirs"}, "ada book 2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				engine := gin.New()
				engine.Use(use("session", store))
				for path, work := range pages {
					engine.GET(path, func(c *gin.Context) { c.String(http.StatusOK, saved(work(sessions.Default(c)))) })
				}
				engine.GET("/area/read", func(c *gin.Context) {
					s := sessions.Default(c)
					c.String(http.StatusOK, "%v %v", s.Get("name"), s.Get("cart"))
				})
				v := newShopper(engine, row.kept)
				if got := v.get(row.page); got != "saved" {
					t.Fatal(got)
				}
				if got := fmt.Sprint(v.get("/area/read"), " ", len(v.jar.Cookies(area))); got != row.want {
					t.Errorf("got %s, want %s", got, row.want)
				}
			})
		})
	}
}

func TestDeleteOthersHoldsForTheRestOfTheRequest(t *testing.T) {
	store := NewStore(testKey)
	engine := gin.New()
	engine.Use(Sessions("session", store))
	engine.GET("/area/rest", func(c *gin.Context) {
		s := sessions.Default(c).(*Session)
		s.Delete("name")
		s.Set("rest", 1)
		s.DeleteOthers()
		_ = s.Save()
		s.Set("notice", "logged out")
		c.String(http.StatusOK, saved(s.Save()))
	})
	ada := issue(t, store, "session", map[any]any{"name": "ada"}).Value
	for _, kept := range []map[[2]string]string{
		{{"shop.test", "/"}: ada}, {{"", "/area"}: ada}, {{"", "/"}: ada},
	} {
		v := newShopper(engine, kept)
		if got := v.get("/area/rest"); got != "saved" {
			t.Error(got)
		}
		cookies := v.jar.Cookies(area)
		if len(cookies) != 1 || opens(store, "session", cookies[0].Value)["notice"] != "logged out" {
			t.Errorf("kept %v, left %d cookies", kept, len(cookies))
		}
	}
	v := newShopper(engine, nil)
	req := httptest.NewRequest("GET", "https://app.shop.test/area/rest", nil)
	w := httptest.NewRecorder()
	v.engine.ServeHTTP(w, req)
	if lines := w.Result().Header["Set-Cookie"]; len(lines) != 1 {
		t.Errorf("a browser without cookies gets %q", lines)
	}
}

func TestTheNameInAnotherCookieIsNoSecondSession(t *testing.T) {
	store := NewStore(testKey)
	one := issue(t, store, "session", map[any]any{"name": "ada"})
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("Cookie", "session2="+one.Value+"; session="+one.Value+"; x=session="+one.Value)
	if store.Several(req, "session") {
		t.Error("one session is several")
	}
}
