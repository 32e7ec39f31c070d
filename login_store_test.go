package ginlogin_test

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// shelf is a login store that tells its calls, and fails as told.
type shelf struct {
	mu    sync.Mutex
	rows  map[string]ginlogin.StoredLogin
	calls []string
	err   error
	fails string // the call that fails with err; "": all
	lost  int    // swaps that another request is faster than
}

func newShelf() *shelf { return &shelf{rows: map[string]ginlogin.StoredLogin{}} }

// call begins a call; the caller unlocks.
func (s *shelf) call(name string) error {
	s.mu.Lock()
	s.calls = append(s.calls, name)
	if s.fails != "" && s.fails != name {
		return nil
	}
	return s.err
}

func (s *shelf) CreateLogin(_ context.Context, l ginlogin.StoredLogin) error {
	defer s.mu.Unlock()
	if err := s.call("create"); err != nil {
		return err
	}
	s.rows[l.ID] = l
	return nil
}

func (s *shelf) FindLogin(_ context.Context, id string) (ginlogin.StoredLogin, error) {
	defer s.mu.Unlock()
	if err := s.call("find"); err != nil {
		return ginlogin.StoredLogin{}, err
	}
	row, ok := s.rows[id]
	if !ok {
		return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
	}
	return row, nil
}

func (s *shelf) SwapLogin(_ context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	defer s.mu.Unlock()
	if err := s.call("swap"); err != nil {
		return false, err
	}
	if s.lost > 0 {
		s.lost--
		return false, nil
	}
	row, ok := s.rows[next.ID]
	if !ok || row.Generation != old.Generation || row.Presented != old.Presented || row.Device != old.Device {
		return false, nil
	}
	s.rows[next.ID] = next
	return true, nil
}

func (s *shelf) DeleteLogin(_ context.Context, id string) error {
	defer s.mu.Unlock()
	if err := s.call("delete"); err != nil {
		return err
	}
	delete(s.rows, id)
	return nil
}

func (s *shelf) ListLogins(_ context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list("list", limit, func(l ginlogin.StoredLogin) bool { return l.User == user })
}

func (s *shelf) FindExternal(_ context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list("find external", limit, func(l ginlogin.StoredLogin) bool { return id != "" && l.ExternalID == id })
}

func (s *shelf) list(call string, limit int, listed func(ginlogin.StoredLogin) bool) ([]ginlogin.StoredLogin, error) {
	defer s.mu.Unlock()
	if err := s.call(call); err != nil {
		return nil, err
	}
	var rows []ginlogin.StoredLogin
	for _, row := range s.rows {
		if listed(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b ginlogin.StoredLogin) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), cmp.Compare(a.ID, b.ID))
	})
	return rows[:min(len(rows), limit)], nil
}

func (s *shelf) DeleteLogins(_ context.Context, user, except string) error {
	defer s.mu.Unlock()
	if err := s.call("delete all"); err != nil {
		return err
	}
	for id, row := range s.rows {
		if row.User == user && id != except {
			delete(s.rows, id)
		}
	}
	return nil
}

// told returns the calls since the last time.
func (s *shelf) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := strings.Join(s.calls, " ")
	s.calls = nil
	return told
}

// fail makes all calls fail with err; nil ends that.
func (s *shelf) fail(err error) { s.failOnly("", err) }

// failOnly makes the calls of that name fail, as told tells them.
func (s *shelf) failOnly(call string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails, s.err = call, err
}

// lose lets so many swaps be lost to other requests.
func (s *shelf) lose(swaps int) { s.mu.Lock(); s.lost = swaps; s.mu.Unlock() }

func (s *shelf) only(t *testing.T) ginlogin.StoredLogin {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) != 1 {
		t.Fatalf("the store has %d rows, not one", len(s.rows))
	}
	for _, row := range s.rows {
		return row
	}
	return ginlogin.StoredLogin{}
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// newStoredSite is a site with a login store and sessions in cookies.
func newStoredSite(t *testing.T, change func(*site)) (*site, *shelf) {
	t.Helper()
	store := newShelf()
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.Logins = store
		if change != nil {
			change(s)
		}
		s.engine.GET("/plain", func(*gin.Context) {})
	})
	s.engine.GET("/devices", func(c *gin.Context) {
		logins, err := ginlogin.Logins(c)
		var lines []string
		for _, l := range logins {
			line := l.UserAgent
			if l.ID == ginlogin.LoginID(c) {
				line += " (this)"
			}
			lines = append(lines, line)
		}
		c.String(http.StatusOK, "%s %v", strings.Join(lines, ", "), err)
	})
	s.engine.POST("/end", func(c *gin.Context) { answer200(c, ginlogin.EndLogin(c, c.Query("id"))) })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	s.engine.POST("/everywhere", func(c *gin.Context) { answer200(c, ginlogin.LogoutEverywhere(c)) })
	return s, store
}
