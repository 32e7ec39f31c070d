package cookiestore

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/tester"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

func TestTheStorePassesTheSuiteOfGinContrib(t *testing.T) {
	newStore := func(*testing.T) sessions.Store { return NewStore(testKey) }
	t.Run("GetSet", func(t *testing.T) { tester.GetSet(t, newStore) })
	t.Run("DeleteKey", func(t *testing.T) { tester.DeleteKey(t, newStore) })
	t.Run("Flashes", func(t *testing.T) { tester.Flashes(t, newStore) })
	t.Run("Clear", func(t *testing.T) { tester.Clear(t, newStore) })
	t.Run("Options", func(t *testing.T) { tester.Options(t, newStore) })
	t.Run("Many", func(t *testing.T) { tester.Many(t, newStore) })
}

func TestASessionLastsFromRequestToRequest(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.wants("/name", "")
		s.wants("/login", "saved")
		s.wants("/name", "ada")
		s.newBrowser()
		s.wants("/name", "")
	})
}

func TestASessionMovesBetweenTheTwoMiddlewares(t *testing.T) {
	store := NewStore(testKey)
	stock := newSite(t, sessions.Sessions("session", store)).withLogin()
	ours := newSite(t, Sessions("session", store)).withLogin()
	cookies := stock.wants("/login", "saved").Cookies()
	ours.wants("/name", "ada", cookies...)
	cookies = ours.wants("/login", "saved").Cookies()
	stock.newBrowser()
	stock.wants("/name", "ada", cookies...)
}

func TestSeveralSessionsOfOneStoreAreApart(t *testing.T) {
	s := newSite(t, sessions.SessionsMany([]string{"a", "b"}, NewStore(testKey)))
	s.engine.GET("/set", func(c *gin.Context) {
		for _, name := range []string{"a", "b"} {
			session := sessions.DefaultMany(c, name)
			session.Set("name", "it is "+name)
			if err := session.Save(); err != nil {
				t.Error(err)
			}
		}
	})
	s.engine.GET("/get", func(c *gin.Context) {
		c.String(http.StatusOK, "%v, %v", sessions.DefaultMany(c, "a").Get("name"), sessions.DefaultMany(c, "b").Get("name"))
	})
	if res, _ := s.get("/set"); len(res.Cookies()) != 2 {
		t.Errorf("got %q", res.Header["Set-Cookie"])
	}
	s.wants("/get", "it is a, it is b")
}

// What a visitor sends under the name of the session is not worth a line in the log, nor an error for anybody.
func TestABadCookieIsAnEmptySessionAndLogsNothing(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo})))
	defer slog.SetDefault(before)

	store := NewStore(testKey)
	store.MigrateFrom(oldAuth)
	good := issue(t, store, "session", map[any]any{"name": "eve"}).Value
	other := "A"
	if good[20] == 'A' {
		other = "B"
	}
	for name, value := range map[string]string{
		"tampered":     good[:20] + other + good[21:],
		"truncated":    good[:len(good)/2],
		"foreign":      issue(t, NewStore(otherKey), "session", map[any]any{"name": "eve"}).Value,
		"other name":   issue(t, store, "admin", map[any]any{"name": "eve"}).Value,
		"rubbish":      "rubbish",
		"nothing":      "",
		"oversized":    strings.Repeat("A", 8000),
		"a stock one":  stockCookie(t, map[any]any{"name": "eve"}, []byte("unknown")).Value,
		"a JSON token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
	} {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				s := newSite(t, use("session", store)).withLogin()
				s.wants("/name", "", &http.Cookie{Name: "session", Value: value})
				s.wants("/login", "saved", &http.Cookie{Name: "session", Value: value})
				s.wants("/name", "ada")
			})
		})
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
}

