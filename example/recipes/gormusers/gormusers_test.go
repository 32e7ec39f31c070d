package gormusers

import (
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// open returns a database with Ada in it, and a browser in which she is logged in.
func open(t *testing.T) (*gorm.DB, *browser.Browser) {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(":memory:"), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	pool.SetMaxOpenConns(1) // a database in memory is one for each connection
	ada := &Account{Email: "ada@example.com"}
	if err := db.AutoMigrate(ada); err != nil {
		t.Fatal(err)
	}
	if err := db.Create(ada).Error; err != nil {
		t.Fatal(err)
	}
	return db, browser.OpenAs(t, Site(db, []byte("a secret key of thirty-two bytes")), ada)
}

func TestAUserOfGORMIsLoaded(t *testing.T) {
	_, b := open(t)
	b.Want(b.Get("/"), "200 Hi ada@example.com")
}

// Deleted is deleted softly: the row is still there.
func TestADeletedUserIsLoggedOut(t *testing.T) {
	db, b := open(t)
	if err := db.Delete(&Account{}, 1).Error; err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestWithoutDatabaseNobodyIsLoggedOut(t *testing.T) {
	db, b := open(t)
	if err := db.Migrator().RenameTable("accounts", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "503")
	if err := db.Migrator().RenameTable("elsewhere", "accounts"); err != nil {
		t.Fatal(err)
	}
	b.Want(b.Get("/"), "200 Hi ada@example.com")
}
