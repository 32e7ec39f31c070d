package login

import (
	"testing"
	"time"
)

// loaded has a claim take in what loading the user has found.
func loaded(c *Claim, p *Policy, found bool, key int) *Ending {
	if !found {
		return c.NoUser(p, now)
	}
	return c.User(p, key, "NEWEST")
}

// What loading the user has found, of the login in the session.
func TestTheUserOfTheSession(t *testing.T) {
	rotating := alter(sessionClaim(), func(c *Claim) { c.Write = Write{Row: TouchRow, Activity: true} })
	young := func(age int64) Claim {
		return alter(rotating, func(c *Claim) { c.Record.LoginAt = now - age })
	}
	rebound := alter(rotating, func(c *Claim) { c.Record.Binding, c.Write.Session = "NEWEST", PutRecord })
	for _, test := range []struct {
		name   string
		before Claim
		found  bool
		key    int
		want   Claim
		ending *Ending
	}{
		{"is found", rotating, true, 0, rotating, nil},
		{"is bound by an older key: the record is bound by the newest", rotating, true, 1, rebound, nil},
		{"is bound by a key that is older still", rotating, true, 2, rebound, nil},
		{"has another SessionHash: the record is removed", rotating, true, Unbound, nobody(Write{Session: RemoveRecord}),
			ending(Normal, "credentials changed")},
		{"is not found: the record is removed", rotating, false, 0, nobody(Write{Session: RemoveRecord}), ending(Normal, "user not found")},
		{"is not found within the grace, perhaps by a replica: nothing is deleted", young(59), false, 0, nobody(Write{}),
			ending(Normal, "user not found yet")},
		{"is not found once the grace has passed", young(60), false, 0, nobody(Write{Session: RemoveRecord}), ending(Normal, "user not found")},
		{"is not found within the grace, whatever the binding", young(59), false, Unbound, nobody(Write{}), ending(Normal, "user not found yet")},
		{"is not found, whatever the binding", rotating, false, Unbound, nobody(Write{Session: RemoveRecord}), ending(Normal, "user not found")},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			checkEnding(t, loaded(&c, &stored, test.found, test.key), test.ending)
			checkClaim(t, c, test.want)
		})
	}
}

// What loading the user has found, of the login that a remember cookie continues.
func TestTheUserOfTheRememberCookie(t *testing.T) {
	with := func(write Write) Claim {
		return alter(cookieClaim(), func(c *Claim) { write.Session = PutRecord; c.Write = write })
	}
	rebound := func(write Write) Claim {
		return alter(with(write), func(c *Claim) { c.Record.Binding = "NEWEST" })
	}
	once := Claim{Source: Cookie, Record: restoredRecord(), Token: cookieOf(4), once: true}
	young := alter(with(Write{Row: RotateRow, Cookie: RotateCookie}), func(c *Claim) { c.Record.LoginAt = now - 59 })
	gone := Claim{Token: cookieOf(4), Write: Write{Cookie: ForgetCookie}}
	plain := Policy{Grace: time.Minute}
	for _, test := range []struct {
		name   string
		policy Policy
		before Claim
		found  bool
		key    int
		want   Claim
		ending *Ending
	}{
		{"is found", stored, with(Write{Row: RotateRow, Cookie: RotateCookie}), true, 0, with(Write{Row: RotateRow, Cookie: RotateCookie}), nil},
		{"is bound by an older key: session and cookie get the newest", plain, with(Write{}), true, 1, rebound(Write{Cookie: ResignCookie}), nil},
		{"is bound by an older key: a cookie that is sent anyway has it, too", stored, with(Write{Row: RotateRow, Cookie: RotateCookie}), true, 1,
			rebound(Write{Row: RotateRow, Cookie: RotateCookie}), nil},
		{"is bound by an older key, in the grace: the session alone", stored, with(Write{}), true, 1, rebound(Write{}), nil},
		{"is bound by an older key, for this request only: nothing", stored, once, true, 1, once, nil},
		{"has another SessionHash: the cookie is deleted", stored, with(Write{Row: RotateRow, Cookie: RotateCookie}), true, Unbound, gone,
			ending(Normal, "credentials changed")},
		{"is not found: the cookie is deleted", stored, with(Write{Row: RotateRow, Cookie: RotateCookie}), false, 0, gone,
			ending(Normal, "user not found")},
		{"is not found within the grace: nothing is deleted or rotated", stored, young, false, 0, Claim{Token: cookieOf(4)},
			ending(Normal, "user not found yet")},
		{"has another SessionHash: what the session held goes, too", stored, fallback(), true, Unbound,
			Claim{Token: cookieOf(4), Over: true, held: &held, Write: Write{Session: RemoveRecord, Cookie: ForgetCookie}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			checkEnding(t, loaded(&c, &test.policy, test.found, test.key), test.ending)
			checkClaim(t, c, test.want)
		})
	}
}

