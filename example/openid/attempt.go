package openid

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

// The purposes of an attempt.
const (
	toLogIn   = "log in"
	toLink    = "link"
	toConfirm = "confirm"
)

// attempt is a visit to the provider that is under way.
type attempt struct {
	purpose         string
	user            int64 // who was logged in; 0 is nobody
	next            string
	nonce, verifier string
	began           time.Time
}

// lifetime is how long a visitor may stay at the provider, and may then take to answer a question.
const lifetime = 10 * time.Minute

// errNotOurs is the error for a state that was not given to this browser, was used already, or is too old.
var errNotOurs = errors.New("this browser was not given this state, or has used it up")

// The browser has a random secret in a cookie of its own, and the database has the state of the attempt with the hash
// of that secret. Both are needed. The cookie alone could be copied, and its state used twice. The database alone
// would take the answer from any browser, and so an attacker could have a victim's browser finish the attacker's
// login (login CSRF).
//
// The secret is not in the session, because a provider that posts its answer (form_post, as Apple does) posts it from
// another site, and browsers send no SameSite=Lax cookie with that. Making the session cookie SameSite=None would open
// every form of the site to others. So only this cookie is None, only for such a provider, and for ten minutes; it
// opens nothing but the end of a login that this browser has begun.
//
// The prefix __Host- keeps other hosts of the same domain from planting a secret that they know.
func (o *OpenID) cookieName() string {
	if o.SecureCookies {
		return "__Host-openid"
	}
	return "openid"
}

func (o *OpenID) setCookie(c *gin.Context, value string, age time.Duration) {
	cookie := &http.Cookie{
		Name: o.cookieName(), Value: value, Path: "/", MaxAge: int(age / time.Second),
		Secure: o.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if o.Settings.FormPost && o.SecureCookies {
		cookie.SameSite = http.SameSiteNoneMode
	}
	http.SetCookie(c.Writer, cookie)
}

// browser returns the hash of the browser's secret, or "" if it has none.
func (o *OpenID) browser(c *gin.Context) string {
	secret, err := c.Cookie(o.cookieName())
	if err != nil || len(secret) < 20 {
		return ""
	}
	return hashOf(secret)
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// begin sends the visitor to the provider.
func (o *OpenID) begin(c *gin.Context, a attempt, extra ...oauth2.AuthCodeOption) {
	ctx := c.Request.Context()
	if !o.mayBegin(c) {
		return
	}
	d, err := o.endpoint.get(ctx)
	if err != nil {
		o.unavailable(c, err)
		return
	}
	// A browser that comes from another tab keeps its secret, so that both can finish.
	secret, err := c.Cookie(o.cookieName())
	if err != nil || len(secret) < 20 {
		secret = rand.Text()
	}
	state := rand.Text()
	a.nonce, a.verifier = rand.Text(), oauth2.GenerateVerifier()
	if err := o.keep(ctx, state, hashOf(secret), a); err != nil {
		o.outage(c, err)
		return
	}
	o.setCookie(c, secret, lifetime)
	extra = append(extra, oauth2.SetAuthURLParam("nonce", a.nonce), oauth2.S256ChallengeOption(a.verifier))
	if o.Settings.FormPost {
		extra = append(extra, oauth2.SetAuthURLParam("response_mode", "form_post"))
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, d.AuthCodeURL(state, extra...))
}

// starts limits how many rows one network can store: each start writes one, without a password.
var starts = throttle.Limit{Name: "openid", Failures: 100, Every: 2 * time.Second}

// mayBegin counts another start, or returns false and answers if there were too many.
func (o *OpenID) mayBegin(c *gin.Context) bool {
	done, err := o.Passwords.Throttle.Attempt(c.Request.Context(), starts.Of(throttle.Network(c.ClientIP())))
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
		web.Problem{
			Title: "Too many logins", Text: "Too many logins have been started in your network. Please try again in " + web.Lasting(wait.After) + ".",
			Path: "/login", Link: "Log in another way",
		}.Answer(c, http.StatusTooManyRequests)
	case err != nil:
		o.outage(c, err)
	default:
		done(true)
	}
	return err == nil
}

func (o *OpenID) keep(ctx context.Context, state, browser string, a attempt) error {
	for _, table := range []string{"openid_attempts", "openid_proofs"} {
		if err := o.deleteExpired(ctx, table); err != nil {
			return err
		}
	}
	_, err := o.DB.ExecContext(ctx, `
		INSERT INTO openid_attempts (state, browser, purpose, user_id, next, nonce, verifier, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		hashOf(state), browser, a.purpose, a.user, a.next, a.nonce, a.verifier, o.Now().Add(lifetime).Unix())
	if err != nil {
		return fmt.Errorf("keeping a state: %w", err)
	}
	return nil
}

func (o *OpenID) deleteExpired(ctx context.Context, table string) error {
	if _, err := o.DB.ExecContext(ctx, `DELETE FROM `+table+` WHERE expires < $1`, o.Now().Unix()); err != nil {
		return fmt.Errorf("deleting from %s: %w", table, err)
	}
	return nil
}

// spend removes the attempt with the state from the database. One statement decides, so that of two answers with one
// state one is accepted. An error other than errNotOurs is an outage.
func (o *OpenID) spend(ctx context.Context, state, browser string) (*attempt, error) {
	var a attempt
	var expires int64
	err := o.DB.QueryRowContext(ctx, `
		DELETE FROM openid_attempts WHERE state = $1 AND browser = $2 AND expires >= $3
		RETURNING purpose, user_id, next, nonce, verifier, expires`, hashOf(state), browser, o.Now().Unix()).
		Scan(&a.purpose, &a.user, &a.next, &a.nonce, &a.verifier, &expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errNotOurs
	case err != nil:
		return nil, fmt.Errorf("spending a state: %w", err)
	}
	a.began = time.Unix(expires, 0).Add(-lifetime)
	return &a, nil
}
