package ginlogin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// RequestLoader finds a user by the request itself, for instance by an API token,
// when neither the session nor a remember cookie names one. It returns nil when
// the request names nobody; an error that LoginManager.IsNotFound does not
// recognise is an outage.
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

// IntID adapts a user loader that takes a number. For an ID that is not a number
// there is no user.
func IntID[U User](load func(ctx context.Context, id int64) (U, error)) func(ctx context.Context, id string) (U, error) {
	return func(ctx context.Context, id string) (U, error) {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			var none U
			return none, fmt.Errorf("%w: ID %q is not a number", ErrUserNotFound, id)
		}
		return load(ctx, n)
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
	text := err.Error()
	for _, missing := range []string{"not found", "no rows", "no documents"} {
		if strings.Contains(text, missing) {
			return ` (if that means "no such user": return ErrUserNotFound, or set LoginManager.IsNotFound)`
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
	return errors.Is(err, sql.ErrNoRows)
}
