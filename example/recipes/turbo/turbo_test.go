package turbo

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// The headers are those of Turbo 8 in Chromium.
func TestAVisitOfTurboIsSentToTheLoginPageAndAScriptIsNot(t *testing.T) {
	script := http.Header{"Accept": {"*/*"}, "Sec-Fetch-Mode": {"cors"}}
	visit := http.Header{
		"Accept": {"text/html, application/xhtml+xml"}, "Sec-Fetch-Mode": {"cors"},
		"X-Turbo-Request-Id": {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
	}
	b := browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
	b.Header = script
	b.Want(b.Get("/"), `401 {"error":"login required"}`)
	b.Header = visit
	b.Want(b.Get("/"), "302 /login?next=%2F")
	b.Header = visit.Clone()
	b.Header.Set("Turbo-Frame", "entries")
	b.Want(b.Get("/"), "302 /login")
	b.Header = visit
	b.Want(b.Post("/login?next=/"), "303 /")
	b.Want(b.Get("/"), "200 the diary")
}

// Turbo fetches the login page, finds that it wants to be loaded as a whole, and asks again.
func TestTheMessageIsLeftForThePageThatIsSeen(t *testing.T) {
	b := browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
	b.Header.Set("Accept", "text/html, application/xhtml+xml")
	b.Header.Set("Sec-Fetch-Mode", "cors")
	b.Header.Set("X-Turbo-Request-Id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
	b.Want(b.Get("/"), "302 /login?next=%2F")
	if page := b.Get("/login?next=%2F"); strings.Contains(page, "Please log in") {
		t.Errorf("Turbo, which drops the page, gets the message: %s", page)
	}
	b.Header = http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}}
	if page := b.Get("/login?next=%2F"); !strings.Contains(page, "Please log in") {
		t.Errorf("the visitor does not get the message: %s", page)
	}
}
