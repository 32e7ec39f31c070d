package ginlogin

import (
	"errors"
	"log/slog"
)

// pending is what identification has found to be written. It waits until the
// user has loaded, so that an outage changes nothing.
type pending struct {
	session  sessionChange
	remember rememberChange
	row      rowChange
}

type sessionChange uint8

const (
	noChange sessionChange = iota
	writeRecord
	removeRecord
	removeAll // the record and the stored next, as strong protection does
)

type rememberChange uint8

const (
	leave rememberChange = iota
	forget
	forgetUnseen // forget, also if the cookie's Path may hide it from the request
	resign
)

type rowChange uint8

const (
	sameRow rowChange = iota
	touchRow
	rotateRow
)

// identify finds out, once, who the request says it is, from the session or else
// from the remember cookie. It loads no user and writes nothing. The error is an
// outage of the session store.
func (r *resolver) identify() error {
	if r.identified {
		return r.openErr
	}
	r.identified = true
	r.vary()
	if !r.hasCookies() {
		return nil
	}
	rec, ok, err := r.readRecord()
	if err != nil {
		return err
	}
	if ok {
		r.from, r.record = fromSession, rec
		r.nowInSession(rec)
		if why := r.m.agedOut(rec); why != "" {
			r.end(why)
		} else {
			r.noteActivity()
			r.protect()
		}
	}
	if r.from == fromNowhere && !r.refused {
		r.identifyByCookie()
	}
	if r.from != fromNowhere {
		r.forbidStoring()
	}
	return nil
}

// identifyByCookie makes a login of the remember cookie, bound to the present
// client: without an identifier, strong protection would end it at the next
// request. A cookie that is no good counts as absent, and is deleted.
func (r *resolver) identifyByCookie() {
	if len(r.m.rememberKeys) == 0 || !r.broughtRemember() {
		return
	}
	t, newest, ok := r.m.rememberToken(r.c.Request, "")
	if !ok || r.m.load == nil {
		r.pending.remember = forget
		return
	}
	r.from, r.token = fromCookie, &t
	r.record = record{
		userID:     t.userID,
		identifier: r.identifier().String(),
		loginID:    t.loginID,
		binding:    t.binding,
		loginAt:    t.loginAt,
		authAt:     t.authAt,
		seenAt:     r.m.clock().Unix(),
	}
	r.pending.session = writeRecord
	if !newest {
		r.pending.remember = resign
	}
}

// login returns the current login, which session or remember cookie name.
func (r *resolver) login() record {
	if r.from == fromSession || r.from == fromCookie {
		return r.record
	}
	return record{}
}

// identity returns whose the current login is.
func (r *resolver) identity() (string, bool) {
	id := r.login().userID
	return id, id != ""
}

// userBefore returns the ID of whoever is logged in before a login, whatever
// session protection thinks of it.
func (r *resolver) userBefore() string {
	if r.inSession.userID != "" {
		return r.inSession.userID
	}
	return r.record.userID
}

// commit writes what is pending, while headers can still be sent. A failure is
// reported; the user stands.
func (r *resolver) commit() {
	if r.pending == (pending{}) || r.c.Writer.Written() {
		return
	}
	todo := r.pending
	r.pending = pending{}
	if err := r.commitSession(todo.session); err != nil {
		r.report(err)
	}
	switch todo.remember {
	case forget:
		r.clearRemember()
	case forgetUnseen:
		if r.m.Remember.Path != "/" {
			r.deleteRemember()
			break
		}
		r.clearRemember()
	case resign:
		// A cookie that has been replaced must not come back by a late response.
		if r.stored == nil || r.token.generation >= r.stored.row.Generation {
			r.resignRemember()
		}
	}
	if err := r.commitRow(todo.row); err != nil {
		r.report(err)
	}
}

// end notes that the identified login is over: its record, or the remember cookie
// it came from, is to be removed.
func (r *resolver) end(why string) { r.endAt(slog.LevelInfo, why) }

// gone notes that the login store does not know the identified login any more.
// Nothing is to be written: this answer may reach the browser after one that has
// given it the cookies of another login. Cookies that stay cost a look-up each time,
// until the next login. The audit log has had its line from who ended the login.
func (r *resolver) gone() {
	r.endAt(slog.LevelDebug, "ended elsewhere")
	if !r.refused { // of a stolen cookie the browser is rid at once
		r.pending = pending{}
	}
}

func (r *resolver) endAt(level slog.Level, why string) {
	if !r.ended || r.record.loginID != r.inSession.loginID { // otherwise told already: its remember cookie went on with it
		r.auditLine(level, "login_ended", r.record.userID, r.record.loginID, why)
	}
	r.ended = r.ended || r.from == fromSession
	if r.from == fromCookie {
		r.pending.remember = forget
	}
	r.pending.session, r.pending.row = noChange, sameRow
	if r.inSession.userID != "" {
		r.pending.session = removeRecord
	}
	r.from, r.record = fromNowhere, record{}
}

func (r *resolver) commitSession(change sessionChange) error {
	switch change {
	case writeRecord:
		return r.commitRecord()
	case removeRecord, removeAll:
		err := r.saveSession(noSessionIfEmpty, func(s *sessionData) {
			s.remove(r.m.sessionKey)
			if change == removeAll {
				s.remove(nextKey)
			}
		})
		if change == removeAll {
			// Protection has ended the login, and copies of its cookies with it.
			err = errors.Join(err, r.endStored(r.sessionLogin(), r.cookieLogin()))
		}
		if err == nil {
			r.inSession = loginName{}
		}
		return err
	}
	return nil
}

func (r *resolver) commitRecord() error {
	id := sameSessionID
	if r.from == fromCookie {
		// Whoever knows the ID of the session that a login is restored into, because
		// he planted it, would be logged in with it.
		id = newSessionID
	}
	err := r.saveSession(id, func(s *sessionData) { s.set(r.m.sessionKey, r.record.encode()) })
	if err == nil {
		r.nowInSession(r.record)
	}
	return err
}
