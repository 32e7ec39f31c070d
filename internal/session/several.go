package session

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/ginlogin/ginlogin/internal/setcookie"
	gsessions "github.com/gorilla/sessions"
)

// A browser sends several cookies of the session's name if they were set with different Domains or
// Paths: the setting was changed, or another host of the domain has planted one. Stores take the
// first that comes, which may be from before the change. Here the newest valid one counts.

// several is what saves have to observe about the session's cookies. It is attached to the store
// beneath the session, so that all saves in this request share it.
type several struct {
	counts    *http.Cookie // of those that came, the one of the session; nil if that is plain
	others    []brought    // valid ones, to be ended with the next update
	deletes   bool         // saves delete the cookies beside the one that they set
	all       bool         // they may: what came is all of this app's
	moreValid bool         // more than one was valid
}

// brought is a valid session with the cookie that it came by.
type brought struct {
	*gsessions.Session
	cookie *http.Cookie
}

// maxCookies is how many cookies of the name are looked at: each may cost a read of the store.
const maxCookies = 8

// Several reports whether the request has brought several cookies of valid sessions.
func (s *Session) Several() bool {
	if s.gorilla != nil {
		of := severalOf(s.gorilla)
		return of != nil && of.moreValid
	}
	own, ok := s.app.(interface{ Several() bool })
	return ok && own.Several()
}

// choose makes the newest valid session that came the visitor's. The app has the same one from then
// on. The error is an outage of the store.
func (s *Session) choose(req *http.Request, response http.Header) error {
	g := s.gorilla
	if severalOf(g) != nil { // it was chosen before in this request
		return nil
	}
	if setcookie.Sent(response, g.Name()) != nil { // the app has saved it in this request
		g.IsNew = false
		return nil
	}
	if own, ok := g.Store().(interface {
		Several(req *http.Request, name string) bool
	}); ok { // cookiestore knows when each was saved, and has chosen
		if own.Several(req, g.Name()) {
			setStore(g, repeatable{g.Store(), &several{deletes: true, all: true, moreValid: true}})
		}
		return nil
	}
	came := setcookie.Named(req, g.Name(), maxCookies)
	valid, err := s.valid(req, came)
	if err != nil {
		return fmt.Errorf("ginlogin: reading the session: %w", err)
	}
	if len(valid) == 0 {
		g.ID = "" // as in storeOutage
		return nil
	}
	s.take(valid, len(valid) > 1 || len(valid) == len(came))
	return nil
}

// valid returns the sessions of these cookies that the store knows.
func (s *Session) valid(req *http.Request, came []*http.Cookie) (valid []brought, err error) {
	for _, cookie := range came {
		session, err := s.gorilla.Store().New(setcookie.With(req, cookie), s.gorilla.Name())
		switch {
		case err == nil && !session.IsNew:
			valid = append(valid, brought{session, cookie})
		case err != nil && !isNoSession(err, cookie):
			return nil, err
		}
	}
	return valid, nil
}

// take makes the newest of these sessions the visitor's.
//
// Of sessions made within the same second the order decides: browsers send cookies with longer Paths
// first, and of one Path those that were first set earlier (RFC 6265, 5.4).
func (s *Session) take(valid []brought, all bool) {
	g := s.gorilla
	if g.Options.Path != "/" {
		slices.Reverse(valid)
	}
	newest := 0
	for i := range valid {
		if s.Newer == nil || !s.Newer(valid[newest].Values, valid[i].Values) {
			newest = i
		}
	}
	chosen := valid[newest]
	others := slices.Delete(valid, newest, newest+1)
	g.ID, g.Values, g.IsNew = chosen.ID, chosen.Values, false
	setStore(g, repeatable{g.Store(), &several{
		counts: chosen.cookie, others: others, deletes: len(others) > 0, all: all, moreValid: len(others) > 0,
	}})
}

// endOthers deletes in the store the sessions that came beside the visitor's: their cookies may be
// out of reach, as those of another folder are.
func (s *Session) endOthers(req *http.Request) error {
	of := severalOf(s.gorilla)
	if of == nil {
		return nil
	}
	for _, other := range of.others {
		if other.ID == "" || other.ID == s.gorilla.ID { // in its cookie, or the visitor's under two cookies
			continue
		}
		if err := s.delete(setcookie.With(req, other.cookie), other.ID, unsent{http.Header{}}); err != nil {
			return err
		}
	}
	of.others = nil
	return nil
}

// forget makes saves delete the cookies beside the one that they set, also if only one came: it may
// have been set with another Domain or Path, and a session that lives in its cookie would be there
// again.
func (s *Session) forget(req *http.Request, response http.Header) {
	g := s.gorilla
	if !setcookie.Brought(req, g.Name()) {
		return
	}
	of := severalOf(g)
	if of == nil {
		fromCookie := !g.IsNew && setcookie.Sent(response, g.Name()) == nil
		of = &several{all: fromCookie && !setcookie.Several(req, g.Name())}
		setStore(g, repeatable{beneath(g), of})
	}
	of.deletes = true
}

// only returns req with the one cookie of the name that counts: some stores find the session to
// save by it.
func (of *several) only(req *http.Request, name string) *http.Request {
	if of.counts == nil || !setcookie.Several(req, name) {
		return req
	}
	return setcookie.With(req, of.counts)
}

// deleteOthers makes the response delete the cookies beside the one that it sets.
func (of *several) deleteOthers(req *http.Request, response http.Header, name string) {
	if of.deletes {
		setcookie.DeleteOthers(req, response, name, of.all)
	}
}
