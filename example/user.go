package main

import (
	"strconv"
	"time"

	"github.com/ginlogin/ginlogin"
)

// User is somebody with an account.
type User struct {
	ginlogin.UserMixin // authenticated, not anonymous

	ID        int64
	Email     string
	Name      string
	Role      string
	Active    bool
	CreatedAt time.Time

	// Unexported, so that no template and no JSON can show them.
	passwordHash  string
	securityStamp string
}

// GetID returns what ginlogin writes to the session and the remember cookie, and hands to
// Users.FindByID at the next request.
func (u *User) GetID() string { return strconv.FormatInt(u.ID, 10) }

// IsActive reports whether the account may be used. ginlogin asks at every request, so whoever is
// deactivated is out at the next one, on every device and with every token.
func (u *User) IsActive() bool { return u.Active }

// The roles of users. Another administrator is made in the database:
//
//	UPDATE users SET role = 'admin' WHERE email = 'ada@example.com';
const (
	roleMember = "member"
	roleAdmin  = "admin"
)

// IsAdmin reports whether u may enter the admin area.
func (u *User) IsAdmin() bool { return u.Role == roleAdmin }

// SessionHash returns what logins are bound to: when it changes, every login of the user ends but the
// one that ginlogin.RebindLogin binds to the new one.
//
// It is not the hash of the password, though that changes with the password, too: it also changes when
// nothing has happened but that the parameters of hashing have been raised, or that bcrypt is left
// behind. Verify asks for that at a login, and then whoever logs in on their phone would be logged
// out on their laptop, and be alarmed for nothing. So there is a stamp of its own, as in ASP.NET's
// Identity. It is random and not a counter, because a database that is restored from a backup would
// count to the same number once more, and bring logins back that had been ended.
func (u *User) SessionHash() string { return u.securityStamp }
