package loginsql

import (
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ginlogin/ginlogin"
)

// maxText is how many bytes a column of text holds.
const maxText = 512

// isKey reports whether the ID of a login or of a user can be in the table.
func isKey(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func checkKeys(l ginlogin.StoredLogin) error {
	if !isKey(l.ID) || !isKey(l.User) {
		return fmt.Errorf("loginsql: the IDs of a login (%d bytes) and of its user (%d bytes) "+
			"have to be valid UTF-8 without zero bytes, of %d bytes at most", len(l.ID), len(l.User), maxText)
	}
	return nil
}

// clean makes of what a client sends what every database takes.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

func now() int64 { return time.Now().Unix() }

// values returns the row of a login, in the order of columns.
func values(l ginlogin.StoredLogin) []any {
	return []any{
		l.ID, l.User, l.Created.Unix(), l.LastSeen.Unix(), l.Expires.Unix(),
		clean(l.Address), clean(l.UserAgent), l.Generation, l.Presented, l.Rotated.Unix(),
	}
}

// scan reads the logins of all rows and closes them.
func scan(rows *sql.Rows) (logins []ginlogin.StoredLogin, err error) {
	defer rows.Close()
	for rows.Next() {
		var l ginlogin.StoredLogin
		var created, lastSeen, expires, rotated int64
		if err := rows.Scan(&l.ID, &l.User, &created, &lastSeen, &expires,
			&l.Address, &l.UserAgent, &l.Generation, &l.Presented, &rotated); err != nil {
			return nil, err
		}
		l.Created, l.LastSeen, l.Expires, l.Rotated = utc(created), utc(lastSeen), utc(expires), utc(rotated)
		logins = append(logins, l)
	}
	return logins, rows.Err()
}

func utc(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
