package login

import (
	"cmp"
	"slices"
	"time"
)

// A Row is a login in the login store. Its fields are those of the public
// StoredLogin, in the same order, so that the conversion stops compiling when they
// differ.
type Row struct {
	ID, User              string
	Created               time.Time
	LastSeen              time.Time
	Expires               time.Time
	Used                  bool
	Address, UserAgent    string
	Generation, Presented int64
	Cut                   int64
	Rotated               time.Time
	Methods               string
	ActingUser            string
	ActingLogin           string
	ActingGeneration      int64
	ExternalID            string
	Device                string
}

// A Use is how a request uses a login: by a session or by a remember cookie of
// some generation.
type Use struct {
	Source     Source // Session or Cookie
	User       string // as the store names the user
	Generation int64  // of the session; a cookie brings its own
	Passive    bool   // the request does not count as use
	Now        int64
}

// A Verdict is how a session or a remember cookie is judged by its row.
type Verdict uint8

const (
	// Good: the login is valid.
	Good Verdict = iota
	// GoodOnce: the cookie before the newest, within the grace. Another request of the
	// same browser has just got the newest. This request passes and writes nothing:
	// its response could overwrite the newer cookies.
	GoodOnce
	// Gone: the row is missing, expired, or another user's.
	Gone
	// Behind: the login was restored, in another browser or in this one, since this
	// session began. The remember cookie beside the session decides which.
	Behind
	// Cut: LogoutOthers has ended this generation.
	Cut
	// Idle: the session was not used for IdleTimeout.
	Idle
	// Stolen: two parties have copies of one remember cookie.
	Stolen
)

// A RowWrite is what has to be written to the row.
type RowWrite uint8

const (
	KeepRow RowWrite = iota
	// TouchRow records the use.
	TouchRow
	// RotateRow also makes a new generation: a new session and remember cookie.
	RotateRow
)

// A RowFinding is the result of comparing a login with its row.
type RowFinding struct {
	Verdict Verdict
	Write   RowWrite
	Next    Row // the row to write; with KeepRow the present row
}

// lostAnswers is how many successive responses with a rotated remember cookie a
// browser may lose before it counts as a thief.
const lostAnswers = 2

// Compare judges a session or a remember cookie by the row of its login, which is
// the zero Row if there is none. With a session, cookie is the valid remember cookie
// beside it, or nil; it affects only what is recorded.
//
// A login keeps its ID for life. Its generation changes: each restore by remember
// cookie raises it, so two parties with copies of one cookie soon hold different
// generations, and only one can hold the newest. The rules are the tables of
// docs/design.md. A model checker has tried all interleavings of two operations.
func (p *Policy) Compare(u Use, row Row, cookie *Token) RowFinding {
	live := row.ID != "" && row.User == u.User && u.Now < row.Expires.Unix()
	switch {
	case !live:
		return RowFinding{Verdict: Gone, Next: row}
	case u.Source == Cookie:
		return p.compareCookie(u.Now, row, cookie)
	}
	return p.compareSession(u, row, cookie)
}

// compareSession judges a session. There is no grace for an older one: only a restore
// raises the generation, and a browser that restores gets its new session with the
// same response.
func (p *Policy) compareSession(u Use, row Row, cookie *Token) RowFinding {
	switch {
	case u.Generation < row.Cut:
		return RowFinding{Verdict: Cut, Next: row}
	case u.Generation < row.Generation:
		return RowFinding{Verdict: Behind, Next: row}
	case p.Idle > 0 && age(row.LastSeen.Unix(), u.Now) >= p.Idle:
		return RowFinding{Verdict: Idle, Next: row}
	}
	if u.Passive {
		return RowFinding{Next: row}
	}
	next := row
	var remembered int64
	if cookie != nil && cookie.LoginID == row.ID {
		if !p.inGrace(row, u.Now) {
			// Within the grace an older cookie may still be on its way here.
			next.Presented = max(row.Presented, min(cookie.Generation, row.Generation))
		}
		remembered = p.slides(cookie)
	}
	if row.Used && next == row && age(row.LastSeen.Unix(), u.Now) < p.activityStep() {
		return RowFinding{Next: row}
	}
	p.touch(&next, remembered, u.Now)
	return RowFinding{Write: TouchRow, Next: next}
}

