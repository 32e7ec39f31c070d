package login

import (
	"testing"
	"time"
)

// stored is a site with a login store and the default grace.
var stored = Policy{Stored: true, Grace: time.Minute}

// inGrace and outOfGrace are the last and the first moment of a rotation that are
// within the grace and outside it.
const (
	inGrace    = now - 59
	outOfGrace = now - 60
)

// rowAt is the row of a login that was used a second ago, so that nothing but a
// generation that comes back is worth a write.
func rowAt(generation, presented, cut, rotated int64) Row {
	return Row{
		ID: "LOGIN", User: "ada", Created: moment(begun), LastSeen: moment(now - 1), Expires: moment(now + 1e7),
		Used: true, Address: "192.0.2.1", UserAgent: "Firefox", Generation: generation, Presented: presented, Cut: cut,
		Rotated: moment(rotated), Methods: "pwd", ActingUser: "boss", ActingLogin: "BOSS", ActingGeneration: 3,
		ExternalID: "sid", Device: "key",
	}
}

func edited(row Row, edit func(*Row)) Row {
	edit(&row)
	return row
}

// touched is the row after a use now.
func touched(row Row) Row {
	row.LastSeen, row.Used = moment(now), true
	return row
}

// rotated is the row after a restore now.
func rotated(row Row, generation, presented int64) Row {
	row = touched(row)
	row.Generation, row.Presented, row.Rotated = generation, presented, moment(now)
	return row
}

// cookieOf is a remember cookie of that generation.
func cookieOf(generation int64) *Token {
	return &Token{UserID: "ada", IssuedAt: begun, Lifetime: 86400, LoginAt: begun, AuthAt: begun, Generation: generation, LoginID: "LOGIN"}
}

