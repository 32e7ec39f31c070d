package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// limits are the defaults, which the site uses.
var limits = throttle.New()

// A watch is a clock that goes when the test says so.
type watch struct{ time.Time }

func newWatch() *watch { return &watch{time.Now()} }

func (w *watch) pass(d time.Duration) { w.Time = w.Add(d) }

func (w *watch) now() time.Time { return w.Time }

// withClock gives a site's throttle the clock.
func withClock(clock *watch) func(*site) {
	return func(s *site) { s.guesses.Now = clock.now }
}

func (v *visitor) guess(email, plain string) *page {
	v.t.Helper()
	return v.post("/login", "email="+email, "password="+plain)
}

// exhaust fails until the subject has to wait, and returns how often that was.
func (s *site) exhaust(limit throttle.Limit, name string) (failures int) {
	for {
		done, err := s.guesses.Attempt(context.Background(), limit.Of(name))
		if err != nil {
			return failures
		}
		done(true)
		failures++
	}
}

// An askedStore counts how often it is asked, and allows everything.
type askedStore struct{ times int }

func (a *askedStore) Load(context.Context, string) (int64, error) {
	a.times++
	return 0, nil
}

func (a *askedStore) Swap(context.Context, string, int64, int64) (bool, error) { return true, nil }

func TestGuessingAtAnAccount(t *testing.T) {
	clock := newWatch()
	_, v := open(t, withClock(clock))
	for range limits.Account.Failures {
		v.guess(adaEmail, "difference engine").is(http.StatusUnauthorized)
	}
	p := v.post("/login", "email=ADA@example.com", "password=difference engine", "next=/profile").
		is(http.StatusTooManyRequests).
		says("Too many wrong passwords. Please try again in 5 minutes, or log in on a device that you have used here before.",
			`role="alert"`, `value="ADA@example.com"`, `value="/profile"`, "<title>Error: Log in")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	// Neither another address nor the right password opens it now: that is what the wait is for.
	other := v.another()
	other.address = "192.0.2.1"
	other.guess(adaEmail, adaPassword).is(http.StatusTooManyRequests)
	other.guess("somebody.else@example.com", "x").is(http.StatusUnauthorized)

	clock.pass(limits.Account.Every)
	other.guess(adaEmail, adaPassword).leadsTo("/")
}

// The answers are the same whether there is such an account or not.
func TestGuessingAtNobody(t *testing.T) {
	_, v := open(t, withClock(newWatch())) // the answers tell seconds
	const nobody = "eve@example.com"       // as long as Ada's
	for i := range limits.Account.Failures + 3 {
		want, got := v.guess(adaEmail, "difference engine"), v.guess(nobody, "difference engine")
		if want.StatusCode != got.StatusCode || want.Header.Get("Retry-After") != got.Header.Get("Retry-After") ||
			strings.ReplaceAll(want.text, adaEmail, nobody) != got.text {
			t.Fatalf("attempt %d: the answers differ: %d\n%s\nand %d\n%s", i, want.StatusCode, want.text, got.StatusCode, got.text)
		}
	}
}

// Credentials that no account can have cost no hash, and are not counted. The answer is that of a wrong
// password.
func TestImpossibleCredentialsAreNotCounted(t *testing.T) {
	s, v := open(t)
	long := strings.Repeat("x", password.MaxLength+1)
	want := v.another().guess(adaEmail, "difference engine").is(http.StatusUnauthorized).text
	asked := &askedStore{}
	s.guesses.Store = asked
	for range limits.Network.Failures + 1 {
		if got := v.guess(adaEmail, long).is(http.StatusUnauthorized).text; got != want {
			t.Fatalf("the answer to a long password is\n%s\nand to a wrong one\n%s", got, want)
		}
		v.guess("eve@example.com", long).is(http.StatusUnauthorized)
		v.guess("eve", "difference engine").is(http.StatusUnauthorized)
	}
	if asked.times != 0 {
		t.Errorf("%d were counted", asked.times)
	}
	v.logIn()
	v.post("/logout").leadsTo("/")
	for range limits.Device.Failures + 1 {
		v.guess(adaEmail, long).is(http.StatusUnauthorized)
	}
	v.logIn()
	asked.times = 0
	for range limits.User.Failures + 1 {
		v.post("/reauthenticate", "password="+long).is(http.StatusUnauthorized)
		v.post("/settings/password", "current_password="+long, "new_password=difference engine").
			is(http.StatusUnprocessableEntity).says("not your current password")
	}
	if asked.times != 0 {
		t.Errorf("%d of a user who is logged in were counted", asked.times)
	}
}

