package cookiestore

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// inRequest runs work in a request with the given session, and returns the response.
func inRequest(t testing.TB, store *Store, values map[any]any, work func(c *gin.Context, s *Session)) *http.Response {
	t.Helper()
	engine := gin.New()
	engine.GET("/", Sessions("session", store), func(c *gin.Context) { work(c, sessions.Default(c).(*Session)) })
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if values != nil {
		r.AddCookie(issue(t, store, "session", values))
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Result()
}

// sent is what the response leaves in the browser.
func sent(t *testing.T, store *Store, res *http.Response) map[any]any {
	t.Helper()
	if len(res.Cookies()) != 1 {
		t.Fatalf("%d cookies: %q", len(res.Cookies()), res.Header["Set-Cookie"])
	}
	return opens(store, "session", res.Cookies()[0].Value)
}

func TestTheMiddlewareRefusesWhatCannotWork(t *testing.T) {
	mustPanic(t, "needs a store", func() { Sessions("session", nil) })
	mustPanic(t, "cannot be the name of a cookie", func() { Sessions("my session", NewStore(testKey)) })
	mustPanic(t, "cannot be the name of a cookie", func() { Sessions("", NewStore(testKey)) })
}

func TestASessionKnowsItsName(t *testing.T) {
	inRequest(t, NewStore(testKey), nil, func(_ *gin.Context, s *Session) {
		if s.Name() != "session" || s.ID() != "" {
			t.Errorf("name %q, ID %q", s.Name(), s.ID())
		}
	})
}

func TestReadingSendsNoCookie(t *testing.T) {
	store := NewStore(testKey)
	res := inRequest(t, store, map[any]any{"name": "ada", "list": []any{1}}, func(_ *gin.Context, s *Session) {
		s.Get("name")
		s.Get("list")
		s.Get(7)
		s.Flashes()
		s.Range(func(any, any) bool { return true })
		if err := s.Save(); err != nil {
			t.Error(err)
		}
	})
	if len(res.Cookies()) != 0 {
		t.Errorf("got %q", res.Header["Set-Cookie"])
	}
}

func TestGetFindsEveryKindOfKeyAndValue(t *testing.T) {
	values := map[any]any{"name": "ada", "n": 7, "list": []any{"a"}, 7: "seven", role("x"): point{1, 2}}
	for k, want := range values {
		inRequest(t, NewStore(testKey), values, func(_ *gin.Context, s *Session) {
			for range 2 {
				if got := s.Get(k); !reflect.DeepEqual(got, want) {
					t.Errorf("%v: got %v, want %v", k, got, want)
				}
				if got := s.Get("absent"); got != nil {
					t.Errorf("absent: got %v", got)
				}
			}
		})
	}
}

func TestAListOrMapIsTheSameOneAtEveryGet(t *testing.T) {
	store := NewStore(testKey)
	res := inRequest(t, store, map[any]any{"cart": map[string]any{"tea": 1}}, func(_ *gin.Context, s *Session) {
		s.Get("cart").(map[string]any)["tea"] = 2
		if s.Get("cart").(map[string]any)["tea"] != 2 {
			t.Error("the change is gone")
		}
		s.Set("touched", true)
		if err := s.Save(); err != nil {
			t.Error(err)
		}
	})
	if got := sent(t, store, res)["cart"].(map[string]any)["tea"]; got != 2 {
		t.Errorf("saved %v", got)
	}
}

func TestSetDeleteAndClearAreSaved(t *testing.T) {
	store := NewStore(testKey)
	values := map[any]any{"a": 1, "b": 2, 3: "c"}
	for name, row := range map[string]struct {
		work func(s *Session)
		want map[any]any
	}{
		"set":            {func(s *Session) { s.Set("d", nil) }, map[any]any{"a": 1, "b": 2, 3: "c", "d": nil}},
		"set again":      {func(s *Session) { s.Set("a", "other") }, map[any]any{"a": "other", "b": 2, 3: "c"}},
		"delete":         {func(s *Session) { s.Delete("a"); s.Delete(3) }, map[any]any{"b": 2}},
		"delete nothing": {func(s *Session) { s.Delete("x") }, values},
		"clear and set":  {func(s *Session) { s.Clear(); s.Set("z", 26) }, map[any]any{"z": 26}},
		"get, then set":  {func(s *Session) { s.Get("a"); s.Set("a", 9) }, map[any]any{"a": 9, "b": 2, 3: "c"}},
		"flash":          {func(s *Session) { s.AddFlash("hi", "note") }, map[any]any{"a": 1, "b": 2, 3: "c", "note": []any{"hi"}}},
		"options alone":  {func(s *Session) { s.Options(sessions.Options{MaxAge: 5}) }, values},
		"range and delete": {func(s *Session) {
			s.Range(func(k, _ any) bool { s.Delete(k); return k != "a" })
			s.Set("a", 0)
			s.Delete("b")
			s.Delete(3)
		}, map[any]any{"a": 0}},
		"flash and take it": {func(s *Session) { s.AddFlash("hi"); s.Flashes() }, values},
	} {
		res := inRequest(t, store, values, func(_ *gin.Context, s *Session) {
			row.work(s)
			if err := s.Save(); err != nil {
				t.Error(name, err)
			}
		})
		if got := sent(t, store, res); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: saved %v, want %v", name, got, row.want)
		}
	}
}

