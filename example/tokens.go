package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// tokenEntry is a token on the tokens page.
type tokenEntry struct {
	Token
	Used string // LastUsed in words
}

// tokensForm is the page with the user's tokens and the form for another one; or nil, if it has
// answered that the database cannot be reached.
func (s *site) tokensForm(c *gin.Context) *form {
	user, _ := ginlogin.UserAs[*User](c)
	tokens, err := s.users.Tokens(c.Request.Context(), user)
	if err != nil {
		outage(c, err)
		return nil
	}
	entries, now := make([]tokenEntry, len(tokens)), time.Now()
	for i, t := range tokens {
		entries[i] = tokenEntry{Token: t}
		if !t.LastUsed.IsZero() {
			entries[i].Used = ago(now, t.LastUsed)
		}
	}
	return newForm(c, "tokens.html", gin.H{
		"title": "API tokens", "page": "tokens", "tokens": entries, "name": c.PostForm("name"),
	})
}

func (s *site) showTokens(c *gin.Context) {
	if form := s.tokensForm(c); form != nil {
		form.show(c)
	}
}

// makeToken shows the new token on the page it answers with, and does not redirect: the token would
// have to wait in the session, and so in a cookie, for the next page to show it.
func (s *site) makeToken(c *gin.Context) {
	form := s.tokensForm(c)
	if form == nil {
		return
	}
	name := strings.TrimSpace(c.PostForm("name"))
	form.check("name", checkTokenName(name))
	if len(form.errors) > 0 {
		form.render(c, http.StatusUnprocessableEntity)
		return
	}
	user, _ := ginlogin.UserAs[*User](c)
	token, err := s.users.NewToken(c.Request.Context(), user, name)
	switch {
	case errors.Is(err, errTooManyTokens):
		form.refuse(c, http.StatusUnprocessableEntity, "form",
			"You have as many tokens as one can have. Revoke one that you do not need any more.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	s.auditEvent(c, slog.LevelInfo, "token_made", "by the user")
	render(c, http.StatusOK, "token.html", gin.H{"title": "Your new token", "page": "tokens", "name": name, "token": token})
}

func (s *site) revokeToken(c *gin.Context) {
	user, _ := ginlogin.UserAs[*User](c)
	err := s.users.RevokeToken(c.Request.Context(), user, c.PostForm("id"))
	switch {
	case errors.Is(err, errTokenNotFound):
		say(c, "info", "That token was revoked already.", "/tokens")
	case err != nil:
		outage(c, err)
	default:
		s.auditEvent(c, slog.LevelInfo, "token_revoked", "by the user")
		done(c, "The token has been revoked. Nobody can use it any more.", "/tokens")
	}
}
