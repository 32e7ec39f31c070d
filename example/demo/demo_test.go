package demo_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/demo"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/rules"
)

const chosen = sitetest.Chosen

func TestTheFirstAdministratorsPasswordIsPrintedOnce(t *testing.T) {
	s, v := sitetest.Open(t)
	first := startAdmin(t, s, "")
	plain := sitetest.Printed(first)
	if problem := rules.Password(plain, demo.AdminEmail); problem != "" {
		t.Errorf("the password %q: %s", plain, problem)
	}
	later := startAdmin(t, s, "")
	if strings.Contains(later, plain) || !strings.Contains(later, "ADMIN_PASSWORD") {
		t.Errorf("a later start prints %q", later)
	}
	v.LogInAsFirstAdmin(plain).LeadsTo("/admin")
}

// Who has a key of the site, or has had one, knows no password by it.
func TestTheFirstAdministratorsPasswordComesOfNoKey(t *testing.T) {
	one, other := sitetest.New(t), sitetest.New(t) // of one key
	if a, b := startAdmin(t, one, ""), startAdmin(t, other, ""); sitetest.Printed(a) == sitetest.Printed(b) {
		t.Errorf("both sites print %q", a)
	}
}

func TestTheOperatorMayChooseTheFirstPassword(t *testing.T) {
	s, v := sitetest.Open(t)
	startAdmin(t, s, chosen)
	v.LogInAsFirstAdmin(chosen).LeadsTo("/admin")
	startAdmin(t, s, chosen) // ends no login: nothing has changed
	startAdmin(t, s, "")
	v.Get("/admin").Is(http.StatusOK)
	v.Another().LogInAsFirstAdmin(chosen).LeadsTo("/admin")
}

// Whoever has taken the account over is out, with all they have.
func TestAnotherChosenPasswordIsTheOperatorsWayBackIn(t *testing.T) {
	s, v := sitetest.Open(t)
	plain := sitetest.Printed(startAdmin(t, s, ""))
	thief := v.Another()
	thief.Post("/login", "email="+demo.AdminEmail, "password="+plain, "remember=1").LeadsTo("/")

	startAdmin(t, s, chosen)
	thief.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	thief.CloseBrowser()
	thief.KnownAs("")
	var left int
	if err := s.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM ginlogin_logins`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d logins are left, %v", left, err)
	}
	thief.LogInAsFirstAdmin(plain).Is(http.StatusUnauthorized)
	v.LogInAsFirstAdmin(chosen).LeadsTo("/admin")
}

// Instances of one site are told the same, and start at once.
func TestInstancesSetTheChosenPasswordTogether(t *testing.T) {
	s, v := sitetest.Open(t)
	for _, chosen := range []string{chosen, "another " + chosen} {
		var instances sync.WaitGroup
		for range 4 {
			instances.Go(func() {
				if _, err := s.Demo.Admin(t.Context(), chosen); err != nil {
					t.Error(err)
				}
			})
		}
		instances.Wait()
		v.Another().LogInAsFirstAdmin(chosen).LeadsTo("/admin")
	}
}

// Somebody else may have had that address before there were administrators.
func TestTheChosenPasswordOpensNoMembersAccount(t *testing.T) {
	s, v := sitetest.Open(t)
	v.Post("/register", "email="+demo.AdminEmail, "name=Grace", "password=a bug in the relay").LeadsTo("/")
	if _, err := s.Demo.Admin(t.Context(), chosen); err == nil || !strings.Contains(err.Error(), "ADMIN_PASSWORD: "+demo.AdminEmail) {
		t.Errorf("error %v", err)
	}
	v.KnownAs("Grace")
	v.Another().LogInAsFirstAdmin(chosen).Is(http.StatusUnauthorized)
}

// startAdmin is what a start does for the administrator.
func startAdmin(t *testing.T, s *sitetest.Site, chosen string) (line string) {
	t.Helper()
	line, err := s.Demo.Admin(t.Context(), chosen)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(line, demo.AdminEmail+" ") || chosen != "" && strings.Contains(line, chosen) {
		t.Errorf("the line is %q", line)
	}
	return line
}
