package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/throttle"
)

// badTokens limits how many logout tokens one network may invent. Each costs the check of a signature, and one with an
// unknown key a question to the provider.
var badTokens = throttle.Limit{Name: "logout token", Failures: 20, Every: 10 * time.Second}

// maxAge is how old a logout token may be. Its ID is kept for that long, so that it cannot be used twice: an old token
// would log the same user out again.
const maxAge = 10 * time.Minute

// skew is how much the clocks may differ.
const skew = 2 * time.Minute

// backChannelLogout takes a logout token. No browser sends it, so there is no session: the signature proves that the
// provider sends it.
func (o *OpenID) backChannelLogout(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	refuse := func(status int, reason string) {
		o.Audit.Event(c, slog.LevelWarn, "openid_logout_refused", reason)
		c.JSON(status, gin.H{"error": "invalid_request"})
	}
	done, err := o.Passwords.Throttle.Attempt(c.Request.Context(), badTokens.Of(throttle.Network(c.ClientIP())))
	if err != nil {
		refuse(http.StatusTooManyRequests, err.Error())
		return
	}
	var refused refusal
	err = o.endBy(c.Request.Context(), c.PostForm("logout_token"))
	done(errors.As(err, &refused))
	switch {
	case errors.As(err, &refused):
		c.Error(err)
		refuse(http.StatusBadRequest, "a logout token that does not pass the checks")
	case err != nil:
		c.Error(err)
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": "temporarily_unavailable"})
	default:
		o.note(c, "openid_logout", "by "+o.Settings.Issuer)
		c.Status(http.StatusOK)
		c.Writer.WriteHeaderNow()
	}
}

// endBy ends the logins that the token names. Errors are a refusal, or an outage.
func (o *OpenID) endBy(ctx context.Context, raw string) error {
	token, err := o.checkLogout(ctx, raw)
	if err != nil {
		return err
	}
	if err := o.deleteExpired(ctx, "openid_logouts"); err != nil {
		return err
	}
	spent := hashOf(o.Settings.Issuer + " " + token.TokenID)
	result, err := o.DB.ExecContext(ctx, `INSERT INTO openid_logouts (token, expires) VALUES ($1, $2) ON CONFLICT (token) DO NOTHING`,
		spent, token.IssuedAt.Add(maxAge+skew).Unix())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(refusal{errors.New("the logout token has been used")}, err)
	}
	if err := o.end(ctx, token); err != nil {
		// The provider may try again, with the same token.
		_, undo := o.DB.ExecContext(context.WithoutCancel(ctx), `DELETE FROM openid_logouts WHERE token = $1`, spent)
		return errors.Join(err, undo)
	}
	return nil
}

// checkLogout has go-oidc check the signature, iss, aud, exp, events, jti, sub or sid, and that there is no nonce: an
// ID token is no logout token. It leaves iat to its callers.
func (o *OpenID) checkLogout(ctx context.Context, raw string) (*oidc.LogoutToken, error) {
	d, err := o.endpoint.get(ctx)
	if err != nil {
		return nil, err
	}
	token, err := d.verifier.VerifyLogout(ctx, raw)
	if err != nil {
		return nil, refusalUnlessOutage(err)
	}
	var claims struct {
		Events map[string]map[string]any `json:"events"`
	}
	if err := token.Claims(&claims); err != nil || claims.Events[logoutEvent] == nil {
		return nil, refusal{errors.New("the event of the logout token is no object")}
	}
	age := o.Now().Sub(token.IssuedAt)
	switch {
	case age > maxAge || age < -skew:
		return nil, refusal{fmt.Errorf("the logout token was made %v ago", age)}
	case !rules.IsText(token.SessionID) || !rules.IsText(token.Subject):
		return nil, refusal{errors.New("the logout token has no good sub or sid")}
	}
	return token, nil
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// end ends the logins of one session at the provider, or, without a sid, all that came from the user's account there.
func (o *OpenID) end(ctx context.Context, token *oidc.LogoutToken) error {
	issuer := o.Settings.Issuer
	if token.SessionID != "" {
		return o.Manager.EndExternal(ctx, issuer+" "+token.SessionID)
	}
	if err := o.Manager.EndExternal(ctx, subjectID(issuer, token.Subject)); err != nil {
		return err
	}
	user, err := o.owner(ctx, identity{Issuer: issuer, Subject: token.Subject})
	switch {
	case errors.Is(err, errNotLinked):
		return nil
	case err != nil && !errors.Is(err, errPaused):
		return err
	}
	return o.endLogins(ctx, user.GetID(), func(l ginlogin.StoredLogin) bool { return strings.HasPrefix(l.ExternalID, issuer+" ") })
}

// endLogins ends those of a user's logins for which the test holds.
func (o *OpenID) endLogins(ctx context.Context, user string, test func(ginlogin.StoredLogin) bool) error {
	logins, err := o.Manager.LoginsOf(ctx, user)
	if err != nil {
		return err
	}
	for _, l := range logins {
		if !test(l) {
			continue
		}
		if err := o.Manager.EndLoginOf(ctx, user, l.ID); err != nil && !errors.Is(err, ginlogin.ErrLoginNotFound) {
			return err
		}
	}
	return nil
}
