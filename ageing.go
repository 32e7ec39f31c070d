package ginlogin

import "time"

// A login ages by the times in its record and in its remember cookie, which the
// server signed or keeps: what the browser does with a cookie's lifetime decides
// nothing. A clock that jumps back makes logins younger and ends none.

// age returns how long ago a moment was.
func (m *manager) age(moment int64) time.Duration {
	return time.Duration(m.clock().Unix()-moment) * time.Second
}

// tooOld reports whether a login that was made then has to end.
func (m *manager) tooOld(loginAt int64) bool {
	return m.AbsoluteTimeout > 0 && m.age(loginAt) >= m.AbsoluteTimeout
}

// agedOut returns why the login in the session is over, or "".
func (m *manager) agedOut(rec record) string {
	switch {
	case m.tooOld(rec.loginAt):
		return "absolute timeout"
	case m.IdleTimeout > 0 && m.age(rec.seenAt) >= m.IdleTimeout:
		return "idle timeout"
	}
	return ""
}

// noteActivity moves the time of last activity, in steps, so that a busy session
// is not sent again with every response.
func (r *resolver) noteActivity() {
	step := min(r.m.IdleTimeout/10, time.Minute)
	if r.m.IdleTimeout > 0 && r.m.age(r.record.seenAt) >= step {
		r.record.seenAt = r.m.clock().Unix()
		r.pending.session = writeRecord
	}
}

// freshWithin reports whether the login is fresh, and was authenticated no longer
// than d ago; 0 is no limit.
func (r *resolver) freshWithin(d time.Duration) bool {
	return r.from == fromSession && r.record.fresh && (d == 0 || r.m.age(r.record.authAt) < d)
}

func (r *resolver) fresh() bool { return r.freshWithin(r.m.FreshFor) }
