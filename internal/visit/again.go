package visit

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
)

// A Stub is a login as a value that may outlive the request, so that a stream or a
// socket can check again whether the login is valid.
type Stub struct {
	m      *Manager
	record login.Record
	source login.Source
	userID string
}

// Stub returns the stub of the current login. It loads the user. On another context
// than the visit's own it is empty.
func (v *Visit) Stub(c *gin.Context) Stub {
	if !v.Owns(c) {
		return Stub{}
	}
	u, err := v.User(c)
	if err != nil || !MayPass(u) {
		return Stub{}
	}
	return Stub{m: v.m, record: v.claim.Record, source: v.claim.Source, userID: u.GetID()}
}

// StillLoggedIn asks the login store and the user loader again, and the timeouts.
// The error is an outage, which says nothing about the login.
func (s Stub) StillLoggedIn(ctx context.Context) (bool, error) {
	if s.userID == "" {
		return false, nil
	}
	if s.source == login.Session || s.source == login.Cookie {
		if goesOn, err := s.loginGoesOn(ctx); !goesOn || err != nil {
			return false, err
		}
	}
	if s.m.Load == nil {
		return true, nil
	}
	u, err := s.m.loadPassing(ctx, s.userID)
	if u == nil {
		return false, err
	}
	return s.source == login.Request || s.m.bound(u, s.record.Binding), nil
}

// loginGoesOn reports whether the login is valid by its age and its row.
func (s Stub) loginGoesOn(ctx context.Context) (bool, error) {
	now := s.m.seconds()
	if s.m.Policy.Expired(&s.record, now) {
		return false, nil
	}
	if actor, ok := s.record.Actor(); ok {
		if u, _, err := s.m.actorOf(ctx, &actor, now, true); u == nil || err != nil {
			return false, err
		}
	}
	if s.m.Store == nil {
		return true, nil
	}
	use, err := s.m.judgeRow(ctx, &s.record, now, true)
	return err == nil && use.Verdict == login.Good, err
}

// rowUse is a row as it was found, and what it says of the login.
type rowUse struct {
	login.RowFinding
	before login.Row
}

// judgeRow judges a login in a session by its row.
func (m *Manager) judgeRow(ctx context.Context, rec *login.Record, now int64, passive bool) (use rowUse, err error) {
	if use.before, err = m.Store.Find(ctx, rec.LoginID); err != nil {
		return use, err
	}
	use.RowFinding = m.Policy.Compare(login.Use{
		Source: login.Session, User: StoredUser(m.Name, rec.UserID), Generation: rec.Generation, Now: now, Passive: passive,
	}, use.before, nil)
	return use, nil
}

// loadPassing returns the user of that ID, or nil if no login of it may go on.
func (m *Manager) loadPassing(ctx context.Context, id string) (User, error) {
	u, err := m.Load(ctx, id)
	if err != nil || u == nil || !MayPass(u) {
		return nil, err
	}
	return u, nil
}
