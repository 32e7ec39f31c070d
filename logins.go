package ginlogin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// LoginStore keeps a row for every login on the server. With one, a login ends when its
// row is deleted, even if there are copies of its cookies; users can see and end their
// logins on other devices; and each remember cookie can be used once, so that its theft
// is detected. Package loginsql has a store on database/sql, loginmem one in memory,
// and storesuite the tests that every store has to pass.
//
// Methods are called from many goroutines. An error is an outage: guards answer
// 503 and logins stay. Times are whole seconds in UTC.
//
// A store may delete two kinds of rows by itself: rows that have expired, and rows
// older than a day that were never Used.
type LoginStore interface {
	// CreateLogin adds a row. An ID that exists already is an error. Address and
	// UserAgent may be shortened to fit. Any other text that does not fit is an error,
	// because two texts may be equal once they are shortened.
	CreateLogin(ctx context.Context, login StoredLogin) error
	// FindLogin returns the row with that ID, or ErrLoginNotFound, also for an ID that
	// no row could have, since it may come from a form. It may return an expired row.
	FindLogin(ctx context.Context, id string) (StoredLogin, error)
	// SwapLogin replaces the row of next.ID by next if it still has the Generation, the
	// Presented and the Device of old, in one step (compare-and-swap), and reports
	// whether it did. It does not bring back a row that was deleted. Text that does not
	// fit is treated as in CreateLogin.
	SwapLogin(ctx context.Context, old, next StoredLogin) (bool, error)
	// DeleteLogin removes the row with that ID. A missing row is no error, nor is an ID
	// that no row could have.
	DeleteLogin(ctx context.Context, id string) error
	// DeleteLogins removes all rows of a user. Exception: the row whose ID is except,
	// unless that is "".
	DeleteLogins(ctx context.Context, user, except string) error
	// ListLogins returns the rows of a user that have not expired, the last seen first,
	// and at most limit of them: none if limit is 0 or less.
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
	// User is the ID of the user. A manager with a Name puts the Name and a colon
	// before it, so that managers can share a store; a manager without a Name puts a
	// colon before an ID that contains one.
	User string
	// Created is when the user logged in.
	Created time.Time
	// LastSeen is when the login was last used, exact to a minute.
	LastSeen time.Time
	// Expires is when the login ends and the row may be deleted: 30 days after
	// LastSeen, or later if an IdleTimeout or a remember cookie is longer.
	Expires time.Time
	// Used says that a request has used the login since it was made. A login without
	// use is no device of the user: a double click on "Log in" makes one.
	Used bool
	// Address and UserAgent are those of the client at the last recorded use.
	Address, UserAgent string
	// Generation is the number of the newest remember cookie of this login. A
	// session carries the generation that it was made in.
	Generation int64
	// Presented is the highest generation of a remember cookie that came back, except
	// within Remember.Grace. A client that never got its newest cookie, because the
	// response was lost, still has this one.
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
	// ActingLogin and ActingGeneration are the ID and the generation of the acting
	// user's own login: this login ends with it. All are empty unless another user acts
	// as this one.
	ActingUser, ActingLogin string
	ActingGeneration        int64
	// ExternalID is the ID by which another system can end this login, for instance the
	// issuer and the sid of OpenID Connect.
	ExternalID string
	// Device is the key of the device that the login is bound to, see DeviceBound. A "?"
	// stands before it until the browser has confirmed the key. It is empty for a login
	// without a key. SwapLogin compares it, so that only one of two devices that register
	// at once succeeds.
	Device string
}

// DeviceBound reports whether the login is bound to its device, see LoginManager.DeviceBound.
func (l StoredLogin) DeviceBound() bool { row := login.Row(l); return row.IsBound() }

// ErrLoginNotFound is what a LoginStore returns for an ID without a row: the login has
// ended.
var ErrLoginNotFound = errors.New("ginlogin: login not found")

// ErrNoLoginStore is what functions on a user's logins return when
// LoginManager.Logins is not set.
var ErrNoLoginStore = errors.New("ginlogin: LoginManager.Logins is not set")

// maxListed is how many logins of a user are listed: those seen last.
const maxListed = 200

// Logins returns the logins of the current user, for a page that lists the user's
// devices, the last seen first and at most 200; [LoginID] returns the ID of the current
// one. A login that was never used is listed for a minute: a double click on "Log in"
// makes one. Errors: [ErrNoLoginStore], [ErrNotAuthenticated], or an outage.
func Logins(c *gin.Context, opts ...AskOption) ([]StoredLogin, error) {
	v := asked(c, opts)
	user, err := ownLogins(c, v)
	if err != nil {
		return nil, err
	}
	return settingsOf(v).devices(c.Request.Context(), user)
}

