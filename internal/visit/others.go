package visit

import (
	"cmp"
	"errors"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/session"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// LogOutOthers ends all logins of u but this one, and all copies of this one: one
// compare-and-swap of the row, which keeps its ID, cuts them off. The login is
// bound to u's present SessionHash.
func (v *Visit) LogOutOthers(u User) error {
	if v.Acting(v.c) {
		return ErrImpersonating
	}
	if err := v.mustBe(u); err != nil {
		return err
	}
	if !v.MayEndOthers() {
		return ErrNotFresh
	}
	binding, err := v.binding(u)
	if err != nil {
		return err
	}
	if err := v.writeRowOf(u); err != nil {
		return err
	}
	came, remembered, err := v.rememberBeside()
	if err != nil {
		return err
	}
	if err := v.cutOthers(); err != nil {
		return err
	}
	rec := v.claim.Record
	rec.KeepAlone(v.current(), binding)
	if err := v.save(session.Renew, func(s *session.Values) { s.Set(v.m.SessionKey, rec.Encode()) }); err != nil {
		return errors.Join(err, v.deleteOthers(u, rec)) // the others have to end all the same
	}
	if remembered {
		came.Binding, came.Generation = rec.Binding, rec.Generation
		v.sendToken(came)
	}
	v.become(u, rec)
	return v.deleteOthers(u, rec)
}

// MayEndOthers reports whether the current login may end others of its user.
func (v *Visit) MayEndOthers() bool { return v.claim.MayEndOthers(&v.m.Policy, v.m.seconds()) }

// cutOthers cuts off the copies of the current login. A lost swap is read and
// judged again: of two at once, one finds its session cut off.
func (v *Visit) cutOthers() error {
	if v.m.Store == nil {
		return nil
	}
	for range swapAttempts {
		next := v.current().CutOthers(v.m.seconds())
		swapped, err := v.m.Store.Swap(v.toTheEnd(), v.row.found, next)
		if err != nil {
			return err
		}
		if swapped {
			v.row.found = next
			return nil
		}
		v.row = nil
		if err := v.askStore(); err != nil {
			return err
		}
		if v.claim.Source != login.Session {
			return ErrNotAuthenticated
		}
	}
	return errContended
}

// deleteOthers deletes the rows of u's other logins than rec.
func (v *Visit) deleteOthers(u User, rec login.Record) error {
	if v.m.Store != nil {
		if err := v.endAll(v.stored(rec.UserID), rec.LoginID, "by the user, with all others"); err != nil {
			return err
		}
	}
	v.queueOf(LoginsEnded, u, loginName{rec.UserID, rec.LoginID}, "by the user, all but this one")
	return nil
}

// rememberBeside returns the valid remember cookie of the current login that came with
// the request. A stolen one ends the login.
func (v *Visit) rememberBeside() (t login.Token, ok bool, err error) {
	// The cookie of a login in this very request counts as one that came.
	came := setcookie.AsSent(v.c.Request, v.c.Writer.Header(), v.m.Remember.Name)
	t, _, ok = v.m.Remember.Find(came, v.claim.Record.UserID, v.m.seconds())
	if !ok || v.m.Store == nil {
		return t, ok, nil
	}
	if t.LoginID != v.claim.Record.LoginID {
		return t, false, nil
	}
	id, err := v.judgeHeld(login.Use{Source: login.Cookie, User: v.stored(t.UserID)}, t.LoginID, &t)
	return t, id != "", err
}

// EndEverywhere deletes the rows of all logins of the current user, this one included:
// Logout would keep its row if a copy has restored or cut it off meanwhile.
func (v *Visit) EndEverywhere() error {
	u := v.told.user
	id := cmp.Or(v.claim.Identity(), u.GetID())
	if err := v.endAll(v.stored(id), "", "by the user, with all others"); err != nil {
		return err
	}
	v.queueOf(LoginsEnded, u, loginName{id, v.claim.LoginID()}, "by the user, everywhere")
	return nil
}
