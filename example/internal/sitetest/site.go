// Package sitetest serves the whole site to the stories of its features: to a Visitor, who is a client with
// cookies, and to a Browser, which is Chromium with a checker of accessibility. Not for programs.
package sitetest

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/site"
)

func init() { gin.SetMode(gin.TestMode) }

// Site is a site that tests look behind.
type Site struct{ *site.Site }

// New makes a site with an empty database.
func New(t *testing.T) *Site {
	t.Helper()
	return on(t, filepath.Join(t.TempDir(), "test.db"))
}

// on makes a site on the database at an address.
func on(t *testing.T, address string) *Site {
	t.Helper()
	db, err := database.Open(t.Context(), address, site.Schemas...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := config.Load(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c.Mail.Site = Address
	c.Keys = [][]byte{[]byte("a secret key of thirty-two bytes")}
	s := &Site{site.New(c, db, database.EngineOf(address), slog.New(slog.DiscardHandler))}
	if err := s.Logins.CreateSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// Clock is ahead of time.Now as much as it is told.
type Clock struct{ ahead atomic.Int64 }

// Advance lets time pass for the logins, though not for the rest of the site.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// Runs makes the site use the clock.
func (c *Clock) Runs(s *Site) {
	s.Now = func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
}

// Address is what the links of a test site begin with. It is not where the site is, which only the server knows.
const Address = "https://site.example"

// Exec changes the database beneath the site.
func (s *Site) Exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.DB.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// Ada has an account on every test site.
const (
	AdaEmail    = "ada@example.com"
	AdaPassword = "analytical engine"
)

// Open serves a new site over HTTPS, with an account for Ada and a first visitor. It changes what is
// to be different first.
func Open(t *testing.T, changes ...func(*Site)) (*Site, *Visitor) {
	t.Helper()
	s := New(t)
	for _, change := range changes {
		change(s)
	}
	return Serve(t, s)
}

// Serve is Open for a site that is there already.
func Serve(t *testing.T, s *Site) (*Site, *Visitor) {
	t.Helper()
	if _, err := s.Users.Create(t.Context(), AdaEmail, "Ada Lovelace", AdaPassword); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(withTestAddress(s.Handler()))
	t.Cleanup(server.Close)
	return s, NewVisitor(t, server.URL, server.Client().Transport)
}

func withTestAddress(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if address := req.Header.Get(testAddress); address != "" {
			req.RemoteAddr = net.JoinHostPort(address, "1024")
		}
		handler.ServeHTTP(w, req)
	})
}