// devices lists the logins of a user of the store.
func (lm *LoginManager) devices(ctx context.Context, user string) ([]StoredLogin, error) {
	logins, err := lm.Logins.ListLogins(ctx, user, maxListed)
	now := lm.Now().Unix()
	return slices.DeleteFunc(logins, func(l StoredLogin) bool {
		row := login.Row(l)
		return !row.IsDevice(now)
	}), outageOf(err)
}

// LoginID returns the ID of the current login, or "" without one. With
// LoginManager.Logins it is the ID of the [StoredLogin]; without, logins have IDs
// too. It does not load the user. On a copy of the context it is "".
func LoginID(c *gin.Context, opts ...AskOption) string { return asked(c, opts).LoginID(c) }

// EndLogin ends one login of the current user, on any device. Ending the current one is
// a [Logout], to which the options apply; ending another one requires a fresh login. It
// returns [ErrLoginNotFound] if the user has no such login and [ErrNotFresh] if this
// login is stale; other errors are those of [Logins] and Logout.
func EndLogin(c *gin.Context, id string, opts ...LogoutOption) error {
	var o logoutOptions
	for _, opt := range opts {
		opt.applyLogout(&o)
	}
	v := o.visit(c)
	user, err := ownLogins(c, v)
	switch {
	case err != nil:
		return err
	case id != "" && id == v.LoginID(c):
		return Logout(c, opts...)
	case v.Acting(c):
		return ErrImpersonating
	case !v.MayEndOthers():
		return ErrNotFresh
	}
	if err := settingsOf(v).endLogin(c.Request.Context(), user, id); err != nil {
		return err
	}
	v.AuditLine(slog.LevelInfo, "login_ended", v.UserID(c), id, "by the user, from another device")
	return nil
}

// EndLoginOf ends one login of any user, for the pages of an administrator. It
// returns [ErrLoginNotFound] if the user has no such login, [ErrNoLoginStore], or an
// outage.
func (lm *LoginManager) EndLoginOf(ctx context.Context, userID, id string) error {
	if lm.Logins == nil {
		return ErrNoLoginStore
	}
	if err := lm.endLogin(ctx, visit.StoredUser(lm.Name, userID), id); err != nil {
		return err
	}
	lm.auditEnd(ctx, "login_ended", userID, id, "by the site")
	return nil
}

// endLogin ends a login of a user of the store.
func (lm *LoginManager) endLogin(ctx context.Context, user, id string) error {
	row, err := lm.Logins.FindLogin(ctx, id)
	switch {
	case errors.Is(err, ErrLoginNotFound) || err == nil && row.User != user:
		// That another user has a login of that ID is not for this one to know.
		return ErrLoginNotFound
	case err != nil:
		return outageOf(err)
	}
	return outageOf(lm.Logins.DeleteLogin(context.WithoutCancel(ctx), id))
}

// LogoutOthers ends all other logins of u, the current user, and all copies of this
// one. Call it after a change of the password, once the new one is saved: it binds this
// login to u's present [SessionHasher.SessionHash]. The session gets a new ID where
// sessions live on the server. It is Django's update_session_auth_hash.
//
// Other logins end because the hash has changed, or because their rows in
// LoginManager.Logins are deleted. Without either it returns [ErrNoLoginStore]. Without
// Logins, copies of this login end only if the hash has changed.
//
// It requires a fresh login ([ErrNotFresh]): otherwise a thief with an old copy could
// log the user out. Of two calls at once, as after a double click, one gets
// [ErrNotAuthenticated]. Further errors are those of [ConfirmLogin]; on an error of the
// stores call it again.
func LogoutOthers(c *gin.Context, u User, opts ...AskOption) error {
	v := asked(c, opts)
	if _, hashes := u.(SessionHasher); !hashes && settingsOf(v).Logins == nil {
		return ErrNoLoginStore
	}
	return v.Change(c, func() error { return v.LogOutOthers(u) })
}

// LogoutEverywhere ends all logins of the current user, this one by [Logout], to which
// the options apply. A stale login is enough, since it ends, too: a thief with an old
// copy would gain nothing. Errors are those of [Logins] and Logout.
func LogoutEverywhere(c *gin.Context, opts ...LogoutOption) error {
	var o logoutOptions
	for _, opt := range opts {
		opt.applyLogout(&o)
	}
	v := o.visit(c)
	if err := v.Writable(c); err != nil {
		return err
	}
	if _, err := ownLogins(c, v); err != nil {
		return err
	}
	if v.Acting(c) {
		return ErrImpersonating
	}
	return v.Change(c, func() error {
		if err := v.EndEverywhere(); err != nil {
			return err
		}
		return v.LogOut(o.clearSession)
	})
}

