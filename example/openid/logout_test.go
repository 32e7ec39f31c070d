package openid_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/openid/provider"
)

// logoutToken is one that the provider could send.
func (e *elsewhere) logoutToken(id string) map[string]any {
	return map[string]any{
		"iss": e.Issuer, "aud": e.ClientID, "jti": id, "iat": e.Now().Unix(), "exp": e.Now().Add(2 * time.Minute).Unix(),
		"events": map[string]any{provider.LogoutEvent: map[string]any{}},
	}
}

// capture remembers the claims of the next ID token.
func (e *elsewhere) capture() map[string]any {
	seen := map[string]any{}
	e.set(func(claims map[string]any) string {
		for name, value := range claims {
			seen[name] = value
		}
		return e.signed(claims)
	})
	return seen
}

const logoutPath = "/login/openid/logout"

func TestBackChannelLogout(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		e, s := newElsewhere(t), newSite(t)
		e.is(s)
		_, v := sitetest.Serve(t, s)
		ada := e.browser(v)
		ada.LogIn()
		ada.link("grace")
		byPassword := ada.Visitor
		seen := e.capture()
		phone, laptop := &browser{ada.Another(), ada.there}, &browser{ada.Another(), ada.there}
		phone.come("grace").LeadsTo("/")
		e.with("sid", "another session")
		laptop.come("grace").LeadsTo("/")
		e.set(nil)

		claims := e.logoutToken("1")
		claims["sid"], claims["sub"] = seen["sid"], seen["sub"]
		token := e.signed(claims)
		p := e.browser(v).Post(logoutPath, "logout_token="+token).Is(http.StatusOK).SetsNoCookie("session")
		if p.Text != "" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the answer is %q, %v", p.Text, p.Header)
		}
		phone.KnownAs("")
		laptop.KnownAs("Ada Lovelace")
		byPassword.KnownAs("Ada Lovelace")

		// The token is good once: it does not end what comes later.
		phone.come("grace").LeadsTo("/")
		e.browser(v).Post(logoutPath, "logout_token="+token).Is(http.StatusBadRequest)
		phone.KnownAs("Ada Lovelace")

		// Without a sid it is all that came from the account at the provider.
		claims = e.logoutToken("2")
		claims["sub"] = "somebody else"
		e.browser(v).Post(logoutPath, "logout_token="+e.signed(claims)).Is(http.StatusOK)
		phone.KnownAs("Ada Lovelace")
		claims["jti"], claims["sub"] = "3", seen["sub"]
		e.browser(v).Post(logoutPath, "logout_token="+e.signed(claims)).Is(http.StatusOK)
		phone.KnownAs("")
		laptop.KnownAs("")
		byPassword.KnownAs("Ada Lovelace")
	})
}

// A provider that names no session in its ID tokens names the user in its logout tokens.
func TestBackChannelLogoutWithoutSessions(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	seen := e.capture()
	ada.come("grace")
	ada.Post("/logout")
	e.with("sid", nil)
	ada.come("grace").LeadsTo("/")
	claims := e.logoutToken("1")
	claims["sub"] = seen["sub"]
	ada.Another().Post(logoutPath, "logout_token="+e.signed(claims)).Is(http.StatusOK)
	ada.KnownAs("")
}

