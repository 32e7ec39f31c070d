package links_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Mail scanners open links, some of them many times and with HEAD. They spend nothing.
func TestAScannerSpendsNothing(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	scanner := v.Another()
	reset, login := s.ResetLink(t, v), s.LoginLink(t, v)
	for _, link := range []string{reset, login} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
			scanner.Send(method, link, "", nil)
			v.Send(method, link, "", nil).Is(http.StatusOK)
		}
	}
	v.Press(login).LeadsTo("/")
	v.Press(reset, "new_password="+chosen).LeadsTo("/login")
}

// Of many at once, with the same link, one gets through.
func TestALinkIsGoodForOne(t *testing.T) {
	each(t, func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
		reset := s.ResetLink(t, v)
		if n := race(v, func(v *sitetest.Visitor) *sitetest.Page { return v.Press(reset, "new_password="+chosen) }); n != 1 {
			t.Errorf("%d resets with one link", n)
		}
		login := s.LoginLink(t, v)
		if n := race(v, func(v *sitetest.Visitor) *sitetest.Page { return v.Press(login) }); n != 1 {
			t.Errorf("%d logins with one link", n)
		}
		user := v.Another()
		user.Guess(sitetest.AdaEmail, chosen).LeadsTo("/")
		user.Post("/settings/email", "email=countess@example.com").LeadsTo("/settings/email")
		verify := sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])
		if n := race(user, func(v *sitetest.Visitor) *sitetest.Page { return v.Press(verify) }); n != 1 {
			t.Errorf("%d verifications with one link", n)
		}
	})
}

// race has copies of a visitor act at once, and counts those who are redirected.
func race(v *sitetest.Visitor, act func(*sitetest.Visitor) *sitetest.Page) (through int) {
	const many = 8
	pages := make([]*sitetest.Page, many)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range many {
		one := v.Thief()
		all.Go(func() {
			<-start
			pages[i] = act(one)
		})
	}
	close(start)
	all.Wait()
	for _, p := range pages {
		if p.StatusCode == http.StatusSeeOther {
			through++
		}
	}
	return through
}

// What ends a link: for each, a reset and a login have been asked for before it happens.
func TestLinksEnd(t *testing.T) {
	for name, happens := range map[string]func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor){
		"the password changes": func(_ *testing.T, _ *sitetest.Site, v *sitetest.Visitor) {
			v.LogIn()
			v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password="+chosen).LeadsTo("/settings")
		},
		"another reset": func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
			v.Press(s.ResetLink(t, v), "new_password="+chosen).LeadsTo("/login")
		},
		"the address changes": func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
			v.LogIn()
			v.Post("/settings/email", "email=countess@example.com").LeadsTo("/settings/email")
			v.Press(sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])).LeadsTo("/")
		},
		"a ban": func(t *testing.T, s *sitetest.Site, _ *sitetest.Visitor) {
			s.Exec(t, `UPDATE users SET active = FALSE`)
		},
		"the account is deleted": func(t *testing.T, s *sitetest.Site, _ *sitetest.Visitor) {
			s.Exec(t, `DELETE FROM users`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, v := open(t, sitetest.New(t))
			other := v.Another()
			reset, login := s.ResetLink(t, v), s.LoginLink(t, v)
			happens(t, s, other)
			v.Get(reset).Is(http.StatusGone)
			v.Press(reset, "new_password=thieves engine").Is(http.StatusGone)
			v.Get(login).Is(http.StatusGone)
			v.Press(login).Is(http.StatusGone)
			v.KnownAs("")
		})
	}
}

// A ban has nobody sent a link, and the visitor is told what everybody is told.
func TestTheBannedGetNoLinks(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	s.Exec(t, `UPDATE users SET active = FALSE`)
	for _, path := range []string{"/forgot", "/login/link"} {
		v.Post(path, "email="+sitetest.AdaEmail).Is(http.StatusOK).Says("Look into your mailbox")
	}
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("sent %+v", sent)
	}
}

// A token is for one purpose, one user and one address, and every character of it counts.
func TestTokensOpenNothingElse(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	grace := v.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
	graces := sitetest.LinkIn(t, s.Mail(t, "grace@example.com"))
	reset, login := s.ResetLink(t, v), s.LoginLink(t, v)
	ada := v.Another()
	ada.LogIn()
	ada.Post("/settings/email", "email=wrong@example.com").LeadsTo("/settings/email")
	wrong := sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])
	ada.Post("/settings/email", "email=right@example.com").LeadsTo("/settings/email")
	s.Mails(t)

	tampered := reset[:len(reset)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(reset, "A")]
	for name, page := range map[string]*sitetest.Page{
		"a login's token resets":             v.Press("/reset?token="+sitetest.TokenIn(login), "new_password="+chosen),
		"a reset's token logs in":            v.Press("/login/link/open?token=" + sitetest.TokenIn(reset)),
		"a verification's token resets":      v.Press("/reset?token="+sitetest.TokenIn(graces), "new_password="+chosen),
		"a tampered token resets":            v.Press(tampered, "new_password="+chosen),
		"no token resets":                    v.Press("/reset?token=", "new_password="+chosen),
		"an endless token resets":            v.Press("/reset?token="+strings.Repeat("A", 9000), "new_password="+chosen),
		"Grace's link verifies Ada's":        ada.Press(graces),
		"Ada's link verifies Grace's":        grace.Press(wrong),
		"a link to an address given up":      ada.Press(wrong),
		"a reset's token verifies":           ada.Press("/verify?token=" + sitetest.TokenIn(reset)),
		"the query of a POST is not a token": v.Post(reset, "new_password="+chosen),
	} {
		if page.StatusCode != http.StatusGone {
			t.Errorf("%s: status %d", name, page.StatusCode)
		}
	}
	v.KnownAs("")
	v.Press(reset, "new_password="+chosen).LeadsTo("/login") // it is good where it belongs
}

