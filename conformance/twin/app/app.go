// Package app is an app on Gin and ginlogin with the routes and settings of the conformance contract (CONTRACT.md):
// what the oracle is on Flask and Flask-Login. It is written as any app would be, on the public API alone.
package app

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A twin is one app with its users and the events it has seen.
type twin struct {
	config Config
	users  *users
	events *events
}

// New returns the app as a handler.
func New(config Config) (http.Handler, error) {
	t := &twin{config: config, users: newUsers(config.AlternativeTokens), events: &events{}}
	lm, err := t.loginManager()
	if err != nil {
		return nil, err
	}
	r := gin.New()
	r.RedirectTrailingSlash = false
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	r.Use(sessions.Sessions("session", t.sessionStore()))
	if config.Permanent {
		r.Use(keepPermanent)
	}
	if t.withoutLoader() {
		r.Use(refuseToLoad)
	}
	r.Use(lm.Middleware())
	t.addLogin(r)
	t.addProtected(r)
	t.addSession(r)
	t.addControl(r)
	return r, nil
}

// withoutLoader reports a mistake of the configuration. Flask-Login complains of it at the first request that asks for
// the user, ginlogin when the middleware is built.
func (t *twin) withoutLoader() bool { return !t.config.UserLoader && !t.config.RequestLoader }

// refuseToLoad answers 500 to what would ask for the user.
func refuseToLoad(c *gin.Context) {
	asks := c.Query("touch") == "1"
	for _, route := range []string{"whoami", "logout", "secret", "vault", "/*rest"} {
		asks = asks || strings.HasSuffix(c.FullPath(), route) && c.Request.Method != http.MethodOptions
	}
	if asks {
		c.AbortWithStatus(http.StatusInternalServerError)
	}
}

func (t *twin) loginManager() (*ginlogin.LoginManager, error) {
	lm := ginlogin.New[*User](nil)
	if t.config.UserLoader {
		lm = ginlogin.New(t.users.load)
	}
	switch {
	case t.config.RequestLoader:
		lm.RequestLoader = ginlogin.FromRequest(t.users.loadFromRequest(t.config.RequestLoaderSessionFallback))
	case t.withoutLoader():
		lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return nil, errors.New("no loader") }
	}
	lm.ErrorHandler = func(c *gin.Context, _ error) { c.Status(http.StatusInternalServerError) }

	lm.SecretKeys = [][]byte{t.key("remember cookie")}
	lm.LoginView = t.config.LoginView
	lm.LoginMessage = orEmpty(t.config.LoginMessage)
	lm.LoginMessageCategory = t.config.LoginMessageCategory
	lm.RefreshView = t.config.RefreshView
	lm.NeedsRefreshMessage = orEmpty(t.config.NeedsRefreshMessage)
	lm.NeedsRefreshMessageCategory = t.config.NeedsRefreshMessageCategory
	lm.UseSessionForNext = t.config.UseSessionForNext
	lm.ForceHost = t.config.ForceHostForRedirects
	if t.config.UnauthorizedHandler {
		lm.UnauthorizedHandler = answerWith(http.StatusForbidden, "unauthorized")
	}
	if t.config.NeedsRefreshHandler {
		lm.NeedsRefreshHandler = answerWith(http.StatusConflict, "needs_refresh")
	}
	if t.config.Localize {
		lm.Localize = func(_ *gin.Context, message string) string { return "[l10n] " + message }
	}
	if name := t.config.AnonymousUser; name != "" {
		lm.AnonymousUser = func(*gin.Context) ginlogin.User { return ginlogin.AnonymousUser{"Name": name} }
	}
	t.events.listen(lm)
	return lm, errors.Join(t.setProtection(lm), t.setRememberCookie(lm))
}

func (t *twin) setProtection(lm *ginlogin.LoginManager) error {
	modes := map[string]ginlogin.SessionProtection{
		"basic": ginlogin.ProtectBasic, "strong": ginlogin.ProtectStrong, "none": ginlogin.ProtectNone,
	}
	mode, ok := modes[t.config.SessionProtection]
	if !ok {
		return fmt.Errorf("session_protection: %q", t.config.SessionProtection)
	}
	lm.SessionProtection = mode
	return nil
}

func (t *twin) setRememberCookie(lm *ginlogin.LoginManager) error {
	sameSite, err := t.config.sameSite()
	lm.Remember.Name = t.config.RememberCookieName
	lm.Remember.Duration = time.Duration(t.config.RememberCookieDuration) * time.Second
	lm.Remember.Domain = t.config.RememberCookieDomain
	lm.Remember.Path = t.config.RememberCookiePath
	lm.Remember.Secure = t.config.RememberCookieSecure
	lm.Remember.HTTPOnly = t.config.RememberCookieHTTPOnly
	lm.Remember.SameSite = sameSite
	lm.Remember.RefreshEachRequest = t.config.RememberCookieRefreshEachRequest
	// Flask-Login removes the login of a user who is gone at once. We wait for the grace,
	// since a replica of the users may lag behind the login.
	lm.Remember.Grace = 0
	return err
}

// sessionStore keeps sessions in the cookie, as Flask does.
func (t *twin) sessionStore() sessions.Store {
	store := cookie.NewStore(t.key("session"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true})
	return store
}

// key stretches the configured secret, which may be short, to the length that keys should have.
func (t *twin) key(purpose string) []byte {
	sum := sha256.Sum256([]byte(purpose + "\x00" + t.config.SecretKey))
	return sum[:]
}

func answerWith(status int, handler string) gin.HandlerFunc {
	return func(c *gin.Context) { c.JSON(status, gin.H{"handler": handler}) }
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
