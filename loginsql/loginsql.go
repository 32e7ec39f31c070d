// Package loginsql keeps the logins of ginlogin in a table of an SQL database. It is
// a [ginlogin.LoginStore] on database/sql for SQLite, PostgreSQL, MySQL and MariaDB,
// with any driver.
//
//	logins := loginsql.New(db, loginsql.PostgreSQL)
//	if err := logins.CreateSchema(ctx); err != nil { … }
//	lm.Logins = logins
//
//	go logins.DeleteExpiredEvery(ctx, time.Hour)
//
// Notes on the databases:
//
//   - SQLite: give its data source name a busy timeout. Without one a write fails
//     at once while another is running. Every connection to a database in memory has
//     a database of its own: call db.SetMaxOpenConns(1).
//   - PostgreSQL: the encoding of the database has to be UTF8, the default.
//   - MySQL and MariaDB: interpolateParams=true in the data source name saves a
//     round trip on every request. clientFoundRows may be on or off.
//
// A user ID is at most 512 bytes of UTF-8 without zero bytes, and so are an external
// ID and the other texts of a row. CreateLogin refuses longer ones, because cutting
// them could give one user the logins of another. (Index entries end at 2704 bytes in
// PostgreSQL and at 3072 in MySQL, cookies at 4096.) Exception: the user agent and
// the address, which clients can choose, are shortened to 512 bytes, and invalid
// UTF-8 in them is replaced.
package loginsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ginlogin/ginlogin"
)

// A Dialect names a kind of database.
type Dialect string

// The dialects that [New] knows. MySQL is also for MariaDB.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgresql"
	MySQL      Dialect = "mysql"
)

// A Store is a [ginlogin.LoginStore] in a table of an SQL database. Make one with
// [New]. It may be used by many goroutines once its fields are set.
type Store struct {
	// Table is the name of the table: at most 48 ASCII letters, digits and
	// underscores. Its indexes are named after it. The default is "ginlogin_logins".
	Table string

	// BatchSize is how many rows DeleteExpired deletes in one statement. Other
	// statements may wait for it. The default is 1000.
	BatchSize int

	// Now is the clock by which rows expire. The default is time.Now.
	Now func() time.Time

	// Logger gets the errors of DeleteExpiredEvery. The default is nil, which means
	// slog.Default().
	Logger *slog.Logger

	db         *sql.DB
	dialect    Dialect
	statements sync.Map // template → *statement
}

var _ ginlogin.LoginStore = (*Store)(nil)

// New returns a store in db. The table has to be there before the store is used:
// see [Store.CreateSchema]. New panics if db is nil or the dialect is unknown.
func New(db *sql.DB, dialect Dialect) *Store {
	if db == nil {
		panic("loginsql: New needs a database: check the error of sql.Open")
	}
	switch dialect {
	case SQLite, PostgreSQL, MySQL:
	default:
		panic(fmt.Sprintf("loginsql: the dialect is %q: it has to be SQLite, PostgreSQL or MySQL", string(dialect)))
	}
	return &Store{Table: defaultTable, BatchSize: 1000, Now: time.Now, db: db, dialect: dialect}
}

const columns = "id, user_id, created, last_seen, expires, used, address, user_agent, generation, presented, cut, rotated, " +
	"methods, acting_user, acting_login, acting_generation, external_id, device"

var (
	insertLogin = "INSERT INTO {table} (" + columns + ") VALUES (" + strings.Repeat("?, ", strings.Count(columns, ",")) + "?)"
	// MySQL counts the rows that changed, not the rows found; the number of swaps
	// always changes.
	updateLogin = "UPDATE {table} SET " + strings.ReplaceAll(columns, ",", " = ?,") + " = ?, swaps = swaps + 1 " +
		"WHERE id = ? AND generation = ? AND presented = ? AND device = ?"
)

// CreateLogin adds a row.
func (s *Store) CreateLogin(ctx context.Context, l ginlogin.StoredLogin) error {
	if err := checkKeys(l); err != nil {
		return err
	}
	_, err := s.exec(ctx, "create login", insertLogin, values(l)...)
	return err
}

// FindLogin returns a row, expired or not, or [ginlogin.ErrLoginNotFound].
func (s *Store) FindLogin(ctx context.Context, id string) (l ginlogin.StoredLogin, err error) {
	if !isKey(id) {
		return l, ginlogin.ErrLoginNotFound
	}
	rows, err := s.query(ctx, "find login", "SELECT "+columns+" FROM {table} WHERE id = ?", id)
	if err == nil && len(rows) == 0 {
		err = ginlogin.ErrLoginNotFound
	}
	if err != nil {
		return l, err
	}
	return rows[0], nil
}

// SwapLogin replaces a row in one UPDATE.
func (s *Store) SwapLogin(ctx context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	if err := checkKeys(next); err != nil {
		return false, err
	}
	n, err := s.exec(ctx, "swap login", updateLogin,
		append(values(next), next.ID, old.Generation, old.Presented, old.Device)...)
	return n == 1, err
}

// DeleteLogin removes a row, if it is there.
func (s *Store) DeleteLogin(ctx context.Context, id string) error {
	if !isKey(id) {
		return nil
	}
	_, err := s.exec(ctx, "delete login", "DELETE FROM {table} WHERE id = ?", id)
	return err
}

// ListLogins returns the rows of a user that have not expired, the last seen first.
func (s *Store) ListLogins(ctx context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list(ctx, "list logins", "user_id = ?", user, limit)
}

// FindExternal returns the rows with an ExternalID that have not expired, the last
// seen first.
func (s *Store) FindExternal(ctx context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	if id == "" {
		return nil, nil
	}
	// The second condition is that of the index, which leaves out rows without an ID.
	return s.list(ctx, "find external logins", "external_id = ? AND external_id <> ''", id, limit)
}

func (s *Store) list(ctx context.Context, what, condition, key string, limit int) ([]ginlogin.StoredLogin, error) {
	if !isKey(key) || limit <= 0 {
		return nil, nil
	}
	if err := s.checkSettings(); err != nil {
		return nil, err
	}
	return s.query(ctx, what, "SELECT "+columns+" FROM {table} WHERE "+condition+
		" AND expires > ? ORDER BY last_seen DESC, created DESC, id LIMIT ?", key, s.Now().Unix(), limit)
}

// DeleteLogins removes the rows of a user, except one.
func (s *Store) DeleteLogins(ctx context.Context, user, except string) error {
	if !isKey(user) {
		return nil
	}
	if !isKey(except) {
		except = "" // no row has this ID, and PostgreSQL refuses the query
	}
	_, err := s.exec(ctx, "delete logins", "DELETE FROM {table} WHERE user_id = ? AND id <> ?", user, except)
	return err
}

func (s *Store) checkSettings() error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	const longest = 48 // names end at 63 bytes in PostgreSQL, and an index is named after its table
	switch {
	case s.Table == "" || len(s.Table) > longest,
		strings.Trim(s.Table, letters+"0123456789") != "", !strings.Contains(letters, s.Table[:1]):
		return fmt.Errorf("loginsql: Table is %q: it has to be letters, digits and underscores, %d at most, and no digit first", s.Table, longest)
	case s.BatchSize < 1:
		return fmt.Errorf("loginsql: BatchSize is %d: it has to be 1 or more", s.BatchSize)
	case s.Now == nil:
		return errors.New("loginsql: Now is nil: it has to be a clock, for instance time.Now")
	}
	return nil
}
