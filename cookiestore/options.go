package cookiestore

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"
)

const (
	defaultPath   = "/"
	defaultMaxAge = 30 * 24 * 60 * 60 // seconds; as the stock store
)

// defaults are what a login cookie should have: out of reach of scripts, over HTTPS only, not sent with the forms and scripts of
// other sites, for thirty days on the whole site.
func defaults() *gorilla.Options {
	return &gorilla.Options{
		Path:     defaultPath,
		MaxAge:   defaultMaxAge,
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// Options sets the attributes of the cookies, in place of Path "/", Secure, HttpOnly, SameSite=Lax and a MaxAge of 30 days:
//
//	store.Options(sessions.Options{MaxAge: 7 * 24 * 60 * 60, Secure: true, HttpOnly: true})
//
// Secure and HttpOnly are taken as given, so name both; Secure has to be false for plain HTTP, that is, in development. An empty
// Path means "/": without one, the browser would keep the session to the directory of the login page. An unset SameSite means
// Lax; http.SameSiteDefaultMode leaves the attribute out.
//
// MaxAge, in seconds, is enforced here too, whatever the browser does: a session older than that, counted from its last Save, is
// empty. It applies to the cookies already out there. With 0 the cookie ends with the browser, but after 30 days at the latest.
//
// Options belongs to setting up. It panics on what no browser would take: a domain or path that is not one, SameSite=None
// without Secure; and on a negative MaxAge, with which no session would ever be kept.
//
// The Options of one session, Session.Options, add to these: see there.
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

func validOptions(o *gorilla.Options) error {
	if o.SameSite == http.SameSiteNoneMode && !o.Secure {
		return errors.New("browsers refuse SameSite=None without Secure: set Secure, or another SameSite")
	}
	return (&http.Cookie{Name: "x", Path: o.Path, Domain: o.Domain, Secure: o.Secure, Partitioned: o.Partitioned}).Valid()
}

// narrow is the store's options with those of one session on top. Such options are often half filled, Options{MaxAge: -1} in a
// logout handler being the classic: taken literally, they would drop Secure and HttpOnly, and delete another path's cookie than
// the one that was set. So a session may add protection but not remove it, and a deletion always names the cookie of the store.
func narrow(store, session *gorilla.Options) (*gorilla.Options, error) {
	if session == nil || *session == *store {
		return store, nil
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
	if err := validOptions(&o); err != nil {
		return nil, fmt.Errorf("cookiestore: the options of the session: %w", err)
	}
	return &o, nil
}
