package visit

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
)

type user struct{ ID string }

func (u user) GetID() string         { return u.ID }
func (u user) IsAuthenticated() bool { return u.ID != "" }
func (u user) IsActive() bool        { return true }
func (u user) IsAnonymous() bool     { return false }

type employee struct{ user }

// logging returns a logger and what it has logged.
func logging() (*slog.Logger, *bytes.Buffer) {
	var logged bytes.Buffer
	return slog.New(slog.NewTextHandler(&logged, nil)), &logged
}

// isWarning fails the test unless logged is one line with text, or none if text is "".
func isWarning(t *testing.T, name string, logged *bytes.Buffer, text string) {
	t.Helper()
	lines := strings.Count(logged.String(), "\n")
	if text == "" && lines != 0 || text != "" && (lines != 1 || !strings.Contains(logged.String(), text)) {
		t.Errorf("%s: logged %q", name, logged)
	}
}

func TestAUserAskedForAsATypeThatNoUserHasIsWarnedOfOnce(t *testing.T) {
	t.Cleanup(func() { anyType.Store(false); userTypes.Clear() })
	Know(reflect.TypeFor[*user](), false)
	Know(reflect.TypeFor[*employee](), false) // of another manager
	ask := func(u User, as reflect.Type) *bytes.Buffer {
		logger, logged := logging()
		v := &Visit{m: &Manager{Logger: logger}}
		v.WarnAs(u, as)
		v.WarnAs(u, as)
		return logged
	}
	ada := &user{"1"}
	isWarning(t, "a struct for a pointer", ask(ada, reflect.TypeFor[user]()),
		"UserAs was asked for a visit.user, but the user is a *visit.user")
	isWarning(t, "the type of another manager", ask(ada, reflect.TypeFor[*employee]()), "")
	isWarning(t, "an interface", ask(ada, reflect.TypeFor[interface{ IsAdmin() bool }]()), "")
	isWarning(t, "nobody", ask(&user{}, reflect.TypeFor[user]()), "")
	Know(reflect.TypeFor[User](), false)
	isWarning(t, "a loader of any type", ask(ada, reflect.TypeFor[user]()), "")
	anyType.Store(false)
	Know(reflect.TypeFor[*user](), true)
	isWarning(t, "a request loader", ask(ada, reflect.TypeFor[user]()), "")
}

func TestACopyThatDoesNotKnowTheUserIsWarnedOfOnce(t *testing.T) {
	logger, logged := logging()
	v := &Visit{m: &Manager{Logger: logger, Anonymous: func(*gin.Context) User { return user{} }}, c: &gin.Context{}}
	v.Current(&gin.Context{})
	v.Current(&gin.Context{})
	isWarning(t, "a copy", logged, ErrNotResolved.Error())

	logged.Reset()
	v.m.warned = warnings{}
	v.tell(told{done: true, user: user{"1"}})
	v.Current(&gin.Context{})
	isWarning(t, "a copy that knows the user", logged, "")
}

func TestAContextOfARequestWithoutItsUserIsWarnedOf(t *testing.T) {
	type key struct{}
	logger, logged := logging()
	before := slog.Default()
	slog.SetDefault(logger)
	t.Cleanup(func() { slog.SetDefault(before); bare = sync.Once{} })
	request := context.WithValue(t.Context(), http.ServerContextKey, &http.Server{})
	WarnContext(context.Background(), key{})
	WarnContext(httptest.NewRequest("GET", "/", nil).Context(), key{})
	WarnContext(context.WithValue(request, key{}, "user"), key{})
	isWarning(t, "background work, a test, and a context with a user", logged, "")
	WarnContext(request, key{})
	WarnContext(request, key{})
	isWarning(t, "a context without", logged, "instead of c.Request.Context()")
}
