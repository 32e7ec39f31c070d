package login

import (
	"strconv"
	"strings"
)

// An Activity is the content of the activity cookie: when a session was last used.
// Without a login store IdleTimeout records use only there: the app's session is not
// saved for it, since a late save would undo the app's own.
type Activity struct {
	LoginID string
	BegunAt int64 // of the session
	SeenAt  int64
}

// activityVersion names purpose and format.
const activityVersion = "a1"

// Encode returns the activity as the text to sign.
func (a Activity) Encode() string {
	return strings.Join([]string{
		activityVersion, a.LoginID, strconv.FormatInt(a.BegunAt, 10), strconv.FormatInt(a.SeenAt, 10),
	}, ".")
}

// DecodeActivity reads text whose signature has been verified.
func DecodeActivity(text string) (Activity, bool) {
	var fields [3]string
	if !split(&text, fields[:]) || fields[0] != activityVersion {
		return Activity{}, false
	}
	var n [2]int64
	if !numbers(n[:], []string{fields[2], text}) {
		return Activity{}, false
	}
	return Activity{LoginID: fields[1], BegunAt: n[0], SeenAt: n[1]}, true
}

// Of returns which of two activities counts for the session of r: the later one
// recorded in that session. A browser sends both after a change of the cookie's
// Domain or Path.
func (a Activity) Of(r *Record, b Activity) Activity {
	if b.lastSeen(r) > a.lastSeen(r) {
		return b
	}
	return a
}

// lastSeen returns when the session of r was last used. Activity counts only for the
// session it was recorded in, known by the moment it began: otherwise a login
// restored after idling out would revive its previous session.
func (a Activity) lastSeen(r *Record) int64 {
	if a.LoginID == r.LoginID && a.BegunAt == r.BegunAt {
		return max(a.SeenAt, r.BegunAt)
	}
	return r.BegunAt
}
