package links

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/password"
)

var resetGone = gone{"Such a link works once, for an hour, and only until the password or the address of the account changes.", "/forgot", "Have another link sent"}

func (l *Links) sendReset(_ *gin.Context, email string) mail.Job {
	return func(ctx context.Context, sender mail.Sender) error {
		user, err := l.recipient(ctx, email)
		if user == nil {
			return err
		}
		link, err := l.link(ctx, l.resets(), user, "/reset")
		if err != nil {
			return err
		}
		return sender.Send(ctx, mail.Message{To: user.Email, Subject: "Choose a new password", Text: "" +
			"Somebody has asked for a new password for your account at " + l.Site + ".\n\n" +
			"If it was you, choose it here within an hour:\n\n" + link + "\n\n" +
			"If it was not you, you need not do anything: nobody else has this link, and your password stays as it is.\n"})
	}
}

func resetPage(c *gin.Context, user *account.User) *web.Form {
	return web.NewForm(c, "linkreset.html", gin.H{"title": "Choose a new password", "user": user, "token": tokenOf(c)})
}

func (l *Links) showReset(c *gin.Context) {
	if user, ok := l.userOf(c, l.resets(), resetGone); ok {
		resetPage(c, user).Show(c)
	}
}

// reset sets the password. It logs no user in: the login that follows asks for the second factor, if the user has
// one, and a link for a stranger's account logs no visitor in to it.
func (l *Links) reset(c *gin.Context) {
	user, ok := l.userOf(c, l.resets(), resetGone)
	if !ok {
		return
	}
	form, chosen := resetPage(c, user), c.PostForm("new_password")
	form.Check("new_password", rules.Password(chosen, user.Email))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	before := user.GetID()
	changed, err := l.setPassword(c.Request.Context(), user, chosen)
	switch {
	case errors.Is(err, account.ErrWrongCredentials): // the link has just been used, or has ended for another reason
		resetGone.answer(c)
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	l.audit(c, slog.LevelWarn, "password_reset", changed)
	// The new SessionHash has ended all logins. Their rows are for the page of devices.
	if err := l.Manager.EndLogins(c.Request.Context(), before); err != nil {
		c.Error(err)
	}
	// An attacker who has used up the guesses at the account must not keep its owner from the new password.
	l.Passwords.RememberDevice(c, changed)
	l.Tell(c, changed, "Your password has been changed", "The password of your account has been changed "+
		"with a link that we have sent to this address. All devices are logged out.\n\n"+
		"If it was not you, somebody else reads your mails. Change the password of your mailbox first, and then choose another one here:\n\n"+
		l.Site+resetForm.Path)
	web.Done(c, "Your password has been changed, and all devices are logged out. Log in with the new password.", "/login")
}

func (l *Links) setPassword(ctx context.Context, user *account.User, chosen string) (*account.User, error) {
	if !user.EmailVerified {
		return l.restart(ctx, user, chosen)
	}
	return user, l.Users.SetPassword(ctx, user, chosen)
}

// restart puts a new account in the place of one whose address nobody has verified. Its maker may never have had the
// mailbox: an attacker can register the address of a victim, leave a passkey, a token or an account of another site
// in it, and wait until the victim takes it over with a new password (pre-hijacking). The new account has another
// ID, so it gets nothing that a feature keeps for the old one, nor its role. Those who did register
// themselves lose what they made before they verified.
func (l *Links) restart(ctx context.Context, user *account.User, chosen string) (*account.User, error) {
	hash, err := password.Hash(ctx, chosen)
	if err != nil {
		return nil, fmt.Errorf("starting the account of user %d anew: %w", user.ID, err)
	}
	tx, err := l.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("starting the account of user %d anew: %w", user.ID, err)
	}
	defer tx.Rollback()
	result, err := tx.ExecContext(ctx, `
		DELETE FROM users WHERE id = $1 AND email = $2 AND security_stamp = $3 AND active AND NOT email_verified`,
		user.ID, user.Email, user.SessionHash())
	if err := oneRow(result, err); err != nil {
		return nil, err
	}
	var id int64
	err = tx.QueryRowContext(ctx, `
		INSERT INTO users (email, name, password_hash, security_stamp, email_verified) VALUES ($1, $2, $3, $4, TRUE)
		RETURNING id`, user.Email, user.Name, hash, rand.Text()).Scan(&id)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return nil, fmt.Errorf("starting the account of user %d anew: %w", user.ID, err)
	}
	return l.Users.FindByID(ctx, id)
}
