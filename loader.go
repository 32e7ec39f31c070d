package ginlogin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/norow"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// RequestLoader finds a user by the request itself, for instance by an API token, when
// neither the session nor a remember cookie names one. It returns nil when the request
// names no user; an error that LoginManager.IsNotFound does not recognise is an outage. A
// user whose ID is "", such as the zero struct that GORM's Find leaves, also means no
// user. If your IDs are numbers, a zero struct has the ID "0": use First or Take, which
// return an error.
type RequestLoader func(c *gin.Context) (User, error)

// FromRequest makes a [RequestLoader] of a function that returns your own type. A nil
// pointer from it means that the request names no user.
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
// No user is found for an ID that is not such a number, that is too large for the type,
// or that is spelled differently, such as "+1" or "01". IntID returns nil if load is nil.
func IntID[U User, I integer](load func(ctx context.Context, id I) (U, error)) func(ctx context.Context, id string) (U, error) {
	if load == nil {
		return nil
	}
	return func(ctx context.Context, id string) (U, error) {
		n, ok := parseInt[I](id)
		if !ok {
			var none U
			return none, fmt.Errorf("%w: the ID %q is not a %T in plain decimal digits", ErrUserNotFound, id, n)
		}
		return load(ctx, n)
	}
}

// parseInt reads a number that fits into I, in the one spelling that strconv writes: a
// second spelling would be a second ID of the same user, and the login store would not
// find the rows of the first.
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
// No user is found for an ID that parse refuses, or that is spelled differently than
// GetID does: uuid.Parse also reads capitals. ParseID returns nil if parse or load is
// nil.
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
		u, err := load(ctx, parsed)
		if err == nil && !visit.IsNil(u) && u.GetID() != id {
			if spelled, err := parse(u.GetID()); err == nil && reflect.DeepEqual(spelled, parsed) {
				var none U
				return none, fmt.Errorf("%w: the ID %q is another spelling of %q", ErrUserNotFound, id, u.GetID())
			}
		}
		return u, err
	}
}

// find returns the user of that ID, or nil. A user with another ID is refused: a loader
// that confuses IDs must not log a visitor in as another user.
func (lm *LoginManager) find(ctx context.Context, id string) (User, error) {
	u, err := lm.load(ctx, id)
	if u, err = lm.found(u, err, id); u == nil || err != nil {
		return nil, err
	}
	if u.GetID() != id {
		return nil, fmt.Errorf("ginlogin: the user loader got the ID %q and returned a user with the ID %q: "+
			"GetID has to return the ID that the loader got", id, u.GetID())
	}
	return u, nil
}

// found sorts the answers of a loader: a user, no user (nil, nil), or an outage. A zero
// struct, as GORM's Find leaves it, is no user.
func (lm *LoginManager) found(u User, err error, id string) (User, error) {
	switch {
	case err != nil && lm.isNotFound(err, id):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ginlogin: loading the user: %w%s", err, norow.Hint(err))
	case visit.IsNil(u) || u.GetID() == "":
		return nil, nil
	}
	return u, nil
}

func (lm *LoginManager) isNotFound(err error, id string) bool {
	if errors.Is(err, ErrUserNotFound) {
		return true
	}
	if lm.IsNotFound != nil {
		return lm.IsNotFound(err)
	}
	return norow.Is(err, id)
}
