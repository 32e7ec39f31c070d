package visit

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ginlogin/ginlogin/internal/login"
)

// rowState is the row of the claimed login: the present one, and the one to write.
type rowState struct {
	id    string
	found login.Row
	next  login.Row
}

var errContended = errors.New("ginlogin: the login store: SwapLogin never replaced the row of a login, which kept changing: test your store with package storesuite")

// swapAttempts is how often a lost compare-and-swap is read and judged again. Each
// time it is lost, another request has moved the login on.
const swapAttempts = 8

// askStore lets the login store judge the claimed login, if there is one. Nothing
// accepts a login without it.
func (v *Visit) askStore() error {
	if v.m.Store == nil {
		return nil
	}
	row, err := v.rowOf(v.claim.Record.LoginID)
	if err != nil {
		return err
	}
	f := v.compare(row)
	switch f.Verdict {
	case login.Stolen:
		if err := v.endStolen(row); err != nil {
			return err
		}
	case login.Gone:
		v.warnRowMissing()
	}
	v.row.next = f.Next
	v.audit(v.claim.Row(f))
	if v.claim.Source == login.Nobody {
		return nil
	}
	return v.askDevice(&v.row.found, v.claim.Record.AuthAt)
}

// compare judges the claimed login by its row. Only a row that is to be touched
// needs to know the remember cookie beside a session, whose signature costs time.
func (v *Visit) compare(row login.Row) login.RowFinding {
	use := login.Use{
		Source: v.claim.Source, User: v.stored(v.claim.Record.UserID), Generation: v.claim.Record.Generation,
		Now: v.judgedAt(), Passive: v.claim.Passive,
	}
	f := v.m.Policy.Compare(use, row, v.claim.Token)
	if v.claim.Source == login.Session && f.Write != login.KeepRow {
		if t, _, ok := v.m.Remember.Find(v.c.Request, v.claim.Record.UserID, v.judgedAt()); ok {
			f = v.m.Policy.Compare(use, row, &t)
		}
	}
	return f
}

// rowOf returns the row of that ID, which is read once; the zero Row if there is
// none.
func (v *Visit) rowOf(id string) (login.Row, error) {
	if v.row == nil || v.row.id != id {
		row, err := v.m.Store.Find(v.c.Request.Context(), id)
		if err != nil {
			return login.Row{}, err
		}
		v.row = &rowState{id: id, found: row}
	}
	return v.row.found, nil
}

// current returns the row of the claimed login, or the zero Row without a store.
func (v *Visit) current() login.Row {
	if v.row == nil || v.row.id != v.claim.LoginID() {
		return login.Row{}
	}
	return v.row.found
}

// writeRow writes the row as the claim says, by compare-and-swap, and before the
// session and cookies, which carry its generation. When another request was faster,
// the login is read and judged again: it may have ended.
func (v *Visit) writeRow() error {
	for range swapAttempts {
		if v.claim.Write.Row == login.KeepRow {
			return nil
		}
		next := v.row.next
		next.Address, next.UserAgent = v.c.ClientIP(), userAgent(v.c.Request)
		ctx := v.c.Request.Context()
		swapped, err := v.m.Store.Swap(ctx, v.row.found, next)
		if err != nil {
			if !v.claim.RowFailed(ctx.Err() != nil) {
				return err
			}
			v.Report(err)
			return nil
		}
		if swapped {
			v.row.found, v.claim.Write.Row = next, login.KeepRow
			return nil
		}
		v.row = nil
		if err := v.askStore(); err != nil || v.claim.Source == login.Nobody {
			return err
		}
	}
	return errContended
}

// createRow makes the row of a login that has none yet.
func (v *Visit) createRow(row login.Row) error {
	if v.m.Store == nil {
		return nil
	}
	row.Address, row.UserAgent = v.c.ClientIP(), userAgent(v.c.Request)
	return v.m.Store.Create(v.c.Request.Context(), row)
}

// endSurplus ends logins of the user so that MaxLogins remain with the new one.
func (v *Visit) endSurplus(row login.Row) error {
	if v.m.Store == nil || v.m.MaxLogins == 0 {
		return nil
	}
	rows, err := v.m.Store.List(v.toTheEnd(), row.User, login.Listed(v.m.MaxLogins))
	if err != nil {
		return err
	}
	for _, id := range login.Surplus(rows, v.m.MaxLogins, row) {
		if err := v.deleteRows(id); err != nil {
			return err
		}
		v.AuditLine(slog.LevelInfo, "login_ended", v.userOfRow(row), id, "more than MaxLogins")
	}
	return nil
}

