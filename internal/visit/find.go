package visit

import (
	"context"
	"errors"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// load returns the user, which the first call finds. With commit set, it also makes
// the writes that wait for the user.
func (v *Visit) load(commit bool) User {
	switch {
	case v.asking: // called by a loader, which has to find the user
		return v.anonymous()
	case !v.told.done:
		v.resolve()
	}
	if commit && v.told.err == nil {
		v.commit()
	}
	return v.told.user
}

// resolve finds the user and publishes the result. If a function of the app panics,
// the request has no user, since not all checks were made.
func (v *Visit) resolve() {
	if !v.accessed {
		v.accessed = true
		v.queue(UserAccessed, nil, "")
	}
	completed := false
	defer func() {
		if !completed {
			v.claim.GiveUp()
			v.tell(told{done: true, user: v.m.Guest, err: errPanicked})
		}
	}()
	u, err := v.find()
	switch {
	case err != nil:
		v.failed(err)
	case u == nil:
		v.settle(v.anonymous())
	default:
		v.settle(u)
	}
	completed = true
}

// failed settles an outage: the request has no user, and nothing is written.
func (v *Visit) failed(err error) {
	v.claim.Write = login.Write{}
	v.drop(SessionProtected)
	if !errors.Is(err, errToProve) { // no outage: the browser comes again at once
		v.Report(err)
	}
	t := v.told
	t.done, t.user, t.err = true, v.anonymous(), err
	v.tell(t)
}

// settle publishes that u is the user.
func (v *Visit) settle(u User) {
	t := v.told
	t.done, t.user, t.err = true, u, nil
	t.id, t.fresh = v.claim.Identity(), v.fresh()
	v.tell(t)
}

// find is Flask-Login's _load_user: the login in the session, else the one that the
// remember cookie continues, else the request itself. A login that has ended is
// noted for removal, and the next source is asked.
func (v *Visit) find() (User, error) {
	if err := v.identify(); err != nil {
		return nil, err
	}
	defer v.inside(&v.asking)()
	if v.claim.NewClient {
		v.queue(SessionProtected, nil, "")
	}
	if v.claim.Source == login.Session {
		u, err := v.userOfLogin()
		if u != nil || err != nil {
			return u, err
		}
		if v.claim.Source == login.Nobody && !v.claim.Refused {
			v.identifyByCookie()
		}
	}
	if v.claim.Source == login.Cookie {
		u, err := v.userOfLogin()
		if u != nil {
			v.queue(UserLoadedFromCookie, u, "")
		}
		if u != nil || err != nil {
			return u, err
		}
	}
	return v.userOfRequest()
}

// identify finds, once, the login that the request claims, in the session or else in
// the remember cookie. It loads no user and writes nothing. The error is an outage
// of the session store.
func (v *Visit) identify() error {
	if v.identified {
		return v.session.Err()
	}
	v.identified = true
	v.Vary()
	if len(v.c.Request.Header["Cookie"]) == 0 {
		return nil
	}
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	v.refuseOneName()
	v.identifyBySession()
	if v.claim.Source == login.Nobody && !v.claim.Refused {
		v.identifyByCookie()
	}
	if v.claim.Source != login.Nobody {
		v.forbidStoring()
	}
	return nil
}

func (v *Visit) identifyBySession() {
	if !v.claim.Record.Decode(v.session.Get(v.m.SessionKey)) {
		v.claim.Record = login.Record{}
		return
	}
	completed := false
	defer func() {
		if !completed { // the app's Identifier panicked: protection has not been applied
			v.claim = login.Claim{Refused: true}
		}
	}()
	var client *login.Client
	if v.m.Policy.Protection != login.ProtectNone {
		hash := v.client()
		client = &hash
	}
	if v.m.Policy.TellsTime(&v.claim.Record) {
		v.now = v.m.seconds()
		v.claim.Passive = v.passive()
	}
	user, authAt := v.claim.Record.UserID, v.claim.Record.AuthAt
	v.audit(v.claim.FromSession(&v.m.Policy, client, v.activity(), v.now))
	if v.claim.NewClient {
		v.warnClientDiffers(user, authAt)
	}
	completed = true
}

// identifyByCookie claims the login that the remember cookie continues. An invalid
// cookie counts as absent, and is deleted.
func (v *Visit) identifyByCookie() {
	if !v.m.Remember.Brought(v.c.Request) {
		return
	}
	t, newest, ok := v.m.Remember.Find(v.c.Request, "", v.judgedAt())
	if !ok || v.m.Load == nil {
		v.claim.BadCookie()
		return
	}
	if setcookie.Several(v.c.Request, v.m.Remember.Name) {
		v.countRemembers()
	}
	v.claim.FromCookie(t, newest, v.client(), v.judgedAt())
}

// judgedAt returns the time at which this request is judged: the same one for all
// its questions.
func (v *Visit) judgedAt() int64 {
	if v.now == 0 {
		v.now = v.m.seconds()
	}
	return v.now
}

// userOfLogin returns the user of the claimed login, if the login is still valid,
// and notes otherwise that it has ended.
func (v *Visit) userOfLogin() (User, error) {
	if err := v.askStore(); err != nil || v.claim.Source == login.Nobody || v.m.Load == nil {
		return nil, err
	}
	if err := v.askActor(); err != nil || v.claim.Source == login.Nobody {
		return nil, err
	}
	u, err := v.loadUser(v.claim.Record.UserID)
	if err != nil {
		return nil, err
	}
	return v.accept(u)
}

// accept judges the claimed login by its user, nil if there is none, and returns the
// user if the login is still valid.
func (v *Visit) accept(u User) (User, error) {
	key, newest := v.bindingOf(u, v.claim.Record.Binding)
	v.warnUseless(u, key)
	if u == nil {
		v.audit(v.claim.NoUser(&v.m.Policy, v.judgedAt()))
		return nil, nil
	}
	v.audit(v.claim.User(&v.m.Policy, key, newest))
	if v.claim.Source == login.Nobody {
		return nil, nil
	}
	v.renewRemember()
	if v.c.Writer.Written() {
		return u, nil // too late to send cookies, so the row must not move either
	}
	if err := v.writeRow(); err != nil || v.claim.Source == login.Nobody {
		return nil, err
	}
	return u, nil
}

// userOfRequest asks the request loader. Without a user loader, the session's login
// makes this user fresh only if it names the same user.
func (v *Visit) userOfRequest() (User, error) {
	if v.m.LoadRequest == nil || v.claim.Refused {
		return nil, nil
	}
	u, err := v.m.LoadRequest(v.c)
	if u == nil || err != nil || u.GetID() == "" { // a zero struct is no user here either
		return nil, err
	}
	if v.claim.Source == login.Session && u.GetID() == v.claim.Record.UserID {
		// Without a user loader only the request can tell whether the login is still
		// bound to the user.
		if _, err := v.accept(u); err != nil {
			return nil, err
		}
	}
	if u.GetID() != v.claim.Record.UserID {
		v.claim.Source = login.Request
	}
	v.Private()
	v.queue(UserLoadedFromRequest, u, "")
	return u, nil
}

// loadUser runs the user loader, at most once per ID.
func (v *Visit) loadUser(id string) (User, error) {
	switch {
	case v.loaded != nil && v.loaded.GetID() == id:
		return v.loaded, nil
	case v.seldom != nil && v.seldom.nobody == id:
		return nil, nil
	}
	u, err := v.m.Load(v.c.Request.Context(), id)
	if err != nil {
		return nil, err
	}
	if v.m.warned.loaded.CompareAndSwap(false, true) {
		v.warnSibling()
	}
	if v.loaded = u; u == nil {
		v.noteSeldom().nobody = id
	}
	return u, nil
}

// anonymous makes the user that stands for a visitor who is not logged in. While
// the factory runs, it is a plain one.
func (v *Visit) anonymous() User {
	if v.making {
		return v.m.Guest
	}
	defer v.inside(&v.making)()
	return v.m.Anonymous(v.c)
}

// inside marks that a function of the app runs, which may ask for the user, and
// returns a function that removes the mark.
func (v *Visit) inside(mark *bool) func() {
	before := *mark
	*mark = true
	return func() { *mark = before }
}

// Report puts an error that no caller gets into c.Errors and the log.
func (v *Visit) Report(err error) {
	_ = v.c.Error(err)
	req := v.c.Request
	v.m.LogError(req.Context(), err, "method", req.Method, "path", req.URL.Path)
}

// toTheEnd returns a context for ending logins, which a client cannot cancel by
// hanging up: it may be the thief.
func (v *Visit) toTheEnd() context.Context { return context.WithoutCancel(v.c.Request.Context()) }
