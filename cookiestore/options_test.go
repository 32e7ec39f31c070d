package cookiestore

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// attributes are those of the one Set-Cookie line of a response.
func attributes(t *testing.T, res *http.Response) http.Cookie {
	t.Helper()
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %q", len(cookies), res.Header["Set-Cookie"])
	}
	c := *cookies[0]
	c.Name, c.Value, c.Raw, c.RawExpires = "", "", "", ""
	return c
}

func saveWith(t *testing.T, use func(string, *Store) gin.HandlerFunc, store *Store, own *sessions.Options) http.Cookie {
	t.Helper()
	s := newSite(t, use("session", store))
	s.on("/", func(_ *gin.Context, session sessions.Session) string {
		session.Set("a", 1)
		if own != nil {
			session.Options(*own)
		}
		return saved(session.Save())
	})
	return attributes(t, s.wants("/", "saved"))
}

func equalAttributes(a, b http.Cookie) bool {
	return a.Path == b.Path && a.Domain == b.Domain && a.MaxAge == b.MaxAge && a.Secure == b.Secure &&
		a.HttpOnly == b.HttpOnly && a.SameSite == b.SameSite && a.Partitioned == b.Partitioned
}

func TestTheDefaultCookieIsASafeOne(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		got := saveWith(t, use, NewStore(testKey), nil)
		want := http.Cookie{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
		if !equalAttributes(got, want) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTheDefaultSessionEndsWithTheBrowserAndAfterThirtyDays(t *testing.T) {
	store := NewStore(testKey)
	c := withClock(store)
	line, err := store.sealLine("session", map[any]any{"a": 1}, store.attributes())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(line, "Max-Age") || strings.Contains(line, "Expires") {
		t.Errorf("the browser keeps it: %s", line)
	}
	value := valueOf(line)
	c.Time = c.Add(30 * day)
	if opens(store, "session", value) == nil {
		t.Error("it has ended by day 30")
	}
	c.Time = c.Add(time.Second)
	if opens(store, "session", value) != nil {
		t.Error("it lives on after day 30")
	}
}

func TestAPartitionedCookieStaysPartitioned(t *testing.T) {
	lax, none := http.SameSiteLaxMode, http.SameSiteNoneMode
	embedded := sessions.Options{Secure: true, HttpOnly: true, SameSite: none}
	for name, row := range map[string]struct {
		store, session *sessions.Options
		want           http.Cookie
	}{
		"with the defaults":          {nil, nil, http.Cookie{Path: "/", Secure: true, HttpOnly: true, SameSite: lax, Partitioned: true}},
		"with SameSite=None":         {&embedded, nil, http.Cookie{Path: "/", Secure: true, HttpOnly: true, SameSite: none, Partitioned: true}},
		"with the session's options": {&embedded, &sessions.Options{MaxAge: 60}, http.Cookie{Path: "/", MaxAge: 60, Secure: true, HttpOnly: true, SameSite: none, Partitioned: true}},
		"when it is deleted":         {&embedded, &sessions.Options{MaxAge: -1}, http.Cookie{Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: none, Partitioned: true}},
	} {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				store := NewStore(testKey)
				store.Partitioned = true
				if row.store != nil {
					store.Options(*row.store)
				}
				if got := saveWith(t, use, store, row.session); !equalAttributes(got, row.want) {
					t.Errorf("got %+v\nwant %+v", got, row.want)
				}
			})
		})
	}
}

func TestAPartitionedCookieHasToBeSecure(t *testing.T) {
	const refusal = "cookiestore: browsers refuse Partitioned without Secure: set Secure"
	store := NewStore(testKey)
	store.Partitioned = true
	store.Options(sessions.Options{})
	mustPanic(t, refusal, func() { Sessions("session", store) })

	s := newSite(t, sessions.Sessions("session", store)).withLogin()
	if res := s.wants("/login", refusal); len(res.Cookies()) > 0 {
		t.Errorf("got %q", res.Header["Set-Cookie"])
	}
	s.on("/secure", func(_ *gin.Context, session sessions.Session) string {
		session.Set("name", "ada")
		session.Options(sessions.Options{Secure: true})
		return saved(session.Save())
	})
	s.wants("/secure", "saved")
}

