package fromflask

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// These were made by Flask 2.2.2, Flask-Login 0.6.2 and Werkzeug 2.2.2 for the user "7", but for the
// scrypt hash, which is Python's hashlib.scrypt in the form that Werkzeug 3 gives it. The hashes are
// cheaper than those of a site, so that the tests are.
const (
	flaskKey      = "the SECRET_KEY of the Flask site"
	flaskSession  = ".eJwlzj0OwjAMQOG7eGawEydxe5kq_hOsLZ0QdycS-_uk94Ejz7iesL_POx5wvBx2sOS0mrWwWLGBOCyzKE8iQW7CKBv50E41ZvTGRqupU2Umkiq75LRuPnjhqmg5h4V31c3b8qWED8ds1bCgtupEMbsVIU8VWCP3Fef_ZsD3B-PyL_0.awN8eQ.tZVINgHE4Ouu5PH0Qabvm1eu6RY"
	shortSession  = "eyJfdXNlcl9pZCI6IjcifQ.awN8eQ.j18j9NnPHj0HePhCV_bwFvmyvB0" // too short to be compressed
	flaskRemember = "7|625fe8da4e950b32ec1574dd4ce670b7fea4d6d034ef194cbf3642e3b3724ab195675f25d1332bc7bf54fe6d17c5a2367a86fd27093d1822f9ea2aaef99a579d"
	flaskPBKDF2   = "pbkdf2:sha256:1000$4PTeTfy9MrXegFU3$e6d5769d174489ab60d1c6ce3dcd2ede4addb2bcf4620c685da64dc52fc087fb"
	flaskScrypt   = "scrypt:1024:8:1$saltsaltsaltsalt$6b47fcd6a5c8722bd991ceacbbd11bc579dc2644567107a5666ae339018279b959a5b4692599e64b817b5538275b5d180f4ea6415ec56e02ba0b21feb112a141"
)

var madeAt = time.Unix(1795390585, 0)

var errOutage = errors.New("the database is down")

// table is one user, and whether the database is down.
type table struct {
	user Account
	down bool
}

func (tb *table) find(is bool) (*Account, error) {
	switch {
	case tb.down:
		return nil, errOutage
	case !is:
		return nil, ginlogin.ErrUserNotFound
	}
	user := tb.user
	return &user, nil
}

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	return tb.find(id == tb.user.ID)
}

func (tb *table) FindByEmail(_ context.Context, email string) (*Account, error) {
	return tb.find(email == tb.user.Email)
}

func (tb *table) SetPasswordHash(_ context.Context, _, hash string) error {
	tb.user.PasswordHash = hash
	return nil
}

// open returns the table, with the user 7, and a browser with the cookies given by name and value.
func open(t *testing.T, now time.Time, cookies ...string) (*table, *browser.Browser) {
	t.Helper()
	users := &table{user: Account{ID: "7", Name: "Ada", Email: "ada@example.com", PasswordHash: flaskPBKDF2}}
	findByID, findByEmail, setHash = users.FindByID, users.FindByEmail, users.SetPasswordHash
	flask = FlaskCookies{[]byte(flaskKey), func() time.Time { return now }}
	b := browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
	for i := 0; i < len(cookies); i += 2 {
		b.SetCookie(cookies[i], cookies[i+1])
	}
	return users, b
}

func TestWhoWasLoggedInToFlaskStaysAndCanLogOut(t *testing.T) {
	for _, cookies := range [][]string{
		{"session", flaskSession},
		{"session", shortSession},
		{"remember_token", flaskRemember},
		{"session", flaskSession, "remember_token", flaskRemember},
	} {
		_, b := open(t, madeAt, cookies...)
		b.Want(b.Get("/"), "200 Hi Ada")
		b.Want(b.Cookie("session")+b.Cookie("remember_token"), "")
		b.Want(b.Get("/"), "200 Hi Ada")
		b.Want(b.Post("/logout"), "303 /")
		b.Want(b.Get("/"), "302 /login?next=%2F")
	}
}

func TestALogoutMayBeTheFirstThingToAskFor(t *testing.T) {
	_, b := open(t, madeAt, "session", flaskSession, "remember_token", flaskRemember)
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestWhoWasRememberedIsRememberedOn(t *testing.T) {
	_, b := open(t, madeAt, "remember_token", flaskRemember)
	b.Want(b.Get("/"), "200 Hi Ada")
	b.SetCookie("__Host-session", "") // the browser has been closed
	b.Want(b.Get("/"), "200 Hi Ada")

	_, b = open(t, madeAt, "session", flaskSession)
	b.Want(b.Get("/"), "200 Hi Ada")
	b.SetCookie("__Host-session", "")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestAnOutageLogsNobodyOut(t *testing.T) {
	users, b := open(t, madeAt, "remember_token", flaskRemember)
	users.down = true
	b.Want(b.Get("/"), "503")
	users.down = false
	b.Want(b.Get("/"), "200 Hi Ada")
}

func TestCookiesThatFlaskWouldRefuseLogNobodyIn(t *testing.T) {
	for name, test := range map[string]struct {
		now     time.Time
		cookies []string
	}{
		"forged session":         {madeAt, []string{"session", strings.Replace(shortSession, "eyJ", "eyK", 1)}},
		"session of another key": {madeAt, []string{"session", shortSession[:len(shortSession)-4] + "vB00"}},
		"expired session":        {madeAt.Add(32 * 24 * time.Hour), []string{"session", flaskSession}},
		"forged remember cookie": {madeAt, []string{"remember_token", strings.Replace(flaskRemember, "|625", "|725", 1)}},
		"rubbish":                {madeAt, []string{"session", ".", "remember_token", "7"}},
	} {
		_, b := open(t, test.now, test.cookies...)
		if got := b.Get("/"); got != "302 /login?next=%2F" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAPasswordOfWerkzeugIsGoodAndHashedAnew(t *testing.T) {
	users, b := open(t, madeAt)
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "bob@example.com", "password", "lovelace"), "401 wrong e-mail address or password")
	b.Want(users.user.PasswordHash, flaskPBKDF2)
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "lovelace"), "303 /")
	if !strings.HasPrefix(users.user.PasswordHash, "$argon2id$") {
		t.Errorf("the hash is now %q", users.user.PasswordHash)
	}
	b = b.Another()
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "lovelace", "remember", "yes"), "303 /")
	b.Want(b.Get("/"), "200 Hi Ada")
}

func TestAHashOfWerkzeugMatchesItsPasswordOnly(t *testing.T) {
	for _, hash := range []string{flaskPBKDF2, flaskScrypt} {
		if !isWerkzeug(hash) || !verifyWerkzeug(hash, "lovelace") || verifyWerkzeug(hash, "byron") {
			t.Errorf("%q is not the hash of its password", hash)
		}
	}
}

func TestADamagedHashMatchesNothing(t *testing.T) {
	for _, hash := range []string{"pbkdf2:sha256:1", "pbkdf2:sha256:1$salt$", "scrypt:3:8:1$salt$00", "scrypt:$$", "pbkdf2:sha256:x$salt$00"} {
		if verifyWerkzeug(hash, "") || verifyWerkzeug(hash, "lovelace") {
			t.Errorf("%q matches", hash)
		}
	}
}
