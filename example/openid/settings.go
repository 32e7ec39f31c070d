package openid

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
)

// entry is a linked account on the page.
type entry struct {
	link
	Provider string
	Present  bool   // of the provider that one can log in with
	Used     string // LastUsed in words
}

// form is the page of linked accounts; or nil, if it has answered that the database cannot be reached.
func (o *OpenID) form(c *gin.Context) *web.Form {
	ctx := c.Request.Context()
	user, _ := ginlogin.UserAs[*account.User](c)
	links, err := o.linksOf(ctx, user)
	var password bool
	if err == nil {
		password, err = o.hasPassword(ctx, user)
	}
	if err != nil {
		o.outage(c, err)
		return nil
	}
	entries, linked := make([]entry, len(links)), false
	for i, l := range links {
		entries[i] = entry{link: l, Provider: o.nameOf(l.Issuer), Present: l.Issuer == o.Settings.Issuer}
		if !l.LastUsed.IsZero() {
			entries[i].Used = web.Ago(o.Now(), l.LastUsed)
		}
		linked = linked || entries[i].Present && !l.Paused
	}
	return web.NewForm(c, "openid.html", gin.H{
		"title": "Linked accounts", "page": "/settings", "provider": o.Settings.Name, "demo": o.Settings.Demo,
		"links": entries, "linked": linked, "password": password,
	})
}

// nameOf is what people call an issuer.
func (o *OpenID) nameOf(issuer string) string {
	if issuer == o.Settings.Issuer {
		return strings.ToUpper(o.Settings.Name[:1]) + o.Settings.Name[1:]
	}
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		return u.Host
	}
	return issuer
}

func (o *OpenID) show(c *gin.Context) {
	if form := o.form(c); form != nil {
		form.Show(c)
	}
}

// askToLink asks before the account that the provider has confirmed is linked. Without the question, an attacker who
// makes a victim's browser open two addresses, one of the provider and one of ours, could link the attacker's
// account.
func (o *OpenID) askToLink(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	p, err := o.lookAt(c.Request.Context(), o.browser(c), forLinking)
	if err == nil && p.user != 0 && p.user != user.ID {
		err = errNoProof // began by another user, in the same browser
	}
	switch {
	case errors.Is(err, errNoProof):
		web.Say(c, "info", "That took too long. Please start again.", settingsPath)
	case err != nil:
		o.outage(c, err)
	default:
		web.Question{
			Title: "Link this account?", Button: "Link the account", Action: settingsPath + "/finish", Back: settingsPath, Page: "/settings",
			Text: "Whoever can log in with " + o.Settings.Name + " as " + p.described() +
				" can then log in here as " + user.Name + " (" + user.Email + "). Link it only if both are yours.",
			Fields: map[string]string{"proof": p.id},
		}.Ask(c)
	}
}

// described names the account in words.
func (i identity) described() string {
	switch {
	case i.Name != "" && i.Email != "":
		return i.Name + " (" + i.Email + ")"
	case i.Name+i.Email != "":
		return i.Name + i.Email
	}
	return "somebody without a name, number " + i.Subject
}

func (o *OpenID) finishLink(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	p, err := o.take(c.Request.Context(), o.DB, o.browser(c), c.PostForm("proof"), forLinking)
	if err == nil && p.user != 0 && p.user != user.ID {
		err = errNoProof
	}
	if err == nil {
		err = o.link(c.Request.Context(), user, p.identity)
	}
	say := func(category, message string) { web.Say(c, category, message, settingsPath) }
	switch {
	case errors.Is(err, errNoProof):
		say("info", "That was done already, or took too long.")
	case errors.Is(err, errLinkedByOther):
		say("error", "That account opens another account of this site already. Unlink it there first.")
	case errors.Is(err, errLinkedAnother):
		say("error", "You have linked another account of "+o.Settings.Name+". Unlink it first.")
	case errors.Is(err, errChanged):
		say("error", "Your password has just changed. Nothing has been linked.")
	case err != nil:
		o.outage(c, err)
	default:
		o.setCookie(c, "", -time.Second)
		o.Audit.Event(c, slog.LevelWarn, "openid_linked", "by the user, with "+o.Settings.Issuer)
		o.Tell(c, user, "An account was linked", "From now on whoever can log in with "+o.Settings.Name+" as "+p.described()+
			" can log in as you. If it was not you, log in, unlink it, and change your password.")
		say("success", "Your account of "+o.Settings.Name+" is linked. You can log in with it.")
	}
}

