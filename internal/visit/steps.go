package visit

import (
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/session"
)

// pendingKey is where a login between its two steps is in the session; that of a
// manager with a Name is behind a dot.
const pendingKey = "_login_pending"

func (m *Manager) pendingKey() string { return keyOf(pendingKey, m.Name) }

// BeginLogin notes that u has taken the first step of a login. Until the second the
// visitor is not logged in, so the session's login is ended.
func (v *Visit) BeginLogin(u User, o LoginChoices) error {
	rec, _, err := v.newLogin(u, o)
	if err != nil {
		return err
	}
	if err := v.identify(); err != nil {
		return err
	}
	if before := v.claim.UserBefore(); before != "" || v.m.Remember.Brought(v.c.Request) {
		// Another user's data must not be there when the login is finished.
		if err := v.LogOut(before != "" && before != rec.UserID); err != nil {
			return err
		}
	}
	p := login.Pending{
		UserID: rec.UserID, BegunAt: rec.LoginAt, Fresh: o.Fresh, Force: o.Force, Remember: o.Remember, For: int64(o.For / time.Second),
		Binding: rec.Binding, Methods: rec.Methods, ExternalID: o.ExternalID,
	}
	return v.save(session.Renew, func(s *session.Values) { s.Set(v.m.pendingKey(), p.Encode()) })
}

// Pending returns the user who has taken the first step and may take the second, or
// nil.
func (v *Visit) Pending(c *gin.Context) User {
	if !v.Owns(c) || v.m.Load == nil {
		return nil
	}
	v.Private()
	p, ok, err := v.pending()
	if !ok || err != nil {
		return nil
	}
	defer v.inside(&v.asking)()
	u, err := v.loadUser(p.UserID)
	if err != nil {
		v.Report(err)
	}
	if u == nil || !u.IsActive() && !p.Force || !v.goes(&p, u) {
		return nil
	}
	return u
}

// FinishLogin logs u in after the second step, with the choices of both.
func (v *Visit) FinishLogin(u User, o LoginChoices) error {
	p, ok, err := v.pending()
	switch {
	case err != nil:
		return err
	case IsNil(u):
		return errors.New("ginlogin: FinishLogin: the user is nil: call it only for a user that was found")
	case !ok || !v.goes(&p, u):
		return ErrNotAuthenticated
	}
	o.Fresh, o.Force, o.Remember = o.Fresh && p.Fresh, o.Force || p.Force, o.Remember || p.Remember
	if o.For == 0 {
		o.For = time.Duration(p.For) * time.Second
	}
	if o.ExternalID == "" {
		o.ExternalID = p.ExternalID
	}
	o.Methods = append(login.MethodNames(p.Methods), o.Methods...)
	return v.LogIn(u, o)
}

// goes reports whether u may take the second step now.
func (v *Visit) goes(p *login.Pending, u User) bool {
	key, _ := v.bindingOf(u, p.Binding)
	return p.Goes(u.GetID(), key, v.m.seconds())
}

// pending reads the pending login from the session.
func (v *Visit) pending() (p login.Pending, ok bool, err error) {
	if !v.mayHaveSession() {
		return p, false, nil
	}
	if err := v.session.Open(v.c); err != nil {
		return p, false, err
	}
	p, ok = login.DecodePending(v.session.Get(v.m.pendingKey()))
	return p, ok, nil
}
