package ginlogin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// RequestLoader finds a user by the request itself, for instance by an API token,
// when neither the session nor a remember cookie names one. It returns nil, or a
// user whose ID is empty, when the request names nobody; an error that
// LoginManager.IsNotFound does not recognise is an outage.
type RequestLoader func(c *gin.Context) (User, error)

// FromRequest makes a [RequestLoader] of a function that returns your own type.
// A nil pointer from it means nobody.
func FromRequest[U User](load func(c *gin.Context) (U, error)) RequestLoader {
	if load == nil {
		return nil
	}
	return func(c *gin.Context) (User, error) { return load(c) }
}

// userLoader finds a user by ID; nil means that there is none.
type userLoader func(ctx context.Context, id string) (User, error)

func untyped[U User](load func(ctx context.Context, id string) (U, error)) userLoader {
	if load == nil {
		return nil
	}
	return func(ctx context.Context, id string) (User, error) { return load(ctx, id) }
}

// integer is every type of whole numbers that an ID may have.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// IntID adapts a user loader that takes a number of any integer type:
//
//	lm := ginlogin.New(ginlogin.IntID(users.ByID)) // func(ctx context.Context, id uint32) (*Account, error)
//
// An ID that is not such a number, or too large for the type, is no user's. The
// same holds for another spelling of a number, such as "+1" or "01". Without a
// load function IntID returns nil.
func IntID[U User, I integer](load func(ctx context.Context, id I) (U, error)) func(ctx context.Context, id string) (U, error) {
	if load == nil {
		return nil
	}
	return func(ctx context.Context, id string) (U, error) {
		n, ok := parseInt[I](id)
		if !ok {
			var none U
			return none, fmt.Errorf("%w: the ID %q is no %T in plain decimal digits", ErrUserNotFound, id, n)
		}
		return load(ctx, n)
	}
}

// parseInt reads a number that fits into I. It accepts the one spelling that
// strconv writes: a second one would be a second ID of the same user, which no
// comparison of IDs finds, not that of the login store's rows either.
func parseInt[I integer](id string) (n I, ok bool) {
	if isUnsigned := n-1 > 0; isUnsigned {
		u, err := strconv.ParseUint(id, 10, 64)
		n = I(u)
		return n, err == nil && uint64(n) == u && strconv.FormatUint(u, 10) == id
	}
	i, err := strconv.ParseInt(id, 10, 64)
	n = I(i)
	return n, err == nil && int64(n) == i && strconv.FormatInt(i, 10) == id
}

// ParseID adapts a user loader that takes an ID of a type of its own, and the
// function that parses this type:
//
//	lm := ginlogin.New(ginlogin.ParseID(uuid.Parse, users.ByID)) // func(ctx context.Context, id uuid.UUID) (*Account, error)
//
// An ID that parse refuses is no user's. Without one of the functions ParseID
// returns nil.
func ParseID[U User, I any](parse func(id string) (I, error), load func(ctx context.Context, id I) (U, error)) func(ctx context.Context, id string) (U, error) {
	if parse == nil || load == nil {
		return nil
	}
	return func(ctx context.Context, id string) (U, error) {
		parsed, err := parse(id)
		if err != nil {
			var none U
			return none, fmt.Errorf("%w: the ID %q does not parse: %v", ErrUserNotFound, id, err)
		}
		return load(ctx, parsed)
	}
}

// found tells the three answers of a loader apart: a user, nobody (nil, nil),
// and an outage.
func (lm *LoginManager) found(u User, err error) (User, error) {
	switch {
	case err != nil && lm.isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ginlogin: loading the user: %w%s", err, hintAt(err))
	case visit.IsNil(u):
		return nil, nil
	}
	return u, nil
}

// hintAt helps with an outage that is none: the error of a database library that
// has one of its own for a missing row. It is only for the eye.
func hintAt(err error) string {
	text := strings.ToLower(err.Error())
	for _, missing := range []string{"not found", "not exist", "no rows", "no documents", "no such user", "unknown user"} {
		if strings.Contains(text, missing) {
			return ` (if that means "no such user": wrap it with %w, return ErrUserNotFound, or set LoginManager.IsNotFound)`
		}
	}
	return ""
}

func (lm *LoginManager) isNotFound(err error) bool {
	if errors.Is(err, ErrUserNotFound) {
		return true
	}
	if lm.IsNotFound != nil {
		return lm.IsNotFound(err)
	}
	return errors.Is(err, sql.ErrNoRows) || hasLeaf(err, isMissingRow) || refusesID(err)
}

// missingRow has the texts of the errors by which libraries say that a row is not
// there. The library would have to import theirs to compare the errors
// themselves. A text has to be the whole of an error that wraps no other one:
// "no rows in result set: connection reset" and "relation not found" are outages.
var missingRow = map[string]bool{
	"no rows in result set":         true, // pgx; since v5.7 it is a sql.ErrNoRows, too
	"record not found":              true, // GORM
	"mongo: no documents in result": true,
	"redis: nil":                    true, // go-redis
	"redigo: nil returned":          true,
}

func isMissingRow(err error) bool { return missingRow[err.Error()] || isMissingEntity(err) }

// isMissingEntity knows the error that ent generates into a package of the app,
// from which no library can import it.
func isMissingEntity(err error) bool {
	v := reflect.Indirect(reflect.ValueOf(err))
	return v.Kind() == reflect.Struct && v.Type().Name() == "NotFoundError" &&
		strings.HasSuffix(err.Error(), ": "+v.FieldByName("label").String()+" not found")
}

// refusesID reports whether PostgreSQL has refused the ID itself: it has not the
// form of the column, or is beyond its range. There is no row with such an ID.
// Otherwise the logins from before a change of the column would be outages for
// ever.
func refusesID(err error) bool {
	const invalidText, outOfRange = "22P02", "22003"
	var e interface{ SQLState() string }
	return errors.As(err, &e) && (e.SQLState() == invalidText || e.SQLState() == outOfRange)
}

// hasLeaf reports whether is holds for an error that err wraps, however deep, and
// that wraps no other one.
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
