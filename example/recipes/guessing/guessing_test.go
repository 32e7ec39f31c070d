package guessing

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/throttle"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// wantWait checks that an answer asks to wait. The seconds depend on how long the test took.
func wantWait(t *testing.T, got string) {
	t.Helper()
	if !strings.HasPrefix(got, "429 too many wrong passwords; please try again in ") {
		t.Errorf("got %q, want 429", got)
	}
}

// table has Ada.
type table struct{ ada *Account }

func newTable(t *testing.T) *table {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("lovelace"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return &table{&Account{ID: "1", Email: "ada@example.com", PasswordHash: string(hash)}}
}

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	if id != tb.ada.ID {
		return nil, ginlogin.ErrUserNotFound
	}
	return tb.ada, nil
}

func (tb *table) FindByEmail(_ context.Context, email string) (*Account, error) {
	if email != tb.ada.Email {
		return nil, nil
	}
	return tb.ada, nil
}

func newStore(t *testing.T) *SQLStore {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "test.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(Schema); err != nil {
		t.Fatal(err)
	}
	return &SQLStore{db}
}

func logIn(b *browser.Browser, email, typed string) string {
	return b.Post("/login", "email", email, "password", typed)
}

func TestTenWrongPasswordsAreAllowed(t *testing.T) {
	b := browser.Open(t, Site(newTable(t), nil, key))
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		for range 10 {
			b.Want(logIn(b, email, "byron"), "401 wrong e-mail address or password")
		}
		wantWait(t, logIn(b, email, "lovelace"))
	}
	for _, spelling := range []string{" ADA@example.com", "aDa@example.com", "Nobody@Example.com "} {
		wantWait(t, logIn(b, spelling, "lovelace"))
	}
}

func TestAKnownDeviceIsNotSlowedDownByStrangers(t *testing.T) {
	site := Site(newTable(t), nil, key)
	known, stranger := browser.Open(t, site), browser.Open(t, site)
	known.Want(logIn(known, "ada@example.com", "lovelace"), "303 /profile")
	for range 10 {
		stranger.Want(logIn(stranger, "ada@example.com", "byron"), "401 wrong e-mail address or password")
	}
	wantWait(t, logIn(stranger, "ada@example.com", "lovelace"))
	known.Want(logIn(known, "ada@example.com", "lovelace"), "303 /profile")
}

func TestANewLoginAllowsNoMoreGuesses(t *testing.T) {
	b := browser.Open(t, Site(newTable(t), nil, key))
	b.Want(logIn(b, "ada@example.com", "lovelace"), "303 /profile")
	for range 10 {
		b.Want(b.Post("/reauthenticate", "password", "byron"), "401 wrong e-mail address or password")
	}
	wantWait(t, b.Post("/reauthenticate", "password", "lovelace"))
	b.Want(logIn(b, "ada@example.com", "lovelace"), "303 /profile")
	wantWait(t, b.Post("/reauthenticate", "password", "lovelace"))
}

func TestInstancesWithAStoreShareTheLimit(t *testing.T) {
	accounts, store := newTable(t), newStore(t)
	one, two := browser.Open(t, Site(accounts, store, key)), browser.Open(t, Site(accounts, store, key))
	for range 5 {
		one.Want(logIn(one, "ada@example.com", "byron"), "401 wrong e-mail address or password")
		two.Want(logIn(two, "ada@example.com", "byron"), "401 wrong e-mail address or password")
	}
	wantWait(t, logIn(one, "ada@example.com", "lovelace"))
	wantWait(t, logIn(two, "ada@example.com", "lovelace"))
}

func TestTheStoreCountsAttemptsAtOnce(t *testing.T) {
	store := newStore(t)
	limit := throttle.Limit{Name: "test", Failures: 3, Every: time.Hour}
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		allowed int
	)
	for range 2 {
		guesses := throttle.New()
		guesses.Store = store
		for range 10 {
			wg.Go(func() {
				if _, err := guesses.Attempt(t.Context(), limit.Of("eve")); err == nil {
					mu.Lock()
					defer mu.Unlock()
					allowed++
				}
			})
		}
	}
	wg.Wait()
	if allowed != limit.Failures {
		t.Errorf("%d attempts at once, want %d", allowed, limit.Failures)
	}
}

func TestTheStoreSwapsOnlyWhatItHas(t *testing.T) {
	store, ctx := newStore(t), t.Context()
	for _, step := range []struct {
		name     string
		old, new int64
		want     bool
	}{
		{"nothing, where something is expected", 5, 6, false},
		{"nothing", 0, 7, true},
		{"something, where nothing is expected", 0, 8, false},
		{"something else", 6, 8, false},
		{"what is there", 7, 9, true},
	} {
		if got, err := store.Swap(ctx, "k", step.old, step.new); got != step.want || err != nil {
			t.Errorf("%s: %t, %v", step.name, got, err)
		}
	}
	if got, err := store.Load(ctx, "k"); got != 9 || err != nil {
		t.Errorf("the store has %d, %v", got, err)
	}
	for _, step := range []struct{ now, want int64 }{{9, 9}, {10, 0}} {
		if err := store.Clean(ctx, time.UnixMilli(step.now)); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Load(ctx, "k"); got != step.want || err != nil {
			t.Errorf("after Clean at %d the store has %d, %v", step.now, got, err)
		}
	}
}

func TestABannedUserIsToldNoMoreThanAWrongPassword(t *testing.T) {
	accounts := newTable(t)
	accounts.ada.Banned = true
	b := browser.Open(t, Site(accounts, nil, key))
	b.Want(logIn(b, "ada@example.com", "lovelace"), "401 wrong e-mail address or password")
}
