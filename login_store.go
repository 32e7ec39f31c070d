package ginlogin

import (
	"context"
	"errors"
	"time"
)

// LoginStore keeps a row for every login on the server. With one, an ended login is
// over even if there are copies of its cookies, users can see and end their logins
// on other devices, and a remember cookie can be used once, so that a stolen one is
// noticed. Package loginsql has one on database/sql.
//
// Methods are called from many goroutines. An error is an outage: guards answer
// 503 and nobody is logged out. Times are whole seconds in UTC.
type LoginStore interface {
	// CreateLogin adds a row. Its ID is new; if it is taken, that is an error. A user
	// ID that does not fit is refused and never cut; Address and UserAgent may be cut.
	CreateLogin(ctx context.Context, l StoredLogin) error
	// FindLogin returns the row with that ID, or ErrLoginNotFound, also for an ID
	// that no row could have: it may come from a form. An expired row may be
	// returned or may be gone.
	FindLogin(ctx context.Context, id string) (StoredLogin, error)
	// SwapLogin replaces the row of next.ID by next if it still has the
	// Generation and the Presented of old, in one step (compare-and-swap), and
	// reports whether it did. A row that is gone is not brought back.
	SwapLogin(ctx context.Context, old, next StoredLogin) (bool, error)
	// DeleteLogin removes the row with that ID. It is no error if there is none, or
	// could be none.
	DeleteLogin(ctx context.Context, id string) error
	// ListLogins returns the rows of a user that have not expired, the one that
	// was seen last first.
	ListLogins(ctx context.Context, user string) ([]StoredLogin, error)
	// DeleteLogins removes all rows of a user except the one with the ID except,
	// which may be "".
	DeleteLogins(ctx context.Context, user, except string) error
}

// StoredLogin is a row of a [LoginStore]: one login of one user on one device.
type StoredLogin struct {
	// ID is random and not a secret: it logs nobody in.
	ID string
	// User is the ID of the user. Managers with a Name put that and a colon
	// before it, so that they can share a store; one without a Name puts a colon
	// before an ID that contains a colon.
	User string
	// Created is when the user logged in.
	Created time.Time
	// LastSeen is when the login was last used, exact to a minute.
	LastSeen time.Time
	// Expires is when the row may be removed, and the login is over: 30 days after
	// LastSeen, or later if an IdleTimeout or a remember cookie is longer.
	Expires time.Time
	// Address and UserAgent are those of the client at the last use noted.
	Address, UserAgent string
	// Generation is the number of the newest remember cookie of this login, and
	// Presented that of the one that came back last.
	Generation, Presented int64
	// Rotated is when the newest remember cookie was made.
	Rotated time.Time
}

// ErrLoginNotFound is what a LoginStore returns for an ID that it has no row of:
// the login is over.
var ErrLoginNotFound = errors.New("ginlogin: login not found")