// Nobody but the provider logs anybody out.
func TestForgedLogoutTokens(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	seen := e.capture()
	ada.come("grace").LeadsTo("/")
	idToken := ""
	e.set(func(claims map[string]any) string { idToken = e.signed(claims); return idToken })
	(&browser{ada.Another(), ada.there}).come("grace")
	for name, change := range map[string]func(claims map[string]any){
		"another issuer":      func(c map[string]any) { c["iss"] = "https://another.example" },
		"another audience":    func(c map[string]any) { c["aud"] = "another site" },
		"no audience":         func(c map[string]any) { delete(c, "aud") },
		"no time":             func(c map[string]any) { delete(c, "iat") },
		"old":                 func(c map[string]any) { c["iat"] = e.Now().Add(-11 * time.Minute).Unix() },
		"of tomorrow":         func(c map[string]any) { c["iat"] = e.Now().Add(24 * time.Hour).Unix() },
		"expired":             func(c map[string]any) { c["exp"] = e.Now().Add(-time.Second).Unix() },
		"no expiry":           func(c map[string]any) { delete(c, "exp") },
		"no ID":               func(c map[string]any) { delete(c, "jti") },
		"with a nonce":        func(c map[string]any) { c["nonce"] = "x" },
		"with an empty nonce": func(c map[string]any) { c["nonce"] = "" },
		"no events":           func(c map[string]any) { delete(c, "events") },
		"another event":       func(c map[string]any) { c["events"] = map[string]any{"login": map[string]any{}} },
		"event that is none":  func(c map[string]any) { c["events"] = map[string]any{provider.LogoutEvent: true} },
		"event that is null":  func(c map[string]any) { c["events"] = map[string]any{provider.LogoutEvent: nil} },
		"nobody":              func(c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"zero byte":           func(c map[string]any) { c["sid"] = "a\x00b" },
	} {
		t.Run(name, func(t *testing.T) {
			claims := e.logoutToken(name)
			claims["sub"], claims["sid"] = seen["sub"], seen["sid"]
			change(claims)
			attacker := ada.Another()
			attacker.Address = "192.0.2.1"
			attacker.Post(logoutPath, "logout_token="+e.signed(claims)).Is(http.StatusBadRequest)
			ada.KnownAs("Ada Lovelace")
		})
	}
	good := e.logoutToken("good")
	good["sid"] = seen["sid"]
	signed := e.signed(good)
	attacker := ada.Another()
	for _, token := range []string{"", "x", signed[:len(signed)-9] + "AAAAAAAAA", idToken} {
		attacker.Post(logoutPath, "logout_token="+token).Is(http.StatusBadRequest)
	}
	attacker.Post(logoutPath+"?logout_token="+signed, "").Is(http.StatusBadRequest)
	ada.KnownAs("Ada Lovelace")
	attacker.Post(logoutPath, "logout_token="+signed).Is(http.StatusOK)
	ada.KnownAs("")
}

// Who invents logout tokens has to wait; the provider, from another network, does not.
func TestLogoutTokensAreThrottled(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e, sitetest.WithClock(sitetest.NewWatch()))
	seen := e.capture()
	ada.come("grace")
	attacker, there := ada.Another(), ada.Another()
	attacker.Address, there.Address = "192.0.2.1", "198.51.100.1"
	for range 20 {
		attacker.Post(logoutPath, "logout_token=x").Is(http.StatusBadRequest)
	}
	attacker.Post(logoutPath, "logout_token=x").Is(http.StatusTooManyRequests)
	claims := e.logoutToken("1")
	claims["sid"] = seen["sid"]
	there.Post(logoutPath, "logout_token="+e.signed(claims)).Is(http.StatusOK)
	ada.KnownAs("")
}

// Of one token that comes many times at once, one is taken.
func TestRaceOfALogoutToken(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	seen := e.capture()
	ada.come("grace")
	claims := e.logoutToken("1")
	claims["sid"] = seen["sid"]
	token := e.signed(claims)
	var taken, all sync.WaitGroup
	statuses := make(chan int, 10)
	taken.Add(1)
	for range cap(statuses) {
		there := ada.Another()
		all.Go(func() {
			taken.Wait()
			statuses <- there.Post(logoutPath, "logout_token="+token).StatusCode
		})
	}
	taken.Done()
	all.Wait()
	close(statuses)
	good := 0
	for status := range statuses {
		if status == http.StatusOK {
			good++
		} else if status != http.StatusBadRequest {
			t.Errorf("status %d", status)
		}
	}
	if good != 1 {
		t.Errorf("it was taken %d times", good)
	}
	ada.KnownAs("")
}

// Who unlinks an account also ends what came in by it on other devices.
func TestUnlinkingEndsOtherLogins(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	thief := &browser{ada.Another(), ada.there}
	thief.come("grace").LeadsTo("/")
	ada.come("grace").LeadsTo("/")
	phone := ada.Another()
	phone.LogIn()
	ada.Get("/settings/openid/unlink?issuer="+e.Issuer).Says("Unlink this account?", "Elsewhere opens your account here no longer")
	ada.Post("/settings/openid/unlink", "issuer="+e.Issuer).LeadsTo("/settings/openid")
	ada.Post("/settings/openid/unlink", "issuer="+e.Issuer+"\x00").LeadsTo("/settings/openid")
	thief.KnownAs("")
	ada.KnownAs("Ada Lovelace")
	phone.KnownAs("Ada Lovelace")
	thief.come("grace").LeadsTo("/login/openid/new")
}
