package ginlogin_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// confused is a site whose loader finds a user of another ID than it was asked for.
func confused(t *testing.T, found ginlogin.User) *site {
	t.Helper()
	s := newSite(t, cookieStore(), func(s *site) {
		loadWith(s, func(context.Context, string) (ginlogin.User, error) { return found, nil })
	})
	s.engine.POST("/enter", func(c *gin.Context) {
		answer200(c, ginlogin.Login(c, named{id: c.Query("id")}, ginlogin.Remember(true)))
	})
	s.guarded("/page", ginlogin.LoginRequired())
	return s
}

func TestAUserOfAnotherIDThanTheOneAskedForIsRefusedAndLogged(t *testing.T) {
	for _, row := range []struct{ name, id, found string }{
		{"another user", "1", "2"},
		{"the zero struct of a table of numbers", "7", "0"},
		{"another case, as a collation finds it", "ada", "Ada"},
		{"white space at the end, as a CHAR column has it", "ada", "ada  "},
		{"white space at the beginning", " 7", "7"},
		{"leading zeros", "007", "7"},
		{"a sign", "+7", "7"},
		{"a number that has overflowed", "-1", "18446744073709551615"},
		{"a UUID in capitals", "2F1C3C0E-9A1F-4E2B-8D3E-0D9C0B7A6F5E", "2f1c3c0e-9a1f-4e2b-8d3e-0d9c0b7a6f5e"},
		{"a UUID without hyphens", "2f1c3c0e9a1f4e2b8d3e0d9c0b7a6f5e", "2f1c3c0e-9a1f-4e2b-8d3e-0d9c0b7a6f5e"},
		{"a UUID as a URN", "urn:uuid:2f1c3c0e-9a1f-4e2b-8d3e-0d9c0b7a6f5e", "2f1c3c0e-9a1f-4e2b-8d3e-0d9c0b7a6f5e"},
		{"another form of the same letter", "ame\u0301lie", "am\u00e9lie"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := confused(t, named{id: row.found})
			b := s.browser()
			wants(t, "login", b.do("POST", "/enter?id="+strings.NewReplacer(" ", "%20", "+", "%2B").Replace(row.id)).StatusCode, 200)
			for _, cookie := range []string{"the session", "the remember cookie"} {
				s.told()
				wants(t, cookie, b.get("/page"), "503 ")
				wants(t, cookie+": the handler has run", strings.Contains(s.told(), "handler"), false)
				wantsText(t, cookie+": log", s.logged(), "level=ERROR", "the user loader got the ID", strings.Trim(strconv.Quote(row.found), `"`))
				b.put("session", "")
			}
		})
	}
}

func TestAUserWithoutAnIDIsNoUser(t *testing.T) {
	for name, found := range map[string]ginlogin.User{
		"a zero struct behind a pointer": &account{},
		"a zero struct":                  valueUser{},
		"an anonymous user":              ginlogin.AnonymousUser{"Name": "Guest"},
	} {
		t.Run(name, func(t *testing.T) {
			s := confused(t, found)
			s.clock.Advance(-time.Hour)
			b := s.browser()
			b.post("/enter?id=1")
			s.clock.Advance(time.Hour)
			wants(t, "by the user loader", b.do("GET", "/page").StatusCode, http.StatusFound)
			wants(t, "the login is ended", b.get("/userid"), `200 "" false`)

			r := newSite(t, cookieStore(), func(s *site) {
				s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { return found, nil }
			})
			wants(t, "by the request loader", r.browser().do("GET", "/secret", "Authorization", "Bearer unknown").StatusCode, http.StatusUnauthorized)
			wants(t, "events", r.told(), "user_accessed user_unauthorized")
		})
	}
}

// The same loader serves streams, links and users who act as another one.
func TestEveryPathRefusesAUserOfAnotherID(t *testing.T) {
	c := newClub(t, cookieStore, func(lm *ginlogin.LoginManager) {
		lm.Logins, lm.Logger = newShelf(), slog.New(slog.DiscardHandler)
	})
	var stream context.Context
	c.engine.GET("/stream", func(ctx *gin.Context) { stream = context.WithoutCancel(ginlogin.Context(ctx)) })
	links := ginlogin.Tokens[*clubMember]{Manager: c.lm, Purpose: "reset", Lifetime: time.Hour}
	link, err := links.New(t.Context(), c.members["ada"])
	noError(t, err)
	ada := c.login("ada")
	ada.get("/stream")
	acting := c.login("ada")
	acting.post("/act?id=bob")
	pending := c.browser()
	pending.post("/login?id=ada")

	right := c.members["ada"]
	c.members["ada"] = &clubMember{ID: "eve", Hash: "a"}
	if ok, err := ginlogin.StillLoggedIn(stream); ok || err == nil {
		t.Errorf("a stream: %t, %v", ok, err)
	}
	if u, err := links.User(t.Context(), link); u != nil || err == nil || errors.Is(err, ginlogin.ErrBadToken) {
		t.Errorf("a link: %v, %v", u, err)
	}
	wants(t, "who acts", acting.do("GET", "/who").StatusCode, http.StatusServiceUnavailable)
	wants(t, "the second step", pending.get("/pending"), "200 none")

	c.members["ada"] = right
	wants(t, "acting goes on", acting.get("/who"), "200 bob ")
	wants(t, "the second step may come", pending.get("/pending"), "200 ada")
}

// A loader that parses the ID by hand returns the error of package strconv.
func TestAnIDThatTheLoaderCannotParseAsANumberIsNoUsers(t *testing.T) {
	byHand := func(text func(id string) string) func(context.Context, string) (*account, error) {
		return func(_ context.Context, id string) (*account, error) {
			n, err := strconv.ParseInt(text(id), 10, 32)
			if err != nil {
				return nil, fmt.Errorf("users: %w", err)
			}
			return &account{ID: strconv.FormatInt(n, 10)}, nil
		}
	}
	for _, row := range []struct {
		name, id string
		text     func(id string) string
		want     string
	}{
		{"a name", "ada", func(id string) string { return id }, "200 user "},
		{"a number that is too large", "99999999999", func(id string) string { return id }, "200 user "},
		{"a number", "7", func(id string) string { return id }, "200 user 7"},
		{"a column of the row that is no number", "7", func(string) string { return "n/a" }, "503 outage"},
	} {
		s := newSite(t, cookieStore(), func(s *site) { loadWith(s, byHand(row.text)) })
		s.engine.POST("/enter", func(c *gin.Context) { answer200(c, ginlogin.Login(c, named{id: row.id})) })
		b := s.browser()
		b.post("/enter")
		wants(t, row.name, b.get("/whoami"), row.want)
	}
}

// After a change of the spelling, the logins from before end instead of being outages for
// ever.
func TestAnotherSpellingOfAnIDThatIsParsedIsNoUsers(t *testing.T) {
	load := ginlogin.ParseID(parseBinaryID, func(_ context.Context, id binaryID) (*account, error) {
		switch id {
		case binaryID{0xff}:
			return nil, nil
		case binaryID{1}:
			return &account{ID: "02000000"}, nil
		}
		return &account{ID: hex.EncodeToString(id[:])}, nil
	})
	for id, want := range map[string]string{"0badcafe": "0badcafe", "0BADCAFE": "not found", "0BadCafe": "not found", "01000000": "02000000", "ff000000": ""} {
		u, err := load(t.Context(), id)
		got := ""
		switch {
		case errors.Is(err, ginlogin.ErrUserNotFound):
			got = "not found"
		case u != nil:
			got = u.ID
		}
		wants(t, id, got, want)
	}
}
