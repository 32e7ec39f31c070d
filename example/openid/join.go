package openid

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

// joinForm is the page for a visitor whom the provider knows and the site does not. It is nil if there is none, or
// during an outage, and has answered then.
func (o *OpenID) joinForm(c *gin.Context) (*web.Form, *proof) {
	ctx := c.Request.Context()
	p, err := o.lookAt(ctx, o.browser(c), forJoining)
	if errors.Is(err, errNoProof) {
		web.Say(c, "info", "That took too long. Please start again.", "/login")
		return nil, nil
	}
	paused := false
	if err == nil {
		_, err = o.owner(ctx, p.identity)
		if paused = errors.Is(err, errPaused); paused || errors.Is(err, errNotLinked) {
			err = nil
		}
	}
	if err != nil {
		o.outage(c, err)
		return nil, nil
	}
	email, name := p.Email, p.Name
	if c.Request.Method == http.MethodPost {
		email, name = c.PostForm("email"), c.PostForm("name")
	}
	return web.NewForm(c, "openid-new.html", gin.H{
		"title": "Welcome", "page": "/login", "provider": o.Settings.Name, "who": p.identity, "paused": paused,
		"email": email, "name": name, "proof": p.id,
	}), p
}

func (o *OpenID) showJoin(c *gin.Context) {
	if form, _ := o.joinForm(c); form != nil {
		form.Show(c)
	}
}

// postJoin makes a new account. The address in the form is the user's claim, as at the other registration: even an
// address that the provider has checked opens no existing account.
func (o *OpenID) postJoin(c *gin.Context) {
	form, p := o.joinForm(c)
	if form == nil {
		return
	}
	email, name := rules.NormalizeEmail(c.PostForm("email")), strings.TrimSpace(c.PostForm("name"))
	form.Check("email", rules.Email(email))
	form.Check("name", rules.Name(name))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	err := o.Passwords.CountRegistration(c)
	var user *account.User
	if err == nil {
		user, p, err = o.join(c.Request.Context(), o.browser(c), c.PostForm("proof"), email, name, rand.Text())
	}
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.TooMany(c, "form", wait)
	case errors.Is(err, account.ErrEmailTaken):
		form.Refuse(c, http.StatusUnprocessableEntity, "email",
			"There is an account with this e-mail address already. If it is yours, log in to it with the button above.")
	case errors.Is(err, errNoProof), errors.Is(err, errLinkedByOther):
		web.Say(c, "info", "That has been done already, or took too long. Please start again.", "/login")
	case err != nil:
		form.Fail(c, err)
	default:
		o.note(c, "openid_joined", "a new account without a password, user "+user.GetID())
		o.setCookie(c, "", -time.Second)
		options := providerOptions(p.identity.externalID(), o.isFresh(p.identity), false)
		if err := o.LogIn(c, user, p.next, options...); err != nil {
			o.outage(c, err) // the account is made: this form could not be sent again
		}
	}
}