// An attacker's link, opened by a victim: the victim is not logged in as the attacker, nor logged out.
func TestAnAttackersLinkLogsNobodyIn(t *testing.T) {
	s, attacker := open(t, sitetest.New(t))
	victim, guest := attacker.Another(), attacker.Another()
	victim.Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
	s.Mails(t)
	link := s.LoginLink(t, attacker)
	victim.Get(link).LeadsTo("/")
	victim.Press(link).LeadsTo("/")
	victim.KnownAs("Grace")
	guest.Get(link).Is(http.StatusGone)
	guest.Press(link).Is(http.StatusGone)
	// A guest who waits for a link has a secret, too: another one.
	guest.Post("/login/link", "email=grace@example.com").Is(http.StatusOK)
	guest.Press(link).Is(http.StatusGone)
	guest.KnownAs("")
	// With the cookie planted, the page says whose account it is, and waits for the button.
	guest.Client.Jar.SetCookies(guest.Site(), attacker.Client.Jar.Cookies(guest.Site()))
	guest.Get(link).Is(http.StatusOK).Says("You are about to log in as", sitetest.AdaEmail)
	guest.KnownAs("")
	attacker.Post("/login/link", "email="+sitetest.AdaEmail).Is(http.StatusOK)
	if c := attacker.Post("/login/link", "email="+sitetest.AdaEmail).SetsCookie("__Host-login_link"); !c.Secure || !c.HttpOnly ||
		c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is %v", c)
	}
}

// Links lead to the site's own address, whatever the client calls it.
func TestTheHostHeaderIsInNoMail(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	for _, path := range []string{"/forgot", "/login/link"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.URL+path, strings.NewReader("email="+sitetest.AdaEmail))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		req.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Forwarded-Host": {"evil.example"},
			"Forwarded": {"host=evil.example"}, "Origin": {"https://evil.example"}}
		resp, err := v.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", path, resp.StatusCode)
		}
		if m := s.Mail(t, sitetest.AdaEmail); strings.Contains(fmt.Sprint(m), "evil") || !strings.Contains(m.Text, sitetest.Address+"/") {
			t.Errorf("the mail is %+v", m)
		}
	}
}

// What somebody types is in no mail, and no line of it becomes a header.
func TestNothingTypedIsInAMail(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	for _, address := range []string{
		"ada@example.com\r\nBcc: evil@example.com", "ada@example.com\nSubject: x", "ada@example.com, evil@example.com",
		"Ada <ada@example.com>", "ada@example.com>", "ada@example.com\x00", "\"ada\r\n\"@example.com", "ada@example.com evil@example.com",
	} {
		for _, path := range []string{"/forgot", "/login/link"} {
			v.Post(path, "email="+address).Is(http.StatusUnprocessableEntity)
		}
	}
	v.Post("/register", "email=grace@example.com", "name=Win at\r\nhttps://evil.example", "password="+chosen).Is(http.StatusUnprocessableEntity)
	v.Post("/register", "email=grace@example.com", "name=Win at https://evil.example", "password="+chosen).LeadsTo("/")
	if m := s.Mail(t, "grace@example.com"); strings.Contains(fmt.Sprint(m), "evil") {
		t.Errorf("the mail is %+v", m)
	}
	v.Post("/settings/email", "email=grace@example.com\r\nBcc: evil@example.com").Is(http.StatusUnprocessableEntity)
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("sent %+v", sent)
	}
}

// The token is in no log, and in no header that leads it elsewhere.
func TestTheTokenStaysOnItsPage(t *testing.T) {
	var log bytes.Buffer
	site := sitetest.New(t)
	site.Log = slog.New(slog.NewTextHandler(&log, nil))
	site.Audit = site.Log
	s, v := open(t, site)
	reset, login := s.ResetLink(t, v), s.LoginLink(t, v)
	for _, page := range []*sitetest.Page{
		v.Get(reset), v.Get(login), v.Press(reset, "new_password=x"), v.Another().Get(login),
	} {
		policy, cache, csp := page.Header.Get("Referrer-Policy"), page.Header.Get("Cache-Control"), page.Header.Get("Content-Security-Policy")
		if policy != "strict-origin" || !strings.Contains(cache, "no-store") || !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; img-src 'self';") {
			t.Errorf("%s: %q, %q, %q", page.Name, policy, cache, csp)
		}
	}
	v.Press(login).LeadsTo("/")
	v.Press(reset, "new_password="+chosen).LeadsTo("/login")
	for _, link := range []string{reset, login} {
		if strings.Contains(log.String(), sitetest.TokenIn(link)) {
			t.Errorf("the log has the token:\n%s", log.String())
		}
	}
	if !strings.Contains(log.String(), "path=/reset") || !strings.Contains(log.String(), "msg=password_reset address=127.0.0.1 reason=\"by a link\" user=1") {
		t.Errorf("the log has not what it should:\n%s", log.String())
	}
}
