package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/glebarez/go-sqlite" // is modernc.org/sqlite by another name; both want to be "sqlite"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginsql"
	"github.com/ginlogin/ginlogin/storesuite"
)

// An sqlEngine is a database and a driver for it.
type sqlEngine struct {
	name, driver string
	dialect      loginsql.Dialect
	source       func(t *testing.T) string // the data source name
	indexes      string                    // selects the names of a table's indexes
}

var sqlEngines = []sqlEngine{
	{
		"SQLite", "sqlite", loginsql.SQLite, sqliteSource,
		"SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '%s'",
	},
	{
		"PostgreSQL", "pgx", loginsql.PostgreSQL, postgresSource(""),
		"SELECT indexname FROM pg_indexes WHERE tablename = '%s'",
	},
	{
		"MariaDB", "mysql", loginsql.MySQL, mysqlSource(""),
		"SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = database() AND table_name = '%s'",
	},
}

// sqlSettings are what apps may choose for the same databases.
var sqlSettings = []sqlEngine{
	{name: "SQLite with a write-ahead log", driver: "sqlite", dialect: loginsql.SQLite, source: func(t *testing.T) string {
		return sqliteSource(t) + "&_pragma=journal_mode(WAL)"
	}},
	{name: "PostgreSQL with lib/pq", driver: "postgres", dialect: loginsql.PostgreSQL, source: postgresSource("")},
	{name: "PostgreSQL without prepared statements", driver: "pgx", dialect: loginsql.PostgreSQL, source: postgresSource("default_query_exec_mode=simple_protocol")},
	{name: "PostgreSQL repeatable read", driver: "pgx", dialect: loginsql.PostgreSQL, source: postgresSource("default_transaction_isolation=repeatable%20read")},
	{name: "PostgreSQL serializable", driver: "pgx", dialect: loginsql.PostgreSQL, source: postgresSource("default_transaction_isolation=serializable")},
	{name: "MariaDB counting found rows", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("clientFoundRows=true")},
	{name: "MariaDB without prepared statements", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("interpolateParams=true")},
	{name: "MariaDB with times parsed elsewhere", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("parseTime=true&loc=Asia%2FKathmandu&time_zone=%27-08%3A00%27")},
	{name: "MariaDB in latin1", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("charset=latin1")},
	{name: "MariaDB in latin1 without prepared statements", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("charset=latin1&interpolateParams=true")},
	{name: "MariaDB that cuts silently", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("sql_mode=%27ANSI_QUOTES,NO_BACKSLASH_ESCAPES%27")},
	{name: "MariaDB read committed", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("tx_isolation=%27READ-COMMITTED%27")},
	{name: "MariaDB serializable", driver: "mysql", dialect: loginsql.MySQL, source: mysqlSource("tx_isolation=%27SERIALIZABLE%27")},
}

func sqliteSource(t *testing.T) string {
	return filepath.Join(t.TempDir(), "logins.db") + "?_pragma=busy_timeout(20000)&_pragma=synchronous(0)"
}

// withParams appends parameters to a data source name.
func withParams(source, params string) string {
	switch {
	case params == "":
		return source
	case strings.Contains(source, "?"):
		return source + "&" + params
	}
	return source + "?" + params
}

func postgresSource(params string) func(t *testing.T) string {
	return func(t *testing.T) string {
		source := withParams(environ(t, "POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable&synchronous_commit=off").String(), params)
		expectServer(t, "PostgreSQL (POSTGRES_URL)", "pgx", source)
		return source
	}
}

// mysqlSource takes from MYSQL_URL what go-sql-driver takes: user:password@tcp(host:port)/database.
func mysqlSource(params string) func(t *testing.T) string {
	return func(t *testing.T) string {
		source := os.Getenv("MYSQL_URL")
		if source == "" {
			source = "root@tcp(127.0.0.1:3306)/test"
		}
		source = withParams(source, params)
		expectServer(t, "MariaDB (MYSQL_URL)", "mysql", source)
		return source
	}
}

func expectServer(t *testing.T, server, driver, source string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		absent(t, server, err)
	}
}