const unlinkedAlready = "That account was not linked any more."

func (o *OpenID) askToUnlink(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	issuer := c.Query("issuer")
	links, err := o.linksOf(c.Request.Context(), user)
	switch {
	case err != nil:
		o.outage(c, err)
		return
	case !slices.ContainsFunc(links, func(l link) bool { return l.Issuer == issuer }):
		web.Say(c, "info", unlinkedAlready, settingsPath)
		return
	}
	web.Question{
		Title: "Unlink this account?", Button: "Unlink the account", Action: settingsPath + "/unlink", Back: settingsPath, Page: "/settings",
		Text:   o.nameOf(issuer) + " opens your account here no longer, and your other devices that came in that way are logged out.",
		Fields: map[string]string{"issuer": issuer},
	}.Ask(c)
}

func (o *OpenID) postUnlink(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	issuer := c.PostForm("issuer")
	err := errNotLinked
	if rules.IsText(issuer) { // PostgreSQL takes no other
		err = o.unlink(c.Request.Context(), user, issuer)
	}
	switch {
	case errors.Is(err, errNotLinked):
		web.Say(c, "info", unlinkedAlready, settingsPath)
	case errors.Is(err, errLastWayIn):
		web.Say(c, "error", "Without this link you could not log in any more. Choose a password first.", settingsPath)
	case errors.Is(err, errChanged):
		web.Say(c, "error", "Your password has just changed. Please try again.", settingsPath)
	case err != nil:
		o.outage(c, err)
	default:
		o.Audit.Event(c, slog.LevelWarn, "openid_unlinked", "by the user, from "+issuer)
		o.Tell(c, user, "An account was unlinked", o.nameOf(issuer)+" opens your account no longer. If it was not you, log in and change your password.")
		if err := o.endOthers(c, user, issuer); err != nil {
			o.outage(c, err)
			return
		}
		web.Done(c, "The account is unlinked. It opens nothing here any more.", settingsPath)
	}
}

// endOthers ends the logins of the user that came from an issuer, except this one: the user may unlink an account
// because a thief has it.
func (o *OpenID) endOthers(c *gin.Context, user *account.User, issuer string) error {
	return o.endLogins(still(c), user.GetID(), func(l ginlogin.StoredLogin) bool {
		return strings.HasPrefix(l.ExternalID, issuer+" ") && l.ID != ginlogin.LoginID(c)
	})
}

// choosePassword gives a user without a password a first one. The new stamp would pause the user's link, but no
// stranger made it: this login is fresh, and there was no other way in.
func (o *OpenID) choosePassword(c *gin.Context) {
	ctx := c.Request.Context()
	form := o.form(c)
	if form == nil {
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	chosen := c.PostForm("new_password")
	form.Check("new_password", rules.Password(chosen, user.Email))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	has, err := o.hasPassword(ctx, user)
	if err == nil && has {
		err = account.ErrWrongCredentials
	}
	before, changed := user.SessionHash(), *user
	if err == nil {
		err = o.Users.SetPassword(ctx, &changed, chosen)
	}
	switch {
	case errors.Is(err, account.ErrWrongCredentials):
		web.Say(c, "info", "You have a password already. Change it in the settings.", "/settings")
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	o.note(c, "password_changed", "the first one, by the user")
	o.Tell(c, user, "You have a password now", "A first password was set for your account. If it was not you, write to the people who run this site.")
	if err := o.moveLinks(still(c), user.ID, before, changed.SessionHash()); err != nil {
		c.Error(err) // paused: the user links again
	}
	o.Passwords.RememberDevice(c, &changed)
	if err := ginlogin.LogoutOthers(c, &changed); err != nil {
		c.Error(err)
		web.Done(c, "You have a password now. Please log in with it.", "/login")
		return
	}
	web.Done(c, "You have a password now. All your other devices are logged out.", settingsPath)
}
