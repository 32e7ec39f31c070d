package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/password"
)

func TestRegister(t *testing.T) {
	_, v := open(t)
	v.get("/register").is(http.StatusOK).says(`name="email"`, `name="name"`, `name="password"`)
	p := v.post("/register", "email= Grace@Example.COM", "name= Grace Hopper ", "password=a bug in the relay").leadsTo("/")
	v.follow(p).says("Welcome, Grace Hopper. Your account is ready.", "Hello, Grace Hopper", "grace@example.com")
	v.get("/settings").is(http.StatusOK) // she has just chosen the password: the login is fresh

	v.post("/logout")
	v.post("/login", "email=grace@example.com", "password=a bug in the relay").leadsTo("/")
}

func TestRegisterLeadsToNext(t *testing.T) {
	_, v := open(t)
	v.get("/register?next=/profile").says(`name="next" value="/profile"`)
	v.post("/register", "email=g@example.com", "name=G", "password=a bug in the relay", "next=/profile").
		leadsTo("/profile")
}

func TestRegisterRefuses(t *testing.T) {
	_, v := open(t)
	for name, test := range map[string]struct {
		email, name, password string
		want                  string
		id                    string // of the field the message stands beside
	}{
		"no address":          {"", "Grace", "a bug in the relay", "Enter your e-mail address.", "email"},
		"half an address":     {"grace", "Grace", "a bug in the relay", "such as name@example.com", "email"},
		"address with name":   {"G <g@example.com>", "Grace", "a bug in the relay", "such as name@example.com", "email"},
		"two addresses":       {"a@example.com, b@example.com", "Grace", "a bug in the relay", "such as", "email"},
		"address not text":    {"g\x00@example.com", "Grace", "a bug in the relay", "such as", "email"},
		"long address":        {strings.Repeat("g", 250) + "@example.com", "Grace", "a bug in the relay", "254", "email"},
		"taken address":       {adaEmail, "Grace", "a bug in the relay", "There is an account", "email"},
		"taken, spelled so":   {" ADA@example.COM ", "Grace", "a bug in the relay", "There is an account", "email"},
		"no name":             {"g@example.com", " ", "a bug in the relay", "Enter your name.", "name"},
		"long name":           {"g@example.com", strings.Repeat("é", 101), "a bug in the relay", "at most 100", "name"},
		"name not text":       {"g@example.com", "G\xffrace", "a bug in the relay", "can be shown", "name"},
		"no password":         {"g@example.com", "Grace", "", "Enter a password.", "password"},
		"short password":      {"g@example.com", "Grace", "1234567", "8 characters or more", "password"},
		"short in Greek":      {"g@example.com", "Grace", "αβγδεζη", "8 characters or more", "password"},
		"long password":       {"g@example.com", "Grace", strings.Repeat("x", 1025), "shorter", "password"},
		"password is address": {"grace@example.com", "Grace", "Grace@example.com", "not your e-mail", "password"},
		"common password":     {"g@example.com", "Grace", "Password1", "first that others would try", "password"},
	} {
		t.Run(name, func(t *testing.T) {
			p := v.post("/register", "email="+test.email, "name="+test.name, "password="+test.password)
			p.is(http.StatusUnprocessableEntity).says("<title>Error: Register", test.want)
			p.says(`id="`+test.id+`-error"`, `aria-invalid="true"`)
			if strings.Count(p.text, `class="problem"`) != 1 {
				t.Errorf("not one problem:\n%s", p.text)
			}
			if test.password != "" && strings.Contains(p.text, `value="`+test.password) && test.password != test.email {
				t.Errorf("the page shows the password:\n%s", p.text)
			}
			v.knownAs("")
		})
	}
}

// All problems at once, and what was typed stays.
func TestRegisterKeepsTheForm(t *testing.T) {
	_, v := open(t)
	v.post("/register", "email=grace", "name=Grace Hopper", "password=short").is(http.StatusUnprocessableEntity).
		says(`value="grace"`, `value="Grace Hopper"`, `id="email-error"`, `id="password-error"`).
		saysNot(`value="short"`)
}

func TestRegisterLimitsAreInclusive(t *testing.T) {
	for _, plain := range []string{"8 signs.", "αβγδεζηθ", strings.Repeat("x", 1024)} {
		_, v := open(t)
		v.post("/register", "email=g@example.com", "name="+strings.Repeat("é", 100), "password="+plain).leadsTo("/")
	}
}

// Every registration counts, whatever becomes of it: each may cost a hash, and tells whether there is an
// account with an address.
func TestANetworkMayRegisterSoOften(t *testing.T) {
	clock := newWatch()
	_, v := open(t, withClock(clock))
	register := func(address, email string) *page {
		w := v.another()
		w.address = address
		return w.post("/register", "email="+email, "name=Grace", "password=a bug in the relay")
	}
	const network = "2001:db8::%x"
	for i := range registrations.Failures {
		address := fmt.Sprintf(network, i)                                            // all of one /64
		register(address, "grace").is(http.StatusUnprocessableEntity).says("such as") // no registration yet
		if i%2 == 0 {
			register(address, adaEmail).is(http.StatusUnprocessableEntity).says("There is an account")
		} else {
			register(address, fmt.Sprintf("grace%d@example.com", i)).leadsTo("/")
		}
	}
	for _, email := range []string{adaEmail, "grace@example.com"} { // it is not told whose there are
		p := register(fmt.Sprintf(network, 1), email).is(http.StatusTooManyRequests).
			says("Too many registrations have come from your network. Please try again in 1 minute.",
				`role="alert"`, `value="Grace"`, `value="`+email+`"`, "<title>Error: Register").
			saysNot("There is an account", "a bug in the relay")
		if got := p.Header.Get("Retry-After"); got != "60" {
			t.Errorf("Retry-After is %q", got)
		}
	}
	// Others are free, and who has an account already logs in.
	register("2001:db8:0:1::1", "lise@example.com").leadsTo("/")
	ada := v.another()
	ada.address = fmt.Sprintf(network, 1)
	ada.logIn()

	clock.pass(registrations.Every)
	register(fmt.Sprintf(network, 1), "grace@example.com").leadsTo("/")
	register(fmt.Sprintf(network, 1), "mary@example.com").is(http.StatusTooManyRequests)
}

// cannotHash is a site on which no password of a new account can be hashed.
func cannotHash(s *site) { s.users.newcomers = &password.Hasher{} }

// A taken address is told anyway, so it need not cost a hash first.
func TestATakenAddressCostsNoHash(t *testing.T) {
	s, v := open(t)
	cannotHash(s)
	v.post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").
		is(http.StatusServiceUnavailable)
	v.post("/register", "email="+adaEmail, "name=Grace", "password=a bug in the relay").
		is(http.StatusUnprocessableEntity).says("There is an account")
}

// However many wait for their registration, a login waits for none of them.
func TestRegistrationsAndLoginsShareNoHasher(t *testing.T) {
	s, v := open(t)
	cannotHash(s)
	v.logIn()
	v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").leadsTo("/settings")
}

// Of many who register with one address at the same moment one gets it, and the rest are told.
func TestRegisterAtOnce(t *testing.T) {
	_, v := open(t)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for range 8 {
		wg.Go(func() {
			p := v.another().post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay")
			mu.Lock()
			defer mu.Unlock()
			statuses[p.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusUnprocessableEntity] != 7 {
		t.Errorf("statuses %v, want one 303 and seven 422", statuses)
	}
}
