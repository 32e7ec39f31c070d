package loginform

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// table has Ada, unless it is down.
type table struct{ down, banned bool }

var errOutage = errors.New("the database is down")

func (tb *table) find(_ context.Context, id string) (*Account, error) {
	switch {
	case tb.down:
		return nil, errOutage
	case id != "1":
		return nil, ginlogin.ErrUserNotFound
	}
	return &Account{ID: "1", Name: "Ada", Banned: tb.banned}, nil
}

func (tb *table) authenticate(ctx context.Context, email, typed string) (*Account, error) {
	if !tb.down && (email != "ada@example.com" || typed != "lovelace") {
		return nil, password.ErrMismatch
	}
	return tb.find(ctx, "1")
}

func newSite(tb *table, plainHTTP bool) *gin.Engine {
	return Site(tb.find, tb.authenticate, key, plainHTTP)
}

func logIn(b *browser.Browser, more ...string) string {
	return b.Post("/login?next=%2Fprofile", append([]string{"email", "ada@example.com", "password", "lovelace"}, more...)...)
}

func wantPart(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got %q, which lacks %q", got, want)
	}
}

func TestMessagesAreShownOnce(t *testing.T) {
	b := browser.Open(t, newSite(&table{}, false))
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
	wantPart(t, b.Get("/login"), `<p class="message" role="status">Please log in to access this page.</p>`)
	if page := b.Get("/login"); strings.Contains(page, "Please log in") {
		t.Errorf("the message is shown again: %s", page)
	}
	b.Want(logIn(b), "303 /profile")
	b.Want(b.Get("/profile"), "200 Hi Ada")
	b.Want(b.Post("/logout"), "303 /login")
	b.Want(b.Get("/"), `200 <p class="success" role="status">You are logged out.</p>Hi`)
	b.Want(b.Get("/"), "200 Hi")
}

func TestOnlyWhoTicksTheBoxIsRemembered(t *testing.T) {
	b := browser.Open(t, newSite(&table{}, false))
	logIn(b)
	b.SetCookie("session", "") // the browser has been closed
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")

	logIn(b, "remember", "1")
	b.SetCookie("session", "")
	b.Want(b.Get("/profile"), "200 Hi Ada")
}

func TestAWrongPasswordShowsTheFormAgainAndAnOutageDoesNot(t *testing.T) {
	accounts := &table{}
	b := browser.Open(t, newSite(accounts, false))
	page := b.Post("/login", "email", "ada@example.com", "password", "byron")
	wantPart(t, page, "401 ")
	wantPart(t, page, "Wrong e-mail address or password.")
	wantPart(t, page, `value="ada@example.com"`)
	accounts.down = true
	b.Want(logIn(b), "503")
}

// Without HTTPS browsers keep the cookies only if they are not Secure.
func TestTheCookiesSuitPlainHTTPAndTheSessionEndsWithTheBrowser(t *testing.T) {
	for _, plainHTTP := range []bool{false, true} {
		form := url.Values{"email": {"ada@example.com"}, "password": {"lovelace"}, "remember": {"1"}}
		req := httptest.NewRequest("POST", "https://site.example/login", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		recorder := httptest.NewRecorder()
		newSite(&table{}, plainHTTP).ServeHTTP(recorder, req)
		cookies := map[string]*http.Cookie{}
		for _, cookie := range recorder.Result().Cookies() {
			cookies[cookie.Name] = cookie
			if cookie.Secure == plainHTTP {
				t.Errorf("with plainHTTP %v it sets %v", plainHTTP, cookie)
			}
		}
		session, remember := cookies["session"], cookies["remember_token"]
		if session == nil || session.MaxAge != 0 || !session.Expires.IsZero() || remember == nil || remember.MaxAge <= 0 {
			t.Errorf("the cookies are %v and %v", session, remember)
		}
	}
}

func TestABannedUserIsToldNoMoreThanAWrongPassword(t *testing.T) {
	b := browser.Open(t, newSite(&table{banned: true}, false))
	got := logIn(b)
	wantPart(t, got, "401 ")
	wantPart(t, got, "Wrong e-mail address or password.")
}

// c.Redirect cleans the path, as http.Redirect does.
func TestAPageWhosePathHoldsAURLIsNotLedBackTo(t *testing.T) {
	b := browser.Open(t, newSite(&table{}, false))
	b.Want(b.Post("/login?next=/web/https://example.org/a", "email", "ada@example.com", "password", "lovelace"),
		"303 /web/https:/example.org/a")
}
