package visit

import (
	"errors"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/session"
)

// commit makes the writes of the claim while headers can still be sent. A failure
// is reported and does not change the user. The row was written before, when the
// user was found.
func (v *Visit) commit() {
	todo := v.claim.Write
	if todo == (login.Write{}) || v.c.Writer.Written() {
		return
	}
	v.claim.Write = login.Write{Row: todo.Row}
	if err := v.commitSession(todo.Session); err != nil {
		v.Report(err)
	}
	v.commitCookie(todo.Cookie)
	if todo.Activity {
		v.sendActivity()
	}
}

func (v *Visit) commitSession(write login.SessionWrite) error {
	switch write {
	case login.PutRecord:
		return v.commitRecord()
	case login.RemoveRecord:
		return v.save(session.Forget, v.endRecord)
	case login.EndSession:
		err := v.save(session.Forget, func(s *session.Values) {
			v.endRecord(s)
			s.Delete(nextKey)
		})
		// Protection has ended the login, and copies of its cookies with it.
		held, err2 := v.held()
		return errors.Join(err, err2, v.deleteRows(held.session, held.cookie, held.actor))
	}
	return nil
}

func (v *Visit) commitRecord() error {
	mode := session.Keep
	if v.claim.Source == login.Cookie {
		// Otherwise an attacker who planted the session ID would share the restored
		// login (session fixation).
		mode = session.Renew
	}
	rec := &v.claim.Record
	err := v.save(mode, func(s *session.Values) {
		if v.claim.Source == login.Cookie {
			v.dropMessages(s)
		}
		v.putRecord(s, rec, v.claim.Held().UserID)
	})
	if err == nil {
		v.claim.Saved()
	}
	return err
}

func (v *Visit) commitCookie(write login.CookieWrite) {
	switch write {
	case login.ForgetCookie:
		v.forgetRemember()
	case login.ForgetUnseen:
		if v.m.Remember.Path == "/" { // every request brings it
			v.forgetRemember()
			break
		}
		v.deleteRemember()
	case login.ResignCookie, login.RotateCookie:
		t := *v.claim.Token
		t.Binding, t.Generation = v.claim.Record.Binding, v.claim.Record.Generation
		v.sendToken(t)
		v.deleteOtherRemembers(true) // an older generation that comes back would look like a theft
	case login.RenewCookie:
		v.renewNow()
	}
}
