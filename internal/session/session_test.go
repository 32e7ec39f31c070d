package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"
	gsessions "github.com/gorilla/sessions"
)

func TestAMissingSessionIsNamed(t *testing.T) {
	for _, row := range []struct {
		name       string
		middleware gin.HandlerFunc
		session    string
		want       []string
	}{
		{
			"no middleware names the line to add", func(*gin.Context) {}, "",
			[]string{"ginlogin: ", `r.Use(sessions.Sessions("session", store))`, "before LoginManager.Middleware"},
		},
		{
			"SessionsMany without that name names the setting", sessions.SessionsMany([]string{"a", "b"}, cookieStore()), "c",
			[]string{"ginlogin: ", `no session named "c"`, "LoginManager.SessionName"},
		},
		{
			"SessionsMany without a name names the setting", sessions.SessionsMany([]string{"a", "b"}, cookieStore()), "",
			[]string{"ginlogin: ", `no session named ""`, "LoginManager.SessionName"},
		},
		{
			"a session's name that no cookie can have is named", sessions.Sessions("my session", cookieStore()), "",
			[]string{"ginlogin: ", "sessions.Sessions", "not a valid cookie name"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/", row.middleware, func(c *gin.Context) {
				s := Of(c, row.session)
				_ = s.Open(c)
			})
			text := panicText(func() { engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
			contains(t, "panic", text, row.want...)
		})
	}
}

func TestWhatASessionHolds(t *testing.T) {
	for name, middleware := range map[string]gin.HandlerFunc{
		"of gin-contrib": sessions.Sessions("session", memStore()),
		"of cookiestore": cookiestore.Sessions("session", cookiestore.NewStore([]byte("0123456789abcdef0123456789abcdef"))),
	} {
		s := newSite(t, middleware)
		s.page("/", func(c *gin.Context, v *Session) any {
			if err := v.Open(c); err != nil {
				return err
			}
			only := func(names string) bool {
				return v.HoldsOnly(func(key string) bool { return strings.Contains(names, key) })
			}
			none := only("a")
			err := v.Update(c, Keep, set("a", "1"))
			known, others := only("ab"), only("b")
			return fmt.Sprint(none, known, others, err)
		})
		_, body := s.browser().do("/")
		wants(t, name, body, "true true false <nil>")
	}
}

func TestOneOfManySessionsCanBeChosen(t *testing.T) {
	s := newSite(t, sessions.SessionsMany([]string{"shop", "forum"}, memStore()))
	s.name = "forum"
	s.page("/write", func(c *gin.Context, v *Session) any { return v.Update(c, Keep, set("k", "v")) })
	s.page("/read", func(c *gin.Context, v *Session) any { return fmt.Sprint(v.Open(c), " ", v.Get("k")) })
	b := s.browser()
	res, body := b.do("/write")
	wants(t, "update", body, "<nil>")
	wants(t, "cookies", len(res.Cookies()), 1)
	wants(t, "cookie", res.Cookies()[0].Name, "forum")
	wants(t, "value", b.get("/read"), "<nil> v")
}

// set returns an edit that sets one value.
func set(key, value string) func(*Values) {
	return func(v *Values) { v.Set(key, value) }
}

func TestASessionIsReadOnce(t *testing.T) {
	rack := newRack()
	s := newSite(t, sessions.Sessions("session", rack))
	s.page("/read", func(c *gin.Context, v *Session) any {
		reads := func() int { reads, _ := rack.counts(); return reads }
		reads()
		report := fmt.Sprint(v.Opened(), reads(), " ")
		for range 3 {
			err := v.Open(c)
			report += fmt.Sprint(v.Opened(), reads(), err, v.Get("cart"), " ")
		}
		return report
	})
	b := s.browser()
	b.get("/app/set?key=cart&value=book")
	wants(t, "opened and reads", b.get("/read"), "false 0 true 1 <nil>book true 0 <nil>book true 0 <nil>book ")
}

func TestGetReturnsStringsOnly(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.page("/plant", func(c *gin.Context, _ *Session) any {
			session := sessions.Default(c)
			session.Set("text", "book")
			session.Set("number", 7)
			return session.Save()
		})
		s.page("/read", func(c *gin.Context, v *Session) any {
			return fmt.Sprintf("%v %q %q %q", v.Open(c), v.Get("text"), v.Get("number"), v.Get("absent"))
		})
		b := s.browser()
		wants(t, "a session without values", b.get("/read"), `<nil> "" "" ""`)
		wants(t, "planted", b.get("/plant"), "<nil>")
		wants(t, "a session with values", b.get("/read"), `<nil> "book" "" ""`)
	})
}