// The longest password there can be is tried like any other.
func TestThePasswordsThatAreTriedGoUpToTheLongest(t *testing.T) {
	s, v := open(t)
	v.guess(adaEmail, strings.Repeat("x", password.MaxLength)).is(http.StatusUnauthorized)
	if n := s.exhaust(limits.Account, adaEmail); n != limits.Account.Failures-1 {
		t.Errorf("the account may fail %d times more, want %d", n, limits.Account.Failures-1)
	}
}

func TestGuessingFromAnAddress(t *testing.T) {
	clock := newWatch()
	_, v := open(t, withClock(clock))
	attacker := v.another()
	attacker.address = "203.0.113.9"
	for i := range limits.Network.Failures {
		attacker.guess(fmt.Sprintf("%d@example.com", i), adaPassword).is(http.StatusUnauthorized)
	}
	p := attacker.guess("one.more@example.com", adaPassword).is(http.StatusTooManyRequests).
		says("Too many attempts", "from your network. Please try again in 1 minute.", "Error 429").saysNot("<form")
	if got := p.Header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q", got)
	}
	if got := p.Header.Get("Content-Security-Policy"); got != contentSecurityPolicy {
		t.Errorf("Content-Security-Policy is %q", got)
	}
	// Nobody is in front of this site: what a client says of its address is not believed.
	for _, header := range []string{"X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1", "Forwarded: for=192.0.2.1"} {
		attacker.send(http.MethodPost, "/login", encode([]string{"email=" + adaEmail, "password=x"}), []string{header}).
			is(http.StatusTooManyRequests)
	}
	// The attempts that were refused are not on anybody's account, and other addresses are free.
	v.logIn()
	clock.pass(limits.Network.Every)
	attacker.guess("one.more@example.com", adaPassword).is(http.StatusUnauthorized)
}

func TestRightPasswordsAreNotThrottled(t *testing.T) {
	clock := newWatch()
	s, v := open(t, withClock(clock))
	for range limits.Account.Failures + 1 { // each on a new device
		v.another().logIn()
	}
	for range limits.Device.Failures + 1 { // all on one
		v.logIn()
		v.post("/logout").leadsTo("/")
	}
	// They were not counted: all the failures are still allowed.
	for limit, name := range map[throttle.Limit]string{limits.Account: adaEmail, limits.Network: "127.0.0.1/32"} {
		if n := s.exhaust(limit, name); n != limit.Failures {
			t.Errorf("the %s may fail %d times, want %d", limit.Name, n, limit.Failures)
		}
	}
}

func TestRightPasswordsAtOnce(t *testing.T) {
	_, v := open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if p := v.another().guess(adaEmail, adaPassword); p.StatusCode != http.StatusSeeOther {
				t.Errorf("status %d", p.StatusCode)
			}
		})
	}
	wg.Wait()
}