func TestTheRememberCookieIsRenewed(t *testing.T) {
	plain := Policy{Grace: time.Minute, RenewAfter: time.Hour}
	withStore := Policy{Stored: true, Grace: time.Minute, RenewAfter: time.Hour}
	token := Token{UserID: "ada", LoginID: "LOGIN", Generation: 5, IssuedAt: now - 3600}
	young := Token{UserID: "ada", LoginID: "LOGIN", Generation: 5, IssuedAt: now - 3599}
	renewed := alter(sessionClaim(), func(c *Claim) { c.Write.Cookie = RenewCookie })
	forgotten := alter(sessionClaim(), func(c *Claim) { c.Write.Cookie = ForgetCookie })
	restored := func(issuedAt int64, write CookieWrite) Claim {
		return alter(cookieClaim(), func(c *Claim) { c.Token.IssuedAt, c.Write.Cookie = issuedAt, write })
	}
	once := alter(restored(now-3600, KeepCookie), func(c *Claim) { c.once = true })
	for _, test := range []struct {
		name   string
		policy Policy
		before Claim
		token  Token
		row    Row
		want   Claim
	}{
		{"beside a session once it is old enough", plain, sessionClaim(), token, Row{}, renewed},
		{"not before", plain, sessionClaim(), young, Row{}, sessionClaim()},
		{"with a login store outside the grace", withStore, sessionClaim(), token, rowAt(5, 5, 0, outOfGrace), renewed},
		{"not in the grace", withStore, sessionClaim(), token, rowAt(5, 5, 0, inGrace), sessionClaim()},
		{"not if it is another user's", plain, sessionClaim(), Token{UserID: "bob", IssuedAt: now - 3600}, Row{}, sessionClaim()},
		{"not if something else becomes of it", plain, forgotten, token, Row{}, forgotten},
		{"not beside a login that has ended", plain, nobody(Write{}), Token{IssuedAt: now - 3600}, Row{}, nobody(Write{})},
		{"by the restore of its login", plain, restored(now-3600, KeepCookie), token, Row{}, restored(now, ResignCookie)},
		{"by a restore that signs it anew", plain, restored(now-3600, ResignCookie), token, Row{}, restored(now, ResignCookie)},
		{"by a restore not before", plain, restored(now-3599, KeepCookie), young, Row{}, restored(now-3599, KeepCookie)},
		{"by a restore not if it is another user's", plain, restored(now-3600, KeepCookie), Token{UserID: "bob", IssuedAt: now - 3600}, Row{},
			restored(now-3600, KeepCookie)},
		{"with a login store by the restore that rotates it", withStore, restored(now-3600, RotateCookie), token, Row{}, restored(now, RotateCookie)},
		{"with a login store by no other: a late answer would overwrite a newer one", withStore, restored(now-3600, KeepCookie), token, Row{},
			restored(now-3600, KeepCookie)},
		{"not if it is good for this request only", withStore, once, token, Row{}, once},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.before
			c.Renew(&test.policy, test.token, test.row, now)
			checkClaim(t, c, test.want)
		})
	}
}

