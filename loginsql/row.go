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

// isKey reports whether a text that must not be shortened fits into a column.
func isKey(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// checkKeys refuses a row whose keys do not fit. Two keys may be equal once
// shortened: one user would get the logins of another.
func checkKeys(l ginlogin.StoredLogin) error {
	for _, key := range [...]struct{ field, text string }{
		{"ID", l.ID}, {"User", l.User}, {"Methods", l.Methods}, {"ActingUser", l.ActingUser},
		{"ActingLogin", l.ActingLogin}, {"ExternalID", l.ExternalID}, {"Device", l.Device},
	} {
		if !isKey(key.text) {
			return fmt.Errorf("loginsql: the %s of a login has %d bytes: use valid UTF-8 without zero bytes, at most %d bytes",
				key.field, len(key.text), maxText)
		}
	}
	return nil
}

// clean turns what a client sends into text that every database accepts.
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

// values returns the row of a login, in the order of columns.
func values(l ginlogin.StoredLogin) []any {
	return []any{
		l.ID, l.User, l.Created.Unix(), l.LastSeen.Unix(), l.Expires.Unix(), l.Used,
		clean(l.Address), clean(l.UserAgent), l.Generation, l.Presented, l.Cut, l.Rotated.Unix(),
		l.Methods, l.ActingUser, l.ActingLogin, l.ActingGeneration, l.ExternalID, l.Device,
	}
}

// scan reads the logins of all rows and closes them.
func scan(rows *sql.Rows) (logins []ginlogin.StoredLogin, err error) {
	defer rows.Close()
	var row struct { // one object for all rows
		ginlogin.StoredLogin
		created, lastSeen, expires, rotated int64
	}
	for rows.Next() {
		l := &row.StoredLogin
		if err := rows.Scan(&l.ID, &l.User, &row.created, &row.lastSeen, &row.expires, &l.Used,
			&l.Address, &l.UserAgent, &l.Generation, &l.Presented, &l.Cut, &row.rotated,
			&l.Methods, &l.ActingUser, &l.ActingLogin, &l.ActingGeneration, &l.ExternalID, &l.Device); err != nil {
			return nil, err
		}
		l.Created, l.LastSeen, l.Expires, l.Rotated = utc(row.created), utc(row.lastSeen), utc(row.expires), utc(row.rotated)
		logins = append(logins, *l)
	}
	return logins, rows.Err()
}

func utc(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
