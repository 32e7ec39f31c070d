package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A login that has no row, or whose client differs, in the next request already.
func TestALoginThatEndsByItsRowOrItsClientIsWarnedOfOnce(t *testing.T) {
	turns := 0
	changes := func(s *site) { s.lm.Identifier = func(*gin.Context) string { turns++; return fmt.Sprint(turns) } }
	for _, row := range []struct {
		name  string
		setup func(s *site)
		page  string
		want  string
	}{
		{"a store of logins for each instance", func(s *site) { s.lm.Logins = emptyStore{newShelf()} }, "/secret", "LoginManager.Logins has no row of a login"},
		{"strong protection", func(s *site) { changes(s); s.lm.SessionProtection = ginlogin.ProtectStrong }, "/secret", "session protection found another client"},
		{"basic protection", changes, "/vault", "session protection found another client"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, wait := range []time.Duration{0, 10 * time.Second} {
				s := newSite(t, cookieStore(), row.setup)
				for range 2 {
					b := s.browser()
					b.post("/login?id=1")
					s.clock.Advance(wait)
					wants(t, "sent to log in", b.do("GET", row.page).StatusCode, http.StatusFound)
				}
				wants(t, fmt.Sprint("warnings after ", wait), strings.Count(s.logged(), row.want), map[bool]int{true: 1}[wait == 0])
			}
		})
	}
}

// An emptyStore is that of another instance.
type emptyStore struct{ ginlogin.LoginStore }

func (emptyStore) FindLogin(context.Context, string) (ginlogin.StoredLogin, error) {
	return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
}
