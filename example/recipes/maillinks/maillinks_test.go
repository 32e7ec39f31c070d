package maillinks

import (
	"database/sql"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

const gone = "410 This link is no longer valid. Please ask for a new one."

// app is the site with its database, its clock and the mails that it has sent.
type app struct {
	*testing.T
	*browser.Browser
	db  *sql.DB
	now time.Time
	box []string
}

func open(t *testing.T) *app {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // a database in memory is one for each connection
	a := &app{T: t, db: db, now: time.Unix(1_800_000_000, 0)}
	a.exec(Schema)
	a.exec(`insert into accounts (id, email, password_hash) values ('1', 'ada@example.com', 'a hash')`)
	send := func(to, link string) {
		if to != "ada@example.com" {
			t.Errorf("a mail goes to %s", to)
		}
		a.box = append(a.box, link)
	}
	site := Site(db, "https://site.example", send, func() time.Time { return a.now }, []byte("a secret key of thirty-two bytes"))
	a.Browser = browser.Open(t, site)
	return a
}

func (a *app) exec(statement string) {
	a.Helper()
	if _, err := a.db.Exec(statement); err != nil {
		a.Fatal(err)
	}
}

// link asks for a mail and returns the path of the link in it.
func (a *app) link(path string) string {
	a.Helper()
	a.box = nil
	known := a.Post(path, "email", "ada@example.com")
	if len(a.box) != 1 {
		a.Fatalf("the mails are %q", a.box)
	}
	a.Want(a.Post(path, "email", "nobody@example.com"), known)
	link, ok := strings.CutPrefix(a.box[0], "https://site.example")
	if !ok || len(a.box) != 1 {
		a.Fatalf("the mails are %q", a.box)
	}
	return link
}

// scan follows a link as scanners of mails do.
func (a *app) scan(link string) {
	a.Helper()
	for range 2 {
		if got := a.Get(link); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, "<button>") {
			a.Errorf("the link is answered %q", got)
		}
	}
}

func TestAPasswordIsResetOnce(t *testing.T) {
	a := open(t)
	link := a.link("/forgot")
	a.scan(link)
	a.Want(a.Post(link, "password", "password1"), "422 Please choose a longer or rarer password.")
	a.Want(a.Post(link, "password", "analytical engine"), "303 /login")
	a.Want(a.Get(link), gone)
	a.Want(a.Post(link, "password", "difference engine"), gone)
	var hash string
	if err := a.db.QueryRow(`select password_hash from accounts`).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if _, err := password.Verify(t.Context(), hash, "analytical engine"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestANewPasswordEndsLoginsAndMagicLinks(t *testing.T) {
	a := open(t)
	reset, enter := a.link("/forgot"), a.link("/enter/mail")
	a.Want(a.Post(a.link("/enter/mail")), "303 /profile")
	a.Want(a.Post(reset, "password", "analytical engine"), "303 /login")
	a.Want(a.Get("/profile"), "302 /login?next=%2Fprofile")
	a.Want(a.Post(enter), gone)
}

func TestAnAddressIsVerifiedAndAnotherOneIsNot(t *testing.T) {
	a := open(t)
	link := a.link("/verify/mail")
	a.Want(a.Post(a.link("/enter/mail")), "303 /profile")
	a.scan(link)
	a.Want(a.Get("/profile"), "200 Hi ada@example.com, verified: false")
	a.Want(a.Post(link), "303 /profile")
	a.Want(a.Get("/profile"), "200 Hi ada@example.com, verified: true")
	a.exec(`update accounts set email = 'countess@example.com', verified = false`)
	a.Want(a.Post(link), gone)
	a.Want(a.Get("/profile"), "200 Hi countess@example.com, verified: false")
}

func TestAMagicLinkLogsInOnce(t *testing.T) {
	a := open(t)
	link := a.link("/enter/mail")
	a.scan(link)
	a.Want(a.Get("/profile"), "302 /login?next=%2Fprofile")
	if answers := a.atOnce(20, link); !slices.Equal(answers, []string{"303 /profile", gone}) {
		t.Errorf("twenty clicks at once are answered %q", answers)
	}
	a.Want(a.Another().Post(link), gone)
}

// atOnce posts a form from n browsers at once, and returns the different answers. An answer other than that
// of a used link comes as often as it was given. All find the link good: they wait for the database before the
// first may go on.
func (a *app) atOnce(n int, link string, form ...string) (answers []string) {
	a.Helper()
	conn, err := a.db.Conn(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	before := a.db.Stats().WaitCount
	got := make(chan string, n)
	for range n {
		b := a.Another()
		go func() { got <- b.Post(link, form...) }()
	}
	for deadline := time.Now().Add(20 * time.Second); a.db.Stats().WaitCount < before+int64(n); runtime.Gosched() {
		if time.Now().After(deadline) {
			a.Fatal("the forms do not come")
		}
	}
	if err := conn.Close(); err != nil {
		a.Fatal(err)
	}
	for range n {
		if answer := <-got; answer != gone || !slices.Contains(answers, gone) {
			answers = append(answers, answer)
		}
	}
	slices.Sort(answers)
	return answers
}

func TestOfTwoNewPasswordsOneIsSet(t *testing.T) {
	a := open(t)
	link := a.link("/forgot")
	if answers := a.atOnce(2, link, "password", "analytical engine"); !slices.Equal(answers, []string{"303 /login", gone}) {
		t.Errorf("two forms at once are answered %q", answers)
	}
}

func TestAClosedAccountIsNotEntered(t *testing.T) {
	a := open(t)
	link := a.link("/enter/mail")
	a.exec(`update accounts set closed = true`)
	a.Want(a.Post(link), "403 This account is closed.")
	a.Want(a.Get("/profile"), "302 /login?next=%2Fprofile")
}

func TestALinkIsForOnePurposeAndAWhile(t *testing.T) {
	a := open(t)
	verify, enter := a.link("/verify/mail"), a.link("/enter/mail")
	_, token, _ := strings.Cut(verify, "?")
	a.Want(a.Post("/reset?"+token, "password", "analytical engine"), gone)
	a.Want(a.Post("/enter?"+token), gone)
	a.now = a.now.Add(16 * time.Minute)
	a.Want(a.Post(enter), gone)
	a.scan(verify)
}
