package openid

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
)

// OfferConfirm adds the provider to the page that asks for the password again, for users who have linked it.
func (o *OpenID) OfferConfirm(c *gin.Context, data gin.H) {
	user, ok := ginlogin.UserAs[*account.User](c)
	if !ok || !o.on() {
		return
	}
	links, err := o.linksOf(c.Request.Context(), user)
	password := true
	if err == nil {
		password, err = o.hasPassword(c.Request.Context(), user)
	}
	if err != nil {
		c.Error(err) // the password is there
		return
	}
	for _, l := range links {
		if l.Issuer == o.Settings.Issuer && !l.Paused {
			data["openid"], data["password"] = o.Settings.Name, password
		}
	}
}

// askToConfirm makes the provider ask for its own password again: a login there that is a day old proves no more than
// the stale login here.
func (o *OpenID) askToConfirm(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	o.begin(c, attempt{purpose: toConfirm, user: user.ID, next: ginlogin.NextURL(c, "/")},
		oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
}

// confirm makes the login fresh, if it is the login of the user whose account the provider has confirmed.
func (o *OpenID) confirm(c *gin.Context) {
	ctx, browser := c.Request.Context(), o.browser(c)
	user, _ := ginlogin.UserAs[*account.User](c)
	p, err := o.lookAt(ctx, browser, forConfirming)
	if err == nil {
		p, err = o.take(ctx, o.DB, browser, p.id, forConfirming)
	}
	var owner *account.User
	if err == nil {
		owner, err = o.owner(ctx, p.identity)
	}
	if err == nil { // for the owner, whoever has begun: ErrNotAuthenticated if another user is logged in here
		err = ginlogin.ConfirmLogin(c, owner, ginlogin.Via("fed"))
	}
	switch {
	case errors.Is(err, errNoProof):
		web.Say(c, "info", "That took too long. Please start again.", "/confirm")
	case errors.Is(err, errNotLinked), errors.Is(err, errPaused), errors.Is(err, ginlogin.ErrNotAuthenticated):
		ginlogin.LoginFailed(c, user, "another account of the provider than the linked one")
		web.Say(c, "warning", "That is not the account that you have linked. Please try again.", confirmPath(p.next))
	case err != nil:
		o.outage(c, err)
	default:
		o.setCookie(c, "", -time.Second)
		c.Redirect(http.StatusSeeOther, p.next)
	}
}