func checkFinding(t *testing.T, got, want RowFinding) {
	t.Helper()
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

// The first table of docs/design.md: a remember cookie of generation g. The first line
// that matches counts.
func TestARememberCookieIsJudgedByTheRow(t *testing.T) {
	unused := func(row Row) Row { return edited(row, func(r *Row) { r.Used = false }) }
	for _, test := range []struct {
		name string
		row  Row
		g    int64
		want RowFinding
	}{
		// The row is missing, expired, or another user's: gone.
		{"gone: the row is missing", Row{}, 5, RowFinding{Verdict: Gone}},
		{"gone: the row expires now", edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.Expires = moment(now) }), 5,
			RowFinding{Verdict: Gone, Next: edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.Expires = moment(now) })}},
		{"good: the row expires in a second", edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.Expires = moment(now + 1) }), 5,
			RowFinding{Verdict: Good, Next: edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.Expires = moment(now + 1) })}},
		{"gone: the row is another user's", edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.User = "bob" }), 5,
			RowFinding{Verdict: Gone, Next: edited(rowAt(5, 5, 0, inGrace), func(r *Row) { r.User = "bob" })}},

		// g < cut: over, silently.
		{"cut: below the cut, in the grace", rowAt(7, 7, 6, inGrace), 5, RowFinding{Verdict: Cut, Next: rowAt(7, 7, 6, inGrace)}},
		{"cut: below the cut, outside the grace", rowAt(7, 7, 6, outOfGrace), 5, RowFinding{Verdict: Cut, Next: rowAt(7, 7, 6, outOfGrace)}},
		{"cut: no theft, however old", rowAt(70, 70, 60, outOfGrace), 0, RowFinding{Verdict: Cut, Next: rowAt(70, 70, 60, outOfGrace)}},
		{"not cut: at the cut", rowAt(6, 6, 6, inGrace), 6, RowFinding{Verdict: Good, Next: rowAt(6, 6, 6, inGrace)}},
		{"theft: replaced after the cut", rowAt(9, 8, 6, outOfGrace), 6, RowFinding{Verdict: Stolen, Next: rowAt(9, 8, 6, outOfGrace)}},

		// g >= generation, in the grace: good, stale, a session at the row's generation.
		{"good: the newest, in the grace", rowAt(5, 4, 0, inGrace), 5, RowFinding{Verdict: Good, Next: rowAt(5, 4, 0, inGrace)}},
		{"good: newer than the row, in the grace", rowAt(5, 4, 0, inGrace), 8, RowFinding{Verdict: Good, Next: rowAt(5, 4, 0, inGrace)}},
		{"good: the newest, in the grace of a server whose clock is ahead", rowAt(5, 4, 0, now+59), 5,
			RowFinding{Verdict: Good, Next: rowAt(5, 4, 0, now+59)}},
		{"good: the newest, in the grace, notes the first use of a login", unused(rowAt(0, 0, 0, inGrace)), 0,
			RowFinding{Verdict: Good, Write: TouchRow, Next: touched(rowAt(0, 0, 0, inGrace))}},

		// g >= generation, outside the grace: good, stale, rotate.
		{"rotate: the newest", rowAt(5, 4, 0, outOfGrace), 5,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(5, 4, 0, outOfGrace), 6, 5)}},
		{"rotate: the newest, generations of ten and more", rowAt(10, 9, 0, outOfGrace), 10,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(10, 9, 0, outOfGrace), 11, 10)}},
		{"rotate: newer than the row, which presents the row's", rowAt(5, 4, 0, outOfGrace), 8,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(5, 4, 0, outOfGrace), 9, 5)}},
		{"rotate: the newest, rotated by a server whose clock is far ahead", rowAt(5, 4, 0, now+60), 5,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(5, 4, 0, now+60), 6, 5)}},
		{"rotate: the first cookie of a login never used", unused(rowAt(0, 0, 0, outOfGrace)), 0,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(0, 0, 0, outOfGrace), 1, 0)}},

		// g = presented, in the grace: good for this request only.
		{"good once: the one before the newest, in the grace", rowAt(5, 4, 0, inGrace), 4,
			RowFinding{Verdict: GoodOnce, Next: rowAt(5, 4, 0, inGrace)}},
		{"good once: the one presented last, in the grace, however many answers were lost", rowAt(9, 4, 0, inGrace), 4,
			RowFinding{Verdict: GoodOnce, Next: rowAt(9, 4, 0, inGrace)}},
		{"good once: the one presented last, in the grace of a server whose clock is ahead", rowAt(5, 4, 0, now+59), 4,
			RowFinding{Verdict: GoodOnce, Next: rowAt(5, 4, 0, now+59)}},

		// g = presented and generation - presented <= K, outside the grace: rotate.
		{"rotate: one answer was lost", rowAt(5, 4, 0, outOfGrace), 4,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(5, 4, 0, outOfGrace), 6, 4)}},
		{"rotate: two answers were lost", rowAt(6, 4, 0, outOfGrace), 4,
			RowFinding{Verdict: Good, Write: RotateRow, Next: rotated(rowAt(6, 4, 0, outOfGrace), 7, 4)}},

		// Anything else: theft.
		{"theft: three answers in a row cannot be lost", rowAt(7, 4, 0, outOfGrace), 4,
			RowFinding{Verdict: Stolen, Next: rowAt(7, 4, 0, outOfGrace)}},
		{"theft: the replacement has come back, in the grace", rowAt(6, 5, 0, inGrace), 4,
			RowFinding{Verdict: Stolen, Next: rowAt(6, 5, 0, inGrace)}},
		{"theft: the replacement has come back, outside the grace", rowAt(5, 5, 0, outOfGrace), 4,
			RowFinding{Verdict: Stolen, Next: rowAt(5, 5, 0, outOfGrace)}},
		{"theft: newer than the one presented last, in the grace", rowAt(6, 4, 0, inGrace), 5,
			RowFinding{Verdict: Stolen, Next: rowAt(6, 4, 0, inGrace)}},
		{"theft: newer than the one presented last, outside the grace", rowAt(6, 4, 0, outOfGrace), 5,
			RowFinding{Verdict: Stolen, Next: rowAt(6, 4, 0, outOfGrace)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := Use{Source: Cookie, User: "ada", Now: now}
			checkFinding(t, stored.Compare(use, test.row, cookieOf(test.g)), test.want)
		})
	}
}

