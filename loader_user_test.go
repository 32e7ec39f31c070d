package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// What the user loader returns is not believed: a loader with a mistake would let one
// user in as another one.
func TestALoadersUserHasTheIDThatWasAskedFor(t *testing.T) {
	for _, row := range []struct {
		name   string
		loaded *account
		want   string // of a guarded page
		error  string // of LoadUser
		still  string // StillLoggedIn
	}{
		{"the user", &account{ID: "1"}, "200 secret", "", "true <nil>"},
		{"another user", &account{ID: "2"}, "503 ", `the ID "1" and returned a user with the ID "2"`, "false ginlogin: the user loader"},
		{"a zero struct, as GORM's Find leaves it", &account{}, "302", "", "false <nil>"},
		{"nobody", nil, "302", "", "false <nil>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			failure, still := "", ""
			s.engine.GET("/loaded", func(c *gin.Context) {
				_, err := ginlogin.LoadUser(c)
				failure = fmt.Sprint(err)
			})
			s.engine.GET("/stream", func(c *gin.Context) {
				ctx := ginlogin.Context(c)
				s.users.rows["1"] = row.loaded
				on, err := ginlogin.StillLoggedIn(ctx)
				still = fmt.Sprint(on, err)
			})
			b := s.browser()
			b.post("/login?id=1&remember=1")
			b.get("/stream")
			wantsText(t, "still logged in", still, row.still)
			loaded, remembered := b.copyOf("session"), b.copyOf("remember_token")
			loaded.get("/loaded")
			wants(t, "LoadUser fails", failure != "<nil>", row.error != "")
			wantsText(t, "LoadUser", failure, row.error)
			wants(t, "by the session", textOf(b.copyOf("session").do("GET", "/secret")), row.want)
			wants(t, "by the remember cookie", textOf(remembered.do("GET", "/secret")), row.want)
			if row.error != "" {
				wants(t, "the cookies are left alone", len(b.do("GET", "/whoami").Cookies()), 0)
				wantsText(t, "log", s.logged(), "level=ERROR", "GetID has to return the ID")
			}
		})
	}
}

func TestAGuardAnswersAClientThatHasHungUpWith499(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		gone bool
		want int
	}{
		{"a client that has gone", context.Canceled, true, 499},
		{"an outage as well", errStoreDown, true, http.StatusServiceUnavailable},
		{"a context that the loader has canceled", context.Canceled, false, http.StatusServiceUnavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.ErrorHandler = func(c *gin.Context, _ error) { c.String(http.StatusServiceUnavailable, "handled") }
			})
			leave := func(c *gin.Context) {
				if row.gone {
					ctx, cancel := context.WithCancel(c.Request.Context())
					cancel()
					c.Request = c.Request.WithContext(ctx)
				}
			}
			s.engine.GET("/page", leave, ginlogin.LoginRequired(), s.inside)
			b := s.browser()
			b.post("/login?id=1")
			s.users.fail(row.err)
			s.told()
			rep := b.do("GET", "/page")
			wants(t, "status", rep.StatusCode, row.want)
			wants(t, "body", rep.body, map[int]string{503: "handled"}[row.want])
			wants(t, "the handler ran", strings.Contains(s.told(), "handler"), false)
		})
	}
}
