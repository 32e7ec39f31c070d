package twosteps

import (
	"database/sql"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

const secret = "JBSWY3DPEHPK3PXP"

// app is the site with its database and its clock.
type app struct {
	*testing.T
	db *sql.DB
	mu sync.Mutex
	at time.Time
}

func (a *app) now() time.Time { a.mu.Lock(); defer a.mu.Unlock(); return a.at }

func (a *app) wait(d time.Duration) { a.mu.Lock(); defer a.mu.Unlock(); a.at = a.at.Add(d) }

func (a *app) exec(statement string, args ...any) {
	a.Helper()
	if _, err := a.db.Exec(statement, args...); err != nil {
		a.Fatal(err)
	}
}

// code returns what the user's app shows now.
func (a *app) code() string {
	a.Helper()
	code, err := totp.GenerateCode(secret, a.now())
	if err != nil {
		a.Fatal(err)
	}
	return code
}

// open returns the site with Ada, who has an app for codes, and Grace, who has none. The password of both is
// lovelace.
func open(t *testing.T) (*app, *browser.Browser) {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // a database in memory is one for each connection
	hash, err := bcrypt.GenerateFromPassword([]byte("lovelace"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{T: t, db: db, at: time.Unix(1_800_000_000, 0)}
	a.exec(Schema)
	a.exec(`insert into accounts (id, name, email, password_hash, code_secret)
		values ('ada', 'Ada', 'ada@example.com', $1, $2), ('grace', 'Grace', 'grace@example.com', $1, '')`, string(hash), secret)
	return a, browser.Open(t, Site(db, a.now, []byte("a secret key of thirty-two bytes")))
}

func begin(b *browser.Browser) string {
	return b.Post("/login?next=/keys", "email", "ada@example.com", "password", "lovelace")
}

func TestBetweenPasswordAndCodeNobodyIsLoggedIn(t *testing.T) {
	a, b := open(t)
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 that was not right")
	b.Want(begin(b), "303 /code?next=%2Fkeys")
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
	b.Want(b.Post("/code?next=/keys", "code", "000000"), "401 that was not right")
	b.Want(b.Post("/code?next=/keys", "code", a.code()), "303 /keys")
	b.Want(b.Get("/profile"), "200 by [pwd otp]")
	b.Want(b.Get("/keys"), "200 the keys")
}

func TestWithoutAnAppThePasswordIsEnough(t *testing.T) {
	_, b := open(t)
	b.Want(b.Post("/login", "email", "grace@example.com", "password", "lovelace"), "303 /profile")
	b.Want(b.Get("/profile"), "200 by [pwd]")
	b.Want(b.Get("/keys"), "302 /confirm?next=%2Fkeys")
	b.Want(b.Post("/confirm", "code", "000000"), "401 that was not right")
}

func TestACodeIsGoodOnce(t *testing.T) {
	a, b := open(t)
	thief := b.Another() // knows the password, and has seen the code
	code := a.code()
	b.Want(begin(b), "303 /code?next=%2Fkeys")
	thief.Want(begin(thief), "303 /code?next=%2Fkeys")
	got := make(chan string, 2)
	for _, browser := range []*browser.Browser{b, thief} {
		go func() { got <- browser.Post("/code", "code", code) }()
	}
	answers := []string{<-got, <-got}
	slices.Sort(answers)
	if !slices.Equal(answers, []string{"303 /profile", "401 that was not right"}) {
		t.Errorf("two requests with one code are answered %q", answers)
	}
}

func TestACodeBeforeTheLastIsSpentToo(t *testing.T) {
	a, b := open(t)
	older := a.code()
	a.wait(30 * time.Second)
	b.Want(begin(b), "303 /code?next=%2Fkeys")
	b.Want(b.Post("/code", "code", a.code()), "303 /profile")
	thief := b.Another()
	begin(thief)
	thief.Want(thief.Post("/code", "code", older), "401 that was not right")
}

func TestTheSecondStepNeedsTheFirst(t *testing.T) {
	a, b := open(t)
	b.Want(b.Post("/code", "code", a.code()), "303 /login")
	b.Want(begin(b), "303 /code?next=%2Fkeys")
	another := b.Another()
	another.Want(another.Post("/code", "code", a.code()), "303 /login")
	a.exec(`update accounts set password_hash = 'another'`)
	b.Want(b.Post("/code", "code", a.code()), "303 /login")
}

func TestTheSecondStepHasTenMinutes(t *testing.T) {
	a, b := open(t)
	b.Want(begin(b), "303 /code?next=%2Fkeys")
	a.wait(11 * time.Minute)
	b.Want(b.Post("/code", "code", a.code()), "303 /login")
}

func TestAfterFiveMinutesTheKeysTakeAnotherCode(t *testing.T) {
	a, b := open(t)
	begin(b)
	b.Want(b.Post("/code", "code", a.code()), "303 /profile")
	a.wait(6 * time.Minute)
	b.Want(b.Get("/keys"), "302 /confirm?next=%2Fkeys")
	b.Want(b.Post("/confirm?next=/keys", "code", a.code()), "303 /keys")
	b.Want(b.Get("/keys"), "200 the keys")
}

func TestWhoGuessesCodesHasToWait(t *testing.T) {
	a, b := open(t)
	begin(b)
	for range 100 {
		if got := b.Post("/code", "code", "000000"); strings.HasPrefix(got, "429") {
			b.Want(b.Post("/code", "code", a.code()), got)
			return
		}
	}
	t.Error("a hundred wrong codes are answered")
}
