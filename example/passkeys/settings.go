package passkeys

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/useragent"
	"github.com/ginlogin/ginlogin/example/web"
)

// entry is a passkey on the page.
type entry struct {
	passkey
	Used   string // LastUsed in words
	Synced bool   // it outlives the device
}

// form is the page of passkeys, or nil if it has answered that the database cannot be reached.
func (p *Passkeys) form(c *gin.Context) *web.Form {
	data := gin.H{"title": "Passkeys", "page": "/settings", "name": c.PostForm("name")}
	if c.Request.Method == http.MethodGet {
		data["name"] = useragent.Describe(c.Request.UserAgent())
	}
	p.describe(c, data)
	if party, err := p.relyingParty(c); err == nil {
		if err := p.addList(c, party.Config.RPID, data); err != nil {
			web.Outage(c, err)
			return nil
		}
	}
	return web.NewForm(c, "passkeys.html", data)
}

func (p *Passkeys) addList(c *gin.Context, domain string, data gin.H) error {
	user, _ := ginlogin.UserAs[*account.User](c)
	o, err := p.ownerOf(c.Request.Context(), domain, user)
	if err != nil {
		return err
	}
	entries, ids := make([]entry, len(o.passkeys)), make([]protocol.URLEncodedBase64, len(o.passkeys))
	for i, one := range o.passkeys {
		entries[i] = entry{passkey: one, Synced: one.Credential.Flags.BackupState}
		if !one.LastUsed.IsZero() {
			entries[i].Used = web.Ago(p.Now(), one.LastUsed)
		}
		ids[i] = one.Credential.ID
	}
	// What the script tells the browser, so that it stops offering passkeys that were removed here.
	accepted, err := json.Marshal(gin.H{
		"rpId": domain, "userId": base64.RawURLEncoding.EncodeToString(o.handle), "allAcceptedCredentialIds": ids,
	})
	data["list"], data["accepted"] = entries, string(accepted)
	return err
}

func (p *Passkeys) show(c *gin.Context) {
	if form := p.form(c); form != nil {
		form.Show(c)
	}
}

const nameless = "Enter a name, so that you know later which one it is."

func nameOf(c *gin.Context) (name, problem string) {
	name = strings.TrimSpace(c.PostForm("name"))
	return name, rules.Label(name, 60, nameless)
}

// beginAdd has the browser make a passkey, unless its device has one of the user's already.
func (p *Passkeys) beginAdd(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	if _, problem := nameOf(c); problem != "" { // before the device has a passkey that we would refuse
		refuse(c, http.StatusUnprocessableEntity, problem)
		return
	}
	party, o := p.begin(c, user)
	if o == nil {
		return
	}
	if len(o.passkeys) >= maxPasskeys {
		refuse(c, http.StatusConflict, toldTooMany)
		return
	}
	options, ceremony, err := party.BeginRegistration(o,
		webauthn.WithExclusions(webauthn.Credentials(o.WebAuthnCredentials()).CredentialDescriptors()),
		webauthn.WithExtensions(webauthn.WithExtensionCredProps())) // some password managers answer it unasked
	if err != nil {
		web.Outage(c, err)
		return
	}
	p.issue(c, adding, user, options.Response, ceremony)
}

const toldTooMany = "You have reached the limit of passkeys. Remove one that you no longer need."

func (p *Passkeys) add(c *gin.Context) {
	form := p.form(c)
	if form == nil {
		return
	}
	name, problem := nameOf(c)
	if problem != "" {
		form.Refuse(c, http.StatusUnprocessableEntity, "name", problem)
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	err := p.register(c, user, name)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		p.Audit.Event(c, slog.LevelWarn, "passkey_refused", refused.reason)
		form.Refuse(c, http.StatusUnprocessableEntity, "form", refused.told)
	case errors.Is(err, errTooMany):
		form.Refuse(c, http.StatusUnprocessableEntity, "form", toldTooMany)
	case errors.Is(err, errTaken):
		form.Refuse(c, http.StatusUnprocessableEntity, "form", "This passkey has been added already.")
	case err != nil:
		form.Fail(c, err)
	default:
		p.Audit.Event(c, slog.LevelInfo, "passkey_added", "by the user")
		p.Tell(c, user, "A passkey was added", "A new passkey can log in to your account. If it was not you, log in, remove it in the settings, "+
			"change your password, and log out your other devices.")
		web.Done(c, "“"+name+"” is ready: you can log in with it.", Entry.Path)
	}
}

