package hosts

import (
	"context"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// called returns a finder of one account, whose ID is 1.
func called(name string) Finder {
	return func(_ context.Context, id string) (*Account, error) {
		if id != "1" {
			return nil, ginlogin.ErrUserNotFound
		}
		return &Account{ID: id, Name: name}, nil
	}
}

func TestHostsThatShareTheirUsersShareALogin(t *testing.T) {
	b := browser.Open(t, newSite(key))
	shop, help, login := b.At("shop.example.com"), b.At("help.example.com"), b.At("login.example.com")
	next := url.QueryEscape("https://shop.example.com/")
	shop.Want(shop.Get("/"), "302 https://login.example.com/login?next="+next)
	login.Want(login.Post("/login?next="+next, "id", "1"), "303 https://shop.example.com/")
	shop.Want(shop.Get("/"), "200 Hi Ada")
	help.Want(help.Get("/"), "200 Hi Ada")
	help.Want(help.Post("/logout"), "303 /")
	shop.Want(shop.Get("/"), "302 https://login.example.com/login?next="+next)
}

func TestNextLeadsToNoForeignHost(t *testing.T) {
	login := browser.Open(t, newSite(key)).At("login.example.com")
	for _, next := range []string{"https://evil.example/", "//evil.example/", "http://shop.example.com/", "https://shop.example.com.evil.example/", "https://user.example.com/"} {
		login.Want(login.Post("/login?next="+url.QueryEscape(next), "id", "1"), "303 /")
	}
	login.Want(login.Post("/login?next=%2Forders", "id", "1"), "303 /orders")
}

func TestHostsWithUsersOfTheirOwnShareNothing(t *testing.T) {
	site, err := separate(map[string]func([]byte) *gin.Engine{
		"a.example.com": siteWith(called("Ada")), "b.example.com": siteWith(called("Barbara")),
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	visitor := browser.Open(t, site)
	a, b := visitor.At("a.example.com"), visitor.At("b.example.com")
	a.Want(a.Post("/login", "id", "1"), "303 /")
	a.Want(a.Get("/"), "200 Hi Ada")
	b.Want(b.Get("/"), "302 /login?next=%2F")

	carried := visitor.Another().At("b.example.com")
	for _, name := range []string{"__Host-session", "remember_token"} {
		value := a.Cookie(name)
		if value == "" {
			t.Fatalf("there is no cookie %s", name)
		}
		carried.SetCookie(name, value)
	}
	carried.Want(carried.Get("/"), "302 /login?next=%2F")

	other := visitor.At("c.example.com")
	other.Want(other.Get("/"), "421 no such site")
}