// The second table of docs/design.md: a session of generation s.
func TestASessionIsJudgedByTheRow(t *testing.T) {
	for _, test := range []struct {
		name    string
		row     Row
		s       int64
		verdict Verdict
	}{
		// The row is missing, expired, or another user's: gone.
		{"gone: the row is missing", Row{}, 5, Gone},
		{"gone: the row has no ID", edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.ID = "" }), 5, Gone},
		{"gone: the row expires now", edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.Expires = moment(now) }), 5, Gone},
		{"good: the row expires in a second", edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.Expires = moment(now + 1) }), 5, Good},
		{"gone: the row is another user's", edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.User = "bob" }), 5, Gone},

		// s < cut: over, whatever cookie comes with it.
		{"cut: below the cut", rowAt(7, 7, 6, outOfGrace), 5, Cut},
		{"cut: below the cut, also in the grace", rowAt(7, 7, 6, inGrace), 5, Cut},
		{"cut: below a cut at the row's generation", rowAt(7, 7, 7, inGrace), 6, Cut},

		// s >= generation: good.
		{"good: at the row's generation", rowAt(5, 5, 0, outOfGrace), 5, Good},
		{"good: at the row's generation, just rotated", rowAt(5, 4, 0, inGrace), 5, Good},
		{"good: at the cut", rowAt(7, 7, 7, inGrace), 7, Good},
		{"good: newer than the row", rowAt(5, 5, 0, outOfGrace), 6, Good},

		// s < generation: over, without grace.
		{"behind: below the row's generation", rowAt(5, 5, 0, outOfGrace), 4, Behind},
		{"behind: below the row's generation, in the grace too", rowAt(5, 4, 0, inGrace), 4, Behind},
		{"behind: at the cut, restored since", rowAt(8, 8, 7, outOfGrace), 7, Behind},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := Use{Source: Session, User: "ada", Generation: test.s, Now: now}
			checkFinding(t, stored.Compare(use, test.row, nil), RowFinding{Verdict: test.verdict, Next: test.row})
			if test.verdict != Good {
				checkFinding(t, stored.Compare(use, test.row, cookieOf(9)), RowFinding{Verdict: test.verdict, Next: test.row})
			}
		})
	}
}

// The third table of docs/design.md: what operations set. Those that only delete rows
// ask the first two tables which.
func TestOperationsSet(t *testing.T) {
	record := Record{UserID: "ada", LoginID: "LOGIN", LoginAt: begun, Generation: 5}
	login := Begin("ada", "LOGIN", "BINDING", "", aClient, true, now)
	cut := edited(rowAt(5, 4, 2, outOfGrace), func(r *Row) { r.Generation, r.Presented, r.Cut, r.Rotated = 7, 7, 7, moment(now) })
	confirmed := func(row Row) int64 {
		r := record
		r.Confirm(row, aClient, "pwd", now)
		return r.Generation
	}
	renews := func(row Row) bool {
		p := Policy{Stored: true, Grace: time.Minute, RenewEach: true}
		return p.Renews(*cookieOf(5), row, now)
	}
	for _, test := range []struct {
		name      string
		got, want any
	}{
		{"Login: generation, presented and cut are 0, rotated is now", stored.Row(&login, "ada", 0),
			Row{ID: "LOGIN", User: "ada", Created: moment(now), LastSeen: moment(now), Rotated: moment(now), Expires: moment(now + 30*86400)}},
		{"LogoutOthers: the generation rises by two, cut and presented with it, rotated is now", rowAt(5, 4, 2, outOfGrace).CutOthers(now), cut},
		{"ConfirmLogin: the session comes to the row's generation", confirmed(rowAt(6, 5, 0, inGrace)), int64(6)},
		{"ConfirmLogin: never back", confirmed(rowAt(4, 4, 0, inGrace)), int64(5)},
		{"RefreshEachRequest: the cookie is sent again outside the grace", renews(rowAt(5, 5, 0, outOfGrace)), true},
		{"RefreshEachRequest: not in the grace", renews(rowAt(5, 5, 0, inGrace)), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("\n got %+v\nwant %+v", test.got, test.want)
			}
		})
	}
}

