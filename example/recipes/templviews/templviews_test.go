package templviews

import (
	"context"
	"errors"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var outage error

func find(_ context.Context, id string) (*Account, error) {
	if outage != nil {
		return nil, outage
	}
	return &Account{ID: id, Name: "Ada & Co."}, nil
}

func TestPagesKnowTheUser(t *testing.T) {
	b := browser.OpenAs(t, Site(find, []byte("a secret key of thirty-two bytes")), &Account{ID: "1"})
	b.Want(b.Get("/"), "200 <title>Analytical engines</title><nav>Hi Ada &amp; Co.</nav><p>Welcome.</p>")
	b.Want(b.Get("/profile"), "200 <title>Profile</title><nav>Hi Ada &amp; Co.</nav><p>Your name is Ada &amp; Co..</p>")
	stranger := b.Another()
	stranger.Want(stranger.Get("/"), `200 <title>Analytical engines</title><nav><a href="/login">Log in</a></nav><p>Welcome.</p>`)
	stranger.Want(stranger.Get("/profile"), "302 /login?next=%2Fprofile")
}

func TestAnOutageDoesNotLookLikeALogout(t *testing.T) {
	b := browser.OpenAs(t, Site(find, []byte("a secret key of thirty-two bytes")), &Account{ID: "1"})
	outage = errors.New("the database is down")
	defer func() { outage = nil }()
	b.Want(b.Get("/"), "503")
}
