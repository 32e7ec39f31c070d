package login

import (
	"reflect"
	"testing"
	"time"
)

// held is the login that the sessions of these tests hold.
var held = Held{UserID: "ada", LoginID: "LOGIN", Generation: 5}

// sessionRecord is a fresh login of an hour ago.
func sessionRecord() Record {
	return Record{
		UserID: "ada", Fresh: true, LoginAt: begun, AuthAt: begun, BegunAt: begun, Generation: 5,
		Client: string(aClient[:]), LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd", Confirmed: "pwd",
	}
}

// sessionClaim is what FromSession makes of it.
func sessionClaim() Claim { return Claim{Source: Session, Record: sessionRecord()} }

// restoredRecord is the record that FromCookie makes of cookieOf(4).
func restoredRecord() Record {
	return Record{
		UserID: "ada", LoginAt: begun, AuthAt: begun, BegunAt: now, Generation: 4,
		Client: string(aClient[:]), LoginID: "LOGIN",
	}
}

// cookieClaim is what FromCookie makes of it.
func cookieClaim() Claim {
	return Claim{Source: Cookie, Record: restoredRecord(), Token: cookieOf(4), Write: Write{Session: PutRecord}}
}

// fallback is a claim whose session has ended and whose remember cookie continues the
// same login.
func fallback() Claim {
	c := cookieClaim()
	c.held, c.Over = &held, true
	return c
}

// nobody is a claim after the login in the session has ended.
func nobody(write Write) Claim { return Claim{Over: true, held: &held, Write: write} }

func alter(c Claim, edit func(*Claim)) Claim {
	edit(&c)
	return c
}

func checkClaim(t *testing.T, got, want Claim) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func checkEnding(t *testing.T, got, want *Ending) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ending:\n got %+v\nwant %+v", got, want)
	}
}

func ending(severity Severity, reason string) *Ending {
	return &Ending{UserID: "ada", LoginID: "LOGIN", Reason: reason, Severity: severity}
}

func TestALoginInTheSession(t *testing.T) {
	record := sessionRecord()
	good := sessionClaim()
	noting := alter(good, func(c *Claim) { c.Write.Activity = true })
	demoted := alter(good, func(c *Claim) {
		c.NewClient, c.Record.Fresh, c.Record.Client = true, false, string(anotherClient[:])
		c.Write.Session = PutRecord
	})
	refused := Claim{
		held: &held, NewClient: true, Refused: true, Write: Write{Session: EndSession, Cookie: ForgetUnseen},
	}
	ended := nobody(Write{Session: RemoveRecord})
	seen := func(ago int64) Activity { return Activity{"LOGIN", begun, now - ago} }
	for _, test := range []struct {
		name   string
		policy Policy
		client *Client
		seen   Activity
		want   Claim
		ending *Ending
	}{
		{"is good", Policy{}, &aClient, Activity{}, good, nil},

		{"has ended at the absolute timeout", Policy{Absolute: time.Hour}, &aClient, Activity{}, ended, ending(Normal, "absolute timeout")},
		{"is good a second before", Policy{Absolute: time.Hour + time.Second}, &aClient, Activity{}, good, nil},

		{"has ended at the idle timeout", Policy{Idle: 100 * time.Second}, nil, seen(100), ended, ending(Normal, "idle timeout")},
		{"is good a second before the idle timeout, and the use is noted", Policy{Idle: 100 * time.Second}, nil, seen(99), noting, nil},
		{"notes a use after a tenth of the idle timeout", Policy{Idle: 100 * time.Second}, nil, seen(10), noting, nil},
		{"notes no use before", Policy{Idle: 100 * time.Second}, nil, seen(9), good, nil},
		{"has ended at an idle timeout of next to nothing", Policy{Idle: 1}, nil, seen(1), ended, ending(Normal, "idle timeout")},
		{"has ended if its activity cookie is missing for as long", Policy{Idle: time.Hour}, nil, Activity{}, ended, ending(Normal, "idle timeout")},
		{"is good if it began less than the timeout ago", Policy{Idle: time.Hour + time.Second}, nil, Activity{}, noting, nil},
		{"leaves the idle timeout to the row, if there is a login store", Policy{Idle: time.Second, Stored: true}, nil, Activity{}, good, nil},
		{"notes no use without an idle timeout", Policy{}, nil, Activity{}, good, nil},

		{"is stale in another client", Policy{Protection: ProtectBasic}, &anotherClient, Activity{}, demoted, nil},
		{"has ended in another client, with strong protection", Policy{Protection: ProtectStrong}, &anotherClient, Activity{}, refused, nil},
		{"is good in another client, without protection", Policy{Protection: ProtectNone}, &anotherClient, Activity{}, good, nil},
		{"is good in the same client, with strong protection", Policy{Protection: ProtectStrong}, &aClient, Activity{}, good, nil},
		{"is good where the client is not known", Policy{Protection: ProtectStrong}, nil, Activity{}, good, nil},
		{"notes the use also in another client", Policy{Idle: 100 * time.Second}, &anotherClient, seen(10),
			alter(demoted, func(c *Claim) { c.Write.Activity = true }), nil},
		{"notes no use of a login that protection ends", Policy{Protection: ProtectStrong, Idle: 100 * time.Second}, &anotherClient, seen(10), refused, nil},
		{"ends by its age rather than by protection", Policy{Protection: ProtectStrong, Absolute: time.Hour}, &anotherClient, Activity{}, ended,
			ending(Normal, "absolute timeout")},
		{"ends by idleness rather than by protection", Policy{Protection: ProtectStrong, Idle: time.Hour}, &anotherClient, Activity{}, ended,
			ending(Normal, "idle timeout")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Claim{Record: record}
			checkEnding(t, c.FromSession(&test.policy, test.client, test.seen, now), test.ending)
			checkClaim(t, c, test.want)
		})
	}
}

