package guessing_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/throttle"
)

func TestKnownDevice(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Guess(sitetest.AdaEmail, "difference engine").SetsNoCookie(guessing.DeviceCookie)
	c := v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).LeadsTo("/").SetsCookie(guessing.DeviceCookie)
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge <= 0 {
		t.Errorf("the cookie lacks an attribute: %s", c)
	}
	if strings.Contains(c.Value, "ada") {
		t.Errorf("the cookie tells whose it is: %s", c)
	}
	v.Post("/logout").SetsNoCookie(guessing.DeviceCookie) // it stays

	c = v.Another().Post("/register", "email=g@example.com", "name=G", "password=a bug in the relay").LeadsTo("/").
		SetsCookie(guessing.DeviceCookie)
	if c.Path != "/" {
		t.Errorf("the cookie of a registration: %s", c)
	}
}

// knownTo tells whether a browser with that cookie is a known device of the account, whose failures
// strangers have used up.
func knownTo(v *sitetest.Visitor, s *sitetest.Site, email, value string) bool {
	v.T.Helper()
	s.Exhaust(sitetest.Limits.Account, email)
	p := v.Another().Send(http.MethodPost, "/login",
		sitetest.Encode([]string{"email=" + email, "password=difference engine"}), []string{"Cookie: " + guessing.DeviceCookie + "=" + value})
	if p.StatusCode != http.StatusTooManyRequests {
		p.Is(http.StatusUnauthorized)
	}
	return p.StatusCode == http.StatusUnauthorized
}

// A device is known only to the account that has logged in with it, and only if the cookie is ours.
func TestADeviceIsKnownToItsAccountAlone(t *testing.T) {
	s, v := sitetest.Open(t)
	c := v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).LeadsTo("/").SetsCookie(guessing.DeviceCookie)
	grace, err := s.Users.Create(t.Context(), "grace@example.com", "Grace", "a bug in the relay")
	if err != nil {
		t.Fatal(err)
	}
	ada, err := s.Users.FindByID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !knownTo(v, s, sitetest.AdaEmail, c.Value) {
		t.Error("the device is not known")
	}
	for _, other := range []string{grace.Email, "nobody@example.com"} {
		if knownTo(v, s, other, c.Value) {
			t.Errorf("the device is known to %s", other)
		}
	}
	elsewhere := throttle.NewDevices([]byte("the secret key of somebody else."))
	for _, forged := range []string{
		"", "..", "X" + c.Value, c.Value + "A",
		elsewhere.New(ada.GetID(), ada.SessionHash()), throttle.NewDevices(s.Config.Keys...).New(ada.GetID(), grace.SessionHash()),
	} {
		if knownTo(v, s, sitetest.AdaEmail, forged) {
			t.Errorf("%q passes for known", forged)
		}
	}
	// A key that has been replaced still knows its devices.
	s.Config.Keys = append([][]byte{[]byte("a secret key, the newest of them")}, s.Config.Keys...)
	if !knownTo(v, s, sitetest.AdaEmail, c.Value) {
		t.Error("another key has made a stranger of the device")
	}
}

// A browser that is not used for a year is a stranger, whatever it has kept.
func TestADeviceIsKnownForAYear(t *testing.T) {
	clock := sitetest.NewWatch()
	s, v := sitetest.Open(t, sitetest.WithClock(clock))
	c := v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).LeadsTo("/").SetsCookie(guessing.DeviceCookie)
	year := time.Duration(c.MaxAge) * time.Second
	clock.Pass(year - time.Minute)
	if !knownTo(v, s, sitetest.AdaEmail, c.Value) {
		t.Error("it is a stranger before the year is over")
	}
	clock.Pass(2 * time.Minute)
	if knownTo(v, s, sitetest.AdaEmail, c.Value) {
		t.Error("it is known after a year")
	}
}

// Who knew the password knows nobody any more: not with one browser, and not with as many as they have
// logged in with while they knew it.
func TestANewPasswordMakesStrangersOfAllOtherDevices(t *testing.T) {
	_, v := sitetest.Open(t, sitetest.WithClock(sitetest.NewWatch()))
	var hoard []*sitetest.Visitor
	for range 4 {
		thief := v.Another()
		thief.LogIn()
		thief.Post("/logout").LeadsTo("/")
		hoard = append(hoard, thief)
	}
	v.LogIn()
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").
		LeadsTo("/settings").SetsCookie(guessing.DeviceCookie)
	v.Post("/logout").LeadsTo("/")

	for i := range sitetest.Limits.Account.Failures {
		hoard[i%len(hoard)].Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusUnauthorized)
	}
	for _, thief := range hoard {
		thief.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests)
	}
	// The browser that has changed it is known on.
	v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusUnauthorized)
	v.Post("/login", "email="+sitetest.AdaEmail, "password=difference engine").LeadsTo("/")
}

// An outage makes no stranger of anybody.
func TestAnOutageMakesNoStrangerOfADevice(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn()
	v.Post("/logout").LeadsTo("/")
	s.Exec(t, `ALTER TABLE users RENAME TO lost`)
	v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusServiceUnavailable)
	s.Exec(t, `ALTER TABLE lost RENAME TO users`)
	if n := s.Exhaust(sitetest.Limits.Account, sitetest.AdaEmail); n != sitetest.Limits.Account.Failures {
		t.Errorf("the account may fail %d times, want %d", n, sitetest.Limits.Account.Failures)
	}
	v.LogIn()
}