func TestASessionThatWasNotUsedIdlesOut(t *testing.T) {
	p := Policy{Stored: true, Grace: time.Minute, Idle: time.Hour}
	seen := func(at int64) Row {
		return edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.LastSeen = moment(at) })
	}
	for _, test := range []struct {
		name       string
		policy     Policy
		generation int64
		seen       int64
		want       Verdict
	}{
		{"good: a second before the timeout", p, 5, now - 3599, Good},
		{"idle: at the timeout", p, 5, now - 3600, Idle},
		{"idle: at a timeout of next to nothing", Policy{Stored: true, Idle: 1}, 5, now - 1, Idle},
		{"good: without a timeout, however long ago", stored, 5, now - 1e6, Good},
		{"good: by a clock that was set back", p, 5, now + 5000, Good},
		{"behind, rather than idle: the remember cookie is judged", p, 4, now - 3600, Behind},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := Use{Source: Session, User: "ada", Generation: test.generation, Now: now}
			if got := test.policy.Compare(use, seen(test.seen), nil).Verdict; got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	t.Run("a remember cookie does not idle out", func(t *testing.T) {
		use := Use{Source: Cookie, User: "ada", Now: now}
		if got := p.Compare(use, seen(now-1e6), cookieOf(5)); got.Verdict != Good || got.Write != RotateRow {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAUseIsNotedInSteps(t *testing.T) {
	short := Policy{Stored: true, Grace: time.Minute, Idle: 5 * time.Minute} // noted every 30 seconds
	seen := func(ago int64) Row {
		return edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.LastSeen = moment(now - ago) })
	}
	for _, test := range []struct {
		name   string
		policy Policy
		row    Row
		want   RowWrite
	}{
		{"not within a minute", stored, seen(59), KeepRow},
		{"after a minute", stored, seen(60), TouchRow},
		{"with a short timeout not within a tenth of it", short, seen(29), KeepRow},
		{"with a short timeout after a tenth of it", short, seen(30), TouchRow},
		{"at the first use of a login", stored, edited(seen(0), func(r *Row) { r.Used = false }), TouchRow},
		{"not by a clock that was set back", stored, seen(-5000), KeepRow},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := RowFinding{Write: test.want, Next: test.row}
			if test.want == TouchRow {
				want.Next = touched(test.row)
			}
			use := Use{Source: Session, User: "ada", Generation: 5, Now: now}
			checkFinding(t, test.policy.Compare(use, test.row, nil), want)
		})
	}
}

// A generation that comes back is proof that its answer arrived.
func TestTheRememberCookieBesideASessionPresentsItsGeneration(t *testing.T) {
	other := cookieOf(6)
	other.LoginID = "OTHER"
	for _, test := range []struct {
		name      string
		row       Row
		cookie    *Token
		presented int64
	}{
		{"outside the grace", rowAt(6, 4, 0, outOfGrace), cookieOf(6), 6},
		{"outside the grace of a server whose clock is ahead", rowAt(6, 4, 0, now+60), cookieOf(6), 6},
		{"not in the grace: an older cookie may still be on its way", rowAt(6, 4, 0, inGrace), cookieOf(6), 4},
		{"not in the grace of a server whose clock is ahead", rowAt(6, 4, 0, now+59), cookieOf(6), 4},
		{"in between, too", rowAt(6, 4, 0, outOfGrace), cookieOf(5), 5},
		{"never back", rowAt(6, 6, 0, outOfGrace), cookieOf(5), 6},
		{"not beyond the row", rowAt(6, 4, 0, outOfGrace), cookieOf(9), 6},
		{"not of another login", rowAt(6, 4, 0, outOfGrace), other, 4},
		{"not without a cookie", rowAt(6, 4, 0, outOfGrace), nil, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := RowFinding{Next: test.row}
			if test.presented != test.row.Presented {
				want = RowFinding{Write: TouchRow, Next: touched(test.row)}
				want.Next.Presented = test.presented
			}
			use := Use{Source: Session, User: "ada", Generation: 6, Now: now}
			checkFinding(t, stored.Compare(use, test.row, test.cookie), want)
		})
	}
}

