package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/throttle"
)

func TestKnownDevice(t *testing.T) {
	_, v := open(t)
	v.guess(adaEmail, "difference engine").setsNoCookie(deviceCookie)
	c := v.guess(adaEmail, adaPassword).leadsTo("/").setsCookie(deviceCookie)
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge <= 0 {
		t.Errorf("the cookie lacks an attribute: %s", c)
	}
	if strings.Contains(c.Value, "ada") {
		t.Errorf("the cookie tells whose it is: %s", c)
	}
	v.post("/logout").setsNoCookie(deviceCookie) // it stays

	c = v.another().post("/register", "email=g@example.com", "name=G", "password=a bug in the relay").leadsTo("/").
		setsCookie(deviceCookie)
	if c.Path != "/" {
		t.Errorf("the cookie of a registration: %s", c)
	}
}

// knownTo tells whether a browser with that cookie is a known device of the account, whose failures
// strangers have used up.
func (v *visitor) knownTo(s *site, email, value string) bool {
	v.t.Helper()
	s.exhaust(limits.Account, email)
	p := v.another().send(http.MethodPost, "/login",
		encode([]string{"email=" + email, "password=difference engine"}), []string{"Cookie: " + deviceCookie + "=" + value})
	if p.StatusCode != http.StatusTooManyRequests {
		p.is(http.StatusUnauthorized)
	}
	return p.StatusCode == http.StatusUnauthorized
}

// A device is known only to the account that has logged in with it, and only if the cookie is ours.
func TestADeviceIsKnownToItsAccountAlone(t *testing.T) {
	s, v := open(t)
	c := v.guess(adaEmail, adaPassword).leadsTo("/").setsCookie(deviceCookie)
	grace, err := s.users.Create(t.Context(), "grace@example.com", "Grace", "a bug in the relay")
	if err != nil {
		t.Fatal(err)
	}
	ada, err := s.users.FindByID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !v.knownTo(s, adaEmail, c.Value) {
		t.Error("the device is not known")
	}
	for _, other := range []string{grace.Email, "nobody@example.com"} {
		if v.knownTo(s, other, c.Value) {
			t.Errorf("the device is known to %s", other)
		}
	}
	elsewhere := throttle.NewDevices([]byte("the secret key of somebody else."))
	for _, forged := range []string{
		"", "..", "X" + c.Value, c.Value + "A",
		elsewhere.New(ada.GetID(), ada.securityStamp), s.devices().New(ada.GetID(), grace.securityStamp),
	} {
		if v.knownTo(s, adaEmail, forged) {
			t.Errorf("%q passes for known", forged)
		}
	}
	// A key that has been replaced still knows its devices.
	s.keys = append([][]byte{[]byte("a secret key, the newest of them")}, s.keys...)
	if !v.knownTo(s, adaEmail, c.Value) {
		t.Error("another key has made a stranger of the device")
	}
}

// A browser that is not used for a year is a stranger, whatever it has kept.
func TestADeviceIsKnownForAYear(t *testing.T) {
	clock := newWatch()
	s, v := open(t, withClock(clock))
	c := v.guess(adaEmail, adaPassword).leadsTo("/").setsCookie(deviceCookie)
	year := time.Duration(c.MaxAge) * time.Second
	clock.pass(year - time.Minute)
	if !v.knownTo(s, adaEmail, c.Value) {
		t.Error("it is a stranger before the year is over")
	}
	clock.pass(2 * time.Minute)
	if v.knownTo(s, adaEmail, c.Value) {
		t.Error("it is known after a year")
	}
}

// Who knew the password knows nobody any more: not with one browser, and not with as many as they have
// logged in with while they knew it.
func TestANewPasswordMakesStrangersOfAllOtherDevices(t *testing.T) {
	_, v := open(t, withClock(newWatch()))
	var hoard []*visitor
	for range 4 {
		thief := v.another()
		thief.logIn()
		thief.post("/logout").leadsTo("/")
		hoard = append(hoard, thief)
	}
	v.logIn()
	v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").
		leadsTo("/settings").setsCookie(deviceCookie)
	v.post("/logout").leadsTo("/")

	for i := range limits.Account.Failures {
		hoard[i%len(hoard)].guess(adaEmail, adaPassword).is(http.StatusUnauthorized)
	}
	for _, thief := range hoard {
		thief.guess(adaEmail, adaPassword).is(http.StatusTooManyRequests)
	}
	// The browser that has changed it is known on.
	v.guess(adaEmail, adaPassword).is(http.StatusUnauthorized)
	v.post("/login", "email="+adaEmail, "password=difference engine").leadsTo("/")
}

// An outage makes no stranger of anybody.
func TestAnOutageMakesNoStrangerOfADevice(t *testing.T) {
	s, v := open(t)
	v.logIn()
	v.post("/logout").leadsTo("/")
	s.exec(t, `ALTER TABLE users RENAME TO lost`)
	v.guess(adaEmail, adaPassword).is(http.StatusServiceUnavailable)
	s.exec(t, `ALTER TABLE lost RENAME TO users`)
	if n := s.exhaust(limits.Account, adaEmail); n != limits.Account.Failures {
		t.Errorf("the account may fail %d times, want %d", n, limits.Account.Failures)
	}
	v.logIn()
}
