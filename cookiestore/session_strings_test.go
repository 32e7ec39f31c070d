package cookiestore

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func TestAFewStringsAreReadWithoutDecodingTheRest(t *testing.T) {
	inRequest(t, NewStore(testKey), map[any]any{"name": "ada", "list": []any{1}}, func(_ *gin.Context, s *Session) {
		if s.Get("name") != "ada" || s.values != nil {
			t.Error("one string decoded the whole session")
		}
		s.Get("list")
		if s.values == nil {
			t.Error("a list was decoded without keeping it")
		}
	})
	inRequest(t, NewStore(testKey), map[any]any{"name": "ada"}, func(_ *gin.Context, s *Session) {
		for range maxLookups + 1 {
			if s.Get("name") != "ada" {
				t.Error("the name is lost")
			}
		}
		if s.values == nil {
			t.Error("a session that is read again and again was not decoded for good")
		}
	})
}

// The session, its content, and the value in its interface. The race detector makes the pool lose a scratch now and then, which
// is good for one more.
func TestAskingForOneStringCostsThreeAllocations(t *testing.T) {
	store := NewStore(testKey)
	use := Sessions("session", store)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	c.Request.AddCookie(issue(t, store, "session", map[any]any{"name": "ada", "n": 7, "list": []any{1}}))
	n := testing.AllocsPerRun(100, func() {
		use(c)
		if sessions.Default(c).Get("name") != "ada" {
			t.Fatal("no session")
		}
	})
	if n > 4 {
		t.Errorf("%v allocations", n)
	}
}

func TestGetStringIsGetForStrings(t *testing.T) {
	values := map[any]any{
		"name": "ada", "empty": "", "number": 7, "list": []string{"ada"}, "bytes": []byte("ada"),
		7: "seven", "nothing": nil,
	}
	check := func(s *Session, when string) {
		for _, key := range []string{"name", "empty", "number", "list", "bytes", "nothing", "absent", "7", ""} {
			want, _ := s.Get(key).(string)
			if got := s.GetString(key); got != want {
				t.Errorf("%s: %q is %q and not %q", when, key, got, want)
			}
		}
	}
	inRequest(t, NewStore(testKey), values, func(_ *gin.Context, s *Session) {
		if got := s.GetString("name"); got != "ada" || s.values != nil {
			t.Errorf("got %q, and decoded %v", got, s.values)
		}
		check(s, "as it came")
		s.Set("name", "grace")
		check(s, "changed")
		if got := s.GetString("name"); got != "grace" {
			t.Errorf("after Set: %q", got)
		}
	})
	inRequest(t, NewStore(testKey), nil, func(_ *gin.Context, s *Session) { check(s, "without a cookie") })
}

func TestADamagedSessionHasNoStrings(t *testing.T) {
	whole, err := appendValues(nil, map[any]any{"name": "ada lovelace"})
	if err != nil {
		t.Fatal(err)
	}
	if got := lookupString(string(whole), "name"); got != "ada lovelace" {
		t.Fatalf("got %q", got)
	}
	for n := range whole {
		if got := lookupString(string(whole[:n]), "name"); got != "" {
			t.Errorf("the first %d bytes yield %q", n, got)
		}
	}
}