func TestTheLoginThatARememberCookieContinues(t *testing.T) {
	token := Token{
		UserID: "ada", IssuedAt: begun + 60, Lifetime: 86400, LoginAt: begun, AuthAt: begun + 30, Generation: 4,
		LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd otp",
	}
	record := Record{
		UserID: "ada", LoginAt: begun, AuthAt: begun + 30, BegunAt: now, Generation: 4, Client: string(aClient[:]),
		LoginID: "LOGIN", Binding: "BINDING", Methods: "pwd otp", Confirmed: "pwd otp",
	}
	want := Claim{Source: Cookie, Record: record, Token: &token, Write: Write{Session: PutRecord}}
	for _, test := range []struct {
		name   string
		before Claim
		newest bool
		want   Claim
	}{
		{"is stale and gets a session", Claim{}, true, want},
		{"gets the cookie signed with the newest key", Claim{}, false, alter(want, func(c *Claim) { c.Write.Cookie = ResignCookie })},
		{"replaces the record of a login that has ended", nobody(Write{Session: RemoveRecord}), true,
			alter(want, func(c *Claim) { c.Over, c.held = true, &held })},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			c.FromCookie(token, test.newest, aClient, now)
			checkClaim(t, c, test.want)
		})
	}
	t.Run("is not there if the cookie is invalid", func(t *testing.T) {
		c := nobody(Write{Session: RemoveRecord})
		c.BadCookie()
		checkClaim(t, c, nobody(Write{Session: RemoveRecord, Cookie: ForgetCookie}))
	})
	t.Run("keeps a token of its own", func(t *testing.T) {
		var c Claim
		mine := token
		c.FromCookie(mine, true, aClient, now)
		c.Token.Generation = 9
		if mine.Generation != 4 {
			t.Error("the caller's token has changed")
		}
	})
}

func TestAPollNotesNoUse(t *testing.T) {
	p := Policy{Idle: 100 * time.Second}
	c := Claim{Record: sessionRecord(), Passive: true}
	checkEnding(t, c.FromSession(&p, nil, Activity{"LOGIN", begun, now - 99}, now), nil)
	checkClaim(t, c, alter(sessionClaim(), func(c *Claim) { c.Passive = true }))
}