// LoginsOf returns the logins of any user, for the pages of an administrator, like
// [Logins]. Errors: [ErrNoLoginStore], or an outage.
func (lm *LoginManager) LoginsOf(ctx context.Context, userID string) ([]StoredLogin, error) {
	if lm.Logins == nil {
		return nil, ErrNoLoginStore
	}
	return lm.devices(ctx, visit.StoredUser(lm.Name, userID))
}

// EndLogins ends all logins of any user, for instance one who has been banned.
// Errors: [ErrNoLoginStore], or an outage.
func (lm *LoginManager) EndLogins(ctx context.Context, userID string) error {
	if lm.Logins == nil {
		return ErrNoLoginStore
	}
	m := visit.Manager{Name: lm.Name, AuditLog: lm.AuditLog, Store: rows{lm.Logins}}
	err := m.EndAll(context.WithoutCancel(ctx), visit.StoredUser(lm.Name, userID), "", func(userID, id string) {
		lm.auditEnd(ctx, "login_ended", userID, id, "by the site, with all others")
	})
	if err == nil {
		lm.auditEnd(ctx, "logins_ended", userID, "", "by the site")
	}
	return err
}

// EndExternal ends the logins made with ExternalID(id), for a back-channel logout of
// OpenID Connect. It is no error if there are none. Errors: [ErrNoLoginStore], or an
// outage; then call it again.
func (lm *LoginManager) EndExternal(ctx context.Context, id string) error {
	if lm.Logins == nil {
		return ErrNoLoginStore
	}
	ctx = context.WithoutCancel(ctx)
	for {
		found, err := lm.Logins.FindExternal(ctx, id, maxListed)
		if err != nil {
			return outageOf(err)
		}
		for _, row := range found {
			if err := lm.Logins.DeleteLogin(ctx, row.ID); err != nil {
				return outageOf(err)
			}
			lm.auditEnd(ctx, "login_ended", visit.UserOf(lm.Name, row.User), row.ID, "by the identity provider")
		}
		if len(found) < maxListed {
			return nil
		}
	}
}

func (lm *LoginManager) auditEnd(ctx context.Context, event, user, id, reason string) {
	m := visit.Manager{Name: lm.Name, AuditLog: lm.AuditLog}
	if m.Audits(ctx, slog.LevelInfo) {
		m.Audit(ctx, slog.LevelInfo, event, slog.String("user", user), slog.String("login", id), slog.String("reason", reason))
	}
}

// ownLogins returns the current user's ID as the store has it.
func ownLogins(c *gin.Context, v *visit.Visit) (string, error) {
	if settingsOf(v).Logins == nil {
		return "", ErrNoLoginStore
	}
	if !v.Owns(c) {
		return "", ErrNotResolved
	}
	u, err := v.User(c)
	if err != nil {
		return "", err
	}
	if u.IsAnonymous() {
		return "", ErrNotAuthenticated
	}
	return visit.StoredUser(v.Manager().Name, cmp.Or(v.UserID(c), u.GetID())), nil
}

// outageOf marks an error as one of the login store.
func outageOf(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ginlogin: the login store: %w", err)
}

// rows is a LoginStore as visit needs it.
type rows struct{ LoginStore }

func (s rows) Create(ctx context.Context, row login.Row) error {
	return outageOf(s.CreateLogin(ctx, StoredLogin(row)))
}

func (s rows) Find(ctx context.Context, id string) (login.Row, error) {
	found, err := s.FindLogin(ctx, id)
	if errors.Is(err, ErrLoginNotFound) {
		return login.Row{}, nil
	}
	if err != nil {
		return login.Row{}, outageOf(err)
	}
	return login.Row(found), nil
}

func (s rows) Swap(ctx context.Context, old, next login.Row) (bool, error) {
	swapped, err := s.SwapLogin(ctx, StoredLogin(old), StoredLogin(next))
	return swapped && err == nil, outageOf(err)
}

func (s rows) Delete(ctx context.Context, id string) error { return outageOf(s.DeleteLogin(ctx, id)) }

func (s rows) List(ctx context.Context, user string, limit int) ([]login.Row, error) {
	found, err := s.ListLogins(ctx, user, limit)
	list := make([]login.Row, len(found))
	for i, row := range found {
		list[i] = login.Row(row)
	}
	return list, outageOf(err)
}

func (s rows) DeleteAll(ctx context.Context, user, except string) error {
	return outageOf(s.DeleteLogins(ctx, user, except))
}
