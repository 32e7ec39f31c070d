package account

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// table has one account.
type table struct{ account Account }

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	if id != tb.account.ID {
		return nil, ginlogin.ErrUserNotFound
	}
	account := tb.account
	return &account, nil
}

func (tb *table) SetPasswordHash(_ context.Context, _, hash string) error {
	tb.account.PasswordHash = hash
	return nil
}

// open returns Ada, whose password is lovelace, and a browser that she is logged in with.
func open(t *testing.T, opts ...ginlogin.LoginOption) (*Account, *browser.Browser) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("lovelace"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	accounts := &table{Account{ID: "1", PasswordHash: string(hash)}}
	ada := accounts.account
	clock = time.Now()
	return &ada, browser.OpenAs(t, Site(accounts, func() time.Time { return clock }, key), &ada, opts...)
}

var clock time.Time

func TestAFormThatWasOpenedInTimeCanBeSent(t *testing.T) {
	_, b := open(t)
	clock = clock.Add(14 * time.Minute)
	if got := b.Get("/password"); !strings.HasPrefix(got, "200 ") {
		t.Fatalf("the form is answered %q", got)
	}
	clock = clock.Add(30 * time.Minute)
	b.Want(b.Get("/password"), "302 /reauthenticate?next=%2Fpassword")
	b.Want(b.Post("/password", "new_password", "analytical engine"), "303 /profile")
}

func TestAFormThatComesTooLateChangesNothingAndAsksForThePassword(t *testing.T) {
	_, b := open(t)
	clock = clock.Add(46 * time.Minute)
	b.Want(b.Post("/password", "new_password", "analytical engine"), "303 /reauthenticate")
	b.Want(b.Post("/reauthenticate", "password", "analytical engine"), "401 wrong password")
	b.Want(b.Post("/reauthenticate", "password", "lovelace"), "303 /profile")
}

func TestAStaleLoginIsAskedForThePassword(t *testing.T) {
	_, b := open(t, ginlogin.NotFresh())
	b.Want(b.Get("/settings"), "302 /reauthenticate?next=%2Fsettings")
	if page := b.Get("/reauthenticate?next=%2Fsettings"); !strings.Contains(page, `name="password"`) {
		t.Errorf("the page that asks for the password reads %s", page)
	}
	b.Want(b.Post("/reauthenticate?next=%2Fsettings", "password", "byron"), "401 wrong password")
	b.Want(b.Post("/reauthenticate?next=%2Fsettings", "password", "lovelace"), "303 /settings")
	b.Want(b.Get("/settings"), "200 settings")
}

func TestALoginThatMovesToAnotherBrowserIsStale(t *testing.T) {
	_, b := open(t)
	b.Want(b.Get("/settings"), "200 settings")
	b.Header.Set("User-Agent", "another")
	b.Want(b.Get("/settings"), "302 /reauthenticate?next=%2Fsettings")
}

// second returns another device that the same user has logged in on.
func second(b *browser.Browser) *browser.Browser {
	other := b.Another()
	other.SetCookie("session", b.Cookie("session"))
	return other
}

func TestANewPasswordEndsAllOtherLogins(t *testing.T) {
	_, b := open(t)
	copied := second(b)
	b.Want(b.Post("/password", "new_password", "analytical engine"), "303 /profile")
	b.Want(b.Get("/settings"), "200 settings")
	copied.Want(copied.Get("/settings"), "302 /login?next=%2Fsettings")
}

func TestAnEmptyOrCommonPasswordIsNotSet(t *testing.T) {
	_, b := open(t)
	for _, form := range [][]string{{"password", "analytical engine"}, {"new_password", "engine"}, {"new_password", "password1"}} {
		b.Want(b.Post("/password", form...), "422 Please choose a longer or rarer password.")
	}
	b.Want(b.Post("/reauthenticate", "password", "lovelace"), "303 /profile")
}

func TestTheDevicesAreListedAndEnded(t *testing.T) {
	_, b := open(t)
	copied := second(b)
	page := b.Get("/devices")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	if id == nil || !strings.Contains(page, "Log out here") || !strings.Contains(page, "Go-http-client") {
		t.Fatalf("the page of devices reads %s", page)
	}
	b.Want(b.Post("/devices/end", "id", "none"), "303 /devices")
	b.Want(b.Get("/settings"), "200 settings")
	b.Want(b.Post("/devices/end", "id", id[1]), "303 /devices")
	copied.Want(copied.Get("/devices"), "302 /login?next=%2Fdevices")
}
