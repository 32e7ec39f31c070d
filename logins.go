package ginlogin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// ErrNoLoginStore is what functions on a user's logins return when
// LoginManager.Logins is not set.
var ErrNoLoginStore = errors.New("ginlogin: LoginManager.Logins is not set")

// maxListed is how many logins of a user are listed.
const maxListed = 100

// Logins returns the logins of the current user, for a page that lists the user's
// devices, the one that was seen last first; [LoginID] returns the ID of this one.
// Errors: [ErrNoLoginStore], [ErrNotAuthenticated], or an outage.
func Logins(c *gin.Context) ([]StoredLogin, error) {
	r, user, err := ownLogins(c)
	if err != nil {
		return nil, err
	}
	logins, err := r.m.Logins.ListLogins(c.Request.Context(), user, maxListed)
	return logins, outageOf(err)
}

// LoginID returns the ID of the current login, or "" without one. With
// LoginManager.Logins it is the ID of the [StoredLogin]; without, logins have IDs
// too. It does not load the user. On a copy of the context it is "".
func LoginID(c *gin.Context) string {
	r := resolverOf(c)
	if !r.begin(c) {
		return ""
	}
	_ = r.identify()
	return r.login().loginID
}

// EndLogin ends one login of the current user, on any device. Ending the current
// one is a [Logout], to which the options apply. It returns [ErrLoginNotFound] if
// the user has no such login; other errors are those of [Logins] and Logout.
func EndLogin(c *gin.Context, id string, opts ...LogoutOption) error {
	r, user, err := ownLogins(c)
	if err != nil {
		return err
	}
	if id != "" && id == r.login().loginID {
		return Logout(c, opts...)
	}
	row, err := r.m.Logins.FindLogin(c.Request.Context(), id)
	switch {
	case errors.Is(err, ErrLoginNotFound) || err == nil && row.User != user:
		// That somebody else has a login of that ID is not for this user to know.
		return ErrLoginNotFound
	case err != nil:
		return outageOf(err)
	}
	if err := r.m.Logins.DeleteLogin(toTheEnd(c), id); err != nil {
		return outageOf(err)
	}
	r.auditLine(slog.LevelInfo, "login_ended", r.login().userID, id, "by the user, from another device")
	return nil
}

// LogoutOthers ends all logins of the current user but this one, and all copies of
// this one: it continues under a new ID, in a session with a new ID where sessions
// live on the server. Of two calls at once, as by a double click, one gets
// [ErrNotAuthenticated]. Further errors are those of [Logins], [ErrHeadersWritten],
// or what the session store says.
func LogoutOthers(c *gin.Context) error {
	return changeLogin(c, func(r *resolver) error {
		_, user, err := ownLogins(c)
		if err != nil {
			return err
		}
		if rec := r.login(); rec.loginID != "" {
			if err := r.move(rec, r.answer.user); err != nil {
				return err
			}
		}
		return r.endOthers(user)
	})
}

// endOthers ends all stored logins of a user but the current one.
func (r *resolver) endOthers(user string) error {
	if err := r.m.Logins.DeleteLogins(toTheEnd(r.c), user, r.login().loginID); err != nil {
		return outageOf(err)
	}
	r.auditLine(slog.LevelInfo, "logins_ended", r.login().userID, "", "by the user, all but this one")
	return nil
}

// move makes rec the current login, which is u's, and with a login store under a
// new ID: a thief has copies of the cookies of the old one.
func (r *resolver) move(rec record, u User) error {
	came := asSent(r.c.Request, r.c.Writer.Header(), r.m.Remember.Name)
	t, _, remembered := r.m.rememberToken(came, rec.userID)
	remembered = remembered && t.loginID == rec.loginID
	release, err := r.claim(rec.loginID)
	if err != nil {
		return err
	}
	if r.m.Logins != nil {
		rec.loginID, rec.generation, rec.seenAt = rand.Text(), 0, r.m.clock().Unix()
	}
	var lifetime time.Duration
	if remembered {
		lifetime = time.Duration(t.lifetime) * time.Second
	}
	if err := r.storeLogin(rec, lifetime); err != nil {
		return errors.Join(err, release())
	}
	if err := r.saveSession(newSessionID, func(s *sessionData) { s.set(r.m.sessionKey, rec.encode()) }); err != nil {
		return errors.Join(err, r.endStored(rec.loginID), release())
	}
	if remembered {
		t.loginID, t.generation, t.binding = rec.loginID, rec.generation, rec.binding
		r.sendToken(t)
	}
	r.become(u, rec)
	return nil
}

