// Package loginmem keeps the logins of ginlogin in memory. It is a
// [ginlogin.LoginStore] for tests, and for an app of one process whose users may
// all be logged out when it restarts. Package loginsql keeps logins in a database.
//
//	lm.Logins = loginmem.New()
package loginmem

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ginlogin/ginlogin"
)

// A Store is a [ginlogin.LoginStore] in memory. Make one with [New]. It may be
// used by many goroutines once Now is set. From time to time it deletes the rows
// that have expired and those older than a day that were never used.
type Store struct {
	// Now is the clock by which rows expire. The default is time.Now. A test that
	// sets the clock of its login manager sets this one, too.
	Now func() time.Time

	mu      sync.Mutex
	rows    map[string]ginlogin.StoredLogin
	cleanAt int // number of rows at which CreateLogin deletes the dead ones
}

var _ ginlogin.LoginStore = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{Now: time.Now, rows: map[string]ginlogin.StoredLogin{}, cleanAt: 64}
}

var errTaken = errors.New("loginmem: create login: there is a login with this ID")

// CreateLogin adds a row.
func (s *Store) CreateLogin(ctx context.Context, l ginlogin.StoredLogin) error {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, taken := s.rows[l.ID]; taken {
		return errTaken
	}
	if len(s.rows) >= s.cleanAt {
		s.clean()
	}
	s.rows[l.ID] = wholeSeconds(l)
	return nil
}

// FindLogin returns a row, or [ginlogin.ErrLoginNotFound].
func (s *Store) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return ginlogin.StoredLogin{}, err
	}
	l, found := s.rows[id]
	if !found {
		return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
	}
	return l, nil
}

// SwapLogin replaces a row.
func (s *Store) SwapLogin(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l, found := s.rows[next.ID]
	if !found || l.Generation != old.Generation || l.Presented != old.Presented || l.Device != old.Device {
		return false, nil
	}
	s.rows[next.ID] = wholeSeconds(next)
	return true, nil
}

// DeleteLogin removes a row, if it is there.
func (s *Store) DeleteLogin(ctx context.Context, id string) error {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(s.rows, id)
	return nil
}

// DeleteLogins removes the rows of a user, except one.
func (s *Store) DeleteLogins(ctx context.Context, user, except string) error {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return err
	}
	maps.DeleteFunc(s.rows, func(id string, l ginlogin.StoredLogin) bool { return l.User == user && id != except })
	return nil
}

// ListLogins returns the rows of a user that have not expired, the last seen
// first.
func (s *Store) ListLogins(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list(ctx, limit, func(l ginlogin.StoredLogin) bool { return l.User == user })
}

// FindExternal returns the rows with an ExternalID that have not expired, the last
// seen first.
func (s *Store) FindExternal(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list(ctx, limit, func(l ginlogin.StoredLogin) bool { return id != "" && l.ExternalID == id })
}

func (s *Store) list(ctx context.Context, limit int, listed func(ginlogin.StoredLogin) bool) (list []ginlogin.StoredLogin, err error) {
	defer s.lock()()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, l := range s.rows {
		if listed(l) && !s.expired(l) {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b ginlogin.StoredLogin) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return list[:max(0, min(limit, len(list)))], nil
}

// lock locks the store and returns what unlocks it.
func (s *Store) lock() func() {
	s.mu.Lock()
	return s.mu.Unlock
}

// unusedLife is how long a row is kept that was never used.
const unusedLife = 24 * time.Hour

// clean deletes the rows that have expired or were never used. Cleaning again only
// at twice the rows that remain keeps the cost of a login constant.
func (s *Store) clean() {
	maps.DeleteFunc(s.rows, func(_ string, l ginlogin.StoredLogin) bool { return s.expired(l) || s.unused(l) })
	s.cleanAt = max(64, 2*len(s.rows))
}

func (s *Store) expired(l ginlogin.StoredLogin) bool { return !l.Expires.After(s.Now()) }

func (s *Store) unused(l ginlogin.StoredLogin) bool {
	return !l.Used && !l.Created.Add(unusedLife).After(s.Now())
}

// wholeSeconds gives the times of a row the form that other stores give them.
func wholeSeconds(l ginlogin.StoredLogin) ginlogin.StoredLogin {
	for _, t := range []*time.Time{&l.Created, &l.LastSeen, &l.Expires, &l.Rotated} {
		*t = time.Unix(t.Unix(), 0).UTC()
	}
	return l
}
