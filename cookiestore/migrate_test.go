package cookiestore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	stock "github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
)

var (
	oldAuth   = []byte("secret")
	oldCipher = []byte("0123456789abcdef")
)

// stockCookie is what gin-contrib's own store sends for the values.
func stockCookie(t testing.TB, values map[any]any, keyPairs ...[]byte) *http.Cookie {
	t.Helper()
	value, err := securecookie.EncodeMulti("session", values, securecookie.CodecsFromPairs(keyPairs...)...)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: "session", Value: value}
}

func TestAChangeOfTheStoreLogsNobodyOut(t *testing.T) {
	for name, pairs := range map[string][][]byte{
		"signed":            {oldAuth},
		"encrypted":         {oldAuth, oldCipher},
		"rotated":           {[]byte("newer"), nil, oldAuth, oldCipher},
		"signed, nil block": {oldAuth, nil},
	} {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				old := stock.NewStore(pairs...)
				old.Options(sessions.Options{Path: "/", Secure: true})
				before := newSite(t, sessions.Sessions("session", old)).withLogin()
				cookies := before.wants("/login", "saved").Cookies()
				if pairs[0] == nil || len(cookies) != 1 {
					t.Fatal("the old store sent no cookie")
				}

				store := NewStore(testKey)
				store.MigrateFrom(pairs...)
				after := newSite(t, use("session", store)).withLogin()
				after.on("/visit", func(_ *gin.Context, session sessions.Session) string {
					session.Set("visits", 1)
					return saved(session.Save())
				})
				after.wants("/name", "ada", cookies...)
				moved := after.wants("/visit", "saved", cookies...).Cookies()
				if values := opens(NewStore(testKey), "session", moved[0].Value); values["name"] != "ada" || values["visits"] != 1 {
					t.Errorf("moved to %v", values)
				}
				after.wants("/name", "ada")
			})
		})
	}
}

func TestWithOurMiddlewareASaveWithoutAChangeMovesAnOldSession(t *testing.T) {
	store := NewStore(testKey)
	store.MigrateFrom(oldAuth)
	s := newSite(t, Sessions("session", store))
	s.on("/", func(_ *gin.Context, session sessions.Session) string {
		session.Get("name")
		return saved(session.Save())
	})
	old := stockCookie(t, map[any]any{"name": "ada"}, oldAuth)
	moved := s.wants("/", "saved", old).Cookies()
	if len(moved) != 1 || opens(store, "session", moved[0].Value)["name"] != "ada" {
		t.Errorf("got %v", moved)
	}
	if res := s.wants("/", "saved"); len(res.Cookies()) != 0 {
		t.Error("a session that was moved is saved again without a change")
	}
}

func TestOldCookiesAreReadOnlyWithTheirKeys(t *testing.T) {
	old := stockCookie(t, map[any]any{"name": "ada"}, oldAuth)
	without, other, right := NewStore(testKey), NewStore(testKey), NewStore(testKey)
	other.MigrateFrom([]byte("another secret"))
	right.MigrateFrom(oldAuth)
	if _, ok := without.readOld("session", old.Value); ok {
		t.Error("a store without old keys reads an old cookie")
	}
	for name, row := range map[string]struct {
		store *Store
		name  string
		value string
		want  bool
	}{
		"without MigrateFrom": {without, "session", old.Value, false},
		"with another key":    {other, "session", old.Value, false},
		"with the key":        {right, "session", old.Value, true},
		"of another name":     {right, "admin", old.Value, false},
		"changed":             {right, "session", "A" + old.Value[1:], false},
		"truncated":           {right, "session", old.Value[:len(old.Value)-4], false},
	} {
		if got := opens(row.store, row.name, row.value) != nil; got != row.want {
			t.Errorf("%s: read %v, want %v", name, got, row.want)
		}
	}
}