func TestAGoodCookieCountsWhereverItStandsAmongBadOnes(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		store := NewStore(testKey)
		s := newSite(t, use("session", store)).withLogin()
		good := issue(t, store, "session", map[any]any{"name": "ada"})
		planted := &http.Cookie{Name: "session", Value: "planted"}
		s.wants("/name", "ada", planted, good)
		s.wants("/name", "ada", good, planted)
	})
}

func TestAnEmptySessionDeletesTheCookieThatCame(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.on("/clear", func(_ *gin.Context, session sessions.Session) string {
			session.Clear()
			session.Delete("nothing") // gin-contrib takes the Clear of an empty session for no change
			return saved(session.Save())
		})
		s.wants("/login", "saved")
		res := s.wants("/clear", "saved")
		if c := attributes(t, res); c.MaxAge != -1 || c.Path != "/" || !c.Secure || !c.HttpOnly {
			t.Errorf("got %q", res.Header["Set-Cookie"])
		}
		if res := s.wants("/clear", "saved"); len(res.Cookies()) != 0 {
			t.Errorf("without a cookie: %q", res.Header["Set-Cookie"])
		}
		res = s.wants("/clear", "saved", &http.Cookie{Name: "session", Value: "bad"})
		if c := attributes(t, res); c.MaxAge != -1 {
			t.Errorf("with a bad cookie: %q", res.Header["Set-Cookie"])
		}
	})
}

func TestASecondSaveReplacesTheFirst(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.on("/twice", func(c *gin.Context, session sessions.Session) string {
			c.SetCookie("other", "x", 0, "/", "", true, true)
			for _, name := range []string{"ada", "bob", "eve"} {
				session.Set("name", name)
				if err := session.Save(); err != nil {
					return err.Error()
				}
			}
			return "saved"
		})
		s.on("/undone", func(_ *gin.Context, session sessions.Session) string {
			session.Set("name", "ada")
			first := session.Save()
			session.Clear()
			return saved(errors.Join(first, session.Save()))
		})
		if res := s.wants("/twice", "saved"); len(res.Cookies()) != 2 {
			t.Errorf("got %q", res.Header["Set-Cookie"])
		}
		s.wants("/name", "eve")
		if c := attributes(t, s.wants("/undone", "saved")); c.MaxAge != -1 {
			t.Error("a session that was saved and cleared is not deleted")
		}
		s.newBrowser()
		if res := s.wants("/undone", "saved"); len(res.Cookies()) != 0 {
			t.Errorf("a new session that was saved and cleared leaves %q", res.Header["Set-Cookie"])
		}
	})
}

func TestSavingAfterTheBodyIsAnError(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey)))
		for path, begin := range map[string]func(c *gin.Context){
			"/body":     func(c *gin.Context) { c.String(http.StatusOK, "body") },
			"/flush":    func(c *gin.Context) { c.Writer.Flush() },
			"/redirect": func(c *gin.Context) { c.Redirect(http.StatusFound, "/") },
		} {
			s.engine.GET(path, func(c *gin.Context) {
				session := sessions.Default(c)
				session.Set("a", 1)
				begin(c)
				if err := session.Save(); !errors.Is(err, ErrHeadersWritten) {
					t.Errorf("%s: got %v", path, err)
				}
			})
			if res, _ := s.get(path); len(res.Cookies()) != 0 {
				t.Errorf("%s: %q", path, res.Header["Set-Cookie"])
			}
		}
	})
}

func TestAValueThatCannotBeStoredIsAnErrorOfSave(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey)))
		s.on("/", func(_ *gin.Context, session sessions.Session) string {
			session.Set("f", func() {})
			return saved(session.Save())
		})
		res, body := s.get("/")
		if !strings.Contains(body, `value of "f"`) || len(res.Cookies()) != 0 {
			t.Errorf("got %q and %q", body, res.Cookies())
		}
	})
}

