// Package openid logs users in with an account of another site, for instance of Google, Apple or their company: the
// authorization code flow of OpenID Connect, with state, nonce and PKCE.
//
// Start reading at callback.go: the answer of the provider comes there. The other files:
//
//	attempt.go   visits to the provider, and how the answer finds the browser that has asked
//	endpoint.go  what the site asks the provider, and the checks of the ID token
//	link.go      whose account at the provider opens which account here
//	proof.go     visitors who are back, and have a question to answer
//	join.go      visitors who are back, and have no account here
//	settings.go  the page of linked accounts
//	confirm.go   the provider in place of the password, for a fresh login
//	logout.go    the provider reports that a user has logged out there (back-channel logout)
//	provider/    a small provider, for a first look and for the tests
//
// What is decided where:
//
//   - An account is found by issuer and subject. An unknown subject gets no account by its e-mail address: it makes a
//     new one, or its owner logs in first and links it. Otherwise an attacker who can enter a victim's address at any provider would get the victim's account, and an attacker who registers here with it would get the account that the victim links later.
//   - Linking requires a fresh login, and a yes to a question that names both accounts. So a URL that an attacker
//     opens in the victim's browser links nothing.
//   - A new password pauses the links that were made before it: see link.go.
//   - The login is fresh unless the provider says that it asked for the password longer ago than FRESH_FOR.
package openid

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/openid/provider"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

//go:embed schema.sql
var tables string

// Schema is the tables of linked accounts and of visits under way.
var Schema = database.Schema{Tables: tables}

// OpenID is the feature. Without a provider it has no routes and no entries.
type OpenID struct {
	Settings      *config.OpenID
	Users         *account.Users
	DB            *sql.DB
	Manager       *ginlogin.LoginManager
	Passwords     *guessing.Guard
	SecureCookies bool
	FreshFor      time.Duration
	Now           func() time.Time
	Audit         web.Audit
	Tell          func(c *gin.Context, user *account.User, subject, text string) // sends the user a message
	LogIn         func(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error

	endpoint *endpoint
}

// DemoWarning is logged at every start with the demo.
const DemoWarning = "the demo provider is on, and asks for no password: OIDC_ISSUER sets a real one, OIDC_DEMO=0 turns it off"

// demoIssuer names the demo. No real provider can have a name below .invalid (RFC 2606), so accounts that are linked
// with the demo open nothing once there is a real one.
const demoIssuer = "https://demo-provider.invalid"

// demoPages is where the demo has its pages.
const demoPages = "/demo-provider"

// Public registers the demo, if it replaces a provider. Its pages play another site, so they come before the
// session's middleware. Call it before the other methods.
func (o *OpenID) Public(r *gin.Engine) {
	client := &http.Client{Timeout: patience}
	if o.Settings.Demo {
		o.Settings = &config.OpenID{
			Issuer: demoIssuer, Name: "the demo provider", ClientID: "example", ClientSecret: rand.Text(),
			RedirectURL: "/login/openid/callback", Scopes: []string{"openid", "email", "profile"}, Demo: true,
		}
		demo := &provider.Provider{
			Issuer: demoIssuer, Pages: demoPages, ClientID: o.Settings.ClientID, ClientSecret: o.Settings.ClientSecret,
			RedirectURL: o.Settings.RedirectURL, LogoutURL: "https://site.invalid/login/openid/logout",
			Client: provider.InProcess(r), SecureCookies: o.SecureCookies, Now: o.Now,
		}
		client = provider.InProcess(demo.Handler())
		r.Match([]string{http.MethodGet, http.MethodPost}, demoPages+"/*page", gin.WrapH(http.StripPrefix(demoPages, demo.Handler())))
	}
	o.endpoint = newEndpoint(o.Settings, client, o.Now)
}

func (o *OpenID) on() bool { return o.Settings.Issuer != "" }

// Callbacks registers the routes that other sites post to, before the middleware that refuses such posts: the answer
// of a provider, which is valid only with this browser's state, and logout tokens, which are signed.
func (o *OpenID) Callbacks(open gin.IRouter) {
	if !o.on() {
		return
	}
	if o.Settings.FormPost {
		open.POST("/login/openid/callback", o.callback)
	} else {
		open.GET("/login/openid/callback", o.callback)
	}
	open.POST("/login/openid/logout", o.backChannelLogout)
}

// LoginRoutes registers the way in, on routes for guests.
func (o *OpenID) LoginRoutes(guests gin.IRouter) {
	if !o.on() {
		return
	}
	guests.GET("/login/openid", func(c *gin.Context) {
		o.begin(c, attempt{purpose: toLogIn, next: ginlogin.NextURL(c, "/")})
	})
	guests.GET("/login/openid/new", o.showJoin)
	guests.POST("/login/openid/new", o.postJoin)
}

// ConfirmRoutes registers the provider in place of the password, on the group /confirm for users.
func (o *OpenID) ConfirmRoutes(again gin.IRouter) {
	if !o.on() {
		return
	}
	again.GET("/openid", o.askToConfirm)
	again.GET("/openid/done", o.confirm)
}

// Routes registers the page of linked accounts, on the group /settings for users with a fresh login.
func (o *OpenID) Routes(fresh gin.IRouter) {
	if !o.on() {
		return
	}
	fresh.GET("/openid", o.show)
	fresh.GET("/openid/link", func(c *gin.Context) {
		user, _ := ginlogin.UserAs[*account.User](c)
		o.begin(c, attempt{purpose: toLink, user: user.ID})
	})
	fresh.GET("/openid/finish", o.askToLink)
	fresh.POST("/openid/finish", o.finishLink)
	fresh.GET("/openid/unlink", o.askToUnlink)
	fresh.POST("/openid/unlink", o.postUnlink)
	fresh.POST("/openid/password", o.choosePassword)
}

// settingsPath is the page of linked accounts.
const settingsPath = "/settings/openid"

// Entries returns what leads to the page of linked accounts.
func (o *OpenID) Entries() []web.Entry {
	if !o.on() {
		return nil
	}
	return []web.Entry{{Text: "Linked accounts", Path: settingsPath, Hint: "Log in with " + o.Settings.Name, Icon: "link"}}
}

// WaysIn returns what leads to the provider.
func (o *OpenID) WaysIn() []web.Entry {
	if !o.on() {
		return nil
	}
	hint := "With your account there"
	if o.Settings.Demo {
		hint = "A part of this example, without a password"
	}
	return []web.Entry{{Text: "Log in with " + o.Settings.Name, Path: "/login/openid", Hint: hint, Icon: "link"}}
}

// unavailable answers during an outage of the provider. All other ways to log in work.
func (o *OpenID) unavailable(c *gin.Context, err error) {
	c.Error(err)
	web.Problem{
		Title: "No answer from " + o.Settings.Name,
		Text:  "We cannot reach " + o.Settings.Name + " just now. Log in with your password, or try again in a minute.",
		Path:  "/login", Link: "Log in another way",
	}.Answer(c, http.StatusServiceUnavailable)
}

// outage answers during an outage of our database.
func (o *OpenID) outage(c *gin.Context, err error) { web.Outage(c, err) }

// note writes an action of a user to the audit log.
func (o *OpenID) note(c *gin.Context, event, reason string) {
	o.Audit.Event(c, slog.LevelInfo, event, reason)
}

// still is a context that goes on when the visitor has left.
func still(c *gin.Context) context.Context { return context.WithoutCancel(c.Request.Context()) }
