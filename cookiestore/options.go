package cookiestore

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"
)

const (
	defaultPath     = "/"
	defaultLifetime = 30 * 24 * 60 * 60 // seconds; as the stock store
)

// defaults suit the cookie of a login: out of reach of scripts, over HTTPS only, not sent with the forms and scripts of other
// sites, on the whole site, until the browser ends. For a longer life there is the remember cookie.
func defaults() *gorilla.Options {
	return &gorilla.Options{
		Path:     defaultPath,
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// Options sets the attributes of the cookies, in place of Path "/", Secure, HttpOnly, SameSite=Lax and no MaxAge:
//
//	store.Options(sessions.Options{MaxAge: 7 * 24 * 60 * 60, Secure: true, HttpOnly: true})
//
// Secure and HttpOnly are taken as given, so set both; Secure has to be false for plain HTTP, in development. An empty
// Path means "/": without one, the browser would keep the session to the directory of the login page. An unset SameSite means
// Lax; http.SameSiteDefaultMode leaves the attribute out.
//
// MaxAge, in seconds, is also enforced by the server: a session older than that, counted from its last Save, is empty. This
// applies to cookies issued before, too, and to those read by [Store.MigrateFrom]. With 0 the cookie ends with the browser, and
// the server accepts it for 30 days.
//
// Change the session's name together with Domain or Path: otherwise browsers keep the old cookie beside the new one and send
// both. The session saved last then counts, and the next Save deletes the others.
//
// Call Options before the first request. It panics on a domain or path that no browser accepts, on SameSite=None without Secure,
// and on a negative MaxAge, which would delete every session.
//
// [Session.Options] adds to these for one session.
func (s *Store) Options(options sessions.Options) {
	o := options.ToGorillaOptions()
	if o.Path == "" {
		o.Path = defaultPath
	}
	if o.SameSite == 0 {
		o.SameSite = http.SameSiteLaxMode
	}
	if o.MaxAge < 0 {
		panic("cookiestore: Options: a negative MaxAge would delete every session: use 0 for a cookie that ends with the browser")
	}
	if err := validOptions(o); err != nil {
		panic(fmt.Sprintf("cookiestore: Options: %v", err))
	}
	s.options.Store(o)
}

// attributes are the options of the store's cookies.
func (s *Store) attributes() *gorilla.Options {
	o := s.options.Load()
	if !s.Partitioned {
		return o
	}
	partitioned := *o
	partitioned.Partitioned = true
	return &partitioned
}

// checkPartitioned is apart from validOptions because Partitioned can be set after Options was called.
func checkPartitioned(o *gorilla.Options) error {
	if o.Partitioned && !o.Secure {
		return errors.New("cookiestore: browsers refuse Partitioned without Secure: set Secure")
	}
	return nil
}

func validOptions(o *gorilla.Options) error {
	if o.SameSite == http.SameSiteNoneMode && !o.Secure {
		return errors.New("browsers refuse SameSite=None without Secure: set Secure, or another SameSite")
	}
	return (&http.Cookie{Name: "x", Path: o.Path, Domain: o.Domain, Secure: o.Secure, Partitioned: o.Partitioned}).Valid()
}

// narrow returns the store's options with those of one session added. A session's options are often incomplete, for instance
// Options{MaxAge: -1} in a logout handler: taken literally, they would drop Secure and HttpOnly, and delete a cookie of another
// path than the one that was set. So a session may add protection but not remove it, and a deletion is of the store's cookie.
func narrow(store, session *gorilla.Options) (*gorilla.Options, error) {
	if session == nil || *session == *store {
		return store, checkPartitioned(store)
	}
	o := *session
	if o.Path == "" {
		o.Path = store.Path
	}
	if o.Domain == "" && o.MaxAge < 0 {
		o.Domain = store.Domain
	}
	if o.SameSite == 0 {
		o.SameSite = store.SameSite
	}
	o.Secure = o.Secure || store.Secure
	o.HttpOnly = o.HttpOnly || store.HttpOnly
	o.Partitioned = o.Partitioned || store.Partitioned
	if err := validOptions(&o); err != nil {
		return nil, fmt.Errorf("cookiestore: the options of the session: %w", err)
	}
	return &o, nil
}
