package actingas

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// openAs returns a browser in which a user is logged in, and the audit log.
func openAs(t *testing.T, id string, opts ...ginlogin.LoginOption) (*browser.Browser, *bytes.Buffer) {
	t.Helper()
	audit := &bytes.Buffer{}
	site := Site(slog.New(slog.NewTextHandler(audit, nil)), []byte("a secret key of thirty-two bytes"))
	return browser.OpenAs(t, site, accounts[id], opts...), audit
}

func TestTheSupportSeesWhatACustomerSeesAndGoesBack(t *testing.T) {
	b, audit := openAs(t, "1")
	b.Want(b.Get("/profile"), "200 <p>orders of Ada</p>")
	b.Want(b.Post("/customers/2/act"), "303 /profile")
	if page := b.Get("/profile"); !strings.Contains(page, "Ada, you see what Grace sees.") || !strings.Contains(page, "orders of Grace") {
		t.Errorf("the page reads %s", page)
	}
	b.Want(b.Get("/password"), "403")
	b.Want(b.Post("/delete"), "403 not for a customer")
	b.Want(b.Post("/customers/2/act"), "403") // Grace is not of the support
	b.Want(b.Post("/stop"), "303 /profile")
	b.Want(b.Get("/profile"), "200 <p>orders of Ada</p>")
	b.Want(b.Get("/password"), "200 a new password")
	for line := range strings.Lines(audit.String()) {
		if strings.Contains(line, "user=2") && !strings.Contains(line, "acting=1") {
			t.Errorf("the audit log does not say who acted: %s", line)
		}
	}
	if !strings.Contains(audit.String(), "impersonation_began user=2") {
		t.Errorf("the audit log reads\n%s", audit)
	}
}

func TestALogoutEndsBoth(t *testing.T) {
	b, _ := openAs(t, "1")
	b.Want(b.Post("/customers/2/act"), "303 /profile")
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
}

func TestOnlyTheSupportWithAFreshLoginActsAsACustomer(t *testing.T) {
	b, _ := openAs(t, "1")
	b.Want(b.Post("/customers/3/act"), "404 no such customer") // of the support, too
	b.Want(b.Post("/customers/4/act"), "404 no such customer")
	stale, _ := openAs(t, "1", ginlogin.NotFresh())
	stale.Want(stale.Post("/customers/2/act"), "401")
	grace, _ := openAs(t, "2")
	grace.Want(grace.Post("/customers/1/act"), "403")
	grace.Want(grace.Get("/profile"), "200 <p>orders of Grace</p>")
}