// What the row says of the login in the session.
func TestTheRowOfTheSession(t *testing.T) {
	stale := alter(sessionClaim(), func(c *Claim) { c.NewClient, c.Record.Fresh, c.Write.Session = true, false, PutRecord })
	for _, test := range []struct {
		name    string
		before  Claim
		finding RowFinding
		want    Claim
		ending  *Ending
	}{
		{"good: nothing to write", sessionClaim(), RowFinding{Verdict: Good, Next: rowAt(9, 9, 0, now)}, sessionClaim(), nil},
		{"good: the use is noted", sessionClaim(), RowFinding{Verdict: Good, Write: TouchRow, Next: rowAt(9, 9, 0, now)},
			alter(sessionClaim(), func(c *Claim) { c.Write.Row = TouchRow }), nil},
		{"good: what protection writes is written", stale, RowFinding{Verdict: Good}, stale, nil},
		{"gone: nothing is deleted from the browser", stale, RowFinding{Verdict: Gone},
			alter(nobody(Write{}), func(c *Claim) { c.NewClient = true }), ending(Quiet, "ended elsewhere")},
		{"behind: nothing is deleted from the browser", sessionClaim(), RowFinding{Verdict: Behind}, nobody(Write{}), ending(Quiet, "ended elsewhere")},
		{"cut: as quiet as if it were gone", sessionClaim(), RowFinding{Verdict: Cut}, nobody(Write{}), ending(Quiet, "ended elsewhere")},
		{"idle: the record is removed", sessionClaim(), RowFinding{Verdict: Idle}, nobody(Write{Session: RemoveRecord}), ending(Normal, "idle timeout")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			checkEnding(t, c.Row(test.finding), test.ending)
			checkClaim(t, c, test.want)
		})
	}
}

// What the row says of the login that a remember cookie continues.
func TestTheRowOfTheRememberCookie(t *testing.T) {
	resigned := alter(cookieClaim(), func(c *Claim) { c.Write.Cookie = ResignCookie })
	at := func(generation int64, write Write) Claim {
		return alter(cookieClaim(), func(c *Claim) { c.Record.Generation, c.Write = generation, write })
	}
	gone := Claim{Token: cookieOf(4)}
	for _, test := range []struct {
		name    string
		before  Claim
		finding RowFinding
		want    Claim
		ending  *Ending
	}{
		{"good in the grace: a session at the row's generation, and no cookie", resigned,
			RowFinding{Verdict: Good, Next: rowAt(7, 7, 0, now)}, at(7, Write{Session: PutRecord}), nil},
		{"good at the first use: the same, and the use is noted", resigned,
			RowFinding{Verdict: Good, Write: TouchRow, Next: rowAt(7, 7, 0, now)}, at(7, Write{Session: PutRecord, Row: TouchRow}), nil},
		{"rotated: a session and a cookie at the new generation", resigned,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rowAt(8, 7, 0, now)},
			at(8, Write{Session: PutRecord, Cookie: RotateCookie, Row: RotateRow}), nil},
		{"good once: nothing is written", resigned, RowFinding{Verdict: GoodOnce, Next: rowAt(8, 4, 0, now)},
			alter(cookieClaim(), func(c *Claim) { c.once, c.Write = true, Write{} }), nil},
		{"gone: nothing is deleted from the browser", resigned, RowFinding{Verdict: Gone}, gone, ending(Quiet, "ended elsewhere")},
		{"cut: the same, with a warning", resigned, RowFinding{Verdict: Cut}, gone, ending(Alarm, "ended elsewhere")},
		{"stolen: both cookies go", fallbackOf("OTHER"), RowFinding{Verdict: Stolen},
			Claim{Over: true, Refused: true, Token: cookieOf(4), held: &Held{UserID: "ada", LoginID: "OTHER"},
				Write: Write{Session: RemoveRecord, Cookie: ForgetCookie}}, ending(Quiet, "stolen")},
		{"stolen: the cookie alone, if the session holds no login", cookieClaim(), RowFinding{Verdict: Stolen},
			Claim{Refused: true, Token: cookieOf(4), Write: Write{Cookie: ForgetCookie}}, ending(Quiet, "stolen")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			checkEnding(t, c.Row(test.finding), test.ending)
			checkClaim(t, c, test.want)
		})
	}
}