func TestAnOldCookieOfAForgottenTypeIsAnEmptySession(t *testing.T) {
	s := NewStore(testKey)
	s.MigrateFrom(oldAuth)
	gobbed, err := securecookie.GobEncoder{}.Serialize(map[any]any{"role": role("admin"), "name": "ada"})
	if err != nil {
		t.Fatal(err)
	}
	codec := securecookie.New(oldAuth, nil).SetSerializer(securecookie.NopEncoder{})
	value, err := codec.Encode("session", []byte(strings.ReplaceAll(string(gobbed), "cookiestore.role", "cookiestore.gone")))
	if err != nil {
		t.Fatal(err)
	}
	if got := opens(s, "session", value); got != nil {
		t.Errorf("got half a session: %v", got)
	}
}

// oldCookieFrom returns the value of a cookie of the stock store that was sent at another time.
func oldCookieFrom(t *testing.T, at time.Time) string {
	t.Helper()
	gobbed, err := securecookie.GobEncoder{}.Serialize(map[any]any{"name": "ada"})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%d|%s|", at.Unix(), base64.URLEncoding.EncodeToString(gobbed))
	mac := hmac.New(sha256.New, oldAuth)
	mac.Write([]byte("session|" + text[:len(text)-1]))
	return base64.URLEncoding.EncodeToString(append([]byte(text), mac.Sum(nil)...))
}

func TestAnOldCookieEndsAsOneOfOursDoes(t *testing.T) {
	for _, row := range []struct {
		name   string
		maxAge int
		age    time.Duration
		alive  bool
	}{
		{"without MaxAge on day 30", 0, 30 * day, true},
		{"without MaxAge after day 30", 0, 30*day + time.Second, false},
		{"with MaxAge in its last second", 3600, time.Hour, true},
		{"with MaxAge a second later", 3600, time.Hour + time.Second, false},
		{"with a MaxAge that the stock store did not have on day 30", 90 * 86400, 30 * day, true},
		{"with a MaxAge that the stock store did not have after day 30", 90 * 86400, 30*day + time.Second, false},
		{"with the clock a day back", 3600, -day, true},
		{"with the clock more than a day back", 3600, -day - time.Second, false},
	} {
		for order, set := range map[string]func(s *Store){
			"Options first":     func(s *Store) { s.Options(sessions.Options{MaxAge: row.maxAge}); s.MigrateFrom(oldAuth) },
			"MigrateFrom first": func(s *Store) { s.MigrateFrom(oldAuth); s.Options(sessions.Options{MaxAge: row.maxAge}) },
		} {
			s := NewStore(testKey)
			c := withClock(s)
			set(s)
			if alive := opens(s, "session", oldCookieFrom(t, c.Add(-row.age))) != nil; alive != row.alive {
				t.Errorf("%s, %s: alive %v", row.name, order, alive)
			}
		}
	}
}

func TestATimeInAnOldCookieThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"", "|", "noon|x|y", "99999999999999999999|x|y"} {
		if _, ok := oldIssueTime(base64.URLEncoding.EncodeToString([]byte(text))); ok {
			t.Errorf("%q has a time", text)
		}
	}
	if _, ok := oldIssueTime("%"); ok {
		t.Error("a value that is not base64 has a time")
	}
}

func TestAnOldCookieDoesNotShadowTheNewOne(t *testing.T) {
	store := NewStore(testKey)
	store.MigrateFrom(oldAuth)
	s := newSite(t, Sessions("session", store)).withLogin()
	old := stockCookie(t, map[any]any{"name": "before"}, oldAuth)
	fresh := issue(t, store, "session", map[any]any{"name": "after"})
	s.wants("/name", "after", old, fresh)
	s.wants("/name", "after", fresh, old)
	s.wants("/name", "before", old)
}

func TestKeysThatTheStockStoreCouldNotUseAreRefused(t *testing.T) {
	s := NewStore(testKey)
	mustPanic(t, "key pair 1 is invalid", func() { s.MigrateFrom([]byte{}) })
	mustPanic(t, "key pair 2 is invalid", func() { s.MigrateFrom(oldAuth, nil, oldAuth, []byte("seven..")) })
}