func TestFlashesAreShownOnceInTheirCategory(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey)))
		s.on("/add", func(_ *gin.Context, session sessions.Session) string {
			session.AddFlash("plain")
			session.AddFlash("first", "error")
			session.AddFlash(map[string]any{"text": "second"}, "error")
			return saved(session.Save())
		})
		s.on("/show", func(_ *gin.Context, session sessions.Session) string {
			text := fmt.Sprint(session.Flashes("error"), session.Flashes(), session.Flashes("none"))
			return text + saved(session.Save())
		})
		s.wants("/add", "saved")
		s.wants("/add", "saved")
		s.wants("/show", "[first map[text:second] first map[text:second]] [plain plain] []saved")
		s.wants("/show", "[] [] []saved")
	})
}

func TestANameThatNoCookieCanHaveIsAnErrorAndNoCrash(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	s := newSite(t, sessions.Sessions("my session", NewStore(testKey))).withLogin()
	s.wants("/name", "")
	s.wants("/login", `cookiestore: "my session" cannot be the name of a cookie: use letters, digits, - and _`)
	if !strings.Contains(log.String(), "cannot be the name of a cookie") {
		t.Errorf("logged: %s", &log)
	}
}

func TestTheStoreTellsANewSessionFromAnOldOne(t *testing.T) {
	store := NewStore(testKey)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	session, err := store.Get(r, "session")
	if err != nil || !session.IsNew || session.Name() != "session" || len(session.Values) != 0 {
		t.Fatalf("got %+v, %v", session, err)
	}
	if again, _ := store.Get(r, "session"); again != session {
		t.Error("Get gives another session in the same request")
	}
	session.Values["name"] = "ada"
	w := httptest.NewRecorder()
	if err := session.Save(r, w); err != nil {
		t.Fatal(err)
	}

	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	session, err = store.New(r, "session")
	if err != nil || session.IsNew || !reflect.DeepEqual(session.Values, map[any]any{"name": "ada"}) {
		t.Errorf("got %+v, %v", session, err)
	}
	if session.Options == store.options.Load() || *session.Options != *defaults() {
		t.Error("the session should have a copy of the store's options")
	}
}

func TestASessionMadeByHandHasTheOptionsOfTheStore(t *testing.T) {
	store := NewStore(testKey)
	session := gorilla.NewSession(store, "session")
	session.Values["a"], session.Options = 1, nil
	w := httptest.NewRecorder()
	if err := store.Save(httptest.NewRequest(http.MethodGet, "/", nil), w, session); err != nil {
		t.Fatal(err)
	}
	if c := attributes(t, w.Result()); !c.Secure || c.MaxAge != 0 {
		t.Errorf("got %+v", c)
	}
}

func TestManyRequestsUseOneStore(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		store := NewStore(testKey, otherKey)
		store.MigrateFrom(oldAuth)
		engine := gin.New()
		engine.Use(use("session", store))
		engine.GET("/:id", func(c *gin.Context) {
			session := sessions.Default(c)
			before, _ := session.Get("id").(string)
			session.Set("id", c.Param("id"))
			session.Set("padding", strings.Repeat(c.Param("id"), 100))
			if err := session.Save(); err != nil {
				t.Error(err)
			}
			c.String(http.StatusOK, "%s", before)
		})
		var wg sync.WaitGroup
		for visitor := range 20 {
			wg.Go(func() { visitAgainAndAgain(t, engine, fmt.Sprint(visitor)) })
		}
		wg.Wait()
	})
}

func visitAgainAndAgain(t *testing.T, engine *gin.Engine, id string) {
	var cookies []*http.Cookie
	for i := range 50 {
		r := httptest.NewRequest(http.MethodGet, "/"+id, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		if got := w.Body.String(); i > 0 && got != id {
			t.Errorf("visitor %s is taken for %q", id, got)
		}
		cookies = w.Result().Cookies()
	}
}

func TestASealedSessionWithoutValuesIsASession(t *testing.T) {
	store := NewStore(testKey)
	if opens(store, "session", issue(t, store, "session", map[any]any{}).Value) == nil {
		t.Error("an empty session that was sealed does not open")
	}
}