func TestALoginIsFresh(t *testing.T) {
	confirmed := alter(sessionClaim(), func(c *Claim) { c.Record.AuthAt = now - 600 })
	for _, test := range []struct {
		name  string
		claim Claim
		d     time.Duration
		now   int64
		want  bool
	}{
		{"as long as its session, without a limit", confirmed, 0, now + 1e9, true},
		{"until the limit", confirmed, 600*time.Second + time.Second, now, true},
		{"not at the limit", confirmed, 600 * time.Second, now, false},
		{"by a clock that was set back", confirmed, time.Second, now - 1e6, true},
		{"not if it was demoted", alter(confirmed, func(c *Claim) { c.Record.Fresh = false }), 0, now, false},
		{"not if it is from a remember cookie", alter(cookieClaim(), func(c *Claim) { c.Record.Fresh = true }), 0, now, false},
		{"not if it has ended", nobody(Write{}), 0, now, false},
		{"not if its user acts as another one", alter(confirmed, func(c *Claim) { c.Record.Acting = "ACTING" }), 0, now, false},
		{"not if the user is from the request", alter(sessionClaim(), func(c *Claim) { c.Source = Request }), 0, now, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.claim.FreshWithin(test.d, test.now); got != test.want {
				t.Errorf("got %v", got)
			}
			if got := test.claim.MayEndOthers(&Policy{FreshFor: test.d}, test.now); got != test.want {
				t.Errorf("it may end others: %v", got)
			}
		})
	}
}

func TestTheUserThatAClaimNames(t *testing.T) {
	ofRequest := alter(sessionClaim(), func(c *Claim) { c.Source = Request })
	other := alter(cookieClaim(), func(c *Claim) { c.held = &Held{UserID: "bob"} })
	for _, test := range []struct {
		name                    string
		claim                   Claim
		identity, login, before string
	}{
		{"nobody", Claim{}, "", "", ""},
		{"the login in the session", sessionClaim(), "ada", "LOGIN", "ada"},
		{"the login of the remember cookie", cookieClaim(), "ada", "LOGIN", "ada"},
		{"the user of the request has no login", ofRequest, "", "", "ada"},
		{"a login that has ended", nobody(Write{}), "", "", "ada"},
		{"a login restored over another user's session", other, "ada", "LOGIN", "bob"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.claim
			got := [...]string{c.Identity(), c.LoginID(), c.UserBefore()}
			if want := [...]string{test.identity, test.login, test.before}; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestALoginIsJustMade(t *testing.T) {
	c := Claim{Record: Record{LoginAt: begun}}
	if !c.JustMade(begun) || !c.JustMade(begun+9) || c.JustMade(begun+10) {
		t.Error("not for ten seconds")
	}
}

func TestWhatTheSessionHolds(t *testing.T) {
	gaveUp := fallback()
	gaveUp.GiveUp()
	saved := cookieClaim()
	saved.Saved()
	for _, test := range []struct {
		name  string
		claim Claim
		want  Held
	}{
		{"nothing", Claim{}, Held{}},
		{"the claimed login", sessionClaim(), held},
		{"a login that has ended", nobody(Write{}), held},
		{"nothing, when a remember cookie came alone", cookieClaim(), Held{}},
		{"a login that has ended, when a remember cookie continues it", fallback(), held},
		{"the login that was restored, once it is saved", saved, Held{UserID: "ada", LoginID: "LOGIN", Generation: 4}},
		{"what it held before the claim was given up", gaveUp, held},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.claim.Held(); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
	if !gaveUp.Refused || gaveUp.Source != Nobody || gaveUp.Write != (Write{}) {
		t.Errorf("given up: %+v", gaveUp)
	}
}
