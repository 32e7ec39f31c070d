package passkeys

import (
	"database/sql"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
)

// A refusal says why an answer is refused.
type refusal struct {
	user   *account.User // whose passkey it is or was said to be; nil: unknown
	told   string        // to the visitor
	reason string        // for the audit log: words of ours and of the library
}

func (r *refusal) Error() string { return r.reason }

const (
	toldUnknown = "This passkey opens no account here. It may have been removed. Log in with your password."
	toldLate    = "That took too long, or it was used already. Please try again."
	toldCloned  = "This passkey seems to have been copied, so we do not take it. Log in with your password, and remove it under Settings."
)

// verify returns the owner of the passkey whose answer is in the form. With user nil that may be any user;
// otherwise it has to be the user. An error that is not a *refusal is an outage.
func (p *Passkeys) verify(c *gin.Context, what purpose, user *account.User) (*owner, error) {
	party, err := p.relyingParty(c)
	if err != nil {
		return nil, &refusal{user, toldUnknown, err.Error()}
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(c.PostForm("credential")))
	if err != nil {
		return nil, &refusal{user, toldUnknown, "no answer of an authenticator"}
	}
	ceremony, err := p.spend(c, what, user, answer.Response.CollectedClientData.Challenge)
	switch {
	case errors.Is(err, errNoChallenge):
		return nil, &refusal{user, toldLate, err.Error()}
	case err != nil:
		return nil, err
	}
	var o *owner
	if user != nil {
		o, err = p.ownerOf(c.Request.Context(), party.Config.RPID, user)
	} else {
		o, err = p.ownerBy(c.Request.Context(), party.Config.RPID, answer.Response.UserHandle)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, &refusal{nil, toldUnknown, "unknown user handle"}
	case err != nil:
		return nil, err
	}
	return o, p.check(c, party, o, user != nil, ceremony, answer)
}

// check has the library judge the answer, and notes that the passkey was used.
func (p *Passkeys) check(c *gin.Context, party *webauthn.WebAuthn, o *owner, known bool, ceremony webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData) error {
	var credential *webauthn.Credential
	var err error
	if known {
		credential, err = party.ValidateLogin(o, ceremony, answer)
	} else {
		_, credential, err = party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return o, nil }, ceremony, answer)
	}
	if err != nil {
		return &refusal{o.User, toldUnknown, err.Error()}
	}
	// A counter that does not rise means that the key was copied, or is broken. The library lets the site decide.
	// We refuse: the owner has the password, and the thief of a copied key does not. Synced passkeys always count
	// 0, and are not affected. The counter stays as it was.
	if credential.Authenticator.CloneWarning {
		p.Tell(c, o.User, "A passkey may have been copied", "One of your passkeys was used, and it seems to be a copy. We have refused it. "+
			"Log in with your password, and remove the passkey in the settings.")
		return &refusal{o.User, toldCloned, "the counter did not rise: the passkey may have been copied"}
	}
	used, _ := o.with(credential.ID)
	err = p.noteUse(c.Request.Context(), used, credential)
	if errors.Is(err, errChanged) {
		return &refusal{o.User, toldLate, err.Error()}
	}
	return err
}

func (p *Passkeys) loginForm(c *gin.Context) *web.Form {
	data := gin.H{"title": "Log in with a passkey", "page": "/login", "remember": c.PostForm("remember") != ""}
	p.describe(c, data)
	return web.NewForm(c, "passkey-login.html", data)
}

// describe tells a page whether passkeys work at this address, and allows it the script.
func (p *Passkeys) describe(c *gin.Context, data gin.H) {
	_, err := p.relyingParty(c)
	data["passkeys"], data["elsewhere"] = err == nil, elsewhere(c)
	web.AllowScript(c)
}

func (p *Passkeys) showLogin(c *gin.Context) { p.loginForm(c).Show(c) }

// beginLogin asks for a passkey of any user: the answer names the user. So it reveals neither who has an account
// here nor who has a passkey.
func (p *Passkeys) beginLogin(c *gin.Context) {
	party, err := p.relyingParty(c)
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	options, ceremony, err := party.BeginDiscoverableLogin()
	if err != nil {
		web.Outage(c, err)
		return
	}
	p.issue(c, loggingIn, nil, options.Response, ceremony)
}

func (p *Passkeys) login(c *gin.Context) {
	form := p.loginForm(c)
	o, err := p.verify(c, loggingIn, nil)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		p.noteFailure(c, refused)
		form.Refuse(c, http.StatusUnauthorized, "form", refused.told)
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	if err := p.LogIn(c, o.User, "/", passkeyOptions(c)...); err != nil {
		form.RefuseLogin(c, err)
	}
}

// method is the name of RFC 8176 for a login by passkey.
const method = "hwk"

func passkeyOptions(c *gin.Context) []ginlogin.LoginOption {
	return []ginlogin.LoginOption{ginlogin.Via(method), ginlogin.Remember(c.PostForm("remember") != "")}
}

func (p *Passkeys) noteFailure(c *gin.Context, refused *refusal) {
	if refused.user == nil {
		ginlogin.LoginFailed(c, nil, "passkey: "+refused.reason) // not a nil *account.User
		return
	}
	ginlogin.LoginFailed(c, refused.user, "passkey: "+refused.reason)
}

// begin returns what a script needs for a challenge to the user. The owner is nil if it has answered that there is
// no challenge.
func (p *Passkeys) begin(c *gin.Context, user *account.User) (*webauthn.WebAuthn, *owner) {
	party, err := p.relyingParty(c)
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return nil, nil
	}
	o, err := p.ownerOf(c.Request.Context(), party.Config.RPID, user)
	if err != nil {
		web.Outage(c, err)
		return nil, nil
	}
	return party, o
}

// beginConfirm asks for one of the user's own passkeys.
func (p *Passkeys) beginConfirm(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	party, o := p.begin(c, user)
	if o == nil {
		return
	}
	if len(o.passkeys) == 0 {
		refuse(c, http.StatusConflict, "You have no passkey any more. Please give your password.")
		return
	}
	options, ceremony, err := party.BeginLogin(o)
	if err != nil {
		web.Outage(c, err)
		return
	}
	p.issue(c, confirming, user, options.Response, ceremony)
}

// confirm makes the login fresh, as the password does.
func (p *Passkeys) confirm(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	next := ginlogin.NextURL(c, "/")
	o, err := p.verify(c, confirming, user)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		p.Audit.Event(c, slog.LevelWarn, "passkey_refused", refused.reason)
		web.Say(c, "error", refused.told, ginlogin.LoginURL(c, "/confirm", next))
		return
	case err == nil:
		err = ginlogin.ConfirmLogin(c, o.User, ginlogin.Via(method))
	}
	if err != nil {
		web.Outage(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, next)
}

// refuse answers the script.
func refuse(c *gin.Context, status int, text string) { c.JSON(status, gin.H{"error": text}) }
