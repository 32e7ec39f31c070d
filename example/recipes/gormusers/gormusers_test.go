package gormusers

import (
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

// open opens a database with Ada in it, and returns a browser.
func open(t *testing.T) *browser.Browser {
	t.Helper()
	var err error
	if db, err = gorm.Open(sqlite.Open(":memory:"), &gorm.Config{Logger: logger.Discard}); err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	pool.SetMaxOpenConns(1) // a database in memory is one for each connection
	hash, err := password.Hash(t.Context(), "lovelace")
	if err != nil {
		t.Fatal(err)
	}
	ada := &Account{Name: "Ada", Email: "ada@example.com", PasswordHash: hash}
	if err := db.AutoMigrate(ada); err != nil {
		t.Fatal(err)
	}
	if err := db.Create(ada).Error; err != nil {
		t.Fatal(err)
	}
	return browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
}

func login(b *browser.Browser) string {
	return b.Post("/login", "email", "ada@example.com", "password", "lovelace")
}

func TestAUserOfGORMIsLoaded(t *testing.T) {
	b := open(t)
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "nobody@example.com", "password", "lovelace"), "401 wrong e-mail address or password")
	b.Want(login(b), "303 /")
	b.Want(b.Get("/"), "200 Hi Ada")
}

// Deleted is deleted softly: the row is still there.
func TestADeletedUserIsLoggedOut(t *testing.T) {
	b := open(t)
	b.Want(login(b), "303 /")
	if err := db.Delete(&Account{}, 1).Error; err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestWithoutDatabaseNobodyIsLoggedOut(t *testing.T) {
	b := open(t)
	b.Want(login(b), "303 /")
	if err := db.Migrator().RenameTable("accounts", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "503")
	b.Want(login(b), "503")
	if err := db.Migrator().RenameTable("elsewhere", "accounts"); err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "200 Hi Ada")
}
