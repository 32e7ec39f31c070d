package links_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/links"
)

const unknown = "nobody@example.com"

// Whether there is an account makes no difference to a request: it answers the same, adds one job, and asks the
// database nothing, which is closed here. The mails tell the difference, and they go to the owner of the address.
func TestUnknownAddressesTakeTheSameWork(t *testing.T) {
	for _, path := range []string{"/forgot", "/login/link"} {
		t.Run(path, func(t *testing.T) {
			s, v := open(t, sitetest.New(t))
			s.Exec(t, `INSERT INTO users (email, name, password_hash) VALUES ('new@example.com', 'New', '')`)
			s.DB.Close()
			pages := map[string]string{}
			for i, email := range []string{sitetest.AdaEmail, unknown, "new@example.com"} {
				p := v.Another().Post(path, "email="+email).Is(http.StatusOK)
				pages[strings.ReplaceAll(p.Text, email, "")] = email
				if got := s.Site.Mails.Waiting(); got != i+1 {
					t.Errorf("%d jobs wait after %s, want %d", got, email, i+1)
				}
			}
			if len(pages) != 1 {
				t.Errorf("the pages differ: %v", pages)
			}
		})
	}
}

func TestUnknownAddressesGetNoMail(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	for _, path := range []string{"/forgot", "/login/link"} {
		v.Post(path, "email="+unknown).Is(http.StatusOK)
	}
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("sent %+v", sent)
	}
}

// Mails are counted, whether there is an account or not: those to one address, and those that one network asks for.
func TestMailsAreThrottled(t *testing.T) {
	clock := sitetest.NewWatch()
	site := sitetest.New(t)
	site.Guesses.Now = clock.Now
	s, v := open(t, site)
	for _, email := range []string{sitetest.AdaEmail, unknown} {
		for i := range links.PerAddress.Failures {
			v.Address = "192.0.2." + string(rune('1'+i)) // from anywhere
			v.Post([]string{"/forgot", "/login/link"}[i%2], "email="+email).Is(http.StatusOK)
		}
		p := v.Post("/forgot", "email= "+strings.ToUpper(email)).Is(http.StatusTooManyRequests).Says("We have sent some mails")
		if p.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if sent := s.Mails(t); len(sent) != links.PerAddress.Failures {
		t.Errorf("%d mails", len(sent))
	}
	clock.Pass(links.PerAddress.Every + time.Second)
	v.Post("/forgot", "email="+sitetest.AdaEmail).Is(http.StatusOK)

	v.Address = "198.51.100.7"
	for i := range links.PerNetwork.Failures {
		v.Post("/forgot", "email=somebody"+string(rune('a'+i))+"@example.com").Is(http.StatusOK)
	}
	v.Post("/login/link", "email=last@example.com").Is(http.StatusTooManyRequests).Says("from your network")
	v.Address = "203.0.113.9"
	v.Post("/login/link", "email=last@example.com").Is(http.StatusOK)
}

// Where too many mails wait, everybody is told so.
func TestAFullQueueSaysSo(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	for s.Site.Mails.Add(nil) == nil {
	}
	for _, email := range []string{sitetest.AdaEmail, unknown} {
		v.Post("/forgot", "email="+email).Is(http.StatusServiceUnavailable).Says("We cannot send mails at the moment")
	}
	v.Another().Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
}

// A password that is reset lets its owner in, though somebody has used up all guesses at the account.
func TestAResetPassesAFlood(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	s.Exhaust(sitetest.Limits.Account, sitetest.AdaEmail)
	v.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusTooManyRequests)
	v.Press(s.ResetLink(t, v), "new_password="+chosen).LeadsTo("/login")
	v.Guess(sitetest.AdaEmail, chosen).LeadsTo("/")
}