func (e sqlEngine) connect(t *testing.T, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(e.driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(8) // others test on these servers, too
	db.SetMaxIdleConns(8)
	return db
}

// newTable returns a store whose table is not there yet, and is dropped after the
// test.
func (e sqlEngine) newTable(t *testing.T, db *sql.DB) *loginsql.Store {
	store := loginsql.New(db, e.dialect)
	store.Table = scope()
	t.Cleanup(func() {
		if _, err := db.Exec("DROP TABLE IF EXISTS " + store.Table); err != nil {
			t.Error(err)
		}
	})
	return store
}

func (e sqlEngine) newLogins(t *testing.T, db *sql.DB) *loginsql.Store {
	t.Helper()
	store := e.newTable(t, db)
	if err := store.CreateSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func eachEngine(t *testing.T, test func(t *testing.T, e sqlEngine, source string)) {
	for _, e := range sqlEngines {
		t.Run(e.name, func(t *testing.T) { test(t, e, e.source(t)) })
	}
}

func TestLoginSQLIsALoginStore(t *testing.T) {
	for _, e := range slices.Concat(sqlEngines, sqlSettings) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel() // they wait for disks, mostly
			db := e.connect(t, e.source(t))
			storesuite.Run(t, func(t *testing.T) ginlogin.LoginStore { return e.newLogins(t, db) })
		})
	}
	t.Run("SQLite in memory", func(t *testing.T) {
		db := sqlEngines[0].connect(t, ":memory:")
		db.SetMaxOpenConns(1)
		storesuite.Run(t, func(t *testing.T) ginlogin.LoginStore { return sqlEngines[0].newLogins(t, db) })
	})
}

// instances calls f at once for some instances of an app, which have the table of
// a store in common and each its own connections.
func instances(t *testing.T, e sqlEngine, source, table string, f func(s *loginsql.Store) error) {
	t.Helper()
	const n = 8
	start := make(chan struct{})
	var group sync.WaitGroup
	for range n {
		db := e.connect(t, source)
		db.SetMaxOpenConns(2)
		store := loginsql.New(db, e.dialect)
		store.Table = table
		group.Go(func() {
			<-start
			if err := f(store); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
}

func TestInstancesMakeTheSchemaAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		db := e.connect(t, source)
		for range 5 {
			table := e.newTable(t, db).Table
			instances(t, e, source, table, func(s *loginsql.Store) error { return s.CreateSchema(context.Background()) })
			indexes := column(t, db, fmt.Sprintf(e.indexes, table))
			for _, name := range []string{table + "_user", table + "_expires", table + "_unused", table + "_external"} {
				if !slices.Contains(indexes, name) {
					t.Errorf("there is no index %s, but %q", name, indexes)
				}
			}
		}
	})
}

// column returns the first column of what is selected.
func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func TestASchemaThatIsThereIsLeftAlone(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		store := e.newLogins(t, e.connect(t, source))
		fill(t, store, 0, 3)
		if err := store.CreateSchema(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectLogins(t, store, 3)
	})
}

func TestWithoutItsTableAStoreSaysWhatToCall(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		store := e.newTable(t, e.connect(t, source))
		_, err := store.FindLogin(t.Context(), "1")
		if err == nil || !strings.Contains(err.Error(), "CreateSchema") {
			t.Errorf("FindLogin returns %v", err)
		}
	})
}

func TestATableOfOthersIsNotTaken(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		db := e.connect(t, source)
		store := e.newTable(t, db)
		if _, err := db.Exec("CREATE TABLE " + store.Table + " (id INTEGER)"); err != nil {
			t.Fatal(err)
		}
		if err := store.CreateSchema(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "loginsql: ") {
			t.Errorf("CreateSchema returns %v", err)
		}
	})
}

func TestTwoTablesAreTwoStores(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		db := e.connect(t, source)
		one, two := e.newLogins(t, db), e.newLogins(t, db)
		fill(t, one, 0, 1)
		expectLogins(t, two, 0)
		fill(t, two, 0, 2)
		if err := two.DeleteLogins(t.Context(), "ada", ""); err != nil {
			t.Fatal(err)
		}
		expectLogins(t, one, 1)
	})
}

func TestADatabaseThatIsAwayIsAnOutage(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		db := e.connect(t, source)
		store := loginsql.New(e.connect(t, source), e.dialect)
		store.Table = e.newLogins(t, db).Table
		_, err := store.FindLogin(t.Context(), "nobody")
		if !errors.Is(err, ginlogin.ErrLoginNotFound) {
			t.Errorf("FindLogin returns %v", err)
		}
		if _, err := db.Exec("DROP TABLE " + store.Table); err != nil {
			t.Fatal(err)
		}
		if _, err := store.FindLogin(t.Context(), "nobody"); err == nil || errors.Is(err, ginlogin.ErrLoginNotFound) {
			t.Errorf("FindLogin without a table returns %v", err)
		}
	})
}

func init() { _ = mysql.SetLogger(new(mysql.NopLogger)) } // the tests look at the errors
