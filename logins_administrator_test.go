package ginlogin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAnAdministratorListsTheLoginsOfAnyUserOfTheManager(t *testing.T) {
	store := newShelf()
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins, s.lm.Name = store, "staff" })
	s.browser().post("/login?id=1")
	s.browser().post("/login?id=2")
	rows, err := s.lm.LoginsOf(t.Context(), "1")
	if err != nil || len(rows) != 1 || rows[0].User != "staff:1" {
		t.Errorf("got %v, %v", rows, err)
	}
	store.fail(errStoreDown)
	_, err = s.lm.LoginsOf(t.Context(), "1")
	wants(t, "outage", errors.Is(err, errStoreDown), true)
	s.lm.Logins = nil
	_, err = s.lm.LoginsOf(t.Context(), "1")
	wants(t, "no store", err, ginlogin.ErrNoLoginStore)
}

func TestAnIdentityProviderEndsTheLoginsItMade(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) {
		s.lm.Name = "staff"
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
	})
	s.engine.POST("/callback", func(c *gin.Context) {
		answer200(c, ginlogin.Login(c, s.users.get("1"), ginlogin.ExternalID(c.Query("sid")), ginlogin.Remember(true)))
	})
	one, two, other := s.browser(), s.browser(), s.browser()
	one.post("/callback?sid=issuer|a")
	two.post("/callback?sid=issuer|a")
	other.post("/callback?sid=issuer|b")
	s.logged()
	noError(t, s.lm.EndExternal(t.Context(), "issuer|a"))
	wantsText(t, "log", s.logged(), `msg=login_ended manager=staff user=1 login=`, `reason="by the identity provider"`)
	wants(t, "one", one.get("/whoami"), "200 user ")
	wants(t, "one, remembered", one.restore(), "200 user ")
	wants(t, "the other browser of that session", two.get("/whoami"), "200 user ")
	wants(t, "another session of the provider", other.get("/whoami"), "200 user 1")

	noError(t, s.lm.EndExternal(t.Context(), ""))
	noError(t, s.lm.EndExternal(t.Context(), "unknown"))
	wants(t, "rows", store.count(), 1)
	store.fail(errStoreDown)
	wants(t, "outage", errors.Is(s.lm.EndExternal(t.Context(), "issuer|b"), errStoreDown), true)
	s.lm.Logins = nil
	wants(t, "no store", s.lm.EndExternal(t.Context(), "issuer|b"), ginlogin.ErrNoLoginStore)
}

// A list of the store is bounded; the logins of one session of the provider are not.
func TestAnIdentityProviderEndsMoreLoginsThanAreListed(t *testing.T) {
	s, store := newStoredSite(t, nil)
	for i := range 450 {
		id := fmt.Sprint("L", i)
		store.rows[id] = ginlogin.StoredLogin{ID: id, User: "1", ExternalID: "sid"}
	}
	noError(t, s.lm.EndExternal(t.Context(), "sid"))
	wants(t, "rows", store.count(), 0)
}

func TestAnAdministratorEndsOneLoginOfAnyUser(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) {
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
	})
	one, two := s.browser(), s.browser()
	one.post("/login?id=1")
	first := store.only(t).ID
	two.post("/login?id=1")
	for name, try := range map[string][2]string{"another user's": {"2", first}, "an unknown one": {"1", "unknown"}, "none": {"1", ""}} {
		wants(t, name, errors.Is(s.lm.EndLoginOf(t.Context(), try[0], try[1]), ginlogin.ErrLoginNotFound), true)
	}
	s.logged()
	noError(t, s.lm.EndLoginOf(t.Context(), "1", first))
	wantsText(t, "log", s.logged(), "msg=login_ended user=1 login="+first, `reason="by the site"`)
	wants(t, "this one", one.get("/whoami"), "200 user ")
	wants(t, "the other one", two.get("/whoami"), "200 user 1")
	second := store.only(t).ID
	for _, call := range []string{"find", "delete"} {
		store.failOnly(call, errStoreDown)
		wants(t, "outage of "+call, errors.Is(s.lm.EndLoginOf(t.Context(), "1", second), errStoreDown), true)
		wants(t, "in the audit log", strings.Contains(s.logged(), "login_ended"), false)
		wants(t, "rows", store.count(), 1)
	}
	s.lm.Logins = nil
	wants(t, "no store", s.lm.EndLoginOf(t.Context(), "1", first), ginlogin.ErrNoLoginStore)
}
