package ginlogin

import (
	"context"
	"errors"
	"time"
)

// LoginStore keeps a row for every login on the server. With one, a login ends when
// its row is deleted, even if there are copies of its cookies; users can see and end
// their logins on other devices; and a remember cookie can be used once, so that
// theft is noticed. Package loginsql has a store on database/sql, loginmem one in
// memory, and storesuite the tests that every store has to pass.
//
// Methods are called from many goroutines. An error is an outage: guards answer
// 503 and logins stay. Times are whole seconds in UTC.
//
// A store may delete two kinds of rows by itself: rows that have expired, and rows
// older than a day that were never Used.
type LoginStore interface {
	// CreateLogin adds a row. Its ID is new; if it is taken, that is an error.
	// Address and UserAgent may be cut. A row with any other text that does not fit
	// is refused, because two texts that are cut may become one.
	CreateLogin(ctx context.Context, login StoredLogin) error
	// FindLogin returns the row with that ID, or ErrLoginNotFound, also for an ID
	// that no row could have: it may come from a form. An expired row may be
	// returned or may be gone.
	FindLogin(ctx context.Context, id string) (StoredLogin, error)
	// SwapLogin replaces the row of next.ID by next if it still has the Generation,
	// the Presented and the Device of old, in one step (compare-and-swap), and
	// reports whether it did. It does not bring back a row that was deleted. What
	// does not fit is treated as in CreateLogin.
	SwapLogin(ctx context.Context, old, next StoredLogin) (bool, error)
	// DeleteLogin removes the row with that ID. It is no error if there is none, or
	// could be none.
	DeleteLogin(ctx context.Context, id string) error
	// DeleteLogins removes all rows of a user except the one with the ID except,
	// which may be "".
	DeleteLogins(ctx context.Context, user, except string) error
	// ListLogins returns the rows of a user that have not expired, the one that was
	// seen last first, and limit of them at most: none if it is 0 or less.
	ListLogins(ctx context.Context, user string, limit int) ([]StoredLogin, error)
	// FindExternal returns the rows with that ExternalID that have not expired, in
	// the order and with the limit of ListLogins. It finds nothing for "", which
	// most rows have, nor for an ID that no row could have.
	FindExternal(ctx context.Context, id string, limit int) ([]StoredLogin, error)
}

// StoredLogin is a row of a [LoginStore]: one login of one user on one device.
type StoredLogin struct {
	// ID is random and no credential. A login keeps it for life.
	ID string
	// User is the ID of the user. Managers with a Name put that and a colon
	// before it, so that they can share a store; one without a Name puts a colon
	// before an ID that contains a colon.
	User string
	// Created is when the user logged in.
	Created time.Time
	// LastSeen is when the login was last used, exact to a minute.
	LastSeen time.Time
	// Expires is when the login ends and the row may be deleted: 30 days after
	// LastSeen, or later if an IdleTimeout or a remember cookie is longer.
	Expires time.Time
	// Used says that the login came back after it was made. A login that never did
	// is no device of the user: a double click on "Log in" makes one.
	Used bool
	// Address and UserAgent are those of the client at the last use noted.
	Address, UserAgent string
	// Generation is the number of the newest remember cookie of this login. A
	// session carries the generation that it was made in.
	Generation int64
	// Presented is the highest generation of a remember cookie that came back, not
	// counting what came within Remember.Grace. A client that never got its newest
	// cookie, because the response was lost, still has this one.
	Presented int64
	// Cut is the lowest generation that is still accepted: LogoutOthers has ended
	// the sessions and remember cookies below it, which may be copies.
	Cut int64
	// Rotated is when the newest remember cookie was made.
	Rotated time.Time
	// Methods says how the user authenticated: names of RFC 8176, such as "pwd" and
	// "otp", separated by spaces.
	Methods string
	// ActingUser is the ID of the user who acts as this one, in the form of User.
	// ActingLogin and ActingGeneration are the ID and the generation of the login
	// that the acting user has: this login ends with that one. They are empty
	// unless another user acts as this one.
	ActingUser, ActingLogin string
	ActingGeneration        int64
	// ExternalID is what another system calls this login, for instance the issuer
	// and the sid of OpenID Connect, so that the other system can end it.
	ExternalID string
	// Device is the key of a device-bound credential, or empty. SwapLogin compares
	// it, so that of two devices that register at once one wins.
	Device string
}

// ErrLoginNotFound is what a LoginStore returns for an ID that it has no row of:
// the login has ended.
var ErrLoginNotFound = errors.New("ginlogin: login not found")
