package tokens

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
)

// FromRequest is the request loader: it is asked when neither the session nor a remember cookie names
// a user. A nil user means that the request has no valid token. Tokens are for programs, so they open
// the API and no page.
func (t *Tokens) FromRequest(c *gin.Context) (*account.User, error) {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(c.FullPath(), "/api/") {
		return nil, nil
	}
	return t.Owner(c.Request.Context(), token)
}

// me tells a program whose token it has.
func me(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	c.JSON(http.StatusOK, gin.H{"id": user.GetID(), "email": user.Email, "name": user.Name})
}
