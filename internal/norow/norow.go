// Package norow knows the errors of libraries for a missing row, so that a missing user
// does not count as an outage of the database. Comparing the errors themselves would take
// an import of each library; storetest tests them against the libraries.
package norow

import (
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Is reports whether err, of a function that looked for the row of id, means that there is
// none. An id of "" means any.
func Is(err error, id string) bool {
	return errors.Is(err, sql.ErrNoRows) || hasLeaf(err, isMissingRow) || refusesID(err) || doesNotParse(err, id)
}

// texts has those of the errors for a missing row. A text has to be the whole of an error
// that wraps no other one: "no rows in result set: connection reset" and "relation not
// found" are outages.
var texts = map[string]bool{
	"no rows in result set":         true, // pgx; since v5.7 it is a sql.ErrNoRows, too
	"record not found":              true, // GORM
	"mongo: no documents in result": true,
	"redis: nil":                    true, // go-redis
	"redigo: nil returned":          true,
	"redis nil message":             true, // rueidis
	"pg: no rows in result set":     true, // go-pg
}

func isMissingRow(err error) bool { return texts[err.Error()] || isMissingEntity(err) }

// isMissingEntity knows the error that ent generates into a package of the app, from which
// no library can import it.
func isMissingEntity(err error) bool {
	v := reflect.Indirect(reflect.ValueOf(err))
	return v.Kind() == reflect.Struct && v.Type().Name() == "NotFoundError" &&
		strings.HasSuffix(err.Error(), ": "+v.FieldByName("label").String()+" not found")
}

// refusesID reports whether PostgreSQL has refused the ID itself: it does not have the type
// of the column, or is out of its range. No row has such an ID. Otherwise logins made
// before the column's type changed would be outages for ever.
func refusesID(err error) bool {
	const invalidText, outOfRange = "22P02", "22003"
	code := SQLState(err)
	return code == invalidText || code == outOfRange
}

// SQLState returns the code of an error of PostgreSQL, or "".
func SQLState(err error) string {
	var coded interface{ SQLState() string }    // pgx and lib/pq
	var fielded interface{ Field(byte) string } // go-pg
	switch {
	case errors.As(err, &coded):
		return coded.SQLState()
	case errors.As(err, &fielded):
		return fielded.Field('C')
	}
	return ""
}

// doesNotParse reports whether the app has failed to parse this ID as a number. A failure
// to parse any other text, such as a column of a row, is an outage.
func doesNotParse(err error, id string) bool {
	var number *strconv.NumError
	return id != "" && errors.As(err, &number) && number.Num == id
}

// hasLeaf reports whether is holds for an error that err wraps, however deep, and that
// wraps no other one.
func hasLeaf(err error, is func(error) bool) bool {
	switch wrapper := err.(type) {
	case nil:
		return false
	case interface{ Unwrap() error }:
		return hasLeaf(wrapper.Unwrap(), is)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(wrapper.Unwrap(), func(err error) bool { return hasLeaf(err, is) })
	}
	return is(err)
}

// hints are for errors that may not be outages, by a part of their text. No decision
// depends on them.
var hints = []struct{ part, hint string }{
	{"not found", missingHint}, {"not exist", missingHint}, {"no rows", missingHint}, {"no documents", missingHint},
	{"no such user", missingHint}, {"unknown user", missingHint},
	{"invalid uuid", parseHint}, {"incorrect uuid", parseHint}, {"valid objectid", parseHint}, {"invalid syntax", parseHint},
}

const (
	missingHint = ` (if that means "no such user": wrap it with %w, return ErrUserNotFound, or set LoginManager.IsNotFound)`
	parseHint   = ` (if that means that the ID does not parse, as after a change of the IDs: use ginlogin.IntID or ginlogin.ParseID)`
)

// Hint returns what to do if err means "no such user" after all, or "".
func Hint(err error) string {
	text := strings.ToLower(err.Error())
	for _, h := range hints {
		if strings.Contains(text, h.part) {
			return h.hint
		}
	}
	return ""
}
