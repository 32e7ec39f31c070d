package site_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	redigo "github.com/gomodule/redigo/redis"
)

// What a visitor can do is the same on all engines: each statement and each way to keep a session.
func TestEnginesAreAlike(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		s, ada := sitetest.Serve(t, newSite(t))
		ada.Post("/register", "email="+sitetest.AdaEmail, "name=Ada", "password="+sitetest.AdaPassword).Is(422).Says("There is an account")
		ada.Post("/login", "email="+sitetest.AdaEmail, "password=wrong").Is(401)
		ada.Get("/settings").LeadsTo("/login?next=%2Fsettings")
		ada.Get("/login?next=/settings").Says("Please log in to access this page.")
		ada.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "remember=1", "next=/settings").LeadsTo("/settings")
		ada.Get("/settings").Is(200).Says("Welcome back, Ada Lovelace.")

		token := ada.MakeToken("nightly copy")
		sitetest.WantAda(ada.Another().Get("/api/me", "Authorization: Bearer "+token))
		ada.Get("/tokens").Says("nightly copy", "just now")
		ada.Post("/tokens/revoke", "id="+ada.TokenIDs()[0]).LeadsTo("/tokens")
		ada.Another().Get("/api/me", "Authorization: Bearer "+token).Is(401)

		grace := ada.Another()
		grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
		grace.KnownAs("Grace")
		grace.Post("/register", "email=x").LeadsTo("/") // is for guests

		phone := ada.Another()
		phone.LogIn()
		copied := phone.Thief()
		ada.Get("/devices").Says("This device")
		ada.Post("/devices/others").LeadsTo("/devices")
		phone.KnownAs("")
		copied.KnownAs("")

		ada.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")
		ada.KnownAs("Ada Lovelace")
		ada.CloseBrowser()
		ada.KnownAs("Ada Lovelace") // remembered
		ada.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
		ada.Post("/confirm", "password=difference engine").LeadsTo("/")
		ada.Get("/settings").Is(200)

		testAdminOnEngines(t, s, ada, grace)
	})
}

func testAdminOnEngines(t *testing.T, s *sitetest.Site, ada, grace *sitetest.Visitor) {
	copied := ada.Thief()
	ada.Post("/logout").LeadsTo("/")
	ada.KnownAs("")
	copied.KnownAs("")
	grace.KnownAs("Grace")

	if _, err := s.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	admin := ada.Another()
	admin.LogInAsAdmin()
	admin.Follow(admin.Post("/admin/deactivate", "id=1").LeadsTo("/admin")).Says(sitetest.AdaEmail, "Deactivated")
	ada.Post("/login", "email="+sitetest.AdaEmail, "password=difference engine").Is(403)
	admin.Follow(admin.Post("/admin/reactivate", "id=1").LeadsTo("/admin")).SaysNot("Deactivated")
	graces, err := s.Users.FindByEmail(t.Context(), "grace@example.com")
	if err != nil {
		t.Fatal(err)
	}
	admin.Post("/admin/logout", "id="+graces.GetID()).LeadsTo("/admin")
	grace.KnownAs("")

	first, err := s.Users.FindByID(t.Context(), 1)
	if err != nil || first.Email != sitetest.AdaEmail || first.CreatedAt.IsZero() || !first.IsActive() || first.IsAdmin() {
		t.Errorf("found %+v, %v", first, err)
	}
}

// The session cookie ends with the browser wherever the session is.
func TestSessionCookieEndsWithTheBrowser(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := sitetest.Serve(t, newSite(t))
		c := v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).LeadsTo("/").SetsCookie("session")
		if c.MaxAge != 0 || !c.Expires.IsZero() || !c.Secure || !c.HttpOnly || c.SameSite == 0 || c.Path != "/" {
			t.Errorf("the session cookie is %s", c)
		}
		if c := v.Post("/logout").LeadsTo("/").SetsCookie("session"); c.MaxAge > 0 {
			t.Errorf("after the logout it is %s", c)
		}
	})
}

// Cookies of the key before are good as long as an instance knows it, and are replaced by such of the
// first key on the way.
func TestKeyRotation(t *testing.T) {
	before, after := bytes.Repeat([]byte("b"), 32), bytes.Repeat([]byte("a"), 32)
	for name, newSite := range map[string]func(*testing.T) *sitetest.Site{"cookies": sitetest.New, "Redis": sitetest.NewOnServers} {
		t.Run(name, func(t *testing.T) {
			var clock sitetest.Clock
			first := newSite(t)
			clock.Runs(first)
			withKeys := func(keys ...[]byte) *sitetest.Site {
				s := *first.Site
				s.Config.Keys = keys
				if s.Redis != nil {
					s.Redis = sitetest.ConnectRedis(t, keys, "ginlogin_example_test_"+t.Name()+"_")
				}
				return &sitetest.Site{Site: &s}
			}
			_, v := sitetest.Serve(t, withKeys(before))
			unremembered := v.Another()
			unremembered.LogIn()
			unremembered.MoveTo(withKeys(before, after)).KnownAs("Ada Lovelace")
			unremembered.MoveTo(withKeys(after, before)).KnownAs("Ada Lovelace")
			v.LogIn("remember=1")
			rotated := withKeys(after, before)
			v.MoveTo(rotated).KnownAs("Ada Lovelace")
			v.CloseBrowser()
			clock.Advance(time.Hour)
			v.MoveTo(rotated).KnownAs("Ada Lovelace")
			v.MoveTo(withKeys(after)).KnownAs("Ada Lovelace")
			v.MoveTo(withKeys(before)).KnownAs("")
		})
	}
}

func TestOutageOfRedis(t *testing.T) {
	s := sitetest.New(t)
	sitetest.OnRedis(t, s)
	_, ada := sitetest.Serve(t, s)
	ada.LogIn("remember=1")
	stranger := ada.Another()
	beneath := s.Redis.Beneath()
	pool := beneath.Pool
	beneath.Pool = &redigo.Pool{Dial: func() (redigo.Conn, error) { return nil, errors.New("connection refused") }}
	for _, path := range []string{"/", "/profile", "/settings"} {
		ada.Get(path).Is(503).Says("Back in a moment").SetsNoCookie("session").SetsNoCookie("remember_token")
	}
	stranger.Get("/").Is(200)
	stranger.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).Is(503).Says("nothing has been done")
	beneath.Pool = pool
	ada.KnownAs("Ada Lovelace")
	ada.Get("/settings").Is(200) // as fresh as before: it is the same session
}
