package login

import (
	"slices"
	"strings"
	"time"
)

// actingFor is how long a user may act as another one.
const actingFor = time.Hour

// ActAs returns the record of a login in which the user of r acts as another one.
// It is never fresh, so that what matters stays closed, and carries r, which the
// acting user goes back to.
func (r *Record) ActAs(userID, loginID, binding string, now int64) Record {
	return Record{
		UserID: userID, LoginAt: now, AuthAt: now, BegunAt: now,
		Client: r.Client, LoginID: loginID, Binding: binding, Acting: r.Encode(),
	}
}

// Actor returns the record of the user who acts in r, if one does.
func (r *Record) Actor() (actor Record, ok bool) {
	if r.Acting == "" || !actor.Decode(r.Acting) || actor.Acting != "" {
		return Record{}, false
	}
	return actor, true
}

// actingOver returns why acting as another user has ended, or "".
func (p *Policy) actingOver(r *Record, now int64) string {
	if r.Acting == "" {
		return ""
	}
	actor, ok := r.Actor()
	switch {
	case !ok:
		return "the acting login is not readable"
	case age(r.LoginAt, now) >= actingFor:
		return "acted for an hour"
	case p.tooOld(actor.LoginAt, now):
		return "absolute timeout of the acting login"
	}
	return ""
}

// EndActing notes that acting as another user has ended, because the acting login has.
// A replica may not know yet of one that was made just now, so that nothing is deleted
// then: the session carries that login.
func (c *Claim) EndActing(p *Policy, now int64) *Ending {
	actor, _ := c.Record.Actor()
	ending := c.end(Normal, "the acting login has ended")
	if age(actor.LoginAt, now) < p.Grace {
		c.Write = Write{}
	}
	return ending
}

// Methods returns names of RFC 8176 as a record keeps them.
func Methods(names []string) string { return strings.Join(names, " ") }

// MethodNames is the reverse of Methods.
func MethodNames(methods string) []string { return strings.Fields(methods) }

// ConfirmedBy reports whether the user gave all of these methods when credentials
// were given last.
func (c *Claim) ConfirmedBy(names []string) bool {
	given := MethodNames(c.Record.Confirmed)
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(given, name) })
}