// compareCookie judges a remember cookie: the first line that matches counts.
func (p *Policy) compareCookie(now int64, row Row, cookie *Token) RowFinding {
	g, grace := cookie.Generation, p.inGrace(row, now)
	next := row
	switch {
	case g < row.Cut:
		// Its owner has ended it, so it raises no alarm.
		return RowFinding{Verdict: Cut, Next: row}
	case g >= row.Generation && grace:
		// A browser that was closed at once, or a second tab: the row was rotated, or
		// made, just now, so nothing is rotated again.
		if row.Used {
			return RowFinding{Next: row}
		}
		p.touch(&next, 0, now)
		return RowFinding{Write: TouchRow, Next: next}
	case g >= row.Generation:
		return p.rotate(now, row, cookie)
	case g == row.Presented && grace:
		return RowFinding{Verdict: GoodOnce, Next: row}
	case g == row.Presented && row.Generation-row.Presented <= lostAnswers:
		// The response with the newer cookie was lost.
		return p.rotate(now, row, cookie)
	}
	// A cookie that had been replaced and whose replacement has come back. Either
	// this is the thief, or the thief has used the copy before.
	return RowFinding{Verdict: Stolen, Next: row}
}

func (p *Policy) rotate(now int64, row Row, cookie *Token) RowFinding {
	g, next := cookie.Generation, row
	next.Generation, next.Presented = max(g, row.Generation)+1, min(g, row.Generation)
	next.Rotated = moment(now)
	p.touch(&next, p.slides(cookie), now)
	return RowFinding{Write: RotateRow, Next: next}
}

// inGrace reports whether the row was rotated just now, as well as the clocks of
// several servers can tell. Within the grace a browser may still send the cookie
// that was replaced.
func (p *Policy) inGrace(row Row, now int64) bool {
	return age(row.Rotated.Unix(), now).Abs() < p.Grace
}

// touch records a use now. remembered is the new lifetime in seconds of the remember
// cookie, or 0.
func (p *Policy) touch(row *Row, remembered, now int64) {
	row.LastSeen, row.Used = moment(now), true
	row.Expires = p.rowExpires(*row, remembered)
}

// sessionLife is how long a row outlives the last use of a login that is not
// remembered and has no timeout. gin-contrib's cookie store keeps sessions as long.
const sessionLife = 30 * 24 * time.Hour

// rowExpires returns when a row may be deleted: not before its session and its
// remember cookie have expired.
func (p *Policy) rowExpires(row Row, remembered int64) time.Time {
	life := sessionLife
	if p.Idle > 0 {
		life = p.Idle + minute // LastSeen lags behind
	}
	expires := row.LastSeen.Add(life)
	if cookie := row.LastSeen.Add(time.Duration(remembered) * time.Second); cookie.After(expires) {
		expires = cookie
	}
	if row.Expires.After(expires) {
		expires = row.Expires
	}
	if end := row.Created.Add(p.Absolute); p.Absolute > 0 && end.Before(expires) {
		expires = end
	}
	return expires
}

func moment(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// unusedFor is how long a login that was never used is shown as a device. A
// double click on "Log in" makes two rows, of which the browser keeps one.
const unusedFor = time.Minute

// IsDevice reports whether a row is one to list among a user's devices. An
// impersonation is none.
func (row *Row) IsDevice(now int64) bool {
	return row.ActingUser == "" && (row.Used || age(row.Created.Unix(), now) < unusedFor)
}

// spare is how many logins beyond the limit a new login looks at, and ends at most.
const spare = 20

// Listed returns how many logins to list for Surplus.
func Listed(most int) int { return most + spare }

// Surplus returns which of a user's logins to end, so that no more than most remain:
// first those that were never used, so that a script that logs in for each call does
// not push out a phone, and then those seen longest ago. The login just made stays.
// Impersonations do not count.
//
// Nor do unused logins made after it: each of them has its own call. Otherwise two
// logins at the same moment, as by a double click, would end one another.
func Surplus(rows []Row, most int, made Row) []string {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row Row) bool {
		return row.ActingUser != "" || !row.Used && row.madeAfter(made)
	})
	if most <= 0 || len(rows) <= most {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		if a.Used != b.Used {
			return cmp.Compare(used(a), used(b))
		}
		return a.LastSeen.Compare(b.LastSeen)
	})
	var surplus []string
	for _, row := range rows {
		if row.ID != made.ID && len(surplus) < len(rows)-most {
			surplus = append(surplus, row.ID)
		}
	}
	return surplus
}

// madeAfter reports whether a login was made after the other. Within one second, the
// IDs decide, so that all instances agree.
func (row *Row) madeAfter(other Row) bool {
	return cmp.Or(row.Created.Compare(other.Created), cmp.Compare(row.ID, other.ID)) > 0
}

func used(row Row) int {
	if row.Used {
		return 1
	}
	return 0
}
