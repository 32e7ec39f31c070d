package login

import "time"

// Begin returns the record of a new login.
func Begin(userID, loginID, binding, methods string, client Client, fresh bool, now int64) Record {
	return Record{
		UserID: userID, Fresh: fresh, LoginAt: now, AuthAt: now, BegunAt: now,
		Client: string(client[:]), LoginID: loginID, Binding: binding, Methods: methods, Confirmed: methods,
	}
}

// Remember returns the remember cookie that continues the login of r for d.
func (p *Policy) Remember(r *Record, d time.Duration) Token {
	if p.Absolute > 0 {
		d = min(d, p.Absolute) // a browser need not keep what has expired
	}
	return Token{
		UserID: r.UserID, IssuedAt: r.AuthAt, Lifetime: int64(d / time.Second), LoginAt: r.LoginAt, AuthAt: r.AuthAt,
		LoginID: r.LoginID, Binding: r.Binding, Methods: r.Methods,
	}
}

// Row returns the row of a new login, remembered for d or, with 0, not.
func (p *Policy) Row(r *Record, user string, d time.Duration) Row {
	now := moment(r.LoginAt)
	row := Row{ID: r.LoginID, User: user, Created: now, LastSeen: now, Rotated: now, Methods: r.Methods}
	row.Expires = p.rowExpires(row, int64(d/time.Second))
	return row
}

// Confirm makes a login fresh after the user has given credentials again. With a
// login store the session takes over the row's generation; row is the zero Row
// without one. The remember cookie stays as it is.
func (r *Record) Confirm(row Row, client Client, methods string, now int64) {
	r.Fresh, r.AuthAt, r.BegunAt = true, now, now
	r.Client, r.Confirmed = string(client[:]), methods
	r.Generation = max(r.Generation, row.Generation)
}

// KeepAlone binds the session to the user's present SessionHash, and gives it the
// generation that the row has after LogoutOthers.
func (r *Record) KeepAlone(row Row, binding string) {
	r.Binding = binding
	r.Generation = max(r.Generation, row.Generation)
}

// CutOthers returns the row after LogoutOthers: it refuses all sessions and
// remember cookies issued before. The generation rises by two, so that it also
// refuses those that a request under way is about to issue.
func (row Row) CutOthers(now int64) Row {
	row.Generation += 2
	row.Presented, row.Cut = row.Generation, row.Generation
	row.Rotated = moment(now)
	return row
}