func TestReadingSendsNoCookie(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.page("/read", func(c *gin.Context, v *Session) any {
			err := v.Open(c)
			v.Get("cart")
			return errors.Join(err, sessions.Default(c).Save())
		})
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		res, body := b.do("/read")
		wants(t, "answer", body, "<nil>")
		wants(t, "cookies", len(res.Cookies()), 0)
	})
}

func TestReadingDoesNotAllocate(t *testing.T) {
	store := cookiestore.NewStore(key("session"))
	for name, middleware := range map[string]gin.HandlerFunc{
		"cookiestore.Sessions": cookiestore.Sessions("session", store),
		"sessions.Sessions":    sessions.Sessions("session", store),
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/", middleware, func(c *gin.Context) {
				if err := appSet(c, "k", "v"); err != nil {
					t.Fatal(err)
				}
				var kept struct{ Session }
				if n := testing.AllocsPerRun(100, func() {
					kept.Session = Of(c, "")
					_ = kept.Open(c)
					if kept.Get("k") != "v" {
						t.Error("the value is not there")
					}
				}); n != 0 {
					t.Errorf("%v allocations", n)
				}
			})
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		})
	}
}

func TestTheSessionTellsItsCookie(t *testing.T) {
	options := sessions.Options{Path: "/app", Domain: "shop.example", MaxAge: 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	want := http.Cookie{
		Name: "session", Path: "/app", Domain: "shop.example", MaxAge: 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	rack, sealed := newRack(), cookiestore.NewStore(key("session"))
	rack.Options(options)
	sealed.Options(options)
	own := putsSession(func() sessions.Session { return &ownSession{store: &ownStore{}} })
	partitioned := want
	partitioned.Partitioned = true
	for name, row := range map[string]struct {
		middleware gin.HandlerFunc
		app        func(c *gin.Context)
		open       bool
		want       *http.Cookie // nil if it cannot be known
	}{
		"of a store of gorilla's, once open":      {sessions.Sessions("session", rack), nil, true, &want},
		"of a store of gorilla's, before that":    {sessions.Sessions("session", rack), nil, false, nil},
		"of a session that the app has changed":   {sessions.Sessions("session", rack), func(c *gin.Context) { gorillaOf(c).Options.Partitioned = true }, true, &partitioned},
		"of cookiestore under sessions.Sessions":  {sessions.Sessions("session", sealed), nil, true, &want},
		"of cookiestore.Sessions":                 {cookiestore.Sessions("session", sealed), nil, true, &want},
		"of cookiestore.Sessions before it opens": {cookiestore.Sessions("session", sealed), nil, false, &want},
		"of a session of the app's own making":    {own, nil, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			engine := gin.New()
			engine.GET("/", row.middleware, func(c *gin.Context) {
				if row.app != nil {
					row.app(c)
				}
				s := Of(c, "")
				if row.open {
					_ = s.Open(c)
				}
				got, ok := s.Cookie()
				wants(t, "known", ok, row.want != nil)
				if row.want != nil {
					wants(t, "cookie", fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", *row.want))
				}
			})
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		})
	}
}

// Two sessions of one request are the same session beneath, as with a manager within another.
func TestTwoSessionsOfARequestShareTheirValues(t *testing.T) {
	eachStore(t, func(t *testing.T, s *site) {
		s.page("/both", func(c *gin.Context, outer *Session) any {
			inner := Of(c, "")
			err := errors.Join(outer.Open(c), inner.Update(c, Renew, set("a", "1")), outer.Update(c, Keep, set("b", "2")))
			return fmt.Sprint(err, outer.Get("a"), inner.Get("b"))
		})
		b := s.browser()
		b.get("/app/set?key=cart&value=book")
		wants(t, "in the request", b.get("/both"), "<nil>12")
		wants(t, "afterwards", b.get("/app/get?key=a")+b.get("/app/get?key=b")+b.get("/app/get?key=cart"), "12book")
	})
}

var _ gsessions.Store = repeatable{}
