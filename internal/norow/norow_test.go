package norow

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Errors of an app, by pointer and by value.
type (
	appError  struct{ err error }
	appErrors struct{ errs []error }
	empty     struct{}
)

func (e *appError) Error() string   { return "app: " + fmt.Sprint(e.err) }
func (e *appError) Unwrap() error   { return e.err }
func (e appErrors) Error() string   { return fmt.Sprint("app: ", e.errs) }
func (e appErrors) Unwrap() []error { return e.errs }
func (empty) Error() string         { return "record not found" }
func (empty) Unwrap() error         { return nil }

type refused string

func (r *refused) Error() string    { return "ERROR (SQLSTATE " + string(*r) + ")" }
func (r *refused) SQLState() string { return string(*r) }

// A fielded error is as go-pg has it.
type fielded map[byte]string

func (f fielded) Error() string         { return f['M'] }
func (f fielded) Field(key byte) string { return f[key] }

// NotFoundError is as ent generates it.
type NotFoundError struct{ label string }

func (e NotFoundError) Error() string { return "ent: " + e.label + " not found" }

func sqlState(code string) error { r := refused(code); return &r }

func number(text string) error { _, err := strconv.Atoi(text); return err }

func TestWhichErrorsSayThatThereIsNoRow(t *testing.T) {
	gorm, outage := errors.New("record not found"), errors.New("connection refused")
	for _, row := range []struct {
		name string
		err  error
		want bool
	}{
		{"in an error of the app's behind a pointer", &appError{gorm}, true},
		{"in an error of the app's that is a value", appErrors{[]error{gorm}}, true},
		{"in one of two errors", appErrors{[]error{outage, sql.ErrNoRows}}, true},
		{"deep", fmt.Errorf("a: %w", &appError{errors.Join(outage, fmt.Errorf("b: %w", gorm))}), true},
		{"an entity that is a value", NotFoundError{"user"}, true},
		{"an entity behind a pointer, joined", errors.Join(outage, &NotFoundError{"user"}), true},
		{"PostgreSQL refuses the ID, behind a pointer, joined", errors.Join(outage, sqlState("22P02")), true},
		{"PostgreSQL refuses the number, in an error of the app's", &appError{sqlState("22003")}, true},
		{"PostgreSQL refuses the ID through go-pg, wrapped", &appError{fielded{'C': "22P02"}}, true},
		{"PostgreSQL has no such table through go-pg", fielded{'C': "42P01"}, false},
		{"the ID is no number", &appError{number("ada")}, true},
		{"another text is no number", number("n/a"), false},
		{"an outage in an error of the app's", &appError{outage}, false},
		{"a wrapper that wraps nothing", &appError{}, false},
		{"a wrapper with the text, that wraps nothing", empty{}, false},
		{"joined outages", errors.Join(outage, outage), false},
		{"nothing joined", appErrors{}, false},
		{"PostgreSQL has no such column", sqlState("42703"), false},
	} {
		if got := Is(row.err, "ada"); got != row.want {
			t.Errorf("%s: %t, want %t", row.name, got, row.want)
		}
	}
}

func TestWithoutAnIDNoNumberIsIt(t *testing.T) {
	if Is(number(""), "") {
		t.Error("an empty number counts as the ID")
	}
}

func TestAHintIsForErrorsThatMayBeNone(t *testing.T) {
	for text, want := range map[string]string{
		"users: record not found": "LoginManager.IsNotFound", "sql: no rows": "LoginManager.IsNotFound", "no documents": "LoginManager.IsNotFound",
		"invalid UUID length: 3": "ginlogin.ParseID", "uuid: incorrect UUID length 3 in string": "ginlogin.ParseID",
		"the provided hex string is not a valid ObjectID": "ginlogin.ParseID", `strconv.Atoi: parsing "x": invalid syntax`: "ginlogin.IntID",
	} {
		if got := Hint(errors.New(text)); !strings.Contains(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
	if got := Hint(errors.New("connection refused")); got != "" {
		t.Errorf("an outage has the hint %q", got)
	}
}
