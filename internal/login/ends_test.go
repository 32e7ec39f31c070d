package login

import (
	"testing"
	"time"
)

func TestWhenALoginEnds(t *testing.T) {
	const hour = 3600
	stale := alter(sessionClaim(), func(c *Claim) { c.Record.Fresh, c.Record.AuthAt = false, begun+9 })
	acting := Claim{Source: Session, Record: actingRecord()}
	seen := Activity{"LOGIN", begun, now - 9}
	for _, test := range []struct {
		name   string
		policy Policy
		claim  Claim
		want   Ends
	}{
		{"never", Policy{}, sessionClaim(), Ends{}},
		{"at the idle timeout, by the activity cookie", Policy{Idle: time.Hour}, sessionClaim(), Ends{Idle: now - 9 + hour}},
		{"at the idle timeout, by the row", Policy{Idle: time.Hour, Stored: true}, sessionClaim(), Ends{Idle: now - 1 + hour}},
		{"at the absolute timeout", Policy{Absolute: 2 * time.Hour}, sessionClaim(), Ends{Absolute: begun + 2*hour}},
		{"fresh so long", Policy{FreshFor: 2 * time.Hour}, sessionClaim(), Ends{Fresh: begun + 2*hour}},
		{"a stale one was fresh until credentials were given", Policy{FreshFor: 2 * time.Hour}, stale, Ends{Fresh: begun + 9}},
		{"a stale one without a limit, too", Policy{}, stale, Ends{Fresh: begun + 9}},
		{"a restored one is stale", Policy{FreshFor: 2 * time.Hour}, alter(cookieClaim(), func(c *Claim) { c.Record.Fresh = true }), Ends{Fresh: begun}},
		{"at timeouts of next to nothing", Policy{Idle: 1, Absolute: 1, FreshFor: 1}, sessionClaim(), Ends{Idle: now - 9, Absolute: begun, Fresh: begun}},
		{"acting ends with an acting login of next to nothing", Policy{Absolute: 1}, acting, Ends{Absolute: begun, Fresh: now}},
		{"acting ends after an hour", Policy{}, acting, Ends{Absolute: now + hour, Fresh: now}},
		{"acting ends after an hour, before the absolute timeouts", Policy{Absolute: 3 * time.Hour}, acting, Ends{Absolute: now + hour, Fresh: now}},
		{"acting ends with the acting login", Policy{Absolute: 90 * time.Minute}, acting, Ends{Absolute: begun + 5400, Fresh: now}},
		{"a login that has ended has no end", Policy{Idle: 1e9, Absolute: 1e9, FreshFor: 1e9}, nobody(Write{}), Ends{}},
		{"the user of the request has no login", Policy{Idle: 1e9, Absolute: 1e9, FreshFor: 1e9},
			alter(sessionClaim(), func(c *Claim) { c.Source = Request }), Ends{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.claim.Ends(&test.policy, seen, rowAt(5, 5, 0, outOfGrace)); got != test.want {
				t.Errorf("\n got %+v\nwant %+v", got, test.want)
			}
		})
	}
}