func TestHalfFilledOptionsKeepTheCookieSafe(t *testing.T) {
	lax, strict := http.SameSiteLaxMode, http.SameSiteStrictMode
	for name, row := range map[string]struct {
		store, session *sessions.Options
		want           http.Cookie
	}{
		"the store's with nothing":     {&sessions.Options{}, nil, http.Cookie{Path: "/", SameSite: lax}},
		"the store's with a MaxAge":    {&sessions.Options{MaxAge: 60}, nil, http.Cookie{Path: "/", MaxAge: 60, SameSite: lax}},
		"the store's, filled":          {&sessions.Options{Path: "/a", Domain: "example.com", MaxAge: 5, Secure: true, HttpOnly: true, SameSite: strict}, nil, http.Cookie{Path: "/a", Domain: "example.com", MaxAge: 5, Secure: true, HttpOnly: true, SameSite: strict}},
		"the store's without SameSite": {&sessions.Options{SameSite: http.SameSiteDefaultMode}, nil, http.Cookie{Path: "/"}},
		"the session's with nothing":   {nil, &sessions.Options{}, http.Cookie{Path: "/", Secure: true, HttpOnly: true, SameSite: lax}},
		"the session's with a MaxAge":  {nil, &sessions.Options{MaxAge: 60}, http.Cookie{Path: "/", MaxAge: 60, Secure: true, HttpOnly: true, SameSite: lax}},
		"the session's with a path":    {nil, &sessions.Options{Path: "/a", MaxAge: 1, SameSite: strict}, http.Cookie{Path: "/a", MaxAge: 1, Secure: true, HttpOnly: true, SameSite: strict}},
		"the session's adds Secure":    {&sessions.Options{Path: "/b"}, &sessions.Options{Secure: true, HttpOnly: true}, http.Cookie{Path: "/b", Secure: true, HttpOnly: true, SameSite: lax}},
		"a deletion":                   {&sessions.Options{Path: "/b", Domain: "example.com", Secure: true}, &sessions.Options{MaxAge: -1}, http.Cookie{Path: "/b", Domain: "example.com", MaxAge: -1, Secure: true, SameSite: lax}},
		"a domain is not inherited":    {&sessions.Options{Domain: "example.com"}, &sessions.Options{MaxAge: 5}, http.Cookie{Path: "/", MaxAge: 5, SameSite: lax}},
	} {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				store := NewStore(testKey)
				if row.store != nil {
					store.Options(*row.store)
				}
				if got := saveWith(t, use, store, row.session); !equalAttributes(got, row.want) {
					t.Errorf("got %+v\nwant %+v", got, row.want)
				}
			})
		})
	}
}

func TestOptionsThatNoBrowserTakesAreRefused(t *testing.T) {
	s := NewStore(testKey)
	mustPanic(t, "use 0", func() { s.Options(sessions.Options{MaxAge: -1}) })
	mustPanic(t, "SameSite=None without Secure", func() { s.Options(sessions.Options{SameSite: http.SameSiteNoneMode}) })
	mustPanic(t, "Domain", func() { s.Options(sessions.Options{Domain: "no domain; at all"}) })
	mustPanic(t, "Path", func() { s.Options(sessions.Options{Path: "/;"}) })
	if *s.options.Load() != *defaults() {
		t.Error("refused options were taken")
	}
}

func TestOptionsOfASessionThatNoBrowserTakesAreAnErrorOfSave(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey)))
		s.on("/", func(_ *gin.Context, session sessions.Session) string {
			session.Set("a", 1)
			session.Options(sessions.Options{Path: "/x\r\nSet-Cookie: evil=1"})
			return saved(session.Save())
		})
		res, body := s.get("/")
		if !strings.HasPrefix(body, "cookiestore: the options of the session: ") || len(res.Cookies()) != 0 {
			t.Errorf("got %q and %q", body, res.Header["Set-Cookie"])
		}
	})
}

func TestALogoutWithMaxAgeMinusOneDeletesTheCookieFromAnyPath(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.on("/account/settings/logout", func(_ *gin.Context, session sessions.Session) string {
			session.Options(sessions.Options{MaxAge: -1})
			return saved(session.Save())
		})
		s.wants("/login", "saved")
		s.wants("/name", "ada")
		s.wants("/account/settings/logout", "saved")
		s.wants("/name", "")
		if u := s.server.URL; len(s.client.Jar.Cookies(httptest.NewRequest("GET", u, nil).URL)) != 0 {
			t.Error("the browser kept the cookie")
		}
	})
}
