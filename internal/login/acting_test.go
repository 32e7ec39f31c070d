package login

import (
	"slices"
	"testing"
	"time"
)

// actingClaim is a login of an hour ago in which the user of sessionRecord acts as bob.
func actingRecord() Record {
	actor := sessionRecord()
	return actor.ActAs("bob", "ACTING", "BOUND", now)
}

func TestAUserActsAsAnother(t *testing.T) {
	actor := sessionRecord()
	want := Record{
		UserID: "bob", LoginAt: now, AuthAt: now, BegunAt: now, Client: string(aClient[:]), LoginID: "ACTING", Binding: "BOUND",
		Acting: "1.1.1699996400.0.0.5.AAAAAAAAAAAAAAAAAAAAAA.LOGIN.BINDING.pwd.pwd..ada",
	}
	acting := actor.ActAs("bob", "ACTING", "BOUND", now)
	if acting != want {
		t.Errorf("\n got %+v\nwant %+v", acting, want)
	}
	if back, ok := acting.Actor(); !ok || back != actor {
		t.Errorf("the actor is %+v, %v", back, ok)
	}
}

func TestNoUserActs(t *testing.T) {
	acting := actingRecord()
	nested := acting.ActAs("eve", "NESTED", "", now)
	for _, test := range []struct {
		name   string
		record Record
	}{
		{"in a login of one's own", sessionRecord()},
		{"if the acting record is not readable", Record{Acting: "2.1"}},
		{"through another who acts", nested},
	} {
		t.Run(test.name, func(t *testing.T) {
			if actor, ok := test.record.Actor(); ok || actor != (Record{}) {
				t.Errorf("the actor is %+v, %v", actor, ok)
			}
		})
	}
}

func TestActingEnds(t *testing.T) {
	acting := actingRecord()
	nested := acting.ActAs("eve", "NESTED", "", now)
	for _, test := range []struct {
		name     string
		record   Record
		absolute time.Duration
		now      int64
		want     string
	}{
		{"not before an hour", acting, 0, now + 3599, ""},
		{"after an hour", acting, 0, now + 3600, "acted for an hour"},
		{"not before the acting login", acting, time.Hour + time.Minute, now + 59, ""},
		{"with the acting login", acting, time.Hour + time.Minute, now + 60, "absolute timeout of the acting login"},
		{"if the acting record is not readable", Record{LoginAt: now, Acting: "?"}, 0, now, "the acting login is not readable"},
		{"if a user acts through another who acts", nested, 0, now, "the acting login is not readable"},
		{"never, if no user acts", sessionRecord(), 0, now + 1e6, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Policy{Absolute: test.absolute}
			if got := p.actingOver(&test.record, test.now); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := p.Expired(&test.record, test.now); got != (test.want != "") {
				t.Errorf("expired: %v", got)
			}
			c := Claim{Record: test.record}
			if ending := c.FromSession(&p, nil, Activity{}, test.now); (ending != nil) != (test.want != "") ||
				ending != nil && (ending.Reason != test.want || ending.Severity != Normal || c.Source != Nobody) {
				t.Errorf("from the session: %+v", ending)
			}
		})
	}
}

func TestALoginExpires(t *testing.T) {
	p, record := Policy{Absolute: time.Hour}, sessionRecord()
	if p.Expired(&record, begun+3599) || !p.Expired(&record, begun+3600) {
		t.Error("not at the absolute timeout")
	}
}

func TestActingEndsWithTheActingLogin(t *testing.T) {
	p := Policy{Grace: time.Minute}
	for _, test := range []struct {
		name  string
		age   int64 // of the acting login
		write Write
	}{
		{"which is removed", 60, Write{Session: RemoveRecord}},
		{"which stays where it is within the grace, for a replica that lags", 59, Write{}},
	} {
		actor := sessionRecord()
		actor.LoginAt = now - test.age
		c := Claim{Record: actor.ActAs("bob", "ACTING", "", now)}
		c.FromSession(&p, nil, Activity{}, now)
		held := c.Held()
		checkEnding(t, c.EndActing(&p, now), &Ending{UserID: "bob", LoginID: "ACTING", Reason: "the acting login has ended", Severity: Normal})
		checkClaim(t, c, Claim{Over: true, held: &held, Write: test.write})
	}
}

func TestALoginIsConfirmedByItsLastMethods(t *testing.T) {
	c := Claim{Record: Record{Methods: "fed", Confirmed: "pwd otp"}}
	for _, test := range []struct {
		name  string
		names []string
		want  bool
	}{
		{"by all that are asked for", []string{"otp", "pwd"}, true},
		{"by one of them", []string{"otp"}, true},
		{"by none, if none is asked for", nil, true},
		{"not if one is missing", []string{"pwd", "hwk"}, false},
		{"not by those of the login", []string{"fed"}, false},
		{"not by a part of a name", []string{"ot"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.ConfirmedBy(test.names); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestMethodsAreKeptAsOneText(t *testing.T) {
	if got := Methods([]string{"pwd", "otp"}); got != "pwd otp" {
		t.Errorf("got %q", got)
	}
	if got := MethodNames("pwd otp"); !slices.Equal(got, []string{"pwd", "otp"}) {
		t.Errorf("got %q", got)
	}
	if got := MethodNames(Methods(nil)); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}
