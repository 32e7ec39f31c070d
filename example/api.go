package main

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// userByToken is the request loader: it is asked when neither the session nor a remember cookie names
// a user. A nil user is nobody. Tokens are for programs, so they open the API and no page.
func (s *site) userByToken(c *gin.Context) (*User, error) {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(c.FullPath(), "/api/") {
		return nil, nil
	}
	return s.users.FindByToken(c.Request.Context(), token)
}

// me tells a program whose token it has.
func me(c *gin.Context) {
	user, _ := ginlogin.UserAs[*User](c)
	c.JSON(http.StatusOK, gin.H{"id": user.GetID(), "email": user.Email, "name": user.Name})
}
