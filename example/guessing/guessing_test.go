package guessing_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// An askedStore counts how often it is asked, and allows everything.
type askedStore struct{ times int }

func (a *askedStore) Load(context.Context, string) (int64, error) {
	a.times++
	return 0, nil
}

func (a *askedStore) Swap(context.Context, string, int64, int64) (bool, error) { return true, nil }

func TestGuessingAtAnAccount(t *testing.T) {
	clock := sitetest.NewWatch()
	_, v := sitetest.Open(t, sitetest.WithClock(clock))
	for range sitetest.Limits.Account.Failures {
		v.Guess(sitetest.AdaEmail, "difference engine").Is(http.StatusUnauthorized)
	}
	p := v.Post("/login", "email=ADA@example.com", "password=difference engine", "next=/profile").
		Is(http.StatusTooManyRequests).
		Says("Too many wrong passwords. Please try again in 5 minutes, or log in on a device that you have used here before.",
			`role="alert"`, `value="ADA@example.com"`, `value="/profile"`, "<title>Error: Log in")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	// Neither another address nor the right password opens it now: that is what the wait is for.
	other := v.Another()
	other.Address = "192.0.2.1"
	other.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests)
	other.Guess("somebody.else@example.com", "x").Is(http.StatusUnauthorized)

	clock.Pass(sitetest.Limits.Account.Every)
	other.Guess(sitetest.AdaEmail, sitetest.AdaPassword).LeadsTo("/")
}

// The answers are the same whether there is such an account or not.
func TestGuessingAtNobody(t *testing.T) {
	_, v := sitetest.Open(t, sitetest.WithClock(sitetest.NewWatch())) // the answers tell seconds
	const nobody = "eve@example.com"                                  // as long as Ada's
	for i := range sitetest.Limits.Account.Failures + 3 {
		want, got := v.Guess(sitetest.AdaEmail, "difference engine"), v.Guess(nobody, "difference engine")
		if want.StatusCode != got.StatusCode || want.Header.Get("Retry-After") != got.Header.Get("Retry-After") ||
			strings.ReplaceAll(want.Text, sitetest.AdaEmail, nobody) != got.Text {
			t.Fatalf("attempt %d: the answers differ: %d\n%s\nand %d\n%s", i, want.StatusCode, want.Text, got.StatusCode, got.Text)
		}
	}
}

// Credentials that no account can have cost no hash, and are not counted. The answer is that of a wrong
// password.
func TestImpossibleCredentialsAreNotCounted(t *testing.T) {
	s, v := sitetest.Open(t)
	long := strings.Repeat("x", password.MaxLength+1)
	want := v.Another().Guess(sitetest.AdaEmail, "difference engine").Is(http.StatusUnauthorized).Text
	asked := &askedStore{}
	s.Guesses.Store = asked
	for range sitetest.Limits.Network.Failures + 1 {
		if got := v.Guess(sitetest.AdaEmail, long).Is(http.StatusUnauthorized).Text; got != want {
			t.Fatalf("the answer to a long password is\n%s\nand to a wrong one\n%s", got, want)
		}
		v.Guess("eve@example.com", long).Is(http.StatusUnauthorized)
		v.Guess("eve", "difference engine").Is(http.StatusUnauthorized)
	}
	if asked.times != 0 {
		t.Errorf("%d were counted", asked.times)
	}
	v.LogIn()
	v.Post("/logout").LeadsTo("/")
	for range sitetest.Limits.Device.Failures + 1 {
		v.Guess(sitetest.AdaEmail, long).Is(http.StatusUnauthorized)
	}
	v.LogIn()
	asked.times = 0
	for range sitetest.Limits.User.Failures + 1 {
		v.Post("/confirm", "password="+long).Is(http.StatusUnprocessableEntity)
		v.Post("/settings/password", "current_password="+long, "new_password=difference engine").
			Is(http.StatusUnprocessableEntity).Says("not your password")
	}
	if asked.times != 0 {
		t.Errorf("%d of a user who is logged in were counted", asked.times)
	}
}

// The longest password there can be is tried like any other.
func TestThePasswordsThatAreTriedGoUpToTheLongest(t *testing.T) {
	s, v := sitetest.Open(t)
	v.Guess(sitetest.AdaEmail, strings.Repeat("x", password.MaxLength)).Is(http.StatusUnauthorized)
	if n := s.Exhaust(sitetest.Limits.Account, sitetest.AdaEmail); n != sitetest.Limits.Account.Failures-1 {
		t.Errorf("the account may fail %d times more, want %d", n, sitetest.Limits.Account.Failures-1)
	}
}

