// Package passkeys has the passkeys of the users: logging in without a password, confirming a login, and the page
// where passkeys are added, named and removed. github.com/go-webauthn/webauthn does the protocol.
//
//	passkeys.go     the feature: routes, and what it adds to the pages of others
//	settings.go     the page of passkeys
//	login.go        logging in, and confirming a login
//	domain.go       which domain passkeys are made for
//	challenge.go    what browsers are asked to sign: good for ten minutes, one browser, and once
//	store.go        the passkeys in the database
//	passkeys.js     asks the browser, which no page can do without a script
//
// # What a passkey proves
//
// Authenticators are told to verify the user, by a PIN or a finger or a face, and an answer that does not say that
// they have is refused. So a passkey is two factors in one step: something that the user has, and something that
// the user knows or is. A login by passkey goes straight to the site's LogIn, and is asked for no code.
//
// It is Via("hwk"). RFC 8176 has "hwk" for a key in hardware, "swk" for one in software, and "user" for a test
// that somebody is there. "user" says too little. Which of the others is true cannot be known: a passkey that is
// synced between devices is in hardware on each of them and in software in between, and only an attestation, which
// we do not ask for because it tells sites which device somebody has, would prove either. Guards need one name
// for "by passkey" and not two, so it is "hwk", the name that ginlogin's own documentation uses. Do not read a
// proof of hardware into it.
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

// method is the name of RFC 8176 for a login by passkey.
const method = "hwk"

// Passkeys is the feature.
type Passkeys struct {
	Users     *account.Users
	DB        *sql.DB
	Passwords *guessing.Guard
	Origins   []string // of the site, as "https://example.com"; none: see domain.go
	Now       func() time.Time
	Audit     web.Audit

	// LogIn logs the user in, and redirects to home or to where they were on the way to.
	LogIn func(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error
	// Tell sends the user a message. None has the name of a passkey in it: a thief could write the message with it.
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

// Routes registers the page of passkeys on the group /settings. All of it takes a fresh login: a passkey is a way
// in, and nobody may add or remove one who has only found a browser open.
func (p *Passkeys) Routes(fresh gin.IRouter) {
	fresh.GET("/passkeys", p.show)
	fresh.POST("/passkeys", p.add)
	fresh.POST("/passkeys/begin", p.beginAdd)
	fresh.GET("/passkeys/rename", p.askForName)
	fresh.POST("/passkeys/rename", p.rename)
	fresh.GET("/passkeys/remove", p.askToRemove)
	fresh.POST("/passkeys/remove", p.remove)
}

// OfferLogin adds to the login page what has browsers offer passkeys in the field of the e-mail address.
func (p *Passkeys) OfferLogin(c *gin.Context, data gin.H) {
	if _, err := p.relyingParty(c); err == nil {
		data["passkeys"] = true
		web.AllowScript(c)
	}
}

// OfferConfirm adds passkeys to the page that asks for the password again, if the user has any. If that cannot be
// found out, the password will do.
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
