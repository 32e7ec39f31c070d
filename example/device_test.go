package main

import (
	"net/http"
	"strings"
	"testing"
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

// A device that claims to be known is known only if we have said so, of this account.
func TestForgedDevice(t *testing.T) {
	s, v := open(t)
	c := v.guess(adaEmail, adaPassword).leadsTo("/").setsCookie(deviceCookie)
	id, signature, _ := strings.Cut(c.Value, ".")
	s.exhaust(byAccount, adaEmail)
	s.exhaust(byAccount, "grace@example.com")

	with := func(email, value string) *page {
		return v.another().send(http.MethodPost, "/login",
			encode([]string{"email=" + email, "password=difference engine"}), []string{"Cookie: " + deviceCookie + "=" + value})
	}
	with(" ADA@example.com", c.Value).is(http.StatusUnauthorized)
	with("grace@example.com", c.Value).is(http.StatusTooManyRequests)
	for _, forged := range []string{
		"", ".", id, id + ".", "." + signature, "X" + id + "." + signature, id + "." + signature + "A", c.Value + ".",
		id + "." + s.deviceSignature([]byte("the secret key of somebody else."), id, adaEmail),
		"." + s.deviceSignature([]byte("the secret key of somebody else."), "", adaEmail),
	} {
		if p := with(adaEmail, forged); p.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%q passes for known: status %d", forged, p.StatusCode)
		}
	}
	// A key that has been replaced still knows its devices.
	s.keys = append([][]byte{[]byte("a secret key, the newest of them")}, s.keys...)
	with(adaEmail, c.Value).is(http.StatusUnauthorized)
}
