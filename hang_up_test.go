package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// hangingUp asks for a page as a client that hangs up while the site works, and returns
// the status that metrics see.
func hangingUp(s *site, b *browser, cancelled chan<- context.CancelFunc, method, path string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cancelled <- cancel
	req, _ := http.NewRequestWithContext(ctx, method, s.URL+path, nil)
	req.RemoteAddr, req.RequestURI = "127.0.0.1:1", path
	req.Header.Set("User-Agent", b.agent)
	for _, c := range b.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	return s.serve(req).StatusCode
}

// goneStore fails when the client has hung up.
type goneStore struct {
	ginlogin.LoginStore
	fail func(ctx context.Context) error
}

func (g *goneStore) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	if err := g.fail(ctx); err != nil {
		return ginlogin.StoredLogin{}, err
	}
	return g.LoginStore.FindLogin(ctx, id)
}

// Proxies and load balancers drop connections, and users click again. In metrics and logs
// that is no outage.
func TestAClientThatHangsUpIsNoOutage(t *testing.T) {
	const gone, outage = 499, http.StatusServiceUnavailable
	for _, row := range []struct {
		name string
		err  func(ctx context.Context) error
		want int
	}{
		{"the context's error", context.Context.Err, gone},
		{"wrapped by the app", func(ctx context.Context) error { return fmt.Errorf("users: %w", ctx.Err()) }, gone},
		{"joined with another error", func(ctx context.Context) error { return errors.Join(errors.New("rollback failed"), ctx.Err()) }, gone},
		{"a canceled query of PostgreSQL", func(context.Context) error { return sqlStateError("57014") }, gone},
		{"a canceled query of PostgreSQL, wrapped", func(context.Context) error { return fmt.Errorf("users: %w", sqlStateError("57014")) }, gone},
		{"an outage at the same moment", func(context.Context) error { return errStoreDown }, outage},
		{"PostgreSQL shuts down at the same moment", func(context.Context) error { return sqlStateError("57P01") }, outage},
	} {
		t.Run(row.name, func(t *testing.T) {
			cancels := make(chan context.CancelFunc, 1)
			hangUp := func(ctx context.Context) error {
				select {
				case cancel := <-cancels:
					cancel()
					return row.err(ctx)
				default:
					return nil
				}
			}
			logins := &goneStore{newShelf(), func(context.Context) error { return nil }}
			s := newSite(t, cookieStore(), func(s *site) {
				loadWith(s, func(ctx context.Context, id string) (*account, error) {
					if err := hangUp(ctx); err != nil {
						return nil, err
					}
					return s.users.find(ctx, id)
				})
				s.lm.Logins = logins
			})
			b := s.browser()
			b.post("/login?id=1")
			s.logged()
			wants(t, "while the user is loaded", hangingUp(s, b, cancels, "GET", "/secret"), row.want)
			wants(t, "logged", s.logged() != "", row.want == outage)
			logins.fail = hangUp
			wants(t, "while the login is looked up", hangingUp(s, b, cancels, "GET", "/secret"), row.want)
			logins.fail = func(context.Context) error { return nil }
			wants(t, "logged", s.logged() != "", row.want == outage)
			wants(t, "the login goes on", b.get("/whoami"), "200 user 1")
		})
	}
}

func TestAClientWhoHasNotHungUpMeetsAnOutage(t *testing.T) {
	for name, err := range map[string]error{"canceled by the app": context.Canceled, "a statement timeout of PostgreSQL": sqlStateError("57014")} {
		s := newSite(t, cookieStore(), nil)
		b := s.browser()
		b.post("/login?id=1")
		s.users.fail(err)
		wants(t, name, b.get("/secret"), "503 ")
	}
	s := newSite(t, cookieStore(), func(s *site) {
		loadWith(s, func(ctx context.Context, _ string) (*account, error) { <-ctx.Done(); return nil, context.Canceled })
	})
	b := s.browser()
	b.post("/login?id=1")
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/secret", nil)
	req.AddCookie(&http.Cookie{Name: "session", Value: b.cookie("session")})
	wants(t, "when the time of the request is up", s.serve(req).StatusCode, 503)
}