func TestGuessingFromAnAddress(t *testing.T) {
	clock := sitetest.NewWatch()
	_, v := sitetest.Open(t, sitetest.WithClock(clock))
	attacker := v.Another()
	attacker.Address = "203.0.113.9"
	for i := range sitetest.Limits.Network.Failures {
		attacker.Guess(fmt.Sprintf("%d@example.com", i), sitetest.AdaPassword).Is(http.StatusUnauthorized)
	}
	p := attacker.Guess("one.more@example.com", sitetest.AdaPassword).Is(http.StatusTooManyRequests).
		Says("Too many attempts", "from your network. Please try again in 1 minute.", "Error 429").SaysNot("<form")
	if got := p.Header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q", got)
	}
	if got := p.Header.Get("Content-Security-Policy"); got != web.ContentSecurityPolicy {
		t.Errorf("Content-Security-Policy is %q", got)
	}
	// Nobody is in front of this site: what a client says of its address is not believed.
	for _, header := range []string{"X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1", "Forwarded: for=192.0.2.1"} {
		attacker.Send(http.MethodPost, "/login", sitetest.Encode([]string{"email=" + sitetest.AdaEmail, "password=x"}), []string{header}).
			Is(http.StatusTooManyRequests)
	}
	// The attempts that were refused are not on anybody's account, and other addresses are free.
	v.LogIn()
	clock.Pass(sitetest.Limits.Network.Every)
	attacker.Guess("one.more@example.com", sitetest.AdaPassword).Is(http.StatusUnauthorized)
}

func TestRightPasswordsAreNotThrottled(t *testing.T) {
	clock := sitetest.NewWatch()
	s, v := sitetest.Open(t, sitetest.WithClock(clock))
	for range sitetest.Limits.Account.Failures + 1 { // each on a new device
		v.Another().LogIn()
	}
	for range sitetest.Limits.Device.Failures + 1 { // all on one
		v.LogIn()
		v.Post("/logout").LeadsTo("/")
	}
	// They were not counted: all the failures are still allowed.
	for limit, name := range map[throttle.Limit]string{sitetest.Limits.Account: sitetest.AdaEmail, sitetest.Limits.Network: "127.0.0.1/32"} {
		if n := s.Exhaust(limit, name); n != limit.Failures {
			t.Errorf("the %s may fail %d times, want %d", limit.Name, n, limit.Failures)
		}
	}
}

func TestRightPasswordsAtOnce(t *testing.T) {
	_, v := sitetest.Open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if p := v.Another().Guess(sitetest.AdaEmail, sitetest.AdaPassword); p.StatusCode != http.StatusSeeOther {
				t.Errorf("status %d", p.StatusCode)
			}
		})
	}
	wg.Wait()
}

// A hundred guesses at the same moment are not a hundred guesses.
func TestGuessesAtOnce(t *testing.T) {
	_, v := sitetest.Open(t)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for range 100 {
		wg.Go(func() {
			p := v.Another().Guess(sitetest.AdaEmail, "difference engine")
			mu.Lock()
			defer mu.Unlock()
			statuses[p.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[http.StatusUnauthorized] > sitetest.Limits.Account.Failures || statuses[http.StatusTooManyRequests] < 90 {
		t.Errorf("statuses %v, want at most %d of 401 and the rest 429", statuses, sitetest.Limits.Account.Failures)
	}
}

// An outage is not a wrong password.
func TestOutagesAreNotThrottled(t *testing.T) {
	s, v := sitetest.Open(t, sitetest.WithClock(sitetest.NewWatch()))
	s.Exec(t, `ALTER TABLE users RENAME TO lost`)
	for range sitetest.Limits.Account.Failures + 1 {
		v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusServiceUnavailable)
	}
	s.Exec(t, `ALTER TABLE lost RENAME TO users`)
	if n := s.Exhaust(sitetest.Limits.Account, sitetest.AdaEmail); n != sitetest.Limits.Account.Failures {
		t.Errorf("the account may fail %d times, want %d", n, sitetest.Limits.Account.Failures)
	}
}

// Nobody can lock the owner of an account out of the devices that the owner uses.
func TestAttackOnAnAccount(t *testing.T) {
	clock := sitetest.NewWatch()
	s, v := sitetest.Open(t, sitetest.WithClock(clock))
	laptop, phone, strange := v.Another(), v.Another(), v.Another()
	laptop.LogIn()
	laptop.Post("/logout").LeadsTo("/")
	phone.LogIn("remember=1")

	for i := range 3 { // it goes on and on
		attacker := v.Another()
		attacker.Address = fmt.Sprintf("203.0.113.%d", i)
		for range sitetest.Limits.Account.Failures { // all that is left, and more
			attacker.Guess(sitetest.AdaEmail, "difference engine")
		}
		strange.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests)
		laptop.LogIn()
		laptop.Post("/logout").LeadsTo("/")
		phone.KnownAs("Ada Lovelace")
		clock.Pass(sitetest.Limits.Account.Every)
	}
	// Nor by attacking from the same office.
	laptop.Address, strange.Address = "198.51.100.1", "198.51.100.1"
	s.Exhaust(sitetest.Limits.Network, "198.51.100.1/32")
	strange.Guess("somebody.else@example.com", "x").Is(http.StatusTooManyRequests)
	laptop.LogIn()
}

// A known device guesses no faster than others, and at no other account.
func TestGuessingOnAKnownDevice(t *testing.T) {
	clock := sitetest.NewWatch()
	s, v := sitetest.Open(t, sitetest.WithClock(clock))
	v.Another().Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	v.LogIn()
	v.Post("/logout").LeadsTo("/")
	for range sitetest.Limits.Device.Failures {
		v.Guess(sitetest.AdaEmail, "difference engine").Is(http.StatusUnauthorized)
	}
	p := v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests).
		Says("Too many wrong passwords. Please try again in 5 minutes.")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	v.Another().LogIn() // strangers have their own count

	s.Exhaust(sitetest.Limits.Account, "grace@example.com")
	v.Guess("grace@example.com", "a bug in the relay").Is(http.StatusTooManyRequests)
	clock.Pass(sitetest.Limits.Device.Every)
	v.LogIn()
}

// Nor does anybody guess faster by having made many of them, at whatever addresses they are.
func TestGuessingOnManyKnownDevices(t *testing.T) {
	clock := sitetest.NewWatch()
	_, v := sitetest.Open(t, sitetest.WithClock(clock))
	var hoard []*sitetest.Visitor
	for i := range sitetest.Limits.Devices.Failures/sitetest.Limits.Device.Failures + 1 {
		device := v.Another()
		device.Address = fmt.Sprintf("203.0.113.%d", i)
		device.LogIn()
		device.Post("/logout").LeadsTo("/")
		hoard = append(hoard, device)
	}
	last := hoard[len(hoard)-1]
	for _, device := range hoard[:len(hoard)-1] {
		for range sitetest.Limits.Device.Failures {
			device.Guess(sitetest.AdaEmail, "difference engine").Is(http.StatusUnauthorized)
		}
		device.Guess(sitetest.AdaEmail, "difference engine").Is(http.StatusTooManyRequests) // is on nobody's count
	}
	p := last.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests).
		Says("Too many wrong passwords. Please try again in 1 minute.")
	if got := p.Header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q", got)
	}
	v.LogIn() // strangers have their own count
	clock.Pass(sitetest.Limits.Devices.Every)
	last.LogIn()
}

