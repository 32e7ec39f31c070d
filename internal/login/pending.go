package login

import (
	"strconv"
	"strings"
	"time"
)

// A Pending is a login between its two steps: the password was right, and a code is
// still missing. It is in the session, under its own key, and is no login.
type Pending struct {
	UserID     string
	BegunAt    int64
	Fresh      bool
	Force      bool
	Remember   bool
	For        int64  // seconds that the remember cookie is good for; 0 is the setting's
	Binding    string // HMAC of the user's SessionHash at the first step
	Methods    string
	ExternalID string
}

// pendingFor is how long the second step may take.
const pendingFor = 10 * time.Minute

// pendingVersion names purpose and format.
const pendingVersion = "p1"

// Encode returns the pending login as text.
func (p *Pending) Encode() string {
	flags := 0
	for i, flag := range []bool{p.Fresh, p.Force, p.Remember} {
		if flag {
			flags |= 1 << i
		}
	}
	return strings.Join([]string{
		pendingVersion, strconv.FormatInt(p.BegunAt, 10), strconv.Itoa(flags), strconv.FormatInt(p.For, 10),
		p.Binding, escape(p.Methods), escape(p.ExternalID), escape(p.UserID),
	}, ".")
}

// DecodePending reads text from the session.
func DecodePending(text string) (Pending, bool) {
	var fields [7]string // in front of the user ID
	if !split(&text, fields[:]) || fields[0] != pendingVersion {
		return Pending{}, false
	}
	var n [3]int64
	var texts [3]string
	if !numbers(n[:], fields[1:4]) || n[1] < 0 || n[1] > 7 {
		return Pending{}, false
	}
	for i, field := range []string{fields[5], fields[6], text} {
		var ok bool
		if texts[i], ok = unescape(field); !ok {
			return Pending{}, false
		}
	}
	return Pending{
		BegunAt: n[0], Fresh: n[1]&1 != 0, Force: n[1]&2 != 0, Remember: n[1]&4 != 0, For: n[2],
		Binding: fields[4], Methods: texts[0], ExternalID: texts[1], UserID: texts[2],
	}, texts[2] != ""
}

// Goes reports whether the user with that ID may still take the second step.
// key is the key that binds the pending login to the user's SessionHash, or Unbound:
// a password that was changed in between has to be given again.
func (p *Pending) Goes(userID string, key int, now int64) bool {
	return p.UserID == userID && key != Unbound && age(p.BegunAt, now) < pendingFor
}