// claim ends the login of that ID because it moves on, for one of the requests that
// want to move it at once: each would delete what the other has made. Without a
// login store there is nothing to claim.
func (r *resolver) claim(id string) (release func() error, err error) {
	if r.m.Logins == nil {
		return func() error { return nil }, nil
	}
	ctx := toTheEnd(r.c)
	for range 3 { // a request that only notes its use may come between
		row, err := r.m.Logins.FindLogin(ctx, id)
		now := r.m.clock()
		switch {
		case errors.Is(err, ErrLoginNotFound) || err == nil && !now.Before(row.Expires):
			return nil, ErrNotAuthenticated
		case err != nil:
			return nil, outageOf(err)
		}
		over := row
		over.Generation, over.Expires = row.Generation+1, unix(now.Unix())
		swapped, err := r.m.Logins.SwapLogin(ctx, row, over)
		if err != nil {
			return nil, outageOf(err)
		}
		if swapped {
			return func() error {
				_, err := r.m.Logins.SwapLogin(ctx, over, row)
				return outageOf(err)
			}, nil
		}
	}
	return nil, ErrNotAuthenticated
}

// LogoutEverywhere ends all logins of the current user, this one by [Logout], to
// which the options apply. Errors are those of [Logins] and Logout.
func LogoutEverywhere(c *gin.Context, opts ...LogoutOption) error {
	if err := resolverOf(c).writable(c); err != nil {
		return err
	}
	r, user, err := ownLogins(c)
	if err != nil {
		return err
	}
	if err := r.endOthers(user); err != nil {
		return err
	}
	return Logout(c, opts...)
}

// LoginsOf returns the logins of any user, for the pages of an administrator, the
// one that was seen last first. Errors: [ErrNoLoginStore], or an outage.
func (lm *LoginManager) LoginsOf(ctx context.Context, userID string) ([]StoredLogin, error) {
	if lm.Logins == nil {
		return nil, ErrNoLoginStore
	}
	logins, err := lm.Logins.ListLogins(ctx, lm.storedUser(userID), maxListed)
	return logins, outageOf(err)
}

// EndLogins ends all logins of any user, for instance one who has been banned.
// Errors: [ErrNoLoginStore], or an outage.
func (lm *LoginManager) EndLogins(ctx context.Context, userID string) error {
	if lm.Logins == nil {
		return ErrNoLoginStore
	}
	if err := lm.Logins.DeleteLogins(ctx, lm.storedUser(userID), ""); err != nil {
		return outageOf(err)
	}
	if lm.audits(ctx, slog.LevelInfo) {
		lm.writeAudit(ctx, slog.LevelInfo, "logins_ended", slog.String("user", userID), slog.String("reason", "by the site"))
	}
	return nil
}

// ownLogins returns the resolver and the store's name of the current user.
func ownLogins(c *gin.Context) (*resolver, string, error) {
	r := resolverOf(c)
	if r.m.Logins == nil {
		return nil, "", ErrNoLoginStore
	}
	if !r.begin(c) {
		return nil, "", ErrNotResolved
	}
	u, err := r.userOf(c)
	if err != nil {
		return nil, "", err
	}
	if u.IsAnonymous() {
		return nil, "", ErrNotAuthenticated
	}
	return r, r.m.storedUser(cmp.Or(r.login().userID, u.GetID())), nil
}

// storedUser is how the store names a user. No ID of a manager without a Name,
// which a user may have chosen, can be taken for another manager's.
func (lm *LoginManager) storedUser(id string) string {
	if lm.Name == "" && !strings.Contains(id, ":") {
		return id
	}
	return lm.Name + ":" + id
}

// seenStep is how exact StoredLogin.LastSeen is.
const seenStep = time.Minute

// sessionLife is how long a row outlives the last use of a login that is not
// remembered and has no timeout. gin-contrib's cookie store keeps sessions as long.
const sessionLife = 30 * 24 * time.Hour

