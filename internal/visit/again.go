package visit

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
)

// A Stub is what leaves the request of a login, as a value, so that a stream or a
// socket can ask again whether the login goes on.
type Stub struct {
	m      *Manager
	record login.Record
	source login.Source
	userID string
}

// Stub returns the stub of the current login. It loads the user. On another context
// than the visit's own it is the empty one.
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
	u, err := s.m.Load(ctx, s.userID)
	if err != nil || u == nil || u.GetID() != s.userID || !MayPass(u) {
		return false, err
	}
	if s.source == login.Request {
		return true, nil
	}
	hash, hashes := hashOf(u)
	return !hashes || s.m.Bindings.Find(hash, s.record.Binding) >= 0, nil
}

// loginGoesOn judges the login by its age and its row.
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
	row, err := s.m.Store.Find(ctx, s.record.LoginID)
	if err != nil {
		return false, err
	}
	use := login.Use{
		Source: login.Session, User: StoredUser(s.m.Name, s.record.UserID), Generation: s.record.Generation, Now: now, Passive: true,
	}
	return s.m.Policy.Compare(use, row, nil).Verdict == login.Good, nil
}
