package passkeys

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

// lifetime is how long a challenge is valid: long enough to fetch a security key from another room.
const lifetime = 10 * time.Minute

// challenges limits how many challenges one network, or one user, can store. Each visit to the login page asks
// for a challenge, so an office may have many at once.
var challenges = throttle.Limit{Name: "passkey challenge", Failures: 300, Every: time.Second}

// A purpose keeps a challenge for one thing from being used for another.
type purpose string

const (
	adding     purpose = "add"
	loggingIn  purpose = "log in"
	confirming purpose = "confirm"
)

// errNoChallenge says that the browser was not asked to sign this, or has signed it before, or too late.
var errNoChallenge = errors.New("no such challenge is open for this browser")

// sessionKey is where the session has a random text that its challenges are bound to. It is not the challenge: the
// session may be a cookie, and a copy of it would bring back a used challenge.
const sessionKey = "passkeys"

// issue stores the challenge of a ceremony for this browser, and sends the browser its options. user is nil
// if it is not known yet.
func (p *Passkeys) issue(c *gin.Context, what purpose, user *account.User, options any, ceremony *webauthn.SessionData) {
	if !p.mayAsk(c, user) {
		return
	}
	session := sessions.Default(c)
	browser, _ := session.Get(sessionKey).(string)
	if browser == "" {
		browser = rand.Text()
		session.Set(sessionKey, browser)
		if err := session.Save(); err != nil {
			web.Outage(c, err)
			return
		}
	}
	if err := p.keep(c, what, idOf(user), browser, ceremony); err != nil {
		web.Outage(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"options": options})
}

// mayAsk reports whether the visitor may have another challenge, and answers if not.
func (p *Passkeys) mayAsk(c *gin.Context, user *account.User) bool {
	subject := challenges.Of(throttle.Network(c.ClientIP()))
	if user != nil {
		subject = challenges.Of("user " + user.GetID())
	}
	done, err := p.Passwords.Throttle.Attempt(c.Request.Context(), subject)
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
		c.JSON(http.StatusTooManyRequests, gin.H{"error": "Too many attempts. Please try again in " + web.Lasting(wait.After) + "."})
		return false
	case err != nil:
		web.Outage(c, err)
		return false
	}
	done(true) // each one counts
	return true
}

func (p *Passkeys) keep(c *gin.Context, what purpose, user int64, browser string, ceremony *webauthn.SessionData) error {
	kept, err := json.Marshal(ceremony)
	if err != nil {
		return err
	}
	ctx, now := c.Request.Context(), p.Now()
	if _, err := p.DB.ExecContext(ctx, `DELETE FROM passkey_challenges WHERE expires <= $1`, now.Unix()); err != nil {
		return fmt.Errorf("deleting old challenges: %w", err)
	}
	_, err = p.DB.ExecContext(ctx, `
		INSERT INTO passkey_challenges (challenge, browser, purpose, user_id, ceremony, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
		ceremony.Challenge, hashed(browser), what, user, string(kept), now.Add(lifetime).Unix())
	if err != nil {
		return fmt.Errorf("keeping a challenge: %w", err)
	}
	return nil
}

// spend returns the ceremony that the challenge was made for, or errNoChallenge. It can do so once: of many
// requests at the same moment the database gives the row to the one that deletes it. It is spent even if the
// ceremony fails. A visitor with the challenge of another browser can neither spend it nor learn that it is valid.
func (p *Passkeys) spend(c *gin.Context, what purpose, user *account.User, challenge string) (ceremony webauthn.SessionData, err error) {
	browser, _ := sessions.Default(c).Get(sessionKey).(string)
	if browser == "" || !rules.IsText(challenge) {
		return ceremony, errNoChallenge
	}
	var kept string
	err = p.DB.QueryRowContext(c.Request.Context(), `
		DELETE FROM passkey_challenges
		WHERE challenge = $1 AND browser = $2 AND purpose = $3 AND user_id = $4 AND expires > $5
		RETURNING ceremony`, challenge, hashed(browser), what, idOf(user), p.Now().Unix()).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return ceremony, errNoChallenge
	}
	if err != nil {
		return ceremony, fmt.Errorf("spending a challenge: %w", err)
	}
	return ceremony, json.Unmarshal([]byte(kept), &ceremony)
}

func idOf(user *account.User) int64 {
	if user == nil {
		return 0
	}
	return user.ID
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