// storeLogin makes the row of a login that has none yet.
func (r *resolver) storeLogin(rec record, remembered time.Duration) error {
	if r.m.Logins == nil {
		return nil
	}
	now := unix(rec.seenAt)
	row := StoredLogin{
		ID: rec.loginID, User: r.m.storedUser(rec.userID),
		Created: unix(rec.loginAt), LastSeen: now, Rotated: now,
		Address: r.c.ClientIP(), UserAgent: userAgent(r.c),
	}
	row.Expires = r.m.rowExpires(row, remembered)
	if err := r.m.Logins.CreateLogin(r.c.Request.Context(), row); err != nil {
		return outageOf(err)
	}
	return nil
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// outageOf says of an error that it is the login store's.
func outageOf(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ginlogin: the login store: %w", err)
}

// rowExpires returns when a row may go: not before its session or its remember
// cookie does.
func (m *manager) rowExpires(row StoredLogin, remembered time.Duration) time.Time {
	life := sessionLife
	if m.IdleTimeout > 0 {
		life = m.IdleTimeout + seenStep // LastSeen lags behind
	}
	expires := row.LastSeen.Add(life)
	if cookie := row.LastSeen.Add(remembered); cookie.After(expires) {
		expires = cookie
	}
	if row.Expires.After(expires) {
		expires = row.Expires
	}
	if end := row.Created.Add(m.AbsoluteTimeout); m.AbsoluteTimeout > 0 && end.Before(expires) {
		expires = end
	}
	return expires
}

// endStored deletes the rows of these logins.
func (r *resolver) endStored(ids ...string) error {
	if r.m.Logins == nil {
		return nil
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		if err := r.m.Logins.DeleteLogin(toTheEnd(r.c), id); err != nil {
			return outageOf(err)
		}
	}
	return nil
}

// mayBeStored reports whether the store knows a login, as far as it can be found out.
func (r *resolver) mayBeStored(id string) bool {
	if r.m.Logins == nil {
		return true
	}
	_, err := r.m.Logins.FindLogin(r.c.Request.Context(), id)
	return !errors.Is(err, ErrLoginNotFound)
}

// sessionLogin returns the login in the session, for ending it, or "" if the session
// is over or an old copy: that must not end more than itself.
func (r *resolver) sessionLogin() string {
	id := r.inSession.loginID
	if r.m.Logins == nil || id == "" || r.ended {
		return ""
	}
	if r.stored != nil && r.stored.id == id && r.from == fromSession {
		return id // which has been found to be good
	}
	row, err := r.m.Logins.FindLogin(r.c.Request.Context(), id)
	if err == nil && r.behind(r.generation, row) {
		return ""
	}
	return id
}

// toTheEnd returns a context for ending logins, which a client that hangs up does
// not stop: it may be the thief.
func toTheEnd(c *gin.Context) context.Context { return context.WithoutCancel(c.Request.Context()) }

// maxUserAgent is how much of a user agent a row gets; clients may send a lot.
const maxUserAgent = 512

func userAgent(c *gin.Context) string {
	agent := c.Request.UserAgent()
	return strings.ToValidUTF8(agent[:min(len(agent), maxUserAgent)], "")
}

// cookieLogin returns the ID of the stored login that the remember cookie continues.
func (r *resolver) cookieLogin() string {
	if r.m.Logins == nil {
		return "" // and no signature is verified for nothing
	}
	t, _, _ := r.m.rememberToken(r.c.Request, "")
	return t.loginID
}

// stored is the row of the identified login, and what is to become of it.
type stored struct {
	id        string
	found     bool
	row, next StoredLogin
}

// storedRow returns the row of the identified login; false says that the login is
// over: ended from elsewhere, by a logout, or by its age.
func (r *resolver) storedRow() (StoredLogin, bool, error) {
	if r.stored == nil || r.stored.id != r.record.loginID {
		row, err := r.m.Logins.FindLogin(r.c.Request.Context(), r.record.loginID)
		if err != nil && !errors.Is(err, ErrLoginNotFound) {
			return StoredLogin{}, false, outageOf(err)
		}
		r.stored = &stored{id: r.record.loginID, row: row, found: err == nil}
	}
	row := r.stored.row
	live := r.stored.found && row.User == r.m.storedUser(r.record.userID) && r.m.clock().Before(row.Expires)
	return row, live, nil
}

// liveInStore asks the store, if there is one, whether the login is still good,
// and of a login from a remember cookie whether the cookie is. One that is not is
// noted as gone.
func (r *resolver) liveInStore() (bool, error) {
	if r.m.Logins == nil {
		return true, nil
	}
	row, live, err := r.storedRow()
	if err != nil {
		return false, err
	}
	switch {
	case !live || r.from == fromSession && r.outdated(row):
	case r.from == fromCookie && r.stolen(row):
		if err := r.endStolen(row); err != nil {
			return false, err
		}
	default:
		r.noteUse(row)
		return true, nil
	}
	r.gone()
	return false, nil
}

// mustBeStored asks the store about a login that has been identified and not loaded.
func (r *resolver) mustBeStored() error {
	if _, ok := r.identity(); !ok || r.m.Logins == nil || r.answer.done {
		return nil
	}
	defer r.inside(&r.busy)()
	_, err := r.liveInStore()
	return err
}

// outdated tells a session whose login has been restored elsewhere since: a browser
// that has a session sends no remember cookie to be restored from, so somebody
// else did, or the session is an old copy. It falls back on its own remember
// cookie, and that tells which of the two is the thief.
func (r *resolver) outdated(row StoredLogin) bool {
	if !r.behind(r.record.generation, row) {
		return false
	}
	t, _, ok := r.m.rememberToken(r.c.Request, r.record.userID)
	return !ok || t.loginID != row.ID || t.generation < row.Generation
}

// behind reports whether a login has gone on, and not just now, since a session of
// that generation began.
func (r *resolver) behind(generation int64, row StoredLogin) bool {
	return generation < row.Generation && !r.inGrace(row)
}

// stolen tells a remember cookie that a thief has used, or whose victim has. Every
// use makes a new one, so two parties with copies of one cookie end up with
// different ones, and only one of these is right: the newest, or, if the response
// that carried it got lost, the one that was presented last. Whoever comes with
// any other is the second of the two.
//
// A browser that sends several requests at once comes with the one before the
// newest, too: that is the grace period.
func (r *resolver) stolen(row StoredLogin) bool {
	g := r.token.generation
	return g < row.Generation && g != row.Presented && !(g == row.Generation-1 && r.inGrace(row))
}

// inGrace reports whether the newest cookie was made just now, as well as the
// clocks of several servers can tell.
func (r *resolver) inGrace(row StoredLogin) bool {
	return r.m.clock().Sub(row.Rotated).Abs() < r.m.Remember.Grace
}

// endStolen ends this login and all others of the user: which of them the thief
// has, nobody knows.
func (r *resolver) endStolen(row StoredLogin) error {
	if err := r.m.Logins.DeleteLogins(toTheEnd(r.c), row.User, ""); err != nil {
		return outageOf(err)
	}
	u, err := r.loadIdentified()
	if err != nil || u == nil {
		u = r.anonymous()
	}
	r.queueFor(RememberTokenStolen, u, "an old remember cookie was presented again")
	r.refused = true
	return nil
}

// noteUse notes what is to be written into the row once the user has loaded.
func (r *resolver) noteUse(row StoredLogin) {
	now := unix(r.m.clock().Unix())
	next, used := row, r.token
	next.Used = true
	if now.Sub(row.LastSeen) >= seenStep {
		next.LastSeen, next.Address, next.UserAgent = now, r.c.ClientIP(), userAgent(r.c)
		var remembered time.Duration
		if t, _, ok := r.m.rememberToken(r.c.Request, r.record.userID); ok && r.from == fromSession {
			used = &t // which has arrived, then
			if r.m.Remember.RefreshEachRequest {
				remembered = time.Duration(t.lifetime) * time.Second
			}
		}
		next.Expires = r.m.rowExpires(next, remembered)
	}
	if used != nil && used.loginID == row.ID {
		next.Presented = max(row.Presented, min(used.generation, row.Generation))
	}
	rotate := r.from == fromCookie && !r.inGrace(row)
	if rotate {
		next.Generation, next.Rotated = max(r.token.generation, row.Generation)+1, now
	}
	if r.from == fromCookie {
		r.record.generation = next.Generation
	}
	if next != row {
		r.pending.row, r.stored.next = touchRow, next
	}
	if rotate {
		r.pending.row = rotateRow
	}
}

// commitRow writes the row, and sends the remember cookie that goes with it. When
// another request of the browser was faster, its cookie is the one.
func (r *resolver) commitRow(change rowChange) error {
	if change == sameRow {
		return nil
	}
	swapped, err := r.m.Logins.SwapLogin(r.c.Request.Context(), r.stored.row, r.stored.next)
	if err != nil {
		return outageOf(err)
	}
	if swapped && change == rotateRow {
		t := *r.token
		t.generation, t.binding = r.stored.next.Generation, r.record.binding
		r.sendToken(t)
	}
	return nil
}
