package ginlogin_test

import (
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"

	"github.com/ginlogin/ginlogin"
)

// A crawler comes without cookies and keeps none, so that each of its hits makes a session.
func TestARefusedStrangerLeavesASessionOfTenMinutes(t *testing.T) {
	silence(t)
	const month = 30 * 24 * 60 * 60
	for _, lifetime := range []int{month, 3600, 0} {
		for _, row := range []struct {
			name, method string
			header       []string
			prepare      func(b *browser)
			inSession    bool // next is kept there
			want         int
		}{
			{"a navigation", "GET", nil, nil, false, 600},
			{"a page that is kept in the session", "GET", nil, nil, true, 600},
			{"a form", "POST", nil, nil, false, 600},
			{"htmx", "GET", []string{"HX-Request", "true"}, nil, false, 600},
			{"a cookie of a session that is gone", "GET", []string{"Cookie", "session=MTc5NjAyNjAyNXxnb25l"}, nil, false, 600},
			{"a cookie of another app", "GET", []string{"Cookie", "_ga=GA1.1"}, nil, false, 600},
			{"an invalid remember cookie", "GET", []string{"Cookie", "remember_token=bad"}, nil, false, 600},
			{"a visitor with a cart", "GET", nil, func(b *browser) { b.post("/data?key=cart&value=book") }, false, lifetime},
			{"a user whose login is stale", "GET", nil, func(b *browser) { b.post("/login?id=1&fresh=0") }, false, lifetime},
		} {
			t.Run(row.name, func(t *testing.T) {
				store := memstore.NewStore(keyOf("session"))
				options := ginlogin.SessionOptions()
				options.MaxAge = lifetime
				store.Options(options)
				s := siteBehind(t, sessions.Sessions("session", store), func(s *site) {
					loadWith(s, s.users.find)
					s.lm.UseSessionForNext = row.inSession
				}, nil)
				b := s.browser()
				if row.prepare != nil {
					row.prepare(b)
				}
				rep := b.do(row.method, "/vault", row.header...)
				set := b.setCookie(rep, "session")
				if set == nil {
					t.Fatalf("no session: %s", rep.Status)
				}
				wants(t, "lifetime", set.MaxAge, row.want)
				again := row.header
				if len(again) > 0 && again[0] == "Cookie" { // which the browser has replaced
					again = nil
				}
				wantsNoCookies(t, "the same page again", b.do(row.method, "/vault", again...))
				if row.inSession {
					another := b.setCookie(b.do("GET", "/vault?page=2"), "session")
					if another == nil || another.MaxAge != row.want {
						t.Errorf("another page, beside a message and a next: %v", another)
					}
				}
			})
		}
	}
}
