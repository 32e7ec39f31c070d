// Package site is what the tests of this module have in common: an app with users
// on ginlogin, a server for it on HTTPS, and browsers that visit it.
package site

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func init() {
	gin.SetMode(gin.ReleaseMode)
	// gin-contrib logs a line for every cookie that does not decode.
	slog.SetDefault(slog.New(slog.DiscardHandler))
}

// An Account is a user of the app. Every ID is one.
type Account struct {
	ginlogin.UserMixin
	ID string
}

// GetID returns the ID.
func (a *Account) GetID() string { return a.ID }

func find(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

// Key returns a secret that no app should have, because it can be guessed.
func Key(purpose string) []byte {
	sum := sha256.Sum256([]byte(purpose))
	return sum[:]
}

// Manager returns the login manager of the app.
func Manager() *ginlogin.LoginManager {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{Key("remember")}
	lm.LoginView = "/login"
	return lm
}

// Engine returns an engine as it goes live, with these middlewares.
func Engine(middlewares ...gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil)
	engine.Use(middlewares...)
	return engine
}

// A Site is a server for one test.
type Site struct {
	*httptest.Server
	T    *testing.T
	Path string // where the app begins; "" is all of the server
}

// Serve serves an app on HTTPS until the test ends.
func Serve(t *testing.T, handler http.Handler) *Site {
	t.Helper()
	s := &Site{Server: httptest.NewUnstartedServer(handler), T: t}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// Wants fails the test unless got is want.
func Wants[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
