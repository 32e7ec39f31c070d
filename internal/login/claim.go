package login

import "time"

// A Source is where the identity of a request comes from.
type Source uint8

const (
	Nobody Source = iota
	Session
	Cookie
	Request
)

// A Client is a hash of the client, for the record: logins have to compare clients,
// not to know them.
type Client [22]byte

// A Write says what to write once the user has been loaded. The zero Write is nothing.
// It waits for the user, so that an outage changes nothing.
type Write struct {
	Session  SessionWrite
	Cookie   CookieWrite
	Row      RowWrite
	Activity bool // send the activity cookie
}

// A SessionWrite says what to do with the record in the session.
type SessionWrite uint8

const (
	KeepSession SessionWrite = iota
	PutRecord
	RemoveRecord
	// EndSession removes the record and the stored next, and ends the logins of the
	// session and of the remember cookie, as strong protection does.
	EndSession
)

// A CookieWrite says what to do with the remember cookie.
type CookieWrite uint8

const (
	KeepCookie CookieWrite = iota
	// ForgetCookie deletes it if the request brought it.
	ForgetCookie
	// ForgetUnseen deletes it, also where its Path hides it from this request.
	ForgetUnseen
	// ResignCookie sends the Token signed with the newest key.
	ResignCookie
	// RotateCookie sends the Token with the generation of the rotated row.
	RotateCookie
	// RenewCookie sends the cookie beside the session again, with its own lifetime
	// from now.
	RenewCookie
)

// A Held is the login in the session, even if the claim gives it up.
type Held struct {
	UserID, LoginID string
	Generation      int64
	Actor           HeldActor
}

// A HeldActor is the login of the user who acts as another one in the session.
type HeldActor struct {
	UserID, LoginID string
	Generation      int64
}

// Held returns what a session with the record holds.
func (r *Record) Held() Held {
	actor, _ := r.Actor()
	return Held{r.UserID, r.LoginID, r.Generation, HeldActor{actor.UserID, actor.LoginID, actor.Generation}}
}

// A Claim is the login that a request claims. It is judged in steps: FromSession, else
// FromCookie; then Row, if there is a login store; then User or NoUser. A step that
// finds the login ended sets Nobody, and the next source may be asked.
type Claim struct {
	Source    Source
	Over      bool // the session's login was found to have ended
	Refused   bool // this request has no user, whatever else it brings
	NewClient bool // session protection has found a changed client
	Passive   bool // the request does not count as use, such as a poll
	once      bool // good for this request only
	Write     Write
	Record    Record // of the session, unless there is a Token
	Token     *Token // the remember cookie that Record is from
	held      *Held  // set once Record differs from the login in the session
}

// Held returns the login in the session, even if the claim has given it up.
func (c *Claim) Held() Held {
	switch {
	case c.held != nil:
		return *c.held
	case c.Token != nil:
		return Held{}
	}
	return c.Record.Held()
}

// Saved notes that the session holds the Record now.
func (c *Claim) Saved() {
	held := c.Record.Held()
	c.held = &held
}

// GiveUp leaves the request without a user, since not all checks were made.
func (c *Claim) GiveUp() { *c = Claim{Refused: true, held: c.kept()} }

// kept returns the login in the session, for a claim that gives the Record up, or nil.
func (c *Claim) kept() *Held {
	held := c.Held()
	if held.UserID == "" {
		return nil
	}
	return &held
}

// A Severity decides the level at which the audit log reports an ending.
type Severity uint8

const (
	Quiet  Severity = iota // the request that ended the login has logged it
	Normal                 // expired, or ended on purpose
	Alarm                  // may be an attack
)

// An Ending is a login that was found to have ended, for the audit log.
type Ending struct {
	UserID, LoginID string
	Reason          string
	Severity        Severity
}

// Identity returns the user ID of the session or the remember cookie.
func (c *Claim) Identity() string {
	if c.Source == Session || c.Source == Cookie {
		return c.Record.UserID
	}
	return ""
}

// LoginID returns the ID of the claimed login, or "".
func (c *Claim) LoginID() string {
	if c.Source == Session || c.Source == Cookie {
		return c.Record.LoginID
	}
	return ""
}

// UserBefore returns the ID of the user who was logged in before a login, even if
// session protection has ended that login.
func (c *Claim) UserBefore() string {
	if held := c.Held(); held.UserID != "" {
		return held.UserID
	}
	return c.Record.UserID
}