// deleteRows deletes the rows of these logins.
func (v *Visit) deleteRows(ids ...string) error {
	if v.m.Store == nil {
		return nil
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		if err := v.m.Store.Delete(v.toTheEnd(), id); err != nil {
			return err
		}
	}
	return nil
}

// endStolen ends this login and all others of the user: nothing tells which of them
// the thief has.
func (v *Visit) endStolen(row login.Row) error {
	if err := v.endAll(row.User, "", "an old remember cookie was presented again"); err != nil {
		return err
	}
	id := v.userOfRow(row)
	v.queueOf(RememberTokenStolen, v.namedUser(id), loginName{id, row.ID}, "an old remember cookie was presented again")
	return nil
}

// namedUser returns the user to give to an event's handlers, who may write to it. One
// who cannot be loaded is only named in the audit log.
func (v *Visit) namedUser(id string) (u User) {
	if v.m.Load != nil {
		defer v.inside(&v.asking)()
		u, _ = v.loadUser(id)
	}
	if u == nil {
		u = v.anonymous()
	}
	return u
}

// maxAudited is how many logins that end together get a line of the audit log each.
const maxAudited = 1000

// EndAll deletes the rows of a user of the store, except one, and calls told for each
// row that has ended, if the audit log needs it.
func (m *Manager) EndAll(ctx context.Context, user, except string, told func(userID, loginID string)) error {
	var rows []login.Row
	if m.Audits(ctx, slog.LevelInfo) {
		// Even without the list the logins have to end.
		rows, _ = m.Store.List(ctx, user, maxAudited)
	}
	if err := m.Store.DeleteAll(ctx, user, except); err != nil {
		return err
	}
	for _, row := range rows {
		if row.ID != except {
			told(UserOf(m.Name, row.User), row.ID)
		}
	}
	return nil
}

// endAll is EndAll in a request.
func (v *Visit) endAll(user, except, reason string) error {
	return v.m.EndAll(v.toTheEnd(), user, except, func(userID, loginID string) {
		v.AuditLine(slog.LevelInfo, "login_ended", userID, loginID, reason)
	})
}

// held returns the logins of the session and of the remember cookie that a logout or
// another login ends: those that are valid by their rows. An old copy must not end
// more than itself, and the theft of a remember cookie is detected here, too.
//
// With an impersonation the acting user's own login ends, too. It is judged
// separately, since the impersonation may have ended before.
func (v *Visit) held() (h heldLogins, err error) {
	if v.m.Store == nil {
		return h, nil
	}
	if t, _, ok := v.m.Remember.Find(v.c.Request, "", v.judgedAt()); ok {
		use := login.Use{Source: login.Cookie, User: v.stored(t.UserID)}
		if h.cookie, err = v.judgeHeld(use, t.LoginID, &t); err != nil {
			return h, err
		}
	}
	held := v.claim.Held()
	if held.LoginID != "" && !v.claim.Over {
		use := login.Use{Source: login.Session, User: v.stored(held.UserID), Generation: held.Generation}
		if h.session, err = v.judgeHeld(use, held.LoginID, nil); err != nil {
			return h, err
		}
	}
	if actor := held.Actor; actor.LoginID != "" {
		use := login.Use{Source: login.Session, User: v.stored(actor.UserID), Generation: actor.Generation}
		h.actor, err = v.judgeHeld(use, actor.LoginID, nil)
	}
	return h, err
}

// heldLogins are the IDs of valid logins.
type heldLogins struct{ session, cookie, actor string }

// judgeHeld returns the ID of the login if it is valid, or "".
func (v *Visit) judgeHeld(use login.Use, id string, t *login.Token) (string, error) {
	row, err := v.m.Store.Find(v.toTheEnd(), id)
	if err != nil {
		return "", err
	}
	use.Now = v.judgedAt()
	switch v.m.Policy.Compare(use, row, t).Verdict {
	case login.Good, login.GoodOnce:
		return id, nil
	case login.Stolen:
		return "", v.endStolen(row)
	}
	return "", nil
}

// stored returns the ID that the login store has for a user.
func (v *Visit) stored(id string) string { return StoredUser(v.m.Name, id) }

// userOfRow is the reverse of stored.
func (v *Visit) userOfRow(row login.Row) string { return UserOf(v.m.Name, row.User) }
