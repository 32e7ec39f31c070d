package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	_ "modernc.org/sqlite"             // SQLite

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/loginsql"
)

// rows are logins in a database, and the least that a look-up there can cost: one
// SELECT of a row by its primary key, prepared beforehand.
type rows struct {
	store   ginlogin.LoginStore
	lookUp  *sql.Stmt
	id      string // of a row that is there
	columns []any  // where the look-up puts them
}

func (s *servers) openSQLite() error {
	dir, err := os.MkdirTemp("", "ginlogin_bench")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "logins.db")
	s.sqlite, err = s.openRows("sqlite", file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)", loginsql.SQLite)
	s.cleanUp = append(s.cleanUp, func() { os.RemoveAll(dir) })
	return err
}

func (s *servers) openPostgres() (err error) {
	server := cmp.Or(os.Getenv("POSTGRES_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	s.postgres, err = s.openRows("pgx", server, loginsql.PostgreSQL)
	return err
}

func (s *servers) openRows(driver, source string, dialect loginsql.Dialect) (*rows, error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	store := loginsql.New(db, dialect)
	store.Table = trace()
	if err := store.CreateSchema(context.Background()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.cleanUp = append(s.cleanUp, func() {
		_, err := db.Exec("DROP TABLE " + store.Table)
		if err = errors.Join(err, db.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "bench: a table stays:", err)
		}
	})
	return withLookUp(db, store, dialect)
}

// withLookUp puts a row into the table and prepares the SELECT that finds it.
func withLookUp(db *sql.DB, store *loginsql.Store, dialect loginsql.Dialect) (*rows, error) {
	now := time.Now().Truncate(time.Second).UTC()
	login := ginlogin.StoredLogin{
		ID: rand.Text(), User: ada.ID, Created: now, LastSeen: now, Expires: now.Add(30 * 24 * time.Hour), Rotated: now,
		Address: "203.0.113.7", UserAgent: browserHeader().Get("User-Agent"),
	}
	if err := store.CreateLogin(context.Background(), login); err != nil {
		return nil, err
	}
	placeholder := "?"
	if dialect == loginsql.PostgreSQL {
		placeholder = "$1"
	}
	lookUp, err := db.Prepare("SELECT * FROM " + store.Table + " WHERE id = " + placeholder)
	if err != nil {
		return nil, err
	}
	found, err := lookUp.Query(login.ID)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	columns, err := found.Columns()
	r := &rows{store: store, lookUp: lookUp, id: login.ID}
	for range columns {
		r.columns = append(r.columns, new(any))
	}
	return r, err
}

// newSelectSite answers each request after one look-up, and has no users.
func newSelectSite(name string, r *rows) *site {
	return &site{name: name, handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if err := r.find(request.Context()); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(greeting))
	})}
}

// find reads all columns of the row, as the login store has to.
func (r *rows) find(ctx context.Context) error {
	return r.lookUp.QueryRowContext(ctx, r.id).Scan(r.columns...)
}

// rowsRace has ginlogin without and with a login store, and beside each database
// its look-up alone.
func rowsRace(s *servers) *race {
	r := &race{title: theRows, entrants: []*entrant{
		authenticated(builders[onOurs](content{})),
		withRows(withMemoryRows, loginmem.New()),
	}}
	if s.sqlite != nil {
		r.entrants = append(r.entrants, selecting(selectSQLite, s.sqlite), withRows(withSQLiteRows, s.sqlite.store))
	}
	if s.postgres != nil {
		r.entrants = append(r.entrants, waiting(selecting(selectPostgre, s.postgres)), waiting(withRows(withPostgreRows, s.postgres.store)))
	}
	return r
}

func withRows(name string, store ginlogin.LoginStore) *entrant {
	return authenticated(newGinloginSite(name, onCookiestore(), content{}, func(lm *ginlogin.LoginManager) { lm.Logins = store }))
}

func selecting(name string, r *rows) *entrant {
	return &entrant{site: newSelectSite(name, r), method: http.MethodGet, path: "/private", status: http.StatusOK, body: greeting}
}
