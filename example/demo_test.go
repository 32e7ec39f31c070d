package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

const chosen = "a word with the operator"

// startAdmin is what a start does for the administrator.
func (s *site) startAdmin(t *testing.T, chosen string) (line string) {
	t.Helper()
	line, err := s.demoAdmin(t.Context(), chosen)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(line, firstAdmin+" ") || chosen != "" && strings.Contains(line, chosen) {
		t.Errorf("the line is %q", line)
	}
	return line
}

// printed returns the password in the line.
func printed(line string) string { return strings.Fields(line)[1] }

func (v *visitor) logInAsFirstAdmin(plain string) *page {
	v.t.Helper()
	return v.post("/admin/login", "email="+firstAdmin, "password="+plain)
}

func TestTheFirstAdministratorsPasswordIsPrintedOnce(t *testing.T) {
	s, v := open(t)
	first := s.startAdmin(t, "")
	plain := printed(first)
	if problem := checkPassword(plain, firstAdmin); problem != "" {
		t.Errorf("the password %q: %s", plain, problem)
	}
	later := s.startAdmin(t, "")
	if strings.Contains(later, plain) || !strings.Contains(later, "ADMIN_PASSWORD") {
		t.Errorf("a later start prints %q", later)
	}
	v.logInAsFirstAdmin(plain).leadsTo("/admin")
}

// Who has a key of the site, or has had one, knows no password by it.
func TestTheFirstAdministratorsPasswordComesOfNoKey(t *testing.T) {
	one, other := newSite(t), newSite(t) // of one key
	if a, b := one.startAdmin(t, ""), other.startAdmin(t, ""); printed(a) == printed(b) {
		t.Errorf("both sites print %q", a)
	}
}

func TestTheOperatorMayChooseTheFirstPassword(t *testing.T) {
	s, v := open(t)
	s.startAdmin(t, chosen)
	v.logInAsFirstAdmin(chosen).leadsTo("/admin")
	s.startAdmin(t, chosen) // ends no login: nothing has changed
	s.startAdmin(t, "")
	v.get("/admin").is(http.StatusOK)
	v.another().logInAsFirstAdmin(chosen).leadsTo("/admin")
}

// Whoever has taken the account over is out, with all they have.
func TestAnotherChosenPasswordIsTheOperatorsWayBackIn(t *testing.T) {
	s, v := open(t)
	plain := printed(s.startAdmin(t, ""))
	thief := v.another()
	thief.post("/login", "email="+firstAdmin, "password="+plain, "remember=1").leadsTo("/")

	s.startAdmin(t, chosen)
	thief.get("/admin").leadsTo("/admin/login?next=%2Fadmin")
	thief.closeBrowser()
	thief.knownAs("")
	var left int
	if err := s.users.db.QueryRowContext(t.Context(), `SELECT count(*) FROM ginlogin_logins`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d logins are left, %v", left, err)
	}
	thief.logInAsFirstAdmin(plain).is(http.StatusUnauthorized)
	v.logInAsFirstAdmin(chosen).leadsTo("/admin")
}

// Instances of one site are told the same, and start at once.
func TestInstancesSetTheChosenPasswordTogether(t *testing.T) {
	s, v := open(t)
	for _, chosen := range []string{chosen, "another " + chosen} {
		var instances sync.WaitGroup
		for range 4 {
			instances.Go(func() {
				if _, err := s.demoAdmin(t.Context(), chosen); err != nil {
					t.Error(err)
				}
			})
		}
		instances.Wait()
		v.another().logInAsFirstAdmin(chosen).leadsTo("/admin")
	}
}

// Somebody else may have had that address before there were administrators.
func TestTheChosenPasswordOpensNoMembersAccount(t *testing.T) {
	s, v := open(t)
	v.post("/register", "email="+firstAdmin, "name=Grace", "password=a bug in the relay").leadsTo("/")
	if _, err := s.demoAdmin(t.Context(), chosen); err == nil || !strings.Contains(err.Error(), "ADMIN_PASSWORD: "+firstAdmin) {
		t.Errorf("error %v", err)
	}
	v.knownAs("Grace")
	v.another().logInAsFirstAdmin(chosen).is(http.StatusUnauthorized)
}
