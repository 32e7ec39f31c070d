package links

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

// askForm is a page where a visitor has a link sent to an address.
type askForm struct {
	Title, Lead, Path, Button string
	Lifetime                  time.Duration
}

var (
	resetForm = askForm{"Forgot your password?", "We send a link to your e-mail address. With it you choose a new password.",
		"/forgot", "Send the link", resetLifetime}
	loginForm = askForm{"Log in with a link", "We send a link to your e-mail address. It logs you in, in this browser and without a password.",
		"/login/link", "Send the link", loginLifetime}
)

// The limits of mails count each of them, whether there is an account or not. The owner of an address must not be
// flooded with mails, and an attacker must not be able to try a million addresses, or have the site send as many
// mails.
var (
	PerNetwork = throttle.Limit{Name: "mails for network", Failures: 20, Every: time.Minute}
	PerAddress = throttle.Limit{Name: "mails to address", Failures: 5, Every: 15 * time.Minute}
)

func (l *Links) formOf(c *gin.Context, a askForm) *web.Form {
	return web.NewForm(c, "linkask.html", gin.H{"title": a.Title, "page": a.Path, "ask": a, "email": c.PostForm("email")})
}

func (l *Links) showAsk(a askForm) gin.HandlerFunc {
	return func(c *gin.Context) { l.formOf(c, a).Show(c) }
}

// ask answers the same, and does the same, for every address: it does not look whether there is an account.
func (l *Links) ask(a askForm, send func(c *gin.Context, email string) mail.Job) gin.HandlerFunc {
	return func(c *gin.Context) {
		form := l.formOf(c, a)
		email := rules.NormalizeEmail(c.PostForm("email"))
		form.Check("email", rules.Email(email))
		if form.HasProblems() {
			form.Render(c, http.StatusUnprocessableEntity)
			return
		}
		if !l.queue(c, form, "email", email, send(c, email)) {
			return
		}
		web.Render(c, http.StatusOK, "linksent.html", gin.H{
			"title": "Look into your mailbox", "ask": a, "email": email, "lasting": web.Lasting(a.Lifetime), "printed": l.Printed,
		})
	}
}

// queue adds a job that sends mails to an address, or answers why it does not.
func (l *Links) queue(c *gin.Context, form *web.Form, field, email string, job mail.Job) bool {
	err := l.count(c, email)
	if err == nil {
		err = l.Mails.Add(job)
	}
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
		problem := "We have sent some mails to this address already. Look for them in the folder for spam, too. You can have another one in "
		if wait.Limit.Name == PerNetwork.Name {
			problem = "Too many mails have been asked for from your network. Please try again in "
		}
		form.Refuse(c, http.StatusTooManyRequests, field, problem+web.Lasting(wait.After)+".")
	case errors.Is(err, mail.ErrFull):
		c.Error(err)
		form.Refuse(c, http.StatusServiceUnavailable, "form", "We cannot send mails at the moment. Please try again in a few minutes.")
	case err != nil:
		form.Fail(c, err)
	}
	return err == nil
}

// count counts a mail against the network that asks for it and the address that it goes to.
func (l *Links) count(c *gin.Context, email string) error {
	done, err := l.Passwords.Throttle.Attempt(c.Request.Context(),
		PerNetwork.Of(throttle.Network(c.ClientIP())), PerAddress.Of(email))
	if err != nil {
		l.Audit.Event(c, slog.LevelWarn, "mail_refused", err.Error())
		return err
	}
	done(true)
	return nil
}

// recipient returns the user whom a link may be sent to, or nil. The mail goes to the address in the database, not to
// the one that was typed: two addresses that look alike may be two mailboxes.
func (l *Links) recipient(ctx context.Context, email string) (*account.User, error) {
	user, err := l.Users.FindByEmail(ctx, email)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case !user.IsActive():
		return nil, nil
	}
	return user, nil
}

// Tell sends a user a notice, without a link that does anything. An unverified address gets none: it may be a
// stranger's, who would get mails about an account that is not theirs.
func (l *Links) Tell(c *gin.Context, user *account.User, subject, text string) {
	if !user.EmailVerified {
		return
	}
	address := user.Email
	text += "\n\nThis is about your account at " + l.Site + ".\n"
	err := l.Mails.Add(func(ctx context.Context, sender mail.Sender) error {
		return sender.Send(ctx, mail.Message{To: address, Subject: subject, Text: text})
	})
	if err != nil {
		c.Error(err) // the event has happened, even without the notice
	}
}
