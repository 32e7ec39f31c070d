package visit

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/session"
)

// Change makes a change to the login of c, and then fires the events of it.
func (v *Visit) Change(c *gin.Context, change func() error) error {
	if err := v.Writable(c); err != nil {
		return err
	}
	defer v.Fire()
	err := change()
	v.warnMistake(err)
	return err
}

// LoginChoices are the options of one login.
type LoginChoices struct {
	Remember     bool
	For          time.Duration // of the remember cookie; 0 is the setting's
	Fresh, Force bool
	ExternalID   string   // of the row
	Methods      []string // names of RFC 8176
}

// LogIn logs u in. On an error the session is as it was.
func (v *Visit) LogIn(u User, o LoginChoices) error {
	rec, remember, err := v.newLogin(u, o)
	if err != nil {
		return err
	}
	// Only an outage of the stores stops a login here: whether the previous user still
	// exists does not matter.
	if err := v.identify(); err != nil {
		return err
	}
	held, err := v.held()
	if err != nil {
		return err
	}
	row := v.m.Policy.Row(&rec, v.stored(rec.UserID), v.lifetime(o))
	row.ExternalID = o.ExternalID
	if err := v.createRow(row); err != nil {
		return err
	}
	if err := v.saveLogin(rec); err != nil {
		return errors.Join(err, v.deleteRows(rec.LoginID))
	}
	goesOn := v.rememberAfter(rec.UserID, remember, held.cookie)
	if err := errors.Join(v.deleteRowsBut(goesOn, held.session, held.cookie, held.actor), v.endSurplus(row)); err != nil {
		v.Report(err)
	}
	v.warnSibling()
	v.warnType(u)
	v.leaveTrace()
	v.forgetDevice() // of the login before
	v.offerDevice(rec.LoginID, row.Device)
	if o.Force { // guards refuse this user anyway
		v.m.warned.lasted.Store(true)
	}
	v.become(u, rec)
	v.queue(UserLoggedIn, u, "")
	return nil
}

// newLogin returns the record of a login of u, and its remember cookie if it gets
// one.
func (v *Visit) newLogin(u User, o LoginChoices) (rec login.Record, remember *http.Cookie, err error) {
	id, err := idOf(u)
	switch {
	case err != nil:
		return rec, nil, err
	case !u.IsActive() && !o.Force:
		return rec, nil, ErrInactiveUser
	}
	binding, err := v.binding(u)
	if err != nil {
		return rec, nil, err
	}
	now := v.m.seconds()
	rec = login.Begin(id, rand.Text(), binding, login.Methods(o.Methods), v.client(), o.Fresh, now)
	if !o.Remember {
		return rec, nil, nil
	}
	d := v.lifetime(o)
	if d < time.Second {
		return rec, nil, mistake{fmt.Errorf("ginlogin: RememberFor: the lifetime is %v: use a second or more", d)}
	}
	remember, err = v.m.Remember.Make(v.m.Policy.Remember(&rec, d), now)
	return rec, remember, err
}

// lifetime returns how long the remember cookie is good for, 0 without one.
func (v *Visit) lifetime(o LoginChoices) time.Duration {
	switch {
	case !o.Remember:
		return 0
	case o.For == 0:
		return v.m.RememberFor
	}
	return o.For
}

// idOf returns the ID to write for u, or why u cannot be logged in.
func idOf(u User) (string, error) {
	if IsNil(u) {
		return "", mistake{errors.New("ginlogin: Login: the user is nil: call it only for a user that was found")}
	}
	id := u.GetID()
	if id == "" {
		return "", mistake{fmt.Errorf("ginlogin: Login: GetID of the %T is empty: it has to return the ID of a saved user", u)}
	}
	return id, nil
}

// saveLogin puts a new login into a session with a new ID, and clears the data of
// another user that the session belonged to.
func (v *Visit) saveLogin(rec login.Record) error {
	before := v.claim.UserBefore()
	p, isPending, _ := v.pending()
	return v.save(session.Renew, func(s *session.Values) {
		v.answerGuards(s)
		if isPending { // the session may have data of that user, or of an earlier login
			before = cmp.Or(before, s.Get(v.m.ownerKey()), p.UserID)
		}
		if pending := v.m.pendingKey(); s.Get(pending) != "" {
			s.Delete(pending)
		}
		v.putRecord(s, &rec, before)
	})
}

// rememberAfter sends the remember cookie of a new login. Without one, an older cookie
// of the same user stays, as in Flask-Login, and its login, remembered, is returned,
// since it continues. remembered is "" unless the request has brought a valid cookie.
func (v *Visit) rememberAfter(userID string, remember *http.Cookie, remembered string) (goesOn string) {
	switch {
	case remember != nil:
		v.sendRemember(remember, userID)
	case v.rememberedAs(userID) && (v.m.Store == nil || remembered != ""):
		return remembered
	default:
		v.forgetRemember()
	}
	return ""
}

