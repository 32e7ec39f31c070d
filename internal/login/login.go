// Package login decides. From the record in the session, the remember cookie, the
// row in the login store, the client, the settings and the time it works out who a
// request is from, what has to be written, and what the audit log has to say.
//
// Everything here is a function of values: no I/O, no HTTP, no clock. Each rule
// stands here once, with its argument, and is tested by a table. Package visit
// carries the decisions out.
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

// minute is how exact a row's LastSeen is, and the most by which activity is
// noted late.
const minute = time.Minute

// activityStep is how old the noted activity may get before it is noted again. In
// steps, because each note is a write.
func (p *Policy) activityStep() time.Duration {
	if p.Idle > 0 {
		return min(p.Idle/10, minute)
	}
	return minute
}

// TellsTime reports whether judging a session needs the time at all: where nothing
// ages, reading the clock is a cost without a use.
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
// of a user who acts as another one.
func (p *Policy) Expired(r *Record, now int64) bool {
	return p.tooOld(r.LoginAt, now) || p.actingOver(r, now) != ""
}

// Valid reports whether a remember cookie whose signature is good is still in its
// lifetime. The times are inside the signature, so what the browser makes of the
// cookie's attributes decides nothing.
func (p *Policy) Valid(t Token, now int64) bool {
	return now < t.ExpiresAt() && !p.tooOld(t.LoginAt, now)
}
