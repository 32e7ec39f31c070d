package session

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"
	gsessions "github.com/gorilla/sessions"
)

// A subject is a session whose saves fail, in one request.
type subject struct {
	name       string
	middleware gin.HandlerFunc
}

func subjects() []subject {
	rack, own := newRack(), &ownStore{err: errStoreDown}
	rack.savesFail(func(s *gsessions.Session) bool { return s.Values["large"] != nil })
	return []subject{
		{"on the server", sessions.Sessions("session", rack)},
		{"in the cookie", sessions.Sessions("session", cookieStore())},
		{"of cookiestore.Sessions", cookiestore.Sessions("session", cookiestore.NewStore(key("session")))},
		{"of the app's own making", putsSession(func() sessions.Session {
			return rangedSession{&ownSession{store: own, values: map[any]any{}}}
		})},
	}
}

// inRequest runs work in one request.
func (s subject) inRequest(work func(c *gin.Context)) {
	engine := gin.New()
	engine.GET("/", s.middleware, work)
	engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// valuesOf returns a copy of all values of the app's session.
func valuesOf(c *gin.Context) map[any]any {
	values := map[any]any{}
	switch s := sessions.Default(c).(type) {
	case interface{ Session() *gsessions.Session }:
		maps.Copy(values, s.Session().Values)
	case interface {
		Range(func(key, value any) bool)
	}:
		s.Range(func(key, value any) bool { values[key] = value; return true })
	}
	return values
}

var someKeys = []string{"_login", "_login.staff", "cart", "list", "absent", "other"}

// editAtRandom makes edits of every kind, several of one key among them.
func editAtRandom(random *rand.Rand, v *Values) (edits string) {
	for range random.IntN(12) {
		key := someKeys[random.IntN(len(someKeys))]
		switch random.IntN(5) {
		case 0, 1:
			edits += " set " + key
			v.Set(key, fmt.Sprint(random.IntN(3)))
		case 2, 3:
			edits += " delete " + key
			v.Delete(key)
		default:
			kept := someKeys[:random.IntN(3)]
			edits += fmt.Sprint(" clear but ", kept)
			v.Clear(func(key string) bool { return strings.Contains(fmt.Sprint(kept), key+" ") })
		}
	}
	return edits
}

// 4,000 bytes are more than a cookie holds once they are encoded.
var tooLarge = strings.Repeat("x", 4000)

func TestEditsAreUndoneWhenTheSaveFails(t *testing.T) {
	const seed = 20260731
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 300 {
				s.inRequest(func(c *gin.Context) {
					app := sessions.Default(c)
					app.Set("cart", "book")
					app.Set("_login", "1.ada")
					app.Set("list", []any{"a", 7})
					app.Set(7, "seven") // a key that is no string
					before := valuesOf(c)
					v, edits := Of(c, ""), ""
					err := v.Update(c, Mode(random.IntN(3)), func(v *Values) {
						edits = editAtRandom(random, v)
						v.Set("large", tooLarge)
					})
					if err == nil {
						t.Fatal("the save has not failed")
					}
					if after := valuesOf(c); !reflect.DeepEqual(after, before) {
						t.Fatalf("after%s:\ngot  %v\nwant %v", edits, after, before)
					}
				})
			}
		})
	}
}

func TestEditsAreSeenAtOnce(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			s.inRequest(func(c *gin.Context) {
				sessions.Default(c).Set("cart", "book")
				v := Of(c, "")
				_ = v.Update(c, Keep, func(values *Values) {
					wants(t, "before", values.Get("cart"), "book")
					values.Set("cart", "pen")
					wants(t, "after Set", values.Get("cart")+v.Get("cart"), "penpen")
					values.Delete("cart")
					wants(t, "after Delete", values.Get("cart")+v.Get("cart"), "")
				})
			})
		})
	}
}

func TestClearRemovesEverythingButWhatIsKept(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			s.inRequest(func(c *gin.Context) {
				app := sessions.Default(c)
				app.Set("_login.staff", "theirs")
				app.Set("_logins", "the app's")
				app.Set("cart", "book")
				app.Set(7, "seven")
				v := Of(c, "")
				_ = v.Update(c, Keep, func(values *Values) {
					values.Clear(func(key string) bool { return strings.HasPrefix(key, "_login.") })
					wants(t, "values", fmt.Sprint(valuesOf(c)), "map[_login.staff:theirs]")
					app.Set(7, "seven")
					values.Clear(func(string) bool { return true })
					wants(t, "values under strings", fmt.Sprint(valuesOf(c)), "map[_login.staff:theirs]")
				})
			})
		})
	}
}

func TestOfASessionThatCannotListItsValuesTheKnownOnesAreKept(t *testing.T) {
	own := &ownStore{}
	app := &ownSession{store: own, values: map[any]any{"_login": "mine", "_login.staff": "theirs", "cart": "book"}}
	s := subject{middleware: putsSession(func() sessions.Session { return app })}
	s.inRequest(func(c *gin.Context) {
		v := Of(c, "")
		err := v.Update(c, Keep, func(values *Values) {
			values.Clear(func(key string) bool { return key != "_login" }, "_login", "_login.staff", "absent")
		})
		wants(t, "saved", fmt.Sprint(err, own.saved()), "<nil> map[_login.staff:theirs]")
		own.fail(errStoreDown)
		_ = v.Update(c, Keep, func(values *Values) { values.Clear(none, "_login", "_login.staff") })
		wants(t, "restored", fmt.Sprint(app.values), "map[_login.staff:theirs]")
	})
}

func TestAnUpdateDoesNotCopyTheValues(t *testing.T) {
	allocations := func(values int) float64 {
		var n float64
		s := subject{middleware: sessions.Sessions("session", &silentStore{})}
		s.inRequest(func(c *gin.Context) {
			for i := range values {
				sessions.Default(c).Set(i, "value")
			}
			v := Of(c, "")
			edit := set("user", "ada")
			n = testing.AllocsPerRun(100, func() {
				if err := v.Update(c, Keep, edit); err != nil {
					t.Error(err)
				}
			})
		})
		return n
	}
	few, many := allocations(1), allocations(10000)
	wants(t, "allocations with many values", many, few)
	if few > 4 {
		t.Errorf("%v allocations", few)
	}
}

// A silentStore saves without doing anything.
type silentStore struct{ sessions.Store }

func (st *silentStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	s := gsessions.NewSession(st, name)
	s.Options.MaxAge = 60
	return s, nil
}

func (st *silentStore) Save(*http.Request, http.ResponseWriter, *gsessions.Session) error { return nil }
