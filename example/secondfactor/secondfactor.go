// Package secondfactor has the second step of a login: after the password a code, from an app on the user's phone
// (TOTP, RFC 6238) or from a sheet of recovery codes.
//
// What keeps strangers out, and where:
//
//	login.go     between the steps the user is not logged in: BeginLogin, PendingUser, FinishLogin
//	store.go     a code works once, by a compare-and-swap in the database
//	codes.go     what codes are, and a secret that is shown once and confirmed by a first code
//	vault.go     the secrets are encrypted in the database
//	settings.go  turning it on after the password, and off after a code
//	admin.go     administrators see who has it, and remove it for users who have lost all codes
//
// Wrong codes are counted by guessing.Guard, for each user.
package secondfactor

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

//go:embed schema.sql
var tables string

// Schema is the tables of second factors and recovery codes.
var Schema = database.Schema{Tables: tables}

// Entry leads from the settings to the page.
var Entry = web.Entry{Text: "Codes at login", Path: "/settings/code", Hint: "From an app on your phone, after the password", Icon: "phone"}

// Factor is the feature.
type Factor struct {
	Users     *account.Users
	DB        *sql.DB
	Manager   *ginlogin.LoginManager
	Passwords *guessing.Guard
	Keys      [][]byte // the secrets are encrypted under keys that are derived from these
	Now       func() time.Time
	Audit     web.Audit

	// Welcome answers a user who has logged in, and redirects to the page that asked for the login, or to home.
	Welcome func(c *gin.Context, user *account.User, home string)
	// Tell sends the user a message.
	Tell func(c *gin.Context, user *account.User, subject, text string)
}

// LoginRoutes registers the second step, on routes for guests.
func (f *Factor) LoginRoutes(guests gin.IRouter) {
	web.Read(guests, codeView, f.showLogin)
	guests.POST(codeView, f.login)
}

// Routes registers the settings, on routes for users who are logged in. Turning it on requires a fresh login.
// Changing it requires a code, so that the password alone does not turn it off.
func (f *Factor) Routes(members gin.IRouter, notWhileActing gin.HandlerFunc) {
	again := members.Group(confirmView, notWhileActing)
	again.GET("", f.showConfirm)
	again.POST("", f.confirm)

	fresh := members.Group(Entry.Path, ginlogin.FreshLoginRequired())
	fresh.GET("", f.show)
	fresh.GET("/new", f.showNew)
	fresh.POST("/new", f.confirmNew)

	stepUp := members.Group(Entry.Path, ginlogin.FreshLoginRequired(ginlogin.Via("otp"), ginlogin.RefreshView(confirmView)))
	stepUp.GET("/recovery", f.askForRecovery)
	stepUp.POST("/recovery", f.makeRecovery)
	stepUp.GET("/off", f.askToTurnOff)
	stepUp.POST("/off", f.turnOffOwn)
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// spend checks the code in the form and spends it. It returns false if the code is refused, and has answered
// then.
func (f *Factor) spend(c *gin.Context, form *web.Form, u *account.User) bool {
	found, err := f.find(c.Request.Context(), u)
	if errors.Is(err, errOff) { // turned off meanwhile
		web.Say(c, "info", "Codes are not needed any more. Please try again.", "/login")
		return false
	}
	field := "code"
	switch {
	case err != nil:
	case c.PostForm("recovery") != "":
		field = "recovery"
		err = f.Passwords.TryLongCode(c, func(ctx context.Context) error { return f.tryRecovery(ctx, u, found, c.PostForm("recovery")) })
	default:
		err = f.Passwords.TryCode(c, u, func(ctx context.Context) error { return f.tryCode(ctx, u, found, c.PostForm("code")) })
	}
	if err != nil {
		f.refuse(c, form, u, field, err)
		return false
	}
	if field == "recovery" {
		f.noteRecovery(c, u)
	}
	return true
}

var errUsed = fmt.Errorf("%w: it was used already", guessing.ErrWrongCode)

func (f *Factor) tryCode(ctx context.Context, u *account.User, found factor, typed string) error {
	code := plainCode(typed)
	if !sixDigits.MatchString(code) {
		return guessing.ErrWrongCode
	}
	secret, err := f.vault().open(found.keyID, found.secret, atRest, u.ID)
	if err != nil {
		return err
	}
	step := stepOf(secret, code, f.Now())
	if step == 0 {
		return guessing.ErrWrongCode
	}
	spent, err := f.spendStep(ctx, u, found.id, step)
	if err == nil && !spent {
		err = errUsed
	}
	return err
}

func (f *Factor) tryRecovery(ctx context.Context, u *account.User, found factor, typed string) error {
	spent, err := f.spendRecovery(ctx, u, found.id, typed)
	if err == nil && !spent {
		err = guessing.ErrWrongCode
	}
	return err
}

// refuse answers a code that is refused.
func (f *Factor) refuse(c *gin.Context, form *web.Form, u *account.User, field string, err error) {
	var wait *throttle.WaitError
	isWait := errors.As(err, &wait)
	if isWait || errors.Is(err, guessing.ErrWrongCode) {
		f.noteFailure(c, u, err)
	}
	switch {
	case isWait:
		f.warn(c, u)
		form.TooMany(c, field, wait)
	case errors.Is(err, errUsed):
		form.Refuse(c, http.StatusUnprocessableEntity, field, "This code was used already. Wait for the next one.")
	case errors.Is(err, guessing.ErrWrongCode) && field == "recovery":
		form.Refuse(c, http.StatusUnprocessableEntity, field, "This is not one of your recovery codes, or it was used already.")
	case errors.Is(err, guessing.ErrWrongCode):
		form.Refuse(c, http.StatusUnprocessableEntity, field, "This code is not right. Enter the one that your app shows now.")
	default:
		form.Fail(c, err)
	}
}

// noteFailure writes to the audit log. For a visitor who is not logged in yet it names the user of the login.
func (f *Factor) noteFailure(c *gin.Context, u *account.User, err error) {
	if _, loggedIn := ginlogin.UserID(c); loggedIn {
		f.Audit.Event(c, slog.LevelWarn, "code_refused", err.Error())
		return
	}
	ginlogin.LoginFailed(c, u, err.Error())
}

// warn tells the owner, once a day, that a person with the password guesses codes.
func (f *Factor) warn(c *gin.Context, u *account.User) {
	switch may, err := f.mayWarn(c.Request.Context(), u); {
	case err != nil:
		c.Error(err)
	case may:
		f.Tell(c, u, "Someone is guessing your codes", "Someone has given your password, and then many wrong codes. "+
			"If it was not you, they know your password: log in, and change it in the settings.")
	}
}

// noteRecovery tells the owner that a recovery code was used.
func (f *Factor) noteRecovery(c *gin.Context, u *account.User) {
	left, err := f.recoveryLeft(c.Request.Context(), u)
	if err != nil {
		c.Error(err)
	}
	f.Audit.Event(c, slog.LevelWarn, "recovery_code_used", "user "+u.GetID()+", "+plural(left)+" left")
	f.Tell(c, u, "A recovery code was used", "One of your recovery codes was used to log in or to confirm that it is you. You have "+
		plural(left)+" left. If it was not you, change your password, and make new recovery codes in the settings.")
}

func (f *Factor) vault() *vault { return newVault(f.Keys) }
