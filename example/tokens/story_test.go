package tokens_test

import (
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// README.md shows these two as the model of a story.

func TestStory(t *testing.T) {
	s, v := sitetest.Open(t) // a site over HTTPS, with an account for Ada, and a visitor with cookies
	v.LogIn("remember=1")    // as Ada
	v.Post("/tokens", "name=backup").Is(http.StatusOK).Says("Copy it now")

	copied, stranger := v.Thief(), v.Another() // other browsers: one has a copy of the cookies
	copied.Get("/tokens").Is(http.StatusOK).Says("backup")
	v.Post("/logout").LeadsTo("/")
	copied.Get("/tokens").LeadsTo("/login?next=%2Ftokens")
	stranger.Get("/tokens").LeadsTo("/login?next=%2Ftokens")

	s.Exec(t, `UPDATE users SET active = FALSE`) // behind the site's back
	v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).Is(http.StatusForbidden)
}

func TestBrowserStory(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	ada, stranger := site.Launch(), site.Another().Launch() // two profiles
	ada.LogIn(sitetest.AdaPassword)
	ada.Open("/tokens")
	ada.Heading("API tokens")
	ada.Checked("tokens-none") // 320 to 1,600 pixels, light and dark, and axe finds nothing
	stranger.Open("/tokens")
	stranger.Heading("Log in")
}
