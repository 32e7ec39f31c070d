// Package account has the users of the site: their type, their table, and checking their passwords.
package account

import (
	"strconv"
	"time"

	"github.com/ginlogin/ginlogin"
)

// User is a person with an account.
type User struct {
	ginlogin.UserMixin // authenticated, not anonymous

	ID        int64
	Email     string
	Name      string
	Role      string
	Active    bool
	CreatedAt time.Time

	EmailVerified bool  // somebody has shown that mails to Email reach them
	LinksUsed     int64 // how many links have logged the user in: the next one ends the others

	// Unexported, so that no template and no JSON can show them.
	passwordHash  string
	securityStamp string
}

// GetID returns what ginlogin writes to the session and the remember cookie, and passes to
// Users.FindByID at the next request.
func (u *User) GetID() string { return strconv.FormatInt(u.ID, 10) }

// IsActive reports whether the account may be used. ginlogin asks at every request, so a user who is
// deactivated is refused from the next one on, on every device and with every token.
func (u *User) IsActive() bool { return u.Active }

// The roles of users. Another administrator is made in the database:
//
//	UPDATE users SET role = 'admin' WHERE email = 'ada@example.com';
const (
	RoleMember = "member"
	RoleAdmin  = "admin"
)

// IsAdmin reports whether u may enter the admin area.
func (u *User) IsAdmin() bool { return u.Role == RoleAdmin }

// SessionHash returns the text that logins are bound to. When it changes, all logins of the user end.
// Exception: ginlogin.LogoutOthers binds the current login to the new text.
//
// It is not the hash of the password, because that also changes when the parameters of hashing are
// raised or bcrypt is replaced. Verify asks for a renewal at a login: a login on a phone would then end
// the login on the laptop for no reason. So there is a separate stamp, as in ASP.NET's Identity. It is
// random and not a counter, because a database restored from a backup would reach the same number
// again, and revive ended logins.
func (u *User) SessionHash() string { return u.securityStamp }
