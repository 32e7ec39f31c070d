package links

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
)

// addressPage is the page with the user's address, and the one that waits; or nil, if it has answered.
func (l *Links) addressPage(c *gin.Context) *web.Form {
	user, _ := ginlogin.UserAs[*account.User](c)
	wanted, err := l.wanted(c.Request.Context(), user)
	if err != nil {
		web.Outage(c, err)
		return nil
	}
	return web.NewForm(c, "linkaddress.html", gin.H{
		"title": "E-mail address", "page": "/settings", "wanted": wanted, "email": c.PostForm("email"), "printed": l.Printed,
	})
}

func (l *Links) showAddress(c *gin.Context) {
	if form := l.addressPage(c); form != nil {
		form.Show(c)
	}
}

// changeAddress writes down the address that the user wants. Whether another account has it, the page does not say:
// the mail does, and only its owner reads that.
func (l *Links) changeAddress(c *gin.Context) {
	form := l.addressPage(c)
	if form == nil {
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	email := rules.NormalizeEmail(c.PostForm("email"))
	form.Check("email", rules.Email(email))
	if email == user.Email {
		form.Check("email", "This is your address already. Enter another one.")
	}
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	if !l.queue(c, form, "email", email, l.sendChange(user, email)) {
		return
	}
	// If this fails, the link that is under way does not work.
	if _, err := l.DB.ExecContext(c.Request.Context(), `
		INSERT INTO address_changes (user_id, email) VALUES ($1, $2)
		ON CONFLICT (user_id) DO UPDATE SET email = excluded.email`, user.ID, email); err != nil {
		form.Fail(c, err)
		return
	}
	l.Audit.Event(c, slog.LevelWarn, "address_change_asked", "by the user")
	l.Tell(c, user, "Your e-mail address is to be changed", "Somebody who is logged in to your account "+
		"wants to give it another e-mail address. It counts as soon as it is confirmed there.\n\n"+
		"If it was not you, choose a new password here. That logs the other one out, and no other address can be confirmed any more:\n\n"+
		l.Site+resetForm.Path)
	web.Say(c, "info", "We have sent a link to "+email+". Until you have opened it, your address stays as it is.", Entry.Path)
}

// sendChange sends the link, or tells the owner of an address that is taken.
func (l *Links) sendChange(user *account.User, email string) mail.Job {
	return func(ctx context.Context, sender mail.Sender) error {
		switch _, err := l.Users.FindByEmail(ctx, email); {
		case errors.Is(err, sql.ErrNoRows):
			return l.sendVerification(user, email)(ctx, sender)
		case err != nil:
			return err
		}
		return sender.Send(ctx, mail.Message{To: email, Subject: "This address has an account", Text: "" +
			"Somebody wants to use this address for another account at " + l.Site + ". It belongs to an account already, " +
			"and an address can belong to one only.\n\n" +
			"If it was you, log in to the account that has it; you can choose a new password here:\n\n" + l.Site + resetForm.Path + "\n\n" +
			"If it was not you, you need not do anything.\n"})
	}
}

// sendAgain sends another link to the address that waits for its verification.
func (l *Links) sendAgain(c *gin.Context) {
	form := l.addressPage(c)
	if form == nil {
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	address, err := l.wanted(c.Request.Context(), user)
	switch {
	case err != nil:
		form.Fail(c, err)
		return
	case address != "":
		if !l.queue(c, form, "form", address, l.sendChange(user, address)) {
			return
		}
	case user.EmailVerified:
		web.Say(c, "info", "Your e-mail address is confirmed already.", Entry.Path)
		return
	default:
		if address = user.Email; !l.queue(c, form, "form", address, l.sendVerification(user, address)) {
			return
		}
	}
	web.Say(c, "info", "We have sent another link to "+address+".", Entry.Path)
}

// cancelChange deletes the waiting address, whose link no longer works then.
func (l *Links) cancelChange(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	if _, err := l.DB.ExecContext(c.Request.Context(), `DELETE FROM address_changes WHERE user_id = $1`, user.ID); err != nil {
		web.Outage(c, err)
		return
	}
	web.Done(c, "Your e-mail address stays as it is.", Entry.Path)
}
