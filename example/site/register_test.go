package site_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/password"
)

func TestRegister(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/register").Is(http.StatusOK).Says(`name="email"`, `name="name"`, `name="password"`)
	p := v.Post("/register", "email= Grace@Example.COM", "name= Grace Hopper ", "password=a bug in the relay").LeadsTo("/")
	v.Follow(p).Says("Welcome, Grace Hopper. Your account is ready.", "Hello, Grace Hopper", "grace@example.com")
	v.Get("/settings").Is(http.StatusOK) // she has just chosen the password: the login is fresh

	v.Post("/logout")
	v.Post("/login", "email=grace@example.com", "password=a bug in the relay").LeadsTo("/")
}

func TestRegisterLeadsToNext(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/register?next=/profile").Says(`name="next" value="/profile"`)
	v.Post("/register", "email=g@example.com", "name=G", "password=a bug in the relay", "next=/profile").
		LeadsTo("/profile")
}

func TestRegisterRefuses(t *testing.T) {
	_, v := sitetest.Open(t)
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
		"taken address":       {sitetest.AdaEmail, "Grace", "a bug in the relay", "There is an account", "email"},
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
			p := v.Post("/register", "email="+test.email, "name="+test.name, "password="+test.password)
			p.Is(http.StatusUnprocessableEntity).Says("<title>Error: Register", test.want)
			p.Says(`id="`+test.id+`-error"`, `aria-invalid="true"`)
			if strings.Count(p.Text, `class="problem"`) != 1 {
				t.Errorf("not one problem:\n%s", p.Text)
			}
			if test.password != "" && strings.Contains(p.Text, `value="`+test.password) && test.password != test.email {
				t.Errorf("the page shows the password:\n%s", p.Text)
			}
			v.KnownAs("")
		})
	}
}

// All problems at once, and what was typed stays.
func TestRegisterKeepsTheForm(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Post("/register", "email=grace", "name=Grace Hopper", "password=short").Is(http.StatusUnprocessableEntity).
		Says(`value="grace"`, `value="Grace Hopper"`, `id="email-error"`, `id="password-error"`).
		SaysNot(`value="short"`)
}

func TestRegisterLimitsAreInclusive(t *testing.T) {
	for _, plain := range []string{"8 signs.", "αβγδεζηθ", strings.Repeat("x", 1024)} {
		_, v := sitetest.Open(t)
		v.Post("/register", "email=g@example.com", "name="+strings.Repeat("é", 100), "password="+plain).LeadsTo("/")
	}
}

// Every registration counts, whatever becomes of it: each may cost a hash, and tells whether there is an
// account with an address.
func TestANetworkMayRegisterSoOften(t *testing.T) {
	clock := sitetest.NewWatch()
	_, v := sitetest.Open(t, sitetest.WithClock(clock))
	register := func(address, email string) *sitetest.Page {
		w := v.Another()
		w.Address = address
		return w.Post("/register", "email="+email, "name=Grace", "password=a bug in the relay")
	}
	const network = "2001:db8::%x"
	for i := range guessing.Registrations.Failures {
		address := fmt.Sprintf(network, i)                                            // all of one /64
		register(address, "grace").Is(http.StatusUnprocessableEntity).Says("such as") // no registration yet
		if i%2 == 0 {
			register(address, sitetest.AdaEmail).Is(http.StatusUnprocessableEntity).Says("There is an account")
		} else {
			register(address, fmt.Sprintf("grace%d@example.com", i)).LeadsTo("/")
		}
	}
	for _, email := range []string{sitetest.AdaEmail, "grace@example.com"} { // it is not told whose there are
		p := register(fmt.Sprintf(network, 1), email).Is(http.StatusTooManyRequests).
			Says("Too many registrations have come from your network. Please try again in 1 minute.",
				`role="alert"`, `value="Grace"`, `value="`+email+`"`, "<title>Error: Register").
			SaysNot("There is an account", "a bug in the relay")
		if got := p.Header.Get("Retry-After"); got != "60" {
			t.Errorf("Retry-After is %q", got)
		}
	}
	// Others are free, and who has an account already logs in.
	register("2001:db8:0:1::1", "lise@example.com").LeadsTo("/")
	ada := v.Another()
	ada.Address = fmt.Sprintf(network, 1)
	ada.LogIn()

	clock.Pass(guessing.Registrations.Every)
	register(fmt.Sprintf(network, 1), "grace@example.com").LeadsTo("/")
	register(fmt.Sprintf(network, 1), "mary@example.com").Is(http.StatusTooManyRequests)
}

// cannotHash is a site on which no password of a new account can be hashed.
func cannotHash(s *sitetest.Site) { s.Users.Newcomers = &password.Hasher{} }

// A taken address is told anyway, so it need not cost a hash first.
func TestATakenAddressCostsNoHash(t *testing.T) {
	s, v := sitetest.Open(t)
	cannotHash(s)
	v.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").
		Is(http.StatusServiceUnavailable)
	v.Post("/register", "email="+sitetest.AdaEmail, "name=Grace", "password=a bug in the relay").
		Is(http.StatusUnprocessableEntity).Says("There is an account")
}

// However many wait for their registration, a login waits for none of them.
func TestRegistrationsAndLoginsShareNoHasher(t *testing.T) {
	s, v := sitetest.Open(t)
	cannotHash(s)
	v.LogIn()
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")
}

// Of many who register with one address at the same moment one gets it, and the rest are told.
func TestRegisterAtOnce(t *testing.T) {
	_, v := sitetest.Open(t)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for range 8 {
		wg.Go(func() {
			p := v.Another().Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay")
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
