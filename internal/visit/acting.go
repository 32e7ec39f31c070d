package visit

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/session"
)

// ErrImpersonating is what functions return that are forbidden while a user acts as
// another one.
var ErrImpersonating = errors.New("ginlogin: not while acting as another user: call StopImpersonating first")

// Acting reports whether the current login is one of a user who acts as another one.
func (v *Visit) Acting(c *gin.Context) bool {
	if !v.Owns(c) {
		return false
	}
	_ = v.identify()
	return v.claim.Source == login.Session && v.claim.Record.Acting != ""
}

// Impersonate makes the current user act as u. The session's data is removed: it
// belongs to the acting user.
func (v *Visit) Impersonate(u User) error {
	id, err := idOf(u)
	if err != nil {
		return err
	}
	actor, err := v.User(v.c)
	switch {
	case err != nil:
		return err
	case v.Acting(v.c):
		return ErrImpersonating
	case v.claim.Source == login.Nobody:
		return ErrNotAuthenticated
	case !v.fresh():
		return ErrNotFresh
	case !u.IsActive():
		return ErrInactiveUser
	}
	binding, err := v.binding(u)
	if err != nil {
		return err
	}
	acting := v.claim.Record
	rec := acting.ActAs(id, rand.Text(), binding, v.m.seconds())
	row := v.m.Policy.Row(&rec, v.stored(id), 0)
	row.ActingUser, row.ActingLogin, row.ActingGeneration = v.stored(acting.UserID), acting.LoginID, acting.Generation
	if err := v.createRow(row); err != nil {
		return err
	}
	if err := v.changeUser(rec); err != nil {
		return errors.Join(err, v.deleteRows(rec.LoginID))
	}
	v.become(u, rec)
	v.noteSeldom().actor = actor
	v.AuditLine(slog.LevelWarn, "impersonation_began", id, rec.LoginID, "by the acting user "+actor.GetID())
	return nil
}

// StopImpersonating goes back to the login of the acting user, which is judged anew
// when it is asked for.
func (v *Visit) StopImpersonating() error {
	if err := v.identify(); err != nil {
		return err
	}
	if !v.Acting(v.c) {
		return ErrNotAuthenticated
	}
	// Otherwise a copy of the session would lead to the login of the acting user after
	// acting has ended.
	if err := v.judgeActing(); err != nil {
		return err
	}
	acted := v.claim.Record
	actor, ok := acted.Actor()
	if !ok {
		return ErrNotAuthenticated
	}
	actor.BegunAt = v.m.seconds() // the session of the acting user begins anew
	if err := v.deleteRows(acted.LoginID); err != nil {
		return err
	}
	if err := v.changeUser(actor); err != nil {
		return err
	}
	v.AuditLine(slog.LevelWarn, "impersonation_ended", acted.UserID, acted.LoginID, "by the acting user")
	v.claim, v.row, v.identified = login.Claim{}, nil, false
	v.noteSeldom().actor = nil
	v.tell(told{})
	v.load(true)
	return nil
}

// judgeActing lets the store judge the impersonation and the acting user's own login.
func (v *Visit) judgeActing() error {
	defer v.inside(&v.asking)()
	if err := v.askStore(); err != nil {
		return err
	}
	return v.askActor()
}

// changeUser puts the login of another user into the session, under a new ID and
// without the data of the user before.
func (v *Visit) changeUser(rec login.Record) error {
	return v.save(session.Renew, func(s *session.Values) {
		v.clear(s)
		s.Set(v.m.SessionKey, rec.Encode())
	})
}

// Impersonator returns the user who acts as the current one, or nil.
func (v *Visit) Impersonator(c *gin.Context) User {
	if _, err := v.User(c); err != nil || !v.Acting(c) {
		return nil
	}
	return v.known().actor
}

// askActor ends the claimed login if it is an impersonation and the acting user's own
// login has ended.
func (v *Visit) askActor() error {
	if v.claim.Source != login.Session || v.claim.Record.Acting == "" {
		return nil
	}
	actor, ok := v.claim.Record.Actor()
	if !ok {
		return nil
	}
	u, use, err := v.m.actorOf(v.c.Request.Context(), &actor, v.judgedAt(), v.claim.Passive)
	if err != nil {
		return err
	}
	if u != nil {
		if err := v.askDevice(&use.before, actor.AuthAt); err != nil || v.claim.Source == login.Nobody {
			return err
		}
	}
	if u != nil && use.Write == login.TouchRow && !v.c.Writer.Written() {
		// Acting also counts as use of the acting login, which must not idle out
		// meanwhile. A lost swap is judged with the next request.
		if _, err := v.m.Store.Swap(v.c.Request.Context(), use.before, use.Next); err != nil {
			v.Report(err)
		}
	}
	if v.noteSeldom().actor = u; u == nil {
		v.audit(v.claim.EndActing(&v.m.Policy, v.judgedAt()))
	}
	return nil
}

// actorOf returns the acting user, or nil if the acting login has ended. That it was
// restored since, or cut by LogoutOthers, ends the impersonation, too.
func (m *Manager) actorOf(ctx context.Context, actor *login.Record, now int64, passive bool) (u User, use rowUse, err error) {
	if m.Store != nil {
		if use, err = m.judgeRow(ctx, actor, now, passive); err != nil || use.Verdict != login.Good {
			return nil, use, err
		}
	}
	if m.Load == nil {
		return nil, use, nil
	}
	if u, err = m.loadPassing(ctx, actor.UserID); u == nil || !m.bound(u, actor.Binding) {
		return nil, use, err
	}
	return u, use, nil
}