// register keeps the passkey that the browser has made.
func (p *Passkeys) register(c *gin.Context, user *account.User, name string) error {
	const told = "Your browser's answer was not a passkey for this site. Please try again."
	party, err := p.relyingParty(c)
	if err != nil {
		return &refusal{user, told, err.Error()}
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(c.PostForm("credential")))
	if err != nil {
		return &refusal{user, told, "no answer of an authenticator"}
	}
	ceremony, err := p.spend(c, adding, user, answer.Response.CollectedClientData.Challenge)
	switch {
	case errors.Is(err, errNoChallenge):
		return &refusal{user, toldLate, err.Error()}
	case err != nil:
		return err
	}
	o, err := p.ownerOf(c.Request.Context(), party.Config.RPID, user)
	if err != nil {
		return err
	}
	credential, err := party.CreateCredential(o, ceremony, answer)
	if err != nil {
		return &refusal{user, told, err.Error()}
	}
	return p.insert(c.Request.Context(), party.Config.RPID, user, name, credential)
}

// find returns the passkey of the user with the ID, and how many there are; or false if it has answered that there
// is none.
func (p *Passkeys) find(c *gin.Context, id string) (one passkey, domain string, last, ok bool) {
	user, _ := ginlogin.UserAs[*account.User](c)
	party, err := p.relyingParty(c)
	if err != nil {
		c.Redirect(http.StatusSeeOther, Entry.Path) // it says where passkeys work
		return one, "", false, false
	}
	found, err := p.list(c.Request.Context(), party.Config.RPID, user)
	if err != nil {
		web.Outage(c, err)
		return one, "", false, false
	}
	i := slices.IndexFunc(found, func(one passkey) bool { return one.ID == id })
	if i < 0 {
		gone(c)
		return one, "", false, false
	}
	return found[i], party.Config.RPID, len(found) == 1, true
}

func gone(c *gin.Context) { web.Say(c, "info", "That passkey was removed already.", Entry.Path) }

func renameForm(c *gin.Context, one passkey, name string) *web.Form {
	return web.NewForm(c, "passkey-rename.html", gin.H{
		"title": "Rename a passkey", "page": "/settings", "id": one.ID, "old": one.Name, "name": name,
	})
}

func (p *Passkeys) askForName(c *gin.Context) {
	if one, _, _, ok := p.find(c, c.Query("id")); ok {
		renameForm(c, one, one.Name).Show(c)
	}
}

func (p *Passkeys) rename(c *gin.Context) {
	one, _, _, ok := p.find(c, c.PostForm("id"))
	if !ok {
		return
	}
	form := renameForm(c, one, c.PostForm("name"))
	name, problem := nameOf(c)
	if problem != "" {
		form.Refuse(c, http.StatusUnprocessableEntity, "name", problem)
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	switch err := p.setName(c.Request.Context(), user, one.ID, name); {
	case errors.Is(err, errNotFound):
		gone(c)
	case err != nil:
		form.Fail(c, err)
	default:
		p.Audit.Event(c, slog.LevelInfo, "passkey_renamed", "by the user")
		web.Done(c, "The passkey is now called “"+name+"”.", Entry.Path)
	}
}

func removeForm(c *gin.Context, one passkey, last bool) *web.Form {
	return web.NewForm(c, "passkey-remove.html", gin.H{
		"title": "Remove this passkey?", "page": "/settings", "id": one.ID, "name": one.Name, "last": last,
	})
}

func (p *Passkeys) askToRemove(c *gin.Context) {
	if one, _, last, ok := p.find(c, c.Query("id")); ok {
		removeForm(c, one, last).Show(c)
	}
}

// remove asks for the password before it removes the last passkey: a user who has long logged in by passkey may
// have forgotten the password, and would notice only at the next login.
func (p *Passkeys) remove(c *gin.Context) {
	one, domain, last, ok := p.find(c, c.PostForm("id"))
	if !ok {
		return
	}
	form := removeForm(c, one, last)
	user, _ := ginlogin.UserAs[*account.User](c)
	if last {
		if _, ok := p.Passwords.CheckPassword(c, form, user, "password"); !ok {
			return
		}
	}
	switch err := p.delete(c.Request.Context(), domain, user, one.ID, last); {
	case errors.Is(err, errNotFound):
		gone(c)
	case errors.Is(err, errLast): // another tab has removed the others meanwhile
		removeForm(c, one, true).Refuse(c, http.StatusUnprocessableEntity, "password", "This is now your last passkey. Give your password to remove it.")
	case err != nil:
		form.Fail(c, err)
	default:
		p.Audit.Event(c, slog.LevelInfo, "passkey_removed", "by the user")
		p.Tell(c, user, "A passkey was removed", "A passkey can no longer log in to your account. If it was not you, log in with your password, and change it.")
		web.Done(c, "You can no longer log in with “"+one.Name+"”. Devices that are logged in stay logged in.", Entry.Path)
	}
}