func TestRangeVisitsAllAndStopsWhenTold(t *testing.T) {
	values := map[any]any{"a": 1, "b": 2, 3: "c"}
	inRequest(t, NewStore(testKey), values, func(_ *gin.Context, s *Session) {
		seen := map[any]any{}
		s.Range(func(k, v any) bool { seen[k] = v; return true })
		if !reflect.DeepEqual(seen, values) {
			t.Errorf("saw %v", seen)
		}
		calls := 0
		s.Range(func(any, any) bool { calls++; return false })
		if calls != 1 {
			t.Errorf("went on for %d calls", calls)
		}
	})
	inRequest(t, NewStore(testKey), nil, func(_ *gin.Context, s *Session) {
		s.Range(func(k, _ any) bool { t.Errorf("an empty session has %v", k); return true })
	})
}

func TestAFlashDoesNotOverwriteAValue(t *testing.T) {
	store := NewStore(testKey)
	res := inRequest(t, store, map[any]any{"name": "ada"}, func(_ *gin.Context, s *Session) {
		s.AddFlash("hi", "name")
		if got := s.Flashes("name"); got != nil {
			t.Errorf("a value is shown as flashes: %v", got)
		}
		err := s.Save()
		if err == nil || err.Error() != `cookiestore: AddFlash: the key "name" holds a string: choose another category` {
			t.Errorf("got %v", err)
		}
		if err := s.Save(); err != nil {
			t.Errorf("the next Save: %v", err)
		}
	})
	if got := sent(t, store, res); !reflect.DeepEqual(got, map[any]any{"name": "ada"}) {
		t.Errorf("saved %v", got)
	}
}

func TestAnUntouchedRequestNeverOpensItsCookie(t *testing.T) {
	inRequest(t, NewStore(testKey), map[any]any{"a": 1}, func(_ *gin.Context, s *Session) {
		if s.loaded {
			t.Error("opened")
		}
	})
}