// FromSession claims the login in the session, which the caller has decoded into
// c.Record. client is nil where protection is off. seen is the activity cookie,
// without a login store; with one, the row knows when the login was used.
func (c *Claim) FromSession(p *Policy, client *Client, seen Activity, now int64) *Ending {
	c.Source = Session
	if p.tooOld(c.Record.LoginAt, now) {
		return c.end(Normal, "absolute timeout")
	}
	if why := p.actingOver(&c.Record, now); why != "" {
		return c.end(Normal, why)
	}
	if p.Idle > 0 && !p.Stored {
		unused := age(seen.lastSeen(&c.Record), now)
		if unused >= p.Idle {
			return c.end(Normal, "idle timeout")
		}
		c.Write.Activity = unused >= p.activityStep() && !c.Passive
	}
	if client != nil && p.Protection != ProtectNone && string(client[:]) != c.Record.Client {
		c.protect(p, client)
	}
	return nil
}

// protect looks at a login whose client has changed: a thief with the session
// cookie, or a phone in another network.
func (c *Claim) protect(p *Policy, client *Client) {
	c.NewClient = true
	if p.Protection == ProtectStrong {
		// The remember cookie is deleted too: otherwise it would let the same client
		// in at the next request.
		c.Refused = true
		c.Write = Write{Session: EndSession, Cookie: ForgetUnseen}
		c.held = c.kept()
		c.Source, c.Record = Nobody, Record{}
		return
	}
	// The user stays logged in, with a stale login. From now on the new client is the
	// login's: this is one of two cases in which a session is saved without an action
	// of the user, and it happens once per change.
	c.Record.Fresh = false
	c.Record.Client = string(client[:])
	c.Write.Session = PutRecord
}

// FromCookie claims the login that a valid remember cookie continues. It is never
// fresh. It is bound to the present client: without one, strong protection would
// end it at the next request. newest reports that the newest key signed the cookie.
func (c *Claim) FromCookie(t Token, newest bool, client Client, now int64) {
	c.Source, c.Token = Cookie, &t
	c.Record = Record{
		UserID: t.UserID, LoginAt: t.LoginAt, AuthAt: t.AuthAt, BegunAt: now, Generation: t.Generation,
		Client: string(client[:]), LoginID: t.LoginID, Binding: t.Binding, Methods: t.Methods, Confirmed: t.Methods,
	}
	c.Write.Session = PutRecord
	if !newest {
		c.Write.Cookie = ResignCookie
	}
}

// BadCookie notes an invalid remember cookie. It counts as absent.
func (c *Claim) BadCookie() { c.Write.Cookie = ForgetCookie }

// Row applies the verdict of the login's row.
func (c *Claim) Row(f RowFinding) *Ending {
	switch f.Verdict {
	case Good:
		c.rowGood(f)
		return nil
	case GoodOnce:
		c.Write, c.once = Write{}, true
		return nil
	case Idle:
		return c.end(Normal, "idle timeout")
	case Stolen:
		// Both cookies are deleted, and the rows of all logins of the user, which also
		// end the thief's.
		c.Refused = true
		return c.end(Quiet, "stolen")
	}
	// No cookie is deleted: this response may reach the browser after one that set the
	// cookies of another login. A cookie that stays costs a look-up, until the next
	// login.
	severity := Quiet
	if f.Verdict == Cut && c.Source == Cookie {
		severity = Alarm
	}
	ending := c.end(severity, "ended elsewhere")
	c.Write = Write{}
	return ending
}

func (c *Claim) rowGood(f RowFinding) {
	c.Write.Row = f.Write
	if c.Source != Cookie {
		return
	}
	c.Record.Generation = f.Next.Generation
	// Within the grace no cookie is sent: a late response could overwrite a newer one.
	c.Write.Cookie = KeepCookie
	if f.Write == RotateRow {
		c.Write.Cookie = RotateCookie
	}
}