// fallbackOf is a claim whose session held another login, which has ended.
func fallbackOf(loginID string) Claim {
	return alter(fallback(), func(c *Claim) { c.held = &Held{UserID: "ada", LoginID: loginID} })
}

// Another request of the browser may be faster: the swap is lost, and the row is read
// and judged again.
func TestTheRowIsJudgedAgainAfterALostSwap(t *testing.T) {
	rotating := RowFinding{Verdict: Good, Write: RotateRow, Next: rowAt(5, 4, 0, now)}
	for _, test := range []struct {
		name   string
		before Claim
		again  RowFinding
		want   Claim
	}{
		{"the other has rotated: good for this request only", cookieClaim(), RowFinding{Verdict: GoodOnce, Next: rowAt(5, 4, 0, now)},
			alter(cookieClaim(), func(c *Claim) { c.once, c.Write, c.Record.Generation = true, Write{}, 5 })},
		{"the other has rotated long ago: at a later generation", cookieClaim(), RowFinding{Verdict: Good, Write: RotateRow, Next: rowAt(6, 4, 0, now)},
			alter(cookieClaim(), func(c *Claim) {
				c.Write, c.Record.Generation = Write{Session: PutRecord, Cookie: RotateCookie, Row: RotateRow}, 6
			})},
		{"the other has made the cookie the newest: no rotation is left", cookieClaim(), RowFinding{Verdict: Good, Next: rowAt(4, 4, 0, now)},
			cookieClaim()},
		{"the other has ended the login", cookieClaim(), RowFinding{Verdict: Gone}, Claim{Token: cookieOf(4)}},
		{"the other has ended the login, whose session had ended", fallback(), RowFinding{Verdict: Cut},
			Claim{Token: cookieOf(4), Over: true, held: &held}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			c.Row(rotating)
			c.Row(test.again)
			checkClaim(t, c, test.want)
		})
	}
}

func TestAnEndingIsReportedOnce(t *testing.T) {
	gone, stolen := RowFinding{Verdict: Gone}, RowFinding{Verdict: Stolen}
	for _, test := range []struct {
		name   string
		before Claim
		found  RowFinding
		ending *Ending
	}{
		{"not again: the remember cookie goes on with the session's login", fallback(), gone, nil},
		{"not again: nor if it is stolen, which has an event of its own", fallback(), stolen, nil},
		{"told: a remember cookie that was cut is an alarm, also beside a session that was", fallback(), RowFinding{Verdict: Cut},
			ending(Alarm, "ended elsewhere")},
		{"told: the remember cookie is of another login than the session", fallbackOf("OTHER"), gone, ending(Quiet, "ended elsewhere")},
		{"told: the session has not ended, it never held a login", cookieClaim(), gone, ending(Quiet, "ended elsewhere")},
		{"told: nothing has ended before", sessionClaim(), gone, ending(Quiet, "ended elsewhere")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			checkEnding(t, c.Row(test.found), test.ending)
		})
	}
}

// The login store may fail between the question and the write.
func TestARowThatCouldNotBeWritten(t *testing.T) {
	rotating := alter(fallback(), func(c *Claim) {
		c.Record.Generation, c.Write = 6, Write{Session: PutRecord, Cookie: RotateCookie, Row: RotateRow}
	})
	once := alter(rotating, func(c *Claim) { c.once, c.Write, c.Record.Generation = true, Write{}, 4 })
	touching := alter(cookieClaim(), func(c *Claim) { c.Write.Row = TouchRow })
	for _, test := range []struct {
		name         string
		before, want Claim
		over, good   bool
	}{
		{"of a restore: the browser gets nothing either, and comes again with what it has", rotating, once, false, true},
		{"of a restore whose client hung up: it lets nobody in", rotating, once, true, false},
		{"of a use: the rest is written", touching, cookieClaim(), false, true},
		{"of a use whose client hung up: the rest is written", touching, cookieClaim(), true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			if good := c.RowFailed(test.over); good != test.good {
				t.Errorf("good for this request: %v, want %v", good, test.good)
			}
			checkClaim(t, c, test.want)
		})
	}
}
