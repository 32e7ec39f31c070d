package admin

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
)

// An Offer is what another feature adds to an account on the page of accounts: what it knows of it, and a link to
// what administrators may do. The page behind the link gets the ID of the account.
type Offer struct{ Badge, Text, Path string }

// Offers returns those of one feature by the IDs of the accounts. The users are in the order of their IDs.
type Offers func(ctx context.Context, me *account.User, users []*account.User) (map[int64]Offer, error)

// offers collects those of all features.
func (a *Area) offers(c *gin.Context, users []*account.User) (map[int64][]Offer, error) {
	me, _ := ginlogin.UserAs[*account.User](c)
	all := map[int64][]Offer{}
	for _, feature := range a.Features {
		found, err := feature(c.Request.Context(), me, users)
		if err != nil {
			return nil, err
		}
		for id, offer := range found {
			all[id] = append(all[id], offer)
		}
	}
	return all, nil
}

// Account returns the account that the form is about, and the page that the form came from; or nil, if it has
// answered that there is none.
func (a *Area) Account(c *gin.Context) (user *account.User, back string) {
	back = a.page(after(c))
	return a.find(c, c.PostForm("id"), back), back
}