// deleteRowsBut deletes the rows of these logins, except one.
func (v *Visit) deleteRowsBut(except string, ids ...string) error {
	for _, id := range ids {
		if id == except {
			continue
		}
		if err := v.deleteRows(id); err != nil {
			return err
		}
	}
	return nil
}

// LogOut logs the current user out and deletes the remember cookie. With clear set,
// it removes all other session data too.
func (v *Visit) LogOut(clear bool) error {
	// The user is asked for only to name it to the event's handlers: a loader that
	// fails must keep no user from logging out.
	u := v.load(false)
	if err := v.session.Err(); err != nil {
		return err
	}
	loggedIn := !u.IsAnonymous() || v.claim.Source != login.Nobody && v.told.err != nil
	held, err := v.held()
	if err != nil {
		return err
	}
	if err := v.deleteRows(held.session, held.cookie, held.actor); err != nil {
		return err
	}
	if err := v.removeLogin(clear); err != nil {
		if held.session != "" {
			v.AuditLine(slog.LevelInfo, "login_ended", v.claim.Held().UserID, held.session, "by a logout that could not save the session")
		}
		return err
	}
	v.forgetRemember()
	v.forgetActivity()
	v.forgetDevice()
	v.m.warned.newest.Store(nil)
	if loggedIn {
		v.queue(UserLoggedOut, u, "")
	}
	v.becomeNobody()
	return nil
}

// removeLogin removes the login from the session, or everything.
func (v *Visit) removeLogin(everything bool) error {
	switch {
	case everything && v.mayHaveSession():
		return v.save(session.Forget, v.clear)
	case v.claim.Held().UserID != "" || v.session.Opened() && v.session.Get(v.m.pendingKey()) != "":
		return v.save(session.Forget, func(s *session.Values) {
			v.dropMessages(s)
			s.Delete(v.m.SessionKey)
			s.Delete(v.m.pendingKey())
		})
	}
	return nil
}

// Confirm makes the current login fresh after u has given credentials.
func (v *Visit) Confirm(u User, methods []string) error {
	if v.Acting(v.c) {
		return ErrImpersonating
	}
	if err := v.mustBe(u); err != nil {
		return err
	}
	key, newest := v.bindingOf(u, v.claim.Record.Binding)
	v.audit(v.claim.User(&v.m.Policy, key, newest))
	if v.claim.Source == login.Nobody {
		return ErrNotAuthenticated // the password has changed since
	}
	if err := v.writeRowOf(u); err != nil {
		return err
	}
	v.commit()
	rec, client := v.claim.Record, v.client()
	rec.Confirm(v.current(), client, login.Methods(methods), v.m.seconds())
	if err := v.save(session.Renew, func(s *session.Values) {
		v.answerGuards(s)
		s.Set(v.m.SessionKey, rec.Encode())
	}); err != nil {
		return err
	}
	if v.claim.NewClient {
		v.AuditLine(slog.LevelWarn, SessionProtected.String(), rec.UserID, rec.LoginID, "the login was confirmed by a changed client")
	}
	v.offerDevice(rec.LoginID, v.current().Device)
	v.become(u, rec)
	v.queue(UserLoginConfirmed, u, "")
	return nil
}

// mustBe returns why the current login is not u's to change. A login that was ended
// elsewhere must not be revived, so the store is asked.
func (v *Visit) mustBe(u User) error {
	if IsNil(u) {
		return fmt.Errorf("%w: the user whose credentials were checked is nil", ErrNotAuthenticated)
	}
	id := u.GetID()
	if err := v.identify(); err != nil {
		return err
	}
	if id == "" || v.claim.Identity() != id {
		return ErrNotAuthenticated
	}
	if err := v.judge(); err != nil {
		return err
	}
	if v.claim.Identity() != id {
		return ErrNotAuthenticated
	}
	return nil
}

// writeRowOf writes the row of the current login, which is u's, once nothing else can
// stop the change: a row rotated for a refused change would look like a lost response,
// and a few of those like a theft.
func (v *Visit) writeRowOf(u User) error {
	if err := v.writeRow(); err != nil {
		return err
	}
	if v.claim.Identity() != u.GetID() {
		return ErrNotAuthenticated // ended by another request meanwhile
	}
	return nil
}

// judge asks the store about the login in the session and, when that has ended, about
// the one that the remember cookie continues.
func (v *Visit) judge() error {
	from := v.claim.Source
	if err := v.askStore(); err != nil {
		return err
	}
	if from == login.Session && v.claim.Source == login.Nobody && !v.claim.Refused {
		v.identifyByCookie()
		if v.claim.Source == login.Cookie {
			return v.askStore()
		}
	}
	return nil
}

// become makes u, whose login is rec, the current user.
func (v *Visit) become(u User, rec login.Record) {
	v.claim = login.Claim{Source: login.Session, Record: rec}
	v.settle(u)
}

// becomeNobody makes the anonymous user the current user.
func (v *Visit) becomeNobody() {
	v.claim = login.Claim{}
	v.settle(v.anonymous())
}