func TestARowOutlivesItsSessionAndItsRememberCookie(t *testing.T) {
	const month = 30 * 86400
	at := func(seen, expires int64) Row {
		return Row{Created: moment(begun), LastSeen: moment(seen), Expires: moment(expires)}
	}
	for _, test := range []struct {
		name       string
		policy     Policy
		row        Row
		remembered int64
		want       int64
	}{
		{"a session: thirty days after its last use", Policy{}, at(now, begun), 0, now + month},
		{"a session with a timeout: a minute longer, by which the use is noted late", Policy{Idle: time.Hour}, at(now, begun), 0, now + 3660},
		{"a remember cookie that is shorter than the session does not count", Policy{}, at(now, begun), month - 1, now + month},
		{"a remember cookie that is longer does", Policy{}, at(now, begun), month + 1, now + month + 1},
		{"a remember cookie that outlives the timeout", Policy{Idle: time.Hour}, at(now, begun), 86400, now + 86400},
		{"never sooner than before", Policy{}, at(now, now+2*month), month, now + 2*month},
		{"later than before", Policy{}, at(now, now+month-1), 0, now + month},
		{"a session with a timeout of next to nothing: a minute, in which uses are noted late", Policy{Idle: 1}, at(now, begun), 0, now + 60},
		{"at an absolute timeout of next to nothing", Policy{Absolute: 1}, at(now, begun), 0, begun},
		{"at the absolute timeout at most", Policy{Absolute: 24 * time.Hour}, at(now, now+month), 2 * month, begun + 86400},
		{"not later for an absolute timeout that is far", Policy{Absolute: 365 * 24 * time.Hour}, at(now, begun), 0, now + month},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.policy.rowExpires(test.row, test.remembered); got.Unix() != test.want {
				t.Errorf("got %v, want %v", got, moment(test.want))
			}
		})
	}
}

// A remember cookie that slides takes its row along, and no other does.
func TestARememberCookieKeepsItsRow(t *testing.T) {
	const lifetime = 90 * 86400
	cookie := cookieOf(5)
	cookie.Lifetime = lifetime
	other := *cookie
	other.LoginID = "OTHER"
	row := edited(rowAt(5, 5, 0, outOfGrace), func(r *Row) { r.LastSeen, r.Expires = moment(now-60), moment(now+1) })
	for _, test := range []struct {
		name   string
		policy Policy
		use    Source
		cookie *Token
		want   int64 // expires
	}{
		{"with RefreshEachRequest", Policy{Stored: true, Grace: time.Minute, RenewEach: true}, Session, cookie, now + lifetime},
		{"with RenewAfter", Policy{Stored: true, Grace: time.Minute, RenewAfter: 1}, Session, cookie, now + lifetime},
		{"not without a setting", stored, Session, cookie, now + 30*86400},
		{"not without a cookie", Policy{Stored: true, Grace: time.Minute, RenewEach: true}, Session, nil, now + 30*86400},
		{"not with the cookie of another login", Policy{Stored: true, Grace: time.Minute, RenewEach: true}, Session, &other, now + 30*86400},
		{"by a restore, which renews it", Policy{Stored: true, Grace: time.Minute, RenewEach: true}, Cookie, cookie, now + lifetime},
		{"not by a restore without a setting", stored, Cookie, cookie, now + 30*86400},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := Use{Source: test.use, User: "ada", Generation: 5, Now: now}
			if got := test.policy.Compare(use, row, test.cookie).Next.Expires; !got.Equal(moment(test.want)) {
				t.Errorf("got %v, want %v", got, moment(test.want))
			}
		})
	}
}

// A poll is none of the user's doing: it is answered, and leaves no trace.
func TestAPassiveRequestIsJudgedAndNotNoted(t *testing.T) {
	p := Policy{Stored: true, Grace: time.Minute, Idle: time.Hour}
	for _, test := range []struct {
		name string
		row  Row
		s    int64
		want Verdict
	}{
		{"good", edited(rowAt(6, 4, 0, outOfGrace), func(r *Row) { r.Used, r.LastSeen = false, moment(now-3599) }), 6, Good},
		{"idle", edited(rowAt(6, 4, 0, outOfGrace), func(r *Row) { r.LastSeen = moment(now - 3600) }), 6, Idle},
		{"behind", rowAt(6, 4, 0, outOfGrace), 5, Behind},
		{"cut", rowAt(6, 4, 6, outOfGrace), 5, Cut},
		{"gone", Row{}, 6, Gone},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := Use{Source: Session, User: "ada", Generation: test.s, Now: now, Passive: true}
			checkFinding(t, p.Compare(use, test.row, cookieOf(6)), RowFinding{Verdict: test.want, Next: test.row})
		})
	}
}
