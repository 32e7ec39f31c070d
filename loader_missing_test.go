package ginlogin_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// NotFoundError is as ent generates it into a package of the app, but that it can
// have another text.
type NotFoundError struct{ label, text string }

func (e *NotFoundError) Error() string {
	if e.text != "" {
		return e.text
	}
	return "ent: " + e.label + " not found"
}

// A missingError resembles it.
type missingError struct{ label string }

func (e *missingError) Error() string { return "ent: " + e.label + " not found" }

// A renamed error has another text than the one it wraps.
type renamed struct {
	text string
	err  error
}

func (e renamed) Error() string { return e.text }
func (e renamed) Unwrap() error { return e.err }

// A sqlStateError is an error of PostgreSQL.
type sqlStateError string

func (e sqlStateError) Error() string    { return "ERROR: no (SQLSTATE " + string(e) + ")" }
func (e sqlStateError) SQLState() string { return string(e) }

// The real libraries are asked in storetest. Here are their texts, and those of
// errors that resemble them.
func TestTheErrorOfALibraryForAMissingRowIsNoOutage(t *testing.T) {
	const nobody, outage = "200 user ", "503 outage"
	noRows := errors.New("no rows in result set")
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"database/sql", sql.ErrNoRows, nobody},
		{"pgx before 5.7", noRows, nobody},
		{"GORM", errors.New("record not found"), nobody},
		{"ent", &NotFoundError{label: "user"}, nobody},
		{"ent, for an entity of two words", &NotFoundError{label: "back_office_user"}, nobody},
		{"MongoDB", errors.New("mongo: no documents in result"), nobody},
		{"go-redis", errors.New("redis: nil"), nobody},
		{"redigo", errors.New("redigo: nil returned"), nobody},
		{"rueidis", errors.New("redis nil message"), nobody},
		{"go-pg", errors.New("pg: no rows in result set"), nobody},
		{"an ID that is no UUID in PostgreSQL", sqlStateError("22P02"), nobody},
		{"an ID that is too large for PostgreSQL", sqlStateError("22003"), nobody},

		{"wrapped", fmt.Errorf("table users: %w", noRows), nobody},
		{"wrapped twice", fmt.Errorf("users: %w", fmt.Errorf("find: %w", &NotFoundError{label: "user"})), nobody},
		{"wrapped beside an error of the app's", fmt.Errorf("%w: %w", errors.New("no account"), noRows), nobody},
		{"joined", errors.Join(nil, errors.New("record not found")), nobody},
		{"a refused ID, wrapped", fmt.Errorf("users: %w", sqlStateError("22P02")), nobody},

		{"the text continues", errors.New("no rows in result set: connection reset by peer"), outage},
		{"the text begins earlier", errors.New("dial tcp: record not found"), outage},
		{"the text of a wrapped error is repeated", fmt.Errorf("users: %v", noRows), outage},
		{"the text is that of a wrapper", renamed{"record not found", errors.New("connection refused")}, outage},
		{"a wrapper of nothing", renamed{"record not found", nil}, outage},
		{"a table is missing", sqlStateError("42P01"), outage},
		{"a relation is missing", errors.New(`relation "users" not found`), outage},
		{"a host is missing", errors.New("host not found"), outage},
		{"a host is missing, by net", &net.DNSError{Err: "no such host", Name: "db", IsNotFound: true}, outage},
		{"a deadlock", sqlStateError("40P01"), outage},
		{"too many connections", sqlStateError("53300"), outage},
		{"another class of SQLSTATE 22", sqlStateError("22001"), outage},
		{"nothing but a word", errors.New("not found"), outage},
		{"another case", errors.New("Record not found"), outage},
		{"redis is loading", errors.New("LOADING Redis is loading the dataset in memory"), outage},
		{"redis answers nil to something else", errors.New("redis: nil pointer"), outage},
		{"ent finds two", errors.New("ent: user not singular"), outage},
		{"ent's text without its type", errors.New("ent: user not found"), outage},
		{"ent's type with another text", &NotFoundError{label: "user", text: "ent: user not found in the cache, and the database is down"}, outage},
		{"ent's type with the text of another label", &NotFoundError{label: "user", text: "ent: host not found"}, outage},
		{"the name of ent's type without its text", &NotFoundError{text: "no such host"}, outage},
		{"a type of another name", &missingError{"user"}, outage},
		{"the context has ended", context.Canceled, outage},
		{"the context's deadline", fmt.Errorf("find: %w", context.DeadlineExceeded), outage},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return nil, row.err }
			})
			wants(t, "user", s.browser().get("/whoami"), row.want)
		})
	}
}

// Only the eye is helped: what an own error means is the program's to say.
func TestAnOutageThatMayBeAMissingUserIsLoggedWithTheCure(t *testing.T) {
	for text, helped := range map[string]bool{
		"user not found": true, "user 7 does not exist": true, "no such user": true, "Unknown user": true,
		"connection refused": false, "no such host": false,
	} {
		s := newSite(t, cookieStore(), nil)
		b := s.browser()
		b.post("/login?id=1")
		s.users.fail(errors.New(text))
		wants(t, text, b.get("/whoami"), "503 outage")
		logged := s.logged()
		wantsText(t, "log", logged, "level=ERROR", text)
		wants(t, "the cure of "+text, strings.Contains(logged, "return ErrUserNotFound"), helped)
	}
}