func TestAnUntouchedRequestCostsOneAllocation(t *testing.T) {
	use := Sessions("session", NewStore(testKey))
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	c.Set(sessions.DefaultKey, nil)
	if n := testing.AllocsPerRun(100, func() { use(c) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func TestAReplacedRequestIsStillTheSameSession(t *testing.T) {
	store := NewStore(testKey)
	inRequest(t, store, map[any]any{"name": "ada"}, func(c *gin.Context, s *Session) {
		c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
		if s.Get("name") != "ada" {
			t.Error("the session is lost with the request")
		}
	})
}

func TestASessionThatDoesNotDecodeIsEmpty(t *testing.T) {
	store := NewStore(testKey)
	plain := append(store.appendTimes(nil, defaults()), entry(b(tagString, 1, 'k'), b(255))...)
	value := encoding.EncodeToString(store.ring.seal(nil, plain, store.ring.additionalData(nil, "session")))
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", store))
		s.on("/", func(_ *gin.Context, session sessions.Session) string {
			return fmt.Sprint(session.Get("k"), session.Get("other"), session.Get(1))
		})
		s.wants("/", "<nil> <nil> <nil>", &http.Cookie{Name: "session", Value: value})
	})
}

func TestALateSaveIsAnErrorAndTouchesNoOtherResponse(t *testing.T) {
	store := NewStore(testKey)
	engine := gin.New()
	late := make(chan *Session, 1)
	engine.Use(Sessions("session", store))
	engine.GET("/leak", func(c *gin.Context) { late <- sessions.Default(c.Copy()).(*Session) })
	engine.GET("/next", func(c *gin.Context) {
		s := <-late
		s.Set("name", "eve")
		if err := s.Save(); !errors.Is(err, ErrRequestOver) {
			t.Errorf("got %v", err)
		}
		c.String(http.StatusOK, "next")
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	for _, path := range []string{"/leak", "/next"} {
		res, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if len(res.Cookies()) != 0 {
			t.Errorf("%s: %q", path, res.Header["Set-Cookie"])
		}
	}
}

func TestASessionOutlivesItsRequestForReading(t *testing.T) {
	var late *Session
	inRequest(t, NewStore(testKey), map[any]any{"name": "ada"}, func(_ *gin.Context, s *Session) { late = s })
	if late.Get("name") != "ada" {
		t.Error("a goroutine cannot read the session any more")
	}
	if err := late.Save(); err != nil {
		t.Errorf("a Save without a change: %v", err)
	}
}

func TestGoroutinesShareASessionWhileItsRequestEnds(t *testing.T) {
	store := NewStore(testKey)
	var wg sync.WaitGroup
	for range 20 {
		inRequest(t, store, map[any]any{"name": "ada"}, func(_ *gin.Context, s *Session) {
			for i := range 4 {
				wg.Go(func() {
					for range 20 {
						s.Set(i, s.Get("name"))
						s.AddFlash(i)
						s.Flashes()
						s.Range(func(k, _ any) bool { return k != nil })
						s.Options(sessions.Options{MaxAge: i})
						if err := s.Save(); err != nil && !errors.Is(err, ErrRequestOver) {
							t.Error(err)
						}
					}
				})
			}
			for range 20 {
				s.Set("own", 1)
			}
		})
		wg.Wait()
	}
}

func TestAPanicEndsTheSessionToo(t *testing.T) {
	engine := gin.New()
	var late *Session
	engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.Status(http.StatusInternalServerError) }))
	engine.GET("/", Sessions("session", NewStore(testKey)), func(c *gin.Context) {
		late = sessions.Default(c).(*Session)
		panic("in the handler")
	})
	engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	late.Set("a", 1)
	if err := late.Save(); !errors.Is(err, ErrRequestOver) {
		t.Errorf("got %v", err)
	}
}

func TestAllMessagesSayWhoseTheyAre(t *testing.T) {
	for _, err := range []error{ErrTooLarge, ErrHeadersWritten, ErrRequestOver, invalidName("")} {
		if !strings.HasPrefix(err.Error(), "cookiestore: ") {
			t.Errorf("%q", err)
		}
	}
}

func TestASessionTellsTheAttributesOfItsCookie(t *testing.T) {
	site := sessions.Options{Path: "/app", Domain: "shop.example", MaxAge: 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	for name, row := range map[string]struct {
		own  *sessions.Options
		want sessions.Options
	}{
		"without options of its own they are the store's": {nil, site},
		"a lifetime of its own adds to the store's": {
			&sessions.Options{MaxAge: 5},
			sessions.Options{Path: "/app", MaxAge: 5, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode},
		},
		"a deletion has the store's path and domain": {
			&sessions.Options{MaxAge: -1},
			sessions.Options{Path: "/app", Domain: "shop.example", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode},
		},
		"options that no browser takes do not count": {&sessions.Options{Path: "/;"}, site},
	} {
		t.Run(name, func(t *testing.T) {
			store := NewStore(testKey)
			store.Options(site)
			inRequest(t, store, nil, func(_ *gin.Context, s *Session) {
				if row.own != nil {
					s.Options(*row.own)
				}
				if got := s.CookieOptions(); got != row.want || s.loaded {
					t.Errorf("got %+v, want %+v; opened: %v", got, row.want, s.loaded)
				}
			})
		})
	}
}
