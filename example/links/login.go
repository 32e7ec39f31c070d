package links

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/web"
)

// Method is the name of a login by link. RFC 8176 has no name for a link in a mail. It is not "otp", though it
// works once: a guard that asks for the second factor by Via("otp") would accept the mailbox as one.
const Method = "email"

var loginGone = gone{"Such a link works once, for 15 minutes, and only in the browser in which you have asked for it.", loginForm.Path, "Have another link sent"}

// A link logs in the browser that has asked for it, and no other. The browser has a secret in a cookie, which is a
// part of the purpose of the token. So
//
//   - a thief who sees the link, in a copy of the mail or over a shoulder, cannot use it;
//   - an attacker's link, which leads into the attacker's account, does not log in a victim who opens it (login
//     CSRF). In case the cookie has been planted, the page names the account, and has a button;
//   - opening a link that an attacker has asked for logs no user in.
//
// The price: a link that was asked for on the desktop does not work on the phone.
const browserCookie = "login_link"

func (l *Links) cookieName() string {
	if l.Passwords.SecureCookies {
		return "__Host-" + browserCookie // no other host of the domain can plant it
	}
	return browserCookie
}

// browser returns the secret of this browser, or "".
func (l *Links) browser(c *gin.Context) string {
	secret, err := c.Cookie(l.cookieName())
	if err != nil {
		return ""
	}
	return secret
}

func (l *Links) setBrowser(c *gin.Context, secret string, lasting time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: l.cookieName(), Value: secret, Path: "/", MaxAge: int(lasting / time.Second),
		Secure: l.Passwords.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode, // Lax: links come from mails
	})
}

// sendLogin keeps a secret that the browser has: the link before this one works, too, whichever mail comes first.
func (l *Links) sendLogin(c *gin.Context, email string) mail.Job {
	secret := l.browser(c)
	if secret == "" {
		secret = rand.Text()
	}
	l.setBrowser(c, secret, loginLifetime)
	next := ginlogin.NextURL(c, "")
	return func(ctx context.Context, sender mail.Sender) error {
		user, err := l.recipient(ctx, email)
		switch {
		case user == nil:
			return err
		case !user.EmailVerified:
			// The account may be that of somebody else, who knows its password: see restart.
			return sender.Send(ctx, mail.Message{To: user.Email, Subject: "How to log in", Text: "" +
				"Somebody has asked for a link to log in at " + l.Site + ". There is an account with this address, but nobody has " +
				"confirmed the address yet, so links do not log in to it.\n\n" +
				"If it was you, log in with your password; or choose a new one:\n\n" + l.Site + resetForm.Path + "\n\n" +
				"If it was not you, you need not do anything.\n"})
		}
		link, err := l.link(ctx, l.logins(secret), user, "/login/link/open")
		if err != nil {
			return err
		}
		if next != "" {
			link += "&next=" + url.QueryEscape(next)
		}
		return sender.Send(ctx, mail.Message{To: user.Email, Subject: "Your link to log in", Text: "" +
			"Open this link within 15 minutes, in the browser in which you have asked for it:\n\n" + link + "\n\n" +
			"If you did not ask for it, you need not do anything: the link works in no other browser.\n"})
	}
}

func loginPage(c *gin.Context, user *account.User) *web.Form {
	return web.NewForm(c, "linklogin.html", gin.H{
		"title": "Log in", "page": "/login", "user": user, "token": tokenOf(c), "remember": c.PostForm("remember") != "",
	})
}

// ownUser is userOf for links of this browser.
func (l *Links) ownUser(c *gin.Context) (*account.User, bool) {
	browser := l.browser(c)
	if browser == "" {
		discreet(c)
		loginGone.answer(c)
		return nil, false
	}
	user, ok := l.userOf(c, l.logins(browser), loginGone)
	return user, ok
}

func (l *Links) showLogin(c *gin.Context) {
	if user, ok := l.ownUser(c); ok {
		loginPage(c, user).Show(c)
	}
}

// logIn spends the link and logs the user in, by the way that all logins take: those who have a second factor are
// asked for it.
func (l *Links) logIn(c *gin.Context) {
	user, ok := l.ownUser(c)
	if !ok {
		return
	}
	form := loginPage(c, user)
	result, err := l.DB.ExecContext(c.Request.Context(), `
		UPDATE users SET links_used = links_used + 1
		WHERE id = $1 AND links_used = $2 AND email = $3 AND security_stamp = $4 AND active AND email_verified`,
		user.ID, user.LinksUsed, user.Email, user.SessionHash())
	switch err := oneRow(result, err); {
	case errors.Is(err, account.ErrWrongCredentials):
		loginGone.answer(c)
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	l.setBrowser(c, "", -time.Second)
	err = l.LogIn(c, user, "/", ginlogin.Via(Method), ginlogin.Remember(c.PostForm("remember") != ""))
	switch {
	case errors.Is(err, ginlogin.ErrInactiveUser):
		loginGone.answer(c)
	case err != nil:
		web.Outage(c, err) // the link is spent: the form could not be sent again
	}
}
