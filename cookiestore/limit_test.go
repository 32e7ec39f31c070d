package cookiestore

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func TestASessionTooLargeNamesItsLargestKeys(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.on("/fill", func(_ *gin.Context, session sessions.Session) string {
			session.Set("cart", strings.Repeat("secret", 400))
			session.Set("small", 1)
			session.Set("history", []string{strings.Repeat("secret", 120)})
			session.Set(7, strings.Repeat("secret", 20))
			err := session.Save()
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v", err)
			}
			return saved(err)
		})
		s.wants("/login", "saved")
		res, body := s.get("/fill")
		want := `cookiestore: the session is too large for a cookie: "session" needs 4454 bytes of name and value, and browsers keep 4096; ` +
			`largest: "cart" with 2409, "history" with 735, 7 with 124: store less, or keep the data elsewhere and store its ID`
		if body != want {
			t.Errorf("got  %s\nwant %s", body, want)
		}
		if len(res.Cookies()) != 0 {
			t.Error("a cookie was sent")
		}
		s.wants("/name", "ada")
	})
}

func TestACookieOfExactly4096BytesFits(t *testing.T) {
	s := NewStore(testKey)
	withClock(s)
	for size := 2990; ; size++ {
		line, err := s.sealLine("session", map[any]any{"k": strings.Repeat("x", size)}, defaults())
		if err != nil {
			if size < 3000 || !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d bytes: %v", size, err)
			}
			return
		}
		pair, _, _ := strings.Cut(line, ";")
		if len(pair)-1 > maxCookie {
			t.Fatalf("%d bytes of name and value", len(pair)-1)
		}
		_, value, _ := strings.Cut(pair, "=")
		if opens(s, "session", value) == nil {
			t.Fatalf("%d bytes do not come back", size)
		}
	}
}

func TestAnInflatedScratchIsNotKept(t *testing.T) {
	s := NewStore(testKey)
	if _, err := s.sealLine("session", map[any]any{"k": strings.Repeat("x", 1<<20)}, defaults()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	for range 100 {
		if m := newScratch(); cap(m.plain) > 4*maxCookie {
			t.Fatal("a megabyte stays in the pool")
		}
	}
}

// Programs ignore the error of Save.
func TestASaveThatFailsIsLoggedOnce(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		s := newSite(t, use("session", NewStore(testKey))).withLogin()
		s.on("/fill", func(_ *gin.Context, session sessions.Session) string {
			session.Set("cart", strings.Repeat("x", 5000))
			_ = session.Save()
			return ""
		})
		s.wants("/login", "saved")
		if log.Len() > 0 {
			t.Errorf("logged of a Save that succeeds: %s", &log)
		}
		s.wants("/fill", "")
		s.wants("/fill", "")
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `\"cart\" with 5009`) || !strings.Contains(text, "level=WARN") {
			t.Errorf("logged: %s", text)
		}
	})
}