// A thief with a copied session cannot guess the password there.
func TestGuessingWhenLoggedIn(t *testing.T) {
	clock := sitetest.NewWatch()
	_, v := sitetest.Open(t, sitetest.WithClock(clock))
	v.LogIn("remember=1")
	thief := v.Thief()
	for i := range sitetest.Limits.User.Failures {
		if i%2 == 0 {
			thief.Post("/confirm", "password=difference engine").Is(http.StatusUnprocessableEntity)
			continue
		}
		thief.Post("/settings/password", "current_password=difference engine", "new_password=stolen engine").
			Is(http.StatusUnprocessableEntity)
	}
	p := thief.Post("/confirm", "password="+sitetest.AdaPassword, "next=/settings").Is(http.StatusTooManyRequests).
		Says(`id="password-error"`, "Too many wrong passwords. Please try again in 5 minutes.", `value="/settings"`)
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	p = thief.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=stolen engine").
		Is(http.StatusTooManyRequests).Says(`id="current_password-error"`, "Please try again in 5 minutes.")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	clock.Pass(sitetest.Limits.User.Every)
	v.Post("/confirm", "password="+sitetest.AdaPassword).LeadsTo("/")
}

// A user can have a new login at any time, so guesses are counted against the user.
func TestANewLoginAllowsNoMoreGuesses(t *testing.T) {
	_, v := sitetest.Open(t, sitetest.WithClock(sitetest.NewWatch()))
	guesses := 0
	guessOn := func(v *sitetest.Visitor) {
		for range sitetest.Limits.User.Failures {
			if v.Post("/confirm", "password=difference engine").StatusCode == http.StatusUnprocessableEntity {
				guesses++
			}
		}
	}
	v.LogIn()
	guessOn(v)
	for range 3 {
		v.Post("/devices/others").LeadsTo("/devices")
		guessOn(v)
		other := v.Another()
		other.LogIn()
		guessOn(other)
		v.LogIn()
		guessOn(v)
	}
	if guesses != sitetest.Limits.User.Failures {
		t.Errorf("%d guesses, want %d", guesses, sitetest.Limits.User.Failures)
	}
}

// A thief who guesses at the password of a copied session does not lock the owner out.
func TestGuessingWhenLoggedInLocksNoOwnerOut(t *testing.T) {
	_, v := sitetest.Open(t, sitetest.WithClock(sitetest.NewWatch()))
	v.LogIn()
	thief := v.Thief()
	for range sitetest.Limits.User.Failures {
		thief.Post("/confirm", "password=difference engine").Is(http.StatusUnprocessableEntity)
	}
	v.LogIn() // is fresh
	v.Post("/devices/others").LeadsTo("/devices")
	thief.Get("/devices").LeadsTo("/login?next=%2Fdevices")
}
