package secondfactor

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
)

// show says whether it is on.
func (f *Factor) show(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	data := gin.H{"title": "Codes at login", "page": "/settings"}
	found, err := f.find(c.Request.Context(), user)
	if err == nil {
		data["since"] = found.created
		data["left"], err = f.recoveryLeft(c.Request.Context(), user)
	}
	if err != nil && !errors.Is(err, errOff) {
		web.Outage(c, err)
		return
	}
	web.Render(c, http.StatusOK, "secondfactor.html", data)
}

// hide keeps pages with secrets out of caches.
func hide(c *gin.Context) { c.Header("Cache-Control", "no-store") }

// newForm is the page with the secret.
//
// The picture is inline. A route of its own would need the secret in its address, which is written to logs, or in the
// session, which is a cookie. So on this page alone the policy allows pictures from "data:". Such a picture fetches
// nothing from anywhere and runs nothing.
func newForm(c *gin.Context, u *account.User, s setup) (*web.Form, error) {
	image, err := s.show(u)
	if err != nil {
		return nil, err
	}
	hide(c)
	policy := c.Writer.Header().Get("Content-Security-Policy")
	c.Header("Content-Security-Policy", strings.Replace(policy, "img-src 'self'", "img-src 'self' data:", 1))
	return web.NewForm(c, "secondfactor-new.html", gin.H{"title": "Turn codes on", "page": "/settings", "shown": image, "sealed": s.sealed}), nil
}

func (f *Factor) showNew(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	_, err := f.find(c.Request.Context(), user)
	if err == nil {
		web.Say(c, "info", onAlready, Entry.Path)
		return
	}
	var form *web.Form
	if errors.Is(err, errOff) {
		form, err = newForm(c, user, f.vault().newSetup(user, f.Now()))
	}
	if err != nil {
		web.Outage(c, err)
		return
	}
	form.Show(c)
}

const onAlready = "Codes are turned on already. To use another phone, turn them off first."

// confirmNew turns it on if the first code is right: then the app has the secret.
func (f *Factor) confirmNew(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	begun, err := f.vault().openSetup(user, c.PostForm("sealed"), f.Now())
	if err != nil {
		web.Say(c, "warning", "That page was too old. Scan the picture on this one.", Entry.Path+"/new")
		return
	}
	form, err := newForm(c, user, begun)
	if err != nil {
		web.Outage(c, err)
		return
	}
	// No limit on guesses here: the secret is on the page.
	step := stepOf(begun.secret, plainCode(c.PostForm("code")), f.Now())
	if step == 0 {
		form.Refuse(c, http.StatusUnprocessableEntity, "code", "This code is not right. Enter the one that your app shows now.")
		return
	}
	codes, err := f.turnOn(c.Request.Context(), user, begun.secret, step)
	switch {
	case errors.Is(err, errChanged):
		web.Say(c, "info", onAlready, Entry.Path)
	case err != nil:
		form.Fail(c, err)
	default:
		f.Audit.Event(c, slog.LevelInfo, "second_factor_on", "by the user")
		f.Tell(c, user, "Codes are turned on", "From now on your account asks for a code after the password. All other devices were logged out.")
		f.goOn(c, user)
		showCodes(c, "Codes are turned on", codes)
	}
}

// goOn keeps this login, and ends all others, after the user has got a new SessionHash. It is fresh by the code just
// given: the code is spent, and the user would have to wait for another one.
func (f *Factor) goOn(c *gin.Context, u *account.User) {
	changed, err := f.Users.FindByID(c.Request.Context(), u.ID)
	if err == nil {
		err = ginlogin.LogoutOthers(c, changed)
	}
	if err == nil {
		err = ginlogin.ConfirmLogin(c, changed, ginlogin.Via("otp"))
	}
	if err != nil {
		c.Error(err) // the change is done; this login ends, too
		return
	}
	f.Passwords.RememberDevice(c, changed)
}

// showCodes shows recovery codes on the page it answers with, and does not redirect: they would have to wait in the
// session, and so in a cookie.
func showCodes(c *gin.Context, title string, codes []string) {
	hide(c)
	web.Render(c, http.StatusOK, "secondfactor-recovery.html", gin.H{"title": title, "page": "/settings", "codes": codes})
}

func (f *Factor) askForRecovery(c *gin.Context) {
	web.Question{
		Title: "Make new recovery codes?", Button: "Make new recovery codes", Action: Entry.Path + "/recovery", Back: Entry.Path, Page: "/settings",
		Text: "Your present recovery codes will no longer work.",
	}.Ask(c)
}

func (f *Factor) makeRecovery(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	codes, err := f.newRecovery(c.Request.Context(), user)
	switch {
	case errors.Is(err, errOff):
		web.Say(c, "info", offAlready, Entry.Path)
	case err != nil:
		web.Outage(c, err)
	default:
		f.Audit.Event(c, slog.LevelInfo, "recovery_codes_made", "by the user")
		f.Tell(c, user, "You have new recovery codes", "New recovery codes were made for your account. The old ones no longer work.")
		showCodes(c, "New recovery codes", codes)
	}
}

const offAlready = "Codes are turned off already."

func (f *Factor) askToTurnOff(c *gin.Context) {
	web.Question{
		Title: "Turn codes off?", Button: "Turn codes off", Action: Entry.Path + "/off", Back: Entry.Path, Page: "/settings",
		Text: "From then on your password alone is enough to log in. Your recovery codes are deleted, and all your other devices are logged out.",
	}.Ask(c)
}

func (f *Factor) turnOffOwn(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	switch err := f.turnOff(c.Request.Context(), user); {
	case errors.Is(err, errOff):
		web.Say(c, "info", offAlready, Entry.Path)
	case errors.Is(err, errChanged):
		web.Say(c, "warning", "Your password was changed meanwhile. Please try again.", Entry.Path)
	case err != nil:
		web.Outage(c, err)
	default:
		f.Audit.Event(c, slog.LevelWarn, "second_factor_off", "by the user")
		f.Tell(c, user, "Codes are turned off", "From now on your password is enough to log in. If it was not you, log in, change your password, and turn codes on again.")
		f.goOn(c, user)
		web.Done(c, "Codes are turned off.", Entry.Path)
	}
}

func plural(codes int) string {
	if codes == 1 {
		return "1 code"
	}
	return fmt.Sprintf("%d codes", codes)
}
