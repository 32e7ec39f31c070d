package login

import (
	"slices"
	"strings"
	"time"
)

// actingFor is how long a user may act as another one.
const actingFor = time.Hour

// ActAs returns the record of a login in which the user of r acts as another one. It
// is never fresh, so guards for fresh logins stay closed. It carries r, to which the
// acting user returns.
func (r *Record) ActAs(userID, loginID, binding string, now int64) Record {
	return Record{
		UserID: userID, LoginAt: now, AuthAt: now, BegunAt: now,
		Client: r.Client, LoginID: loginID, Binding: binding, Acting: r.Encode(),
	}
}

// Actor returns the acting user's record that r carries, if it carries one.
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

// EndActing notes that the impersonation has ended because the acting login has ended.
// Exception: nothing is deleted if the acting login was made just now, since a replica
// may not have it yet, and the session carries it.
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

// ConfirmedBy reports whether the credentials given last were of all these methods.
func (c *Claim) ConfirmedBy(names []string) bool {
	given := MethodNames(c.Record.Confirmed)
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(given, name) })
}