// RowFailed notes that the row could not be written, and reports whether the login is
// still valid for this request. Session and cookie of a rotation carry the row's new
// generation, so they are not written either; the browser keeps what it has.
//
// over reports that the request has ended: its client has hung up, or its deadline has
// passed. Then a restore that could not be written is refused. A client that closes
// its own side of the connection can still read the response: a thief who does so each
// time could use a copied cookie until it expires, without ever replacing it.
func (c *Claim) RowFailed(over bool) (good bool) {
	rotates := c.Write.Row == RotateRow
	if rotates {
		c.Write, c.once = Write{}, true
		// A session ahead of its row would stay valid after the next restore.
		c.Record.Generation = c.Token.Generation
	}
	c.Write.Row = KeepRow
	return !rotates || !over
}

// Unbound is the key that User gets for a login whose binding fits no key.
const Unbound = -1

// NoUser judges a login whose user the loader has not found.
func (c *Claim) NoUser(p *Policy, now int64) *Ending {
	if age(c.Record.LoginAt, now) >= p.Grace {
		return c.end(Normal, "user not found")
	}
	// A replica of the users' database may lag behind the login. The next request can
	// succeed, so nothing is deleted.
	ending := c.end(Normal, "user not found yet")
	c.Write = Write{}
	return ending
}

// User judges a login whose user was found. key is the index of the key that binds the
// login to the user's SessionHash, 0 being the newest and also for types without one,
// or Unbound; newBinding is the binding under the newest key.
func (c *Claim) User(p *Policy, key int, newBinding string) *Ending {
	switch {
	case key == Unbound:
		return c.end(Normal, "credentials changed")
	case key > 0 && !c.once:
		// The second case in which a session is saved without an action of the user:
		// once per key, so that the old key can be removed.
		c.Record.Binding = newBinding
		c.Write.Session = PutRecord
		if c.Source == Cookie && c.Write.Cookie == KeepCookie && !p.Stored {
			c.Write.Cookie = ResignCookie
		}
	}
	return nil
}

// Renew notes that the remember cookie t is to be sent again, with its own lifetime
// from now. The cookie that has restored the login is renewed when it is sent
// anyway: a visit that is shorter than the grace would otherwise never renew it.
func (c *Claim) Renew(p *Policy, t Token, row Row, now int64) {
	switch {
	case t.UserID != c.Record.UserID:
	case c.Source == Session && c.Write.Cookie == KeepCookie && p.Renews(t, row, now):
		c.Write.Cookie = RenewCookie
	case c.Source == Cookie && (!p.Stored || c.Write.Cookie == RotateCookie) && p.renewalDue(t, now):
		c.Token.IssuedAt = now
		if c.Write.Cookie == KeepCookie {
			c.Write.Cookie = ResignCookie
		}
	}
}

// end notes that the claimed login has ended: its record, or the remember cookie that
// it came from, is to be removed. It returns nil if the audit log has this ending
// already: if the session and the remember cookie have the same login, and both end.
// Exception: an alarm is always returned, since the session's ending has a lower
// severity.
func (c *Claim) end(severity Severity, reason string) *Ending {
	ending, held := &Ending{c.Record.UserID, c.Record.LoginID, reason, severity}, c.kept()
	if severity != Alarm && c.Over && held != nil && c.Record.LoginID == held.LoginID {
		ending = nil
	}
	c.Over = c.Over || c.Source == Session
	if c.Source == Cookie {
		c.Write.Cookie = ForgetCookie
	}
	c.Write.Row, c.Write.Activity = KeepRow, false
	c.Write.Session = KeepSession
	if held != nil {
		c.Write.Session = RemoveRecord
	}
	c.Source, c.Record, c.held = Nobody, Record{}, held
	return ending
}

// MayEndOthers reports whether the login may end others of its user. A stale one may
// not: a thief with an old copy could log the user out.
func (c *Claim) MayEndOthers(p *Policy, now int64) bool { return c.FreshWithin(p.FreshFor, now) }

// justNow is how soon after a login its loss counts as a mistake of the program.
const justNow = 10 * time.Second

// JustNow reports whether the moment was just now.
func JustNow(moment, now int64) bool { return age(moment, now) < justNow }

// JustMade reports whether the claimed login was made just now.
func (c *Claim) JustMade(now int64) bool { return JustNow(c.Record.LoginAt, now) }

// FreshWithin reports whether the login is fresh: made or confirmed with
// credentials, and, unless d is 0, no longer than d ago.
func (c *Claim) FreshWithin(d time.Duration, now int64) bool {
	return c.Source == Session && c.Record.Fresh && c.Record.Acting == "" && (d == 0 || age(c.Record.AuthAt, now) < d)
}
