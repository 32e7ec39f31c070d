package links

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/web"
)

var verifyGone = gone{"Such a link works once, for two days, and only for the account and the address that it was sent for.", Entry.Path, "Your e-mail address"}

// Welcome sends a new user the link that verifies the address. Without it the account can be used all the same.
func (l *Links) Welcome(c *gin.Context, user *account.User) {
	err := l.count(c, user.Email)
	if err == nil {
		err = l.Mails.Add(l.sendVerification(user, user.Email))
	}
	if err != nil {
		c.Error(err) // the settings have a button for another mail
	}
}

func (l *Links) sendVerification(user *account.User, address string) mail.Job {
	return func(ctx context.Context, sender mail.Sender) error {
		link, err := l.link(ctx, l.verifications(address), user, "/verify")
		if err != nil {
			return err
		}
		return sender.Send(ctx, mail.Message{To: address, Subject: "Confirm your e-mail address", Text: "" +
			"Somebody has entered this address for an account at " + l.Site + ".\n\n" +
			"If it was you, confirm it here within two days:\n\n" + link + "\n\n" +
			"If it was not you, you need not do anything: without you nobody can confirm it.\n"})
	}
}

// claimed returns the user of the token and the address that it was sent to, or false if it has answered.
//
// Only the user may verify: otherwise a person who gets such a mail without having registered could verify, with one
// click, the address of an account whose password an attacker has. It also means that the link alone opens nothing,
// so that it may stand in the "next" of the login page.
func (l *Links) claimed(c *gin.Context) (*account.User, string, bool) {
	discreet(c)
	visitor, _ := ginlogin.UserAs[*account.User](c)
	wanted, err := l.wanted(c.Request.Context(), visitor)
	if err != nil {
		web.Outage(c, err)
		return nil, "", false
	}
	addresses := []string{wanted}
	if !visitor.EmailVerified {
		addresses = append(addresses, visitor.Email)
	}
	for _, address := range addresses {
		user, err := l.verifications(address).User(c.Request.Context(), tokenOf(c))
		switch {
		case err == nil && address != "" && user.ID == visitor.ID && user.IsActive():
			return user, address, true
		case err != nil && !errors.Is(err, ginlogin.ErrBadToken):
			web.Outage(c, err)
			return nil, "", false
		}
	}
	verifyGone.answer(c)
	return nil, "", false
}

func (l *Links) showVerify(c *gin.Context) {
	if _, address, ok := l.claimed(c); ok {
		web.NewForm(c, "linkverify.html", gin.H{
			"title": "Confirm your e-mail address", "address": address, "token": tokenOf(c),
		}).Show(c)
	}
}

func (l *Links) verify(c *gin.Context) {
	user, address, ok := l.claimed(c)
	if !ok {
		return
	}
	before := *user
	switch err := l.setAddress(c.Request.Context(), user, address); {
	case errors.Is(err, account.ErrWrongCredentials):
		verifyGone.answer(c)
		return
	case errors.Is(err, account.ErrEmailTaken):
		gone{"Another account has this address by now.", Entry.Path, "Your e-mail address"}.answer(c)
		return
	case err != nil:
		web.Outage(c, err)
		return
	}
	if address == before.Email {
		l.Audit.Event(c, slog.LevelInfo, "address_verified", "by a link")
	} else {
		l.Audit.Event(c, slog.LevelWarn, "address_changed", "by a link")
		l.Tell(c, &before, "Your e-mail address has been changed", "Your account has another e-mail address from now on. "+
			"This one cannot be used for it any more.\n\n"+
			"If it was not you, write to the people who run the site at once.")
	}
	web.Done(c, "Your e-mail address is confirmed.", "/")
}

// setAddress gives the account the address, which is verified, or returns account.ErrWrongCredentials if the
// account is not as the link has found it.
func (l *Links) setAddress(ctx context.Context, user *account.User, address string) error {
	tx, err := l.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	result, err := tx.ExecContext(ctx, `
		UPDATE users SET email = $1, email_verified = TRUE
		WHERE id = $2 AND email = $3 AND security_stamp = $4 AND active AND (email <> $1 OR NOT email_verified)`,
		address, user.ID, user.Email, user.SessionHash())
	if err := oneRow(result, err); err != nil {
		return l.orTaken(ctx, tx, user, address, err)
	}
	result, err = tx.ExecContext(ctx, `DELETE FROM address_changes WHERE user_id = $1 AND email = $2`, user.ID, address)
	if err = oneRow(result, err); err != nil && (address != user.Email || !errors.Is(err, account.ErrWrongCredentials)) {
		return err
	}
	return tx.Commit()
}

// orTaken finds out whether another account is the reason that a statement has failed: each address is in the table
// once. PostgreSQL answers only after the transaction has ended.
func (l *Links) orTaken(ctx context.Context, tx *sql.Tx, user *account.User, address string, err error) error {
	if errors.Is(err, account.ErrWrongCredentials) {
		return err
	}
	tx.Rollback()
	if owner, findErr := l.Users.FindByEmail(ctx, address); findErr == nil && owner.ID != user.ID {
		return account.ErrEmailTaken
	}
	return err
}

// wanted returns the address that the user wants and has not verified, or "".
func (l *Links) wanted(ctx context.Context, user *account.User) (address string, err error) {
	err = l.DB.QueryRowContext(ctx, `SELECT email FROM address_changes WHERE user_id = $1`, user.ID).Scan(&address)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return address, err
}
