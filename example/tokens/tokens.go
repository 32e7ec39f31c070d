package tokens

import (
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

//go:embed schema.sql
var tables string

// Schema is the table of the tokens.
var Schema = database.Schema{Tables: tables}

// Entry leads to the page.
var Entry = web.Entry{Text: "Tokens", Path: "/tokens", Hint: "For programs that act for you", Icon: "key"}

// Tokens is the feature.
type Tokens struct {
	Users *account.Users
	DB    *sql.DB
	Audit web.Audit
}

// Routes registers the page on routes for users who are logged in. Revoking a token requires no fresh
// login: it only takes access away, and a user who has lost a token is in a hurry. Making a token gives
// access, and requires one.
func (t *Tokens) Routes(members gin.IRouter) {
	members.GET("/tokens", t.show)
	members.POST("/tokens", ginlogin.FreshLoginRequired(), t.make)
	members.GET("/tokens/revoke", t.askToRevoke)
	members.POST("/tokens/revoke", t.revoke)
}

// API registers what a token opens, on the group /api.
func (t *Tokens) API(api gin.IRouter) { api.GET("/me", me) }

// tokenEntry is a token on the tokens page.
type tokenEntry struct {
	Token
	Used string // LastUsed in words
}

// form is the page with the user's tokens and the form for another one; or nil if the database cannot
// be reached, and it has answered then.
func (t *Tokens) form(c *gin.Context) *web.Form {
	user, _ := ginlogin.UserAs[*account.User](c)
	found, err := t.List(c.Request.Context(), user)
	if err != nil {
		web.Outage(c, err)
		return nil
	}
	entries, now := make([]tokenEntry, len(found)), time.Now()
	for i, token := range found {
		entries[i] = tokenEntry{Token: token}
		if !token.LastUsed.IsZero() {
			entries[i].Used = web.Ago(now, token.LastUsed)
		}
	}
	return web.NewForm(c, "tokens.html", gin.H{
		"title": "API tokens", "page": Entry.Path, "tokens": entries, "name": c.PostForm("name"),
	})
}

func (t *Tokens) show(c *gin.Context) {
	if form := t.form(c); form != nil {
		form.Show(c)
	}
}

// make shows the new token on the page it answers with, and does not redirect: the token would
// have to wait in the session, and so in a cookie, for the next page to show it.
func (t *Tokens) make(c *gin.Context) {
	form := t.form(c)
	if form == nil {
		return
	}
	name := strings.TrimSpace(c.PostForm("name"))
	form.Check("name", rules.Label(name, 60, "Enter a name, so that you know later what the token was for."))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	user, _ := ginlogin.UserAs[*account.User](c)
	token, err := t.New(c.Request.Context(), user, name)
	switch {
	case errors.Is(err, errTooManyTokens):
		form.Refuse(c, http.StatusUnprocessableEntity, "form",
			"You have reached the limit of tokens. Revoke one that you no longer need.")
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	t.Audit.Event(c, slog.LevelInfo, "token_made", "by the user")
	web.Render(c, http.StatusOK, "token.html", gin.H{"title": "Your new token", "page": Entry.Path, "name": name, "token": token})
}

const revokedAlready = "That token was revoked already."

func (t *Tokens) askToRevoke(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	token, err := t.Find(c.Request.Context(), user, c.Query("id"))
	switch {
	case errors.Is(err, errTokenNotFound):
		web.Say(c, "info", revokedAlready, Entry.Path)
	case err != nil:
		web.Outage(c, err)
	default:
		web.Question{
			Title: "Revoke this token?", Button: "Revoke the token", Action: "/tokens/revoke", Back: Entry.Path, Page: Entry.Path,
			Text:   "Programs that use “" + token.Name + "” stop working at once. A revoked token cannot be brought back.",
			Fields: map[string]string{"id": token.ID},
		}.Ask(c)
	}
}

func (t *Tokens) revoke(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	err := t.Revoke(c.Request.Context(), user, c.PostForm("id"))
	switch {
	case errors.Is(err, errTokenNotFound):
		web.Say(c, "info", revokedAlready, Entry.Path)
	case err != nil:
		web.Outage(c, err)
	default:
		t.Audit.Event(c, slog.LevelInfo, "token_revoked", "by the user")
		web.Done(c, "The token has been revoked. It no longer works.", "/tokens")
	}
}
