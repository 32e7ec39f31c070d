// Package login decides. From the record in the session, the remember cookie, the row
// in the login store, the client, the settings and the time it decides which user a
// request has, what has to be written, and what the audit log reports.
//
// Everything here is a function of values: no I/O, no HTTP, no clock. Each rule
// stands here once, with its reason, and is tested by a table. Package visit carries
// the decisions out.
//
// Times are seconds since 1970, except in a Row, whose fields are those of a
// stored login.
package login

import "time"

// Protection says what happens to a login whose client has changed.
type Protection uint8

// The modes, in the order of the public constants.
const (
	ProtectBasic Protection = iota
	ProtectStrong
	ProtectNone
)

// A Policy is the settings that rules depend on.
type Policy struct {
	Protection Protection
	Idle       time.Duration // 0: sessions do not idle out
	Absolute   time.Duration // 0: logins have no end of their own
	FreshFor   time.Duration // 0: fresh as long as the session lasts
	Grace      time.Duration // after a rotation of the remember cookie
	RenewAfter time.Duration // 0: remember cookies are not renewed by age
	RenewEach  bool          // remember cookies are renewed by every request
	Stored     bool          // there is a login store
	Device     time.Duration // how long a device cookie is good; 0: logins are not bound to devices
}

// minute is the precision of a row's LastSeen, and the longest delay of recorded
// activity.
const minute = time.Minute

// activityStep is how old recorded activity may get before it is recorded again: each
// record is a write.
func (p *Policy) activityStep() time.Duration {
	if p.Idle > 0 {
		return min(p.Idle/10, minute)
	}
	return minute
}

// TellsTime reports whether judging a session needs the time: where nothing expires,
// the clock is not read.
func (p *Policy) TellsTime(r *Record) bool {
	return p.Stored || p.Idle > 0 || p.Absolute > 0 || r.Acting != ""
}

// age returns how long ago a moment was. A clock that was set back makes logins
// younger and ends none.
func age(moment, now int64) time.Duration {
	return time.Duration(now-moment) * time.Second
}

// tooOld reports whether a login made at that moment has reached AbsoluteTimeout.
func (p *Policy) tooOld(loginAt, now int64) bool {
	return p.Absolute > 0 && age(loginAt, now) >= p.Absolute
}

// Expired reports whether the login has reached its end: AbsoluteTimeout, or the hour
// of an impersonation.
func (p *Policy) Expired(r *Record, now int64) bool {
	return p.tooOld(r.LoginAt, now) || p.actingOver(r, now) != ""
}

// Valid reports whether a remember cookie with a valid signature has not expired. The
// times are signed, so the attributes of the browser's cookie decide nothing.
func (p *Policy) Valid(t Token, now int64) bool {
	return now < t.ExpiresAt() && !p.tooOld(t.LoginAt, now)
}
