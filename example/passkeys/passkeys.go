// Package passkeys has the passkeys of the users: logging in without a password, confirming a login, and the page
// where passkeys are added, named and removed. github.com/go-webauthn/webauthn does the protocol.
//
//	passkeys.go     the feature: routes, and what it adds to the pages of others
//	settings.go     the page of passkeys
//	login.go        logging in, and confirming a login
//	domain.go       which domain passkeys are made for
//	challenge.go    what browsers are asked to sign: valid for ten minutes, for one browser, and once
//	store.go        the passkeys in the database
//	passkeys.js     asks the browser, which takes a script
//
// # What a passkey proves
//
// Authenticators must verify the user, by a PIN, a finger or a face; an answer without user verification is
// refused. So a passkey is two factors in one step: something that the user has, and something that the user knows
// or is. A login by passkey goes straight to the site's LogIn, without a code.
//
// It is Via("hwk"). RFC 8176 has "hwk" for a key in hardware, "swk" for one in software, and "user" for a test
// that a user is present. "user" says too little. We cannot know which of the others is true: a synced passkey is
// in hardware on each device and in software in between, and only an attestation would prove either, which we do
// not ask for because it reveals the user's kind of device. Guards need one name for "by passkey", so it is "hwk",
// as in ginlogin's own documentation. It is no proof of hardware.
package passkeys

import (
	"database/sql"
	"embed"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

var (
	//go:embed schema.sql
	tables string
	//go:embed passkeys.js
	script []byte
)

// Schema is the tables of passkeys and challenges.
var Schema = database.Schema{Tables: tables}

var (
	// Entry leads from the settings to the page of passkeys.
	Entry = web.Entry{Text: "Passkeys", Path: "/settings/passkeys", Hint: "Log in with your finger, your face or a PIN", Icon: "key"}
	// WayIn leads from the login page to the login by passkey.
	WayIn = web.Entry{Text: "Log in with a passkey", Path: "/login/passkey", Hint: "With your finger, your face or a PIN", Icon: "key"}
)

// Passkeys is the feature.
type Passkeys struct {
	Users     *account.Users
	DB        *sql.DB
	Passwords *guessing.Guard
	Origins   []string // of the site, as "https://example.com"; none: see domain.go
	Now       func() time.Time
	Audit     web.Audit

	// LogIn logs the user in, and redirects to the page that asked for the login, or to home.
	LogIn func(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error
	// Tell sends the user a message. No message contains the name of a passkey, which a thief could have chosen.
	Tell func(c *gin.Context, user *account.User, subject, text string)
}

// Script serves the script.
func Script(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=300")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", script)
}

// LoginRoutes registers the login by passkey on routes for guests.
func (p *Passkeys) LoginRoutes(guests gin.IRouter) {
	web.Read(guests, "/login/passkey", p.showLogin)
	guests.POST("/login/passkey", p.login)
	guests.POST("/login/passkey/begin", p.beginLogin)
}

// ConfirmRoutes registers the confirmation of a login on the group /confirm.
func (p *Passkeys) ConfirmRoutes(again gin.IRouter) {
	again.POST("/passkey", p.confirm)
	again.POST("/passkey/begin", p.beginConfirm)
}

// Routes registers the page of passkeys on the group /settings. All of it requires a fresh login: a passkey is a
// way in, and a person who finds a browser open must not add or remove one.
func (p *Passkeys) Routes(fresh gin.IRouter) {
	fresh.GET("/passkeys", p.show)
	fresh.POST("/passkeys", p.add)
	fresh.POST("/passkeys/begin", p.beginAdd)
	fresh.GET("/passkeys/rename", p.askForName)
	fresh.POST("/passkeys/rename", p.rename)
	fresh.GET("/passkeys/remove", p.askToRemove)
	fresh.POST("/passkeys/remove", p.remove)
}

// OfferLogin makes browsers offer passkeys in the e-mail field of the login page.
func (p *Passkeys) OfferLogin(c *gin.Context, data gin.H) {
	if _, err := p.relyingParty(c); err == nil {
		data["passkeys"] = true
		web.AllowScript(c)
	}
}

// OfferConfirm adds passkeys to the page that asks for the password again, if the user has any. During an outage
// the page asks only for the password.
func (p *Passkeys) OfferConfirm(c *gin.Context, data gin.H) {
	user, _ := ginlogin.UserAs[*account.User](c)
	party, err := p.relyingParty(c)
	if err != nil || user == nil {
		return
	}
	found, err := p.list(c.Request.Context(), party.Config.RPID, user)
	if err != nil {
		c.Error(err)
		return
	}
	if len(found) > 0 {
		data["passkeys"] = true
		web.AllowScript(c)
	}
}
