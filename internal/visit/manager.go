package visit

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/remember"
)

// User is what a visit needs to know about a user.
type User interface {
	GetID() string
	IsAuthenticated() bool
	IsActive() bool
	IsAnonymous() bool
}

// MayPass reports whether guards let u pass. Go's embedding cannot derive
// IsAuthenticated from IsActive, as Flask-Login's mixin does, so both are asked.
func MayPass(u User) bool { return u.IsAuthenticated() && u.IsActive() && !u.IsAnonymous() }

// A Store keeps the rows of logins. Errors are outages.
type Store interface {
	Create(ctx context.Context, row login.Row) error
	// Find returns the zero Row if there is none.
	Find(ctx context.Context, id string) (login.Row, error)
	Swap(ctx context.Context, old, next login.Row) (bool, error)
	Delete(ctx context.Context, id string) error
	DeleteAll(ctx context.Context, user, except string) error
	List(ctx context.Context, user string, limit int) ([]login.Row, error)
}

// A Manager is the settings, checked, and what follows from them. It does not
// change any more.
type Manager struct {
	Settings any // those of the root package, which it finds here again

	Middleware, Opener string // the names of the middleware and of LoginNotRequired in a chain of handlers

	Name        string
	SessionName string // with sessions.SessionsMany
	SessionKey  string // where the record is in the session
	ForNext     bool   // the page that asked for the login is kept in the session
	Policy      login.Policy

	Bindings *keyring.Ring // bind logins to a SessionHash
	Activity *keyring.Ring // sign the activity cookie
	Remember *remember.Jar

	RememberFor time.Duration // the lifetime of remember cookies

	Load        func(ctx context.Context, id string) (User, error) // the user with that ID, nil for no such user; may be nil itself
	LoadRequest func(c *gin.Context) (User, error)                 // nil for no user; likewise
	Anonymous   func(c *gin.Context) User
	Guest       User                        // the plain anonymous user
	Identifier  func(c *gin.Context) string // nil: address and user agent
	IsActivity  func(c *gin.Context) bool   // nil: every request is
	Store       Store                       // nil: logins have no rows
	Device      *Device                     // nil: there are no rows, or no keys
	Closed      bool                        // routes need a login by default
	MaxLogins   int                         // of a user; 0: any number

	ForceHost    string // of redirects to login pages; "": they are relative
	Localize     func(c *gin.Context, message string) string
	ErrorHandler func(c *gin.Context, err error) // answers outages; nil: 503

	CacheControl []string // the header's lines, shared by all responses; nil for none
	Handlers     [EventCount][]func(c *gin.Context, u User)
	AuditLog     *slog.Logger // nil: none
	Logger       *slog.Logger // nil: slog.Default()
	Now          func() time.Time

	UserType reflect.Type // that the loader returns
	warned   warnings
}

// recordKey is where the record of a manager without a Name is in the session; the
// others follow behind a dot.
const recordKey = "_login"

// RecordKey returns where the record of the manager of that name is.
func RecordKey(name string) string { return keyOf(recordKey, name) }

// keyOf is where a manager of that name has a value in the session.
func keyOf(base, name string) string {
	if name == "" {
		return base
	}
	return base + "." + name
}

// isKeyOf reports whether some manager has a value under key, which keyOf has made of base.
func isKeyOf(base, key string) bool { return key == base || strings.HasPrefix(key, base+".") }

// isRecordKey reports whether a manager has its record under key.
func isRecordKey(key string) bool { return isKeyOf(recordKey, key) }

// StoredUser is how the login store names a user. No ID of a manager without a
// Name, which a user may have chosen, can be taken for another manager's.
func StoredUser(manager, id string) string {
	if manager == "" && !strings.Contains(id, ":") {
		return id
	}
	return manager + ":" + id
}

// UserOf is the reverse of StoredUser.
func UserOf(manager, stored string) string {
	if id, ok := strings.CutPrefix(stored, manager+":"); ok {
		return id
	}
	return stored
}

func (m *Manager) seconds() int64 { return m.Now().Unix() }

func (m *Manager) logger() *slog.Logger {
	if m.Logger != nil {
		return m.Logger
	}
	return slog.Default()
}