// A hundred guesses at the same moment are not a hundred guesses.
func TestGuessesAtOnce(t *testing.T) {
	_, v := open(t)
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	for range 100 {
		wg.Go(func() {
			p := v.another().guess(adaEmail, "difference engine")
			mu.Lock()
			defer mu.Unlock()
			statuses[p.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[http.StatusUnauthorized] > limits.Account.Failures || statuses[http.StatusTooManyRequests] < 90 {
		t.Errorf("statuses %v, want at most %d of 401 and the rest 429", statuses, limits.Account.Failures)
	}
}

// An outage is not a wrong password.
func TestOutagesAreNotThrottled(t *testing.T) {
	s, v := open(t, withClock(newWatch()))
	s.exec(t, `ALTER TABLE users RENAME TO lost`)
	for range limits.Account.Failures + 1 {
		v.guess(adaEmail, adaPassword).is(http.StatusServiceUnavailable)
	}
	s.exec(t, `ALTER TABLE lost RENAME TO users`)
	if n := s.exhaust(limits.Account, adaEmail); n != limits.Account.Failures {
		t.Errorf("the account may fail %d times, want %d", n, limits.Account.Failures)
	}
}

// Nobody can lock the owner of an account out of the devices that the owner uses.
func TestAttackOnAnAccount(t *testing.T) {
	clock := newWatch()
	s, v := open(t, withClock(clock))
	laptop, phone, strange := v.another(), v.another(), v.another()
	laptop.logIn()
	laptop.post("/logout").leadsTo("/")
	phone.logIn("remember=1")

	for i := range 3 { // it goes on and on
		attacker := v.another()
		attacker.address = fmt.Sprintf("203.0.113.%d", i)
		for range limits.Account.Failures { // all that is left, and more
			attacker.guess(adaEmail, "difference engine")
		}
		strange.guess(adaEmail, adaPassword).is(http.StatusTooManyRequests)
		laptop.logIn()
		laptop.post("/logout").leadsTo("/")
		phone.knownAs("Ada Lovelace")
		clock.pass(limits.Account.Every)
	}
	// Nor by attacking from the same office.
	laptop.address, strange.address = "198.51.100.1", "198.51.100.1"
	s.exhaust(limits.Network, "198.51.100.1/32")
	strange.guess("somebody.else@example.com", "x").is(http.StatusTooManyRequests)
	laptop.logIn()
}

// A known device guesses no faster than others, and at no other account.
func TestGuessingOnAKnownDevice(t *testing.T) {
	clock := newWatch()
	s, v := open(t, withClock(clock))
	v.another().post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").leadsTo("/")
	v.logIn()
	v.post("/logout").leadsTo("/")
	for range limits.Device.Failures {
		v.guess(adaEmail, "difference engine").is(http.StatusUnauthorized)
	}
	p := v.guess(adaEmail, adaPassword).is(http.StatusTooManyRequests).
		says("Too many wrong passwords. Please try again in 5 minutes.")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	v.another().logIn() // strangers have their own count

	s.exhaust(limits.Account, "grace@example.com")
	v.guess("grace@example.com", "a bug in the relay").is(http.StatusTooManyRequests)
	clock.pass(limits.Device.Every)
	v.logIn()
}

// Nor does anybody guess faster by having made many of them, at whatever addresses they are.
func TestGuessingOnManyKnownDevices(t *testing.T) {
	clock := newWatch()
	_, v := open(t, withClock(clock))
	var hoard []*visitor
	for i := range limits.Devices.Failures/limits.Device.Failures + 1 {
		device := v.another()
		device.address = fmt.Sprintf("203.0.113.%d", i)
		device.logIn()
		device.post("/logout").leadsTo("/")
		hoard = append(hoard, device)
	}
	last := hoard[len(hoard)-1]
	for _, device := range hoard[:len(hoard)-1] {
		for range limits.Device.Failures {
			device.guess(adaEmail, "difference engine").is(http.StatusUnauthorized)
		}
		device.guess(adaEmail, "difference engine").is(http.StatusTooManyRequests) // is on nobody's count
	}
	p := last.guess(adaEmail, adaPassword).is(http.StatusTooManyRequests).
		says("Too many wrong passwords. Please try again in 1 minute.")
	if got := p.Header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q", got)
	}
	v.logIn() // strangers have their own count
	clock.pass(limits.Devices.Every)
	last.logIn()
}

// A thief with a copied session cannot guess the password there.
func TestGuessingWhenLoggedIn(t *testing.T) {
	clock := newWatch()
	_, v := open(t, withClock(clock))
	v.logIn("remember=1")
	thief := v.thief()
	for i := range limits.User.Failures {
		if i%2 == 0 {
			thief.post("/reauthenticate", "password=difference engine").is(http.StatusUnauthorized)
			continue
		}
		thief.post("/settings/password", "current_password=difference engine", "new_password=stolen engine").
			is(http.StatusUnprocessableEntity)
	}
	p := thief.post("/reauthenticate", "password="+adaPassword, "next=/settings").is(http.StatusTooManyRequests).
		says(`id="password-error"`, "Too many wrong passwords. Please try again in 5 minutes.", `value="/settings"`)
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	p = thief.post("/settings/password", "current_password="+adaPassword, "new_password=stolen engine").
		is(http.StatusTooManyRequests).says(`id="current_password-error"`, "Please try again in 5 minutes.")
	if got := p.Header.Get("Retry-After"); got != "300" {
		t.Errorf("Retry-After is %q", got)
	}
	clock.pass(limits.User.Every)
	v.post("/reauthenticate", "password="+adaPassword).leadsTo("/")
}

// A user can have a new login at any time, so guesses are counted against the user.
func TestANewLoginAllowsNoMoreGuesses(t *testing.T) {
	_, v := open(t, withClock(newWatch()))
	guesses := 0
	guessOn := func(v *visitor) {
		for range limits.User.Failures {
			if v.post("/reauthenticate", "password=difference engine").StatusCode == http.StatusUnauthorized {
				guesses++
			}
		}
	}
	v.logIn()
	guessOn(v)
	for range 3 {
		v.post("/devices/others").leadsTo("/devices")
		guessOn(v)
		other := v.another()
		other.logIn()
		guessOn(other)
		v.logIn()
		guessOn(v)
	}
	if guesses != limits.User.Failures {
		t.Errorf("%d guesses, want %d", guesses, limits.User.Failures)
	}
}

// A thief who guesses at the password of a copied session does not lock the owner out.
func TestGuessingWhenLoggedInLocksNoOwnerOut(t *testing.T) {
	_, v := open(t, withClock(newWatch()))
	v.logIn()
	thief := v.thief()
	for range limits.User.Failures {
		thief.post("/reauthenticate", "password=difference engine").is(http.StatusUnauthorized)
	}
	v.logIn() // is fresh
	v.post("/devices/others").leadsTo("/devices")
	thief.get("/devices").leadsTo("/login?next=%2Fdevices")
}

// syncBuffer is a log that many may write to.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) lines() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// The audit log tells who did what from where, and nothing that opens anything.
func TestAuditLog(t *testing.T) {
	var log syncBuffer
	_, v := open(t, func(s *site) { s.audit = slog.New(slog.NewTextHandler(&log, nil)).With("log", "audit") })
	for range limits.Account.Failures + 1 {
		v.guess("grace@example.com", "difference engine")
	}
	v.guess("my password, in the wrong field", "x").is(http.StatusUnauthorized)
	v.logIn("remember=1")
	session, remember, device := v.cookie("session"), v.cookie("remember_token"), v.cookie(deviceCookie)
	v.post("/reauthenticate", "password=difference engine").is(http.StatusUnauthorized)
	v.post("/reauthenticate", "password="+adaPassword).leadsTo("/")
	v.post("/settings/password", "current_password="+adaPassword, "new_password=another engine").leadsTo("/settings")
	v.post("/logout").leadsTo("/")
	v.get("/profile").leadsTo("/login?next=%2Fprofile")

	text := log.lines()
	for _, want := range []string{
		`level=INFO msg=password_refused log=audit address=127.0.0.1 reason="wrong e-mail address or password"` + "\n",
		`level=WARN msg=password_refused log=audit address=127.0.0.1 reason="throttle: too many failures (account): wait for `,
		`msg=user_logged_in log=audit user=1 login=`,
		`reason="wrong e-mail address or password" user=1 login=`,
		`msg=user_login_confirmed log=audit user=1 login=`,
		`msg=password_changed log=audit address=127.0.0.1 reason="by the user" user=1 login=`,
		`msg=user_logged_out log=audit user=1`,
		`msg=user_unauthorized log=audit address=127.0.0.1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
	for _, secret := range []string{adaPassword, "engine", "wrong field", "grace", adaEmail, session, remember, device} {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("the audit log has %q", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
